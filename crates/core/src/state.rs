//! What the fold remembers: dense lists and the indexes to find things in them. Which rule
//! changes what stands in [`crate::rules`].

pub(crate) mod access;
pub(crate) mod applied;
pub(crate) mod burnable;
pub(crate) mod catalog;
pub(crate) mod charges;
pub(crate) mod coded;
pub(crate) mod index;
pub(crate) mod names;
pub(crate) mod packs;
pub(crate) mod sessions;
pub(crate) mod subscriptions;
pub(crate) mod timers;
pub(crate) mod uses;

/// Appends to a list. The first item gets room for itself alone: most accounts of a large ledger
/// are small, and what four of everything would take they take twice.
pub(crate) fn append<T>(list: &mut Vec<T>, item: T) {
    if list.capacity() == 0 {
        list.reserve_exact(1);
    }
    list.push(item);
}
