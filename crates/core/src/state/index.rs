//! Where the items of a list are found by their hash.

use hashbrown::HashTable;

use crate::state::ids::{Id, ids};

/// So many items are looked through one by one. Most accounts of a large ledger are small, and a
/// table for each of their lists is more than the lists.
const FEW: usize = 4;

/// The numbers of a list's items by their hash. A list of few items has no table.
#[derive(Clone, Debug)]
pub(crate) struct Index<I>(HashTable<I>);

impl<I> Default for Index<I> {
    fn default() -> Index<I> {
        Index(HashTable::new())
    }
}

impl<I: Id> Index<I> {
    fn has_table(&self) -> bool {
        self.0.capacity() > 0
    }

    /// The number of the item that is looked for, in a list of `len`.
    pub(crate) fn find(&self, hash: u64, len: usize, is: impl Fn(I) -> bool) -> Option<I> {
        if self.has_table() {
            self.0.find(hash, |&number| is(number)).copied()
        } else {
            ids(len).find(|&number| is(number))
        }
    }

    /// What is probably the number of the item with this hash: nothing is compared.
    pub(crate) fn hint(&self, hash: u64) -> Option<I> {
        if self.has_table() { self.0.find(hash, |_| true).copied() } else { Some(I::at(0)) }
    }

    /// Enters an item of a list of `len`. `hash_of` is asked for the hash of any item that was
    /// entered before, and says `None` of one that was removed since.
    pub(crate) fn insert(
        &mut self,
        number: I,
        hash: u64,
        len: usize,
        hash_of: impl Fn(I) -> Option<u64>,
    ) {
        if self.has_table() {
            self.0.insert_unique(hash, number, |&it| hash_of(it).unwrap_or_default());
        } else {
            self.build(len, hash_of);
        }
    }

    /// Enters all items of a list of `len` of which there is a hash.
    pub(crate) fn build(&mut self, len: usize, hash_of: impl Fn(I) -> Option<u64>) {
        if len <= FEW {
            return;
        }
        self.0 = HashTable::with_capacity(len);
        for number in ids(len) {
            if let Some(hash) = hash_of(number) {
                self.0.insert_unique(hash, number, |&it| hash_of(it).unwrap_or_default());
            }
        }
    }

    /// Removes an item.
    pub(crate) fn remove(&mut self, number: I, hash: impl FnOnce() -> u64) {
        if self.has_table()
            && let Ok(entry) = self.0.find_entry(hash(), |&other| other == number)
        {
            entry.remove();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::ids::PackId;

    /// Items that all collide, of which some are removed and entered again.
    #[test]
    fn what_was_entered_and_not_removed_is_found_however_long_the_list() {
        for len in 0..3 * FEW {
            let (mut index, mut live) = (Index::<PackId>::default(), Vec::new());
            for number in 0..len {
                live.push(true);
                let hash_of = |it: PackId| live[it.place()].then_some(7);
                index.insert(PackId::at(number), 7, live.len(), hash_of);
                if number % 3 == 1 {
                    live[number] = false;
                    index.remove(PackId::at(number), || 7);
                }
                if number % 6 == 4 {
                    live[number] = true;
                    let hash_of = |it: PackId| live[it.place()].then_some(7);
                    index.insert(PackId::at(number), 7, live.len(), hash_of);
                }
                for wanted in ids::<PackId>(len + 1) {
                    let is_live = live.get(wanted.place()) == Some(&true);
                    let found = index.find(7, live.len(), |it| it == wanted && live[it.place()]);
                    assert_eq!(found, is_live.then_some(wanted), "{wanted:?} of {len}");
                }
            }
            let held = live.iter().filter(|is_live| **is_live).count();
            assert_eq!(index.0.len(), if len > FEW { held } else { 0 });
        }
    }

    #[test]
    fn a_list_of_few_items_has_no_table() {
        let mut index = Index::<PackId>::default();
        for len in 1..=FEW {
            index.insert(PackId::at(len - 1), len as u64, len, |_| None);
        }
        assert!(!index.has_table());
        index.insert(PackId::at(FEW), 5, FEW + 1, |it| Some(it.place() as u64 + 1));
        assert_eq!(index.0.len(), FEW + 1);
    }

    #[test]
    fn a_list_that_was_emptied_keeps_its_table() {
        let mut index = Index::<PackId>::default();
        index.build(FEW + 1, |_| None);
        assert!(index.has_table());
        assert_eq!(index.hint(7), None);
    }
}
