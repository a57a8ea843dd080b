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

pub use crate::packs::MovementKind;
use crate::period::Period;
use crate::ratio::{MONTH_TEN_THOUSANDTHS, Permille, Tenths, portion};
use crate::runout::run_out;
use crate::usage::{Access, AccountUsage, Cell, Usage};

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
    /// Charges for results in the period.
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

/// A cell of an account, with the account's place.
type Placed<'a> = (usize, &'a AccountUsage, &'a Cell);

/// Days of use of one product, by person.
type DaysByUser = BTreeMap<(usize, u32), BTreeSet<NaiveDate>>;

impl Usage {
    /// `token summary`.
    #[must_use]
    pub fn token_summary(&self, period: Period, facts: &Facts) -> TokenSummary {
        let cells: Vec<_> = self.token_cells(period).collect();
        let tokens_used: Tokens = cells.iter().map(|(.., cell)| cell.used()).sum();
        let packs = || self.accounts().flat_map(|(_, account)| account.packs.usable());
        let available: Tokens = packs().map(|(_, pack)| pack.available).sum();
        let used_active: Tokens = packs().map(|(_, pack)| pack.burned).sum();
        let holding = || packs().filter(|(_, pack)| !pack.available.is_zero());
        let expiring = |days| {
            let until = facts.as_of + Span::days(days);
            let soon = holding().filter(|(_, pack)| pack.expires_at <= until);
            soon.map(|(_, pack)| pack.available).sum()
        };
        let events = || self.accounts().flat_map(|(_, account)| account.events_in(period));
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
            days_of_use: days_of_use(&cells),
            results: results(&cells),
            products_used: distinct(cells.iter().map(|(_, it, c)| it.products.name(c.key.product))),
            users: users(&cells),
            monthly_average: portion(tokens_used, MONTH_TEN_THOUSANDTHS, period.days() * 10_000),
            refunded: cells.iter().map(|(.., cell)| cell.refunded).sum(),
            expired: events().map(|it| it.expired).sum(),
            denied_opens: events().map(|it| it.denied_opens).sum(),
            locked_out: events().map(|it| it.locked_out).sum(),
            unpaid: events().map(|it| it.unpaid).sum(),
            run_out: run_out(left, tokens_used, period.days(), facts.as_of)
                .map(|at| self.time_zone().day(at)),
        }
    }

    /// `token by-day`.
    #[must_use]
    pub fn token_by_day(&self, period: Period) -> Vec<DayRow> {
        let mut by_day: BTreeMap<NaiveDate, Vec<Placed<'_>>> = BTreeMap::new();
        for placed in self.token_cells(period) {
            by_day.entry(placed.2.key.day).or_default().push(placed);
        }
        for (_, account) in self.accounts() {
            account.days.range(period.from()..period.to()).for_each(|(day, _)| {
                by_day.entry(*day).or_default();
            });
        }
        let row = |(date, cells): (NaiveDate, Vec<Placed<'_>>)| DayRow {
            date,
            tokens_used: cells.iter().map(|(.., cell)| cell.used()).sum(),
            days_of_use: days_of_use(&cells),
            users: users(&cells),
            balance_end: self.balance_at_end_of(date),
        };
        by_day.into_iter().map(row).collect()
    }

    fn balance_at_end_of(&self, day: NaiveDate) -> Tokens {
        let balance = |account: &AccountUsage| {
            let until_then = account.days.range(..=day).rev();
            until_then.filter_map(|(_, events)| events.balance_end).next()
        };
        self.accounts().filter_map(|(_, account)| balance(account)).sum()
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
        let all: Tokens = self.token_cells(period).map(|(.., cell)| cell.used()).sum();
        let by_product = by_product(self.token_cells(period));
        let mut rows: Vec<_> = by_product
            .into_iter()
            .map(|(product, cells)| product_row(product, &cells, all, period, facts))
            .collect();
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
                let covered = |cell: &&Cell| cell.key.access == Access::Seat(number);
                let products: BTreeSet<&str> = account
                    .cells_in(period)
                    .filter(covered)
                    .map(|cell| account.products.name(cell.key.product))
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
        let seats = |placed: &Placed<'_>| matches!(placed.2.key.access, Access::Seat(_));
        let by_product = by_product(self.cells(period).filter(seats));
        let row = |(product, cells): (&str, Vec<Placed<'_>>)| SeatProductRow {
            product: product.to_owned(),
            users: users(&cells),
            days_of_use: days_of_use(&cells),
            histogram: histogram(&days_by_user(&cells), period),
        };
        by_product.into_iter().map(row).collect()
    }

    /// Every cell that belongs to a period.
    pub(crate) fn cells(&self, period: Period) -> impl Iterator<Item = Placed<'_>> {
        self.accounts().enumerate().flat_map(move |(place, (_, account))| {
            account.cells_in(period).map(move |cell| (place, account, cell))
        })
    }

    /// Every cell that tokens paid for.
    pub(crate) fn token_cells(&self, period: Period) -> impl Iterator<Item = Placed<'_>> {
        self.cells(period).filter(|(.., cell)| !matches!(cell.key.access, Access::Seat(_)))
    }
}

fn product_row(
    product: &str,
    cells: &[Placed<'_>],
    all: Tokens,
    period: Period,
    facts: &Facts,
) -> ProductRow {
    let tokens_used: Tokens = cells.iter().map(|(.., cell)| cell.used()).sum();
    let days_of_use = days_of_use(cells);
    let by_user = days_by_user(cells);
    let frequent = |days: &&BTreeSet<NaiveDate>| is_frequent(days.len() as u64, period.days());
    let frequent_users = by_user.values().filter(frequent).count() as u64;
    ProductRow {
        product: product.to_owned(),
        tokens_used,
        share: Permille::of(tokens_used, all),
        users: users(cells),
        days_of_use,
        charges: cells.iter().map(|(.., cell)| u64::from(cell.charges)).sum(),
        refunded: cells.iter().map(|(.., cell)| cell.refunded).sum(),
        average_per_day_of_use: portion(tokens_used, 1, days_of_use),
        rate: facts.rates.get(product).copied(),
        occasional_users: by_user.len() as u64 - frequent_users,
        frequent_users,
        histogram: histogram(&by_user, period),
    }
}

fn by_product<'a>(cells: impl Iterator<Item = Placed<'a>>) -> BTreeMap<&'a str, Vec<Placed<'a>>> {
    let mut by_product: BTreeMap<&str, Vec<Placed<'_>>> = BTreeMap::new();
    for placed in cells {
        let product = placed.1.products.name(placed.2.key.product);
        by_product.entry(product).or_default().push(placed);
    }
    by_product
}

fn days_by_user(cells: &[Placed<'_>]) -> DaysByUser {
    let mut days = DaysByUser::new();
    for (place, _, cell) in cells.iter().filter(|(.., cell)| cell.key.access != Access::Result) {
        days.entry((*place, cell.key.user)).or_default().insert(cell.key.day);
    }
    days
}

fn histogram(by_user: &DaysByUser, period: Period) -> Histogram {
    let mut histogram = Histogram::default();
    by_user.values().for_each(|days| histogram.add(days.len() as u64, period.days()));
    histogram
}

/// Distinct (user, product, day) to which a charge other than for results belongs.
fn days_of_use(cells: &[Placed<'_>]) -> u64 {
    let windows = cells.iter().filter(|(.., cell)| cell.key.access != Access::Result);
    distinct(windows.map(|(place, _, cell)| (place, cell.key.user, cell.key.product, cell.key.day)))
}

fn results(cells: &[Placed<'_>]) -> u64 {
    let results = cells.iter().filter(|(.., cell)| cell.key.access == Access::Result);
    results.map(|(.., cell)| u64::from(cell.charges)).sum()
}

fn users(cells: &[Placed<'_>]) -> u64 {
    distinct(cells.iter().map(|(place, _, cell)| (place, cell.key.user)))
}

fn distinct<T: Ord>(values: impl Iterator<Item = T>) -> u64 {
    let mut values: Vec<_> = values.collect();
    values.sort_unstable();
    values.dedup();
    values.len() as u64
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
