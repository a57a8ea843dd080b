//! Many at once.

use std::collections::BTreeSet;

use super::lines::{lines_of, pack, position, put, version};
use crate::{AppendError, Expected, Position, Store};

/// Of many that append at once each event gets a position of its own.
pub fn appenders_beside_each_other_lose_nothing(store: &dyn Store) {
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

/// Of many that append at once at the same version one is not refused.
pub fn one_of_many_with_the_same_version_wins(store: &dyn Store) {
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

/// Of many that append the same event at once one appends it, and all are told where it stands.
pub fn one_of_many_with_the_same_id_is_stored(store: &dyn Store) {
    let places: Vec<_> = std::thread::scope(|scope| {
        let all: Vec<_> = (0..8).map(|_| scope.spawn(|| put(store, pack("a", "1")))).collect();
        all.into_iter().map(|it| it.join().unwrap()).collect()
    });
    assert!(places.iter().all(|it| it.position == position(1)), "{places:?}");
    assert_eq!(places.iter().filter(|it| !it.is_repeat).count(), 1);
}

/// Who has read up to a position never finds another event at or below it.
pub fn a_reader_beside_writers_never_finds_one_late(store: &dyn Store) {
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
