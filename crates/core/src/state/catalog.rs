//! The catalog: rulebook, rates and collections, effective-dated, the same for all accounts.

#[cfg(doc)]
use crate::spec::*;

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use crate::event::{Assignment, Overrides, Per, Preset, RateTokens, Rulebook, Timestamp, Tokens};
use crate::state::coded::{Coded, NOT_A_VALUE, RestoreError, coded, coded_choice};
use crate::state::ids::{CollectionId, Id, RatedProductId, RulebookId};
use crate::state::names::{HashKey, Hashed, Names};
use crate::state::recent_ids::RecentIds;

/// How many catalog entries an event sees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Seen(u32);

/// What a product costs, and by what it is counted ([R1]).
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

/// Writes a rulebook as these keys, in this order. One that no event can bring is not read.
macro_rules! coded_rulebook {
    ($($key:ident),* $(,)?) => {
        impl Coded for Rulebook {
            fn encode(&self, bytes: &mut Vec<u8>) {
                $(self.$key().encode(bytes);)*
            }

            fn decode(bytes: &mut &[u8]) -> Result<Rulebook, RestoreError> {
                $(let $key = Some(Coded::decode(bytes)?);)*
                Overrides { $($key),* }.applied_to(Preset::Launch).map_err(|_| NOT_A_VALUE)
            }
        }
    };
}

coded_rulebook!(
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
    premium_min_seats,
);

impl Coded for Seen {
    fn encode(&self, bytes: &mut Vec<u8>) {
        self.0.encode(bytes);
    }

    fn decode(bytes: &mut &[u8]) -> Result<Seen, RestoreError> {
        Coded::decode(bytes).map(Seen)
    }
}

/// The place of an entry among all of the catalog.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EntryNumber(u32);

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
    entries: Vec<Timestamp>,
    /// The line that moved the clock to the last of them; 0 where it is not known.
    clock_line: u64,
    pub(crate) recent_ids: RecentIds,
    /// What holds before the first `RulebookAdopted`, then what each adopted.
    rulebooks: Vec<(u32, Rulebook)>,
    products: Names<RatedProductId>,
    rates: Vec<History<Rate>>,
    collections: Names<CollectionId>,
    definitions: Vec<History<Vec<CompactString>>>,
}

impl Catalog {
    pub(crate) fn new(first_rulebook: Rulebook) -> Catalog {
        Catalog { rulebooks: vec![(0, first_rulebook)], ..Catalog::default() }
    }

    /// The instant of the last entry (T2).
    pub(crate) fn clock(&self) -> Option<Timestamp> {
        self.entries.last().copied()
    }

    /// The line that moved the clock there; 0 where it is not known.
    pub(crate) fn clock_line(&self) -> u64 {
        self.clock_line
    }

    /// Begins an entry that takes effect at `at`: the clock moves there, with the line that says so.
    pub(crate) fn begin_entry(&mut self, at: Timestamp, line: u64) -> EntryNumber {
        let number = EntryNumber(self.entries.len() as u32);
        if self.clock() != Some(at) {
            self.recent_ids.clear();
            self.clock_line = line;
        }
        self.entries.push(at);
        number
    }

    pub(crate) fn add_rulebook(&mut self, entry: EntryNumber, rulebook: Rulebook) {
        self.rulebooks.push((entry.0, rulebook));
    }

    pub(crate) fn add_rate(&mut self, entry: EntryNumber, product: Hashed<'_>, rate: Rate) {
        let product = self.products.find_or_add(product);
        history_of(&mut self.rates, product).push((entry.0, rate));
    }

    /// Adds a definition of a collection: its products, in byte order.
    pub(crate) fn add_definition(
        &mut self,
        entry: EntryNumber,
        collection: Hashed<'_>,
        products: Vec<CompactString>,
    ) {
        debug_assert!(products.is_sorted(), "the products of a collection are out of order");
        let collection = self.collections.find_or_add(collection);
        history_of(&mut self.definitions, collection).push((entry.0, products));
    }

    /// T2: an event at `at` that comes now sees the entries with an instant up to `at`.
    pub(crate) fn seen_at(&self, at: Timestamp) -> Seen {
        let seen = match self.entries.last() {
            Some(last) if *last > at => self.entries.partition_point(|entry| *entry <= at),
            _ => self.entries.len(),
        };
        Seen(seen as u32)
    }

    /// The rulebook in force, with its number.
    pub(crate) fn rulebook(&self, seen: Seen) -> (RulebookId, &Rulebook) {
        let adopted = &self.rulebooks[1..];
        let in_force = match adopted.last() {
            Some((entry, _)) if *entry < seen.0 => adopted.len(),
            _ => adopted.partition_point(|(entry, _)| *entry < seen.0),
        };
        (RulebookId::at(in_force), &self.rulebooks[in_force].1)
    }

    /// The rulebook that a charge saw, by its number.
    pub(crate) fn rulebook_numbered(&self, rulebook: RulebookId) -> &Rulebook {
        &self.rulebooks[rulebook.place()].1
    }

    pub(crate) fn rulebook_count(&self) -> usize {
        self.rulebooks.len()
    }

    /// The rate in force for a product.
    pub(crate) fn rate(&self, product: Hashed<'_>, seen: Seen) -> Option<Rate> {
        let product = self.products.find(product)?;
        last_seen(&self.rates[product.place()], seen).copied()
    }

    /// All rates in force, by product, in byte order of the names.
    pub(crate) fn rates(&self, seen: Seen) -> Vec<(&str, Rate)> {
        let rate = |(product, history)| {
            last_seen(history, seen)
                .map(|rate| (self.products.name(RatedProductId::at(product)), *rate))
        };
        let mut rates: Vec<_> = self.rates.iter().enumerate().filter_map(rate).collect();
        rates.sort_unstable_by_key(|(product, _)| *product);
        rates
    }

    /// All collections in force with their products, in byte order of the names.
    pub(crate) fn collections(&self, seen: Seen) -> Vec<(&str, Vec<&str>)> {
        let defined = |(collection, history)| {
            let products: &Vec<CompactString> = last_seen(history, seen)?;
            let products = products.iter().map(CompactString::as_str).collect();
            Some((self.collections.name(CollectionId::at(collection)), products))
        };
        let mut all: Vec<_> = self.definitions.iter().enumerate().filter_map(defined).collect();
        all.sort_unstable_by_key(|(collection, _)| *collection);
        all
    }

    /// The products of a collection as it is defined, in byte order.
    pub(crate) fn collection(&self, name: Hashed<'_>, seen: Seen) -> Option<&[CompactString]> {
        let collection = self.collections.find(name)?;
        last_seen(&self.definitions[collection.place()], seen).map(Vec::as_slice)
    }

    /// Forgets every entry that is not seen.
    pub(crate) fn forget_after(&mut self, seen: Seen) {
        self.entries.truncate(seen.0 as usize);
        self.rulebooks.truncate(self.rulebook(seen).0.place() + 1);
        let is_seen = |(entry, _): &(u32, Rate)| *entry < seen.0;
        self.rates.iter_mut().for_each(|history| history.retain(is_seen));
        let is_seen = |(entry, _): &(u32, Vec<CompactString>)| *entry < seen.0;
        self.definitions.iter_mut().for_each(|history| history.retain(is_seen));
    }

    /// All entries, by what they are about, as [`Coded`].
    pub(crate) fn encode(&self, bytes: &mut Vec<u8>) {
        self.entries.encode(bytes);
        self.recent_ids.encode(bytes);
        self.rulebooks.encode(bytes);
        self.products.encode(bytes);
        self.rates.encode(bytes);
        self.collections.encode(bytes);
        self.definitions.encode(bytes);
    }

    pub(crate) fn decode(bytes: &mut &[u8]) -> Result<Catalog, RestoreError> {
        let (entries, recent_ids) = (Coded::decode(bytes)?, RecentIds::decode(bytes)?);
        let (rulebooks, (products, rates)) = Coded::decode(bytes)?;
        let (collections, definitions) = Coded::decode(bytes)?;
        Ok(Catalog {
            entries,
            // Which line it was belongs to a log, not to the catalog.
            clock_line: 0,
            recent_ids,
            rulebooks,
            products,
            rates,
            collections,
            definitions,
        })
    }

    /// Builds the indexes anew after a snapshot was read.
    pub(crate) fn restore(&mut self, key: &HashKey) -> Result<(), RestoreError> {
        self.recent_ids.restore(key)?;
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
            rates.all(|(_, rate)| RateTokens::new(rate.tokens).is_ok())
                && definitions.all(|(_, products)| products.is_sorted()),
            "a catalog entry says what no event can",
        )
    }

    pub(crate) fn holds(&self, seen: Seen) -> bool {
        seen.0 as usize <= self.entries.len()
    }
}

/// The history with this number, which may be the next new one.
fn history_of<T, I: Id>(histories: &mut Vec<History<T>>, id: I) -> &mut History<T> {
    if histories.len() == id.place() {
        histories.push(Vec::new());
    }
    &mut histories[id.place()]
}

fn in_order<T>(history: &[(u32, T)], entries: u32) -> bool {
    history.is_sorted_by(|(one, _), (next, _)| one < next)
        && history.last().is_none_or(|(entry, _)| *entry < entries)
}
