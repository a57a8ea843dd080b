//! What a person is told of a replay: charges by product, and what was denied. Consumers.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use tallyfold_core::{Consumer, Entry, Record, Refusal, Tokens};

use crate::text::{count, printable};

/// How many products without a rate are named.
const NAMED: usize = 10;

/// Charges by product and denials, over all accounts.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Tally {
    pub(crate) by_product: ByProduct,
    pub(crate) denied: Denied,
}

impl Consumer for Tally {
    fn record(&mut self, record: &Record<'_>) {
        match &record.entry {
            Entry::Charged(charged) => {
                let one = ProductCharges {
                    charges: 1,
                    covered: charged.subscription.is_some().into(),
                    tokens: charged.tokens,
                };
                self.by_product.add(&charged.product, &one);
            }
            Entry::Refunded(refunded) => self.by_product.refunded += refunded.tokens,
            Entry::SessionDenied { product, reason, .. } => {
                self.denied.opens.add(1, product, *reason);
            }
            Entry::ResultDenied { product, quantity, reason, .. } => {
                self.denied.results.add(u64::from(*quantity), product, *reason);
            }
            _ => {}
        }
    }

    fn merge(&mut self, later: Tally) {
        for (name, charges) in &later.by_product.products {
            self.by_product.add(name, charges);
        }
        self.by_product.refunded += later.by_product.refunded;
        self.denied.opens.merge(later.denied.opens);
        self.denied.results.merge(later.denied.results);
    }
}

/// Charges by product, over all accounts.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct ByProduct {
    pub(crate) products: BTreeMap<String, ProductCharges>,
    /// What was given back, whatever it had been for.
    pub(crate) refunded: Tokens,
}

/// What was charged for one product.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct ProductCharges {
    pub(crate) charges: u64,
    pub(crate) covered: u64,
    pub(crate) tokens: Tokens,
}

impl ByProduct {
    fn add(&mut self, product: &str, more: &ProductCharges) {
        if !self.products.contains_key(product) {
            self.products.insert(product.to_owned(), ProductCharges::default());
        }
        if let Some(charges) = self.products.get_mut(product) {
            charges.charges += more.charges;
            charges.covered += more.covered;
            charges.tokens += more.tokens;
        }
    }
}

/// What was denied, over all accounts.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Denied {
    opens: Denials,
    results: Denials,
}

/// How many were denied, by reason.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Denials {
    by_reason: BTreeMap<Refusal, u64>,
    /// The products that had no rate.
    without_rate: BTreeSet<String>,
}

impl Denied {
    /// A line for each reason: how many, and which products had no rate.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.opens.lines("open").chain(self.results.lines("result")).collect()
    }
}

impl Denials {
    fn add(&mut self, n: u64, product: &str, reason: Refusal) {
        *self.by_reason.entry(reason).or_default() += n;
        if reason == Refusal::NoRate && !self.without_rate.contains(product) {
            self.without_rate.insert(product.to_owned());
        }
    }

    fn merge(&mut self, other: Denials) {
        for (reason, n) in other.by_reason {
            *self.by_reason.entry(reason).or_default() += n;
        }
        self.without_rate.extend(other.without_rate);
    }

    fn lines(&self, what: &str) -> impl Iterator<Item = String> {
        self.by_reason.iter().map(move |(reason, n)| {
            let plural = if *n == 1 { "" } else { "s" };
            let why = match reason {
                Refusal::NoRate => format!("; no rate for: {}", self.products_without_rate()),
                _ => String::new(),
            };
            format!("{} {what}{plural} denied: {}{why}", count(*n), reason.code())
        })
    }

    fn products_without_rate(&self) -> String {
        let named: Vec<_> = self.without_rate.iter().take(NAMED).map(|it| printable(it)).collect();
        let others = self.without_rate.len() - named.len();
        let more = if others > 0 { format!(" and {others} more") } else { String::new() };
        named.join(", ") + &more
    }
}
