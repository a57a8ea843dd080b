//! What the fold remembers: dense lists, and the indexes by which things are found in them.
//!
//! State offers `find`, `available`, `take`; what may happen, and what follows from it, is decided in
//! [`rules`](crate::rules).

pub(crate) mod access;
pub(crate) mod account;
pub(crate) mod burnable;
pub(crate) mod catalog;
pub(crate) mod charges;
pub(crate) mod coded;
pub(crate) mod ids;
pub(crate) mod index;
pub(crate) mod names;
pub(crate) mod packs;
pub(crate) mod recent_ids;
pub(crate) mod subscriptions;
pub(crate) mod takings;
pub(crate) mod timers;
pub(crate) mod usage;
pub(crate) mod users;

pub use coded::RestoreError;

/// Appends to a list. The first item gets room for itself alone: most accounts of a large ledger
/// are small, and what four of everything would take they take twice.
pub(crate) fn append<T>(list: &mut Vec<T>, item: T) {
    if list.capacity() == 0 {
        list.reserve_exact(1);
    }
    list.push(item);
}
