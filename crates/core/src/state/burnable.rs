//! The packs that burn, in order (P3).

use std::collections::BTreeSet;

use crate::time::Instant;
use crate::tokens::Tokens;

/// The order in which packs burn: the UTC date of expiry, then the smaller pack as bought, then
/// the earlier instant, then log order (P3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct BurnOrder {
    pub(crate) expiry_day: i32,
    pub(crate) size: Tokens,
    pub(crate) expires_at: Instant,
    pub(crate) pack: u32,
}

/// So many packs are a list, which is small; more are a tree, which stays quick.
const FEW: usize = 64;

/// Usable packs that hold something, in burn order (P3).
#[derive(Clone, Debug, Default)]
pub(crate) struct Burnable {
    /// None, where they are many.
    few: Vec<u32>,
    /// All of them since they were more than a few, until there is none.
    many: BTreeSet<BurnOrder>,
}

impl Burnable {
    /// Their numbers, the one that burns first first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = u32> {
        self.few.iter().copied().chain(self.many.iter().map(|order| order.pack))
    }

    /// Lets a pack burn in its turn.
    pub(crate) fn insert(&mut self, pack: u32, order: impl Fn(u32) -> BurnOrder) {
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
    pub(crate) fn remove(&mut self, pack: u32, order: impl Fn(u32) -> BurnOrder) {
        if !self.many.is_empty() {
            self.many.remove(&order(pack));
        } else if let Ok(place) = self.place(pack, &order) {
            self.few.remove(place);
        }
    }

    /// Where a pack stands among the few, or should.
    fn place(&self, pack: u32, order: &impl Fn(u32) -> BurnOrder) -> Result<usize, usize> {
        self.few.binary_search_by_key(&order(pack), |&other| order(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_and_many_burn_in_the_same_order() {
        let order = |pack: u32| BurnOrder {
            expiry_day: 0,
            size: Tokens::whole(i64::from(pack * 37 % 101)),
            expires_at: Instant::EARLIEST,
            pack,
        };
        for count in [1, FEW as u32, FEW as u32 + 1, 100] {
            let mut burnable = Burnable::default();
            for pack in (0..count).chain(0..count) {
                burnable.insert(pack, order);
            }
            (0..count).step_by(3).for_each(|pack| burnable.remove(pack, order));
            (0..count).step_by(6).for_each(|pack| burnable.remove(pack, order));
            let mut expected: Vec<u32> = (0..count).filter(|pack| pack % 3 != 0).collect();
            expected.sort_by_key(|&pack| order(pack));
            assert_eq!(burnable.iter().collect::<Vec<_>>(), expected, "of {count}");
            assert_eq!(burnable.many.is_empty(), count as usize <= FEW);
            (0..count).for_each(|pack| burnable.remove(pack, order));
            assert_eq!(burnable.iter().next(), None);
        }
    }
}
