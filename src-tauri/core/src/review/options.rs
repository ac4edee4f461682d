//! What a person may change about their reviews, and the weights that the scheduler works with. Kept in one small file
//! beside the tables, because the scheduler needs it before anything else is open.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::{
    error::{Error, Result},
    time::UnixMillis,
};

/// In which order new cards come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum NewOrder {
    #[default]
    Created,
    /// Another order each day, the same throughout a day.
    Shuffled,
}

/// In which order reviews come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum ReviewOrder {
    /// Most overdue relative to the interval first: what is nearest to being forgotten.
    #[default]
    RelativeOverdueness,
    Due,
}

/// What is done with cards that were made from the same answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Siblings {
    /// Others come between them as far as there are others.
    #[default]
    Apart,
    /// After one of them the others wait until tomorrow.
    Bury,
    AsTheyCome,
}

/// The defaults are Anki's where Anki has the same choice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase", default)]
pub struct ReviewOptions {
    /// Probability of recall aimed at, 0.70 to 0.97.
    pub desired_retention: f32,
    /// Seconds.
    pub learning_steps: Vec<u32>,
    /// Seconds.
    pub relearning_steps: Vec<u32>,
    pub maximum_interval_days: u32,
    /// Spread intervals a little so that cards learned together do not stay together.
    pub fuzz: bool,
    /// New cards a day.
    pub new_per_day: u32,
    /// Reviews a day.
    pub reviews_per_day: u32,
    pub new_order: NewOrder,
    pub review_order: ReviewOrder,
    pub siblings: Siblings,
}

impl Default for ReviewOptions {
    fn default() -> Self {
        Self {
            desired_retention: 0.90,
            learning_steps: vec![60, 600],
            relearning_steps: vec![600],
            maximum_interval_days: 36_500,
            fuzz: true,
            new_per_day: 20,
            reviews_per_day: 200,
            new_order: NewOrder::default(),
            review_order: ReviewOrder::default(),
            siblings: Siblings::default(),
        }
    }
}

/// Longest step, seconds: above a day FSRS's own intervals are better than any step.
const LONGEST_STEP: u32 = 86_400;
/// More steps than anybody has; the index of a step is a byte.
const MOST_STEPS: usize = 20;
const LONGEST_INTERVAL: u32 = 36_500;
const MOST_A_DAY: u32 = 9_999;

impl ReviewOptions {
    /// # Errors
    /// `InvalidInput` that says what is out of range and what the range is.
    pub fn check(&self) -> Result<()> {
        let invalid = |text: &str| Err(Error::InvalidInput(text.to_owned()));
        if !(0.70..=0.97).contains(&self.desired_retention) {
            return invalid("Desired retention must lie between 70 % and 97 %.");
        }
        for steps in [&self.learning_steps, &self.relearning_steps] {
            if steps.len() > MOST_STEPS || steps.iter().any(|&step| step == 0 || step > LONGEST_STEP) {
                return invalid("Steps must lie between one second and one day, and there can be at most 20 of them.");
            }
        }
        if !(1..=LONGEST_INTERVAL).contains(&self.maximum_interval_days) {
            return invalid("The longest interval must lie between 1 and 36,500 days.");
        }
        if self.new_per_day > MOST_A_DAY || self.reviews_per_day > MOST_A_DAY {
            return invalid("At most 9,999 cards a day can be asked for.");
        }
        Ok(())
    }
}

/// FSRS versions are told apart by number: weights of one mean nothing to another.
pub const FSRS_VERSION: u32 = 6;

/// Weights that were fitted to a person's own reviews.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Weights {
    pub fsrs_version: u32,
    /// 21 for FSRS-6.
    pub values: Vec<f32>,
    pub fitted_at: UnixMillis,
    /// Reviews that they were fitted to.
    pub reviews: u32,
}

/// What the settings page shows of the scheduler.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Scheduling {
    pub options: ReviewOptions,
    pub defaults: ReviewOptions,
    pub fsrs_version: u32,
    /// The weights in use.
    pub weights: Vec<f32>,
    /// None while the defaults are in use.
    pub fitted_at: Option<UnixMillis>,
    pub fitted_reviews: u32,
    /// Whether the weights before these can be had back.
    pub can_undo_fit: bool,
}
