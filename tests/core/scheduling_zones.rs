//! Intervals are study days: a card keeps its day when its owner travels and when the clocks change.

use jiff::{Timestamp, tz::TimeZone};
use memoryloop_core::{
    review::{
        CardState, Rating, Schedule,
        day::StudyDays,
        schedule::{Options, Scheduler},
    },
    time::UnixMillis,
};

use super::scheduling::{DAY, MINUTE, card, graduated, new_card, rate};

fn at(text: &str) -> UnixMillis {
    UnixMillis(text.parse::<Timestamp>().unwrap().as_millisecond())
}

fn days(zone: &str) -> StudyDays {
    StudyDays::new(TimeZone::get(zone).unwrap())
}

/// Graduated in `zone` at `now` with an interval of 8 days.
fn learned(zone: &str, now: UnixMillis) -> Schedule {
    let options = Options { fuzz: false, ..Options::default() };
    let schedule =
        rate(&Scheduler::new(options, TimeZone::get(zone).unwrap()).unwrap(), &new_card(), Rating::Easy, now);
    assert_eq!(schedule.interval_days, 8);
    schedule
}

#[test]
fn a_card_keeps_its_study_day_on_a_journey() {
    // Rated in Berlin on the evening of 23 November, due on 1 December wherever that is.
    let schedule = learned("Europe/Berlin", at("2026-11-23T19:00:00Z"));
    assert_eq!(schedule.due, at("2026-12-01T03:00:00Z"));
    assert_eq!(days("Europe/Berlin").due_in_zone(&schedule), schedule.due);
    assert_eq!(days("America/New_York").due_in_zone(&schedule), at("2026-12-01T09:00:00Z"));
    // In Tokyo it was 04:00 of the 24th when it was rated.
    assert_eq!(days("Asia/Tokyo").due_in_zone(&schedule), at("2026-12-01T19:00:00Z"));
    // And home again.
    assert_eq!(days("Europe/Berlin").due_in_zone(&schedule), schedule.due);
}

#[test]
fn the_rollover_decides_which_day_a_rating_belongs_to() {
    for (time, due) in [("02:59:00Z", "2026-11-30T03:00:00Z"), ("03:01:00Z", "2026-12-01T03:00:00Z")] {
        let schedule = learned("Europe/Berlin", at(&format!("2026-11-23T{time}")));
        assert_eq!(schedule.due, at(due), "03:59 and 04:01 in Berlin");
        assert_eq!(days("Europe/Berlin").due_in_zone(&schedule), at(due));
    }
}

#[test]
fn intervals_over_a_change_of_the_clocks_end_at_four() {
    // Eight study days from 20 October end after the end of summer time, from 24 March after its beginning.
    let autumn = learned("Europe/Berlin", at("2026-10-20T10:00:00Z"));
    assert_eq!(autumn.due, at("2026-10-28T03:00:00Z"));
    let spring = learned("Europe/Berlin", at("2027-03-24T10:00:00Z"));
    assert_eq!(spring.due, at("2027-04-01T02:00:00Z"));
    for schedule in [autumn, spring] {
        assert_eq!(days("Europe/Berlin").due_in_zone(&schedule), schedule.due);
    }
}

#[test]
fn a_day_that_a_zone_left_out_costs_no_review() {
    // Samoa had no 30 December 2011: a card due then comes with what was left of that study day.
    let schedule = learned("Pacific/Apia", at("2011-12-22T20:00:00Z"));
    assert_eq!(schedule.due, at("2011-12-30T10:00:00Z"));
    assert_eq!(days("Pacific/Apia").due_in_zone(&schedule), schedule.due);
    // On the other side of the date line the day has another number, the interval is the same.
    assert_eq!(days("Pacific/Pago_Pago").due_in_zone(&schedule), at("2011-12-30T15:00:00Z"));
}

#[test]
fn only_cards_in_review_move() {
    let review = learned("Europe/Berlin", at("2026-11-23T19:00:00Z"));
    let tokyo = days("Asia/Tokyo");
    for state in [CardState::New, CardState::Learning, CardState::Relearning] {
        let schedule = Schedule { state, ..review };
        assert_eq!(tokyo.due_in_zone(&schedule), schedule.due);
    }
    let never_rated = Schedule { last_review: None, ..review };
    assert_eq!(tokyo.due_in_zone(&never_rated), never_rated.due);
}

#[test]
fn a_flight_west_makes_no_day_shorter_than_none() {
    // Rated in Tokyo in the morning, then in New York, where it is still the day before.
    let zone = TimeZone::get("America/New_York").unwrap();
    let scheduler = Scheduler::new(Options::default(), zone).unwrap();
    let schedule = learned("Asia/Tokyo", at("2026-11-23T00:00:00Z"));
    let preview = scheduler.preview(card(), &schedule, at("2026-11-23T02:00:00Z")).unwrap();
    assert_eq!(preview.elapsed_days, 0);
    assert!(preview.good.due > preview.now);
}

#[test]
fn the_same_for_every_card_of_a_large_deck() {
    let tokyo = days("Asia/Tokyo");
    let graduated = graduated();
    for i in 0..50_000_u32 {
        let last = graduated.last_review.unwrap().plus(-i64::from(i) * 97 * MINUTE);
        let schedule = Schedule { last_review: Some(last), interval_days: i % 400 + 1, ..graduated };
        let due = tokyo.due_in_zone(&schedule);
        assert_eq!(tokyo.day(due) - tokyo.day(last), i32::try_from(schedule.interval_days).unwrap());
        assert_eq!((due.0 + 9 * 60 * MINUTE) % DAY, 4 * 60 * MINUTE);
    }
}
