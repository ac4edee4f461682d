//! Learning and relearning steps by Anki's rules: their order, the rollover, lists that changed, cards that come late.

use jiff::tz::TimeZone;
use memoryloop_core::{
    review::{
        CardState, Memory, Rating, Schedule,
        schedule::{Options, Scheduler},
    },
    time::UnixMillis,
};
use support::clock::TestClock;

use super::scheduling::{DAY, MINUTE, card, exact, exactly, graduated, new_card, rate};

const HOUR: i64 = 60 * MINUTE;

/// Hours after midnight of the day of `TestClock::NOON`, UTC.
fn at(hours: f64) -> UnixMillis {
    TestClock::NOON.plus(((hours - 12.0) * HOUR as f64) as i64)
}

#[test]
fn hard_is_half_way_to_the_next_step() {
    let hard = |steps: &[i64], step| {
        let schedule = Schedule { state: CardState::Learning, step, ..new_card() };
        let preview = exactly(steps, &[]).preview(card(), &schedule, TestClock::NOON).unwrap();
        (preview.intervals().hard, preview.hard.step)
    };
    assert_eq!(hard(&[10 * MINUTE], 0), (15 * MINUTE, 0));
    assert_eq!(hard(&[MINUTE, 10 * MINUTE], 0), (5 * MINUTE + 30_000, 0));
    assert_eq!(hard(&[MINUTE, 10 * MINUTE], 1), (10 * MINUTE, 1));
    assert_eq!(hard(&[MINUTE, 10 * MINUTE, 100 * MINUTE], 1), (10 * MINUTE, 1));
    // At most a day longer, and in whole days above one (Anki, steps.rs).
    assert_eq!(hard(&[3 * DAY], 0), (4 * DAY, 0));
    assert_eq!(hard(&[DAY], 0), (2 * DAY, 0));
}

#[test]
fn a_step_past_the_rollover_is_due_from_the_rollover() {
    let scheduler = exactly(&[MINUTE, DAY], &[]);
    let good = |now| rate(&scheduler, &new_card(), Rating::Good, now);
    let tomorrow = at(28.0);
    // "1 day" is tomorrow, however early or late it is today.
    for hours in [4.0, 12.0, 23.0, 27.9] {
        let next = good(at(hours));
        assert_eq!((next.due, next.interval_days, next.state), (tomorrow, 0, CardState::Learning), "{hours}");
    }
    // At 03:59 it is still yesterday's evening.
    assert_eq!(good(at(3.99)).due, at(4.0));
    // Ten minutes before the rollover a step of 15 minutes reaches over it, one of 5 does not.
    let due = |minutes| rate(&exactly(&[minutes * MINUTE, DAY], &[]), &new_card(), Rating::Again, at(27.9)).due;
    assert_eq!(due(15), tomorrow);
    assert_eq!(due(5), at(27.9).plus(5 * MINUTE));
    // The button shows the step.
    let preview = scheduler.preview(card(), &new_card(), at(23.0)).unwrap();
    assert_eq!(preview.intervals().good, DAY);
}

#[test]
fn a_step_of_one_day_is_tomorrow_when_the_clocks_change() {
    let zone = || TimeZone::get("Europe/Berlin").unwrap();
    let options = Options { learning_steps: vec![DAY], ..Options::default() };
    let scheduler = Scheduler::new(options, zone()).unwrap();
    // The last hour before the clocks go forward, and the first of the day of 25 hours.
    for now in ["2027-03-27T02:30:00Z", "2026-10-24T02:00:00Z"] {
        let now = UnixMillis(now.parse::<jiff::Timestamp>().unwrap().as_millisecond());
        let due = rate(&scheduler, &new_card(), Rating::Again, now).due;
        assert_eq!(due, scheduler.days().start(scheduler.days().day(now) + 1), "{now:?}");
    }
}

#[test]
fn odd_lists_keep_the_order_of_the_buttons() {
    let lists: [&[i64]; 8] = [
        &[],
        &[MINUTE],
        &[DAY],
        &[10 * MINUTE, MINUTE],
        &[MINUTE, MINUTE, MINUTE],
        &[23 * HOUR],
        &[DAY, DAY],
        &[1, DAY],
    ];
    for steps in lists {
        for state in [CardState::New, CardState::Learning, CardState::Review, CardState::Relearning] {
            for (step, stability) in [(0, 0.001), (1, 0.3), (2, 3.0), (255, 300.0)] {
                let memory = (state != CardState::New).then_some(Memory { stability, difficulty: 7.0 });
                let schedule = Schedule { state, step, memory, interval_days: 1, ..new_card() };
                let i = exactly(steps, steps).preview(card(), &schedule, TestClock::NOON).unwrap().intervals();
                assert!(i.again <= i.hard && i.hard < i.good && i.good < i.easy, "{steps:?} {schedule:?} {i:?}");
            }
        }
    }
}

#[test]
fn without_steps_fsrs_decides_when_a_card_comes_again_today() {
    let scheduler = exactly(&[], &[]);
    let again = rate(&scheduler, &new_card(), Rating::Again, TestClock::NOON);
    // 0.212 days.
    assert_eq!(
        (again.state, again.interval_days, again.due),
        (CardState::Learning, 0, TestClock::NOON.plus(18_316_000))
    );
    // A stability of more than half a day is one day.
    let learned = rate(&scheduler, &new_card(), Rating::Hard, TestClock::NOON);
    assert_eq!((learned.state, learned.interval_days), (CardState::Review, 1));
    let weak = Schedule { memory: Some(Memory { stability: 0.5, difficulty: 9.0 }), ..graduated() };
    let lapsed = rate(&scheduler, &weak, Rating::Again, weak.due);
    assert_eq!((lapsed.state, lapsed.lapses, lapsed.interval_days), (CardState::Relearning, 1, 0));
    let lapsed = rate(&scheduler, &graduated(), Rating::Again, graduated().due);
    assert_eq!((lapsed.state, lapsed.lapses, lapsed.interval_days), (CardState::Review, 1, 1));
}

#[test]
fn weights_without_a_short_term_part_give_whole_days() {
    let mut weights = fsrs::DEFAULT_PARAMETERS.to_vec();
    weights[17] = 0.0;
    let (learning_steps, relearning_steps) = (vec![], vec![]);
    let options = Options { weights, learning_steps, relearning_steps, ..Options::default() };
    let again = rate(&Scheduler::new(options, TimeZone::UTC).unwrap(), &new_card(), Rating::Again, TestClock::NOON);
    assert_eq!((again.state, again.interval_days), (CardState::Review, 1));
}

#[test]
fn a_list_that_became_shorter_leaves_the_card_on_its_last_step() {
    let schedule = rate(&exact(), &new_card(), Rating::Good, TestClock::NOON);
    assert_eq!(schedule.step, 1);
    let preview = exactly(&[4 * MINUTE], &[]).preview(card(), &schedule, TestClock::NOON.plus(MINUTE)).unwrap();
    assert_eq!((preview.intervals().hard, preview.hard.step), (6 * MINUTE, 0));
    assert_eq!(preview.good.state, CardState::Review);
}

#[test]
fn a_learning_card_that_comes_days_later_is_judged_by_those_days() {
    let scheduler = exact();
    let learning = rate(&scheduler, &new_card(), Rating::Good, TestClock::NOON);
    let soon = scheduler.preview(card(), &learning, learning.due).unwrap();
    let late = scheduler.preview(card(), &learning, TestClock::NOON.plus(9 * DAY)).unwrap();
    assert_eq!((soon.elapsed_days, late.elapsed_days), (0, 9));
    // Still known after nine days says more than after ten minutes, and forgotten after nine days less than that.
    let stability = |schedule: Schedule| schedule.memory.unwrap().stability;
    assert!(stability(late.good) > 3.0 * stability(soon.good));
    assert_eq!((late.again.state, late.again.step), (CardState::Learning, 0));
    assert_eq!(late.good.interval_days, stability(late.good).round() as u32);
}

#[test]
fn early_and_late_reviews_count_the_days_that_passed() {
    let scheduler = exact();
    let review = graduated();
    let good = |days| rate(&scheduler, &review, Rating::Good, TestClock::NOON.plus(days * DAY)).interval_days;
    let (same_day, early, due, late) = (good(0), good(3), good(8), good(30));
    assert!(same_day < early && early < due && due < late, "{same_day} {early} {due} {late}");
    // On the day of the last review stability stays, so the interval does, but for the order of the buttons.
    assert_eq!(same_day, review.interval_days + 1);
}
