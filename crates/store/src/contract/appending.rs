//! What an append does, and what it refuses.

#[cfg(doc)]
use tallyfold_core::spec::*;

use super::lines::{
    ANY, account, batch, line, lines_of, now, pack, pack_without_id, position, put, rate, version,
};
use crate::{AppendError, Batch, Expected, Position, Store, Stream, Version};

/// Positions count all events from 1 without gaps; versions count those of each stream.
pub fn positions_have_no_gaps_and_versions_count_per_stream(store: &dyn Store) {
    let stored =
        [rate("r"), pack("a", "1"), pack("b", "1"), pack("a", "2")].map(|it| put(store, it));
    let places = stored.map(|it| (it.position.get(), it.version.get(), it.is_repeat));
    assert_eq!(places, [(1, 1, false), (2, 1, false), (3, 1, false), (4, 2, false)]);
    assert_eq!(store.head().unwrap().position, position(4));
    assert_eq!(store.version(&account("a")).unwrap(), version(2));
    assert_eq!(store.version(&account("nobody")).unwrap(), Version::EMPTY);
    assert_eq!(store.version(&Stream::Catalog).unwrap(), version(1));
}

/// A line is read as it was appended, to the byte, however it is written.
pub fn bytes_are_kept_as_they_are(store: &dyn Store) {
    let texts = [
        r#"{ "account" : "ac\u006de" , "at":"2026-01-02T01:00:00.5+01:00", "type":"PackPurchased","pack":"ü","tokens":"0.5" , "meta":{"a":[1.0e3,null]}}"#,
        r#"{"specversion":"1.0","type":"SessionClosed","source":"","id":"e","time":"2026-01-02T09:00:00Z","subject":"acme","extra":1,"data":{"session":"s"}}"#,
    ];
    for text in texts {
        put(store, line(text));
    }
    assert_eq!(lines_of(store), texts.map(|it| it.as_bytes().to_vec()));
    let read = store.read_stream(&account("acme"), Position::START, 10).unwrap();
    assert_eq!(read.len(), 2);
    assert_eq!(read[1].line, texts[1].as_bytes());
    assert_eq!(read[1].version, version(2));
}

/// The events of a batch are appended one behind the other, in order.
pub fn a_batch_is_appended_whole(store: &dyn Store) {
    let three = batch([pack("a", "1"), pack_without_id("a", "2"), pack("a", "3")]);
    let receipt = store.append(&three, Expected::Version(Version::EMPTY)).unwrap();
    let places: Vec<_> = receipt.events.iter().map(|it| (it.position, it.version)).collect();
    assert_eq!(places, [1, 2, 3].map(|it| (position(it), version(it))));
}

/// An append with another version than the stream is at is refused, and told the present one.
pub fn a_conflict_tells_the_present_version(store: &dyn Store) {
    put(store, pack("a", "1"));
    put(store, pack("a", "2"));
    for expected in [0, 1, 3] {
        let answer = store.append(&pack("a", "3").into(), Expected::Version(version(expected)));
        let Err(AppendError::Conflict { expected: told, present }) = answer else {
            panic!("{answer:?}");
        };
        assert_eq!((told, present), (version(expected), version(2)));
    }
    assert_eq!(store.head().unwrap().position, position(2));
    store.append(&pack("a", "3").into(), Expected::Version(version(2))).unwrap();
}

/// An event later than the clock and its tolerance is refused; one that is just within it is not.
pub fn an_event_from_the_future_is_refused(store: &dyn Store) {
    let at = |at: &str| {
        line(&format!(r#"{{"type":"SessionClosed","at":"{at}","account":"a","session":"s"}}"#))
    };
    put(store, at("2026-01-05T12:01:00Z"));
    let answer = store.append(&at("2026-01-05T12:01:00.000000001Z").into(), ANY);
    let Err(AppendError::FromTheFuture { now: told, .. }) = answer else { panic!("{answer:?}") };
    assert_eq!((told, store.now().unwrap()), (now(), now()));
    assert_eq!(store.head().unwrap().position, position(1));
}

/// Of a batch that is refused nothing is appended, not even what stands before the event that is at fault.
pub fn a_refused_batch_changes_nothing(store: &dyn Store) {
    put(store, pack("a", "1"));
    let before = store.head().unwrap();
    let taken = line(
        r#"{"type":"PackPurchased","at":"2026-01-02T00:00:00Z","account":"a","id":"1","pack":"1","tokens":101}"#,
    );
    let answer = store.append(&batch([pack("a", "2"), taken]), ANY);
    assert!(matches!(answer, Err(AppendError::IdTaken { .. })), "{answer:?}");
    assert_eq!(store.head().unwrap(), before);
    assert_eq!(store.find(&account("a"), pack("a", "2").id().unwrap()).unwrap(), None);
    assert!(!put(store, pack("a", "2")).is_repeat);
}

/// A receipt tells the last event of the catalog that the appended events see ([T2]).
pub fn the_receipt_tells_the_last_catalog_event(store: &dyn Store) {
    let catalog_at = |event| store.append(&Batch::from(event), ANY).unwrap().catalog.get();
    let told =
        [pack("a", "1"), rate("1"), pack("a", "2"), rate("2"), pack("b", "1")].map(catalog_at);
    assert_eq!(told, [0, 2, 2, 4, 4]);
}
