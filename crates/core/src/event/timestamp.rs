//! Instants: whole nanoseconds, read from and written as RFC 3339.

mod rfc3339;

#[cfg(doc)]
use crate::spec::*;

use std::fmt;
use std::num::TryFromIntError;
use std::ops::{Add, Sub};
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, TimeDelta, TimeZone, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

const NANOS_PER_SECOND: i64 = 1_000_000_000;
const NANOS_PER_MINUTE: i64 = 60 * NANOS_PER_SECOND;
const NANOS_PER_HOUR: i64 = 60 * NANOS_PER_MINUTE;
const NANOS_PER_DAY: i64 = 24 * NANOS_PER_HOUR;
/// 1700-01-01 and 2200-01-01, in nanoseconds from 1970-01-01T00:00:00Z.
const EARLIEST: i64 = -98_615 * NANOS_PER_DAY;
const END: i64 = 84_006 * NANOS_PER_DAY;
/// From chrono's day 0, the last of the year 0, to 1970-01-01.
const DAYS_TO_1970: i32 = 719_163;

/// A point in time, exact to the nanosecond, in UTC.
///
/// What an event may carry lies in `[1700-01-01, 2200-01-01)` (`events.md`). Deadlines that the
/// rules derive reach at most ten years further, which still fits.
///
/// ```
/// use tallyfold_core::{Timestamp, Span};
///
/// let opened: Timestamp = "2026-01-05T10:00:00.25+01:00".parse()?;
/// assert_eq!(opened.to_string(), "2026-01-05T09:00:00.250Z");
/// assert_eq!((opened + Span::hours(24)).to_string(), "2026-01-06T09:00:00.250Z");
/// # Ok::<(), tallyfold_core::TimestampError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The first instant that an event may carry: 1700-01-01T00:00:00Z.
    pub const EARLIEST: Timestamp = Timestamp(EARLIEST);
    /// The last instant that an event may carry, a nanosecond before 2200-01-01T00:00:00Z.
    pub const LATEST: Timestamp = Timestamp(END - 1);

    /// The instant that is `nanos` nanoseconds after 1970-01-01T00:00:00Z.
    ///
    /// # Errors
    ///
    /// [`TimestampError::OutOfRange`] outside `[1700-01-01, 2200-01-01)`.
    pub const fn from_unix_nanos(nanos: i64) -> Result<Timestamp, TimestampError> {
        if EARLIEST <= nanos && nanos < END {
            Ok(Timestamp(nanos))
        } else {
            Err(TimestampError::OutOfRange)
        }
    }

    /// The instant that is `millis` milliseconds after 1970-01-01T00:00:00Z.
    ///
    /// # Errors
    ///
    /// [`TimestampError::OutOfRange`] outside `[1700-01-01, 2200-01-01)`.
    pub const fn from_unix_millis(millis: i64) -> Result<Timestamp, TimestampError> {
        match millis.checked_mul(1_000_000) {
            Some(nanos) => Timestamp::from_unix_nanos(nanos),
            None => Err(TimestampError::OutOfRange),
        }
    }

    /// Nanoseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn unix_nanos(self) -> i64 {
        self.0
    }

    /// Whole milliseconds since 1970-01-01T00:00:00Z; what is finer is cut off, towards the past.
    #[must_use]
    pub const fn unix_millis(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// The UTC date, as a number of days since 1970-01-01 ([P3]).
    #[must_use]
    pub const fn utc_day(self) -> i32 {
        self.0.div_euclid(NANOS_PER_DAY) as i32
    }

    /// The latest of `grid`, `grid` + `step`, `grid` + 2 × `step`… that is not after this instant
    /// (W3), however many centuries lie between. `grid` itself is not after it.
    pub(crate) fn floor_to_grid(self, grid: Timestamp, step: Span) -> Timestamp {
        let over = (i128::from(self.0) - i128::from(grid.0)) % i128::from(step.0);
        self - Span(over as i64)
    }

    /// The deadline that is `nanos` nanoseconds after 1970: it may be later than any event.
    pub(crate) const fn deadline(nanos: i64) -> Timestamp {
        Timestamp(nanos)
    }

    /// Later than every deadline of the rules.
    pub(crate) const LATEST_DEADLINE: Timestamp = Timestamp(i64::MAX);

    /// The instant one nanosecond later.
    pub(crate) const fn just_after(self) -> Timestamp {
        Timestamp(self.0.saturating_add(1))
    }

    /// Writes the RFC 3339 form into `text` and returns the part that was used, all ASCII: what
    /// `Display` gives, without its cost.
    ///
    /// ```
    /// use tallyfold_core::Timestamp;
    ///
    /// let opened: Timestamp = "2026-01-05T09:00:00.5Z".parse()?;
    /// assert_eq!(opened.encode_rfc3339(&mut [0; 30]), b"2026-01-05T09:00:00.500Z");
    /// # Ok::<(), tallyfold_core::TimestampError>(())
    /// ```
    pub fn encode_rfc3339(self, text: &mut [u8; 30]) -> &[u8] {
        let (day, nanos) = (self.utc_day(), self.0.rem_euclid(NANOS_PER_DAY));
        let date = NaiveDate::from_num_days_from_ce_opt(day + DAYS_TO_1970).unwrap_or_default();
        let (seconds, fraction) = (nanos / NANOS_PER_SECOND, (nanos % NANOS_PER_SECOND) as u32);
        text[..20].copy_from_slice(b"0000-00-00T00:00:00Z");
        put_digits(&mut text[0..4], date.year().unsigned_abs());
        put_digits(&mut text[5..7], date.month());
        put_digits(&mut text[8..10], date.day());
        put_digits(&mut text[11..13], (seconds / 3600) as u32);
        put_digits(&mut text[14..16], (seconds / 60 % 60) as u32);
        put_digits(&mut text[17..19], (seconds % 60) as u32);
        let (digits, shown) = match fraction {
            0 => (0, 0),
            f if f % 1_000_000 == 0 => (3, f / 1_000_000),
            f if f % 1_000 == 0 => (6, f / 1_000),
            f => (9, f),
        };
        let mut end = 19;
        if digits > 0 {
            text[19] = b'.';
            end = 20 + digits;
            put_digits(&mut text[20..end], shown);
        }
        text[end] = b'Z';
        &text[..=end]
    }

    /// The same as text.
    fn text(self, text: &mut [u8; 30]) -> &str {
        str::from_utf8(self.encode_rfc3339(text)).unwrap_or_default()
    }
}

/// Writes `number` in decimal over the whole of `place`, zero-padded.
fn put_digits(place: &mut [u8], mut number: u32) {
    for digit in place.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC with `Z`, fractional digits only where needed, in groups of three.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.text(&mut [0; 30]))
    }
}

/// Why a text is not an instant.
///
/// Non-exhaustive: more texts may come to be told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TimestampError {
    /// Not RFC 3339 with `T`, an offset, no leap second and at most nine fractional digits.
    #[error("an instant is RFC 3339 with an offset, such as 2026-01-05T09:00:00Z")]
    Syntax,
    /// No such day or time of day: 30 February, 24:00, a leap second.
    #[error("no such date or time of day")]
    NoSuchTime,
    /// More than nine digits after the point.
    #[error("an instant has at most nine fractional digits")]
    TooPrecise,
    /// Outside `[1700-01-01, 2200-01-01)`.
    #[error("an instant lies from 1700-01-01 to before 2200-01-01")]
    OutOfRange,
}

impl FromStr for Timestamp {
    type Err = TimestampError;

    /// Reads RFC 3339 as `events.md` narrows it.
    fn from_str(text: &str) -> Result<Timestamp, TimestampError> {
        Timestamp::from_unix_nanos(rfc3339::unix_nanos(text)?)
    }
}

impl Serialize for Timestamp {
    /// RFC 3339 for people's formats, nanoseconds since 1970 for binary ones.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.serialize_str(self.text(&mut [0; 30]))
        } else {
            serializer.serialize_i64(self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    /// Reads what [`Serialize`] writes, deadlines beyond [`Timestamp::LATEST`] included.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        if deserializer.is_human_readable() {
            deserializer.deserialize_str(InstantVisitor)
        } else {
            i64::deserialize(deserializer).map(Timestamp)
        }
    }
}

struct InstantVisitor;

impl de::Visitor<'_> for InstantVisitor {
    type Value = Timestamp;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an RFC 3339 instant")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Timestamp, E> {
        rfc3339::unix_nanos(text).map(Timestamp).map_err(E::custom)
    }
}

impl<Tz: TimeZone> TryFrom<DateTime<Tz>> for Timestamp {
    type Error = TimestampError;

    /// The same instant; its time zone is not kept.
    ///
    /// ```
    /// use chrono::{DateTime, Utc};
    /// use tallyfold_core::Timestamp;
    ///
    /// let at: DateTime<Utc> = Timestamp::from_unix_millis(1_767_603_600_000)?.into();
    /// assert_eq!(Timestamp::try_from(at)?.to_string(), "2026-01-05T09:00:00Z");
    /// # Ok::<(), tallyfold_core::TimestampError>(())
    /// ```
    fn try_from(at: DateTime<Tz>) -> Result<Timestamp, TimestampError> {
        let nanos = at.timestamp_nanos_opt().ok_or(TimestampError::OutOfRange)?;
        Timestamp::from_unix_nanos(nanos)
    }
}

impl From<Timestamp> for DateTime<Utc> {
    fn from(at: Timestamp) -> DateTime<Utc> {
        DateTime::from_timestamp_nanos(at.0)
    }
}

impl From<Timestamp> for DateTime<FixedOffset> {
    /// The same instant in UTC; `with_timezone` shows it in another zone.
    fn from(at: Timestamp) -> DateTime<FixedOffset> {
        DateTime::<Utc>::from(at).into()
    }
}

impl TryFrom<SystemTime> for Timestamp {
    type Error = TimestampError;

    fn try_from(at: SystemTime) -> Result<Timestamp, TimestampError> {
        let nanos = match at.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_nanos()),
            Err(error) => i64::try_from(error.duration().as_nanos()).map(|before| -before),
        };
        Timestamp::from_unix_nanos(nanos.map_err(|_| TimestampError::OutOfRange)?)
    }
}

impl From<Timestamp> for SystemTime {
    fn from(at: Timestamp) -> SystemTime {
        let length = Duration::from_nanos(at.0.unsigned_abs());
        match at.0 < 0 {
            true => SystemTime::UNIX_EPOCH - length,
            false => SystemTime::UNIX_EPOCH + length,
        }
    }
}

impl From<Duration> for Span {
    /// Some 292 years at most: what would be longer is that long.
    fn from(length: Duration) -> Span {
        Span(i64::try_from(length.as_nanos()).unwrap_or(i64::MAX))
    }
}

impl From<TimeDelta> for Span {
    /// Some 292 years at most, to either side: what would be longer is that long.
    fn from(length: TimeDelta) -> Span {
        let end = if length < TimeDelta::zero() { i64::MIN } else { i64::MAX };
        Span(length.num_nanoseconds().unwrap_or(end))
    }
}

impl From<Span> for TimeDelta {
    fn from(length: Span) -> TimeDelta {
        TimeDelta::nanoseconds(length.0)
    }
}

impl TryFrom<Span> for Duration {
    type Error = TryFromIntError;

    /// # Errors
    ///
    /// A [`TryFromIntError`] where the span is negative.
    fn try_from(length: Span) -> Result<Duration, TryFromIntError> {
        length.0.try_into().map(Duration::from_nanos)
    }
}

/// A length of time in whole nanoseconds, up to some 292 years: what would be longer is that long.
///
/// ```
/// use std::time::Duration;
/// use tallyfold_core::{Span, Timestamp};
///
/// let open: Timestamp = "2026-01-05T09:00:00Z".parse()?;
/// assert_eq!((open + Span::hours(24)).to_string(), "2026-01-06T09:00:00Z");
/// assert_eq!(Duration::try_from(Span::minutes(5))?, Duration::from_secs(300));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(i64);

impl Span {
    /// The smallest length that is told apart.
    pub(crate) const NANOSECOND: Span = Span(1);

    /// So many nanoseconds.
    #[must_use]
    pub const fn from_nanos(nanos: i64) -> Span {
        Span(nanos)
    }

    /// So many minutes.
    #[must_use]
    pub const fn minutes(minutes: u32) -> Span {
        Span((minutes as i64).saturating_mul(NANOS_PER_MINUTE))
    }

    /// So many hours.
    #[must_use]
    pub const fn hours(hours: u32) -> Span {
        Span((hours as i64).saturating_mul(NANOS_PER_HOUR))
    }

    /// So many times 24 hours.
    #[must_use]
    pub const fn days(days: u32) -> Span {
        Span((days as i64).saturating_mul(NANOS_PER_DAY))
    }

    /// The length in nanoseconds.
    #[must_use]
    pub const fn nanos(self) -> i64 {
        self.0
    }
}

impl Add<Span> for Timestamp {
    type Output = Timestamp;
    fn add(self, span: Span) -> Timestamp {
        Timestamp(self.0.saturating_add(span.0))
    }
}

impl Sub<Span> for Timestamp {
    type Output = Timestamp;
    fn sub(self, span: Span) -> Timestamp {
        Timestamp(self.0.saturating_sub(span.0))
    }
}

impl Sub for Timestamp {
    type Output = Span;
    fn sub(self, earlier: Timestamp) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_read_with_any_offset_and_written_in_utc() {
        for (text, written) in [
            ("2026-01-05T09:00:00Z", "2026-01-05T09:00:00Z"),
            ("2026-01-05t10:00:00.250+01:00", "2026-01-05T09:00:00.250Z"),
            ("2026-01-05T09:00:00.0000001z", "2026-01-05T09:00:00.000000100Z"),
            ("2026-01-05T09:00:00.12345Z", "2026-01-05T09:00:00.123450Z"),
            ("1700-01-01T00:30:00+00:30", "1700-01-01T00:00:00Z"),
            ("2199-12-31T23:59:59.999999999Z", "2199-12-31T23:59:59.999999999Z"),
            ("2200-01-01T23:58:59+23:59", "2199-12-31T23:59:59Z"),
            ("2024-02-29T00:00:00-00:00", "2024-02-29T00:00:00Z"),
        ] {
            assert_eq!(text.parse::<Timestamp>().unwrap().to_string(), written, "{text}");
        }
    }

    #[test]
    fn what_is_not_an_instant_is_refused_with_its_reason() {
        for (text, error) in [
            ("2026-01-05 09:00:00Z", TimestampError::Syntax),
            ("2026-01-05T09:00:00", TimestampError::Syntax),
            ("2026-01-05T09:00Z", TimestampError::Syntax),
            ("2026-01-05T09:00:00.Z", TimestampError::Syntax),
            ("2026-01-05T09:00:00+0100", TimestampError::Syntax),
            ("2026-01-05T09:00:00Zx", TimestampError::Syntax),
            ("2026-01-05T09:00:0:Z", TimestampError::Syntax),
            ("2026-01-05Txx:00:00Z", TimestampError::Syntax),
            ("2026-02-30T00:00:00Z", TimestampError::NoSuchTime),
            ("2026-01-01T24:00:00Z", TimestampError::NoSuchTime),
            ("2026-01-01T00:60:00Z", TimestampError::NoSuchTime),
            ("2026-01-01T00:00:60Z", TimestampError::NoSuchTime),
            ("2026-01-01T00:00:00+24:00", TimestampError::NoSuchTime),
            ("2026-01-01T00:00:00.1234567890Z", TimestampError::TooPrecise),
            ("1699-12-31T23:59:59Z", TimestampError::OutOfRange),
            ("2200-01-01T00:00:00Z", TimestampError::OutOfRange),
            ("2199-12-31T23:30:00-01:00", TimestampError::OutOfRange),
            ("9999-12-31T23:59:59Z", TimestampError::OutOfRange),
        ] {
            assert_eq!(text.parse::<Timestamp>(), Err(error), "{text}");
        }
        let error = serde_json::from_str::<Timestamp>("7").unwrap_err().to_string();
        assert!(error.contains("expected an RFC 3339 instant"), "{error}");
    }

    #[test]
    fn a_grid_reaches_over_all_centuries() {
        let (day, nanosecond) = (Span::hours(24), Span::NANOSECOND);
        let last = Timestamp::LATEST.floor_to_grid(Timestamp::EARLIEST, day);
        assert_eq!(last.to_string(), "2199-12-31T00:00:00Z");
        assert_eq!((last - nanosecond).floor_to_grid(Timestamp::EARLIEST, day), last - day);
        assert_eq!(last.floor_to_grid(last, day), last);
        assert_eq!(Span::days(u32::MAX), Span::from_nanos(i64::MAX));
    }

    #[test]
    fn the_bounds_are_the_years_they_claim() {
        assert_eq!(Timestamp::EARLIEST.to_string(), "1700-01-01T00:00:00Z");
        assert_eq!(Timestamp::LATEST.to_string(), "2199-12-31T23:59:59.999999999Z");
    }
}
