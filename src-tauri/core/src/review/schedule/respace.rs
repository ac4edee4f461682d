//! Intervals given anew without a review: after other weights, or another desired retention.

use super::{
    super::{CardState, Schedule, day::later},
    Scheduler,
    fuzz::{fuzz_bounds, fuzz_factor, whole_days},
};
use crate::ids::CardId;

impl Scheduler {
    /// A card in review with the interval that its memory asks for by the present weights and retention, counted from the
    /// study day of its last review. None for a card that is not in review: steps are counted in minutes.
    #[must_use]
    pub fn respaced(&self, card: CardId, schedule: &Schedule) -> Option<Schedule> {
        let (Some(memory), Some(last), CardState::Review) = (schedule.memory, schedule.last_review, schedule.state)
        else {
            return None;
        };
        let interval = self.fsrs.next_interval(Some(memory.stability), self.options.desired_retention, 0);
        let maximum = self.options.maximum_interval_days;
        let days = if self.options.fuzz {
            let (lower, upper) = fuzz_bounds(interval, 1, maximum);
            let spread = f64::from(upper - lower + 1);
            // The seed of the rating that gave the present interval, so that respacing again changes nothing. The factor
            // is below 1, so the product stays below the number of days to choose from.
            lower + (fuzz_factor(card, schedule.reps.saturating_sub(1)) * spread) as u32
        } else {
            whole_days(interval).clamp(1, maximum)
        };
        let due = self.days.start(later(self.days.day(last), days));
        Some(Schedule { due, interval_days: days, ..*schedule })
    }
}
