//! An as-of as it is written: an instant, or a date whose end is meant.

use std::str::FromStr;

use chrono::{Datelike, NaiveDate};
use tallyfold_core::Timestamp;
use tallyfold_projections::TimeZone;

/// An instant, or the end of a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AsOf {
    At(Timestamp),
    EndOf(NaiveDate),
}

impl AsOf {
    /// The instant. A date is its last nanosecond in a time zone.
    pub(crate) fn in_zone(self, zone: TimeZone) -> Timestamp {
        match self {
            AsOf::At(at) => at,
            AsOf::EndOf(date) => zone.end_of(date),
        }
    }
}

impl FromStr for AsOf {
    type Err = String;

    fn from_str(text: &str) -> Result<AsOf, String> {
        let is_date = text.len() == "2026-01-31".len();
        match text.parse::<NaiveDate>() {
            Ok(date) if is_date && (1700..2200).contains(&date.year()) => Ok(AsOf::EndOf(date)),
            Ok(_) if is_date => Err("a date is from 1700-01-01 to 2199-12-31".to_owned()),
            _ => text.parse().map(AsOf::At).map_err(|error| {
                format!("{error}; a date such as 2026-01-31 stands for its last nanosecond")
            }),
        }
    }
}

/// The same where a command has no time zone: days are those of UTC.
pub(crate) fn in_utc(text: &str) -> Result<Timestamp, String> {
    text.parse().map(|as_of: AsOf| as_of.in_zone(TimeZone::UTC))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_its_last_nanosecond() {
        assert_eq!(in_utc("2026-01-31"), Ok("2026-01-31T23:59:59.999999999Z".parse().unwrap()));
        assert_eq!(in_utc("2026-01-31T12:00:00Z"), Ok("2026-01-31T12:00:00Z".parse().unwrap()));
        for wrong in ["2026-02-30", "2026-1-31", "31.01.2026", "2026-01-31T12:00:00", "2200-01-01"]
        {
            assert!(in_utc(wrong).unwrap_err().contains("date"), "{wrong}");
        }
    }
}
