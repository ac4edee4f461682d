//! What a person has who studied before: the same reviews and states for both programs, written straight into the tables
//! of ours and into files that Anki's side reads.

use std::{fmt::Write as _, path::Path};

use memoryloop_core::{
    ids::{CardId, ReviewId},
    lance::{
        journal::Versions,
        rows::{self, REVIEW_LOGS, SCHEDULES},
        tables::{Replay, Tables},
    },
    learning::Learning,
    review::{CardState, Memory, Rating, ReviewLog, Schedule},
    time::UnixMillis,
};
use rand::{Rng, SeedableRng, rngs::StdRng};
use support::clock::TestClock;

use crate::data;

/// Days between a card's reviews.
const GAP: i64 = 40;
const HOUR: i64 = UnixMillis::DAY / 24;

/// Files for Anki's side; times are relative to now.
#[derive(Default)]
struct ForAnki {
    states: String,
    reviews: String,
}

/// Gives the cards in `directory` `reviews` reviews, spread evenly. Of a long history a fifth of the cards is due, as after
/// a week without studying; of a short one all that have been reviewed.
pub async fn write(directory: &Path, reviews: usize, states_file: &Path, reviews_file: &Path) {
    let ids = all_ids(directory).await;
    let (tables, _) = Tables::open(directory, &Versions::new()).await.unwrap();
    let latest_due = if reviews < ids.len() { 0 } else { GAP };
    let mut random = StdRng::seed_from_u64(7);
    let (mut schedules, mut logs, mut for_anki) = (Vec::new(), Vec::new(), ForAnki::default());
    for (n, &id) in ids.iter().enumerate() {
        let each = reviews / ids.len() + usize::from(n < reviews % ids.len());
        let mut schedule = Schedule::new(TestClock::NOON, TestClock::NOON);
        for left in (0..each).rev() {
            let due_day = random.random_range(-10..=latest_due);
            let after = later(&schedule, left, due_day, &mut random);
            logs.push(log(id, &schedule, &after));
            for_anki.review(n, &schedule, &after);
            if left == 0 {
                schedules.push((id, after));
                for_anki.state(n, due_day, &after);
            }
            schedule = after;
        }
    }
    for chunk in logs.chunks(50_000) {
        tables.append(REVIEW_LOGS, rows::review_logs(chunk).unwrap(), Replay::Exact).await.unwrap();
    }
    tables.upsert(SCHEDULES, rows::schedules(&schedules).unwrap()).await.unwrap();
    drop(tables);
    std::fs::write(states_file, for_anki.states).unwrap();
    std::fs::write(reviews_file, for_anki.reviews).unwrap();
    // The tables were written past the journal: a new one takes them as they are.
    std::fs::remove_file(directory.join("journal.redb")).unwrap();
    let learning = data::open(directory).await;
    learning.store().maintain().await.unwrap();
    learning.close().await.unwrap();
}

async fn all_ids(directory: &Path) -> Vec<CardId> {
    let learning = data::open(directory).await;
    let ids = listed(&learning).await;
    learning.close().await.unwrap();
    ids
}

async fn listed(learning: &Learning) -> Vec<CardId> {
    let (mut ids, mut after) = (Vec::new(), None);
    loop {
        let page = learning.list_cards("", None, after, 200).await.unwrap();
        ids.extend(page.rows.iter().map(|row| row.card.id));
        after = page.next;
        if after.is_none() {
            return ids;
        }
    }
}

/// The review that `left` others follow; after the last one the card is due `due_day` days from now.
fn later(before: &Schedule, left: usize, due_day: i64, random: &mut StdRng) -> Schedule {
    let days_ago = GAP * i64::try_from(left + 1).unwrap();
    let interval = if left == 0 { GAP + due_day } else { GAP };
    // By day, between the rollovers; and due in the morning, so that a card of today is due by now.
    let during = random.random_range(-6 * HOUR..=6 * HOUR);
    let reviewed_at = TestClock::NOON.plus(during - days_ago * UnixMillis::DAY);
    Schedule {
        state: CardState::Review,
        memory: Some(Memory { stability: random.random_range(1.0..300.0), difficulty: random.random_range(1.0..10.0) }),
        due: TestClock::NOON.plus((interval - days_ago) * UnixMillis::DAY - 6 * HOUR),
        last_review: Some(reviewed_at),
        interval_days: u32::try_from(interval).unwrap(),
        reps: before.reps + 1,
        ..*before
    }
}

fn log(card: CardId, before: &Schedule, after: &Schedule) -> ReviewLog {
    let reviewed_at = after.last_review.unwrap();
    ReviewLog {
        id: ReviewId::new(reviewed_at),
        card,
        rating: Some(Rating::Good),
        reviewed_at,
        elapsed_days: before.interval_days,
        duration_ms: 4_000,
        before: *before,
        after: *after,
        undone: false,
    }
}

impl ForAnki {
    fn review(&mut self, card: usize, before: &Schedule, after: &Schedule) {
        let (at, good) = (relative(after), Rating::Good.number());
        writeln!(self.reviews, "{card}\t{at}\t{good}\t{}\t{}", after.interval_days, before.interval_days).unwrap();
    }

    fn state(&mut self, card: usize, due_day: i64, last: &Schedule) {
        let Memory { stability, difficulty } = last.memory.unwrap();
        let (at, interval, reps) = (relative(last), last.interval_days, last.reps);
        writeln!(self.states, "{card}\t{stability}\t{difficulty}\t{due_day}\t{at}\t{interval}\t{reps}").unwrap();
    }
}

fn relative(reviewed: &Schedule) -> i64 {
    reviewed.last_review.unwrap().0 - TestClock::NOON.0
}
