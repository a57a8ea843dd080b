//! The conformance logs: every result and journal equals the expected one, entry for entry.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tallyfold_conformance::CASES;
use tallyfold_core::{Ledger, LogFold, Record, Timestamp};
use tallyfold_log::{FindingLine, LogReader, parse_record, write_record, write_result};

/// A log with the result and journal that it must give.
#[derive(PartialEq)]
pub(crate) struct Case {
    pub name: String,
    pub log: Vec<u8>,
    pub as_of: Option<Timestamp>,
    result: Value,
    journal: Vec<Value>,
}

/// The vectors of this repository.
fn own() -> impl Iterator<Item = Case> {
    CASES.iter().map(|case| Case {
        name: case.name.to_owned(),
        log: case.log.to_vec(),
        as_of: case.as_of.map(|at| at.parse().unwrap()),
        result: serde_json::from_str(case.result).unwrap(),
        journal: json_lines(case.journal.as_bytes()),
    })
}

/// The shared vectors, where they are beside this repository.
fn shared() -> Vec<Case> {
    let suite = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/conformance");
    if !suite.exists() {
        crate::skipped("there is no ../shared/conformance; only the copy in the repository ran");
        return Vec::new();
    }
    let read = |file: &Value| fs::read(suite.join(file.as_str().unwrap())).unwrap();
    let list: Vec<Value> = serde_json::from_slice(&read(&Value::from("cases.json"))).unwrap();
    let case = |case: &Value| Case {
        name: case["name"].as_str().unwrap().to_owned(),
        log: read(&case["log"]),
        as_of: case.get("as_of").map(|at| at.as_str().unwrap().parse().unwrap()),
        result: serde_json::from_slice(&read(&case["result"])).unwrap(),
        journal: json_lines(&read(&case["journal"])),
    };
    list.iter().map(case).collect()
}

/// The vectors of this repository, and of the shared ones those that are new or differ.
pub(crate) fn cases() -> impl Iterator<Item = Case> {
    let mut own: Vec<_> = own().collect();
    let new: Vec<_> = shared().into_iter().filter(|case| !own.contains(case)).collect();
    own.extend(new);
    own.into_iter()
}

pub(crate) fn json_lines(text: &[u8]) -> Vec<Value> {
    let lines = text.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
    lines.map(|line| serde_json::from_slice(line).unwrap()).collect()
}

/// A replay of the whole log, with its journal in log order and its findings.
pub(crate) fn replayed(
    log: &[u8],
    as_of: Option<Timestamp>,
) -> (LogFold, Vec<Record<'static>>, Vec<FindingLine>) {
    let mut replay = LogFold::new(Ledger::default(), as_of);
    let (mut journal, mut findings) = (Vec::new(), Vec::new());
    let mut reader = LogReader::new(log);
    while let Some(line) = reader.next_line().unwrap() {
        match line.event {
            Err(malformed) => findings.push(FindingLine::malformed(line.number, &malformed)),
            Ok(event) => {
                if let Err(finding) = replay.apply(&event, &mut journal) {
                    findings.push(FindingLine::finding(line.number, finding, &event));
                }
            }
        }
    }
    replay.settle(&mut journal);
    (replay, journal, findings)
}

/// The journal as JSON values, grouped by account.
pub(crate) fn grouped(mut journal: Vec<Record<'static>>) -> Vec<Value> {
    journal.sort_by(|one, other| one.account.cmp(&other.account));
    let mut lines = Vec::new();
    journal.iter().for_each(|record| write_record(&mut lines, record).unwrap());
    json_lines(&lines)
}

fn without_free_text(mut result: Value) -> Value {
    for finding in result["findings"].as_array_mut().unwrap() {
        finding.as_object_mut().unwrap().retain(|field, _| field != "message" && field != "column");
    }
    result
}

#[test]
fn every_log_gives_its_journal_and_result() {
    let mut ran = 0;
    for case in cases() {
        let (replay, journal, findings) = replayed(&case.log, case.as_of);
        let mut result = Vec::new();
        write_result(&mut result, &replay, &findings).unwrap();
        let result = serde_json::from_slice(&result).unwrap();
        for (got, expected) in grouped(journal).iter().zip(&case.journal) {
            assert_eq!(got, expected, "journal of {}", case.name);
        }
        assert_eq!(without_free_text(result), without_free_text(case.result), "{}", case.name);
        ran += 1;
    }
    assert!(ran >= 124, "only {ran} cases ran");
}

#[test]
fn every_journal_is_read_and_written_back() {
    for case in cases() {
        for expected in &case.journal {
            let line = expected.to_string();
            let record = parse_record(line.as_bytes()).expect(&line);
            let mut written = Vec::new();
            write_record(&mut written, &record).unwrap();
            assert_eq!(&json_lines(&written)[0], expected, "journal of {}", case.name);
        }
    }
}

#[test]
fn a_question_about_a_later_instant_answers_what_the_timers_then_do() {
    for case in cases() {
        let mut replay = LogFold::new(Ledger::default(), case.as_of);
        let mut reader = LogReader::new(&case.log[..]);
        while let Some(line) = reader.next_line().unwrap() {
            let _ = line.event.map(|event| replay.apply(&event, &mut ()));
        }
        let answers = |replay: &LogFold| -> Vec<Value> {
            replay.accounts().map(|account| serde_json::to_value(account).unwrap()).collect()
        };
        let asked = answers(&replay);
        replay.settle(&mut ());
        assert_eq!(asked, answers(&replay), "{}", case.name);
    }
}
