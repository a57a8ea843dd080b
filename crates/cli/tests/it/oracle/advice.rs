//! Advice: who should be on tokens, and who on a subscription.

use std::collections::BTreeSet;

use serde_json::Value;

use super::account::Charge;
use super::fraction::{Fraction, MICROS, amount};
use super::view::{Row, View, by_user, used};

/// What a token costs, and offerings a month; in millionths.
#[derive(Clone, Debug, Default)]
pub(crate) struct Prices {
    pub token: Option<i128>,
    pub offerings: Vec<(String, i128)>,
}

impl Prices {
    fn token(&self) -> Option<Fraction> {
        self.token.map(Fraction::amount)
    }

    fn of(&self, offering: &str) -> Option<Fraction> {
        let price = self.offerings.iter().find(|(name, _)| name == offering);
        price.map(|(_, micros)| Fraction::amount(*micros))
    }

    pub(crate) fn are_given(&self) -> bool {
        self.token.is_some() || !self.offerings.is_empty()
    }
}

/// What advice says of a user and a product, or a collection.
struct Advised {
    product: String,
    is_collection: bool,
    /// With the days per month; both absent for a collection.
    class: Option<&'static str>,
    days_per_month: Option<Fraction>,
    access_now: &'static str,
    tokens_used: Option<i128>,
    tokens_a_month: Option<Fraction>,
    break_even_days: Option<Fraction>,
    recommended: Option<&'static str>,
    saved_a_month: Option<Fraction>,
}

/// `advice`: a row a user and product, and then one for each collection that has a price.
pub(crate) fn advice(view: &View<'_>, prices: &Prices) -> Vec<Row> {
    let mut rows = Vec::new();
    let products = by_user(&view.charges());
    let users: BTreeSet<&String> = products.keys().map(|(user, _)| user).collect();
    for user in users {
        let own = products.iter().filter(|((it, _), _)| it == user);
        let advised: Vec<Advised> = own
            .map(|((_, product), charges)| of_product(view, prices, user, product, charges))
            .collect();
        let of_collections = collections(view, prices, user, &advised);
        let all = advised.iter().chain(&of_collections);
        rows.extend(all.map(|it| it.row(view, user, prices)));
    }
    rows
}

fn of_product(
    view: &View<'_>,
    prices: &Prices,
    user: &str,
    product: &str,
    charges: &[&Charge],
) -> Advised {
    let days = view.days_of_use(charges);
    let (days_per_month, class) = (view.days_per_month(days), view.class(days));
    let rate = view.catalog.rate_per_day(product).map(Fraction::amount);
    // "Absent where the product has none, the class is unknown or none, or fewer than 28 days were observed."
    let is_known = matches!(class, Some("occasional" | "frequent")) && view.is_extrapolated();
    let tokens_a_month = rate.filter(|_| is_known).map(|rate| days_per_month.times(rate));
    let access_now = access_now(view, user, product);
    let costs = Costs::new(prices, product, tokens_a_month);
    let by_class = match class {
        Some("occasional") => rate.map(|_| "flex"),
        Some("frequent") => Some("seat"),
        _ => None,
    };
    Advised {
        product: product.to_owned(),
        is_collection: false,
        class,
        days_per_month: Some(days_per_month),
        access_now,
        tokens_used: Some(used(charges)),
        tokens_a_month,
        break_even_days: break_even_days(prices, product, rate),
        recommended: costs.as_ref().map(|it| it.cheaper(access_now)).or(by_class),
        saved_a_month: costs.and_then(|it| it.saved(access_now)),
    }
}

/// "What a new open at the as-of would be paid with."
fn access_now(view: &View<'_>, user: &str, product: &str) -> &'static str {
    // S2.
    let covers =
        |offering: &str| offering == product || view.catalog.is_in_collection(product, offering);
    let mut seats = view.account.subscriptions.iter();
    if seats.any(|it| it.is_held_by(user) && it.is_in_term(view.as_of) && covers(&it.offering)) {
        return "seat";
    }
    let is_allowed = view.account.may_use_tokens(user, view.catalog)
        && view.account.is_open_to_tokens(user, product);
    if is_allowed && view.catalog.rate_per_day(product).is_some() { "flex" } else { "none" }
}

/// "The price a month / (rate per day × token price)."
fn break_even_days(prices: &Prices, product: &str, rate: Option<Fraction>) -> Option<Fraction> {
    let a_day = rate?.times(prices.token()?);
    let price = prices.of(product)?;
    (!a_day.is_zero()).then(|| price.divided_by(a_day))
}

/// A month on tokens and a month on a seat, where both are known.
struct Costs {
    flex: Fraction,
    seat: Fraction,
}

impl Costs {
    fn new(prices: &Prices, offering: &str, tokens_a_month: Option<Fraction>) -> Option<Costs> {
        let flex = tokens_a_month?.times(prices.token()?);
        Some(Costs { flex, seat: prices.of(offering)? })
    }

    /// "The cheaper of the two (equal: what they have, flex where they have neither)."
    fn cheaper(&self, access_now: &'static str) -> &'static str {
        match (self.flex.is_less_than(self.seat), self.seat.is_less_than(self.flex)) {
            (true, _) => "flex",
            (_, true) => "seat",
            _ if access_now == "seat" => "seat",
            _ => "flex",
        }
    }

    /// "Never negative, 0 where they have the cheaper access, absent for who has neither."
    fn saved(&self, access_now: &'static str) -> Option<Fraction> {
        let (now, other) = match access_now {
            "flex" => (self.flex, self.seat),
            "seat" => (self.seat, self.flex),
            _ => return None,
        };
        Some(if other.is_less_than(now) { now.minus(other) } else { Fraction::ZERO })
    }
}

/// "A collection's price is compared once per user, in a row of its own after the user's products'."
fn collections(view: &View<'_>, prices: &Prices, user: &str, products: &[Advised]) -> Vec<Advised> {
    let priced = view.catalog.collections().into_iter().filter(|it| prices.of(it).is_some());
    let of_collection = |collection: &str| {
        let is_of_it = |it: &&Advised| view.catalog.is_in_collection(&it.product, collection);
        let products: Vec<&Advised> = products.iter().filter(is_of_it).collect();
        if products.is_empty() {
            return None;
        }
        let months = products.iter().filter_map(|it| it.tokens_a_month);
        let tokens_a_month = months.reduce(Fraction::plus);
        let mut seats = view.account.subscriptions.iter();
        let has_seat = seats.any(|it| {
            it.offering == collection && it.is_held_by(user) && it.is_in_term(view.as_of)
        });
        let access_now = match has_seat {
            true => "seat",
            false if products.iter().any(|it| it.access_now == "flex") => "flex",
            false => "none",
        };
        let costs = Costs::new(prices, collection, tokens_a_month);
        Some(Advised {
            product: collection.to_owned(),
            is_collection: true,
            class: None,
            days_per_month: None,
            access_now,
            tokens_used: None,
            tokens_a_month,
            break_even_days: None,
            recommended: costs.as_ref().map(|it| it.cheaper(access_now)),
            saved_a_month: costs.and_then(|it| it.saved(access_now)),
        })
    };
    priced.filter_map(of_collection).collect()
}

impl Advised {
    fn row(&self, view: &View<'_>, user: &str, prices: &Prices) -> Row {
        let string = |it: Option<Fraction>| it.map_or(Value::Null, Fraction::string);
        let days = |it: Option<Fraction>| it.map_or(Value::Null, |it| it.number(1));
        let mut columns: Row = vec![
            ("user", user.into()),
            ("product", self.product.as_str().into()),
            ("collection", self.is_collection.into()),
            ("days_per_month", days(self.days_per_month)),
            ("class", self.class.into()),
            ("access_now", self.access_now.into()),
            ("tokens_used", self.tokens_used.map_or(Value::Null, amount)),
            ("recommended", self.recommended.into()),
            ("tokens_a_month", string(self.tokens_a_month)),
            ("break_even_days", days(self.break_even_days)),
        ];
        if prices.are_given() {
            let saved = self.saved_a_month.map_or(Value::Null, Fraction::money);
            columns.push(("saved_a_month", saved));
        }
        view.row(columns)
    }
}

/// A price as it is written.
pub(crate) fn price(text: &str) -> i128 {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let micros: i128 = format!("{decimals:0<6}").parse().unwrap();
    whole.parse::<i128>().unwrap() * MICROS + micros
}
