//! `advice`: who should be on tokens, and who on a subscription.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use tallyfold_core::{Timestamp, Tokens};

use super::by_user::UserProduct;
use super::{AccessKind, AccessNow, Pass};
use crate::money::Money;
use crate::observed::Class;
use crate::ratio::{Exact, Tenths};
use crate::reports::{ReportedAccount, Reports};
use crate::row::row;

row! {
    "advice" =>
    /// `advice`: an account, a user and a product, or a collection whose price is compared once.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct AdviceRow {
        /// The account.
        pub account: String,
        /// The user.
        pub user: String,
        /// The product, or the collection.
        pub product: String,
        /// Whether it is a collection.
        pub collection: bool,
        /// Days of use as days a month, whatever paid; absent for a collection.
        pub days_per_month: Option<Tenths>,
        /// How often that is; absent for who only had results, and for a collection.
        pub class: Option<Class>,
        /// What a new open at the as-of would be paid with.
        pub access_now: AccessNow,
        /// Tokens used in the period; absent for a collection.
        pub tokens_used: Option<Tokens> => summed,
        /// The access that is recommended, where one is.
        pub recommended: Option<AccessKind>,
        /// What the use costs a month when it is paid with tokens, at the rate in force.
        pub tokens_a_month: Option<Tokens> => average,
        /// From how many days a month on a subscription is cheaper; where prices are given.
        pub break_even_days: Option<Tenths>,
        /// What following the advice saves a month; where prices are given.
        pub saved_a_month: Option<Money> => average,
    }
}

/// What tokens and subscriptions cost.
#[derive(Clone, Debug, Default)]
pub struct Prices {
    /// One token.
    pub token: Option<Money>,
    /// A subscription for an offering (a product or a collection), a month.
    pub subscription_a_month: BTreeMap<String, Money>,
}

impl Prices {
    /// Whether there are any.
    #[must_use]
    pub fn are_given(&self) -> bool {
        self.token.is_some() || !self.subscription_a_month.is_empty()
    }
}

/// What a seat and the tokens in place of it cost a month.
#[derive(Clone, Copy)]
pub(super) struct Compared {
    seat: Exact,
    flex: Exact,
}

impl Compared {
    /// Only where both are known. `tokens` are micro-tokens a month.
    pub(super) fn of(
        seat: Option<Money>,
        token: Option<Money>,
        tokens: Option<Exact>,
    ) -> Option<Compared> {
        let flex = tokens?.times(token?.micros()).over(1_000_000);
        Some(Compared { seat: Exact::of(seat?.micros(), 1), flex })
    }

    /// The cheaper of the two; where they are equal what they have, and flex where they have
    /// neither.
    pub(super) fn cheaper(self, now: AccessNow) -> AccessKind {
        match self.flex.compare(self.seat) {
            Ordering::Less => AccessKind::Flex,
            Ordering::Greater => AccessKind::Seat,
            Ordering::Equal => now.kind().unwrap_or(AccessKind::Flex),
        }
    }

    /// What the cheaper one saves who has the other.
    pub(super) fn saved(self, now: AccessNow) -> Option<Money> {
        let saved = match (now.kind()?, self.cheaper(now)) {
            (AccessKind::Flex, AccessKind::Seat) => self.flex.minus(self.seat),
            (AccessKind::Seat, AccessKind::Flex) => self.seat.minus(self.flex),
            _ => Exact::ZERO,
        };
        Some(Money::from_micros(saved.rounded()))
    }
}

/// A row with its tokens a month unrounded, so that those of a collection add up.
pub(super) struct Advised {
    pub(super) row: AdviceRow,
    pub(super) tokens_a_month: Option<Exact>,
}

impl<'a> Reports<'a> {
    /// `advice`; the rows of collections come after those of a user's products.
    #[must_use]
    pub fn advice(&self, _: Pass, prices: &Prices) -> Vec<AdviceRow> {
        self.accounts().flat_map(|account| self.advice_for(account, prices)).collect()
    }

    fn advice_for(&self, account: &ReportedAccount<'a>, prices: &Prices) -> Vec<AdviceRow> {
        let holders = account.usage.seats.by_holder();
        let groups = self.by_user(account, account.cells());
        let mut rows = Vec::new();
        for of_user in groups.chunk_by(|one, next| one.user == next.user) {
            let held = of_user.first().and_then(|it| holders.get(&it.usage.user));
            let held = HeldOfferings { seats: held.map_or(&[], Vec::as_slice), account: *account };
            let products: Vec<_> =
                of_user.iter().map(|it| self.advise(it, &held, prices)).collect();
            let collections = self.advise_on_collections(&products, &held, prices);
            rows.extend(products.into_iter().map(|it| it.row));
            rows.extend(collections);
        }
        rows
    }

    fn advise(&self, it: &UserProduct<'_>, held: &HeldOfferings<'_>, prices: &Prices) -> Advised {
        let (class, product) = (it.class(), it.product);
        let rate = self.facts.rate_per_day(product);
        let access_now = self.access_now(it, held, rate.is_some());
        let tokens_a_month = rate.and_then(|rate| a_month_at(it, rate));
        let seat_price = prices.subscription_a_month.get(product).copied();
        let compared = Compared::of(seat_price, prices.token, tokens_a_month);
        let by_class = match class {
            Some(Class::Occasional) => rate.map(|_| AccessKind::Flex),
            Some(Class::Frequent) => Some(AccessKind::Seat),
            Some(Class::Unknown) | None => None,
        };
        let row = AdviceRow {
            account: it.account.name.to_owned(),
            user: it.user.to_owned(),
            product: product.to_owned(),
            collection: false,
            days_per_month: Some(it.days_per_month().into()),
            class,
            access_now,
            tokens_used: Some(it.tokens_used()),
            recommended: compared.map(|it| it.cheaper(access_now)).or(by_class),
            tokens_a_month: tokens_a_month.map(Exact::tokens),
            break_even_days: break_even(seat_price, prices.token, rate),
            saved_a_month: compared.and_then(|it| it.saved(access_now)),
        };
        Advised { row, tokens_a_month }
    }

    /// What a new open at the as-of would be paid with (W1), however many tokens there are.
    fn access_now(
        &self,
        it: &UserProduct<'_>,
        held: &HeldOfferings<'_>,
        has_rate: bool,
    ) -> AccessNow {
        let (access, user) = (&it.account.usage.access, it.usage.user);
        let is_covered =
            held.in_term(self.facts.as_of).any(|offering| self.facts.offers(offering, it.product));
        let is_open = access.allows(user, self.facts.assignment) && access.opens(user, it.product);
        match (is_covered, is_open && has_rate) {
            (true, _) => AccessNow::Seat,
            (false, true) => AccessNow::Flex,
            (false, false) => AccessNow::None,
        }
    }
}

/// The seats that a user holds.
pub(super) struct HeldOfferings<'a> {
    seats: &'a [(u32, Timestamp)],
    account: ReportedAccount<'a>,
}

impl HeldOfferings<'_> {
    /// The offerings of the subscriptions whose term holds an instant.
    pub(super) fn in_term(&self, at: Timestamp) -> impl Iterator<Item = &str> {
        let seats = self.seats.iter().map(|(number, _)| self.account.usage.seats.get(*number));
        seats.filter(move |it| it.term.holds(at)).map(|it| &*it.offering)
    }
}

/// Days per month at a rate per day, in micro-tokens. `None` where too little was observed, or
/// there is no day of use.
fn a_month_at(it: &UserProduct<'_>, rate: Tokens) -> Option<Exact> {
    let days = Exact::of(it.days_of_use().into(), 1);
    it.class()?;
    Some(it.account.observed.a_month(days)?.times(rate.micros().unsigned_abs()))
}

/// How many days at the rate cost what a subscription does.
fn break_even(seat: Option<Money>, token: Option<Money>, rate: Option<Tokens>) -> Option<Tenths> {
    let a_day = rate?.micros().unsigned_abs().saturating_mul(token?.micros());
    (a_day > 0).then_some(Exact::of(seat?.micros(), 1).times(1_000_000).over(a_day).into())
}
