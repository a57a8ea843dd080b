//! Seat reports without names.

use std::collections::{BTreeMap, BTreeSet};

use super::{Histogram, SeatProductRow, SeatSummaryRow, SeatTotals, UserClasses};
use crate::cells::Access;
use crate::reports::{ReportedAccount, Reports};
use crate::tally::{Counted, Tally};

/// The products that each subscription covered, by their names.
type InUse<'a> = BTreeMap<u32, BTreeSet<&'a str>>;

impl Reports<'_> {
    /// `seat summary`: the subscriptions of each account, in order of purchase.
    #[must_use]
    pub fn seat_summary(&self) -> Vec<SeatSummaryRow> {
        self.accounts().flat_map(|account| self.subscriptions_of(account)).collect()
    }

    fn subscriptions_of(&self, account: &ReportedAccount<'_>) -> Vec<SeatSummaryRow> {
        let mut in_use = self.in_use(account);
        let seats = &account.usage.seats;
        let row = |(number, it): (u32, &crate::seats::Subscription)| {
            let assigned = it.held_by.len() as u64;
            let products = in_use.remove(&number).unwrap_or_default();
            SeatSummaryRow {
                account: account.name.to_owned(),
                subscription: seats.name(number).to_owned(),
                offering: it.offering.to_string(),
                seats: it.seats.into(),
                assigned,
                unassigned: u64::from(it.seats).saturating_sub(assigned),
                starts: self.local(it.term.starts()),
                ends: self.local(it.term.ends()),
                products_in_use: products.into_iter().map(str::to_owned).collect(),
            }
        };
        seats.iter().map(row).collect()
    }

    /// The totals of `seat summary`: the subscriptions of each account whose term holds the as-of.
    #[must_use]
    pub fn seat_totals(&self) -> Vec<SeatTotals> {
        self.accounts().map(|account| self.seat_totals_of(account)).collect()
    }

    fn seat_totals_of(&self, account: &ReportedAccount<'_>) -> SeatTotals {
        let in_use = self.in_use(account);
        let mut products: BTreeSet<&str> = BTreeSet::new();
        let mut totals = SeatTotals { account: account.name.to_owned(), ..SeatTotals::default() };
        let subscriptions = account.usage.seats.iter();
        for (number, it) in subscriptions.filter(|(_, it)| it.term.holds(self.facts.as_of)) {
            totals.subscriptions += 1;
            totals.seats += u64::from(it.seats);
            totals.assigned += it.held_by.len() as u64;
            products.extend(in_use.get(&number).into_iter().flatten());
        }
        totals.unassigned = totals.seats.saturating_sub(totals.assigned);
        totals.products_in_use = products.into_iter().map(str::to_owned).collect();
        totals
    }

    fn in_use<'a>(&'a self, account: &ReportedAccount<'a>) -> InUse<'a> {
        let mut in_use = InUse::new();
        for cell in account.seat_cells().filter(|cell| cell.charges > 0) {
            if let Access::Seat(number) = cell.access() {
                let product = self.usage.product_name(self.usage.product(cell));
                in_use.entry(number).or_default().insert(product);
            }
        }
        in_use
    }

    /// `seat by-product`.
    #[must_use]
    pub fn seat_by_product(&self) -> Vec<SeatProductRow> {
        self.accounts().flat_map(|account| self.seat_products_of(account)).collect()
    }

    fn seat_products_of(&self, account: &ReportedAccount<'_>) -> Vec<SeatProductRow> {
        let name = |cell| self.usage.product_name(self.usage.product(cell));
        let row = |(product, mut tally): (&str, Tally)| {
            let Counted { users, days_of_use, days_by_user, .. } = tally.count();
            SeatProductRow {
                account: account.name.to_owned(),
                product: product.to_owned(),
                users,
                days_of_use,
                classes: UserClasses::of(&days_by_user, account.observed),
                histogram: Histogram::of(&days_by_user, account.observed),
            }
        };
        account.tallies(account.seat_cells(), name).into_iter().map(row).collect()
    }
}
