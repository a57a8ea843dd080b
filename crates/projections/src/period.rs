//! Periods `[from, to)` of whole days in the report's time zone (`docs/reports.md`, Which days).

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, Days, Months, NaiveDate, Weekday};
use serde::Serialize;

/// A period of whole days, the end excluded. It may hold no day.
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

    /// The period `[from, to)`, which holds no day where it would end before it begins.
    #[must_use]
    pub fn up_to(from: NaiveDate, to: NaiveDate) -> Period {
        Period { from, to: to.max(from) }
    }

    /// One day; the last day of the calendar has none after it and is no period of one.
    #[must_use]
    pub fn of_day(day: NaiveDate) -> Period {
        Period { from: day, to: after(day) }
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
    pub fn day_count(self) -> u64 {
        self.to.signed_duration_since(self.from).num_days().unsigned_abs()
    }

    /// Whether a day lies in it.
    #[must_use]
    pub fn holds(self, day: NaiveDate) -> bool {
        self.from <= day && day < self.to
    }

    /// The days that it shares with another.
    #[must_use]
    pub fn within(self, other: Period) -> Period {
        Period::up_to(self.from.max(other.from), self.to.min(other.to))
    }

    /// How many calendar months lie whole in it, and how many other days it has.
    pub(crate) fn whole_months(self) -> (u64, u64) {
        let first = first_of_month(self.from).filter(|first| *first >= self.from);
        let first = first.or_else(|| months_after(first_of_month(self.from)?, 1));
        let ends = first.zip(first_of_month(self.to)).filter(|(first, last)| first < last);
        let Some((first, last)) = ends else {
            return (0, self.day_count());
        };
        let months = (last.year() - first.year()) * 12 + last.month() as i32 - first.month() as i32;
        let within = Period { from: first, to: last }.day_count();
        (months.unsigned_abs().into(), self.day_count() - within)
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

/// A period as a person names it, which may depend on the as-of and on the history.
///
/// ```
/// use tallyfold_projections::PeriodSpec;
///
/// // As of the 10th of March, of a history that begins on the 5th of January.
/// let resolved = |text: &str| {
///     let spec: PeriodSpec = text.parse().unwrap();
///     let (as_of, first) = ("2026-03-10".parse().unwrap(), "2026-01-05".parse().unwrap());
///     spec.resolve(as_of, Some(first)).to_string()
/// };
/// assert_eq!(resolved("2026-Q1"), "2026-01-01..2026-04-01");
/// assert_eq!(resolved("2026-02.."), "2026-02-01..2026-03-11");
/// assert_eq!(resolved("..2026-02"), "2026-01-05..2026-02-01");
/// assert_eq!(resolved("past-30-days"), "2026-02-09..2026-03-11");
/// assert_eq!(resolved("past-3-months"), "2025-12-01..2026-03-01");
/// assert_eq!(resolved("rolling-1-months"), "2026-02-11..2026-03-11");
/// ```
///
/// Non-exhaustive: more ways to name a period may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PeriodSpec {
    /// From the first of a calendar form to the first of another. Left out, it begins with the
    /// first observed day, and ends with the day of the as-of.
    Range(Option<NaiveDate>, Option<NaiveDate>),
    /// So many days, the day of the as-of the last of them.
    PastDays(u32),
    /// So many completed calendar months, the current one left out.
    PastMonths(u32),
    /// So many months, the day of the as-of their last day.
    RollingMonths(u32),
    /// The calendar month of the as-of.
    ThisMonth,
}

/// A text that names no period.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no period; a period is a day (2026-01-05), an ISO week (2026-W02), a month \
     (2026-01), a quarter (2026-Q1), a year (2026), a range of them with its end excluded \
     (2026-01..2026-03) or left out (2026-01-05..), past-N-days (N up to 3660), past-N-months or \
     rolling-N-months (N up to 120), this-month or last-month"
)]
pub struct PeriodError(String);

impl FromStr for PeriodSpec {
    type Err = PeriodError;

    fn from_str(text: &str) -> Result<PeriodSpec, PeriodError> {
        let spec = relative(text).or_else(|| match text.split_once("..") {
            Some((from, to)) => range(from, to),
            None => named(text).map(|it| PeriodSpec::Range(Some(it.from), Some(it.to))),
        });
        spec.ok_or_else(|| PeriodError(text.to_owned()))
    }
}

impl PeriodSpec {
    /// The whole history: what is meant where no period is named.
    pub const HISTORY: PeriodSpec = PeriodSpec::Range(None, None);

    /// The days that are meant when it is `as_of`, of a history whose first observed day is `first`.
    #[must_use]
    pub fn resolve(self, as_of: NaiveDate, first: Option<NaiveDate>) -> Period {
        let end = after(as_of);
        let this_month = first_of_month(as_of);
        let resolved = match self {
            PeriodSpec::Range(from, to) => {
                let (first, end) = (first.unwrap_or(as_of), to.unwrap_or(end));
                // A range that would begin after its end holds no day; it is named by its given end.
                let from = from.unwrap_or(first.min(end));
                Some(Period::up_to(from, end))
            }
            PeriodSpec::PastDays(days) => {
                end.checked_sub_days(Days::new(days.into())).map(|from| Period { from, to: end })
            }
            PeriodSpec::PastMonths(months) => {
                this_month.and_then(|to| Some(Period { from: months_before(to, months)?, to }))
            }
            PeriodSpec::RollingMonths(months) => {
                months_before(as_of, months).map(|last| Period { from: after(last), to: end })
            }
            PeriodSpec::ThisMonth => {
                this_month.and_then(|from| Some(Period { from, to: months_after(from, 1)? }))
            }
        };
        resolved.unwrap_or(Period { from: as_of, to: as_of })
    }
}

/// The day after a day.
fn after(day: NaiveDate) -> NaiveDate {
    day.succ_opt().unwrap_or(day)
}

fn first_of_month(day: NaiveDate) -> Option<NaiveDate> {
    day.with_day(1)
}

fn months_after(day: NaiveDate, months: u32) -> Option<NaiveDate> {
    day.checked_add_months(Months::new(months))
}

/// The same day so many months before, or that month's last.
fn months_before(day: NaiveDate, months: u32) -> Option<NaiveDate> {
    day.checked_sub_months(Months::new(months))
}

/// A period that depends on the as-of.
fn relative(text: &str) -> Option<PeriodSpec> {
    let count = |prefix, suffix, most| {
        let digits: &str = text.strip_prefix(prefix)?.strip_suffix(suffix)?;
        let count: u32 = digits.parse().ok()?;
        let is_written_so = count.to_string() == digits;
        (is_written_so && (1..=most).contains(&count)).then_some(count)
    };
    match text {
        "this-month" => Some(PeriodSpec::ThisMonth),
        "last-month" => Some(PeriodSpec::PastMonths(1)),
        _ => None,
    }
    .or_else(|| count("past-", "-days", 3_660).map(PeriodSpec::PastDays))
    .or_else(|| count("past-", "-months", 120).map(PeriodSpec::PastMonths))
    .or_else(|| count("rolling-", "-months", 120).map(PeriodSpec::RollingMonths))
}

/// Two calendar forms, the end excluded; either may be left out.
fn range(from: &str, to: &str) -> Option<PeriodSpec> {
    let end = |text: &str| match text {
        "" => Some(None),
        _ => named(text).map(|it| Some(it.from)),
    };
    let (from, to) = (end(from)?, end(to)?);
    let is_in_order = from.zip(to).is_none_or(|(from, to)| from < to);
    is_in_order.then_some(PeriodSpec::Range(from, to))
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
        Period::new(from, months_after(from, months)?)
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

    /// As of the last of March, of a history that begins on the 20th of January.
    fn resolved(text: &str) -> String {
        let spec: PeriodSpec = text.parse().unwrap();
        let first = "2026-01-20".parse().unwrap();
        spec.resolve("2026-03-31".parse().unwrap(), Some(first)).to_string()
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
            ("2026-01..2026-03", "2026-01-01..2026-03-01"),
            ("2025..2026-W02", "2025-01-01..2026-01-05"),
            ("2026-Q1..2026-Q2", "2026-01-01..2026-04-01"),
            ("2026-02-10..", "2026-02-10..2026-04-01"),
            ("..2026-03", "2026-01-20..2026-03-01"),
            ("..", "2026-01-20..2026-04-01"),
            ("2026-05..", "2026-05-01..2026-05-01"),
            ("..2026-01", "2026-01-01..2026-01-01"),
            ("past-1-days", "2026-03-31..2026-04-01"),
            ("past-30-days", "2026-03-02..2026-04-01"),
            ("past-3660-days", "2016-03-24..2026-04-01"),
            ("past-1-months", "2026-02-01..2026-03-01"),
            ("past-3-months", "2025-12-01..2026-03-01"),
            ("past-120-months", "2016-03-01..2026-03-01"),
            ("last-month", "2026-02-01..2026-03-01"),
            ("this-month", "2026-03-01..2026-04-01"),
            // February has no 31st: from the day after its last.
            ("rolling-1-months", "2026-03-01..2026-04-01"),
            ("rolling-2-months", "2026-02-01..2026-04-01"),
            ("rolling-12-months", "2025-04-01..2026-04-01"),
        ] {
            assert_eq!(resolved(text), period, "{text}");
        }
        let as_of: NaiveDate = "2026-01-10".parse().unwrap();
        assert_eq!(PeriodSpec::RollingMonths(1).resolve(as_of, None).to_string(), {
            "2025-12-11..2026-01-11"
        });
        assert_eq!(PeriodSpec::HISTORY.resolve(as_of, None), Period::of_day(as_of));
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
            "2026-02-02..past-3-months",
            "2026-01...2026-02",
            "past-0-months",
            "past-121-months",
            "past-3661-days",
            "past-03-days",
            "past-+3-days",
            "rolling-3-days",
            "rolling-121-months",
            "+026",
            "2026-W1",
        ] {
            let error = text.parse::<PeriodSpec>().unwrap_err().to_string();
            assert!(error.contains("2026-W02"), "{error}");
        }
    }

    #[test]
    fn months_are_whole_where_all_their_days_are() {
        let of = |from: &str, to: &str| {
            Period::up_to(from.parse().unwrap(), to.parse().unwrap()).whole_months()
        };
        assert_eq!(of("2026-01-01", "2026-02-01"), (1, 0));
        assert_eq!(of("2026-01-02", "2026-02-01"), (0, 30));
        assert_eq!(of("2026-01-01", "2026-01-31"), (0, 30));
        assert_eq!(of("2026-01-15", "2026-02-10"), (0, 26));
        assert_eq!(of("2025-11-30", "2026-03-02"), (3, 2));
        assert_eq!(of("2026-01-05", "2026-01-20"), (0, 15));
        assert_eq!(of("2026-01-05", "2026-01-05"), (0, 0));
    }
}
