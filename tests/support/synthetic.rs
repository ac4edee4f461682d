//! Reviews of somebody who does not exist: they forget as FSRS says for weights that the test chooses, and study as a
//! scheduler tells them.

use fsrs::{FSRS, MemoryState, current_retrievability};
use memoryloop_core::{
    ids::{CardId, ReviewId},
    review::{Rating, ReviewLog, Schedule, schedule::Scheduler},
    time::UnixMillis,
};
use rand::{Rng, SeedableRng, rngs::StdRng};
use uuid::Uuid;

/// Weights far from the defaults: somebody who forgets new things fast and what they know slowly.
pub const QUICK_TO_FORGET: [f32; 21] =
    [0.05, 0.3, 0.8, 3.0, 6.8, 0.6, 2.4, 0.02, 1.1, 0.25, 0.5, 1.2, 0.1, 0.35, 1.2, 0.4, 2.2, 0.7, 0.2, 0.1, 0.3];

pub struct Person {
    /// How they forget.
    pub truth: Vec<f32>,
    pub seed: u64,
    /// Cards are begun over so many days, and studied until then.
    pub days: i64,
    pub from: UnixMillis,
}

impl Person {
    #[must_use]
    pub fn new(truth: &[f32], days: i64, from: UnixMillis) -> Self {
        Self { truth: truth.to_vec(), seed: 1, days, from }
    }

    /// The log of one card after another, each oldest first, and the schedule that it ends with.
    ///
    /// # Panics
    /// When the weights are none.
    #[must_use]
    pub fn studies(&self, cards: u32, scheduler: &Scheduler) -> Vec<(CardId, Vec<ReviewLog>, Schedule)> {
        let memory = FSRS::new(&self.truth).expect("weights");
        let mut random = StdRng::seed_from_u64(self.seed);
        (0..cards)
            .map(|n| {
                let card = CardId(Uuid::from_u128((u128::from(random.random::<u64>()) << 32) | (u128::from(n) + 1)));
                let begun = self.from.plus(random.random_range(0..self.days) * UnixMillis::DAY);
                self.card(card, begun, &memory, scheduler, &mut random)
            })
            .collect()
    }

    fn card(
        &self,
        card: CardId,
        begun: UnixMillis,
        memory: &FSRS,
        scheduler: &Scheduler,
        random: &mut StdRng,
    ) -> (CardId, Vec<ReviewLog>, Schedule) {
        let end = self.from.plus(self.days * UnixMillis::DAY);
        let (mut schedule, mut now) = (Schedule::new(begun, begun), begun);
        let (mut state, mut rows): (Option<MemoryState>, Vec<ReviewLog>) = (None, Vec::new());
        while now < end {
            let preview = scheduler.preview(card, &schedule, now).expect("schedules");
            let decay = self.truth[20];
            let recall = state.map(|state| current_retrievability(state, preview.elapsed_days as f32, decay));
            let rating = rating(recall, random);
            let next = memory.next_states(state, 0.9, preview.elapsed_days).expect("states");
            let next = [next.again, next.hard, next.good, next.easy];
            state = Some(next[usize::from(rating.number()) - 1].memory);
            let after = *preview.get(rating);
            rows.push(ReviewLog {
                id: ReviewId(Uuid::from_u128(random.random())),
                card,
                rating: Some(rating),
                reviewed_at: preview.now,
                elapsed_days: preview.elapsed_days,
                duration_ms: random.random_range(2_000..12_000),
                before: schedule,
                after,
                undone: false,
            });
            schedule = after;
            // Some hours into the study day on which the card is due.
            now = after
                .due
                .max(now)
                .plus(random.random_range(0..10 * 60) * UnixMillis::MINUTE * i64::from(after.interval_days > 0));
        }
        (card, rows, schedule)
    }
}

fn rating(recall: Option<f32>, random: &mut StdRng) -> Rating {
    let (roll, recall) = (random.random::<f32>(), recall.unwrap_or(0.8));
    if roll > recall {
        return Rating::Again;
    }
    match random.random_range(0..10) {
        0 => Rating::Hard,
        1 => Rating::Easy,
        _ => Rating::Good,
    }
}
