//! The statistics of nothing, of little, and of clocks that jump.

use memoryloop_core::{
    review::{
        CardState::{New, Review},
        Rating, TodayStats,
        statistics::{Bin, Calibration, Period, Retention, StateCounts, Statistics, StatsRange, Streak},
    },
    time::UnixMillis,
};

use crate::statistics::{
    NOW, TODAY, card, cards, day_counts, id, kinds, known, log, recall, review, statistics, statistics_of,
};

#[test]
fn without_anything_all_figures_are_empty() {
    let periods = [Period::Today, Period::Yesterday, Period::Week, Period::Month, Period::Year, Period::All];
    let nothing = Retention { period: Period::Today, young: recall(0, 0), mature: recall(0, 0) };
    let expected = Statistics {
        day: TODAY,
        from_day: TODAY,
        desired_retention: 0.9,
        retention: periods.map(|period| Retention { period, ..nothing }).to_vec(),
        hours: vec![recall(0, 0); 24],
        ..Statistics::default()
    };
    assert_eq!(statistics_of(&[], &[], StatsRange::All, None), expected);
}

#[test]
fn one_review_yesterday_is_a_streak_that_can_go_on() {
    let one = [review('A', "2026-11-22T12:00:00Z", New, 0, 0, Rating::Easy, 1_499)];
    let found = statistics_of(&one, &[], StatsRange::All, None);
    assert_eq!(found.streak, Streak { current: 1, longest: 1, studied: 1 });
    assert_eq!((found.from_day, day_counts(&found.calendar)), (20_779, vec![(20_779, 1)]));
    assert_eq!(found.reviews[0].seconds, kinds([1, 0, 0, 0]));
    assert_eq!(found.buttons.learning, [0, 0, 0, 1]);
    assert_eq!(found.calibration, Calibration::default());
    assert_eq!(found.today, TodayStats::default());
    // The day before yesterday it is broken.
    let one = [review('A', "2026-11-21T12:00:00Z", New, 0, 0, Rating::Easy, 1_499)];
    assert_eq!(statistics_of(&one, &[], StatsRange::All, None).streak, Streak { current: 0, longest: 1, studied: 1 });
}

#[test]
fn reviews_from_a_clock_that_was_set_back_count_as_todays() {
    let log = [
        review('A', "2026-11-25T12:00:00Z", Review, 30, 30, Rating::Good, 2_000),
        review('A', "2030-01-01T12:00:00Z", Review, 30, 30, Rating::Again, 2_000),
    ];
    let created = "2026-11-26T12:00:00Z";
    let ahead = known(card(Review, 30, "2026-12-25T03:00:00Z", created), 30.0, 5.0, Some(-2));
    let found = statistics_of(&log, &[(id('A'), ahead)], StatsRange::Month, None);
    assert_eq!((found.today.reviewed, found.today.again, found.today.added), (2, 1, 1));
    assert_eq!((day_counts(&found.calendar), day_counts(&found.added)), (vec![(TODAY, 2)], vec![(TODAY, 1)]));
    assert_eq!(found.retention[0].mature, recall(2, 1));
    assert_eq!(found.streak, Streak { current: 1, longest: 1, studied: 1 });
    // Reviewed in two days: it is not known better than for certain.
    assert_eq!(found.retrievability.median, Some(1.0));
    assert_eq!(found.hours[13], recall(2, 1));
}

#[test]
fn study_days_are_whole_when_the_clocks_change() {
    // 28 March 2026 is day 20,540; summer time begins in the night after it, which ends an hour early.
    let log = [
        review('A', "2026-03-28T02:59:59Z", Review, 5, 5, Rating::Good, 1_000),
        review('B', "2026-03-28T03:00:00Z", Review, 5, 5, Rating::Good, 1_000),
        review('C', "2026-03-29T00:30:00Z", Review, 5, 5, Rating::Good, 1_000),
        review('D', "2026-03-29T01:59:59Z", Review, 5, 5, Rating::Good, 1_000),
        review('E', "2026-03-29T02:00:00Z", Review, 5, 5, Rating::Good, 1_000),
    ];
    let found = statistics_of(&log, &[], StatsRange::Year, None);
    assert_eq!(day_counts(&found.calendar), [(20_539, 1), (20_540, 3), (20_541, 1)]);
    let hours: Vec<_> = (0..24).filter(|&hour| found.hours[hour].reviews > 0).collect();
    assert_eq!(hours, [1, 3, 4]);
    assert_eq!(found.hours[3], recall(2, 2));
}

#[test]
fn suspended_cards_come_never_but_are_known_all_the_same() {
    let mut cards = cards();
    cards.iter_mut().for_each(|(_, schedule)| schedule.suspended = true);
    let found = statistics_of(&log(), &cards, StatsRange::All, None);
    assert_eq!(found.states, StateCounts { suspended: 11, ..StateCounts::default() });
    assert_eq!((found.future, found.backlog), (vec![], 0));
    let before = statistics(StatsRange::All);
    assert_eq!((found.intervals, found.retrievability), (before.intervals, before.retrievability));
}

#[test]
fn a_moment_long_before_anybody_reviewed_does_no_harm() {
    let mut old = review('A', NOW, Review, 30, 30, Rating::Good, 2_000);
    old.at = UnixMillis(i64::MIN);
    let found = statistics_of(&[old], &[], StatsRange::All, None);
    // A hundred years are told apart.
    assert_eq!(day_counts(&found.calendar), [(TODAY - 36_524, 1)]);
    assert_eq!(found.intervals.bins, Vec::<Bin>::new());
}
