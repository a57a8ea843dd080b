//! What every store promises, tested with each of them.
//!
//! A store joins with `contract!(its_name, open)`, followed by `if` and a condition where it is not
//! to be had everywhere. `open` makes an empty store whose clock is
//! [`lines::now`](crate::lines::now) with a tolerance of a minute, and answers it together with
//! whatever keeps it alive: `fn open() -> (impl Store, impl Sized)`. Tests run beside each other,
//! so each store it makes is another one.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use tallyfold_store::{
    AppendError, Appended, Batch, Chain, Expected, IdKey, ImportError, LogEvents, LogLine,
    Position, SnapshotBytes, Store, Stream, Tail, Version, digest_of,
};

use crate::lines::{account, batch, line, now, pack, pack_without_id, rate};

/// Makes a test of each clause for a store.
macro_rules! contract {
    ($store:ident, $open:path) => {
        contract!($store, $open, if true);
    };
    ($store:ident, $open:path, if $is_there:expr) => {
        mod $store {
            contract!(@each $open, $is_there;
                positions_have_no_gaps_and_versions_count_per_stream,
                bytes_are_kept_as_they_are,
                a_batch_is_appended_whole,
                a_conflict_tells_the_present_version,
                a_repeat_answers_the_old_position,
                an_id_with_other_bytes_is_refused,
                an_id_counts_in_its_stream_only,
                an_id_from_an_envelope_is_another,
                an_id_of_any_length_is_kept,
                an_event_from_the_future_is_refused,
                a_refused_batch_changes_nothing,
                the_receipt_tells_the_last_catalog_event,
                an_account_sees_itself_and_the_catalog,
                pages_join_without_a_seam,
                the_chain_follows_from_the_events,
                an_import_keeps_what_is_no_event,
                an_import_goes_on_where_it_stopped,
                an_import_elsewhere_is_refused,
                accounts_are_listed_in_byte_order,
                a_checkpoint_is_remembered,
                a_consumer_that_dies_repeats_and_never_skips,
                a_tail_wakes_for_what_is_new,
                a_tail_gives_up_after_its_time,
                a_snapshot_replaces_the_one_before,
                appenders_beside_each_other_lose_nothing,
                one_of_many_with_the_same_version_wins,
                one_of_many_with_the_same_id_is_stored,
                a_reader_beside_writers_never_finds_one_late,
                a_sound_store_verifies,
            );
        }
    };
    (@each $open:path, $is_there:expr; $($clause:ident,)*) => {$(
        #[test]
        fn $clause() {
            if $is_there {
                let (store, _keep) = $open();
                crate::contract::$clause(&store);
            }
        }
    )*};
}

const ANY: Expected = Expected::Any;

fn version(number: u64) -> Version {
    Version::new(number)
}

fn position(number: u64) -> Position {
    Position::new(number)
}

/// Appends one event, and answers where it stands.
fn put(store: &impl Store, event: tallyfold_store::NewEvent) -> Appended {
    store.append(&event.into(), ANY).unwrap().events[0]
}

fn lines_of(store: &impl Store) -> Vec<Vec<u8>> {
    LogEvents::after(store, Position::START).map(|event| event.unwrap().line).collect()
}

pub(crate) fn positions_have_no_gaps_and_versions_count_per_stream(store: &impl Store) {
    let stored =
        [rate("r"), pack("a", "1"), pack("b", "1"), pack("a", "2")].map(|it| put(store, it));
    let places = stored.map(|it| (it.position.get(), it.version.get(), it.is_repeat));
    assert_eq!(places, [(1, 1, false), (2, 1, false), (3, 1, false), (4, 2, false)]);
    assert_eq!(store.head().unwrap().position, position(4));
    assert_eq!(store.version(&account("a")).unwrap(), version(2));
    assert_eq!(store.version(&account("nobody")).unwrap(), Version::EMPTY);
    assert_eq!(store.version(&Stream::Catalog).unwrap(), version(1));
}

pub(crate) fn bytes_are_kept_as_they_are(store: &impl Store) {
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

pub(crate) fn a_batch_is_appended_whole(store: &impl Store) {
    let three = batch([pack("a", "1"), pack_without_id("a", "2"), pack("a", "3")]);
    let receipt = store.append(&three, Expected::Version(Version::EMPTY)).unwrap();
    let places: Vec<_> = receipt.events.iter().map(|it| (it.position, it.version)).collect();
    assert_eq!(places, [1, 2, 3].map(|it| (position(it), version(it))));
}

pub(crate) fn a_conflict_tells_the_present_version(store: &impl Store) {
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

pub(crate) fn a_repeat_answers_the_old_position(store: &impl Store) {
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

pub(crate) fn an_id_with_other_bytes_is_refused(store: &impl Store) {
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

pub(crate) fn an_id_counts_in_its_stream_only(store: &impl Store) {
    let stored = [pack("a", "1"), pack("b", "1"), rate("1")].map(|it| put(store, it));
    assert_eq!(stored.map(|it| it.position.get()), [1, 2, 3]);
    let key = pack("a", "1").id().unwrap().clone();
    assert_eq!(store.find(&account("b"), &key).unwrap().unwrap().position, position(2));
    assert_eq!(store.find(&Stream::Catalog, &key).unwrap().unwrap().position, position(3));
    assert_eq!(store.find(&account("c"), &key).unwrap(), None);
}

pub(crate) fn an_id_from_an_envelope_is_another(store: &impl Store) {
    let envelope = |source: &str| {
        line(&format!(
            r#"{{"specversion":"1.0","type":"SessionClosed","source":"{source}","id":"1","time":"2026-01-02T09:00:00Z","subject":"a","data":{{"session":"s"}}}}"#
        ))
    };
    let stored = [pack("a", "1"), envelope(""), envelope("/x")].map(|it| put(store, it));
    assert_eq!(stored.map(|it| it.position.get()), [1, 2, 3]);
    assert!(put(store, envelope("")).is_repeat);
}

pub(crate) fn an_id_of_any_length_is_kept(store: &impl Store) {
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

pub(crate) fn an_event_from_the_future_is_refused(store: &impl Store) {
    let at = |at: &str| {
        line(&format!(r#"{{"type":"SessionClosed","at":"{at}","account":"a","session":"s"}}"#))
    };
    put(store, at("2026-01-05T12:01:00Z"));
    let answer = store.append(&at("2026-01-05T12:01:00.000000001Z").into(), ANY);
    let Err(AppendError::FromTheFuture { now: told, .. }) = answer else { panic!("{answer:?}") };
    assert_eq!((told, store.now().unwrap()), (now(), now()));
    assert_eq!(store.head().unwrap().position, position(1));
}

pub(crate) fn a_refused_batch_changes_nothing(store: &impl Store) {
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

pub(crate) fn the_receipt_tells_the_last_catalog_event(store: &impl Store) {
    let catalog_at = |event| store.append(&Batch::from(event), ANY).unwrap().catalog.get();
    let told =
        [pack("a", "1"), rate("1"), pack("a", "2"), rate("2"), pack("b", "1")].map(catalog_at);
    assert_eq!(told, [0, 2, 2, 4, 4]);
}

pub(crate) fn an_account_sees_itself_and_the_catalog(store: &impl Store) {
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

pub(crate) fn pages_join_without_a_seam(store: &impl Store) {
    let many: Vec<_> = (0..1_500).map(|it| pack("a", &it.to_string())).collect();
    store.append(&Batch::new(many.clone()).unwrap(), ANY).unwrap();
    let read = lines_of(store);
    assert_eq!(read.len(), 1_500);
    assert!(read.iter().zip(&many).all(|(read, put)| read == put.line()));
}

pub(crate) fn the_chain_follows_from_the_events(store: &impl Store) {
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

fn log_lines(texts: &[&str]) -> Vec<LogLine> {
    texts.iter().map(|text| LogLine::new(text.as_bytes())).collect()
}

pub(crate) fn an_import_keeps_what_is_no_event(store: &impl Store) {
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

pub(crate) fn an_import_goes_on_where_it_stopped(store: &impl Store) {
    let end = store.import(Position::START, &log_lines(&["{}", "{1"])).unwrap();
    assert_eq!(store.import(end, &[]).unwrap(), end);
    assert_eq!(store.import(end, &log_lines(&["{2"])).unwrap(), position(3));
    assert_eq!(lines_of(store), [&b"{}"[..], b"{1", b"{2"]);
}

pub(crate) fn an_import_elsewhere_is_refused(store: &impl Store) {
    put(store, pack("a", "1"));
    let answer = store.import(Position::START, &log_lines(&["{}"]));
    let Err(ImportError::Conflict { expected, present }) = answer else { panic!("{answer:?}") };
    assert_eq!((expected, present), (Position::START, position(1)));
    assert_eq!(store.head().unwrap().position, position(1));
}

pub(crate) fn accounts_are_listed_in_byte_order(store: &impl Store) {
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

pub(crate) fn a_checkpoint_is_remembered(store: &impl Store) {
    put(store, pack("a", "1"));
    assert_eq!(store.checkpoint("mailer").unwrap(), Position::START);
    store.move_checkpoint("mailer", position(1)).unwrap();
    assert_eq!(store.checkpoint("mailer").unwrap(), position(1));
    assert_eq!(store.checkpoint("other").unwrap(), Position::START);
    store.move_checkpoint("mailer", Position::START).unwrap();
    assert_eq!(store.checkpoint("mailer").unwrap(), Position::START);
}

pub(crate) fn a_consumer_that_dies_repeats_and_never_skips(store: &impl Store) {
    for id in ["1", "2", "3"] {
        put(store, pack("a", id));
    }
    let (no_time, mut seen) = (Duration::ZERO, Vec::new());
    let mut tail = Tail::resume(store, "mailer").unwrap();
    seen.extend(tail.next_page(no_time).unwrap().iter().map(|it| it.position.get()));
    // It dies here, before its checkpoint is moved, and starts again.
    let mut tail = Tail::resume(store, "mailer").unwrap();
    seen.extend(tail.next_page(no_time).unwrap().iter().map(|it| it.position.get()));
    tail.save_checkpoint().unwrap();
    put(store, pack("a", "4"));
    let mut tail = Tail::resume(store, "mailer").unwrap();
    seen.extend(tail.next_page(no_time).unwrap().iter().map(|it| it.position.get()));
    assert_eq!(seen, [1, 2, 3, 1, 2, 3, 4]);
}

pub(crate) fn a_tail_wakes_for_what_is_new(store: &impl Store) {
    put(store, pack("a", "1"));
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            let started = Instant::now();
            let head = store.wait(position(1), Duration::from_secs(60)).unwrap();
            (head, started.elapsed())
        });
        std::thread::sleep(Duration::from_millis(50));
        put(store, pack("a", "2"));
        let (head, waited) = waiting.join().unwrap();
        assert_eq!(head, position(2));
        assert!(waited < Duration::from_secs(30), "{waited:?}");
    });
}

pub(crate) fn a_tail_gives_up_after_its_time(store: &impl Store) {
    assert_eq!(store.wait(Position::START, Duration::from_millis(20)).unwrap(), Position::START);
    put(store, pack("a", "1"));
    assert_eq!(store.wait(Position::START, Duration::from_secs(60)).unwrap(), position(1));
}

pub(crate) fn a_snapshot_replaces_the_one_before(store: &impl Store) {
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

pub(crate) fn appenders_beside_each_other_lose_nothing(store: &impl Store) {
    const APPENDERS: u64 = 8;
    const EVENTS: u64 = 25;
    let mut all = BTreeSet::new();
    std::thread::scope(|scope| {
        let appenders: Vec<_> = (0..APPENDERS)
            .map(|appender| {
                scope.spawn(move || {
                    let name = format!("a{}", appender % 3);
                    let event = |n| pack(&name, &format!("{appender}-{n}"));
                    (0..EVENTS).map(|n| put(store, event(n)).position.get()).collect::<Vec<_>>()
                })
            })
            .collect();
        for appender in appenders {
            let positions = appender.join().unwrap();
            assert!(positions.is_sorted(), "{positions:?}");
            all.extend(positions);
        }
    });
    assert!(all.into_iter().eq(1..=APPENDERS * EVENTS));
    assert_eq!(lines_of(store).len() as u64, APPENDERS * EVENTS);
    store.verify().unwrap();
}

pub(crate) fn one_of_many_with_the_same_version_wins(store: &impl Store) {
    put(store, pack("a", "0"));
    let won = std::thread::scope(|scope| {
        let all: Vec<_> = (1..=8)
            .map(|it| {
                let event = pack("a", &it.to_string());
                scope.spawn(move || store.append(&event.into(), Expected::Version(version(1))))
            })
            .collect();
        let answers = all.into_iter().map(|it| it.join().unwrap());
        answers
            .filter(|answer| match answer {
                Ok(_) => true,
                Err(AppendError::Conflict { present, .. }) => {
                    assert_eq!(*present, version(2));
                    false
                }
                Err(other) => panic!("{other}"),
            })
            .count()
    });
    assert_eq!(won, 1);
    assert_eq!(store.head().unwrap().position, position(2));
}

pub(crate) fn one_of_many_with_the_same_id_is_stored(store: &impl Store) {
    let places: Vec<_> = std::thread::scope(|scope| {
        let all: Vec<_> = (0..8).map(|_| scope.spawn(|| put(store, pack("a", "1")))).collect();
        all.into_iter().map(|it| it.join().unwrap()).collect()
    });
    assert!(places.iter().all(|it| it.position == position(1)), "{places:?}");
    assert_eq!(places.iter().filter(|it| !it.is_repeat).count(), 1);
}

pub(crate) fn a_reader_beside_writers_never_finds_one_late(store: &impl Store) {
    const WRITERS: u64 = 4;
    const EVENTS: u64 = 30;
    std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            scope.spawn(move || {
                for n in 0..EVENTS {
                    put(store, pack(&format!("a{writer}"), &n.to_string()));
                }
            });
        }
        let mut last = Position::START;
        while last.get() < WRITERS * EVENTS {
            for event in store.read_log(last, 7).unwrap() {
                assert_eq!(event.position, last.next());
                last = event.position;
            }
        }
    });
}

pub(crate) fn a_sound_store_verifies(store: &impl Store) {
    assert_eq!(store.verify().unwrap().streams, 0);
    for event in [rate("1"), pack("a", "1"), pack_without_id("a", "2"), pack("b", "1")] {
        put(store, event);
    }
    let verified = store.verify().unwrap();
    assert_eq!(verified.head, store.head().unwrap());
    assert_eq!(verified.streams, 3);
}
