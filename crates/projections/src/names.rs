//! Names with dense numbers.

use std::hash::{BuildHasher, RandomState};

use hashbrown::HashTable;

/// A growing list of distinct names. A name's number is its place in the list.
///
/// Names come from outside, so they are hashed under a key that nobody knows. The index is only
/// looked things up in; its order never shows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    /// All names behind one another.
    text: String,
    /// Where each ends.
    ends: Vec<usize>,
    index: HashTable<u32>,
    key: RandomState,
}

impl Names {
    /// The number of a name, which becomes known if it was not.
    pub(crate) fn number(&mut self, name: &str) -> u32 {
        let hash = self.key.hash_one(name);
        let known = self.index.find(hash, |&number| self.name(number) == name).copied();
        known.unwrap_or_else(|| self.add(name, hash))
    }

    fn add(&mut self, name: &str, hash: u64) -> u32 {
        let number = self.ends.len() as u32;
        self.text.push_str(name);
        self.ends.push(self.text.len());
        let Names { text, ends, index, key } = self;
        index.insert_unique(hash, number, |&number| key.hash_one(name_at(text, ends, number)));
        number
    }

    pub(crate) fn find(&self, name: &str) -> Option<u32> {
        let same = |&number: &u32| self.name(number) == name;
        self.index.find(self.key.hash_one(name), same).copied()
    }

    pub(crate) fn name(&self, number: u32) -> &str {
        name_at(&self.text, &self.ends, number)
    }
}

fn name_at<'a>(text: &'a str, ends: &[usize], number: u32) -> &'a str {
    let number = number as usize;
    &text[number.checked_sub(1).map_or(0, |before| ends[before])..ends[number]]
}
