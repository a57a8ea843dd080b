//! What several targets need.

use tallyfold_core::{Event, HashKey, Ledger, Record, RestoreError, Snapshot, Timestamp};
use tallyfold_log::{LogReader, parse_line, parse_record, write_event, write_record};

/// Calls `take` with each event of a log.
pub(crate) fn for_each_event(log: &[u8], mut take: impl FnMut(&Event<'_>)) {
    let mut reader = LogReader::new(log);
    while let Some(line) = reader.next_line().expect("a slice can be read") {
        if let Ok(event) = &line.event {
            take(event);
        }
    }
}

/// An event that is written is read back as itself.
pub(crate) fn assert_read_back(event: &Event<'_>) {
    let mut line = Vec::new();
    write_event(&mut line, event).expect("a vector can be written");
    assert_eq!(parse_line(line.trim_ascii_end()).as_ref(), Ok(event));
}

/// A record that is written is read back as itself, and written again to the same bytes.
pub(crate) fn assert_record_read_back(record: &Record<'_>) {
    let line = written(record);
    let read = parse_record(&line).expect("what was written can be read");
    assert_eq!(written(&read), line);
    assert_eq!(read.into_owned(), record.clone().into_owned());
}

fn written(record: &Record<'_>) -> Vec<u8> {
    let mut line = Vec::new();
    write_record(&mut line, record).expect("a vector can be written");
    line
}

/// All that a ledger answers about its accounts and rates: now, and at the end of time.
pub(crate) fn answers(ledger: &Ledger) -> Vec<String> {
    let rates = ledger.rates(Timestamp::LATEST);
    let rates = rates.iter().map(|(product, rate)| format!("{product} {rate:?}"));
    let settled = ledger.accounts().flat_map(|it| [it.at_last_event(), it.at(Timestamp::LATEST)]);
    let settled = settled.map(|it| serde_json::to_string(&it).expect("can be written"));
    settled.chain(rates).collect()
}

/// A ledger from the JSON of a snapshot.
pub(crate) fn restored(json: &[u8]) -> Option<Result<Ledger, RestoreError>> {
    let snapshot: Snapshot<'_> = serde_json::from_slice(json).ok()?;
    Some(Ledger::restore(snapshot, HashKey::new([1; 16])))
}

/// A ledger that was written as a snapshot and restored.
pub(crate) fn through_snapshot(ledger: &Ledger) -> Ledger {
    let json = serde_json::to_vec(&ledger.snapshot()).expect("a ledger can be written");
    restored(&json).expect("and read").expect("and restored")
}
