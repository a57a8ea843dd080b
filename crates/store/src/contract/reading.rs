//! What is read is what was stored.

use super::lines::{ANY, account, lines_of, pack, pack_without_id, position, put, rate};
use crate::{Batch, Chain, LogEvents, Position, Store, Stream, digest_of};

/// An account reads its own events and those of the catalog, in the order of the log.
pub fn an_account_sees_itself_and_the_catalog(store: &dyn Store) {
    for event in [rate("1"), pack("a", "1"), pack("b", "1"), rate("2"), pack("a", "2"), rate("3")] {
        put(store, event);
    }
    let seen = |after, through, limit| -> Vec<u64> {
        let after = position(after);
        let read = store.read_account(&account("a"), after, position(through), limit).unwrap();
        read.iter().map(|it| it.position.get()).collect()
    };
    assert_eq!(seen(0, 6, 10), [1, 2, 4, 5, 6]);
    assert_eq!(seen(2, 5, 10), [4, 5]);
    assert_eq!(seen(0, 6, 2), [1, 2]);
    assert_eq!(seen(6, 6, 2), [0; 0]);
    let nobody = store.read_account(&account("nobody"), Position::START, position(6), 10).unwrap();
    assert_eq!(nobody.len(), 3);
}

/// A log that is longer than a page is read whole, page after page.
pub fn pages_join_without_a_seam(store: &dyn Store) {
    let many: Vec<_> = (0..1_500).map(|it| pack("a", &it.to_string())).collect();
    store.append(&Batch::new(many.clone()).unwrap(), ANY).unwrap();
    let read = lines_of(store);
    assert_eq!(read.len(), 1_500);
    assert!(read.iter().zip(&many).all(|(read, put)| read == put.line()));
}

/// The chain is that of the digests of all events, so it can be worked out elsewhere.
pub fn the_chain_follows_from_the_events(store: &dyn Store) {
    assert_eq!(store.head().unwrap().chain, Chain::EMPTY);
    for event in [rate("1"), pack("a", "1"), pack("a", "2")] {
        put(store, event);
    }
    let mut chain = Chain::EMPTY;
    for event in LogEvents::after(store, Position::START) {
        let event = event.unwrap();
        let digest = digest_of(event.position, &event.stream, event.version, &event.line);
        chain = chain.then(&digest);
    }
    assert_eq!(store.head().unwrap().chain, chain);
}

/// Accounts are listed in byte order of their names, page by page.
pub fn accounts_are_listed_in_byte_order(store: &dyn Store) {
    for name in ["b", "ä", "B", "a b", "a"] {
        put(store, pack(name, "1"));
    }
    put(store, rate("1"));
    let listed = |after: &str, limit| -> Vec<String> {
        let accounts = store.accounts(after, limit).unwrap();
        accounts.iter().map(|it| it.account().unwrap().to_owned()).collect()
    };
    assert_eq!(listed("", 10), ["B", "a", "a b", "b", "ä"]);
    assert_eq!(listed("", 2), ["B", "a"]);
    assert_eq!(listed("a", 2), ["a b", "b"]);
    assert_eq!(listed("ä", 2), [""; 0]);
}

/// A store that holds what was stored says so, and how much that is.
pub fn a_sound_store_verifies(store: &dyn Store) {
    assert_eq!(store.verify().unwrap().streams, 0);
    for event in [rate("1"), pack("a", "1"), pack_without_id("a", "2"), pack("b", "1")] {
        put(store, event);
    }
    let verified = store.verify().unwrap();
    assert_eq!(verified.head, store.head().unwrap());
    assert_eq!(verified.streams, 3);
}

/// A stream is read page by page; a page has at most as many events as were asked for, and at least one
/// where there is one.
pub fn a_stream_is_read_in_pages(store: &dyn Store) {
    for event in [pack("a", "1"), rate("r"), pack("a", "2"), pack("b", "1"), pack("a", "3")] {
        put(store, event);
    }
    let read = |stream: &Stream, after, limit| -> Vec<u64> {
        let read = store.read_stream(stream, position(after), limit).unwrap();
        read.iter().map(|it| it.position.get()).collect()
    };
    assert_eq!(read(&account("a"), 0, 10), [1, 3, 5]);
    assert_eq!(read(&account("a"), 0, 2), [1, 3]);
    assert_eq!(read(&account("a"), 3, 2), [5]);
    assert_eq!(read(&account("a"), 2, 0), [3]);
    assert_eq!(read(&account("a"), 5, 2), [0; 0]);
    assert_eq!(read(&Stream::Catalog, 0, 2), [2]);
    assert_eq!(read(&account("nobody"), 0, 2), [0; 0]);
}
