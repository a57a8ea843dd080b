//! What the SQLite store appends and how soon it answers, beside the same bytes in a plain file.
//!
//! `cargo bench -p tallyfold-store --bench sqlite` works in the folder for temporary files of the
//! build, which is on a disk.

#![allow(clippy::float_arithmetic, reason = "it measures; nothing is decided by it")]

#[path = "shared/appenders.rs"]
mod appenders;

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use appenders::{append_for, event};
use rusqlite::Connection;
use tallyfold_core::Name;
use tallyfold_store::{
    FutureLimit, LedgerService, LogEvents, LogLine, Position, ServiceSettings, SqliteStore, Store,
};

const TIME: Duration = Duration::from_secs(5);
/// How many appenders a busy service has, and how many events one sync is for.
const MANY: usize = 64;
/// How many events the store has when a service opens on it, and of how many accounts.
const STORED: usize = 1_000_000;
const ACCOUNTS: usize = 1_000;

fn main() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder can be made");
    appending(folder.path());
    opening(folder.path());
}

fn appending(folder: &Path) {
    let sync = syncs_per_second(&folder.join("syncs"));
    println!("one fdatasync takes {:.2?}", Duration::from_secs(1).div_f64(sync));
    let plain = plain_events_per_second(&folder.join("plain"));
    let store = SqliteStore::open(folder.join("ledger.db"), FutureLimit::default());
    let store = store.expect("it can be made");
    for (run, appenders) in [1, 8, MANY].into_iter().enumerate() {
        let rate = append_for(&store, appenders, TIME, run);
        let [p50, p99, p999] = [500, 990, 999].map(|it| rate.quantile(it));
        let per_second = rate.per_second;
        println!(
            "{appenders} appenders: {per_second} events a second, {p50:.2?} p50, {p99:.2?} p99, {p999:.2?} p999"
        );
        if appenders == MANY {
            println!(
                "a plain file, one fdatasync per {MANY} events: {plain} events a second; ratio {:.2}",
                per_second as f64 / plain as f64
            );
        }
    }
    let bare = bare_transactions_per_second(&folder.join("bare.db"));
    let one = append_for(&store, 1, TIME, 9).per_second;
    println!(
        "one bare transaction of the same bytes: {bare} a second; one appender takes {:.2} times as long",
        bare as f64 / one as f64
    );
}

fn line(number: usize) -> Vec<u8> {
    event(0, number).events()[0].line().to_vec()
}

fn syncs_per_second(path: &Path) -> f64 {
    let mut file = File::create(path).expect("it can be made");
    let (started, mut syncs) = (Instant::now(), 0);
    while started.elapsed() < TIME / 2 {
        file.write_all(&line(syncs)).expect("there is room");
        file.sync_data().expect("it can be synced");
        syncs += 1;
    }
    syncs as f64 / started.elapsed().as_secs_f64()
}

fn plain_events_per_second(path: &Path) -> u64 {
    let mut file = File::create(path).expect("it can be made");
    let (started, mut events) = (Instant::now(), 0);
    while started.elapsed() < TIME {
        for _ in 0..MANY {
            file.write_all(&line(events)).expect("there is room");
            events += 1;
        }
        file.sync_data().expect("it can be synced");
    }
    (events as f64 / started.elapsed().as_secs_f64()) as u64
}

/// One row with the event's bytes in a table without an index, and one sync.
fn bare_transactions_per_second(path: &Path) -> u64 {
    let file = Connection::open(path).expect("it can be made");
    file.pragma_update(None, "journal_mode", "wal").expect("it can be set");
    file.pragma_update(None, "synchronous", "full").expect("it can be set");
    file.execute_batch("CREATE TABLE events (line BLOB)").expect("it can be made");
    let (started, mut events) = (Instant::now(), 0);
    while started.elapsed() < TIME {
        let mut insert = file.prepare_cached("INSERT INTO events VALUES (?)").expect("it is SQL");
        insert.execute([line(events)]).expect("there is room");
        events += 1;
    }
    (events as f64 / started.elapsed().as_secs_f64()) as u64
}

/// A store of a million events, of whose accounts a service has kept snapshots.
fn opening(folder: &Path) {
    let store = SqliteStore::open(folder.join("opened.db"), FutureLimit::default());
    let store = Arc::new(store.expect("it can be made"));
    fill(&store);
    let settings = ServiceSettings::builder().cached_accounts(ACCOUNTS + 1).build();
    let touch = |service: &LedgerService, account: usize| {
        let name = Name::new(format!("team-{account:05}")).expect("it is a name");
        service.ask(name, |ledger, _| ledger.accounts().count()).expect("the store works")
    };
    let service = LedgerService::new(store.clone(), settings.clone());
    (0..ACCOUNTS).for_each(|account| _ = touch(&service, account));
    service.keep_snapshots(std::time::Duration::MAX).expect("there is room");
    let started = Instant::now();
    let mut ledger = tallyfold_core::Ledger::default();
    for event in LogEvents::after(&*store, Position::START) {
        let event = event.expect("it is sound");
        let _ = ledger.apply(&event.event().expect("it is an event"), &mut ());
    }
    let whole = started.elapsed();
    let started = Instant::now();
    let service = LedgerService::new(store, settings);
    touch(&service, 7);
    let first = started.elapsed();
    let started = Instant::now();
    (100..200).for_each(|account| _ = touch(&service, account));
    let each = started.elapsed() / 100;
    let share = |time: Duration| 100.0 * time.as_secs_f64() / whole.as_secs_f64();
    println!(
        "of {STORED} events a replay takes {whole:.2?}; a service that is opened answers for its first account after {first:.2?} ({:.2} %), and for each other in {each:.2?} ({:.3} %)",
        share(first),
        share(each)
    );
}

fn fill(store: &SqliteStore) {
    let at = "2026-01-14T13:42:24.418Z";
    let line = |number: usize| {
        let (account, session) = (number % ACCOUNTS, number / ACCOUNTS % 50);
        let text = if number < 50 * ACCOUNTS {
            format!(
                r#"{{"type":"SessionOpened","session":"s{session}","user":"u{session}","product":"AutoCAD","at":"{at}","account":"team-{account:05}"}}"#
            )
        } else {
            format!(
                r#"{{"type":"Heartbeat","session":"s{session}","at":"{at}","account":"team-{account:05}"}}"#
            )
        };
        LogLine::new(text.as_bytes())
    };
    let rate = format!(r#"{{"type":"RatePublished","product":"AutoCAD","tokens":0,"at":"{at}"}}"#);
    let mut end = store.import(Position::START, &[LogLine::new(rate.as_bytes())]).expect("room");
    for chunk in 0..STORED / 10_000 {
        let lines: Vec<_> = (chunk * 10_000..(chunk + 1) * 10_000).map(line).collect();
        end = store.import(end, &lines).expect("there is room");
    }
}
