//! FSRS-6 with Anki's learning steps, pure: a schedule, a rating and a time in, the next schedule out.
//!
//! Formulas: the crate `fsrs` (open-spaced-repetition/fsrs-rs). Steps, rollover, fuzz and the order of the four
//! intervals follow Anki, which people know.

use fsrs::{FSRS, MemoryState, NextStates};
use jiff::tz::TimeZone;

use super::{CardState, Intervals, Memory, Rating, Schedule, day::StudyDays};
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
        Self {
            desired_retention: 0.90,
            learning_steps: vec![UnixMillis::MINUTE, 10 * UnixMillis::MINUTE],
            relearning_steps: vec![10 * UnixMillis::MINUTE],
            maximum_interval_days: 36_500,
            fuzz: true,
            weights: Vec::new(),
        }
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

    /// Milliseconds until the card would come again; intervals of days are shown as whole days.
    #[must_use]
    pub fn intervals(&self) -> Intervals {
        let of = |next: &Schedule| match next.interval_days {
            0 => next.due.since(self.now),
            days => i64::from(days) * UnixMillis::DAY,
        };
        Intervals { again: of(&self.again), hard: of(&self.hard), good: of(&self.good), easy: of(&self.easy) }
    }
}

/// Schedules cards for one person: their options, their zone.
#[derive(Clone, Debug)]
pub struct Scheduler {
    fsrs: FSRS,
    options: Options,
    days: StudyDays,
}

impl Scheduler {
    /// # Errors
    /// `InvalidInput` when the weights are not those of an FSRS version or a setting is out of range.
    pub fn new(options: Options, zone: TimeZone) -> Result<Self> {
        if !(0.70..=0.97).contains(&options.desired_retention) {
            return Err(Error::InvalidInput("Desired retention must lie between 70 % and 97 %.".into()));
        }
        if options.maximum_interval_days == 0 {
            return Err(Error::InvalidInput("The longest interval must be at least one day.".into()));
        }
        let fsrs = FSRS::new(&options.weights)
            .map_err(|_| Error::InvalidInput("These are not the weights of a known FSRS version.".into()))?;
        Ok(Self { fsrs, options, days: StudyDays::new(zone) })
    }

    #[must_use]
    pub fn days(&self) -> &StudyDays {
        &self.days
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
        Ok(Preview { again: turn.again(), hard: turn.hard(), good: turn.good(), easy: turn.easy(), elapsed_days, now })
    }

    /// A card in review with the interval that its memory asks for by these weights and this retention, counted from its
    /// last review. None for a card that is not in review: steps are counted in minutes.
    #[must_use]
    pub fn respaced(&self, card: CardId, schedule: &Schedule) -> Option<Schedule> {
        let (Some(memory), Some(last), CardState::Review) = (schedule.memory, schedule.last_review, schedule.state)
        else {
            return None;
        };
        let interval = self.fsrs.next_interval(Some(memory.stability), self.options.desired_retention, 0);
        // The seed of the rating that gave the present interval, so that respacing again changes nothing.
        let reps = schedule.reps.saturating_sub(1);
        let days = self.whole_interval(card, reps, interval, 1, self.options.maximum_interval_days);
        let due = self.days.start(self.days.day(last).saturating_add(i32::try_from(days).unwrap_or(i32::MAX)));
        Some(Schedule { due, interval_days: days, ..*schedule })
    }

    /// An interval in whole days, fuzzed if the person has it so.
    fn whole_interval(&self, card: CardId, reps: u32, interval: f32, minimum: u32, maximum: u32) -> u32 {
        let maximum = maximum.max(minimum);
        let (lower, upper) = if self.options.fuzz {
            fuzz_bounds(interval, minimum, maximum)
        } else {
            let days = whole_days(interval).clamp(minimum, maximum);
            (days, days)
        };
        let spread = f64::from(upper - lower + 1);
        // The factor is below 1, so the product stays below `spread`.
        lower + (fuzz_factor(card, reps) * spread) as u32
    }

    fn elapsed_days(&self, schedule: &Schedule, now: UnixMillis) -> u32 {
        let Some(last) = schedule.last_review else { return 0 };
        u32::try_from(self.days.day(now) - self.days.day(last)).unwrap_or(0)
    }
}

/// One card at the moment of its rating.
struct Turn<'a> {
    scheduler: &'a Scheduler,
    card: CardId,
    schedule: &'a Schedule,
    states: &'a NextStates,
    now: UnixMillis,
}

impl Turn<'_> {
    fn again(&self) -> Schedule {
        let lapsed = self.schedule.state == CardState::Review;
        let next = Schedule {
            memory: Some(memory(self.states.again.memory)),
            lapses: self.schedule.lapses + u32::from(lapsed),
            ..self.rated()
        };
        let in_steps = if lapsed { CardState::Relearning } else { self.state_in_steps() };
        match self.steps_of(in_steps).first() {
            Some(&delay) => self.in_step(next, in_steps, 0, delay),
            None => self.in_days(next, self.again_days()),
        }
    }

    fn hard(&self) -> Schedule {
        let next = Schedule { memory: Some(memory(self.states.hard.memory)), ..self.rated() };
        match self.hard_delay() {
            Some(delay) => self.in_step(next, self.state_in_steps(), self.schedule.step, delay),
            None => self.in_days(next, self.passing_days().0),
        }
    }

    fn good(&self) -> Schedule {
        let next = Schedule { memory: Some(memory(self.states.good.memory)), ..self.rated() };
        let step = self.schedule.step.saturating_add(1);
        match self.steps().get(usize::from(step)) {
            Some(&delay) => self.in_step(next, self.state_in_steps(), step, delay),
            None => self.in_days(next, self.passing_days().1),
        }
    }

    fn easy(&self) -> Schedule {
        let next = Schedule { memory: Some(memory(self.states.easy.memory)), ..self.rated() };
        self.in_days(next, self.passing_days().2)
    }

    /// What every rating changes.
    fn rated(&self) -> Schedule {
        Schedule { reps: self.schedule.reps + 1, last_review: Some(self.now), buried_until: None, ..*self.schedule }
    }

    fn in_step(&self, next: Schedule, state: CardState, step: u8, delay: i64) -> Schedule {
        Schedule { state, step, due: self.now.plus(delay), interval_days: 0, ..next }
    }

    fn in_days(&self, next: Schedule, days: u32) -> Schedule {
        let today = self.scheduler.days.day(self.now);
        let due = self.scheduler.days.start(today.saturating_add(i32::try_from(days).unwrap_or(i32::MAX)));
        Schedule { state: CardState::Review, step: 0, due, interval_days: days, ..next }
    }

    fn state_in_steps(&self) -> CardState {
        match self.schedule.state {
            CardState::New | CardState::Learning => CardState::Learning,
            CardState::Review | CardState::Relearning => CardState::Relearning,
        }
    }

    /// The steps that the card is in; none for a card in review.
    fn steps(&self) -> &[i64] {
        match self.schedule.state {
            CardState::Review => &[],
            _ => self.steps_of(self.state_in_steps()),
        }
    }

    fn steps_of(&self, state: CardState) -> &[i64] {
        match state {
            CardState::New | CardState::Learning => &self.scheduler.options.learning_steps,
            CardState::Review | CardState::Relearning => &self.scheduler.options.relearning_steps,
        }
    }

    /// Hard stays on its step: on the first one half-way to the second (half as long again when it is the only one),
    /// else the step's own delay. None when the card is in no step.
    fn hard_delay(&self) -> Option<i64> {
        let steps = self.steps();
        let &current = steps.get(usize::from(self.schedule.step))?;
        Some(match (self.schedule.step, steps.get(1)) {
            (0, Some(&second)) => i64::midpoint(current, second),
            (0, None) => (current + current / 2).min(current + UnixMillis::DAY),
            _ => current,
        })
    }

    fn again_days(&self) -> u32 {
        self.days_from(self.states.again.interval, 1, self.scheduler.options.maximum_interval_days)
    }

    /// Days for Hard, Good, Easy: each longer than the one before it that is in days, all within the longest interval.
    fn passing_days(&self) -> (u32, u32, u32) {
        let maximum = self.scheduler.options.maximum_interval_days;
        let in_steps = self.steps();
        let after = |days: u32, is_step: bool| if is_step { 1 } else { days + 1 };
        let hard = self.days_from(self.states.hard.interval, 1, maximum.saturating_sub(2).max(1));
        let least = after(hard, usize::from(self.schedule.step) < in_steps.len());
        let good = self.days_from(self.states.good.interval, least, maximum.saturating_sub(1).max(1));
        let least = after(good, usize::from(self.schedule.step) + 1 < in_steps.len());
        let easy = self.days_from(self.states.easy.interval, least, maximum);
        // Below a longest interval of three days there is no room for an order.
        (hard.min(maximum), good.min(maximum), easy.min(maximum))
    }

    fn days_from(&self, interval: f32, minimum: u32, maximum: u32) -> u32 {
        self.scheduler.whole_interval(self.card, self.schedule.reps, interval, minimum, maximum)
    }
}

fn memory(state: MemoryState) -> Memory {
    Memory { stability: state.stability, difficulty: state.difficulty }
}

/// Rounded; `as` saturates, and takes what is not a number for 0.
fn whole_days(interval: f32) -> u32 {
    interval.round() as u32
}

/// Ranges in days with the share of an interval in each by which it may be moved (Anki's table).
const FUZZ: [(f32, f32, f32); 3] = [(2.5, 7.0, 0.15), (7.0, 20.0, 0.10), (20.0, f32::INFINITY, 0.05)];

/// The days between which an interval may fall, both included; no spread below 2.5 days.
#[must_use]
pub fn fuzz_bounds(interval: f32, minimum: u32, maximum: u32) -> (u32, u32) {
    if interval < 2.5 || !interval.is_finite() {
        let days = whole_days(interval).clamp(minimum, maximum);
        return (days, days);
    }
    let delta =
        FUZZ.iter().fold(1.0, |delta, &(start, end, share)| delta + share * (interval.min(end) - start).max(0.0));
    let lower = whole_days(interval - delta).clamp(minimum, maximum);
    let upper = whole_days(interval + delta).clamp(minimum, maximum);
    (lower, upper)
}

/// A number in [0, 1) that depends on nothing but the card and how often it was rated, so that the interval on the
/// button is the one that the card gets. SplitMix64 (Steele, Lea, Flood 2014) over the id.
fn fuzz_factor(card: CardId, reps: u32) -> f64 {
    let id = card.0.as_u128();
    let mut z = (id as u64) ^ ((id >> 64) as u64).rotate_left(32) ^ u64::from(reps).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^= z >> 31;
    // The top 53 bits are a double's mantissa.
    (z >> 11) as f64 / (1_u64 << 53) as f64
}
