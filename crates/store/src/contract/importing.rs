//! Logs that exist already.

#[cfg(doc)]
use tallyfold_core::spec::*;

use super::lines::{account, line, lines_of, log_lines, pack, position, put, version};
use crate::{IdKey, ImportError, Position, Store, Stream};

/// An import keeps malformed lines and repeated ids ([T7]); the first event with an id keeps it.
pub fn an_import_keeps_what_is_no_event(store: &dyn Store) {
    let twice = r#"{"type":"SessionClosed","at":"2026-01-05T09:00:00Z","account":"a","id":"1","session":"s"}"#;
    let other = r#"{"type":"SessionClosed","at":"2099-01-05T09:00:00Z","account":"a","id":"1","session":"t"}"#;
    let texts = [twice, "no event", twice, "{}", other];
    let end = store.import(Position::START, &log_lines(&texts)).unwrap();
    assert_eq!(end, position(5));
    assert_eq!(lines_of(store), texts.map(|it| it.as_bytes().to_vec()));
    assert_eq!(store.version(&Stream::Malformed).unwrap(), version(2));
    assert_eq!(store.version(&account("a")).unwrap(), version(3));
    // The first event with an id keeps it.
    let key: IdKey = line(twice).id().unwrap().clone();
    assert_eq!(store.find(&account("a"), &key).unwrap().unwrap().position, position(1));
}

/// An import goes on behind the last position.
pub fn an_import_goes_on_where_it_stopped(store: &dyn Store) {
    let end = store.import(Position::START, &log_lines(&["{}", "{1"])).unwrap();
    assert_eq!(store.import(end, &[]).unwrap(), end);
    assert_eq!(store.import(end, &log_lines(&["{2"])).unwrap(), position(3));
    assert_eq!(lines_of(store), [&b"{}"[..], b"{1", b"{2"]);
}

/// An import behind another position than the last is refused, and changes nothing.
pub fn an_import_elsewhere_is_refused(store: &dyn Store) {
    put(store, pack("a", "1"));
    let answer = store.import(Position::START, &log_lines(&["{}"]));
    let Err(ImportError::Conflict { expected, present }) = answer else { panic!("{answer:?}") };
    assert_eq!((expected, present), (Position::START, position(1)));
    assert_eq!(store.head().unwrap().position, position(1));
}

/// The last event that was appended is told apart from what was imported.
pub fn what_was_appended_is_told_from_what_was_imported(store: &dyn Store) {
    let last = || store.last_appended().unwrap().map(|event| event.position.get());
    let end = store.import(Position::START, &log_lines(&["{}"])).unwrap();
    assert_eq!(last(), None);
    put(store, pack("a", "1"));
    assert_eq!(last(), Some(2));
    store.import(end.next(), &log_lines(&["{1"])).unwrap();
    put(store, pack("a", "1"));
    assert_eq!(last(), Some(2), "a repeat is not appended");
    put(store, pack("a", "2"));
    assert_eq!(last(), Some(4));
}
