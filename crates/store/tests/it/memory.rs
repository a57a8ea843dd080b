//! The store in memory: the contract.

use tallyfold_store::{MemoryStore, contract, store_contract};

store_contract!(memory, open);

fn open() -> (MemoryStore, ()) {
    (MemoryStore::new(contract::future_limit()), ())
}
