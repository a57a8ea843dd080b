//! Logs to replay, and what came of one.

use std::num::NonZeroUsize;

use tallyfold_core::{Event, Ledger, LogFold, Name, Timestamp};
use tallyfold_engine::{GroupedJournal, Log, Replay, Run};
use tallyfold_log::{FindingLine, LogReader, write_event, write_record, write_result};
use tallyfold_testkit::History;

/// Histories one after another, each with a catalog of its own, and lines that are no events: more
/// accounts than the engine has groups.
pub(crate) fn log(histories: u64) -> Vec<u8> {
    let mut log = Vec::new();
    for seed in 0..histories {
        for mut event in History::of_seed(seed, 100..=200).into_events() {
            if let Event::Account(event) = &mut event {
                let name = format!("{}-{}", &*event.account, seed % 75);
                event.account = Name::new(name).unwrap();
            }
            write_event(&mut log, &event).unwrap();
        }
        log.extend_from_slice(b"\n{\"account\":\"nobody\"}\n\r\r\n\xff\n");
    }
    log
}

pub(crate) fn threads(n: usize) -> NonZeroUsize {
    NonZeroUsize::new(n).unwrap()
}

/// Result and journal.
pub(crate) type Outcome = (String, String);

pub(crate) fn outcome(run: Run<GroupedJournal>) -> Outcome {
    let (mut result, mut journal) = (Vec::new(), Vec::new());
    write_result(&mut result, run.fold(), run.findings().kept()).unwrap();
    run.consumer.write_to(&mut journal).unwrap();
    (String::from_utf8(result).unwrap(), String::from_utf8(journal).unwrap())
}

pub(crate) fn replayed(log: &[u8], set: impl Fn(Replay<'_>) -> Replay<'_>) -> Outcome {
    outcome(set(Replay::of(Log::bytes(log))).run(GroupedJournal::default).unwrap())
}

/// The same, folded line by line by the core alone.
pub(crate) fn line_by_line(log: &[u8], as_of: Option<Timestamp>) -> Outcome {
    let mut fold = LogFold::new(Ledger::default(), as_of);
    let (mut journal, mut findings) = (Vec::new(), Vec::new());
    let mut reader = LogReader::new(log);
    while let Some(line) = reader.next_line().unwrap() {
        match &line.event {
            Err(malformed) => findings.push(FindingLine::malformed(line.number, malformed)),
            Ok(event) => {
                if let Err(finding) = fold.apply(event, &mut journal) {
                    findings.push(FindingLine::finding(line.number, finding, event));
                }
            }
        }
    }
    fold.settle(&mut journal);
    // Grouped by account, as the engine's journal is.
    journal.sort_by(|one, next| one.account.cmp(&next.account));
    let (mut result, mut text) = (Vec::new(), Vec::new());
    write_result(&mut result, &fold, &findings).unwrap();
    journal.iter().for_each(|record| write_record(&mut text, record).unwrap());
    (String::from_utf8(result).unwrap(), String::from_utf8(text).unwrap())
}

/// A result without what its findings say beside their kind.
pub(crate) fn without_messages(result: &str) -> serde_json::Value {
    let mut result: serde_json::Value = serde_json::from_str(result).unwrap();
    for finding in result["findings"].as_array_mut().unwrap() {
        finding.as_object_mut().unwrap().remove("message");
    }
    result
}
