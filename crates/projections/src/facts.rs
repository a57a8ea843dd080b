//! What a report needs to know that the journal does not say.

#[cfg(doc)]
use tallyfold_core::spec::*;

use std::collections::{BTreeMap, BTreeSet};

use tallyfold_core::{Assignment, Ledger, Level, Rate, Timestamp};

/// The instant of a report, and what is in force then: what an event at that instant, at the end
/// of the log, would see of the catalog ([T2]).
#[derive(Clone, Debug)]
pub struct Facts {
    /// The as-of of the report.
    pub as_of: Timestamp,
    /// The rates, by product.
    pub rates: BTreeMap<String, Rate>,
    /// The products of each collection.
    pub collections: BTreeMap<String, BTreeSet<String>>,
    /// Who may use tokens without a mark ([A2]).
    pub assignment: Assignment,
    /// The levels of the balances ([N2]), by account; none before its first pack.
    pub levels: BTreeMap<String, Level>,
}

impl Facts {
    /// The facts of a ledger that has folded everything up to `as_of`.
    #[must_use]
    pub fn of(ledger: &Ledger, as_of: Timestamp) -> Facts {
        let collections = ledger.collections(as_of).into_iter().map(|(name, products)| {
            (name.to_owned(), products.into_iter().map(str::to_owned).collect())
        });
        let rates = ledger.rates(as_of).into_iter();
        let level = |account: tallyfold_core::AccountView<'_>| {
            Some((account.name().to_owned(), account.at(as_of).level()?))
        };
        Facts {
            as_of,
            rates: rates.map(|(product, rate)| (product.to_owned(), rate)).collect(),
            collections: collections.collect(),
            assignment: ledger.rulebook(as_of).assignment(),
            levels: ledger.accounts().filter_map(level).collect(),
        }
    }

    /// The rate per day of a product, where it has one.
    pub(crate) fn rate_per_day(&self, product: &str) -> Option<tallyfold_core::Tokens> {
        let rate = self.rates.get(product)?;
        (rate.per == tallyfold_core::Per::Day).then_some(rate.tokens)
    }

    /// Whether an offering is the product, or a collection that holds it (S2).
    pub(crate) fn offers(&self, offering: &str, product: &str) -> bool {
        let collection = self.collections.get(offering);
        offering == product || collection.is_some_and(|products| products.contains(product))
    }
}
