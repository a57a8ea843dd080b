//! Time zones, which say what day it is and how an instant is written.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeDelta, TimeZone as _};
use serde::{Serialize, Serializer};
use tallyfold_core::{Span, Timestamp};

/// A time zone of the IANA database, which says what day it is.
///
/// The database is part of the program, so that a day is the same day on every machine. Its tables
/// end with 2099: later instants have the offset that the zone had on the last day of that year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TimeZone(chrono_tz::Tz);

/// How far a local date can lie from that of UTC, with a little to spare.
const FURTHEST: TimeDelta = TimeDelta::hours(30);
/// Between two instants so close a zone changes its offset at most once.
const STEP: TimeDelta = TimeDelta::minutes(15);

impl TimeZone {
    /// UTC, the default.
    pub const UTC: TimeZone = TimeZone(chrono_tz::Tz::UTC);

    /// The day of an instant.
    #[must_use]
    pub fn day(self, at: Timestamp) -> NaiveDate {
        let utc = naive_utc(at);
        (utc + self.offset(utc)).date()
    }

    /// An instant, to be written in this time zone.
    #[must_use]
    pub fn local(self, at: Timestamp) -> LocalInstant {
        LocalInstant { at, zone: self }
    }

    /// The last nanosecond before a later date begins for good.
    ///
    /// So the answer for a date that the zone skips is that for the date before, and where clocks
    /// are set back over midnight the date ends when it is over for the second time.
    ///
    /// ```
    /// use tallyfold_projections::TimeZone;
    ///
    /// let madrid: TimeZone = "Europe/Madrid".parse()?;
    /// let end = madrid.end_of("2026-01-31".parse()?);
    /// assert_eq!(end.to_string(), "2026-01-31T22:59:59.999999999Z");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn end_of(self, date: NaiveDate) -> Timestamp {
        let next = date.succ_opt().unwrap_or(date).and_time(NaiveTime::MIN);
        let (mut from, until) = (next - FURTHEST, next + FURTHEST);
        let mut end = from;
        while from < until {
            // The zone has one offset from here to `to`, and reaches the next date at `midnight`.
            let to = self.change_after(from, until);
            let midnight = next - self.offset(from);
            if midnight > from {
                end = midnight.min(to);
            }
            from = to;
        }
        instant(end) - Span::from_nanos(1)
    }

    /// The first instant after `from` with another offset, or `until`.
    fn change_after(self, from: NaiveDateTime, until: NaiveDateTime) -> NaiveDateTime {
        let offset = self.offset(from);
        let mut same = from;
        let mut other = loop {
            let next = (same + STEP).min(until);
            if self.offset(next) != offset {
                break next;
            }
            if next == until {
                return until;
            }
            same = next;
        };
        while other - same > TimeDelta::nanoseconds(1) {
            let middle = same + (other - same) / 2;
            if self.offset(middle) == offset { same = middle } else { other = middle }
        }
        other
    }

    /// How far the zone's clocks are ahead of UTC.
    fn offset(self, utc: NaiveDateTime) -> TimeDelta {
        TimeDelta::seconds(self.0.offset_from_utc_datetime(&utc).fix().local_minus_utc().into())
    }
}

fn naive_utc(at: Timestamp) -> NaiveDateTime {
    DateTime::from_timestamp_nanos(at.unix_nanos()).naive_utc()
}

const EPOCH: Timestamp = match Timestamp::from_unix_nanos(0) {
    Ok(epoch) => epoch,
    Err(_) => Timestamp::EARLIEST,
};

/// The instant of a time in UTC.
fn instant(utc: NaiveDateTime) -> Timestamp {
    let nanos = utc.and_utc().timestamp_nanos_opt();
    EPOCH + Span::from_nanos(nanos.unwrap_or(i64::MAX))
}

impl fmt::Display for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0.name())
    }
}

/// A name that no time zone has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no time zone; a time zone has an IANA name such as Europe/Madrid or UTC")]
pub struct TimeZoneError(String);

impl FromStr for TimeZone {
    type Err = TimeZoneError;

    fn from_str(name: &str) -> Result<TimeZone, TimeZoneError> {
        name.parse().map(TimeZone).map_err(|_| TimeZoneError(name.to_owned()))
    }
}

/// An instant as the clocks of a time zone show it.
///
/// It is written as the journal writes instants, with the offset in place of `Z` in any zone but
/// UTC. An offset with seconds, as zones had before there was standard time, is written with them.
///
/// ```
/// use tallyfold_projections::TimeZone;
///
/// let opened = "2026-01-05T09:00:00.250Z".parse()?;
/// assert_eq!(TimeZone::UTC.local(opened).to_string(), "2026-01-05T09:00:00.250Z");
/// let madrid: TimeZone = "Europe/Madrid".parse()?;
/// assert_eq!(madrid.local(opened).to_string(), "2026-01-05T10:00:00.250+01:00");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LocalInstant {
    at: Timestamp,
    zone: TimeZone,
}

impl LocalInstant {
    /// The instant.
    #[must_use]
    pub const fn at(self) -> Timestamp {
        self.at
    }

    /// The day that it is then.
    #[must_use]
    pub fn day(self) -> NaiveDate {
        self.zone.day(self.at)
    }
}

impl fmt::Display for LocalInstant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.zone == TimeZone::UTC {
            return self.at.fmt(f);
        }
        let utc = naive_utc(self.at);
        let offset = self.zone.offset(utc);
        let local = (utc + offset).format("%Y-%m-%dT%H:%M:%S%.f");
        let (sign, seconds) =
            if offset < TimeDelta::zero() { ('-', -offset) } else { ('+', offset) };
        let seconds = seconds.num_seconds();
        let mut text = format!("{local}{sign}{:02}:{:02}", seconds / 3600, seconds / 60 % 60);
        if seconds % 60 > 0 {
            text.push_str(&format!(":{:02}", seconds % 60));
        }
        f.pad(&text)
    }
}

impl Serialize for LocalInstant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end_of(zone: &str, date: &str) -> String {
        let zone: TimeZone = zone.parse().unwrap();
        zone.end_of(date.parse().unwrap()).to_string().replace("59:59.999999999Z", "59:59+")
    }

    #[test]
    fn a_date_ends_where_a_later_one_begins_for_good() {
        for (zone, date, end) in [
            ("UTC", "2026-01-31", "2026-01-31T23:59:59+"),
            ("Europe/Madrid", "2026-03-29", "2026-03-29T21:59:59+"),
            ("Pacific/Kiritimati", "2026-01-31", "2026-01-31T09:59:59+"),
            // The 30th of December 2011 was skipped in Samoa.
            ("Pacific/Apia", "2011-12-29", "2011-12-30T09:59:59+"),
            ("Pacific/Apia", "2011-12-30", "2011-12-30T09:59:59+"),
            ("Pacific/Apia", "2011-12-31", "2011-12-31T09:59:59+"),
            // At 00:01 clocks went back to 23:01: the 7th had begun, and began again.
            ("America/St_Johns", "2010-11-06", "2010-11-07T03:29:59.999999999Z"),
            // The 18th of October 1867 came twice in Alaska, the second time after the 19th.
            ("America/Sitka", "1867-10-18", "1867-10-19T09:01:12.999999999Z"),
            ("America/Sao_Paulo", "2018-02-17", "2018-02-18T02:59:59+"),
            ("Asia/Tokyo", "2199-12-31", "2199-12-31T14:59:59+"),
            ("Etc/GMT+12", "2199-12-31", "2200-01-01T11:59:59+"),
        ] {
            assert_eq!(end_of(zone, date), end, "{zone} {date}");
        }
    }

    /// Whatever the zone does, the nanosecond after the end is a later date, and nothing after it
    /// is the date or an earlier one.
    #[test]
    fn no_later_instant_has_the_date() {
        let dates = ["1867-10-18", "1911-03-10", "1969-09-30", "2010-11-06", "2026-10-25"];
        for zone in chrono_tz::TZ_VARIANTS.into_iter().step_by(7).map(TimeZone) {
            for date in dates.map(|date| date.parse::<NaiveDate>().unwrap()) {
                let end = zone.end_of(date);
                assert!(zone.day(end) <= date, "{zone} {date}");
                let later = |minutes| end + Span::from_nanos(1) + Span::minutes(minutes);
                assert!((0..2_000).all(|it| zone.day(later(it)) > date), "{zone} {date}");
            }
        }
    }

    /// As docs/reports.md says; should it change, it must be said there.
    #[test]
    fn after_2099_a_zone_keeps_its_last_offset() {
        let written = |zone: &str, at: &str| {
            let zone: TimeZone = zone.parse().unwrap();
            zone.local(at.parse().unwrap()).to_string()[19..].to_owned()
        };
        assert_eq!(written("Europe/Madrid", "2099-07-01T00:00:00Z"), "+02:00");
        assert_eq!(written("Europe/Madrid", "2100-07-01T00:00:00Z"), "+01:00");
        assert_eq!(written("Australia/Sydney", "2099-07-01T00:00:00Z"), "+10:00");
        assert_eq!(written("Australia/Sydney", "2100-07-01T00:00:00Z"), "+11:00");
    }

    #[test]
    fn instants_are_written_with_the_offset() {
        let written = |zone: &str, at: &str| {
            let zone: TimeZone = zone.parse().unwrap();
            zone.local(at.parse().unwrap()).to_string()
        };
        let noon = "2026-07-01T12:00:00Z";
        assert_eq!(written("Europe/Madrid", noon), "2026-07-01T14:00:00+02:00");
        assert_eq!(written("America/St_Johns", noon), "2026-07-01T09:30:00-02:30");
        assert_eq!(written("Europe/London", "2026-01-01T00:00:00.000001Z"), {
            "2026-01-01T00:00:00.000001+00:00"
        });
        assert_eq!(written("Etc/UTC", noon), "2026-07-01T12:00:00+00:00");
        assert_eq!(written("Europe/Paris", "1900-01-01T00:00:00Z"), {
            "1900-01-01T00:09:21+00:09:21"
        });
    }
}
