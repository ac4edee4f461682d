//! One card at the moment of its rating: what each of the four buttons gives, and that they stay in order.

use fsrs::{ItemState, NextStates};

use super::{
    super::{CardState, Rating, Schedule, day::later},
    Scheduler,
    fuzz::{fuzz_bounds, fuzz_factor, whole_days},
    memory,
};
use crate::{ids::CardId, time::UnixMillis};

/// FSRS's intervals below this many days stay below a day where there are no steps, as in Anki.
const SHORT_TERM_DAYS: f32 = 0.5;

pub(super) struct Turn<'a> {
    pub scheduler: &'a Scheduler,
    pub card: CardId,
    pub schedule: &'a Schedule,
    pub states: &'a NextStates,
    pub now: UnixMillis,
}

/// How long a button makes a card wait.
#[derive(Clone, Copy)]
pub(super) enum Wait {
    /// In the step with this index, for so many milliseconds.
    Step(u8, i64),
    /// In review, for so many study days.
    Days(u32),
}

impl Wait {
    /// Milliseconds.
    pub(super) fn shown(self) -> i64 {
        match self {
            Self::Step(_, delay) => delay,
            Self::Days(days) => i64::from(days) * UnixMillis::DAY,
        }
    }
}

/// The least that the next button has to give.
#[derive(Clone, Copy)]
struct Floor {
    /// Milliseconds.
    delay: i64,
    days: u32,
    /// No step or part of a day any more once a button has given days.
    only_days: bool,
}

impl Floor {
    /// At least what Again gives.
    fn with(wait: Wait) -> Self {
        match wait {
            Wait::Step(_, delay) => Self { delay, days: days_from(delay.saturating_sub(1)), only_days: false },
            Wait::Days(days) => Self { delay: wait.shown(), days, only_days: true },
        }
    }

    /// More than `wait`.
    fn above(wait: Wait) -> Self {
        match wait {
            Wait::Step(_, delay) => {
                Self { delay: delay.saturating_add(UnixMillis::SECOND), days: days_from(delay), only_days: false }
            }
            Wait::Days(days) => Self { delay: i64::MAX, days: days.saturating_add(1), only_days: true },
        }
    }
}

/// The fewest whole days that are longer than `delay` ms.
fn days_from(delay: i64) -> u32 {
    u32::try_from(delay / UnixMillis::DAY + 1).unwrap_or(u32::MAX)
}

impl Turn<'_> {
    /// Again, Hard, Good, Easy: Hard at least what Again is, Good longer than Hard, Easy longer than Good. Below a
    /// longest interval of three days there is no room for that, and the longest interval counts.
    pub(super) fn waits(&self) -> [Wait; 4] {
        let maximum = self.scheduler.options.maximum_interval_days;
        let none = Floor { delay: 0, days: 1, only_days: false };
        // Room is left for the buttons that must be longer.
        let (below_easy, below_good) = (maximum.saturating_sub(1).max(1), maximum.saturating_sub(2).max(1));
        let again = self.wait(Rating::Again, none, below_good);
        let hard = self.wait(Rating::Hard, Floor::with(again), below_good);
        let good = self.wait(Rating::Good, Floor::above(hard), below_easy);
        let floor = Floor::above(match good {
            // Easy is longer than the days that Good would give too.
            Wait::Step(..) => Wait::Days(self.days(Rating::Good, Floor::above(hard).days, below_easy)),
            Wait::Days(_) => good,
        });
        [again, hard, good, self.wait(Rating::Easy, floor, maximum)]
    }

    pub(super) fn schedules(&self, waits: [Wait; 4]) -> [Schedule; 4] {
        Rating::ALL.map(|rating| self.after(rating, waits[usize::from(rating.number() - 1)]))
    }

    fn after(&self, rating: Rating, wait: Wait) -> Schedule {
        let lapsed = rating == Rating::Again && self.schedule.state == CardState::Review;
        let rated = Schedule {
            memory: Some(memory(self.next(rating).memory)),
            reps: self.schedule.reps.saturating_add(1),
            lapses: self.schedule.lapses.saturating_add(u32::from(lapsed)),
            last_review: Some(self.now),
            buried_until: None,
            ..*self.schedule
        };
        match wait {
            Wait::Step(step, delay) => {
                Schedule { state: self.state_in_steps(), step, due: self.due_after(delay), interval_days: 0, ..rated }
            }
            Wait::Days(days) => {
                let due = self.day(days);
                Schedule { state: CardState::Review, step: 0, due, interval_days: days, ..rated }
            }
        }
    }

    /// A step within the study day is due to the minute; one that goes past the rollover is due from the start of its
    /// study day, so that "1 day" is tomorrow however late it is today (Anki).
    fn due_after(&self, delay: i64) -> UnixMillis {
        let left = self.day(1).since(self.now);
        match delay.checked_sub(left) {
            Some(beyond @ 0..) => self.day(days_from(beyond)),
            // The day on which the clocks go back is longer than a step of one day.
            _ if delay >= UnixMillis::DAY => self.day(1),
            _ => self.now.plus(delay),
        }
    }

    /// The start of the study day `days` after today.
    fn day(&self, days: u32) -> UnixMillis {
        let study_days = &self.scheduler.days;
        study_days.start(later(study_days.day(self.now), days))
    }

    fn next(&self, rating: Rating) -> &ItemState {
        match rating {
            Rating::Again => &self.states.again,
            Rating::Hard => &self.states.hard,
            Rating::Good => &self.states.good,
            Rating::Easy => &self.states.easy,
        }
    }

    fn state_in_steps(&self) -> CardState {
        match self.schedule.state {
            CardState::New | CardState::Learning => CardState::Learning,
            CardState::Review | CardState::Relearning => CardState::Relearning,
        }
    }

    fn wait(&self, rating: Rating, floor: Floor, maximum: u32) -> Wait {
        match self.step(rating).or_else(|| self.part_of_a_day(rating)) {
            Some((step, delay)) if !floor.only_days => Wait::Step(step, delay.max(floor.delay)),
            _ => Wait::Days(self.days(rating, floor.days, maximum)),
        }
    }

    /// The steps that the card is in or would fall into.
    fn steps(&self) -> &[i64] {
        match self.state_in_steps() {
            CardState::Learning => &self.scheduler.options.learning_steps,
            _ => &self.scheduler.options.relearning_steps,
        }
    }

    /// Whether `rating` leaves the card in its steps, as far as there are steps.
    fn stays(&self, rating: Rating) -> bool {
        rating == Rating::Again || (self.schedule.state != CardState::Review && rating != Rating::Easy)
    }

    /// The step, and its delay in milliseconds, that `rating` puts the card in.
    fn step(&self, rating: Rating) -> Option<(u8, i64)> {
        let steps = self.steps();
        if steps.is_empty() || !self.stays(rating) {
            return None;
        }
        // The list may have become shorter since.
        let current = self.schedule.step.min(u8::try_from(steps.len() - 1).unwrap_or(u8::MAX));
        let step = match rating {
            Rating::Again => 0,
            Rating::Hard => current,
            Rating::Good | Rating::Easy => current.saturating_add(1),
        };
        let &delay = steps.get(usize::from(step))?;
        Some((step, if rating == Rating::Hard && step == 0 { hard_on_first(delay, steps.get(1)) } else { delay }))
    }

    /// Without steps FSRS itself may say that a card should come again today.
    fn part_of_a_day(&self, rating: Rating) -> Option<(u8, i64)> {
        let interval = self.next(rating).interval;
        let short = self.scheduler.short_term && self.steps().is_empty() && interval < SHORT_TERM_DAYS;
        let seconds = (f64::from(interval) * 86_400.0) as i64;
        (short && self.stays(rating)).then_some((0, seconds.max(1) * UnixMillis::SECOND))
    }

    fn days(&self, rating: Rating, minimum: u32, maximum: u32) -> u32 {
        let in_review = self.schedule.state == CardState::Review;
        let passed = in_review && rating != Rating::Again;
        let interval = self.next(rating).interval;
        let fuzz = self.scheduler.options.fuzz;
        let kept = if fuzz && passed { kept(self.schedule.interval_days, interval, maximum) } else { 0 };
        let minimum = minimum.max(kept);
        // The order of the buttons goes before the room that is left, the longest interval before both.
        let maximum = maximum.max(minimum).min(self.scheduler.options.maximum_interval_days);
        let minimum = minimum.min(maximum);
        // Anki spreads whole days when a card leaves its steps, and leaves those after a lapse alone.
        let interval = if in_review { interval } else { interval.round().max(1.0) };
        if !fuzz || (in_review && !passed) {
            return whole_days(interval).clamp(minimum, maximum);
        }
        let (lower, upper) = fuzz_bounds(interval, minimum, maximum);
        // The factor is below 1, so the product stays below the number of days to choose from.
        lower + (fuzz_factor(self.card, self.schedule.reps) * f64::from(upper - lower + 1)) as u32
    }
}

/// The least days that fuzz has to leave after `last`: it takes back nothing of an interval that grows, nor shortens one
/// that stays about the same; one that shrinks (the desired retention has changed, say) is left to.
fn kept(last: u32, interval: f32, maximum: u32) -> u32 {
    let (_, upper) = fuzz_bounds(interval, 1, maximum);
    let least = if whole_days(interval) > last {
        last.saturating_add(1)
    } else if last <= upper {
        last
    } else {
        0
    };
    least.min(maximum)
}

/// Half-way from the first step to the second; with a single step half as long again, at most a day longer. More than a
/// day is rounded to whole days (Anki).
fn hard_on_first(first: i64, second: Option<&i64>) -> i64 {
    let delay = second
        .map_or_else(|| first.saturating_add((first / 2).min(UnixMillis::DAY)), |&second| i64::midpoint(first, second));
    let days = delay.saturating_add(UnixMillis::DAY / 2) / UnixMillis::DAY;
    if delay > UnixMillis::DAY { days.saturating_mul(UnixMillis::DAY) } else { delay }
}
