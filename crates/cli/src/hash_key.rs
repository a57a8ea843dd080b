//! The key of the ledger's hash tables.

use std::hash::{BuildHasher, RandomState};

use tallyfold_core::HashKey;

/// A key that nobody who chose the names in a log can have known. It decides nothing that is
/// computed or printed.
pub(crate) fn drawn() -> HashKey {
    let drawn = RandomState::new();
    let halves = [drawn.hash_one(0_u8), drawn.hash_one(1_u8)];
    let mut key = [0; 16];
    key[..8].copy_from_slice(&halves[0].to_le_bytes());
    key[8..].copy_from_slice(&halves[1].to_le_bytes());
    HashKey::new(key)
}
