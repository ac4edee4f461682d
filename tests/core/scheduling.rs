//! Scheduling against the published FSRS-6 vectors and Anki's rules.

use jiff::tz::TimeZone;
use memoryloop_core::{
    ids::CardId,
    review::{
        CardState, Memory, Rating, Schedule,
        options::ReviewOptions,
        schedule::{Options, Scheduler},
    },
    time::UnixMillis,
};
use support::clock::TestClock;

pub const DAY: i64 = UnixMillis::DAY;
pub const MINUTE: i64 = UnixMillis::MINUTE;

pub fn scheduler(options: Options) -> Scheduler {
    Scheduler::new(options, TimeZone::UTC).unwrap()
}

/// Without fuzz.
pub fn exact() -> Scheduler {
    scheduler(Options { fuzz: false, ..Options::default() })
}

/// Without fuzz, with these learning and relearning steps.
pub fn exactly(learning: &[i64], relearning: &[i64]) -> Scheduler {
    let (learning_steps, relearning_steps) = (learning.to_vec(), relearning.to_vec());
    scheduler(Options { fuzz: false, learning_steps, relearning_steps, ..Options::default() })
}

pub fn card() -> CardId {
    CardId::new(TestClock::NOON)
}

pub fn new_card() -> Schedule {
    Schedule::new(TestClock::NOON, TestClock::NOON)
}

pub fn rate(scheduler: &Scheduler, schedule: &Schedule, rating: Rating, at: UnixMillis) -> Schedule {
    *scheduler.preview(card(), schedule, at).unwrap().get(rating)
}

#[test]
fn memory_follows_the_fsrs_oracle() {
    let scheduler = exact();
    let (mut schedule, mut now) = (new_card(), TestClock::NOON);
    let history = [
        (Rating::Again, 0),
        (Rating::Good, 0),
        (Rating::Good, 1),
        (Rating::Good, 3),
        (Rating::Good, 8),
        (Rating::Good, 21),
    ];
    for (rating, gap) in history {
        now = now.plus(gap * DAY);
        schedule = rate(&scheduler, &schedule, rating, now);
    }
    let memory = schedule.memory.unwrap();
    assert!((memory.stability - 53.62691).abs() < 1e-4, "{memory:?}");
    assert!((memory.difficulty - 6.357_486_7).abs() < 1e-5, "{memory:?}");
}

#[test]
fn intervals_follow_the_fsrs_oracle() {
    let scheduler = exact();
    let (mut schedule, mut now) = (new_card(), TestClock::NOON);
    let ratings = [[Rating::Good; 6].as_slice(), &[Rating::Again; 2], &[Rating::Good; 5]].concat();
    let mut intervals = Vec::new();
    for rating in ratings {
        schedule = rate(&scheduler, &schedule, rating, now);
        intervals.push(schedule.interval_days);
        now = now.max(schedule.due);
    }
    assert_eq!(intervals, [0, 2, 11, 46, 163, 498, 0, 0, 2, 4, 7, 12, 21]);
    assert_eq!((schedule.reps, schedule.lapses), (13, 1));
}

#[test]
fn a_new_card_goes_through_ankis_learning_steps() {
    let scheduler = exact();
    let preview = scheduler.preview(card(), &new_card(), TestClock::NOON).unwrap();
    let minutes = |ms: i64| ms as f64 / MINUTE as f64;
    let intervals = preview.intervals();
    assert_eq!((minutes(intervals.again), minutes(intervals.hard), minutes(intervals.good)), (1.0, 5.5, 10.0));
    assert_eq!(intervals.easy, 8 * DAY);
    assert_eq!(preview.good.state, CardState::Learning);
    let learned = rate(&scheduler, &preview.good, Rating::Good, TestClock::NOON.plus(10 * MINUTE));
    assert_eq!((learned.state, learned.interval_days), (CardState::Review, 2));
    // Due from the rollover of its day, not from the hour of the rating.
    assert_eq!(learned.due, UnixMillis(TestClock::NOON.0 + 2 * DAY - 8 * 60 * MINUTE));
}

#[test]
fn a_lapse_counts_and_is_relearned() {
    let scheduler = exact();
    let review = Schedule { state: CardState::Review, interval_days: 10, ..graduated() };
    let lapsed = rate(&scheduler, &review, Rating::Again, review.due);
    assert_eq!((lapsed.state, lapsed.lapses), (CardState::Relearning, 1));
    assert_eq!(lapsed.due, review.due.plus(10 * MINUTE));
    let again = rate(&scheduler, &lapsed, Rating::Again, lapsed.due);
    assert_eq!(again.lapses, 1, "failing while relearning is no second lapse");
    assert_eq!(rate(&scheduler, &again, Rating::Good, again.due).state, CardState::Review);
}

/// In review after a first Easy at noon.
pub fn graduated() -> Schedule {
    let scheduler = exact();
    rate(&scheduler, &new_card(), Rating::Easy, TestClock::NOON)
}

#[test]
fn a_clock_that_jumped_back_schedules_from_the_last_review() {
    let scheduler = exact();
    let review = graduated();
    let preview = scheduler.preview(card(), &review, TestClock::NOON.plus(-30 * DAY)).unwrap();
    assert_eq!(preview.elapsed_days, 0);
    assert!(preview.now > review.last_review.unwrap());
    assert!(preview.good.due > review.last_review.unwrap());
}

#[test]
fn the_longest_interval_holds_and_keeps_the_order() {
    let memory = Some(Memory { stability: 5_000.0, difficulty: 3.0 });
    let strong = Schedule { memory, ..graduated() };
    let days = |maximum_interval_days, fuzz, interval_days| {
        let scheduler = scheduler(Options { maximum_interval_days, fuzz, ..Options::default() });
        let preview = scheduler.preview(card(), &Schedule { interval_days, ..strong }, strong.due).unwrap();
        [preview.hard, preview.good, preview.easy].map(|next| next.interval_days)
    };
    assert_eq!(days(30, false, 8), [28, 29, 30]);
    assert_eq!(days(3, false, 3), [1, 2, 3]);
    // No room for an order.
    assert_eq!(days(2, false, 2), [1, 2, 2]);
    assert_eq!(days(1, false, 1), [1, 1, 1]);
    for last in 1..=40 {
        let [hard, good, easy] = days(30, true, last);
        assert!((25..=28).contains(&hard) && hard < good && good < easy && easy <= 30, "{hard} {good} {easy}");
    }
}

#[test]
fn fuzz_does_not_shorten_an_interval_that_grows_or_stays() {
    let scheduler = scheduler(Options::default());
    // Good gives 32 days and may be fuzzed to 28 to 36.
    let memory = Some(Memory { stability: 10.0, difficulty: 5.0 });
    let last_review = Some(TestClock::NOON.plus(-10 * DAY));
    let good = |interval_days, reps| {
        let state = CardState::Review;
        let schedule = Schedule { state, memory, last_review, interval_days, reps, ..new_card() };
        scheduler.preview(card(), &schedule, TestClock::NOON).unwrap().good.interval_days
    };
    let range = |last| (0..400).map(|reps| good(last, reps)).fold((99, 0), |(a, b), days| (days.min(a), days.max(b)));
    assert_eq!(range(10), (28, 36));
    assert_eq!(range(30), (31, 36));
    // Within what fuzz may do, the last interval is the least (Anki 26.9).
    assert_eq!(range(32), (32, 36));
    assert_eq!(range(36), (36, 40));
    // Shorter than that: after a change of the desired retention, say.
    assert_eq!(range(37), (28, 36));
}

#[test]
fn settings_out_of_range_are_refused() {
    for desired_retention in [0.0, 0.69, 0.98, f32::NAN] {
        assert!(Scheduler::new(Options { desired_retention, ..Options::default() }, TimeZone::UTC).is_err());
    }
    assert!(Scheduler::new(Options { weights: vec![1.0; 5], ..Options::default() }, TimeZone::UTC).is_err());
}

#[test]
fn steps_out_of_range_are_refused() {
    for learning_steps in [vec![0], vec![MINUTE, -1], vec![MINUTE; 256]] {
        let relearning_steps = learning_steps.clone();
        assert!(Scheduler::new(Options { learning_steps, ..Options::default() }, TimeZone::UTC).is_err());
        assert!(Scheduler::new(Options { relearning_steps, ..Options::default() }, TimeZone::UTC).is_err());
    }
}

#[test]
fn a_persons_options_are_taken_over() {
    let chosen = ReviewOptions {
        desired_retention: 0.85,
        learning_steps: vec![30],
        relearning_steps: vec![],
        maximum_interval_days: 100,
        fuzz: false,
        ..ReviewOptions::default()
    };
    let options = Options::from(&chosen);
    assert_eq!((options.desired_retention, options.maximum_interval_days, options.fuzz), (0.85, 100, false));
    assert_eq!((options.learning_steps, options.relearning_steps), (vec![30_000], vec![]));
    assert_eq!(Options::default().learning_steps, [MINUTE, 10 * MINUTE]);
}
