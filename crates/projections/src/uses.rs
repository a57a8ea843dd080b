//! Who used which product, and when last.

use std::hash::RandomState;

use hashbrown::HashMap;
use tallyfold_core::Timestamp;

/// A user and a product, by their numbers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Use {
    pub(crate) user: u32,
    pub(crate) product: u32,
    /// The latest start of a charge, open that was let in, or close by the user.
    pub(crate) last_used: Timestamp,
}

/// The uses of an account. The index is only looked things up in; its order never shows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Uses {
    list: Vec<Use>,
    index: HashMap<(u32, u32), u32, RandomState>,
}

impl Uses {
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Use> {
        self.list.iter()
    }

    pub(crate) fn get(&self, number: u32) -> &Use {
        &self.list[number as usize]
    }

    /// The number of a use, which becomes known at this instant if it was not.
    pub(crate) fn number(&mut self, user: u32, product: u32, at: Timestamp) -> u32 {
        let next = self.list.len() as u32;
        let number = *self.index.entry((user, product)).or_insert(next);
        if number == next {
            self.list.push(Use { user, product, last_used: at });
        }
        number
    }

    /// It was used at this instant, and perhaps later.
    pub(crate) fn used(&mut self, number: u32, at: Timestamp) {
        let last = &mut self.list[number as usize].last_used;
        *last = at.max(*last);
    }

    /// Numbers products anew.
    pub(crate) fn renumber_products(&mut self, numbers: &[u32]) {
        self.index.clear();
        for (number, it) in (0..).zip(&mut self.list) {
            it.product = numbers[it.product as usize];
            self.index.insert((it.user, it.product), number);
        }
    }
}
