//! Study days: a day begins at 04:00 in the person's zone, so that an evening past midnight is still the same day.
//!
//! Opening a deck asks for two days of every card, so the zone's clock changes are looked up once; the rest is arithmetic.

use std::sync::Arc;

use jiff::{Timestamp, tz::TimeZone};

use super::{CardState, Schedule};
use crate::time::UnixMillis;

/// Hour of the local day at which a study day begins, as in Anki.
pub const ROLLOVER_HOUR: i8 = 4;

const ROLLOVER: i64 = ROLLOVER_HOUR as i64 * 60 * UnixMillis::MINUTE;
/// No zone is further from UTC than this, ms.
const FURTHEST: i64 = 26 * 60 * UnixMillis::MINUTE;
/// 1970 to 2200: nobody reviews outside of it but a broken clock, for which the zone itself is asked.
const LOOKED_UP: (i64, i64) = (0, 230 * 365 * UnixMillis::DAY);

/// The days of a timestamp's years, -9999 to 9999.
const FIRST_DAY: i32 = -4_371_588;
const LAST_DAY: i32 = 2_932_896;

/// Tells study days apart in one time zone.
#[derive(Clone, Debug)]
pub struct StudyDays {
    zone: TimeZone,
    /// The zone's times within `LOOKED_UP`, each up to the start of the next.
    times: Arc<[LocalTime]>,
}

/// A stretch of time in which the zone's clocks do not change.
#[derive(Clone, Copy, Debug)]
struct LocalTime {
    from: i64,
    /// Local time minus UTC, ms.
    offset: i64,
}

impl StudyDays {
    #[must_use]
    pub fn new(zone: TimeZone) -> Self {
        let first = timestamp(LOOKED_UP.0);
        let changes = zone.following(first).map(|change| (change.timestamp(), change.offset()));
        let times = std::iter::once((first, zone.to_offset(first)))
            .chain(changes)
            .map(|(from, offset)| LocalTime { from: from.as_millisecond(), offset: millis(offset) })
            .take_while(|time| time.from < LOOKED_UP.1)
            .collect();
        Self { zone, times }
    }

    /// The study day that `now` belongs to, counted in days since 1970-01-01.
    #[must_use]
    pub fn day(&self, now: UnixMillis) -> i32 {
        let now = timestamp(now.0).as_millisecond();
        day_of(now, self.local_time(now).0)
    }

    /// The study day, and the hour that the clocks show, 0 to 23.
    #[must_use]
    pub fn day_and_hour(&self, now: UnixMillis) -> (i32, usize) {
        let now = timestamp(now.0).as_millisecond();
        let offset = self.local_time(now).0;
        let hour = (now + offset).rem_euclid(UnixMillis::DAY) / (60 * UnixMillis::MINUTE);
        (day_of(now, offset), usize::try_from(hour).unwrap_or_default())
    }

    /// The moment at which `day` begins; on a day whose 04:00 the clocks skip, the moment they jump to.
    #[must_use]
    pub fn start(&self, day: i32) -> UnixMillis {
        let rollover = i64::from(day.clamp(FIRST_DAY, LAST_DAY)) * UnixMillis::DAY + ROLLOVER;
        let mut earliest = rollover - FURTHEST;
        loop {
            let (offset, until) = self.local_time(earliest);
            let start = earliest.max(rollover - offset);
            if start < until {
                return UnixMillis(start);
            }
            earliest = until;
        }
    }

    /// When a card is due for somebody who studies in this zone, whichever zone it was rated in: intervals are study
    /// days, so a card in review comes that many study days after the day of its last review. Others as they stand.
    #[must_use]
    pub fn due_in_zone(&self, schedule: &Schedule) -> UnixMillis {
        match (schedule.state, schedule.last_review, schedule.interval_days) {
            (CardState::Review, Some(last), days @ 1..) => self.start(later(self.day(last), days)),
            _ => schedule.due,
        }
    }

    /// Offset at `at` and the moment until which it holds.
    fn local_time(&self, at: i64) -> (i64, i64) {
        if (LOOKED_UP.0..LOOKED_UP.1).contains(&at) {
            let next = self.times.partition_point(|time| time.from <= at);
            let until = self.times.get(next).map_or(LOOKED_UP.1, |time| time.from);
            return (self.times[next - 1].offset, until);
        }
        let at = timestamp(at);
        let until = self.zone.following(at).next().map_or(i64::MAX, |change| change.timestamp().as_millisecond());
        (millis(self.zone.to_offset(at)), until)
    }
}

/// `days` after `day`.
pub(super) fn later(day: i32, days: u32) -> i32 {
    day.saturating_add(i32::try_from(days).unwrap_or(i32::MAX))
}

fn day_of(at: i64, offset: i64) -> i32 {
    // Within the years that a timestamp can have this is far from an i32's ends.
    i32::try_from((at + offset - ROLLOVER).div_euclid(UnixMillis::DAY)).unwrap_or(0)
}

fn millis(offset: jiff::tz::Offset) -> i64 {
    i64::from(offset.seconds()) * UnixMillis::SECOND
}

/// A moment outside the years -9999 to 9999 counts as the nearest one inside.
fn timestamp(at: i64) -> Timestamp {
    Timestamp::from_millisecond(at).unwrap_or(if at < 0 { Timestamp::MIN } else { Timestamp::MAX })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> UnixMillis {
        UnixMillis(text.parse::<Timestamp>().expect("a time").as_millisecond())
    }

    fn in_zone(name: &str) -> StudyDays {
        StudyDays::new(TimeZone::get(name).expect("the zone"))
    }

    #[test]
    fn the_day_turns_at_four_in_the_persons_zone() {
        let days = in_zone("Europe/Berlin");
        let before = days.day(at("2026-11-23T02:59:59Z"));
        let after = days.day(at("2026-11-23T03:00:00Z"));
        assert_eq!(after, before + 1);
        assert_eq!(days.start(after), at("2026-11-23T03:00:00Z"));
    }

    #[test]
    fn days_stay_whole_when_the_clocks_change() {
        let days = in_zone("Europe/Berlin");
        let hours = |day| days.start(day + 1).since(days.start(day)) / (60 * UnixMillis::MINUTE);
        // Summer time ends on 2026-10-25 and begins on 2027-03-28, both within the study day before.
        let autumn = days.day(at("2026-10-24T12:00:00Z"));
        assert_eq!([autumn - 1, autumn, autumn + 1].map(hours), [24, 25, 24]);
        let spring = days.day(at("2027-03-27T12:00:00Z"));
        assert_eq!([spring - 1, spring, spring + 1].map(hours), [24, 23, 24]);
    }

    #[test]
    fn a_day_begins_within_itself_for_any_moment() {
        for days in ["Europe/Berlin", "Pacific/Kiritimati", "UTC"].map(in_zone) {
            for ms in [i64::MIN, -1, 0, 1_790_000_000_000, LOOKED_UP.1 - 1, LOOKED_UP.1, i64::MAX] {
                let day = days.day(UnixMillis(ms));
                assert_eq!(days.day(days.start(day)), day, "at {ms}");
            }
            assert!(days.start(i32::MIN) < days.start(0) && days.start(0) < days.start(i32::MAX));
        }
    }

    #[test]
    fn a_skipped_rollover_is_the_moment_the_clocks_jump_to() {
        // Casey went from 02:00 to 05:00 on 2009-10-18.
        let days = in_zone("Antarctica/Casey");
        let day = days.day(at("2009-10-17T12:00:00Z"));
        assert_eq!(days.start(day + 1), at("2009-10-17T18:00:00Z"));
        assert_eq!(days.day(at("2009-10-17T17:59:59Z")), day);
        // Samoa left out 2011-12-30 at midnight: of that study day only the hours before 04:00 of the 31st are left.
        let days = in_zone("Pacific/Apia");
        let day = days.day(at("2011-12-29T22:00:00Z"));
        assert_eq!(days.start(day), at("2011-12-29T14:00:00Z"));
        assert_eq!(days.start(day + 1), at("2011-12-30T10:00:00Z"));
        assert_eq!(days.start(day + 2), at("2011-12-30T14:00:00Z"));
    }

    #[test]
    fn arithmetic_agrees_with_the_zone() {
        for name in ["Europe/Berlin", "America/New_York", "Pacific/Apia", "Australia/Lord_Howe", "Africa/Casablanca"] {
            let days = in_zone(name);
            for hour in 0..40_000 {
                let moment = UnixMillis(1_262_304_000_000 + hour * 11 * 60 * UnixMillis::MINUTE);
                let local = timestamp(moment.0).to_zoned(days.zone.clone());
                let date = local.date().saturating_sub(jiff::Span::new().days(i32::from(local.hour() < ROLLOVER_HOUR)));
                let expected = date.since(jiff::civil::date(1970, 1, 1)).expect("days").get_days();
                let hour = usize::try_from(local.hour()).expect("0 to 23");
                assert_eq!(days.day_and_hour(moment), (expected, hour), "{local}");
                assert_eq!(days.day(moment), expected, "{local}");
            }
        }
    }
}
