//! Time zones, which say what day it is.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, NaiveDate, Offset, TimeZone as _};
use tallyfold_core::Instant;

/// A time zone of the IANA database, which says what day it is.
///
/// The database is part of the program, so that a day is the same day on every machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TimeZone(chrono_tz::Tz);

impl TimeZone {
    /// UTC, the default.
    pub const UTC: TimeZone = TimeZone(chrono_tz::Tz::UTC);

    /// The day of an instant.
    #[must_use]
    pub fn day(self, at: Instant) -> NaiveDate {
        let utc = DateTime::from_timestamp_nanos(at.unix_nanos()).naive_utc();
        (utc + self.0.offset_from_utc_datetime(&utc).fix()).date()
    }
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
