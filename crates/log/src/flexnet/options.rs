//! What the importer is told before it starts.

use std::fmt;
use std::num::NonZeroU16;
use std::str::FromStr;

use chrono::NaiveDate;
use tallyfold_core::{Name, PackTokens};

use super::feature::ProductNames;
use super::tables::Rates;

/// What the importer is told before it starts.
#[derive(Clone, Debug)]
pub struct Options {
    /// The account that every session goes to.
    pub account: Name<'static>,
    /// Rates to publish at the first event's instant.
    pub rates: Rates,
    /// The size of a pack, named `imported`, to buy at that instant.
    pub pack: Option<PackTokens>,
    /// Names of features, besides the built-in ones.
    pub products: ProductNames,
    /// What a user is called.
    pub user_naming: UserNaming,
    /// How often a held connection is a heartbeat.
    pub heartbeat_hours: NonZeroU16,
    /// How far the server's clock is ahead of UTC.
    pub utc_offset: UtcOffset,
    /// The date of the first line, for a log that begins without one.
    pub start_date: Option<NaiveDate>,
}

impl Options {
    /// No rates, no pack, users by login and host, heartbeats every 6 hours, times in UTC.
    #[must_use]
    pub fn new(account: Name<'static>) -> Options {
        const SIX: NonZeroU16 = NonZeroU16::MIN.saturating_add(5);
        Options {
            account,
            rates: Rates::default(),
            pack: None,
            products: ProductNames::default(),
            user_naming: UserNaming::default(),
            heartbeat_hours: SIX,
            utc_offset: UtcOffset::UTC,
            start_date: None,
        }
    }
}

/// What a user is called in the events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum UserNaming {
    /// `login@host`: logins may be shared by many people, as in a classroom.
    #[default]
    LoginAtHost,
    /// The login: one user on two hosts is one user.
    Login,
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
