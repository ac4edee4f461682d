//! Fitting FSRS's weights to a person's own reviews: what the window shows of it, and (in the files here) the work itself,
//! pure. Which reviews are used, how weights are compared and when new ones are taken is in `fit.rs`.

mod evaluate;
mod fit;
mod items;

pub use fit::{Fitted, Request, fit};

use serde::{Deserialize, Serialize};
use specta::Type;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum OptimiseStage {
    Reading,
    Training,
    Evaluating,
    /// The cards' memory states follow the new weights.
    Applying,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct OptimiseProgress {
    pub stage: OptimiseStage,
    pub done: u32,
    pub of: u32,
}

/// Tells how far a fitting is, and never goes backwards.
pub struct Meter {
    tell: Box<dyn FnMut(OptimiseProgress) + Send>,
    last: Option<OptimiseProgress>,
}

impl Meter {
    pub fn new(tell: impl FnMut(OptimiseProgress) + Send + 'static) -> Self {
        Self { tell: Box::new(tell), last: None }
    }

    pub fn reach(&mut self, stage: OptimiseStage, done: usize, of: usize) {
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let now = OptimiseProgress { stage, done: count(done.min(of)), of: count(of) };
        if self.last.is_none_or(|last| (last.stage, last.done) < (now.stage, now.done)) {
            self.last = Some(now);
            (self.tell)(now);
        }
    }
}

/// How well weights predict reviews that they were not fitted to.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Fit {
    /// Mean negative log-likelihood, nats.
    pub log_loss: f32,
    /// RMSE over bins, 0 to 1.
    pub rmse: f32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum OptimiseOutcome {
    /// Fewer than 8 usable reviews: the weights stay.
    TooFew,
    /// The new weights predict no better: the old ones stay.
    Kept,
    /// The new weights are in use.
    Improved,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct OptimiseReport {
    pub outcome: OptimiseOutcome,
    /// Reviews that the weights were fitted to, and those held out to compare on.
    pub training_reviews: u32,
    pub held_out_reviews: u32,
    /// With fewer than 64 usable reviews only the first intervals are fitted.
    pub only_initial: bool,
    /// On the held-out reviews; none when there were too few.
    pub before: Option<Fit>,
    pub after: Option<Fit>,
}

/// What rescheduling all cards by the present weights and retention would do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ReschedulePreview {
    /// Cards whose due day would change.
    pub cards: u32,
    /// Reviews due today or before, as it is and as it would be.
    pub due_now: u32,
    pub due_after: u32,
    /// The next 30 days, today first.
    pub days: Vec<RescheduledDay>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct RescheduledDay {
    pub day: i32,
    pub now: u32,
    pub after: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SimulationRequest {
    /// 0.70 to 0.97.
    pub desired_retention: f32,
    /// 1 to 1,825.
    pub days: u32,
    pub new_per_day: u32,
    pub reviews_per_day: u32,
}

/// For each day from today on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Simulation {
    pub reviews: Vec<f32>,
    /// Cards expected to be remembered.
    pub memorised: Vec<f32>,
    pub minutes: Vec<f32>,
}
