//! The packs that burn, kept in order.

use std::collections::BTreeSet;

use crate::event::{Timestamp, Tokens};
use crate::state::ids::PackId;

/// The place of a pack in burn order, as `rules::packs` makes it: date of expiry, size, instant of
/// expiry, pack. Compared in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct BurnOrder {
    pub(crate) expiry_day: i32,
    pub(crate) size: Tokens,
    pub(crate) expires_at: Timestamp,
    pub(crate) pack: PackId,
}

/// So many packs are a list, which is small; more are a tree, which stays quick.
const FEW: usize = 64;

/// Usable packs that hold something, in burn order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Burnable {
    /// None, where they are many.
    few: Vec<PackId>,
    /// All of them since they were more than a few, until there is none.
    many: BTreeSet<BurnOrder>,
}

impl Burnable {
    /// Their numbers, the one that burns first first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = PackId> {
        self.few.iter().copied().chain(self.many.iter().map(|order| order.pack))
    }

    /// Lets a pack burn in its turn.
    pub(crate) fn insert(&mut self, pack: PackId, order: impl Fn(PackId) -> BurnOrder) {
        if !self.many.is_empty() {
            self.many.insert(order(pack));
            return;
        }
        if let Err(place) = self.place(pack, &order) {
            self.few.insert(place, pack);
        }
        if self.few.len() > FEW {
            self.many = self.few.drain(..).map(order).collect();
        }
    }

    /// Lets a pack burn no more: it is exhausted or retired.
    pub(crate) fn remove(&mut self, pack: PackId, order: impl Fn(PackId) -> BurnOrder) {
        if !self.many.is_empty() {
            self.many.remove(&order(pack));
        } else if let Ok(place) = self.place(pack, &order) {
            self.few.remove(place);
        }
    }

    /// Where a pack stands among the few, or should.
    fn place(&self, pack: PackId, order: &impl Fn(PackId) -> BurnOrder) -> Result<usize, usize> {
        self.few.binary_search_by_key(&order(pack), |&other| order(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::ids::ids;

    #[test]
    fn few_and_many_burn_in_the_same_order() {
        let order = |pack: PackId| BurnOrder {
            expiry_day: 0,
            size: Tokens::whole(i64::from(u32::from(pack) * 37 % 101)),
            expires_at: Timestamp::EARLIEST,
            pack,
        };
        for count in [1, FEW, FEW + 1, 100] {
            let mut burnable = Burnable::default();
            for pack in ids(count).chain(ids(count)) {
                burnable.insert(pack, order);
            }
            ids(count).step_by(3).for_each(|pack| burnable.remove(pack, order));
            ids(count).step_by(6).for_each(|pack| burnable.remove(pack, order));
            let mut expected: Vec<PackId> =
                ids(count).filter(|pack: &PackId| u32::from(*pack) % 3 != 0).collect();
            expected.sort_by_key(|&pack| order(pack));
            assert_eq!(burnable.iter().collect::<Vec<_>>(), expected, "of {count}");
            assert_eq!(burnable.many.is_empty(), count <= FEW);
            ids(count).for_each(|pack| burnable.remove(pack, order));
            assert_eq!(burnable.iter().next(), None);
        }
    }
}
