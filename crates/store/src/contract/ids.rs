//! Ids make it safe to append again ([T7]).

#[cfg(doc)]
use tallyfold_core::spec::*;

use super::lines::{account, batch, line, pack, position, put, rate, version};
use crate::{AppendError, Appended, Expected, Store, Stream, Version};

/// An event that is there already is not appended again, whatever version is expected.
pub fn a_repeat_answers_the_old_position(store: &dyn Store) {
    let first = put(store, pack("a", "1"));
    put(store, pack("a", "2"));
    // Whatever version is expected: there is nothing new to append.
    let again = store.append(&pack("a", "1").into(), Expected::Version(Version::EMPTY)).unwrap();
    assert_eq!(again.events, [Appended { is_repeat: true, ..first }]);
    assert_eq!(store.head().unwrap().position, position(2));
    // Of a batch only what is new is appended, and an id repeats inside of it as well.
    let mixed = batch([pack("a", "2"), pack("a", "3"), pack("a", "3")]);
    let events = store.append(&mixed, Expected::Version(version(2))).unwrap().events;
    let places: Vec<_> = events.iter().map(|it| (it.position.get(), it.is_repeat)).collect();
    assert_eq!(places, [(2, true), (3, false), (3, true)]);
}

/// An id that another event of the stream has is refused, before the version is looked at.
pub fn an_id_with_other_bytes_is_refused(store: &dyn Store) {
    put(store, pack("b", "0"));
    put(store, pack("a", "1"));
    let other = line(
        r#"{"type":"PackPurchased","at":"2026-01-02T00:00:00Z","account":"a","id":"1","pack":"1","tokens":101}"#,
    );
    // Before the version is looked at.
    let answer = store.append(&other.into(), Expected::Version(version(7)));
    let Err(AppendError::IdTaken { id, position: at }) = answer else { panic!("{answer:?}") };
    assert_eq!((&*id, at), ("1", position(2)));
    assert_eq!(store.head().unwrap().position, position(2));
}

/// The same id in another stream is another id.
pub fn an_id_counts_in_its_stream_only(store: &dyn Store) {
    let stored = [pack("a", "1"), pack("b", "1"), rate("1")].map(|it| put(store, it));
    assert_eq!(stored.map(|it| it.position.get()), [1, 2, 3]);
    let key = pack("a", "1").id().unwrap().clone();
    assert_eq!(store.find(&account("b"), &key).unwrap().unwrap().position, position(2));
    assert_eq!(store.find(&Stream::Catalog, &key).unwrap().unwrap().position, position(3));
    assert_eq!(store.find(&account("c"), &key).unwrap(), None);
}

/// A pair of source and id is never taken for a plain id, or for that of another source.
pub fn an_id_from_an_envelope_is_another(store: &dyn Store) {
    let envelope = |source: &str| {
        line(&format!(
            r#"{{"specversion":"1.0","type":"SessionClosed","source":"{source}","id":"1","time":"2026-01-02T09:00:00Z","subject":"a","data":{{"session":"s"}}}}"#
        ))
    };
    let stored = [pack("a", "1"), envelope(""), envelope("/x")].map(|it| put(store, it));
    assert_eq!(stored.map(|it| it.position.get()), [1, 2, 3]);
    assert!(put(store, envelope("")).is_repeat);
}

/// Long ids are told apart, and found again.
pub fn an_id_of_any_length_is_kept(store: &dyn Store) {
    let close = |length: usize, end: &str| {
        let source = format!("{}{end}", "s".repeat(length));
        line(&format!(
            r#"{{"specversion":"1.0","type":"SessionClosed","source":"{source}","id":"e","time":"2026-01-02T09:00:00Z","subject":"acme","data":{{"session":"s"}}}}"#
        ))
    };
    let lengths = [250, 251, 252, 253, 254, 255, 6_000, 60_000];
    for (length, end) in lengths.into_iter().flat_map(|length| ["a", "b"].map(|end| (length, end)))
    {
        let appended = put(store, close(length, end));
        assert!(!appended.is_repeat);
        assert_eq!(put(store, close(length, end)).position, appended.position);
        let found = store.find(&account("acme"), close(length, end).id().unwrap()).unwrap();
        assert_eq!(found.unwrap().position, appended.position);
    }
    store.verify().unwrap();
}
