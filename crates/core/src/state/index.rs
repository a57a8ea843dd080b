//! Where the items of a list are found by their hash.

use hashbrown::HashTable;

/// Stands for no number: nothing was found.
pub(crate) const NOWHERE: u32 = u32::MAX;

/// So many items are looked through one by one. Most accounts of a large ledger are small, and a
/// table for each of their lists is more than the lists.
const FEW: usize = 4;

/// The numbers of a list's items by their hash. A list of few items has no table.
#[derive(Clone, Debug, Default)]
pub(crate) struct Index(HashTable<u32>);

impl Index {
    fn has_table(&self) -> bool {
        self.0.capacity() > 0
    }

    /// The number of the item that is looked for, in a list of `len`.
    pub(crate) fn find(&self, hash: u64, len: usize, is: impl Fn(u32) -> bool) -> Option<u32> {
        if self.has_table() {
            self.0.find(hash, |&number| is(number)).copied()
        } else {
            (0..len as u32).find(|&number| is(number))
        }
    }

    /// What is probably the number of the item with this hash: nothing is compared.
    pub(crate) fn hint(&self, hash: u64) -> u32 {
        if self.has_table() { self.0.find(hash, |_| true).copied().unwrap_or(NOWHERE) } else { 0 }
    }

    /// Enters an item of a list of `len`. `hash_of` is asked for the hash of any item that was
    /// entered before, and says `None` of one that was removed since.
    pub(crate) fn insert(
        &mut self,
        (hash, number): (u64, u32),
        len: usize,
        hash_of: impl Fn(u32) -> Option<u64>,
    ) {
        if self.has_table() {
            self.0.insert_unique(hash, number, |&it| hash_of(it).unwrap_or_default());
        } else {
            self.build(len, hash_of);
        }
    }

    /// Enters all items of a list of `len` of which there is a hash.
    pub(crate) fn build(&mut self, len: usize, hash_of: impl Fn(u32) -> Option<u64>) {
        if len <= FEW {
            return;
        }
        self.0 = HashTable::with_capacity(len);
        for number in 0..len as u32 {
            if let Some(hash) = hash_of(number) {
                self.0.insert_unique(hash, number, |&it| hash_of(it).unwrap_or_default());
            }
        }
    }

    /// Removes an item.
    pub(crate) fn remove(&mut self, number: u32, hash: impl FnOnce() -> u64) {
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

    /// Items that all collide, of which some are removed and entered again.
    #[test]
    fn what_was_entered_and_not_removed_is_found_however_long_the_list() {
        for len in 0..3 * FEW {
            let (mut index, mut live) = (Index::default(), Vec::new());
            for number in 0..len {
                live.push(true);
                let hash_of = |it: u32| live[it as usize].then_some(7);
                index.insert((7, number as u32), live.len(), hash_of);
                if number % 3 == 1 {
                    live[number] = false;
                    index.remove(number as u32, || 7);
                }
                if number % 6 == 4 {
                    live[number] = true;
                    let hash_of = |it: u32| live[it as usize].then_some(7);
                    index.insert((7, number as u32), live.len(), hash_of);
                }
                for wanted in 0..=len as u32 {
                    let is_live = live.get(wanted as usize) == Some(&true);
                    let found = index.find(7, live.len(), |it| it == wanted && live[it as usize]);
                    assert_eq!(found, is_live.then_some(wanted), "{wanted} of {len}");
                }
            }
            let held = live.iter().filter(|is_live| **is_live).count();
            assert_eq!(index.0.len(), if len > FEW { held } else { 0 });
        }
    }

    #[test]
    fn a_list_of_few_items_has_no_table() {
        let mut index = Index::default();
        for len in 1..=FEW {
            index.insert((len as u64, len as u32 - 1), len, |_| None);
        }
        assert!(!index.has_table());
        index.insert((5, FEW as u32), FEW + 1, |it| Some(u64::from(it) + 1));
        assert_eq!(index.0.len(), FEW + 1);
    }

    #[test]
    fn a_list_that_was_emptied_keeps_its_table() {
        let mut index = Index::default();
        index.build(FEW + 1, |_| None);
        assert!(index.has_table());
        assert_eq!(index.hint(7), NOWHERE);
    }
}
