//! The period of a report: `[from, to)` in dates.

use chrono::{Datelike, Months, NaiveDate, TimeDelta, Weekday};

use super::calendar::{day_after, day_before};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Period {
    pub from: NaiveDate,
    /// The first day that is not in it any more.
    pub to: NaiveDate,
}

impl Period {
    pub(crate) fn holds(self, date: NaiveDate) -> bool {
        self.from <= date && date < self.to
    }

    pub(crate) fn days(self) -> i64 {
        (self.to - self.from).num_days().max(0)
    }

    pub(crate) fn dates(self) -> impl Iterator<Item = NaiveDate> {
        self.from.iter_days().take_while(move |date| *date < self.to)
    }

    /// The period that a text means, as of a day. The whole history where it is left out.
    ///
    /// `first_observed` is the first observed day of any account reported, where there is one.
    pub(crate) fn meant(
        text: Option<&str>,
        as_of: NaiveDate,
        first_observed: Option<NaiveDate>,
    ) -> Period {
        let (first, after) = (first_observed.unwrap_or(as_of), day_after(as_of));
        let Some(text) = text else {
            return Period { from: first, to: after };
        };
        if let Some((from, to)) = text.split_once("..") {
            // Where what is left out would lie on the wrong side, the period is empty.
            return match (from.is_empty(), to.is_empty()) {
                (false, false) => Period { from: calendar(from).from, to: calendar(to).from },
                (false, true) => {
                    let from = calendar(from).from;
                    Period { from, to: after.max(from) }
                }
                (true, false) => {
                    let to = calendar(to).from;
                    Period { from: first.min(to), to }
                }
                (true, true) => Period { from: first, to: after },
            };
        }
        let this_month = as_of.with_day(1).unwrap();
        match text.split('-').collect::<Vec<_>>()[..] {
            ["past", days, "days"] => {
                let days = TimeDelta::days(days.parse().unwrap());
                Period { from: after - days, to: after }
            }
            ["past", months, "months"] => {
                Period { from: before(this_month, months), to: this_month }
            }
            // A month that has no such day gives its last one.
            ["rolling", months, "months"] => {
                Period { from: day_after(before(as_of, months)), to: after }
            }
            ["this", "month"] => Period { from: this_month, to: this_month + Months::new(1) },
            ["last", "month"] => Period { from: before(this_month, "1"), to: this_month },
            _ => calendar(text),
        }
    }
}

/// So many months before a day, or the last day of that month.
fn before(day: NaiveDate, months: &str) -> NaiveDate {
    day - Months::new(months.parse().unwrap())
}

/// A day, ISO week, month, quarter or year.
fn calendar(text: &str) -> Period {
    let number = |text: &str| text.parse::<u32>().unwrap();
    let months = |year: &str, month: u32, count: u32| {
        let from = NaiveDate::from_ymd_opt(year.parse().unwrap(), month, 1).unwrap();
        Period { from, to: from + Months::new(count) }
    };
    match text.split('-').collect::<Vec<_>>()[..] {
        [year] => months(year, 1, 12),
        [year, part] => match (part.strip_prefix('Q'), part.strip_prefix('W')) {
            (Some(quarter), _) => months(year, 3 * number(quarter) - 2, 3),
            (_, Some(week)) => {
                let year = year.parse().unwrap();
                let from = NaiveDate::from_isoywd_opt(year, number(week), Weekday::Mon).unwrap();
                Period { from, to: from + TimeDelta::days(7) }
            }
            _ => months(year, number(part), 1),
        },
        _ => {
            let from = text.parse().unwrap();
            Period { from, to: day_after(from) }
        }
    }
}

/// "The calendar months that lie whole in" a span of days, and how many other days it has.
pub(crate) fn whole_months(span: Period) -> (i64, i64) {
    let (mut months, mut other_days) = (0, 0);
    for date in span.dates() {
        let first = date.with_day(1).unwrap();
        let last = day_before(first + Months::new(1));
        if span.holds(first) && span.holds(last) {
            months += i64::from(date == first);
        } else {
            other_days += 1;
        }
    }
    (months, other_days)
}

#[test]
fn periods_are_those_that_their_words_mean() {
    let meant = |text: &str| {
        let [as_of, first] = ["2026-03-31", "2025-11-05"].map(|it| it.parse().unwrap());
        let period = Period::meant(Some(text).filter(|it| !it.is_empty()), as_of, Some(first));
        format!("{}..{}", period.from, period.to)
    };
    for (text, period) in [
        ("", "2025-11-05..2026-04-01"),
        ("2026-01-05", "2026-01-05..2026-01-06"),
        ("2026-W01", "2025-12-29..2026-01-05"),
        ("2026-W53", "2026-12-28..2027-01-04"),
        ("2024-02", "2024-02-01..2024-03-01"),
        ("2026-Q4", "2026-10-01..2027-01-01"),
        ("2026", "2026-01-01..2027-01-01"),
        ("2026-01..2026-03", "2026-01-01..2026-03-01"),
        ("2026-W02..2027", "2026-01-05..2027-01-01"),
        ("2026-01-05..", "2026-01-05..2026-04-01"),
        ("..2026", "2025-11-05..2026-01-01"),
        ("2027..", "2027-01-01..2027-01-01"),
        ("..2025", "2025-01-01..2025-01-01"),
        ("past-1-days", "2026-03-31..2026-04-01"),
        ("past-90-days", "2026-01-01..2026-04-01"),
        ("past-1-months", "2026-02-01..2026-03-01"),
        ("past-3-months", "2025-12-01..2026-03-01"),
        ("rolling-1-months", "2026-03-01..2026-04-01"),
        ("rolling-3-months", "2026-01-01..2026-04-01"),
        ("rolling-12-months", "2025-04-01..2026-04-01"),
        ("this-month", "2026-03-01..2026-04-01"),
        ("last-month", "2026-02-01..2026-03-01"),
    ] {
        assert_eq!(meant(text), period, "{text}");
    }
    let of = |from: &str, to: &str| {
        whole_months(Period { from: from.parse().unwrap(), to: to.parse().unwrap() })
    };
    assert_eq!(of("2026-01-01", "2026-01-31"), (0, 30));
    assert_eq!(of("2026-01-15", "2026-03-02"), (1, 18));
    assert_eq!(of("2026-02-01", "2026-03-01"), (1, 0));
}
