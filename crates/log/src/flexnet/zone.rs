//! The server's time zone: local time made instants.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, LocalResult, Offset, TimeZone as _};
use chrono_tz::Tz;

const HOUR: i64 = 60 * 60;
/// Daemons write side by side, so a line may be a little older than the one above it.
const JITTER_SECONDS: i64 = 60;

/// The time zone in which a server writes its log.
///
/// Exhaustive: there is no third way to name a time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ServerZone {
    /// The same distance from UTC all the year.
    Offset(UtcOffset),
    /// A zone of the IANA database, with its summer time.
    Iana(Tz),
}

impl ServerZone {
    /// No offset.
    pub const UTC: ServerZone = ServerZone::Offset(UtcOffset::UTC);

    /// Seconds from 1970 in UTC at a local time, for a line below one of the instant `before`.
    ///
    /// An hour that occurs twice is the first one until the lines go back, then the second one. An
    /// hour that is skipped is read as if clocks had not been changed yet.
    pub(super) fn utc(self, local: i64, before: Option<i64>) -> i64 {
        let zone = match self {
            ServerZone::Offset(offset) => return local - offset.seconds(),
            ServerZone::Iana(zone) => zone,
        };
        let offset = |local: i64| {
            let local = DateTime::from_timestamp(local, 0)?.naive_utc();
            let seconds = |offset: <Tz as chrono::TimeZone>::Offset| offset.fix().local_minus_utc();
            Some(zone.offset_from_local_datetime(&local).map(seconds))
        };
        match offset(local) {
            Some(LocalResult::Single(offset)) => local - i64::from(offset),
            Some(LocalResult::Ambiguous(one, other)) => {
                let (first, second) = (local - i64::from(one), local - i64::from(other));
                let (first, second) = (first.min(second), first.max(second));
                let goes_back = before.is_some_and(|before| first < before - JITTER_SECONDS);
                if goes_back { second } else { first }
            }
            Some(LocalResult::None) => {
                let earlier = (1..=48).find_map(|hours| offset(local - hours * HOUR)?.earliest());
                local - i64::from(earlier.unwrap_or(0))
            }
            None => local,
        }
    }
}

impl fmt::Display for ServerZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ServerZone::Offset(UtcOffset::UTC) => f.write_str("UTC"),
            ServerZone::Offset(offset) => write!(f, "UTC{offset}"),
            ServerZone::Iana(zone) => f.write_str(zone.name()),
        }
    }
}

/// A name that no time zone has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no time zone; a time zone has an IANA name such as Europe/Madrid or UTC")]
pub struct ServerZoneError(String);

impl FromStr for ServerZone {
    type Err = ServerZoneError;

    fn from_str(name: &str) -> Result<ServerZone, ServerZoneError> {
        name.parse().map(ServerZone::Iana).map_err(|_| ServerZoneError(name.to_owned()))
    }
}

/// How far a clock is ahead of UTC: `+02:00`, `-03:30` or `Z`, less than a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct UtcOffset {
    minutes: i16,
}

impl UtcOffset {
    /// No offset.
    pub const UTC: UtcOffset = UtcOffset { minutes: 0 };

    /// The offset in seconds.
    pub(super) fn seconds(self) -> i64 {
        i64::from(self.minutes) * 60
    }

    /// The offset of so many seconds, to the minute.
    pub(super) fn of_seconds(seconds: i32) -> UtcOffset {
        UtcOffset { minutes: i16::try_from(seconds / 60).unwrap_or(0) }
    }
}

/// A text that is no offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an offset from UTC is written +02:00, -03:30 or Z")]
pub struct UtcOffsetError;

impl FromStr for UtcOffset {
    type Err = UtcOffsetError;

    fn from_str(text: &str) -> Result<UtcOffset, UtcOffsetError> {
        let sign = match text.as_bytes() {
            [b'Z' | b'z'] => return Ok(UtcOffset::UTC),
            [b'+', _, _, b':', _, _] => 1,
            [b'-', _, _, b':', _, _] => -1,
            _ => return Err(UtcOffsetError),
        };
        let digits = text[1..].split_once(':').ok_or(UtcOffsetError)?;
        let number = |digits: &str| match digits.bytes().all(|byte| byte.is_ascii_digit()) {
            true => digits.parse::<i16>().map_err(|_| UtcOffsetError),
            false => Err(UtcOffsetError),
        };
        match (number(digits.0)?, number(digits.1)?) {
            (hours @ 0..24, minutes @ 0..60) => {
                Ok(UtcOffset { minutes: sign * (hours * 60 + minutes) })
            }
            _ => Err(UtcOffsetError),
        }
    }
}

impl fmt::Display for UtcOffset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.minutes < 0 { '-' } else { '+' };
        let minutes = self.minutes.unsigned_abs();
        write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn local(text: &str) -> i64 {
        text.parse::<chrono::NaiveDateTime>().unwrap().and_utc().timestamp()
    }

    #[test]
    fn summer_time_is_kept() {
        let madrid: ServerZone = "Europe/Madrid".parse().unwrap();
        for (written, before, utc) in [
            ("2026-07-01T12:00:00", None, "2026-07-01T10:00:00"),
            ("2026-12-01T00:30:00", None, "2026-11-30T23:30:00"),
            ("2026-10-25T02:30:00", None, "2026-10-25T00:30:00"),
            ("2026-10-25T02:30:00", Some("2026-10-25T00:30:10"), "2026-10-25T00:30:00"),
            ("2026-10-25T02:30:00", Some("2026-10-25T00:59:00"), "2026-10-25T01:30:00"),
            ("2026-03-29T02:30:00", None, "2026-03-29T01:30:00"),
        ] {
            assert_eq!(madrid.utc(local(written), before.map(local)), local(utc), "{written}");
        }
        assert!("Europe/Nowhere".parse::<ServerZone>().is_err());
    }

    #[test]
    fn offsets_are_read_and_shown() {
        for (text, shown) in
            [("+02:00", "+02:00"), ("-03:30", "-03:30"), ("Z", "+00:00"), ("-00:45", "-00:45")]
        {
            assert_eq!(text.parse::<UtcOffset>().unwrap().to_string(), shown);
        }
        for text in ["", "2", "+2:00", "+24:00", "+02:60", "+0200", "02:00", "+-1:00", "é:00"] {
            assert_eq!(text.parse::<UtcOffset>(), Err(UtcOffsetError), "{text}");
        }
    }
}
