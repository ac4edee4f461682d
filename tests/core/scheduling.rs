//! Scheduling against the published FSRS-6 vectors and Anki's rules.

use jiff::tz::TimeZone;
use memoryloop_core::{
    ids::CardId,
    review::{
        CardState, Rating, Schedule,
        schedule::{Options, Scheduler, fuzz_bounds},
    },
    time::UnixMillis,
};
use proptest::prelude::*;
use support::clock::TestClock;

const DAY: i64 = UnixMillis::DAY;

fn scheduler(options: Options) -> Scheduler {
    Scheduler::new(options, TimeZone::UTC).unwrap()
}

fn exact() -> Scheduler {
    scheduler(Options { fuzz: false, ..Options::default() })
}

fn card() -> CardId {
    CardId::new(TestClock::NOON)
}

fn new_card() -> Schedule {
    Schedule::new(TestClock::NOON, TestClock::NOON)
}

fn rate(scheduler: &Scheduler, schedule: &Schedule, rating: Rating, at: UnixMillis) -> Schedule {
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
    let minutes = |ms: i64| ms as f64 / UnixMillis::MINUTE as f64;
    let intervals = preview.intervals();
    assert_eq!((minutes(intervals.again), minutes(intervals.hard), minutes(intervals.good)), (1.0, 5.5, 10.0));
    assert_eq!(intervals.easy, 8 * DAY);
    assert_eq!(preview.good.state, CardState::Learning);
    let learned = rate(&scheduler, &preview.good, Rating::Good, TestClock::NOON.plus(10 * UnixMillis::MINUTE));
    assert_eq!((learned.state, learned.interval_days), (CardState::Review, 2));
    // Due from the rollover of its day, not from the hour of the rating.
    assert_eq!(learned.due, UnixMillis(TestClock::NOON.0 + 2 * DAY - 8 * 60 * UnixMillis::MINUTE));
}

#[test]
fn a_lapse_counts_and_is_relearned() {
    let scheduler = exact();
    let review = Schedule { state: CardState::Review, interval_days: 10, ..graduated() };
    let lapsed = rate(&scheduler, &review, Rating::Again, review.due);
    assert_eq!((lapsed.state, lapsed.lapses), (CardState::Relearning, 1));
    assert_eq!(lapsed.due, review.due.plus(10 * UnixMillis::MINUTE));
    let again = rate(&scheduler, &lapsed, Rating::Again, lapsed.due);
    assert_eq!(again.lapses, 1, "failing while relearning is no second lapse");
    assert_eq!(rate(&scheduler, &again, Rating::Good, again.due).state, CardState::Review);
}

fn graduated() -> Schedule {
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
    let options = Options { maximum_interval_days: 30, ..Options::default() };
    let strong = Schedule {
        memory: Some(memoryloop_core::review::Memory { stability: 5_000.0, difficulty: 3.0 }),
        ..graduated()
    };
    let preview = scheduler(options).preview(card(), &strong, strong.due).unwrap();
    assert_eq!([preview.hard, preview.good, preview.easy].map(|s| s.interval_days), [28, 29, 30]);
}

#[test]
fn settings_out_of_range_are_refused() {
    for desired_retention in [0.0, 0.69, 0.98, f32::NAN] {
        assert!(Scheduler::new(Options { desired_retention, ..Options::default() }, TimeZone::UTC).is_err());
    }
    assert!(Scheduler::new(Options { weights: vec![1.0; 5], ..Options::default() }, TimeZone::UTC).is_err());
}

fn ratings() -> impl Strategy<Value = Rating> {
    prop::sample::select(Rating::ALL.to_vec())
}

proptest! {
    #[test]
    fn any_history_keeps_the_order_of_the_buttons(
        seed in any::<u128>(),
        history in prop::collection::vec((ratings(), 0_i64..400 * DAY), 1..30),
    ) {
        let scheduler = scheduler(Options::default());
        let id = CardId(uuid::Uuid::from_u128(seed));
        let (mut schedule, mut now) = (new_card(), TestClock::NOON);
        for (rating, gap) in history {
            now = now.plus(gap);
            let preview = scheduler.preview(id, &schedule, now).unwrap();
            let i = preview.intervals();
            prop_assert!(i.again < i.hard && i.hard < i.good && i.good < i.easy || schedule.state == CardState::Review, "{i:?}");
            prop_assert!(i.hard < i.good && i.good < i.easy, "{i:?}");
            // The button shows what the card gets.
            prop_assert_eq!(preview, scheduler.preview(id, &schedule, now).unwrap());
            let next = *preview.get(rating);
            prop_assert!(next.due > now && next.reps == schedule.reps + 1);
            let memory = next.memory.unwrap();
            prop_assert!(memory.stability > 0.0 && (1.0..=10.0).contains(&memory.difficulty));
            schedule = next;
        }
    }

    #[test]
    fn fuzz_stays_within_its_bounds(interval in 0.0_f32..40_000.0, minimum in 1_u32..50) {
        let (lower, upper) = fuzz_bounds(interval, minimum, 36_500);
        prop_assert!(minimum <= lower && lower <= upper && upper <= 36_500);
        if interval < 2.5 {
            prop_assert_eq!(lower, upper);
        }
        let delta = f64::from(upper - lower) / 2.0;
        prop_assert!(delta <= 2.0 + 0.15 * 4.5 + 0.10 * 13.0 + 0.05 * f64::from(interval), "{lower} to {upper} for {interval}");
    }
}
