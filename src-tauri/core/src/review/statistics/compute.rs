//! The statistics put together: one pass over the log, one over the cards.

use std::collections::HashSet;

use super::{
    ForgettingCurve, Statistics, StatsRange,
    accumulate::{self, Reviews},
    cards::{self, Cards},
};
use crate::{
    ids::CardId,
    review::{Schedule, TodayStats, day::StudyDays, history::Past},
    time::UnixMillis,
};

/// What is looked at, and how.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    pub now: UnixMillis,
    /// How days and hours are counted.
    pub days: &'a StudyDays,
    pub range: StatsRange,
    /// Only these cards; none for all, those that were deleted since too.
    pub filter: Option<&'a HashSet<CardId>>,
    /// 0 to 1.
    pub desired_retention: f32,
    /// The weight w20 of FSRS-6, by which recall fades.
    pub decay: f32,
}

impl StatsRange {
    /// Days that the range looks back, today counted; none for all. As in Anki a month is 30 days.
    #[must_use]
    pub fn days(self) -> Option<i32> {
        match self {
            Self::Month => Some(30),
            Self::Quarter => Some(90),
            Self::Year => Some(365),
            Self::All => None,
        }
    }
}

/// All figures of the page from the rows of the log, in any order, and the cards' schedules.
#[must_use]
pub fn compute<'s>(
    rows: &[Past],
    schedules: impl IntoIterator<Item = (CardId, &'s Schedule)>,
    view: &View<'_>,
) -> Statistics {
    let (days, curve) = (view.days, ForgettingCurve::new(view.decay));
    let (today, range) = (days.day(view.now), view.range.days());
    let today_start = days.start(today);
    let from = range.map(|days| today.saturating_sub(days - 1));
    let mut reviews = Reviews::new(accumulate::Looking { today, today_start, from, curve });
    let mut wanted = Wanted::new(view.filter);
    for row in rows {
        let Some(rating) = row.rating.filter(|_| wanted.holds(row.card)) else { continue };
        let (day, hour) = days.day_and_hour(row.at);
        reviews.add(row, rating, day, hour);
    }
    let mut cards = Cards::new(cards::Looking { now: view.now, today, today_start, days: range, curve });
    for (_, schedule) in schedules.into_iter().filter(|(card, _)| wanted.holds(*card)) {
        cards.add(schedule, days);
    }
    let from_day = from.unwrap_or_else(|| first_day(&reviews, &cards).unwrap_or(today));
    put_together(&reviews, cards, view, today, from_day)
}

fn first_day(reviews: &Reviews, cards: &Cards) -> Option<i32> {
    reviews.first_day().into_iter().chain(cards.first_day()).min()
}

fn put_together(reviews: &Reviews, cards: Cards, view: &View<'_>, day: i32, from_day: i32) -> Statistics {
    Statistics {
        day,
        from_day,
        today: TodayStats { added: cards.added_today, ..reviews.today },
        streak: reviews.streak(),
        calendar: reviews.calendar(),
        reviews: reviews.by_day(),
        added: cards.added(from_day),
        future: cards.future(),
        backlog: cards.backlog,
        states: cards.states,
        remembered: cards.retrievability.sum() as f32,
        intervals: cards.intervals.days(),
        stability: cards.stability.days(),
        difficulty: cards.difficulty.between(1.0, 10.0, 18),
        retrievability: cards.retrievability.between(0.0, 1.0, 20),
        desired_retention: view.desired_retention,
        retention: reviews.retention(),
        hours: reviews.hours.to_vec(),
        buttons: reviews.buttons,
        calibration: reviews.calibration(),
    }
}

/// Tells the cards that are looked at. The rows of a card often stand together, and finding an id in a set costs more
/// than all else that is done with a row.
struct Wanted<'a> {
    filter: Option<&'a HashSet<CardId>>,
    last: Option<(CardId, bool)>,
}

impl<'a> Wanted<'a> {
    fn new(filter: Option<&'a HashSet<CardId>>) -> Self {
        Self { filter, last: None }
    }

    fn holds(&mut self, card: CardId) -> bool {
        let Some(filter) = self.filter else { return true };
        match self.last {
            Some((last, held)) if last == card => held,
            _ => {
                let held = filter.contains(&card);
                self.last = Some((card, held));
                held
            }
        }
    }
}
