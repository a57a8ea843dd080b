//! The catalog: rulebook, rates and collections, effective-dated, the same for all accounts
//! (R1, T2).

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use crate::event::{CatalogChange, CatalogEvent, Per, RateTokens};
use crate::refusal::Finding;
use crate::rulebook::{Assignment, Rulebook};
use crate::snapshot::RestoreError;
use crate::state::applied::AppliedIds;
use crate::state::coded::{Coded, coded, coded_choice};
use crate::state::names::{HashKey, Hashed, Names};
use crate::time::Instant;
use crate::tokens::Tokens;

/// How many catalog entries an event sees: all above it in the log that are not later (T2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Seen(u32);

/// What a product costs, and by what it is counted (R1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rate {
    /// Tokens a day or a result.
    pub tokens: Tokens,
    /// What the tokens buy.
    pub per: Per,
}

coded!(Rate { tokens, per });
coded_choice!(Per: Day = 0, Result = 1);
coded_choice!(Assignment: Open = 0, Required = 1);
coded!(Rulebook {
    validity_days,
    window_hours,
    offline_hours,
    subscription_offline_days,
    grace_minutes,
    grace_once,
    idle_aware,
    close_ends_window,
    assignment,
    low_balance_percent,
    expiry_notice_days,
    premium_min_seats
});

impl Coded for Seen {
    fn encode(&self, bytes: &mut Vec<u8>) {
        self.0.encode(bytes);
    }

    fn decode(bytes: &mut &[u8]) -> Result<Seen, RestoreError> {
        Coded::decode(bytes).map(Seen)
    }
}

/// The values that something had one after another, each with the entry that brought it.
type History<T> = Vec<(u32, T)>;

/// The last value of a history that is seen.
fn last_seen<T>(history: &History<T>, seen: Seen) -> Option<&T> {
    let later = match history.last() {
        Some((entry, _)) if *entry < seen.0 => history.len(),
        _ => history.partition_point(|(entry, _)| *entry < seen.0),
    };
    history[..later].last().map(|(_, value)| value)
}

/// Every catalog entry that was applied, by what it is about.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Catalog {
    /// The instant of each entry, in order.
    entries: Vec<Instant>,
    /// The line that moved the clock to the last of them; 0 where it is not known.
    clock_line: u64,
    applied: AppliedIds,
    /// What holds before the first `RulebookAdopted`, then what each adopted.
    rulebooks: Vec<(u32, Rulebook)>,
    products: Names,
    rates: Vec<History<Rate>>,
    collections: Names,
    definitions: Vec<History<Vec<CompactString>>>,
}

impl Catalog {
    pub(crate) fn new(first_rulebook: Rulebook) -> Catalog {
        Catalog { rulebooks: vec![(0, first_rulebook)], ..Catalog::default() }
    }

    /// The instant of the last entry (T2).
    pub(crate) fn clock(&self) -> Option<Instant> {
        self.entries.last().copied()
    }

    /// Whether a catalog event can be applied (T2, T7).
    pub(crate) fn check(&self, event: &CatalogEvent<'_>) -> Result<(), Finding> {
        let clock = self.clock();
        if clock.is_some_and(|clock| event.at < clock) {
            return Err(Finding::LateEvent);
        }
        let repeated = |id| self.applied.contains(id);
        if clock == Some(event.at) && event.id.as_ref().is_some_and(repeated) {
            return Err(Finding::DuplicateEvent);
        }
        Ok(())
    }

    /// The line that moved the clock there; 0 where it is not known.
    pub(crate) fn clock_line(&self) -> u64 {
        self.clock_line
    }

    /// Applies a catalog event that was checked.
    pub(crate) fn apply(&mut self, line: u64, event: &CatalogEvent<'_>, key: &HashKey) {
        let entry = self.entries.len() as u32;
        if self.entries.last() != Some(&event.at) {
            self.applied.clear();
            self.clock_line = line;
        }
        if let Some(id) = &event.id {
            self.applied.insert(id, key);
        }
        self.entries.push(event.at);
        match &event.change {
            CatalogChange::RulebookAdopted(adopted) => {
                self.rulebooks.push((entry, adopted.rulebook()));
            }
            CatalogChange::RatePublished(published) => {
                let rate = Rate { tokens: published.tokens.get(), per: published.per };
                let product = self.products.number(key.hashed(&published.product));
                history_of(&mut self.rates, product).push((entry, rate));
            }
            CatalogChange::CollectionDefined(defined) => {
                let names = defined.products.as_slice().iter();
                let mut products: Vec<_> = names.map(|name| CompactString::from(&**name)).collect();
                products.sort_unstable();
                let collection = self.collections.number(key.hashed(&defined.collection));
                history_of(&mut self.definitions, collection).push((entry, products));
            }
        }
    }

    /// The entries that an event at `at` sees when it comes now (T2).
    pub(crate) fn seen_at(&self, at: Instant) -> Seen {
        let seen = match self.entries.last() {
            Some(last) if *last > at => self.entries.partition_point(|entry| *entry <= at),
            _ => self.entries.len(),
        };
        Seen(seen as u32)
    }

    /// The rulebook in force, with its number.
    pub(crate) fn rulebook(&self, seen: Seen) -> (u32, &Rulebook) {
        let adopted = &self.rulebooks[1..];
        let in_force = match adopted.last() {
            Some((entry, _)) if *entry < seen.0 => adopted.len(),
            _ => adopted.partition_point(|(entry, _)| *entry < seen.0),
        };
        (in_force as u32, &self.rulebooks[in_force].1)
    }

    /// The rulebook that a charge saw, by its number.
    pub(crate) fn rulebook_numbered(&self, number: u32) -> &Rulebook {
        &self.rulebooks[number as usize].1
    }

    pub(crate) fn rulebook_count(&self) -> usize {
        self.rulebooks.len()
    }

    /// The rate in force for a product (R1).
    pub(crate) fn rate(&self, product: Hashed<'_>, seen: Seen) -> Option<Rate> {
        let product = self.products.find(product)?;
        last_seen(&self.rates[product as usize], seen).copied()
    }

    /// All rates in force, by product, in byte order of the names.
    pub(crate) fn rates(&self, seen: Seen) -> Vec<(&str, Rate)> {
        let rate = |(product, history)| {
            last_seen(history, seen).map(|rate| (self.products.name(product), *rate))
        };
        let mut rates: Vec<_> = (0..).zip(&self.rates).filter_map(rate).collect();
        rates.sort_unstable_by_key(|(product, _)| *product);
        rates
    }

    /// All collections in force with their products, in byte order of the names.
    pub(crate) fn collections(&self, seen: Seen) -> Vec<(&str, Vec<&str>)> {
        let defined = |(collection, history)| {
            let products: &Vec<CompactString> = last_seen(history, seen)?;
            let products = products.iter().map(CompactString::as_str).collect();
            Some((self.collections.name(collection), products))
        };
        let mut all: Vec<_> = (0..).zip(&self.definitions).filter_map(defined).collect();
        all.sort_unstable_by_key(|(collection, _)| *collection);
        all
    }

    /// Whether an offering is the product, or a collection that holds it (S2).
    pub(crate) fn offers(&self, key: &HashKey, offering: &str, product: &str, seen: Seen) -> bool {
        let holds = |products: &Vec<CompactString>| {
            products.binary_search_by(|name| name.as_str().cmp(product)).is_ok()
        };
        let collection = || {
            let collection = self.collections.find(key.hashed(offering))?;
            last_seen(&self.definitions[collection as usize], seen)
        };
        offering == product || collection().is_some_and(holds)
    }

    /// All entries, by what they are about, as [`Coded`].
    pub(crate) fn encode(&self, bytes: &mut Vec<u8>) {
        self.entries.encode(bytes);
        self.applied.encode(bytes);
        self.rulebooks.encode(bytes);
        self.products.encode(bytes);
        self.rates.encode(bytes);
        self.collections.encode(bytes);
        self.definitions.encode(bytes);
    }

    pub(crate) fn decode(bytes: &mut &[u8]) -> Result<Catalog, RestoreError> {
        let (entries, applied) = (Coded::decode(bytes)?, AppliedIds::decode(bytes)?);
        let (rulebooks, (products, rates)) = Coded::decode(bytes)?;
        let (collections, definitions) = Coded::decode(bytes)?;
        Ok(Catalog {
            entries,
            // Which line it was belongs to a log, not to the catalog.
            clock_line: 0,
            applied,
            rulebooks,
            products,
            rates,
            collections,
            definitions,
        })
    }

    /// Builds the indexes anew after a snapshot was read.
    pub(crate) fn restore(&mut self, key: &HashKey) -> Result<(), RestoreError> {
        self.applied.restore(key)?;
        self.products.restore(key)?;
        self.collections.restore(key)?;
        let entries = self.entries.len() as u32;
        RestoreError::unless(self.entries.is_sorted(), "catalog entries are out of order")?;
        RestoreError::unless(!self.rulebooks.is_empty(), "the catalog has no rulebook")?;
        RestoreError::unless(
            self.rates.len() == self.products.len()
                && self.definitions.len() == self.collections.len()
                && in_order(&self.rulebooks[1..], entries)
                && self.rates.iter().all(|history| in_order(history, entries))
                && self.definitions.iter().all(|history| in_order(history, entries)),
            "catalog entries do not fit together",
        )?;
        let mut rates = self.rates.iter().flatten();
        let mut definitions = self.definitions.iter().flatten();
        RestoreError::unless(
            self.rulebooks.iter().all(|(_, rulebook)| rulebook.is_in_range())
                && rates.all(|(_, rate)| RateTokens::new(rate.tokens).is_ok())
                && definitions.all(|(_, products)| products.is_sorted()),
            "a catalog entry says what no event can",
        )
    }

    pub(crate) fn holds(&self, seen: Seen) -> bool {
        seen.0 as usize <= self.entries.len()
    }
}

/// The history with this number, which may be the next new one.
fn history_of<T>(histories: &mut Vec<History<T>>, number: u32) -> &mut History<T> {
    if histories.len() == number as usize {
        histories.push(Vec::new());
    }
    &mut histories[number as usize]
}

fn in_order<T>(history: &[(u32, T)], entries: u32) -> bool {
    history.is_sorted_by(|(one, _), (next, _)| one < next)
        && history.last().is_none_or(|(entry, _)| *entry < entries)
}
