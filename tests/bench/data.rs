//! The data that the bench runs on: always the same, from seeds.

use std::{path::Path, sync::Arc};

use memoryloop_core::{
    ids::{CardId, ReviewId},
    lance::{
        CardVector, Embedding,
        journal::Versions,
        rows::{self, DIMENSIONS, REVIEW_LOGS, SCHEDULES},
        tables::{Replay, Tables},
    },
    learning::Learning,
    review::{CardState, Memory, Rating, ReviewLog, Schedule},
    time::UnixMillis,
};
use rand::{Rng, SeedableRng, rngs::StdRng};
use support::{clock::TestClock, learning::options};

pub const VERSION: &str = "bench";

pub struct Amount {
    pub cards: usize,
    pub reviews: usize,
}

impl Amount {
    pub const FULL: Self = Self { cards: 50_000, reviews: 500_000 };
}

pub fn clock() -> Arc<TestClock> {
    TestClock::at_noon()
}

/// One of 5,000 made-up words.
pub fn word(n: usize) -> String {
    let syllables = ["ka", "lo", "mi", "ne", "pu", "ra", "si", "to", "vu", "ze"];
    let n = n % 5_000;
    [n / 1_000, n / 100 % 10, n / 10 % 10, n % 10].map(|digit| syllables[digit]).concat()
}

fn sentence(seed: usize, words: usize) -> String {
    let mut random = StdRng::seed_from_u64(seed as u64);
    (0..words).map(|_| word(random.random_range(0..5_000))).collect::<Vec<_>>().join(" ")
}

pub fn question(n: usize) -> String {
    format!("{}?", sentence(n * 2, 12))
}

pub fn answer(n: usize) -> String {
    format!("{}.", sentence(n * 2 + 1, 15))
}

/// A normalised vector, near those of the same one of 500 subjects as embeddings of real texts are.
pub fn vector(n: usize) -> Vec<f32> {
    let mut subject = StdRng::seed_from_u64(n as u64 % 500);
    let mut own = StdRng::seed_from_u64(1_000_000 + n as u64);
    let raw: Vec<f32> =
        (0..DIMENSIONS).map(|_| subject.random_range(-1.0_f32..1.0) + 0.5 * own.random_range(-1.0_f32..1.0)).collect();
    let length = raw.iter().map(|x| x * x).sum::<f32>().sqrt();
    raw.into_iter().map(|x| x / length).collect()
}

/// Fills `directory`: cards through the program, vectors through the program, reviews straight into the tables.
pub async fn prepare(directory: &Path, amount: &Amount) {
    let learning = Learning::open(directory, options(Default::default()), clock()).await.unwrap();
    crate::import_cards(&learning, amount).await;
    give_vectors(&learning).await;
    let ids = all_ids(&learning).await;
    learning.store().maintain().await.unwrap();
    learning.close().await.unwrap();
    drop(learning);
    write_reviews(directory, &ids, amount).await;
    // The tables were written past the journal: a new one takes them as they are.
    std::fs::remove_file(directory.join("journal.redb")).unwrap();
    let learning = Learning::open(directory, options(Default::default()), clock()).await.unwrap();
    learning.store().maintain().await.unwrap();
    learning.close().await.unwrap();
}

async fn give_vectors(learning: &Learning) {
    let mut done = 0;
    loop {
        let cards = learning.cards_without_vector(VERSION, 5_000).await.unwrap();
        if cards.is_empty() {
            return;
        }
        let vectors = (done..).zip(&cards).map(|(n, card)| CardVector {
            id: card.id,
            updated_at: card.updated_at,
            embedding: Embedding { version: VERSION.into(), vector: vector(n) },
        });
        learning.set_card_vectors(vectors.collect()).await.unwrap();
        done += cards.len();
    }
}

async fn all_ids(learning: &Learning) -> Vec<CardId> {
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

/// The reviews are spread evenly over the cards; a fifth of the cards is due, as after a week without studying.
async fn write_reviews(directory: &Path, ids: &[CardId], amount: &Amount) {
    let (tables, _) = Tables::open(directory, &Versions::new()).await.unwrap();
    let mut random = StdRng::seed_from_u64(7);
    let each = amount.reviews / ids.len();
    let mut schedules = Vec::new();
    for chunk in ids.chunks(5_000) {
        let mut logs = Vec::new();
        for &id in chunk {
            let mut schedule = Schedule::new(TestClock::NOON, TestClock::NOON);
            for n in 0..each {
                let after = later(&schedule, n, &mut random);
                logs.push(log(id, &schedule, &after));
                schedule = after;
            }
            schedules.push((id, schedule));
        }
        tables.append(REVIEW_LOGS, rows::review_logs(&logs).unwrap(), Replay::Exact).await.unwrap();
    }
    tables.upsert(SCHEDULES, rows::schedules(&schedules).unwrap()).await.unwrap();
}

fn later(before: &Schedule, n: usize, random: &mut StdRng) -> Schedule {
    let days_ago = i64::try_from(400 - n * 40).unwrap();
    let reviewed_at = TestClock::NOON.plus(-days_ago * UnixMillis::DAY - random.random_range(0..UnixMillis::DAY));
    Schedule {
        state: CardState::Review,
        memory: Some(Memory { stability: random.random_range(1.0..300.0), difficulty: random.random_range(1.0..10.0) }),
        due: TestClock::NOON
            .plus(random.random_range(-10..40) * UnixMillis::DAY + random.random_range(0..UnixMillis::DAY)),
        last_review: Some(reviewed_at),
        interval_days: 40,
        reps: before.reps + 1,
        ..*before
    }
}

fn log(card: CardId, before: &Schedule, after: &Schedule) -> ReviewLog {
    let reviewed_at = after.last_review.unwrap_or_default();
    ReviewLog {
        id: ReviewId::new(reviewed_at),
        card,
        rating: Some(Rating::Good),
        reviewed_at,
        elapsed_days: 40,
        duration_ms: 4_000,
        before: *before,
        after: *after,
        undone: false,
    }
}
