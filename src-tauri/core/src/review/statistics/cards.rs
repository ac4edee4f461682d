//! What the cards are now: their states, what comes due when, how well they are known.

use std::collections::BTreeMap;

use super::{DayCount, ForgettingCurve, FutureDay, MATURE_DAYS, StateCounts, accumulate::DAYS_KEPT, histogram::Values};
use crate::{
    review::{CardState, Schedule, day::StudyDays},
    time::UnixMillis,
};

/// What a pass looks for.
#[derive(Clone, Copy, Debug)]
pub struct Looking {
    pub now: UnixMillis,
    pub today: i32,
    pub today_start: UnixMillis,
    /// How many days to look ahead, today counted; none for all.
    pub days: Option<i32>,
    pub curve: ForgettingCurve,
}

#[derive(Debug)]
pub struct Cards {
    looking: Looking,
    added: BTreeMap<i32, u32>,
    pub added_today: u32,
    future: BTreeMap<i32, FutureDay>,
    pub backlog: u32,
    pub states: StateCounts,
    pub intervals: Values,
    pub stability: Values,
    pub difficulty: Values,
    pub retrievability: Values,
}

impl Cards {
    pub fn new(looking: Looking) -> Self {
        Self {
            looking,
            added: BTreeMap::new(),
            added_today: 0,
            future: BTreeMap::new(),
            backlog: 0,
            states: StateCounts::default(),
            intervals: Values::default(),
            stability: Values::default(),
            difficulty: Values::default(),
            retrievability: Values::default(),
        }
    }

    pub fn add(&mut self, schedule: &Schedule, study_days: &StudyDays) {
        let Looking { today, today_start, .. } = self.looking;
        // As with reviews: a card from a clock that was set back since is today's, one from 1900 is of the first day.
        let created = study_days.day(schedule.created_at).clamp(today - i32::from(DAYS_KEPT) + 1, today);
        *self.added.entry(created).or_default() += 1;
        self.added_today += u32::from(schedule.created_at >= today_start);
        self.count_state(schedule);
        self.count_due(schedule, study_days);
        self.measure(schedule);
    }

    fn is_buried(&self, schedule: &Schedule) -> bool {
        schedule.buried_until.is_some_and(|until| until > self.looking.now)
    }

    fn count_state(&mut self, schedule: &Schedule) {
        let (buried, states) = (self.is_buried(schedule), &mut self.states);
        let counter = match schedule.state {
            _ if schedule.suspended => &mut states.suspended,
            _ if buried => &mut states.buried,
            CardState::New => &mut states.new,
            CardState::Learning => &mut states.learning,
            CardState::Relearning => &mut states.relearning,
            CardState::Review if schedule.interval_days < MATURE_DAYS => &mut states.young,
            CardState::Review => &mut states.mature,
        };
        *counter += 1;
    }

    /// As Anki counts: without suspended cards, and without buried ones that would be due by today.
    fn count_due(&mut self, schedule: &Schedule, study_days: &StudyDays) {
        if schedule.state == CardState::New || schedule.suspended {
            return;
        }
        let Looking { today, days, .. } = self.looking;
        let day = study_days.day(schedule.due);
        if day <= today && self.is_buried(schedule) {
            return;
        }
        if day < today {
            self.backlog += 1;
            return;
        }
        if days.is_some_and(|days| day.saturating_sub(today) >= days) {
            return;
        }
        let due = self.future.entry(day).or_insert(FutureDay { day, ..FutureDay::default() });
        match schedule.state {
            CardState::Review if schedule.interval_days < MATURE_DAYS => due.young += 1,
            CardState::Review => due.mature += 1,
            _ => due.learning += 1,
        }
    }

    fn measure(&mut self, schedule: &Schedule) {
        if schedule.state == CardState::Review {
            self.intervals.push(schedule.interval_days as f32);
        }
        let Some(memory) = schedule.memory else { return };
        self.stability.push(memory.stability);
        self.difficulty.push(memory.difficulty);
        if let Some(last) = schedule.last_review {
            let days = self.looking.now.since(last) as f64 / UnixMillis::DAY as f64;
            self.retrievability.push(self.looking.curve.recall(days as f32, memory.stability));
        }
    }

    pub fn first_day(&self) -> Option<i32> {
        self.added.keys().next().copied()
    }

    pub fn added(&self, from: i32) -> Vec<DayCount> {
        self.added.range(from..).map(|(&day, &count)| DayCount { day, count }).collect()
    }

    pub fn future(&self) -> Vec<FutureDay> {
        self.future.values().copied().collect()
    }
}
