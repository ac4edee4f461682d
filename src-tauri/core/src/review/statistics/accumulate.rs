//! The review log summed up in one pass: by day, by hour, by button, and against its predictions.

use super::{
    Buttons, Calibration, DayCount, ForgettingCurve, Kinds, MATURE_DAYS, Period, Recall, Retention, ReviewsDay, Streak,
    calibration::Comparison,
};
use crate::{
    review::{CardState, Rating, TodayStats, history::Past},
    time::UnixMillis,
};

/// Days that are told apart: what is older counts on the first of them. A log says 1970 when a clock was never set.
pub const DAYS_KEPT: u16 = 36_525;

/// What a card was before its review; the order is that of [`Kinds`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Learning,
    Relearning,
    Young,
    Mature,
}

impl Kind {
    fn of(row: &Past) -> Self {
        match row.before_state {
            CardState::New | CardState::Learning => Self::Learning,
            CardState::Relearning => Self::Relearning,
            CardState::Review if row.before_interval_days < MATURE_DAYS => Self::Young,
            CardState::Review => Self::Mature,
        }
    }
}

/// Each by [`Kind`].
#[derive(Clone, Copy, Debug, Default)]
struct Day {
    count: [u32; 4],
    passed: [u32; 4],
    millis: [u64; 4],
}

impl Day {
    fn reviews(&self) -> u32 {
        self.count.iter().sum()
    }

    fn recall(&self, kind: Kind) -> Recall {
        Recall { reviews: self.count[kind as usize], passed: self.passed[kind as usize] }
    }
}

/// What a pass looks for.
#[derive(Clone, Copy, Debug)]
pub struct Looking {
    pub today: i32,
    pub today_start: UnixMillis,
    /// First day of the range; none for all.
    pub from: Option<i32>,
    pub curve: ForgettingCurve,
}

#[derive(Debug)]
pub struct Reviews {
    looking: Looking,
    /// The last is today.
    days: Vec<Day>,
    pub today: TodayStats,
    pub hours: [Recall; 24],
    pub buttons: Buttons,
    comparison: Comparison,
}

impl Reviews {
    pub fn new(looking: Looking) -> Self {
        Self {
            looking,
            days: vec![Day::default(); usize::from(DAYS_KEPT)],
            today: TodayStats::default(),
            hours: [Recall::default(); 24],
            buttons: Buttons::default(),
            comparison: Comparison::new(),
        }
    }

    /// Adds a review on the study day `day` at the local `hour`. One after today, as when the clock was set back since,
    /// counts as today's.
    pub fn add(&mut self, row: &Past, rating: Rating, day: i32, hour: usize) {
        let (kind, passed) = (Kind::of(row), rating != Rating::Again);
        let Looking { today, today_start, from, curve } = self.looking;
        let ago = usize::try_from(today.saturating_sub(day)).unwrap_or(0);
        let place = self.days.len() - 1 - ago.min(self.days.len() - 1);
        let sums = &mut self.days[place];
        sums.count[kind as usize] += 1;
        sums.passed[kind as usize] += u32::from(passed);
        sums.millis[kind as usize] += u64::from(row.duration_ms);
        if row.at >= today_start {
            count_today(&mut self.today, rating, row.duration_ms);
        }
        if from.is_some_and(|from| day < from) {
            return;
        }
        self.press(kind, rating);
        if row.before_state == CardState::Review {
            self.hours[hour].add(Recall { reviews: 1, passed: u32::from(passed) });
            if let Some(stability) = row.before_stability.filter(|&s| s > 0.0 && row.elapsed_days > 0) {
                self.comparison.add(curve.recall(row.elapsed_days as f32, stability), passed);
            }
        }
    }

    fn press(&mut self, kind: Kind, rating: Rating) {
        let buttons = match kind {
            Kind::Learning | Kind::Relearning => &mut self.buttons.learning,
            Kind::Young => &mut self.buttons.young,
            Kind::Mature => &mut self.buttons.mature,
        };
        buttons[rating as usize] += 1;
    }

    fn number(&self, place: usize) -> i32 {
        let ago = self.days.len() - 1 - place;
        self.looking.today.saturating_sub(i32::try_from(ago).unwrap_or(i32::MAX))
    }

    /// Days with a review, oldest first.
    fn studied(&self) -> impl Iterator<Item = (i32, &Day)> {
        let days = self.days.iter().enumerate().filter(|(_, day)| day.reviews() > 0);
        days.map(|(place, day)| (self.number(place), day))
    }

    pub fn first_day(&self) -> Option<i32> {
        self.studied().next().map(|(day, _)| day)
    }

    pub fn calendar(&self) -> Vec<DayCount> {
        self.studied().map(|(day, sums)| DayCount { day, count: sums.reviews() }).collect()
    }

    /// Days with a review within the range.
    pub fn by_day(&self) -> Vec<ReviewsDay> {
        let from = self.looking.from.unwrap_or(i32::MIN);
        let days = self.studied().filter(|&(day, _)| day >= from);
        days.map(|(day, sums)| {
            let seconds = sums.millis.map(|ms| u32::try_from((ms + 500) / 1_000).unwrap_or(u32::MAX));
            ReviewsDay { day, count: kinds(sums.count), seconds: kinds(seconds) }
        })
        .collect()
    }

    pub fn streak(&self) -> Streak {
        let mut streak = Streak::default();
        let mut run = 0;
        for day in &self.days {
            run = if day.reviews() > 0 { run + 1 } else { 0 };
            streak.longest = streak.longest.max(run);
            streak.studied += u32::from(run > 0);
        }
        // Until something is done today, yesterday's run goes on.
        let until_yesterday = self.days.iter().rev().skip(1).take_while(|day| day.reviews() > 0).count();
        streak.current = if run > 0 { run } else { u32::try_from(until_yesterday).unwrap_or(u32::MAX) };
        streak
    }

    pub fn retention(&self) -> Vec<Retention> {
        let all = self.days.len();
        let periods = [
            (Period::Today, all - 1, all),
            (Period::Yesterday, all - 2, all - 1),
            (Period::Week, all - 7, all),
            (Period::Month, all - 30, all),
            (Period::Year, all - 365, all),
            (Period::All, 0, all),
        ];
        periods
            .into_iter()
            .map(|(period, from, to)| {
                let (mut young, mut mature) = (Recall::default(), Recall::default());
                for day in &self.days[from..to] {
                    young.add(day.recall(Kind::Young));
                    mature.add(day.recall(Kind::Mature));
                }
                Retention { period, young, mature }
            })
            .collect()
    }

    pub fn calibration(&self) -> Calibration {
        self.comparison.finish()
    }
}

impl Recall {
    fn add(&mut self, other: Self) {
        self.reviews += other.reviews;
        self.passed += other.passed;
    }
}

fn kinds([learning, relearning, young, mature]: [u32; 4]) -> Kinds {
    Kinds { learning, relearning, young, mature }
}

fn count_today(today: &mut TodayStats, rating: Rating, duration_ms: u32) {
    today.reviewed += 1;
    today.duration_ms += i64::from(duration_ms);
    match rating {
        Rating::Again => today.again += 1,
        Rating::Hard => today.hard += 1,
        Rating::Good => today.good += 1,
        Rating::Easy => today.easy += 1,
    }
}
