//! What may be thrown away, and is right as long as it is there.

use super::lines::*;
use crate::*;

/// The last snapshot that was kept is the one that is read.
pub fn a_snapshot_replaces_the_one_before(store: &dyn Store) {
    put(store, pack("a", "1"));
    assert_eq!(store.snapshot(&account("a")).unwrap(), None);
    let first = SnapshotBytes {
        stamp: "fold 1".to_owned(),
        position: position(1),
        version: version(1),
        body: b"{}".to_vec(),
        parts: Vec::new(),
    };
    store.keep_snapshot(&account("a"), &first).unwrap();
    assert_eq!(store.snapshot(&account("a")).unwrap(), Some(first.clone()));
    let second = SnapshotBytes { stamp: "fold 2".to_owned(), body: vec![0; 100_000], ..first };
    store.keep_snapshot(&account("a"), &second).unwrap();
    assert_eq!(store.snapshot(&account("a")).unwrap(), Some(second));
}
