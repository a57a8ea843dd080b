//! A network that forgets connections while several processes append.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tallyfold_store::{
    Expected, FutureLimit, NewEvent, Position, PostgresSettings, PostgresStore, Store, StoredEvent,
    Stream,
};

use crate::cluster::{Cluster, skipped};
use crate::dice::Dice;
use crate::proxy::Proxy;

const TIME: Duration = Duration::from_secs(60);
const DEADLINE: Duration = Duration::from_secs(2);
const PROCESSES: usize = 3;
const APPENDERS: usize = 4;

fn event(appender: usize, number: u64) -> NewEvent {
    let line = format!(
        r#"{{"type":"SessionClosed","at":"2026-01-05T09:00:00Z","account":"a{appender}","session":"s","id":"{number}"}}"#
    );
    NewEvent::from_line(line).unwrap()
}

/// Appends until it is over, each event again until it is answered with a receipt. Answers where
/// each of them stands, and how long the slowest call took.
fn append(
    store: &PostgresStore,
    appender: usize,
    is_over: &AtomicBool,
) -> (Vec<Position>, Duration) {
    let (mut receipts, mut slowest) = (Vec::new(), Duration::ZERO);
    while !is_over.load(Ordering::Relaxed) {
        let event = event(appender, receipts.len() as u64);
        let appended = loop {
            let started = Instant::now();
            let answer = store.append(&event.clone().into(), Expected::Any);
            slowest = slowest.max(started.elapsed());
            if let Ok(receipt) = answer {
                break receipt.events[0];
            }
        };
        receipts.push(appended.position);
    }
    (receipts, slowest)
}

/// All events of an appender's account.
fn events_of(store: &PostgresStore, appender: usize) -> Vec<StoredEvent> {
    let name = tallyfold_core::Name::new(format!("a{appender}")).unwrap();
    let (account, mut events) = (Stream::Account(name), Vec::<StoredEvent>::new());
    loop {
        let after = events.last().map_or(Position::START, |event| event.position);
        let page = store.read_stream(&account, after, 1_000).unwrap();
        if page.is_empty() {
            return events;
        }
        events.extend(page);
    }
}

#[test]
#[ignore = "it takes a minute"]
fn connections_that_fall_silent_lose_nothing_and_hold_up_nobody_for_long() {
    let Some(cluster) = Cluster::start(&["fsync = off"], true) else { return skipped() };
    cluster.database("attacked");
    let (proxy, is_over, silences) =
        (Proxy::to(cluster.port()), AtomicBool::new(false), AtomicU64::new(0));
    let connect = |_| {
        let limit = FutureLimit::default();
        let settings = PostgresSettings { deadline: DEADLINE, ..limit.into() };
        PostgresStore::connect(&proxy.url("attacked"), settings).unwrap()
    };
    let stores: Vec<_> = (0..PROCESSES).map(connect).collect();
    let appended: Vec<_> = thread::scope(|scope| {
        let appenders: Vec<_> = (0..PROCESSES * APPENDERS)
            .map(|appender| {
                let (store, is_over) = (&stores[appender % PROCESSES], &is_over);
                scope.spawn(move || append(store, appender, is_over))
            })
            .collect();
        let (started, mut dice) = (Instant::now(), Dice(20));
        while started.elapsed() < TIME {
            thread::sleep(Duration::from_millis(dice.below(3_000)));
            proxy.silence();
            silences.fetch_add(1, Ordering::Relaxed);
        }
        is_over.store(true, Ordering::Relaxed);
        appenders.into_iter().map(|appender| appender.join().unwrap()).collect()
    });

    let store =
        PostgresStore::connect(&cluster.server("attacked"), FutureLimit::default()).unwrap();
    let mut events = 0;
    for (appender, (receipts, _)) in appended.iter().enumerate() {
        let stored = events_of(&store, appender);
        assert_eq!(stored.len(), receipts.len());
        for ((number, position), stored) in (0..).zip(receipts).zip(stored) {
            assert_eq!(stored.position, *position);
            assert_eq!(stored.line, event(appender, number).line());
        }
        events += receipts.len();
    }
    assert_eq!(store.verify().unwrap().head.position.get(), events as u64);
    let slowest = appended.iter().map(|(_, slowest)| *slowest).max().unwrap();
    let silences = silences.into_inner();
    println!("{silences} silences, {events} events, each once; slowest call {slowest:?}");
    assert!(slowest < 4 * DEADLINE, "a call took {slowest:?}");
}
