//! What holds for any history, any options and any clock.

use jiff::tz::TimeZone;
use memoryloop_core::{
    ids::{CardId, ReviewId},
    review::{
        CardState, Memory, Rating, ReviewLog, Schedule,
        schedule::{Options, Preview, Scheduler, fuzz_bounds},
    },
    time::UnixMillis,
};
use proptest::prelude::*;
use support::clock::TestClock;

use super::scheduling::{DAY, MINUTE, exact, new_card, scheduler};

fn ratings() -> impl Strategy<Value = Rating> {
    prop::sample::select(Rating::ALL.to_vec())
}

/// Ratings with the time since the one before: minutes, days or years.
fn history() -> impl Strategy<Value = Vec<(Rating, i64)>> {
    let gap = prop_oneof![0..DAY, 0..30 * DAY, 0..1_000 * DAY];
    prop::collection::vec((ratings(), gap), 1..40)
}

fn steps() -> impl Strategy<Value = Vec<i64>> {
    prop::collection::vec(prop_oneof![1..60 * MINUTE, 1..=DAY], 0..4)
}

fn options() -> impl Strategy<Value = Options> {
    (0.70_f32..=0.97, steps(), steps(), prop_oneof![1_u32..10, 1_u32..=36_500], any::<bool>()).prop_map(
        |(desired_retention, learning_steps, relearning_steps, maximum_interval_days, fuzz)| Options {
            desired_retention,
            learning_steps,
            relearning_steps,
            maximum_interval_days,
            fuzz,
            weights: Vec::new(),
        },
    )
}

fn zones() -> impl Strategy<Value = TimeZone> {
    let names = ["UTC", "Europe/Berlin", "America/New_York", "Pacific/Apia", "Asia/Kathmandu", "Australia/Lord_Howe"];
    prop::sample::select(names.to_vec()).prop_map(|name| TimeZone::get(name).unwrap())
}

fn stabilities(preview: &Preview) -> [f32; 4] {
    Rating::ALL.map(|rating| preview.get(rating).memory.unwrap().stability)
}

fn recall(memory: Memory, days: f32) -> f32 {
    let state = fsrs::MemoryState { stability: memory.stability, difficulty: memory.difficulty };
    fsrs::current_retrievability(state, days, fsrs::FSRS6_DEFAULT_DECAY)
}

proptest! {
    #[test]
    fn buttons_stand_in_order(seed in any::<u128>(), options in options(), zone in zones(), history in history()) {
        let maximum = options.maximum_interval_days;
        let scheduler = Scheduler::new(options, zone).unwrap();
        let id = CardId(uuid::Uuid::from_u128(seed));
        let (mut schedule, mut now) = (new_card(), TestClock::NOON);
        for (rating, gap) in history {
            now = now.plus(gap);
            let preview = scheduler.preview(id, &schedule, now).unwrap();
            let i = preview.intervals();
            let room = maximum >= 3;
            prop_assert!(i.again <= i.hard && i.hard <= i.good && i.good <= i.easy, "{i:?}");
            prop_assert!(!room || i.hard < i.good && i.good < i.easy, "{i:?}");
            let [again, hard, good, easy] = stabilities(&preview);
            prop_assert!(again <= hard && hard <= good && good <= easy, "{:?}", stabilities(&preview));
            for rating in Rating::ALL {
                let next = preview.get(rating);
                prop_assert!(next.due > preview.now && next.interval_days <= maximum);
                // A step and an interval are told apart by their state, and an interval is whole study days.
                prop_assert_eq!(next.state == CardState::Review, next.interval_days > 0);
                prop_assert_eq!(scheduler.days().due_in_zone(next), next.due);
            }
            schedule = *preview.get(rating);
        }
    }

    #[test]
    fn the_button_shows_what_the_card_gets(seed in any::<u128>(), options in options(), history in history()) {
        let scheduler = scheduler(options);
        let id = CardId(uuid::Uuid::from_u128(seed));
        let (mut schedule, mut now) = (new_card(), TestClock::NOON);
        for (rating, gap) in history {
            now = now.plus(gap);
            let shown = scheduler.preview(id, &schedule, now).unwrap();
            // Rated a little later within the same study day, as people do.
            let later = now.plus(20_000);
            let given = scheduler.preview(id, &schedule, later).unwrap();
            if scheduler.days().day(later) == scheduler.days().day(now) {
                prop_assert_eq!(shown.intervals(), given.intervals());
                prop_assert_eq!(shown.get(rating).memory, given.get(rating).memory);
            }
            (schedule, now) = (*given.get(rating), later);
        }
    }

    #[test]
    fn memory_stays_within_its_bounds(history in history()) {
        let scheduler = exact();
        let (mut schedule, mut now) = (new_card(), TestClock::NOON);
        for (rating, gap) in history {
            now = now.plus(gap);
            let preview = scheduler.preview(CardId::LEAST, &schedule, now).unwrap();
            schedule = *preview.get(rating);
            let memory = schedule.memory.unwrap();
            prop_assert!(memory.stability.is_finite() && memory.stability > 0.0, "{memory:?}");
            prop_assert!((1.0..=10.0).contains(&memory.difficulty), "{memory:?}");
        }
    }

    #[test]
    fn recall_falls_with_time(stability in 0.001_f32..36_500.0, days in 0_u16..10_000, more in 1_u16..10_000) {
        let memory = Memory { stability, difficulty: 5.0 };
        let (before, after) = (recall(memory, f32::from(days)), recall(memory, f32::from(days) + f32::from(more)));
        // An f32 cannot tell apart a day from the next of a stability of a century.
        prop_assert!(after < before || f32::from(more) / stability < 1e-3 && after <= before, "{before} {after}");
        prop_assert!((0.0..=1.0).contains(&before) && (0.0..=1.0).contains(&after));
    }

    #[test]
    fn fuzz_stays_within_its_bounds(interval in 0.0_f32..40_000.0, minimum in 1_u32..50) {
        let (lower, upper) = fuzz_bounds(interval, minimum, 36_500);
        prop_assert!(minimum <= lower && lower <= upper && upper <= 36_500);
        if interval < 2.5 && minimum < 3 {
            prop_assert_eq!(lower, upper);
        }
        let delta = f64::from(upper - lower) / 2.0;
        let interval = interval.max(minimum as f32);
        prop_assert!(delta <= 2.0 + 0.15 * 4.5 + 0.10 * 13.0 + 0.05 * f64::from(interval), "{lower} to {upper} for {interval}");
    }

    #[test]
    fn fuzzed_intervals_lie_about_the_exact_one(seed in any::<u128>(), reps in any::<u32>(), stability in 3.0_f32..5_000.0) {
        let review = Schedule {
            state: CardState::Review,
            memory: Some(Memory { stability, difficulty: 5.0 }),
            last_review: Some(TestClock::NOON.plus(-DAY)),
            interval_days: 1,
            reps,
            ..new_card()
        };
        let id = CardId(uuid::Uuid::from_u128(seed));
        let fuzzed = scheduler(Options::default()).preview(id, &review, TestClock::NOON).unwrap();
        let exact = exact().preview(id, &review, TestClock::NOON).unwrap();
        let (lower, upper) = fuzz_bounds(exact.hard.memory.unwrap().stability, 2, 36_498);
        prop_assert!((lower..=upper).contains(&fuzzed.hard.interval_days), "{} of {lower} to {upper}", fuzzed.hard.interval_days);
        prop_assert_eq!(fuzzed.hard.memory, exact.hard.memory);
    }

    #[test]
    fn a_log_replayed_is_the_state(seed in any::<u128>(), options in options(), zone in zones(), history in history()) {
        let scheduler = Scheduler::new(options, zone).unwrap();
        let card = CardId(uuid::Uuid::from_u128(seed));
        let (mut schedule, mut now, mut logs) = (new_card(), TestClock::NOON, Vec::new());
        for (rating, gap) in history {
            now = now.plus(gap);
            let preview = scheduler.preview(card, &schedule, now).unwrap();
            let (before, after) = (schedule, *preview.get(rating));
            logs.push(ReviewLog {
                id: ReviewId(uuid::Uuid::nil()),
                card,
                rating: Some(rating),
                reviewed_at: preview.now,
                elapsed_days: preview.elapsed_days,
                duration_ms: 0,
                before,
                after,
                undone: false,
            });
            schedule = after;
        }
        // From nothing but the ratings and their times, after a journey through JSON as the tables' rows make one.
        let rows: Vec<ReviewLog> = serde_json::from_str(&serde_json::to_string(&logs).unwrap()).unwrap();
        let replayed = rows.iter().fold(new_card(), |schedule, row| {
            let preview = scheduler.preview(card, &schedule, row.reviewed_at).unwrap();
            assert_eq!((schedule, preview.elapsed_days), (row.before, row.elapsed_days));
            *preview.get(row.rating.unwrap())
        });
        prop_assert_eq!(replayed, schedule);
    }

    #[test]
    fn no_clock_and_no_memory_makes_it_panic(
        options in options(),
        zone in zones(),
        state in 0_u8..4,
        step in any::<u8>(),
        memory in prop::option::of((prop::num::f32::ANY, prop::num::f32::ANY)),
        (now, last, due) in (any::<i64>(), prop::option::of(any::<i64>()), any::<i64>()),
        (interval_days, reps, lapses) in (any::<u32>(), any::<u32>(), any::<u32>()),
    ) {
        let numbers = memory.is_none_or(|(stability, difficulty)| !stability.is_nan() && !difficulty.is_nan());
        let schedule = Schedule {
            state: CardState::try_from(state).unwrap(),
            step,
            memory: memory.map(|(stability, difficulty)| Memory { stability, difficulty }),
            due: UnixMillis(due),
            last_review: last.map(UnixMillis),
            interval_days,
            reps,
            lapses,
            ..new_card()
        };
        let scheduler = Scheduler::new(options, zone).unwrap();
        let preview = scheduler.preview(CardId::LEAST, &schedule, UnixMillis(now));
        prop_assert_eq!(preview.is_ok(), numbers);
        if let Ok(preview) = preview {
            let i = preview.intervals();
            prop_assert!(0 < i.again && i.again <= i.hard && i.hard <= i.good && i.good <= i.easy, "{i:?}");
        }
        prop_assert!(state == CardState::Review.number() || scheduler.days().due_in_zone(&schedule) == schedule.due);
    }
}
