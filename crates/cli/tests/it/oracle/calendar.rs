//! Dates of instants, and instants of dates, in the report's time zone.

use chrono::{DateTime, NaiveDate, Offset, TimeZone, Utc};
use chrono_tz::Tz;

/// An instant: nanoseconds since 1970 in UTC.
pub(crate) type At = i64;

pub(crate) const SECOND: At = 1_000_000_000;
pub(crate) const DAY: At = 24 * 3_600 * SECOND;

/// The time zone of a report.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Zone(Tz);

impl Zone {
    pub(crate) fn named(name: &str) -> Zone {
        Zone(name.parse().unwrap())
    }

    fn local(self, at: At) -> DateTime<Tz> {
        Utc.timestamp_nanos(at).with_timezone(&self.0)
    }

    /// The local date of an instant.
    pub(crate) fn date(self, at: At) -> NaiveDate {
        self.local(at).date_naive()
    }

    /// The last nanosecond before a later date begins for good. Clocks that are set back at midnight make
    /// the end of a date come twice, and a zone that moves across the date line skips a date: so every
    /// quarter of an hour is looked at, from a day and a half after.
    pub(crate) fn end_of(self, date: NaiveDate) -> At {
        const QUARTER: At = 900 * SECOND;
        let mut at = midnight(date) + 5 * DAY / 2;
        while self.date(at) > date {
            at -= QUARTER;
        }
        let (mut last, mut after) = (at, at + QUARTER);
        while after - last > 1 {
            let middle = last + (after - last) / 2;
            if self.date(middle) > date { after = middle } else { last = middle }
        }
        last
    }

    /// When a date begins for good.
    pub(crate) fn start_of(self, date: NaiveDate) -> At {
        self.end_of(day_before(date)) + 1
    }

    /// As the journal writes instants, with the offset in place of `Z` in any zone but UTC.
    pub(crate) fn written(self, at: At) -> String {
        let local = self.local(at);
        let seconds_of_offset = local.offset().fix().local_minus_utc() % 60;
        let offset = match seconds_of_offset {
            0 if self.0 == Tz::UTC => "Z",
            0 => "%:z",
            // Local mean time, before there were zones.
            _ => "%::z",
        };
        local.format(&format!("%Y-%m-%dT%H:%M:%S%.f{offset}")).to_string()
    }
}

/// The midnight with which a date begins in UTC.
fn midnight(date: NaiveDate) -> At {
    date.and_hms_opt(0, 0, 0).unwrap().and_utc().timestamp_nanos_opt().unwrap()
}

/// An instant of a log.
pub(crate) fn instant(text: &str) -> At {
    DateTime::parse_from_rfc3339(text).unwrap().timestamp_nanos_opt().unwrap()
}

pub(crate) fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub(crate) fn day_after(date: NaiveDate) -> NaiveDate {
    date.succ_opt().unwrap()
}

pub(crate) fn day_before(date: NaiveDate) -> NaiveDate {
    date.pred_opt().unwrap()
}

#[test]
fn days_end_when_a_later_date_begins_for_good() {
    let end = |zone: &str, day: &str| {
        let zone = Zone::named(zone);
        zone.written(zone.end_of(date(day)))
    };
    assert_eq!(end("UTC", "2026-03-29"), "2026-03-29T23:59:59.999999999Z");
    assert_eq!(end("Europe/Madrid", "2026-03-29"), "2026-03-29T23:59:59.999999999+02:00");
    // Samoa skipped 2011-12-30.
    assert_eq!(end("Pacific/Apia", "2011-12-29"), "2011-12-29T23:59:59.999999999-10:00");
    assert_eq!(end("Pacific/Apia", "2011-12-30"), "2011-12-29T23:59:59.999999999-10:00");
    // Newfoundland set its clocks back a minute after midnight: the day began, and began again.
    assert_eq!(end("America/St_Johns", "2010-11-06"), "2010-11-06T23:59:59.999999999-03:30");
    // Brazil set its clocks back at midnight: the last hour of a day came twice.
    assert_eq!(end("America/Sao_Paulo", "2018-02-17"), "2018-02-17T23:59:59.999999999-03:00");
}
