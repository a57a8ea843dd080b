//! The process that is killed: several appenders, who print what was acknowledged to them.

use std::io::Write;
use std::path::Path;
use std::sync::Mutex;

use tallyfold_store::{Batch, Expected, FutureLimit, NewEvent, SqliteStore, Store};

const APPENDERS: u64 = 6;

/// Appends until it is killed.
pub(crate) fn write(path: &Path, name: &str) {
    let store = SqliteStore::open(path, FutureLimit::default()).unwrap();
    let out = Mutex::new(std::io::stdout());
    std::thread::scope(|scope| {
        for appender in 0..APPENDERS {
            let (store, out) = (&store, &out);
            scope.spawn(move || append(store, out, &format!("{name}-{appender}")));
        }
    });
}

/// Batches of one to four events, each tried again from time to time under the same ids.
fn append(store: &SqliteStore, out: &Mutex<std::io::Stdout>, name: &str) {
    let mut last = 0;
    for batch in 0.. {
        let size = events_in(&format!("{name}-{batch}"));
        let ids = (0..size).map(|event| format!("{name}-{batch}-{event}"));
        let events = ids.map(|id| NewEvent::from_line(line_with(&id)).unwrap());
        let batch_of_events = Batch::new(events.collect()).unwrap();
        for attempt in 0..1 + u64::from(batch % 5 == 0) {
            let receipt = store.append(&batch_of_events, Expected::Any).unwrap();
            for (appended, event) in receipt.events.iter().zip(batch_of_events.events()) {
                let position = appended.position.get();
                assert_eq!(appended.is_repeat, attempt == 1);
                assert!(position > last || appended.is_repeat, "not in order");
                last = last.max(position);
                let line = str::from_utf8(event.line()).unwrap();
                writeln!(out.lock().unwrap(), "{position} {line}").unwrap();
            }
        }
    }
}

/// How many events a batch has: its number tells.
pub(crate) fn events_in(batch: &str) -> u64 {
    let number: u64 = batch.rsplit('-').next().unwrap().parse().unwrap();
    1 + number % 4
}

/// The event with an id. Appenders share two accounts.
pub(crate) fn line_with(id: &str) -> String {
    let appender: u64 = id.split('-').nth(2).unwrap().parse().unwrap();
    let account = if appender.is_multiple_of(2) { "even" } else { "odd" };
    format!(
        r#"{{"type":"PackPurchased","at":"2026-01-02T00:00:00Z","account":"{account}","id":"{id}","pack":"{id}","tokens":1}}"#
    )
}

/// The id of a line, and its batch.
pub(crate) fn id_and_batch(line: &str) -> (String, String) {
    let (_, rest) = line.split_once(r#""id":""#).unwrap();
    let (id, _) = rest.split_once('"').unwrap();
    let (batch, _) = id.rsplit_once('-').unwrap();
    (id.to_owned(), batch.to_owned())
}
