//! Study days and hours of very many moments: what [`StudyDays`](crate::review::day::StudyDays) says of one, at the price
//! of an addition. Between two changes of the clocks a zone is a constant offset, and those spans are few.

use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use crate::{review::day::ROLLOVER_HOUR, time::UnixMillis};

const HOUR: i64 = 60 * UnixMillis::MINUTE;

/// A moment on a clock on the wall, as milliseconds since 1970-01-01T00:00 there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Local(i64);

impl Local {
    /// The study day, counted in days since 1970-01-01.
    pub fn day(self) -> i32 {
        let days = (self.0 - i64::from(ROLLOVER_HOUR) * HOUR).div_euclid(UnixMillis::DAY);
        // The years -9999 to 9999 are 7 million days.
        i32::try_from(days).unwrap_or_default()
    }

    /// 0 to 23.
    pub fn hour(self) -> usize {
        usize::try_from(self.0.rem_euclid(UnixMillis::DAY) / HOUR).unwrap_or_default()
    }
}

/// Unix milliseconds from `start` to before `end`, in which the clocks stand `offset` milliseconds before UTC.
#[derive(Clone, Copy, Debug)]
struct Span {
    start: i64,
    end: i64,
    offset: i64,
}

impl Span {
    fn holds(&self, at: i64) -> bool {
        (self.start..self.end).contains(&at)
    }
}

/// The spans of one zone that were asked for.
#[derive(Debug)]
pub struct LocalTime<'a> {
    zone: &'a TimeZone,
    /// By start; they do not overlap.
    spans: Vec<Span>,
    /// Moments come in runs of the same span.
    last: Span,
}

impl<'a> LocalTime<'a> {
    pub fn new(zone: &'a TimeZone) -> Self {
        Self { zone, spans: Vec::new(), last: Span { start: 0, end: 0, offset: 0 } }
    }

    /// A moment outside the years -9999 to 9999 counts as the nearest one inside.
    pub fn at(&mut self, at: UnixMillis) -> Local {
        let at = at.0.clamp(Timestamp::MIN.as_millisecond(), Timestamp::MAX.as_millisecond());
        if !self.last.holds(at) {
            self.last = self.span(at);
        }
        Local(at + self.last.offset)
    }

    fn span(&mut self, at: i64) -> Span {
        let after = self.spans.partition_point(|span| span.start <= at);
        if let Some(span) = after.checked_sub(1).and_then(|before| self.spans.get(before)).filter(|span| span.holds(at))
        {
            return *span;
        }
        let span = self.look_up(at);
        self.spans.insert(after, span);
        span
    }

    fn look_up(&self, at: i64) -> Span {
        let moment = Timestamp::from_millisecond(at).unwrap_or_default();
        // The transitions before a moment leave out one at the moment itself.
        let just_after = moment.checked_add(SignedDuration::from_nanos(1)).unwrap_or(moment);
        let start = self.zone.preceding(just_after).next().map_or(i64::MIN, |t| t.timestamp().as_millisecond());
        let end = self.zone.following(moment).next().map_or(i64::MAX, |t| t.timestamp().as_millisecond());
        Span { start, end, offset: i64::from(self.zone.to_offset(moment).seconds()) * UnixMillis::SECOND }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::review::day::StudyDays;
    use proptest::prelude::*;

    /// Winter and summer time, a half-hour zone, a zone that skipped a whole day (30 December 2011), summer time by half
    /// an hour, and none at all.
    const ZONES: [&str; 7] = [
        "Europe/Berlin",
        "America/New_York",
        "Asia/Kolkata",
        "Pacific/Apia",
        "Australia/Lord_Howe",
        "America/Scoresbysund",
        "UTC",
    ];

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).expect("a zone of the database")
    }

    fn moment(text: &str) -> UnixMillis {
        UnixMillis(text.parse::<Timestamp>().expect("a time").as_millisecond())
    }

    fn agree(name: &str, moments: &[UnixMillis]) {
        let zone = zone(name);
        let (days, mut local) = (StudyDays::new(zone.clone()), LocalTime::new(&zone));
        for &at in moments {
            let told = local.at(at);
            let wall = Timestamp::from_millisecond(at.0).expect("in range").to_zoned(zone.clone());
            let hour = usize::try_from(wall.hour()).expect("0 to 23");
            assert_eq!((told.day(), told.hour()), (days.day(at), hour), "{name}, {wall}");
        }
    }

    proptest! {
        #[test]
        fn days_and_hours_are_those_of_the_calendar(
            zone in prop::sample::select(ZONES.to_vec()),
            // 1838 to 2264.
            moments in prop::collection::vec((-4_165_000_000_000_i64..9_300_000_000_000).prop_map(UnixMillis), 1..60),
        ) {
            agree(zone, &moments);
        }

        #[test]
        fn they_are_so_around_every_change_of_the_clocks(
            zone in prop::sample::select(ZONES.to_vec()),
            from in -2_000_000_000_000_i64..4_000_000_000_000,
            steps in prop::collection::vec(-50_i64 * 3_600_000..50 * 3_600_000, 1..40),
        ) {
            let tz = TimeZone::get(zone).expect("a zone");
            let from = Timestamp::from_millisecond(from).expect("in range");
            let near = tz.following(from).next().map_or(from, |t| t.timestamp()).as_millisecond();
            let mut moments = vec![UnixMillis(near - 1), UnixMillis(near), UnixMillis(near + 1)];
            moments.extend(steps.into_iter().map(|step| UnixMillis(near + step)));
            agree(zone, &moments);
        }
    }

    #[test]
    fn a_zone_that_skips_a_day_skips_its_number() {
        let apia = zone("Pacific/Apia");
        let mut local = LocalTime::new(&apia);
        // 29 December 2011 23:59:59 at UTC-10; a second later it is 31 December, UTC+14, and still not four o'clock.
        let last = local.at(moment("2011-12-30T09:59:59Z"));
        let first = local.at(moment("2011-12-30T10:00:00Z"));
        assert_eq!((last.day(), last.hour()), (15_337, 23));
        assert_eq!((first.day(), first.hour()), (15_338, 0));
        assert_eq!(local.at(moment("2011-12-30T14:00:00Z")).day(), 15_339);
    }

    #[test]
    fn moments_beyond_the_calendar_do_no_harm() {
        let berlin = zone("Europe/Berlin");
        let mut local = LocalTime::new(&berlin);
        assert!(local.at(UnixMillis(i64::MIN)).day() < -4_000_000);
        assert!(local.at(UnixMillis(i64::MAX)).day() > 2_900_000);
        assert_eq!(local.at(moment("1970-01-01T03:00:00Z")).day(), 0);
    }
}
