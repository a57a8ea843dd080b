//! Standard reports: usage without names. No type in this module can hold a user.
//!
//! ```compile_fail,E0609
//! fn user_of(row: &tallyfold_projections::standard::ProductRow) -> &str {
//!     &row.user // with `product` in place of `user` it compiles
//! }
//! ```

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::Serialize;
use tallyfold_core::{Instant, Level, Span, Tokens};

use crate::cells::{Access, Cell};
pub use crate::packs::MovementKind;
use crate::period::Period;
use crate::ratio::{MONTH_TEN_THOUSANDTHS, Permille, Tenths, portion};
use crate::runout::run_out;
use crate::tally::{Counted, Tally};
use crate::usage::Usage;

/// How far back pack movements are shown (`docs/reports.md`, token events).
const EVENTS_DAYS: u32 = 90;

/// What a report needs to know that the journal does not say.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The instant of the report.
    pub as_of: Instant,
    /// The rates in force then, in tokens a day or a result, by product.
    pub rates: BTreeMap<String, Tokens>,
    /// The worst level of the balances (N2); `None` before the first pack.
    pub level: Option<Level>,
}

/// `token summary`: one row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TokenSummary {
    /// What is left in usable packs.
    pub tokens_available: Tokens,
    /// What was used of packs that have not expired, net of refunds.
    pub tokens_used_active: Tokens,
    /// The two added.
    pub tokens_total: Tokens,
    /// How full the usable packs are (N2).
    pub level: Option<Level>,
    /// When the next usable pack expires that holds tokens.
    pub next_expiry: Option<Instant>,
    /// What expires within 30 days if it is not used.
    pub expiring_30: Tokens,
    /// What expires within 60 days.
    pub expiring_60: Tokens,
    /// What expires within 90 days.
    pub expiring_90: Tokens,
    /// Tokens used in the period.
    pub tokens_used: Tokens,
    /// Days of use in the period, paid with tokens.
    pub days_of_use: u64,
    /// How many results were charged in the period.
    pub results: u64,
    /// Products used with tokens in the period.
    pub products_used: u64,
    /// How many people used tokens in the period.
    pub users: u64,
    /// Tokens used, as an average month.
    pub monthly_average: Tokens,
    /// What was given back of the period's charges.
    pub refunded: Tokens,
    /// What expired in the period.
    pub expired: Tokens,
    /// Opens that were denied in the period.
    pub denied_opens: u64,
    /// Sessions that were locked out in the period.
    pub locked_out: u64,
    /// Closes whose window stayed unpaid in the period.
    pub unpaid: u64,
    /// The day on which the tokens run out at the period's average daily use; absent if they
    /// expire before, or are not used.
    pub run_out: Option<NaiveDate>,
}

/// `token by-day`: a row for each day of the period on which anything happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DayRow {
    /// The day.
    pub date: NaiveDate,
    /// Tokens used.
    pub tokens_used: Tokens,
    /// Days of use, paid with tokens.
    pub days_of_use: u64,
    /// How many people used tokens.
    pub users: u64,
    /// What was available at the end of the day.
    pub balance_end: Tokens,
}

/// `token events`: a movement of a pack other than by charges.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MovementRow {
    /// The account.
    pub account: String,
    /// When.
    pub at: Instant,
    /// Which pack.
    pub pack: String,
    /// What happened to it.
    pub movement: MovementKind,
    /// How much came in, or went out where negative.
    pub tokens: Tokens,
    /// What was left in all packs of the account then.
    pub balance_after: Tokens,
}

/// `token by-product`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProductRow {
    /// The product.
    pub product: String,
    /// Tokens used.
    pub tokens_used: Tokens,
    /// Its part of all tokens used, in thousandths.
    pub share: Permille,
    /// How many people used it with tokens.
    pub users: u64,
    /// Days of use, paid with tokens.
    pub days_of_use: u64,
    /// Charges, refunded ones included.
    pub charges: u64,
    /// What was given back.
    pub refunded: Tokens,
    /// Tokens used for each day of use.
    pub average_per_day_of_use: Tokens,
    /// The rate in force at the as-of.
    pub rate: Option<Tokens>,
    /// How many of the users used it at most 7 days a month.
    pub occasional_users: u64,
    /// How many used it 8 or more.
    pub frequent_users: u64,
    /// How many of the users used it so many days a month.
    #[serde(flatten)]
    pub histogram: Histogram,
}

/// How many users there are by days of use a month, rounded to whole days.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Histogram {
    /// Up to 1 day.
    pub days_1: u64,
    /// 2 or 3 days.
    pub days_2_3: u64,
    /// 4 to 7 days.
    pub days_4_7: u64,
    /// 8 to 15 days.
    pub days_8_15: u64,
    /// 16 days or more.
    pub days_16: u64,
}

/// `seat summary`: a subscription.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SeatSummaryRow {
    /// The account.
    pub account: String,
    /// The subscription.
    pub subscription: String,
    /// What it is for.
    pub offering: String,
    /// How many seats it has.
    pub seats: u64,
    /// How many of them are held.
    pub assigned: u64,
    /// How many are free.
    pub unassigned: u64,
    /// When it starts.
    pub starts: Instant,
    /// When it ends.
    pub ends: Instant,
    /// The products that it covered in the period.
    pub products_in_use: Vec<String>,
}

/// `seat summary`: all subscriptions together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SeatTotals {
    /// How many subscriptions there are.
    pub subscriptions: u64,
    /// How many seats they have.
    pub seats: u64,
    /// How many of them are held.
    pub assigned: u64,
    /// How many are free.
    pub unassigned: u64,
    /// The products that they covered in the period.
    pub products_in_use: u64,
}

impl SeatTotals {
    /// The totals of these rows.
    #[must_use]
    pub fn of(rows: &[SeatSummaryRow]) -> SeatTotals {
        SeatTotals {
            subscriptions: rows.len() as u64,
            seats: rows.iter().map(|row| row.seats).sum(),
            assigned: rows.iter().map(|row| row.assigned).sum(),
            unassigned: rows.iter().map(|row| row.unassigned).sum(),
            products_in_use: distinct(rows.iter().flat_map(|row| &row.products_in_use)),
        }
    }
}

/// `seat by-product`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SeatProductRow {
    /// The product.
    pub product: String,
    /// How many people used it by a seat.
    pub users: u64,
    /// Days of use covered by a seat.
    pub days_of_use: u64,
    /// How many of the users used it so many days a month.
    #[serde(flatten)]
    pub histogram: Histogram,
}

/// Whether days a month, to the one decimal that is shown, are not below 7.5.
pub(crate) fn is_frequent(days_of_use: u64, days_in_period: u64) -> bool {
    Tenths::days_per_month(days_of_use, days_in_period) >= Tenths::of(15, 2)
}

impl Histogram {
    fn of(days_by_user: &[u64], period: Period) -> Histogram {
        let mut histogram = Histogram::default();
        days_by_user.iter().for_each(|days| histogram.add(*days, period.days()));
        histogram
    }

    fn add(&mut self, days_of_use: u64, days_in_period: u64) {
        let shown = Tenths::days_per_month(days_of_use, days_in_period);
        *match (shown.tenths() + 5) / 10 {
            0 | 1 => &mut self.days_1,
            2..=3 => &mut self.days_2_3,
            4..=7 => &mut self.days_4_7,
            8..=15 => &mut self.days_8_15,
            _ => &mut self.days_16,
        } += 1;
    }
}

impl Usage {
    /// `token summary`.
    #[must_use]
    pub fn token_summary(&self, period: Period, facts: &Facts) -> TokenSummary {
        let mut tally = Tally::default();
        let mut products = BTreeSet::new();
        for (account, cell) in self.token_cells(period) {
            tally.add(account, self.product(cell), cell);
            products.insert(self.product(cell));
        }
        let counted = tally.count();
        let tokens_used = tally.tokens_used;
        let packs = || self.accounts().flat_map(|(_, account)| account.packs.usable());
        let available: Tokens = packs().map(|(_, pack)| pack.available).sum();
        let used_active: Tokens = packs().map(|(_, pack)| pack.burned).sum();
        let holding = || packs().filter(|(_, pack)| !pack.available.is_zero());
        let expiring = |days| {
            let until = facts.as_of + Span::days(days);
            let soon = holding().filter(|(_, pack)| pack.expires_at <= until);
            soon.map(|(_, pack)| pack.available).sum()
        };
        let days = || self.accounts().flat_map(|(_, account)| account.days_in(period));
        let left: Vec<_> = holding().map(|(_, pack)| (pack.expires_at, pack.available)).collect();
        TokenSummary {
            tokens_available: available,
            tokens_used_active: used_active,
            tokens_total: available + used_active,
            level: facts.level,
            next_expiry: holding().map(|(_, pack)| pack.expires_at).min(),
            expiring_30: expiring(30),
            expiring_60: expiring(60),
            expiring_90: expiring(90),
            tokens_used,
            days_of_use: counted.days_of_use,
            results: days().map(|it| it.results).sum(),
            products_used: products.len() as u64,
            users: counted.users,
            monthly_average: portion(tokens_used, MONTH_TEN_THOUSANDTHS, period.days() * 10_000),
            refunded: tally.refunded,
            expired: days().map(|it| it.expired).sum(),
            denied_opens: days().map(|it| u64::from(it.denied_opens)).sum(),
            locked_out: days().map(|it| u64::from(it.locked_out)).sum(),
            unpaid: days().map(|it| u64::from(it.unpaid)).sum(),
            run_out: run_out(left, tokens_used, period.days(), facts.as_of)
                .map(|at| self.time_zone().day(at)),
        }
    }

    /// `token by-day`.
    #[must_use]
    pub fn token_by_day(&self, period: Period) -> Vec<DayRow> {
        let mut by_day: BTreeMap<NaiveDate, Tally> = BTreeMap::new();
        for (_, account) in self.accounts() {
            by_day.extend(account.days_in(period).map(|it| (it.day, Tally::default())));
        }
        for (account, cell) in self.token_cells(period) {
            by_day.entry(cell.day).or_default().add(account, self.product(cell), cell);
        }
        let row = |(date, mut tally): (NaiveDate, Tally)| {
            let Counted { users, days_of_use, .. } = tally.count();
            let balances = self.accounts().map(|(_, account)| account.days.balance_at_end_of(date));
            let (tokens_used, balance_end) = (tally.tokens_used, balances.sum());
            DayRow { date, tokens_used, days_of_use, users, balance_end }
        };
        by_day.into_iter().map(row).collect()
    }

    /// `token events`: the last 90 days before the as-of.
    #[must_use]
    pub fn token_events(&self, facts: &Facts) -> Vec<MovementRow> {
        let since = facts.as_of - Span::days(EVENTS_DAYS);
        let movements = self.accounts().flat_map(|(name, account)| {
            let recent = account.packs.movements.iter().filter(move |it| since <= it.at);
            recent.map(move |movement| MovementRow {
                account: name.to_owned(),
                at: movement.at,
                pack: account.packs.name(movement.pack).to_owned(),
                movement: movement.kind,
                tokens: movement.tokens,
                balance_after: movement.balance_after,
            })
        });
        let mut rows: Vec<_> = movements.collect();
        rows.sort_by_key(|row| row.at);
        rows
    }

    /// `token by-product`, most tokens first.
    #[must_use]
    pub fn token_by_product(&self, period: Period, facts: &Facts) -> Vec<ProductRow> {
        let by_product = self.by_product(period, |cell| !cell.is_covered());
        let all: Tokens = by_product.values().map(|tally| tally.tokens_used).sum();
        let row = |(product, tally)| product_row(product, tally, all, period, facts);
        let mut rows: Vec<_> = by_product.into_iter().map(row).collect();
        rows.sort_by(|one, other| {
            other.tokens_used.cmp(&one.tokens_used).then_with(|| one.product.cmp(&other.product))
        });
        rows
    }

    /// `seat summary`.
    #[must_use]
    pub fn seat_summary(&self, period: Period) -> Vec<SeatSummaryRow> {
        let mut rows = Vec::new();
        for (name, account) in self.accounts() {
            for (number, it) in (0..).zip(&account.seats.list) {
                let covered = |cell: &&Cell| cell.access() == Access::Seat(number);
                let products: BTreeSet<&str> = account
                    .cells_in(period)
                    .filter(covered)
                    .map(|cell| self.product_name(self.product(cell)))
                    .collect();
                let assigned = it.held_by.len() as u64;
                rows.push(SeatSummaryRow {
                    account: name.to_owned(),
                    subscription: account.seats.name(number).to_owned(),
                    offering: it.offering.to_string(),
                    seats: it.seats.into(),
                    assigned,
                    unassigned: u64::from(it.seats) - assigned,
                    starts: it.starts,
                    ends: it.ends,
                    products_in_use: products.into_iter().map(str::to_owned).collect(),
                });
            }
        }
        rows
    }

    /// `seat by-product`.
    #[must_use]
    pub fn seat_by_product(&self, period: Period) -> Vec<SeatProductRow> {
        let row = |(product, mut tally): (&str, Tally)| {
            let counted = tally.count();
            SeatProductRow {
                product: product.to_owned(),
                users: counted.users,
                days_of_use: counted.days_of_use,
                histogram: Histogram::of(&counted.days_by_user, period),
            }
        };
        self.by_product(period, Cell::is_covered).into_iter().map(row).collect()
    }

    /// The wanted cells of a period, added up by product.
    fn by_product(&self, period: Period, wanted: impl Fn(&Cell) -> bool) -> BTreeMap<&str, Tally> {
        let mut by_product: BTreeMap<u32, Tally> = BTreeMap::new();
        for (account, cell) in self.cells(period).filter(|(_, cell)| wanted(cell)) {
            let product = self.product(cell);
            by_product.entry(product).or_default().add(account, product, cell);
        }
        by_product.into_iter().map(|(it, tally)| (self.product_name(it), tally)).collect()
    }

    /// Every cell that belongs to a period, with the place of its account among all.
    pub(crate) fn cells(&self, period: Period) -> impl Iterator<Item = (u32, &Cell)> {
        (0..).zip(self.accounts()).flat_map(move |(place, (_, account))| {
            account.cells_in(period).map(move |cell| (place, cell))
        })
    }

    /// Every cell that tokens paid for.
    pub(crate) fn token_cells(&self, period: Period) -> impl Iterator<Item = (u32, &Cell)> {
        self.cells(period).filter(|(_, cell)| !cell.is_covered())
    }
}

fn product_row(
    product: &str,
    mut tally: Tally,
    all: Tokens,
    period: Period,
    facts: &Facts,
) -> ProductRow {
    let Counted { users, days_of_use, days_by_user } = tally.count();
    let frequent = |days: &&u64| is_frequent(**days, period.days());
    let frequent_users = days_by_user.iter().filter(frequent).count() as u64;
    ProductRow {
        product: product.to_owned(),
        tokens_used: tally.tokens_used,
        share: Permille::of(tally.tokens_used, all),
        users,
        days_of_use,
        charges: tally.charges,
        refunded: tally.refunded,
        average_per_day_of_use: portion(tally.tokens_used, 1, days_of_use),
        rate: facts.rates.get(product).copied(),
        occasional_users: days_by_user.len() as u64 - frequent_users,
        frequent_users,
        histogram: Histogram::of(&days_by_user, period),
    }
}

fn distinct<T: Ord>(values: impl Iterator<Item = T>) -> u64 {
    values.collect::<BTreeSet<_>>().len() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_a_month_are_classed_as_they_are_shown() {
        // 7.4847 days a month are shown as 7.5, and 7.5 is not below 7.5.
        assert_eq!(Tenths::days_per_month(15, 61).to_string(), "7.5");
        assert!(is_frequent(15, 61) && !is_frequent(14, 61));
        let mut histogram = Histogram::default();
        [0, 1, 3, 14, 15, 31, 32].iter().for_each(|days| histogram.add(*days, 61));
        let Histogram { days_1, days_2_3, days_4_7, days_8_15, days_16 } = histogram;
        // 0.0, 0.5, 1.5, 7.0, 7.5, 15.5 and 16.0 days.
        assert_eq!([days_1, days_2_3, days_4_7, days_8_15, days_16], [2, 1, 1, 1, 2]);
    }
}
