//! `advice`: who should be on tokens, and who on a subscription.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use tallyfold_core::{Instant, Tokens};

use super::{AccessKind, Class, Pass, UserProduct};
use crate::cells::{Access, Cell};
use crate::money::Money;
use crate::period::Period;
use crate::ratio::{MONTH_TEN_THOUSANDTHS, Tenths, portion};
use crate::standard::Facts;
use crate::usage::Usage;

/// `advice`: a user and a product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AdviceRow {
    /// The account.
    pub account: String,
    /// The user.
    pub user: String,
    /// The product.
    pub product: String,
    /// Days of use as days a month, whatever paid.
    pub days_per_month: Tenths,
    /// How often that is.
    pub class: Class,
    /// What would cover the next use: a seat that the user holds at the as-of, or else tokens.
    pub access_now: AccessKind,
    /// Tokens used in the period.
    pub tokens_used: Tokens,
    /// Tokens for occasional use, a seat for frequent use.
    pub recommended: AccessKind,
    /// What the use costs a month when it is paid with tokens, at the rate in force; results as
    /// they were charged, since no seat covers them (R2).
    pub tokens_a_month: Option<Tokens>,
    /// From how many days a month on a subscription is cheaper; where prices are given.
    pub break_even_days: Option<Tenths>,
    /// What following the advice saves a month, negative where it costs more; where prices are
    /// given.
    pub saved_a_month: Option<Money>,
}

/// What tokens and subscriptions cost.
#[derive(Clone, Debug, Default)]
pub struct Prices {
    /// One token.
    pub token: Option<Money>,
    /// A subscription for a product, a month.
    pub subscription_a_month: BTreeMap<String, Money>,
}

impl Usage {
    /// `advice`, by account, user and product.
    #[must_use]
    pub fn advice(
        &self,
        _: Pass,
        period: Period,
        facts: &Facts,
        prices: &Prices,
    ) -> Vec<AdviceRow> {
        let covered = self.covered();
        let row = |it: &UserProduct<'_>| {
            let holds_seat = it.holds_seat(facts.as_of, &covered);
            let access_now = if holds_seat { AccessKind::Seat } else { AccessKind::Flex };
            advice_row(it, access_now, period, facts, prices)
        };
        let mut rows: Vec<_> = self.by_user(period, |_| true).iter().map(row).collect();
        rows.sort_by_cached_key(|row| (row.account.clone(), row.user.clone(), row.product.clone()));
        rows
    }

    /// What each subscription has covered, whenever.
    fn covered(&self) -> Covered<'_> {
        let names: Vec<&str> = self.accounts().map(|(name, _)| name).collect();
        let cells = self.days().into_iter().flat_map(|all| self.cells(all));
        let seat = |(place, cell): (u32, &Cell)| match cell.access() {
            Access::Seat(number) => Some((names[place as usize], number, self.product(cell))),
            Access::Flex | Access::Result => None,
        };
        cells.filter_map(seat).collect()
    }
}

/// Accounts, numbers of subscriptions, and numbers of products.
type Covered<'a> = BTreeSet<(&'a str, u32, u32)>;

fn advice_row(
    it: &UserProduct<'_>,
    access_now: AccessKind,
    period: Period,
    facts: &Facts,
    prices: &Prices,
) -> AdviceRow {
    let (days, product) = (it.days_of_use(), it.product());
    let class = Class::of(days, period);
    let recommended = match class {
        Class::Occasional => AccessKind::Flex,
        Class::Frequent => AccessKind::Seat,
    };
    let rate = facts.rates.get(&product).copied();
    let month = (days * MONTH_TEN_THOUSANDTHS, period.days() * 10_000);
    let for_days = rate.map(|rate| portion(rate, month.0, month.1));
    let for_results = it
        .results_tokens()
        .map(|used| portion(used, MONTH_TEN_THOUSANDTHS, period.days() * 10_000));
    let tokens_a_month =
        for_results.map(|results| results + for_days.unwrap_or_default()).or(for_days);
    let seat_price = prices.subscription_a_month.get(&product).copied();
    let flex_price = prices.token.zip(tokens_a_month).map(|(price, tokens)| price.times(tokens));
    let price_of = |access| match access {
        AccessKind::Flex => flex_price,
        AccessKind::Seat => seat_price,
    };
    let day_price = prices.token.zip(rate).map(|(price, rate)| price.times(rate));
    AdviceRow {
        account: it.account_name.to_owned(),
        user: it.user(),
        product,
        days_per_month: Tenths::days_per_month(days, period.days()),
        class,
        access_now,
        tokens_used: it.tokens_used(),
        recommended,
        tokens_a_month,
        break_even_days: seat_price.zip(day_price).and_then(|(seat, day)| seat.over(day)),
        saved_a_month: price_of(access_now)
            .zip(price_of(recommended))
            .map(|(now, then)| now - then),
    }
}

impl UserProduct<'_> {
    /// What results took, if there were any.
    fn results_tokens(&self) -> Option<Tokens> {
        let results = self.cells.iter().filter(|cell| cell.access() == Access::Result);
        results.map(|cell| cell.tokens_used()).reduce(|sum, used| sum + used)
    }

    /// Whether the user holds a seat for the product that is in term. What a collection holds the
    /// journal does not say: its seats are for what they have covered for anybody.
    fn holds_seat(&self, as_of: Instant, covered: &Covered<'_>) -> bool {
        (0..).zip(&self.account.seats.list).any(|(number, it)| {
            let is_in_term = it.starts <= as_of && as_of < it.ends;
            let is_held = is_in_term && it.held_by.contains(&self.user);
            let has_covered = || covered.contains(&(self.account_name, number, self.product));
            is_held && (*it.offering == *self.product() || has_covered())
        })
    }
}
