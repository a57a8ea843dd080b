//! What a period shows of an account: its observed part, and what may be said from so much of it.

use std::fmt;

use tallyfold_core::Tokens;

use crate::period::Period;
use crate::ratio::Exact;
use crate::row::words;

/// With fewer observed days nothing is said of a month (`docs/reports.md`, What was observed).
const DAYS_FOR_A_MONTH: u64 = 28;
/// With fewer observed days nothing is said of an average day.
const DAYS_FOR_A_DAY: u64 = 7;
/// A month of 30.4375 days is 487 sixteenths of a day.
const MONTH: u64 = 487;
const DAY: u64 = 16;

/// The part of a period in which an account was observed: from the first day on which something
/// was applied to it through the day of the as-of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Observed {
    part: Period,
    period: Period,
}

/// How often somebody uses a product.
///
/// Exhaustive: reports.md names them all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Fewer than 7.5 days of use a month, so at most 7: tokens are for them.
    Occasional,
    /// 7.5 or more, so 8: a subscription is for them.
    Frequent,
    /// Too little was observed to tell.
    Unknown,
}

words!(Class { Occasional = "occasional", Frequent = "frequent", Unknown = "unknown" });

impl Observed {
    /// The part of `period` that lies in the history of an account.
    pub(crate) fn of(period: Period, history: Option<Period>) -> Observed {
        let nothing = Period::up_to(period.from(), period.from());
        Observed { part: history.map_or(nothing, |history| history.within(period)), period }
    }

    /// The observed days.
    #[must_use]
    pub const fn part(self) -> Period {
        self.part
    }

    /// How many days were observed.
    #[must_use]
    pub fn day_count(self) -> u64 {
        self.part.day_count()
    }

    /// Whether all of the period was observed.
    #[must_use]
    pub fn is_whole(self) -> bool {
        self.part == self.period
    }

    fn tells_a_month(self) -> bool {
        self.day_count() >= DAYS_FOR_A_MONTH
    }

    /// The calendar months that lie whole in the observed part, and its other days; in sixteenths
    /// of a day. At least one month.
    fn months(self) -> u128 {
        let (months, days) = self.part.whole_months();
        (months * MONTH + days * DAY).max(MONTH).into()
    }

    /// So many of something, as so many a month. `None` where too little was observed.
    pub(crate) fn a_month(self, of: Exact) -> Option<Exact> {
        self.tells_a_month().then(|| of.times(MONTH.into()).over(self.months()))
    }

    /// So many of something, as so many a day. `None` where too little was observed.
    pub(crate) fn a_day(self, of: Exact) -> Option<Exact> {
        (self.day_count() >= DAYS_FOR_A_DAY).then(|| of.over(self.day_count().into()))
    }

    /// An amount as an average month.
    pub(crate) fn monthly_average(self, amount: Tokens) -> Option<Tokens> {
        self.a_month(Exact::micros(amount)).map(Exact::tokens)
    }

    /// Days of use as days a month; the days themselves where too little was observed.
    pub(crate) fn days_per_month(self, days_of_use: u64) -> Exact {
        let days = Exact::of(days_of_use.into(), 1);
        self.a_month(days).unwrap_or(days)
    }

    /// How often so many days of use are; nothing is said of none.
    pub(crate) fn class(self, days_of_use: u64) -> Option<Class> {
        let is_frequent = match self.tells_a_month() {
            true => self.days_per_month(days_of_use).compare(Exact::of(15, 2)).is_ge(),
            false => days_of_use >= 8,
        };
        match days_of_use {
            0 => None,
            _ if is_frequent => Some(Class::Frequent),
            _ if self.tells_a_month() => Some(Class::Occasional),
            _ => Some(Class::Unknown),
        }
    }
}

impl fmt::Display for Observed {
    /// `2026-01-01..2026-02-01, 31 of 365 days`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.day_count() {
            0 => write!(f, "nothing, 0 of {} days", self.period.day_count()),
            days => write!(f, "{}, {days} of {} days", self.part, self.period.day_count()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn observed(from: &str, to: &str) -> Observed {
        let part = Period::up_to(from.parse().unwrap(), to.parse().unwrap());
        Observed::of(part, Some(part))
    }

    #[test]
    fn seven_days_are_occasional_and_eight_frequent_in_any_month() {
        for month in 1..=12 {
            let next = if month < 12 { (2026, month + 1) } else { (2027, 1) };
            let month =
                observed(&format!("2026-{month:02}-01"), &format!("{}-{:02}-01", next.0, next.1));
            assert_eq!(month.class(7), Some(Class::Occasional));
            assert_eq!(month.class(8), Some(Class::Frequent));
            assert_eq!(month.class(0), None);
        }
    }

    #[test]
    fn nothing_is_extrapolated_from_fewer_than_28_days() {
        let (less, enough) =
            (observed("2026-01-05", "2026-02-01"), observed("2026-01-05", "2026-02-02"));
        assert_eq!((less.day_count(), enough.day_count()), (27, 28));
        assert_eq!(
            [7, 8].map(|days| less.class(days)),
            [Some(Class::Unknown), Some(Class::Frequent)]
        );
        assert_eq!(
            [7, 8].map(|days| enough.class(days)),
            [Some(Class::Occasional), Some(Class::Frequent)]
        );
        let amount = Tokens::whole(70);
        assert_eq!(less.monthly_average(amount), None);
        // 28 days count as a whole month.
        assert_eq!(enough.monthly_average(amount), Some(amount));
        assert!(observed("2026-01-01", "2026-01-07").a_day(Exact::ZERO).is_none());
        assert!(observed("2026-01-01", "2026-01-08").a_day(Exact::ZERO).is_some());
    }

    /// Two whole months and 16 days are 2 and 256/487 months: 19 days of use are more than 7.5 a
    /// month there, 18 fewer.
    #[test]
    fn the_boundary_is_that_of_the_unrounded_number() {
        let part = observed("2026-01-01", "2026-03-17");
        let shown = |days| crate::Tenths::from(part.days_per_month(days)).to_string();
        assert_eq!((shown(18), part.class(18)), ("7.1".to_owned(), Some(Class::Occasional)));
        assert_eq!((shown(19), part.class(19)), ("7.5".to_owned(), Some(Class::Frequent)));
        // 14.9 days in two months would be shown as 7.5 and are fewer.
        let long = observed("2025-12-01", "2026-12-31");
        let (months, days) = long.part.whole_months();
        assert_eq!((months, days), (12, 30));
        assert_eq!(
            (shown_of(long, 97), long.class(97)),
            ("7.5".to_owned(), Some(Class::Occasional))
        );
        assert_eq!(long.class(98), Some(Class::Frequent));
    }

    fn shown_of(part: Observed, days: u64) -> String {
        crate::Tenths::from(part.days_per_month(days)).to_string()
    }

    #[test]
    fn what_is_not_whole_is_said() {
        let year = Period::up_to("2026-01-01".parse().unwrap(), "2027-01-01".parse().unwrap());
        let part = Period::up_to("2025-12-10".parse().unwrap(), "2026-02-01".parse().unwrap());
        let observed = Observed::of(year, Some(part));
        assert_eq!(observed.to_string(), "2026-01-01..2026-02-01, 31 of 365 days");
        assert!(!observed.is_whole());
        assert_eq!(Observed::of(year, None).to_string(), "nothing, 0 of 365 days");
    }
}
