//! What differs, how much, and what is left out of that with a reason.

use std::collections::BTreeMap;

use memoryloop_core::review::Rating;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::histories::{History, Review};

/// Relative: we and fsrs-rs compute in single precision (7 digits), the others in double, through up to 50 reviews.
const STABILITY_TOLERANCE: f64 = 3e-5;
/// Absolute.
const DIFFICULTY_TOLERANCE: f64 = 3e-5;
const INTERVAL_TOLERANCE: i64 = 0;

/// Why a review may be left out: py-fsrs before 6.3.2 lets Hard on the same day lower the stability, which fsrs-rs and
/// ts-fsrs do not.
const SAME_DAY_HARD: &str = "same_day_hard";
/// Ours gives Good more days than Hard and Easy more than Good, also when a card leaves its steps, as Anki does; py-fsrs
/// knows no order, and ts-fsrs only that of a card in review.
const ORDER_OF_BUTTONS: &str = "order_of_buttons";
/// The memories, alike within their tolerance, lie on either side of half a day.
const ROUNDING: &str = "rounding";

/// After a review: stability (days), difficulty, interval (days; 0 within steps).
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct State(pub f64, pub f64, pub i64);

/// What our scheduler makes of a review.
#[derive(Clone, Copy, Debug)]
pub struct Ours {
    pub state: State,
    /// The days of the button before it, which it has to exceed.
    pub more_than: i64,
}

pub struct Outcome {
    reviews: usize,
    stability: f64,
    difficulty: f64,
    interval_days: i64,
    /// Reviews by reason.
    left_out: BTreeMap<&'static str, usize>,
}

impl Outcome {
    pub fn of(histories: &[History], theirs: &[Vec<State>]) -> Self {
        let left_out = [SAME_DAY_HARD, ORDER_OF_BUTTONS, ROUNDING].map(|reason| (reason, 0)).into();
        let mut outcome = Self { reviews: 0, stability: 0.0, difficulty: 0.0, interval_days: 0, left_out };
        for (history, theirs) in histories.iter().zip(theirs) {
            assert_eq!(history.reviews().len(), theirs.len());
            outcome.add(history, &history.ours(), theirs);
        }
        outcome
    }

    fn add(&mut self, history: &History, ours: &[Ours], theirs: &[State]) {
        for (n, review) in history.reviews().iter().enumerate() {
            let before = n.checked_sub(1).map(|before| theirs[before]);
            if let Some(reason) = memory_apart(history, review, before, theirs[n]) {
                // All that follows builds on another memory.
                *self.left_out.entry(reason).or_default() += theirs.len() - n;
                return;
            }
            self.reviews += 1;
            let (ours, theirs) = (ours[n], theirs[n]);
            let State(stability, difficulty, days) = ours.state;
            self.stability = self.stability.max((stability - theirs.0).abs() / theirs.0);
            self.difficulty = self.difficulty.max((difficulty - theirs.1).abs());
            match interval_apart(history, ours, theirs) {
                Some(reason) => *self.left_out.entry(reason).or_default() += 1,
                None => self.interval_days = self.interval_days.max((days - theirs.2).abs()),
            }
        }
    }

    pub fn line(&self, against: &str) -> Value {
        json!({
            "against": against,
            "stability": self.stability,
            "difficulty": self.difficulty,
            "interval_days": self.interval_days,
            "reviews": self.reviews,
            "left_out": self.left_out,
            "tolerance": {
                "stability": STABILITY_TOLERANCE,
                "difficulty": DIFFICULTY_TOLERANCE,
                "interval_days": INTERVAL_TOLERANCE,
            },
        })
    }

    /// False for a figure that is not a number, too.
    pub fn is_within_tolerance(&self) -> bool {
        self.stability <= STABILITY_TOLERANCE
            && self.difficulty <= DIFFICULTY_TOLERANCE
            && self.interval_days <= INTERVAL_TOLERANCE
    }
}

/// Why another memory than ours is right by the other implementation's own rules.
fn memory_apart(history: &History, review: &Review, before: Option<State>, theirs: State) -> Option<&'static str> {
    let before = before?;
    let weights = history.weights();
    let multiplier = (weights[17] * (weights[18] - 1.0)).exp() * before.0.powf(-weights[19]);
    let lowered = multiplier < 1.0 && alike(theirs.0, before.0 * multiplier);
    (review.gap == 0 && review.rating == Rating::Hard && lowered).then_some(SAME_DAY_HARD)
}

/// Why another interval than ours is right by the other implementation's own rules, the memory being the same.
fn interval_apart(history: &History, ours: Ours, theirs: State) -> Option<&'static str> {
    let State(stability, _, days) = ours.state;
    if days == theirs.2 || days == 0 || theirs.2 == 0 || !alike(stability, theirs.0) {
        return None;
    }
    let exact = whole(history.interval(stability));
    if theirs.2 == exact && days == ours.more_than + 1 {
        return Some(ORDER_OF_BUTTONS);
    }
    (days == exact && theirs.2 == whole(history.interval(theirs.0))).then_some(ROUNDING)
}

fn alike(stability: f64, other: f64) -> bool {
    (stability / other - 1.0).abs() <= STABILITY_TOLERANCE
}

pub fn whole(interval: f64) -> i64 {
    interval.round() as i64
}
