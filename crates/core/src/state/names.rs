//! Names with dense numbers, so that the state speaks in small integers.

use std::num::NonZeroU32;
use std::sync::{Arc, LazyLock};

use compact_str::CompactString;
use polymur_hash::PolymurHash;
use serde::{Deserialize, Serialize};

use crate::event::Name;
use crate::state::append;
use crate::state::coded::{Coded, RestoreError};
use crate::state::ids::Id;
use crate::state::index::Index;

/// The secret that hash tables are keyed with.
///
/// Hashing decides no order anywhere, so the key never shows in a journal or a result; it only
/// keeps people who choose the names in a log from choosing names that collide. The hash is
/// universal (PolymurHash, Peters 2023): whoever does not know the key finds no two names of up to
/// 256 bytes that collide with more than a chance of 2^-52. [`Ledger::default`](crate::Ledger)
/// uses a fixed key, which is fine for logs that you trust; a service should draw one at start-up.
///
/// Clones share the key.
///
/// ```
/// use tallyfold_core::{HashKey, Ledger};
///
/// let random = [7; 16]; // draw them at random
/// let ledger = Ledger::builder().hash_key(HashKey::new(random)).build();
/// assert_eq!(ledger.account_count(), 0);
/// ```
#[derive(Clone, Debug)]
pub struct HashKey(Arc<PolymurHash>);

/// Worked out once, because empty tables are made with it very often.
static FIXED: LazyLock<HashKey> = LazyLock::new(|| HashKey::new([0; 16]));

impl Default for HashKey {
    /// The fixed key.
    fn default() -> HashKey {
        FIXED.clone()
    }
}

impl HashKey {
    /// A key of 128 bits, best drawn at random.
    #[must_use]
    pub fn new(key: [u8; 16]) -> HashKey {
        HashKey(Arc::new(PolymurHash::new(u128::from_le_bytes(key))))
    }

    pub(crate) fn hash(&self, bytes: &[u8]) -> u64 {
        self.0.hash(bytes)
    }

    pub(crate) fn hashed<'a>(&'a self, name: &'a str) -> Hashed<'a> {
        self.with_hash(name, self.hash(name.as_bytes()))
    }

    /// A name of which the hash is known.
    pub(crate) fn with_hash<'a>(&'a self, name: &'a str, hash: u64) -> Hashed<'a> {
        Hashed { name, hash, key: self, hint: None }
    }
}

/// A name with its hash, which is worked out once for all the tables that are asked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hashed<'a> {
    pub(crate) name: &'a str,
    pub(crate) hash: u64,
    pub(crate) key: &'a HashKey,
    /// Its number, probably. Only the time that a look-up takes depends on it: what has the number is
    /// compared before it is used.
    pub(crate) hint: Hint,
}

impl<'a> Hashed<'a> {
    pub(crate) fn with_hint(self, hint: Hint) -> Hashed<'a> {
        Hashed { hint, ..self }
    }
}

/// What is probably the number of something, if that is known.
pub(crate) type Hint = Option<NonZeroU32>;

/// Whether a text that was read from a snapshot may be a name.
pub(crate) fn is_name(text: &str) -> bool {
    Name::new(text).is_ok()
}

/// A growing list of distinct names, each with its number.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent, bound = "")]
pub(crate) struct Names<I> {
    list: Vec<CompactString>,
    #[serde(skip)]
    index: Index<I>,
}

impl<I> Default for Names<I> {
    fn default() -> Names<I> {
        Names { list: Vec::new(), index: Index::default() }
    }
}

impl<I: Id> Names<I> {
    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    /// The name with this number.
    pub(crate) fn name(&self, id: I) -> &str {
        &self.list[id.place()]
    }

    /// The number of a name, where it is known.
    pub(crate) fn find(&self, name: Hashed<'_>) -> Option<I> {
        let hinted = name.hint.map(I::of_raw).filter(|&id| self.is(id, name.name));
        hinted.or_else(|| self.index.find(name.hash, self.len(), |id| self.is(id, name.name)))
    }

    /// Where a name probably stands.
    pub(crate) fn hint(&self, hash: u64) -> Hint {
        self.index.hint(hash).map(I::raw)
    }

    fn is(&self, id: I, name: &str) -> bool {
        self.list.get(id.place()).is_some_and(|known| known == name)
    }

    /// The number of a name, which becomes known if it was not.
    pub(crate) fn find_or_add(&mut self, name: Hashed<'_>) -> I {
        if let Some(id) = self.find(name) {
            return id;
        }
        let Names { list, index } = self;
        let id = I::at(list.len());
        append(list, CompactString::from(name.name));
        let hash_of = |id: I| Some(name.key.hash(list[id.place()].as_bytes()));
        index.insert(id, name.hash, list.len(), hash_of);
        id
    }

    /// Builds the index anew after the list was read from a snapshot.
    pub(crate) fn restore(&mut self, key: &HashKey) -> Result<(), RestoreError> {
        let list = std::mem::take(&mut self.list);
        self.list.reserve(list.len());
        for name in list {
            let before = self.len();
            self.find_or_add(key.hashed(&name));
            RestoreError::unless(self.len() > before, "a name stands in a list twice")?;
            RestoreError::unless(is_name(&name), "a text is not a name")?;
        }
        Ok(())
    }
}

impl<I> Coded for Names<I> {
    fn encode(&self, bytes: &mut Vec<u8>) {
        self.list.encode(bytes);
    }

    fn decode(bytes: &mut &[u8]) -> Result<Names<I>, RestoreError> {
        Ok(Names { list: Coded::decode(bytes)?, index: Index::default() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many of these names the fullest of 256 buckets holds. A table of that size looks for
    /// a name in the bucket that the low bits of its hash give.
    fn fullest_bucket(names: &[String], key: &HashKey) -> usize {
        let mut buckets = [0_usize; 256];
        names.iter().for_each(|name| buckets[key.hash(name.as_bytes()) as usize % 256] += 1);
        buckets.into_iter().max().unwrap()
    }

    #[test]
    fn names_chosen_to_collide_under_one_key_are_spread_by_another() {
        let (known, drawn) = (HashKey::default(), HashKey::new(*b"drawn at startup"));
        let collides = |name: &String| known.hash(name.as_bytes()).is_multiple_of(256);
        let names: Vec<_> =
            (0..).map(|n| format!("user-{n}")).filter(collides).take(1_024).collect();
        assert_eq!(fullest_bucket(&names, &known), 1_024);
        let fullest = fullest_bucket(&names, &drawn);
        assert!(fullest < 20, "{fullest} in one bucket, where 4 is even");
    }
}
