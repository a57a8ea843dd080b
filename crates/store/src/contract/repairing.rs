//! A log without its last events, and a store made anew.

use super::lines::{account, lines_of, log_lines, pack, position, put, rate, version};
use crate::{Cut, Head, ImportError, Rebuilt, SnapshotBytes, Store};

/// A cut takes events off the end and puts a mark in their place: nothing that is derived from them is
/// left. It is refused where the log does not end where it should.
pub fn a_cut_takes_off_the_end(store: &dyn Store) {
    for event in [rate("r"), pack("a", "1"), pack("a", "2"), pack("b", "1")] {
        put(store, event);
    }
    store.move_checkpoint("mailer", position(4)).unwrap();
    store.move_checkpoint("slow", position(1)).unwrap();
    for key in [b"key 1", b"key 2"] {
        store.remember_delivery("mailer", key).unwrap();
    }
    let cut = Cut {
        end: store.head().unwrap(),
        after: position(2),
        mark: br#"{"repair":"here"}"#.to_vec(),
        forgotten: vec![(b"key 2".to_vec(), b"key 3".to_vec())],
    };
    let answer = store.cut(&Cut { end: Head::default(), ..cut.clone() });
    let Err(ImportError::Conflict { present, .. }) = answer else { panic!("{answer:?}") };
    assert_eq!(present, position(4));
    assert_eq!(store.head().unwrap(), cut.end);

    assert_eq!(store.cut(&cut).unwrap(), position(3));
    assert_eq!(lines_of(store), [rate("r").line(), pack("a", "1").line(), &cut.mark]);
    assert_eq!(store.version(&account("a")).unwrap(), version(1));
    assert_eq!(store.accounts("", 10).unwrap(), [account("a")]);
    assert_eq!(store.last_appended().unwrap().unwrap().position, position(2));
    let checkpoints = ["mailer", "slow"].map(|it| store.checkpoint(it).unwrap().get());
    assert_eq!(checkpoints, [2, 1]);
    assert_eq!(store.delivered("mailer", &[b"key 1", b"key 2"]).unwrap(), [true, false]);
    store.verify().unwrap();
    let again = put(store, pack("a", "2"));
    assert_eq!((again.position, again.version, again.is_repeat), (position(4), version(2), false));
}

/// All that is derived from the events can be made anew from them alone; snapshots are forgotten.
pub fn what_is_derived_is_made_anew(store: &dyn Store) {
    for event in [rate("r"), pack("a", "1"), pack("b", "1")] {
        put(store, event);
    }
    let head = store.import(position(3), &log_lines(&["{}"])).and_then(|_| Ok(store.head()?));
    let (head, before) = (head.unwrap(), lines_of(store));
    let snapshot = SnapshotBytes {
        stamp: "fold 1".to_owned(),
        position: position(2),
        version: version(1),
        body: b"{}".to_vec(),
        parts: Vec::new(),
    };
    assert!(store.keep_snapshot(&account("a"), &snapshot).unwrap());
    let rebuilt = Rebuilt { head, accounts: 2, ids: 3, is_head_known: true };
    assert_eq!(store.rebuild().unwrap(), rebuilt);
    assert_eq!((store.head().unwrap(), lines_of(store)), (head, before));
    assert_eq!(store.snapshot(&account("a")).unwrap(), None);
    assert_eq!(store.last_appended().unwrap().unwrap().position, position(3));
    assert!(put(store, pack("a", "1")).is_repeat);
    assert_eq!(put(store, pack("a", "2")).version, version(2));
    store.verify().unwrap();
}
