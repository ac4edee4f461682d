//! Every figure of the statistics against a small log and a few cards that were worked out by hand.

use std::collections::HashSet;

use jiff::{Timestamp, tz::TimeZone};
use memoryloop_core::{
    ids::CardId,
    review::{
        CardState::{self, Learning, New, Relearning, Review},
        Memory, Rating, Schedule, TodayStats,
        day::StudyDays,
        history::Past,
        statistics::{
            DayCount, FutureDay, Histogram, Kinds, Period, Recall, Retention, ReviewsDay, StateCounts, Statistics,
            StatsRange, Streak, View, compute,
        },
    },
    time::UnixMillis,
};
use uuid::Uuid;

/// 13:00 in Berlin, on study day 20,780.
pub const NOW: &str = "2026-11-23T12:00:00Z";
pub const TODAY: i32 = 20_780;

pub fn at(text: &str) -> UnixMillis {
    UnixMillis(text.parse::<Timestamp>().unwrap().as_millisecond())
}

fn days_ago(days: i64) -> UnixMillis {
    at(NOW).plus(-days * UnixMillis::DAY)
}

pub fn id(letter: char) -> CardId {
    CardId(Uuid::from_u128(u128::from(letter)))
}

/// A review of a card that was in `state` with `interval` days and a stability of as many, after `elapsed` days.
pub fn review(card: char, when: &str, state: CardState, interval: u32, elapsed: u32, rating: Rating, ms: u32) -> Past {
    Past {
        card: id(card),
        at: at(when),
        rating: Some(rating),
        elapsed_days: elapsed,
        duration_ms: ms,
        before_state: state,
        before_interval_days: interval,
        before_stability: (state != New).then_some(interval as f32),
        after_state: Review,
    }
}

/// Newest first, because the order means nothing.
pub fn log() -> Vec<Past> {
    use Rating::{Again, Easy, Good, Hard};
    vec![
        // No reviews: a reset today.
        Past { rating: None, ..review('E', "2026-11-23T11:00:00Z", Review, 50, 9, Again, 900) },
        review('C', "2026-11-23T10:10:00Z", Relearning, 0, 0, Good, 2_600),
        review('C', "2026-11-23T10:00:00Z", Review, 30, 30, Again, 8_000),
        review('B', "2026-11-23T09:00:00Z", Review, 10, 10, Good, 4_000),
        // Ten past four in Berlin, and an hour before: today, and yesterday.
        review('A', "2026-11-23T03:10:00Z", Learning, 0, 0, Good, 3_400),
        review('A', "2026-11-23T02:00:00Z", New, 0, 0, Good, 5_000),
        // Mature from 21 days on; on the day of the review before, so nothing was predicted.
        review('D', "2026-11-22T12:00:00Z", Review, 21, 0, Hard, 6_000),
        // The first day of the week that ends today, and the one before it.
        review('D', "2026-11-17T12:00:00Z", Review, 20, 20, Easy, 1_000),
        review('D', "2026-11-16T12:00:00Z", Review, 5, 10, Good, 1_000),
        // The clocks went back this night. 05:00 on the first of 30 days, and 03:30 on the day before.
        review('B', "2026-10-25T04:00:00Z", Review, 3, 3, Again, 500),
        review('B', "2026-10-25T02:30:00Z", Review, 3, 3, Good, 500),
        review('E', "2026-10-23T12:00:00Z", Learning, 0, 0, Good, 1_000),
        review('E', "2026-01-01T12:00:00Z", Review, 100, 100, Good, 60_000),
        // A card that was deleted since.
        review('Z', "2025-06-01T12:00:00Z", Review, 40, 40, Again, 1_000),
    ]
}

pub fn card(state: CardState, interval_days: u32, due: &str, created: &str) -> Schedule {
    Schedule { state, interval_days, due: at(due), ..Schedule::new(at(created), at(created)) }
}

pub fn known(schedule: Schedule, stability: f32, difficulty: f32, last: Option<i64>) -> Schedule {
    Schedule { memory: Some(Memory { stability, difficulty }), last_review: last.map(days_ago), ..schedule }
}

fn buried(schedule: Schedule, until: &str) -> Schedule {
    Schedule { buried_until: Some(at(until)), ..schedule }
}

pub fn cards() -> Vec<(CardId, Schedule)> {
    let long_ago = "2026-01-10T12:00:00Z";
    let (tomorrow, today) = ("2026-11-24T03:00:00Z", "2026-11-23T11:00:00Z");
    let d = known(card(Review, 25, "2026-11-10T03:00:00Z", long_ago), 20.0, 10.0, Some(200));
    vec![
        // Created in the first moment of today.
        (id('A'), known(card(Learning, 0, "2026-11-23T12:05:00Z", "2026-11-23T03:00:00Z"), 2.0, 5.0, Some(4))),
        // Created in the first moment of the 30 days, and in the last one before them.
        (id('B'), known(card(Review, 12, "2026-12-05T03:00:00Z", "2026-10-25T03:00:00Z"), 12.0, 3.2, Some(24))),
        (id('C'), known(card(Review, 40, "2026-11-22T03:00:00Z", "2026-10-25T02:59:59Z"), 40.0, 9.9, Some(80))),
        (id('D'), Schedule { suspended: true, ..d }),
        (id('E'), card(New, 0, "2026-11-22T23:00:00Z", "2026-11-22T23:00:00Z")),
        (id('F'), buried(known(card(Relearning, 0, today, long_ago), 1.0, 5.1, Some(2)), tomorrow)),
        (id('G'), buried(card(New, 0, "2026-10-20T12:00:00Z", "2026-10-20T12:00:00Z"), NOW)),
        // Due on the last day of the coming 30, and on the day after.
        (id('H'), known(card(Review, 20, "2026-12-22T03:00:00Z", long_ago), 3.0, 1.0, Some(0))),
        (id('I'), known(card(Review, 21, "2026-12-23T03:00:00Z", long_ago), 500.0, 5.0, None)),
        (id('J'), known(card(Relearning, 0, today, long_ago), 0.5, 6.0, Some(0))),
        (id('K'), buried(card(Review, 2, "2026-11-25T03:00:00Z", long_ago), tomorrow)),
    ]
}

/// With a decay of one half recall after t days is 1 / sqrt(1 + 19/81 t/S): 0.9 after S days, 0.8250286 after two S,
/// 0.5467111 after ten.
pub fn statistics_of(
    log: &[Past],
    cards: &[(CardId, Schedule)],
    range: StatsRange,
    filter: Option<&HashSet<CardId>>,
) -> Statistics {
    let days = StudyDays::new(TimeZone::get("Europe/Berlin").unwrap());
    let view = View { now: at(NOW), days: &days, range, filter, desired_retention: 0.9, decay: 0.5 };
    compute(log, cards.iter().map(|(id, schedule)| (*id, schedule)), &view)
}

pub fn statistics(range: StatsRange) -> Statistics {
    statistics_of(&log(), &cards(), range, None)
}

pub fn day_counts(counts: &[DayCount]) -> Vec<(i32, u32)> {
    counts.iter().map(|c| (c.day, c.count)).collect()
}

pub fn recall(reviews: u32, passed: u32) -> Recall {
    Recall { reviews, passed }
}

pub fn kinds([learning, relearning, young, mature]: [u32; 4]) -> Kinds {
    Kinds { learning, relearning, young, mature }
}

fn occupied(histogram: &Histogram) -> Vec<(f32, f32, u32)> {
    histogram.bins.iter().filter(|bin| bin.count > 0).map(|bin| (bin.from, bin.to, bin.count)).collect()
}

fn close(found: Option<f32>, expected: f32) {
    assert!(
        found.is_some_and(|found| (found - expected).abs() < 2e-6 * expected.max(1.0)),
        "{found:?}, not {expected}"
    );
}

#[test]
fn today_is_what_was_done_since_four_in_the_morning() {
    let expected = TodayStats { reviewed: 4, again: 1, hard: 0, good: 3, easy: 0, duration_ms: 18_000, added: 1 };
    assert_eq!(statistics(StatsRange::Month).today, expected);
}

#[test]
fn the_calendar_and_the_streaks_know_all_days() {
    let found = statistics(StatsRange::Month);
    let days = [
        (20_240, 1),
        (20_454, 1),
        (20_749, 1),
        (20_750, 1),
        (20_751, 1),
        (20_773, 1),
        (20_774, 1),
        (20_779, 2),
        (20_780, 4),
    ];
    assert_eq!(day_counts(&found.calendar), days);
    assert_eq!(found.streak, Streak { current: 2, longest: 3, studied: 9 });
}

#[test]
fn reviews_of_a_day_are_told_apart_by_what_the_card_was() {
    let found = statistics(StatsRange::Month);
    let expected = [
        (20_751, [0, 0, 1, 0], [0, 0, 1, 0]),
        (20_773, [0, 0, 1, 0], [0, 0, 1, 0]),
        (20_774, [0, 0, 1, 0], [0, 0, 1, 0]),
        (20_779, [1, 0, 0, 1], [5, 0, 0, 6]),
        (20_780, [1, 1, 1, 1], [3, 3, 4, 8]),
    ];
    let expected =
        expected.map(|(day, count, seconds)| ReviewsDay { day, count: kinds(count), seconds: kinds(seconds) });
    assert_eq!(found.reviews, expected);
    assert_eq!((found.day, found.from_day), (TODAY, 20_751));
}

#[test]
fn cards_are_counted_on_the_day_of_their_making() {
    let found = statistics(StatsRange::Month);
    assert_eq!(day_counts(&found.added), [(20_751, 1), (20_779, 1), (20_780, 1)]);
    let found = statistics(StatsRange::All);
    let all = [(20_463, 6), (20_746, 1), (20_750, 1), (20_751, 1), (20_779, 1), (20_780, 1)];
    assert_eq!(day_counts(&found.added), all);
}

#[test]
fn what_comes_due_leaves_out_what_is_set_aside() {
    let day = |day, [learning, young, mature]: [u32; 3]| FutureDay { day, learning, young, mature };
    let month = [day(20_780, [2, 0, 0]), day(20_782, [0, 1, 0]), day(20_792, [0, 1, 0]), day(20_809, [0, 1, 0])];
    let found = statistics(StatsRange::Month);
    assert_eq!(found.future, month);
    assert_eq!(found.backlog, 1);
    let found = statistics(StatsRange::All);
    assert_eq!(found.future, [month.as_slice(), &[day(20_810, [0, 0, 1])]].concat());
}

#[test]
fn each_card_is_in_one_state() {
    let expected = StateCounts { new: 2, learning: 1, relearning: 1, young: 2, mature: 2, suspended: 1, buried: 2 };
    assert_eq!(statistics(StatsRange::Month).states, expected);
}

#[test]
fn histograms_have_readable_bins_and_exact_medians() {
    let found = statistics(StatsRange::Month);
    let intervals = [(2.0, 4.0, 1), (12.0, 14.0, 1), (20.0, 22.0, 2), (24.0, 26.0, 1), (40.0, 42.0, 1)];
    assert_eq!(occupied(&found.intervals), intervals);
    assert_eq!((found.intervals.median, found.intervals.mean), (Some(20.5), Some(20.0)));
    let stability = [(0.0, 20.0, 5), (20.0, 40.0, 1), (40.0, 60.0, 1), (500.0, 520.0, 1)];
    assert_eq!(occupied(&found.stability), stability);
    assert_eq!((found.stability.median, found.stability.mean), (Some(7.5), Some(72.3125)));
    let difficulty = [(1.0, 1.5, 1), (3.0, 3.5, 1), (5.0, 5.5, 3), (6.0, 6.5, 1), (9.5, 10.0, 2)];
    assert_eq!(occupied(&found.difficulty), difficulty);
    close(found.difficulty.median, 5.05);
    close(found.difficulty.mean, 5.65);
    assert_eq!(found.difficulty.bins.len(), 18);
}

#[test]
fn recall_now_is_summed_to_what_is_remembered() {
    let found = statistics(StatsRange::Month);
    assert_eq!(occupied(&found.retrievability), [(0.5, 0.55, 1), (0.8, 0.85, 4), (0.95, 1.0, 2)]);
    assert_eq!(found.retrievability.bins.len(), 20);
    close(found.retrievability.median, 0.825_028_6);
    close(found.retrievability.mean, 0.835_260_8);
    // 4 * 0.8250286 + 0.5467111 + 2
    close(Some(found.remembered), 5.846_825_6);
}

#[test]
fn true_retention_is_of_cards_in_review_by_period_whatever_the_range() {
    let expected = [
        (Period::Today, recall(1, 1), recall(1, 0)),
        (Period::Yesterday, recall(0, 0), recall(1, 1)),
        (Period::Week, recall(2, 2), recall(2, 1)),
        (Period::Month, recall(4, 3), recall(2, 1)),
        (Period::Year, recall(5, 4), recall(3, 2)),
        (Period::All, recall(5, 4), recall(4, 2)),
    ];
    let expected = expected.map(|(period, young, mature)| Retention { period, young, mature });
    for range in [StatsRange::Month, StatsRange::All] {
        assert_eq!(statistics(range).retention, expected);
    }
    assert!((statistics(StatsRange::Month).desired_retention - 0.9).abs() < f32::EPSILON);
}

#[test]
fn hours_are_those_of_the_persons_clock() {
    let mut expected = vec![recall(0, 0); 24];
    expected[5] = recall(1, 0);
    expected[10] = recall(1, 1);
    expected[11] = recall(1, 0);
    expected[13] = recall(3, 3);
    assert_eq!(statistics(StatsRange::Month).hours, expected);
}

#[test]
fn buttons_are_counted_by_how_well_the_card_was_known() {
    let found = statistics(StatsRange::Month).buttons;
    assert_eq!((found.learning, found.young, found.mature), ([0, 0, 3, 0], [1, 0, 2, 1], [1, 1, 0, 0]));
}

#[test]
fn predictions_are_held_against_what_happened() {
    let found = statistics(StatsRange::Month).calibration;
    assert_eq!(found.bins.len(), 2);
    // B and C today, D on the 17th, B on 25 October: 0.9 each, two of four remembered. D on the 16th: two S, remembered.
    close(Some(found.bins[0].predicted), 0.825_028_6);
    close(Some(found.bins[1].predicted), 0.9);
    let counted: Vec<_> = found.bins.iter().map(|bin| (bin.actual, bin.reviews)).collect();
    assert_eq!(counted, [(1.0, 1), (0.5, 4)]);
    assert_eq!(found.reviews, 5);
    // sqrt((1 * 0.1749714^2 + 4 * 0.4^2) / 5)
    close(found.rmse, 0.366_228_1);
    // -(2 ln 0.9 + 2 ln 0.1 + ln 0.8250286) / 5
    close(found.log_loss, 1.001_645_7);
}

#[test]
fn the_range_bounds_what_is_looked_back_on() {
    let days = |range| statistics(range).reviews.iter().map(|day| day.day).collect::<Vec<_>>();
    let month = [20_751, 20_773, 20_774, 20_779, 20_780];
    assert_eq!(days(StatsRange::Quarter), [&[20_749, 20_750], month.as_slice()].concat());
    assert_eq!(days(StatsRange::Year), [&[20_454, 20_749, 20_750], month.as_slice()].concat());
    assert_eq!(days(StatsRange::All), [&[20_240, 20_454, 20_749, 20_750], month.as_slice()].concat());
    let from = |range| statistics(range).from_day;
    let all = [StatsRange::Month, StatsRange::Quarter, StatsRange::Year, StatsRange::All].map(from);
    assert_eq!(all, [20_751, 20_691, 20_416, 20_240]);
    let year = statistics(StatsRange::Year);
    assert_eq!(year.buttons.learning, [0, 0, 4, 0]);
    assert_eq!(year.hours.iter().map(|hour| hour.reviews).sum::<u32>(), 8);
    assert_eq!(year.calibration.reviews, 7);
}

#[test]
fn a_choice_of_cards_leaves_out_all_others() {
    let chosen: HashSet<_> = [id('B'), id('H')].into();
    let found = statistics_of(&log(), &cards(), StatsRange::All, Some(&chosen));
    assert_eq!(day_counts(&found.calendar), [(20_750, 1), (20_751, 1), (20_780, 1)]);
    assert_eq!((found.today.reviewed, found.today.good, found.today.added), (1, 1, 0));
    assert_eq!(found.states, StateCounts { young: 2, ..StateCounts::default() });
    // H was created on 10 January.
    assert_eq!((found.from_day, found.intervals.median), (20_463, Some(16.0)));
    assert_eq!(found.streak, Streak { current: 1, longest: 2, studied: 3 });
    let nobody = statistics_of(&log(), &cards(), StatsRange::All, Some(&HashSet::new()));
    assert_eq!(nobody, statistics_of(&[], &[], StatsRange::All, None));
}
