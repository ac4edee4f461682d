//! Random histories, the same in each run, and what our scheduler makes of them.

use fsrs::{DEFAULT_PARAMETERS, FSRS};
use jiff::tz::TimeZone;
use memoryloop_core::{
    ids::CardId,
    review::{
        Rating, Schedule,
        schedule::{Options, Scheduler},
    },
    time::UnixMillis,
};
use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};
use support::clock::TestClock;

use crate::compare::{Ours, State, whole};

const HISTORIES: u64 = 1_000;
const MOST_REVIEWS: usize = 50;

pub struct History {
    options: Options,
    reviews: Vec<Review>,
}

#[derive(Clone, Copy)]
pub struct Review {
    pub at: UnixMillis,
    pub rating: Rating,
    /// Days since the one before; 0 on the same day.
    pub gap: i64,
}

pub fn random() -> Vec<History> {
    (0..HISTORIES).map(|seed| History::random(&mut StdRng::seed_from_u64(seed))).collect()
}

impl History {
    fn random(random: &mut StdRng) -> Self {
        let mut weights = DEFAULT_PARAMETERS.to_vec();
        // Half of them with weights of their own, as fitting gives them; within the bounds that all three accept.
        if random.random_bool(0.5) {
            weights.iter_mut().for_each(|weight| *weight *= random.random_range(0.85..1.15));
            weights[7] = weights[7].max(0.001);
        }
        let desired_retention = [0.8, 0.9, 0.95][random.random_range(0..3)];
        let mut at = TestClock::NOON;
        let reviews = (0..random.random_range(1..=MOST_REVIEWS))
            .map(|n| {
                let gap = if n == 0 { 0 } else { days(random) };
                // Ours counts study days, py-fsrs 24 hours, ts-fsrs dates: a minute later on each day, all count the same.
                at = at.plus(gap * UnixMillis::DAY + UnixMillis::MINUTE);
                Review { at, rating: Rating::ALL[random.random_range(0..4)], gap }
            })
            .collect();
        Self { options: Options { desired_retention, weights, fuzz: false, ..Options::default() }, reviews }
    }

    pub fn reviews(&self) -> &[Review] {
        &self.reviews
    }

    pub fn weights(&self) -> Vec<f64> {
        self.options.weights.iter().map(|&weight| f64::from(weight)).collect()
    }

    /// As the drivers read it.
    pub fn line(&self) -> Value {
        let reviews: Vec<Value> =
            self.reviews.iter().map(|review| json!({ "at": review.at, "rating": review.rating.number() })).collect();
        json!({
            "weights": self.weights(),
            "desired_retention": f64::from(self.options.desired_retention),
            "learning_steps": self.options.learning_steps,
            "relearning_steps": self.options.relearning_steps,
            "maximum_interval_days": self.options.maximum_interval_days,
            "reviews": reviews,
        })
    }

    pub fn ours(&self) -> Vec<Ours> {
        let scheduler = Scheduler::new(self.options.clone(), TimeZone::UTC).unwrap();
        let mut schedule = Schedule::new(TestClock::NOON, TestClock::NOON);
        let ours = |review: &Review| {
            let preview = scheduler.preview(CardId::LEAST, &schedule, review.at).unwrap();
            schedule = *preview.get(review.rating);
            let easier = match review.rating {
                Rating::Again | Rating::Hard => None,
                Rating::Good => Some(&preview.hard),
                Rating::Easy => Some(&preview.good),
            };
            Ours { state: state(&schedule), more_than: easier.map_or(0, |easier| self.days(easier)) }
        };
        self.reviews.iter().map(ours).collect()
    }

    /// The days that `schedule` has or, within steps, would have.
    fn days(&self, schedule: &Schedule) -> i64 {
        match state(schedule) {
            State(stability, _, 0) => whole(self.interval(stability)),
            State(.., days) => days,
        }
    }

    /// The interval in days that FSRS's formula gives for a stability, before it is rounded or put in order.
    pub fn interval(&self, stability: f64) -> f64 {
        let fsrs = FSRS::new(&self.options.weights).unwrap();
        let longest = f64::from(self.options.maximum_interval_days);
        f64::from(fsrs.next_interval(Some(stability as f32), self.options.desired_retention, 3)).clamp(1.0, longest)
    }
}

fn state(schedule: &Schedule) -> State {
    let memory = schedule.memory.unwrap();
    State(f64::from(memory.stability), f64::from(memory.difficulty), i64::from(schedule.interval_days))
}

/// On the same day, within a month, within a year, after years.
fn days(random: &mut StdRng) -> i64 {
    match random.random_range(0..100) {
        0..35 => 0,
        35..75 => random.random_range(1..=30),
        75..95 => random.random_range(31..=365),
        _ => random.random_range(366..=4_000),
    }
}
