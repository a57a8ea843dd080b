//! Token reports without names.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use tallyfold_core::{Span, Tokens};

use super::{DayRow, Histogram, MovementRow, ProductRow, TokenSummary, UserClasses, VersionRow};
use crate::days::Day;
use crate::packs::{Movement, PackUsage};
use crate::ratio::{Exact, Permille};
use crate::reports::{ReportedAccount, Reports};
use crate::runout::{PackLeft, RunOut, run_out};
use crate::tally::{Counted, Tally};

impl Reports<'_> {
    /// `token summary`.
    #[must_use]
    pub fn token_summary(&self) -> Vec<TokenSummary> {
        self.accounts().map(|account| self.token_summary_of(account)).collect()
    }

    fn token_summary_of(&self, account: &ReportedAccount<'_>) -> TokenSummary {
        let as_of = self.facts.as_of;
        let mut tally = account.tally(account.token_cells());
        let counted = tally.count();
        let packs = account.usage.packs.usable_at(as_of);
        let available: Tokens = packs.iter().map(|pack| pack.available).sum();
        let used_active: Tokens = packs.iter().map(|pack| pack.burned).sum();
        let holding = || packs.iter().copied().filter(|pack| !pack.available.is_zero());
        let expiring = |days| {
            let until = as_of + Span::days(days);
            let soon = holding().filter(|pack| pack.expires_at <= until);
            soon.map(|pack| pack.available).sum()
        };
        let next_expiry = holding().map(|pack| pack.expires_at).min();
        let days = account.usage.days.during(self.period);
        let count = |of: fn(&Day) -> u64| days.iter().map(of).sum();
        let outlook = self.outlook(account, holding(), tally.tokens_used);
        TokenSummary {
            account: account.name.to_owned(),
            tokens_available: available,
            tokens_used_active: used_active,
            tokens_total: available + used_active,
            level: self.facts.levels.get(account.name).copied(),
            next_expiry: next_expiry.map(|at| self.local(at)),
            expiring_30: expiring(30),
            expiring_60: expiring(60),
            expiring_90: expiring(90),
            tokens_used: tally.tokens_used,
            days_of_use: counted.days_of_use,
            results: count(|day| day.results),
            products_used: counted.products,
            users: counted.users,
            monthly_average: account.observed.monthly_average(tally.tokens_used),
            refunded: tally.refunded,
            expired: days.iter().map(|day| day.expired).sum(),
            denied_opens: count(|day| day.denied_opens),
            denied_results: count(|day| day.denied_results),
            locked_out: count(|day| day.locked_out),
            unpaid: count(|day| day.unpaid),
            run_out: outlook.and_then(RunOut::day),
            expires_unused: outlook.and_then(RunOut::unused),
        }
    }

    /// What becomes of packs at the average daily use; `None` where there is no average.
    fn outlook<'p>(
        &self,
        account: &ReportedAccount<'_>,
        packs: impl Iterator<Item = &'p PackUsage>,
        used: Tokens,
    ) -> Option<RunOut> {
        account.observed.a_day(Exact::micros(used))?;
        let left = |pack: &PackUsage| PackLeft {
            last_day: self.last_day_of(pack),
            available: pack.available,
        };
        let packs: Vec<_> = packs.map(left).collect();
        Some(run_out(&packs, used, account.observed.day_count(), self.today))
    }

    /// The last day that begins before a pack expires.
    fn last_day_of(&self, pack: &PackUsage) -> NaiveDate {
        self.usage.time_zone().day(pack.expires_at - Span::from_nanos(1))
    }

    /// `token by-day`: every day of the observed part.
    #[must_use]
    pub fn token_by_day(&self) -> Vec<DayRow> {
        self.accounts().flat_map(days_of).collect()
    }

    /// `token events`, in order of time.
    #[must_use]
    pub fn token_events(&self) -> Vec<MovementRow> {
        self.accounts().flat_map(|account| self.movements_of(account)).collect()
    }

    fn movements_of(&self, account: &ReportedAccount<'_>) -> Vec<MovementRow> {
        let packs = &account.usage.packs;
        let row = |movement: &Movement| MovementRow {
            account: account.name.to_owned(),
            at: self.local(movement.at),
            pack: packs.name(movement.pack).to_owned(),
            movement: movement.kind,
            tokens: movement.tokens,
            balance_after: movement.balance_after,
        };
        let rows = packs.movements.iter().map(row);
        rows.filter(|row| self.period.holds(row.at.day())).collect()
    }

    /// `token by-product`.
    #[must_use]
    pub fn token_by_product(&self) -> Vec<ProductRow> {
        self.accounts().flat_map(|account| self.products_of(account)).collect()
    }

    fn products_of(&self, account: &ReportedAccount<'_>) -> Vec<ProductRow> {
        let name = |cell| self.usage.product_name(self.usage.product(cell));
        let by_product = account.tallies(account.token_cells(), name);
        let all = by_product.iter().map(|(_, tally)| tally.tokens_used).sum();
        let row = |(product, tally)| self.product_row(account, product, tally, all);
        by_product.into_iter().map(row).collect()
    }

    fn product_row(
        &self,
        account: &ReportedAccount<'_>,
        product: &str,
        mut tally: Tally,
        all: Tokens,
    ) -> ProductRow {
        let Counted { users, days_of_use, days_by_user, .. } = tally.count();
        let rate = self.facts.rates.get(product);
        let average = Exact::micros(tally.tokens_of_days).over(days_of_use.into());
        ProductRow {
            account: account.name.to_owned(),
            product: product.to_owned(),
            tokens_used: tally.tokens_used,
            share: Permille::of(tally.tokens_used, all),
            users,
            days_of_use,
            charges: tally.charges,
            results: tally.results,
            refunded: tally.refunded,
            average_per_day_of_use: (days_of_use > 0).then(|| average.tokens()),
            rate: rate.map(|rate| rate.tokens),
            rate_per: rate.map(|rate| rate.per),
            classes: UserClasses::of(&days_by_user, account.observed),
            histogram: Histogram::of(&days_by_user, account.observed),
        }
    }

    /// `token by-version`, by the version of the charge.
    #[must_use]
    pub fn token_by_version(&self) -> Vec<VersionRow> {
        self.accounts().flat_map(|account| self.versions_of(account)).collect()
    }

    fn versions_of(&self, account: &ReportedAccount<'_>) -> Vec<VersionRow> {
        let name = |cell| self.usage.product_name(self.usage.product(cell));
        let key = |cell| (name(cell), self.usage.version(cell));
        let row = |((product, version), mut tally): ((&str, Option<&str>), Tally)| {
            let Counted { users, days_of_use, .. } = tally.count();
            VersionRow {
                account: account.name.to_owned(),
                product: product.to_owned(),
                version: version.map(str::to_owned),
                tokens_used: tally.tokens_used,
                users,
                days_of_use,
            }
        };
        account.tallies(account.token_cells(), key).into_iter().map(row).collect()
    }
}

/// The days of an account's observed part. Where clocks were set back over midnight, a charge may
/// belong to a day beside it, which is listed too: the days add up to the tokens used.
fn days_of(account: &ReportedAccount<'_>) -> Vec<DayRow> {
    let observed = account.observed.part();
    let days = observed.from().iter_days().take_while(|day| observed.holds(*day));
    let mut by_day: BTreeMap<_, _> = days.map(|day| (day, Tally::default())).collect();
    by_day.extend(account.tallies(account.token_cells(), |cell| cell.day));
    let row = |(date, mut tally): (NaiveDate, Tally)| {
        let Counted { users, days_of_use, .. } = tally.count();
        DayRow {
            account: account.name.to_owned(),
            date,
            tokens_used: tally.tokens_used,
            days_of_use,
            users,
            balance_end: account.usage.days.balance_at_end_of(date),
        }
    };
    by_day.into_iter().map(row).collect()
}
