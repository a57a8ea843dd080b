//! Rulebooks, rates and collections as an event sees them (T2).

use std::collections::BTreeMap;

use tallyfold_core::{CatalogChange, CatalogEvent, Per, Rulebook, Timestamp, Tokens};

/// Every state that the catalog had, with the instant from which it holds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Catalog {
    first_rulebook: Rulebook,
    rulebooks: States<Rulebook>,
    rates: BTreeMap<String, States<(Tokens, Per)>>,
    collections: BTreeMap<String, States<Vec<String>>>,
}

/// What held from which instant on.
type States<T> = Vec<(Timestamp, T)>;

impl Catalog {
    pub(crate) fn new(first_rulebook: Rulebook) -> Catalog {
        Catalog { first_rulebook, ..Catalog::default() }
    }

    pub(crate) fn change(&mut self, event: &CatalogEvent<'_>) {
        let at = event.at;
        match &event.change {
            CatalogChange::RulebookAdopted(it) => self.rulebooks.push((at, it.rulebook())),
            CatalogChange::RatePublished(it) => self
                .rates
                .entry(it.product.to_string())
                .or_default()
                .push((at, (it.tokens.get(), it.per))),
            CatalogChange::CollectionDefined(it) => {
                let products = it.products.as_slice().iter().map(ToString::to_string).collect();
                let defined = self.collections.entry(it.collection.to_string()).or_default();
                defined.push((at, products));
            }
        }
    }

    /// The rulebook that an event at `at` sees.
    pub(crate) fn rulebook(&self, at: Timestamp) -> &Rulebook {
        last(&self.rulebooks, at).unwrap_or(&self.first_rulebook)
    }

    /// What a product costs, and for what, as an event at `at` sees it (R1).
    pub(crate) fn rate(&self, product: &str, at: Timestamp) -> Option<(Tokens, Per)> {
        last(self.rates.get(product)?, at).copied()
    }

    /// Whether an offering is the product, or a collection that holds it at `at` (S2).
    pub(crate) fn offers(&self, offering: &str, product: &str, at: Timestamp) -> bool {
        let defined = self.collections.get(offering).and_then(|states| last(states, at));
        offering == product || defined.is_some_and(|it| it.iter().any(|it| it == product))
    }
}

/// The last state that holds at an instant. They are in order of instant (T2).
fn last<T>(states: &[(Timestamp, T)], at: Timestamp) -> Option<&T> {
    states.iter().rev().find(|(from, _)| *from <= at).map(|(_, state)| state)
}
