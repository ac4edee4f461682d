//! FSRS-6 with Anki's learning steps, pure: a schedule, a rating and a time in, the next schedule out.
//!
//! Formulas: the crate `fsrs` (open-spaced-repetition/fsrs-rs). Steps, rollover, fuzz and the order of the four
//! intervals follow Anki, which people know.

mod fuzz;
mod respace;
mod turn;

use fsrs::{DEFAULT_PARAMETERS, FSRS, MemoryState};
use jiff::tz::TimeZone;

pub use fuzz::fuzz_bounds;

use self::turn::{Turn, Wait};
use super::{
    Intervals, Memory, Rating, Schedule,
    day::StudyDays,
    options::{FSRS_VERSION, ReviewOptions},
};
use crate::{
    error::{Error, Result},
    ids::CardId,
    time::UnixMillis,
};

/// What a person may change about scheduling; the defaults are Anki's.
#[derive(Clone, Debug)]
pub struct Options {
    /// Probability of recall aimed at, 0.70 to 0.97.
    pub desired_retention: f32,
    /// Milliseconds.
    pub learning_steps: Vec<i64>,
    /// Milliseconds.
    pub relearning_steps: Vec<i64>,
    pub maximum_interval_days: u32,
    /// Spread intervals a little so that cards learned together do not stay together.
    pub fuzz: bool,
    /// The 21 weights of FSRS-6; empty for the defaults.
    pub weights: Vec<f32>,
}

impl Default for Options {
    fn default() -> Self {
        Self::from(&ReviewOptions::default())
    }
}

/// With the default weights: a person's own are kept apart from what they chose.
impl From<&ReviewOptions> for Options {
    fn from(options: &ReviewOptions) -> Self {
        let millis = |steps: &[u32]| steps.iter().map(|&seconds| i64::from(seconds) * UnixMillis::SECOND).collect();
        Self {
            desired_retention: options.desired_retention,
            learning_steps: millis(&options.learning_steps),
            relearning_steps: millis(&options.relearning_steps),
            maximum_interval_days: options.maximum_interval_days,
            fuzz: options.fuzz,
            weights: Vec::new(),
        }
    }
}

impl Options {
    fn check(&self) -> Result<()> {
        let invalid = |text: String| Err(Error::InvalidInput(text));
        if !(0.70..=0.97).contains(&self.desired_retention) {
            return invalid("Desired retention must lie between 70 % and 97 %.".into());
        }
        if self.maximum_interval_days == 0 {
            return invalid("The longest interval must be at least one day.".into());
        }
        for steps in [&self.learning_steps, &self.relearning_steps] {
            // The index of a step is a byte.
            if steps.len() > usize::from(u8::MAX) || steps.iter().any(|&step| step <= 0) {
                return invalid("Each step must be longer than nothing, and there can be at most 255 of them.".into());
            }
        }
        if !self.weights.is_empty() && self.weights.len() != DEFAULT_PARAMETERS.len() {
            return invalid(format!(
                "FSRS-{FSRS_VERSION} has {} weights, these are {}: they belong to another version. Fit the scheduler to \
                 your reviews anew, or go back to its defaults.",
                DEFAULT_PARAMETERS.len(),
                self.weights.len()
            ));
        }
        if self.weights.iter().any(|weight| !weight.is_finite()) {
            return invalid(
                "One of the scheduler's weights is not a number. Fit it to your reviews anew, or go back to its \
                 defaults."
                    .into(),
            );
        }
        Ok(())
    }

    /// Whether FSRS may itself give intervals within a day, for want of steps: not when its weights leave reviews of
    /// the same day without effect, as those that were fitted without such reviews do.
    fn short_term(&self) -> bool {
        let weights = if self.weights.is_empty() { &DEFAULT_PARAMETERS[..] } else { &self.weights };
        weights[17] > 0.0 && weights[18] > 0.0
    }
}

/// The four schedules that the four ratings would give.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Preview {
    pub again: Schedule,
    pub hard: Schedule,
    pub good: Schedule,
    pub easy: Schedule,
    /// Whole study days since the last review.
    pub elapsed_days: u32,
    /// The moment it was computed for.
    pub now: UnixMillis,
    intervals: Intervals,
}

impl Preview {
    #[must_use]
    pub fn get(&self, rating: Rating) -> &Schedule {
        match rating {
            Rating::Again => &self.again,
            Rating::Hard => &self.hard,
            Rating::Good => &self.good,
            Rating::Easy => &self.easy,
        }
    }

    /// Milliseconds until the card would come again: days as whole days, a step as it is set, though one that goes past
    /// the rollover is due from the rollover on.
    #[must_use]
    pub fn intervals(&self) -> Intervals {
        self.intervals
    }
}

/// Schedules cards for one person: their options, their zone.
#[derive(Clone, Debug)]
pub struct Scheduler {
    fsrs: FSRS,
    options: Options,
    short_term: bool,
    days: StudyDays,
}

impl Scheduler {
    /// # Errors
    /// `InvalidInput` when the weights are not those of FSRS-6 or a setting is out of range.
    pub fn new(options: Options, zone: TimeZone) -> Result<Self> {
        options.check()?;
        let fsrs = FSRS::new(&options.weights)
            .map_err(|_| Error::InvalidInput(format!("These are not the weights of FSRS-{FSRS_VERSION}.")))?;
        Ok(Self { fsrs, short_term: options.short_term(), options, days: StudyDays::new(zone) })
    }

    #[must_use]
    pub fn days(&self) -> &StudyDays {
        &self.days
    }

    #[must_use]
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// What each rating at `now` would give. A clock that has jumped back counts as the moment after the last review,
    /// so that the reviews of one card always stand in order.
    ///
    /// # Errors
    /// `Internal` when the stored memory state is not a number.
    pub fn preview(&self, card: CardId, schedule: &Schedule, now: UnixMillis) -> Result<Preview> {
        let now = schedule.last_review.map_or(now, |last| now.max(last.plus(1)));
        let elapsed_days = self.elapsed_days(schedule, now);
        let memory = schedule.memory.map(|m| MemoryState { stability: m.stability, difficulty: m.difficulty });
        let states = self
            .fsrs
            .next_states(memory, self.options.desired_retention, elapsed_days)
            .map_err(|e| Error::Internal(format!("the schedule of card {card} cannot be computed: {e}")))?;
        let turn = Turn { scheduler: self, card, schedule, states: &states, now };
        let waits = turn.waits();
        let [again, hard, good, easy] = waits.map(Wait::shown);
        let intervals = Intervals { again, hard, good, easy };
        let [again, hard, good, easy] = turn.schedules(waits);
        Ok(Preview { again, hard, good, easy, elapsed_days, now, intervals })
    }

    fn elapsed_days(&self, schedule: &Schedule, now: UnixMillis) -> u32 {
        let Some(last) = schedule.last_review else { return 0 };
        u32::try_from(self.days.day(now) - self.days.day(last)).unwrap_or(0)
    }
}

fn memory(state: MemoryState) -> Memory {
    Memory { stability: state.stability, difficulty: state.difficulty }
}
