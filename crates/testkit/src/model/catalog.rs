//! The catalog: rulebook, rates and collections (T1, T2, T7, R1, S2).

use tallyfold_core::{CatalogChange, CatalogEvent, Finding, Per, Rulebook, Timestamp, Tokens};

use super::Flaw;
use super::time::is_same_id;

/// The catalog entries that were applied, in log order.
#[derive(Clone, Debug)]
pub(super) struct Catalog {
    pub first_rulebook: Rulebook,
    pub entries: Vec<CatalogEvent<'static>>,
}

impl Catalog {
    /// T2, T7: a catalog event must not be earlier than the last, nor repeat an id at its instant.
    pub(super) fn apply(
        &mut self,
        event: &CatalogEvent<'_>,
        flaw: Option<Flaw>,
    ) -> Result<(), Finding> {
        let clock = self.entries.last().map(|entry| entry.at);
        if clock.is_some_and(|clock| event.at < clock) && flaw != Some(Flaw::CatalogNeverLate) {
            return Err(Finding::LateEvent);
        }
        let is_repeated = |entry: &CatalogEvent<'_>| {
            entry.at == event.at && is_same_id(entry.id.as_ref(), event.id.as_ref(), flaw)
        };
        if self.entries.iter().any(is_repeated) {
            return Err(Finding::DuplicateEvent);
        }
        self.entries.push(CatalogEvent {
            at: event.at,
            id: event.id.clone().map(tallyfold_core::EventId::into_owned),
            change: event.change.clone().into_owned(),
        });
        Ok(())
    }

    /// T2: how many entries an account event at t sees: those above it in the log with `at` ≤ t.
    pub(super) fn seen_at(&self, at: Timestamp, flaw: Option<Flaw>) -> usize {
        let is_seen = |entry: &&CatalogEvent<'_>| match flaw {
            Some(Flaw::CatalogSeenAhead) => true,
            Some(Flaw::CatalogUnseenAtItsInstant) => entry.at < at,
            _ => entry.at <= at,
        };
        self.entries.iter().filter(is_seen).count()
    }

    pub(super) fn seen(&self, entries: usize) -> Seen<'_> {
        Seen { first_rulebook: self.first_rulebook, entries: &self.entries[..entries] }
    }
}

/// The entries that an event or a timer sees; the last of them wins (T2).
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen<'m> {
    first_rulebook: Rulebook,
    entries: &'m [CatalogEvent<'static>],
}

impl<'m> Seen<'m> {
    fn latest_first(self) -> impl Iterator<Item = &'m CatalogChange<'static>> {
        self.entries.iter().rev().map(|entry| &entry.change)
    }

    /// The rulebook adopted last.
    pub(super) fn rulebook(self) -> Rulebook {
        let adopted = self.latest_first().find_map(|change| match change {
            CatalogChange::RulebookAdopted(adopted) => Some(adopted.rulebook()),
            _ => None,
        });
        adopted.unwrap_or(self.first_rulebook)
    }

    /// R1: the rates published for a product, the one in force first.
    pub(super) fn rates(self, product: &str) -> impl Iterator<Item = (Per, Tokens)> {
        self.latest_first().filter_map(move |change| match change {
            CatalogChange::RatePublished(rate) if &*rate.product == product => {
                Some((rate.per, rate.tokens.get()))
            }
            _ => None,
        })
    }

    /// S2: whether each definition of a collection holds a product, the one in force first.
    pub(super) fn definitions(self, collection: &str, product: &str) -> impl Iterator<Item = bool> {
        self.latest_first().filter_map(move |change| match change {
            CatalogChange::CollectionDefined(it) if &*it.collection == collection => {
                Some(it.products.as_slice().iter().any(|held| &**held == product))
            }
            _ => None,
        })
    }
}
