//! The reports of a usage: which days, as of when, and each account with its observed part.

use chrono::NaiveDate;
use tallyfold_core::Timestamp;

use crate::cells::Cell;
use crate::facts::Facts;
use crate::observed::Observed;
use crate::period::{Period, PeriodSpec};
use crate::tally::Tally;
use crate::usage::{AccountUsage, Usage};
use crate::zone::LocalInstant;

/// Every report of a period, as of an instant. Nothing is pooled: each row names its account and
/// is about that account alone; rows are in byte order of account.
#[derive(Clone, Debug)]
pub struct Reports<'a> {
    pub(crate) usage: &'a Usage,
    pub(crate) facts: &'a Facts,
    pub(crate) period: Period,
    /// The day of the as-of.
    pub(crate) today: NaiveDate,
    accounts: Vec<ReportedAccount<'a>>,
}

/// An account that is reported.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ReportedAccount<'a> {
    pub(crate) name: &'a str,
    pub(crate) usage: &'a AccountUsage,
    pub(crate) observed: Observed,
    pub(crate) period: Period,
}

impl Usage {
    /// The reports of a period.
    #[must_use]
    pub fn reports<'a>(&'a self, period: PeriodSpec, facts: &'a Facts) -> Reports<'a> {
        let today = self.time_zone().day(facts.as_of);
        let period = period.resolve(today, self.first_day());
        let end = today.succ_opt().unwrap_or(today);
        let account = |(name, usage): (&'a str, &'a AccountUsage)| {
            let history = usage.first_day().map(|first| Period::up_to(first, end));
            ReportedAccount { name, usage, observed: Observed::of(period, history), period }
        };
        let accounts = self.accounts().map(account).collect();
        Reports { usage: self, facts, period, today, accounts }
    }
}

impl<'a> Reports<'a> {
    /// The day of the as-of.
    #[must_use]
    pub const fn today(&self) -> NaiveDate {
        self.today
    }

    /// The days that are reported.
    #[must_use]
    pub const fn period(&self) -> Period {
        self.period
    }

    /// The accounts that are reported, each with the part of the period in which it was observed.
    pub fn observed(&self) -> impl Iterator<Item = (&'a str, Observed)> + '_ {
        self.accounts.iter().map(|account| (account.name, account.observed))
    }

    /// An instant, as it is written in the report's time zone.
    pub(crate) fn local(&self, at: Timestamp) -> LocalInstant {
        self.usage.time_zone().local(at)
    }

    pub(crate) fn accounts(&self) -> impl Iterator<Item = &ReportedAccount<'a>> {
        self.accounts.iter()
    }
}

impl<'a> ReportedAccount<'a> {
    /// The cells of the period.
    pub(crate) fn cells(&self) -> impl Iterator<Item = &'a Cell> + use<'a> {
        let period = self.period;
        self.usage.cells.iter().filter(move |cell| period.holds(cell.day))
    }

    /// The cells of the period that tokens paid for.
    pub(crate) fn token_cells(&self) -> impl Iterator<Item = &'a Cell> + use<'a> {
        self.cells().filter(|cell| !cell.is_covered())
    }

    /// The cells of the period that a seat covered.
    pub(crate) fn seat_cells(&self) -> impl Iterator<Item = &'a Cell> + use<'a> {
        self.cells().filter(|cell| cell.is_covered())
    }

    /// Cells added up.
    pub(crate) fn tally(&self, cells: impl Iterator<Item = &'a Cell>) -> Tally {
        let mut tally = Tally::default();
        let charged = cells.filter(|cell| cell.charges > 0);
        charged.for_each(|cell| tally.add(self.usage.uses.get(cell.usage), cell));
        tally
    }

    /// Cells added up by a key, in order of the key.
    pub(crate) fn tallies<K: Ord>(
        &self,
        cells: impl Iterator<Item = &'a Cell>,
        key: impl Fn(&'a Cell) -> K,
    ) -> Vec<(K, Tally)> {
        let mut cells: Vec<_> = cells.filter(|cell| cell.charges > 0).collect();
        cells.sort_by_cached_key(|cell| key(cell));
        let groups = cells.chunk_by(|one, next| key(one) == key(next));
        let tally =
            |cells: &[&'a Cell]| Some((key(cells.first()?), self.tally(cells.iter().copied())));
        groups.filter_map(tally).collect()
    }
}
