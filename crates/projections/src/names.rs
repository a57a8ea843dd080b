//! Names with dense numbers.

use std::hash::{BuildHasher, RandomState};

use compact_str::CompactString;
use hashbrown::HashTable;

/// A growing list of distinct names. A name's number is its place in the list.
///
/// Names come from outside, so they are hashed under a key that nobody knows. The index is only
/// looked things up in; its order never shows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    list: Vec<CompactString>,
    index: HashTable<u32>,
    key: RandomState,
}

impl Names {
    /// The number of a name, which becomes known if it was not.
    pub(crate) fn number(&mut self, name: &str) -> u32 {
        let Names { list, index, key } = self;
        let next = list.len() as u32;
        let same = |&number: &u32| list[number as usize] == name;
        let rehash = |&number: &u32| key.hash_one(list[number as usize].as_str());
        let number = *index.entry(key.hash_one(name), same, rehash).or_insert(next).get();
        if number == next {
            list.push(CompactString::from(name));
        }
        number
    }

    pub(crate) fn find(&self, name: &str) -> Option<u32> {
        let same = |&number: &u32| self.list[number as usize] == name;
        self.index.find(self.key.hash_one(name), same).copied()
    }

    /// All names, by number.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        self.list.iter().map(CompactString::as_str)
    }

    pub(crate) fn name(&self, number: u32) -> &str {
        &self.list[number as usize]
    }
}
