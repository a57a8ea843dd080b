//! The process that is killed: several appenders, who print what was acknowledged to them.

use std::io::Write;
use std::sync::Mutex;
use std::time::Duration;

use tallyfold_store::{AppendError, Batch, Expected, NewEvent, Receipt, Store, StoreError};

use crate::kept;

const APPENDERS: u64 = 6;

/// Appends until it is killed.
pub(crate) fn write(place: &str, name: &str) {
    let store = kept::open(place);
    let out = Mutex::new(std::io::stdout());
    std::thread::scope(|scope| {
        for appender in 0..APPENDERS {
            let (store, out) = (&store, &out);
            scope.spawn(move || append(&**store, out, &format!("{name}-{appender}")));
        }
    });
}

/// Batches of one to four events, each tried again from time to time under the same ids.
fn append(store: &dyn Store, out: &Mutex<std::io::Stdout>, name: &str) {
    let mut last = 0;
    for batch in 0.. {
        let size = events_in(&format!("{name}-{batch}"));
        let ids = (0..size).map(|event| format!("{name}-{batch}-{event}"));
        let events = ids.map(|id| NewEvent::from_line(line_with(&id)).unwrap());
        let batch_of_events = Batch::new(events.collect()).unwrap();
        for attempt in 0..1 + u64::from(batch % 5 == 0) {
            let (receipt, is_sure) = append_at_last(store, &batch_of_events);
            for (appended, event) in receipt.events.iter().zip(batch_of_events.events()) {
                let position = appended.position.get();
                assert!(appended.is_repeat == (attempt == 1) || !is_sure);
                assert!(position > last || appended.is_repeat, "not in order");
                last = last.max(position);
                let line = str::from_utf8(event.line()).unwrap();
                writeln!(out.lock().unwrap(), "{position} {line}").unwrap();
            }
        }
    }
}

/// Appends, again and again while the server is away; and whether the first time it was there.
fn append_at_last(store: &dyn Store, batch: &Batch) -> (Receipt, bool) {
    let mut is_sure = true;
    loop {
        match store.append(batch, Expected::Any) {
            Ok(receipt) => return (receipt, is_sure),
            Err(AppendError::Store(StoreError::Unavailable { .. })) => is_sure = false,
            Err(error) => panic!("{error}"),
        }
        std::thread::sleep(Duration::from_millis(5));
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
