//! Study days: a day begins at 04:00 in the person's zone, so that an evening past midnight is still the same day.

use jiff::{
    Timestamp,
    civil::{Date, Time},
    tz::TimeZone,
};

use crate::time::UnixMillis;

/// Hour of the local day at which a study day begins, as in Anki.
pub const ROLLOVER_HOUR: i8 = 4;

/// Tells study days apart in one time zone.
#[derive(Clone, Debug)]
pub struct StudyDays {
    zone: TimeZone,
}

impl StudyDays {
    #[must_use]
    pub fn new(zone: TimeZone) -> Self {
        Self { zone }
    }

    #[must_use]
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The study day that `now` belongs to, counted in days since 1970-01-01.
    #[must_use]
    pub fn day(&self, now: UnixMillis) -> i32 {
        let local = timestamp(now).to_zoned(self.zone.clone());
        let date =
            if local.hour() < ROLLOVER_HOUR { local.date().yesterday().unwrap_or(Date::MIN) } else { local.date() };
        days_since_epoch(date)
    }

    /// The moment at which `day` begins; on a day whose 04:00 the clocks skip, the moment they jump to.
    #[must_use]
    pub fn start(&self, day: i32) -> UnixMillis {
        let date = timestamp(UnixMillis(i64::from(day) * UnixMillis::DAY)).to_zoned(TimeZone::UTC).date();
        let rollover = date.to_datetime(Time::constant(ROLLOVER_HOUR, 0, 0, 0));
        rollover.to_zoned(self.zone.clone()).map_or(UnixMillis(i64::from(day) * UnixMillis::DAY), |start| {
            UnixMillis(start.timestamp().as_millisecond())
        })
    }
}

/// A moment outside the years -9999 to 9999 counts as the nearest one inside.
fn timestamp(at: UnixMillis) -> Timestamp {
    Timestamp::from_millisecond(at.0).unwrap_or(if at.0 < 0 { Timestamp::MIN } else { Timestamp::MAX })
}

fn days_since_epoch(date: Date) -> i32 {
    let seconds = date.to_zoned(TimeZone::UTC).map_or(0, |midnight| midnight.timestamp().as_second());
    i32::try_from(seconds.div_euclid(86_400)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> UnixMillis {
        UnixMillis(text.parse::<Timestamp>().expect("a time").as_millisecond())
    }

    fn berlin() -> StudyDays {
        StudyDays::new(TimeZone::get("Europe/Berlin").expect("the zone"))
    }

    #[test]
    fn the_day_turns_at_four_in_the_persons_zone() {
        let days = berlin();
        let before = days.day(at("2026-11-23T02:59:59Z"));
        let after = days.day(at("2026-11-23T03:00:00Z"));
        assert_eq!(after, before + 1);
        assert_eq!(days.start(after), at("2026-11-23T03:00:00Z"));
    }

    #[test]
    fn days_stay_whole_when_the_clocks_change() {
        let days = berlin();
        // Summer time ends on 2026-10-25: that study day has 24 h, the one before it 25 h.
        let day = days.day(at("2026-10-24T12:00:00Z"));
        assert_eq!(days.start(day + 1).since(days.start(day)), 25 * 60 * UnixMillis::MINUTE);
        assert_eq!(days.start(day + 2).since(days.start(day + 1)), 24 * 60 * UnixMillis::MINUTE);
    }

    #[test]
    fn a_day_begins_within_itself_for_any_moment() {
        let days = berlin();
        for ms in [i64::MIN, -1, 0, 1_790_000_000_000, i64::MAX] {
            let day = days.day(UnixMillis(ms));
            assert_eq!(days.day(days.start(day)), day, "at {ms}");
        }
    }
}
