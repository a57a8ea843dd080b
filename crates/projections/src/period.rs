//! Periods `[from, to)` of whole days in the report's time zone (`docs/reports.md`, Definitions).

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, Days, Months, NaiveDate, Weekday};
use serde::Serialize;

/// A period of whole days, the end excluded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Period {
    from: NaiveDate,
    to: NaiveDate,
}

impl Period {
    /// The period `[from, to)`; `None` where it holds no day.
    #[must_use]
    pub fn new(from: NaiveDate, to: NaiveDate) -> Option<Period> {
        (from < to).then_some(Period { from, to })
    }

    /// One day; the last day of the calendar has none after it and is no period of one.
    #[must_use]
    pub fn of_day(day: NaiveDate) -> Period {
        Period { from: day, to: day.succ_opt().unwrap_or(day) }
    }

    /// Its first day.
    #[must_use]
    pub const fn from(self) -> NaiveDate {
        self.from
    }

    /// The first day after it.
    #[must_use]
    pub const fn to(self) -> NaiveDate {
        self.to
    }

    /// How many days it has.
    #[must_use]
    pub fn days(self) -> u64 {
        self.to.signed_duration_since(self.from).num_days().unsigned_abs()
    }

    /// Whether a day lies in it.
    #[must_use]
    pub fn holds(self, day: NaiveDate) -> bool {
        self.from <= day && day < self.to
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.from, self.to)
    }
}

impl Serialize for Period {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A period as a person names it, which may depend on the as-of day.
///
/// ```
/// use tallyfold_projections::PeriodSpec;
///
/// let as_of = "2026-03-10".parse()?;
/// let quarter: PeriodSpec = "2026-Q1".parse()?;
/// assert_eq!(quarter.resolve(as_of).to_string(), "2026-01-01..2026-04-01");
/// let rolling: PeriodSpec = "past-30-days".parse()?;
/// assert_eq!(rolling.resolve(as_of).to_string(), "2026-02-09..2026-03-11");
/// let months: PeriodSpec = "past-3-months".parse()?;
/// assert_eq!(months.resolve(as_of).to_string(), "2025-12-01..2026-03-01");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeriodSpec {
    /// The same days whatever the as-of.
    Fixed(Period),
    /// So many days, the as-of day the last of them.
    PastDays(u32),
    /// So many completed calendar months, the current one left out.
    PastMonths(u32),
}

/// A text that names no period.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no period; a period is a day (2026-01-05), an ISO week (2026-W02), a month \
     (2026-01), a quarter (2026-Q1), a year (2026), a range with its end excluded \
     (2026-01-05..2026-02-01), past-30-days, or past-3-months, past-6-months, past-9-months, \
     past-12-months"
)]
pub struct PeriodError(String);

impl FromStr for PeriodSpec {
    type Err = PeriodError;

    fn from_str(text: &str) -> Result<PeriodSpec, PeriodError> {
        match text {
            "past-30-days" => return Ok(PeriodSpec::PastDays(30)),
            "past-3-months" => return Ok(PeriodSpec::PastMonths(3)),
            "past-6-months" => return Ok(PeriodSpec::PastMonths(6)),
            "past-9-months" => return Ok(PeriodSpec::PastMonths(9)),
            "past-12-months" => return Ok(PeriodSpec::PastMonths(12)),
            _ => {}
        }
        let range = |(from, to)| Period::new(date(from)?, date(to)?);
        let period = text.split_once("..").map_or_else(|| named(text), range);
        period.map(PeriodSpec::Fixed).ok_or_else(|| PeriodError(text.to_owned()))
    }
}

impl PeriodSpec {
    /// The days that are meant when it is `as_of`.
    #[must_use]
    pub fn resolve(self, as_of: NaiveDate) -> Period {
        let months_back = |date: NaiveDate, months| date.checked_sub_months(Months::new(months));
        let resolved = match self {
            PeriodSpec::Fixed(period) => Some(period),
            PeriodSpec::PastDays(days) => {
                let to = as_of.succ_opt();
                to.and_then(|to| Period::new(to.checked_sub_days(Days::new(days.into()))?, to))
            }
            PeriodSpec::PastMonths(months) => {
                let to = as_of.with_day(1);
                to.and_then(|to| Period::new(months_back(to, months)?, to))
            }
        };
        resolved.unwrap_or(Period { from: as_of, to: as_of })
    }
}

/// `2026-01-05`, with all its digits.
fn date(text: &str) -> Option<NaiveDate> {
    if text.len() == 10 { text.parse().ok() } else { None }
}

/// A day, ISO week, month, quarter or year.
fn named(text: &str) -> Option<Period> {
    if let Some(day) = date(text) {
        return Period::new(day, day.succ_opt()?);
    }
    let (year, part) = text.split_once('-').unwrap_or((text, ""));
    let digits = |text: &str, length| {
        let all_digits = text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
        if all_digits { text.parse::<u32>().ok() } else { None }
    };
    let year = i32::try_from(digits(year, 4)?).ok()?;
    let months = |first, months| {
        let from = NaiveDate::from_ymd_opt(year, first, 1)?;
        Period::new(from, from.checked_add_months(Months::new(months))?)
    };
    if part.is_empty() {
        (text.len() == 4).then(|| months(1, 12)).flatten()
    } else if let Some(week) = part.strip_prefix('W') {
        let from = NaiveDate::from_isoywd_opt(year, digits(week, 2)?, Weekday::Mon)?;
        Period::new(from, from.checked_add_days(Days::new(7))?)
    } else if let Some(quarter) = part.strip_prefix('Q') {
        let quarter = digits(quarter, 1).filter(|quarter| (1..=4).contains(quarter))?;
        months(quarter * 3 - 2, 3)
    } else {
        months(digits(part, 2)?, 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(text: &str) -> String {
        let spec: PeriodSpec = text.parse().unwrap();
        spec.resolve("2026-03-31".parse().unwrap()).to_string()
    }

    #[test]
    fn periods_are_read_as_the_definitions_say() {
        for (text, period) in [
            ("2026-01-05", "2026-01-05..2026-01-06"),
            ("2026-W01", "2025-12-29..2026-01-05"),
            ("2026-W53", "2026-12-28..2027-01-04"),
            ("2026-02", "2026-02-01..2026-03-01"),
            ("2026-Q4", "2026-10-01..2027-01-01"),
            ("2024", "2024-01-01..2025-01-01"),
            ("2026-01-05..2026-02-01", "2026-01-05..2026-02-01"),
            ("past-30-days", "2026-03-02..2026-04-01"),
            ("past-3-months", "2025-12-01..2026-03-01"),
            ("past-6-months", "2025-09-01..2026-03-01"),
            ("past-9-months", "2025-06-01..2026-03-01"),
            ("past-12-months", "2025-03-01..2026-03-01"),
        ] {
            assert_eq!(resolved(text), period, "{text}");
        }
    }

    #[test]
    fn what_is_no_period_says_what_would_be_right() {
        for text in [
            "",
            "26",
            "2026-",
            "2026-13",
            "2026-00",
            "2026-1",
            "2026-Q5",
            "2026-W54",
            "2026-02-30",
            "2026-02-01..2026-02-01",
            "2026-02-02..2026-02-01",
            "past-5-months",
            "+026",
            "2026-W1",
        ] {
            let error = text.parse::<PeriodSpec>().unwrap_err().to_string();
            assert!(error.contains("2026-W02"), "{error}");
        }
    }
}
