//! What may be thrown away, and is right as long as it is there.

use super::lines::{account, pack, position, put, version};
use crate::{SnapshotBytes, SnapshotPart, Store};

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

/// A snapshot may name parts of the one before it in place of writing them; where one is not there any
/// more, it is not kept.
pub fn a_snapshot_names_parts_of_the_one_before(store: &dyn Store) {
    (1..=3).for_each(|id| assert!(!put(store, pack("a", &id.to_string())).is_repeat));
    let snapshot = |at: u64, parts: &[SnapshotPart]| SnapshotBytes {
        stamp: "fold 1".to_owned(),
        position: position(at),
        version: version(at),
        body: b"{}".to_vec(),
        parts: parts.to_vec(),
    };
    let part = |at, bytes: &str| SnapshotPart::new(version(at), bytes.into());
    let (old, replaced, new) = (part(1, "old"), part(1, "replaced"), part(2, "new"));
    let keep = |snapshot: &SnapshotBytes| store.keep_snapshot(&account("a"), snapshot).unwrap();
    assert!(keep(&snapshot(1, &[old.clone(), replaced.clone()])));
    assert!(keep(&snapshot(2, &[old.name(), new.clone()])));
    let kept = Some(snapshot(2, &[old.clone(), new]));
    assert_eq!(store.snapshot(&account("a")).unwrap(), kept);
    assert!(!keep(&snapshot(3, &[old.name(), replaced.name()])));
    assert_eq!(store.snapshot(&account("a")).unwrap(), kept);
}

/// What was answered to the request of an event is what was given to be remembered, or nothing.
pub fn an_answer_is_remembered_or_forgotten(store: &dyn Store) {
    for id in ["1", "2"] {
        put(store, pack("a", id));
    }
    store.remember_answer(position(1), b"yes".to_vec());
    let told = store.remembered_answer(position(1)).unwrap();
    assert!(told.as_ref().is_none_or(|told| told == b"yes"), "{told:?}");
    assert_eq!(store.remembered_answer(position(2)).unwrap(), None);
}
