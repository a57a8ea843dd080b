//! Logs that were written once are read for ever, and say the same: `tests/golden/v1`.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use serde_json::Value;
use tallyfold_core::{Event, Ledger, LogFold, Record};
use tallyfold_log::{Block, BlockReader, FindingLine, LogReader, parse_record, write_record};

const LOGS: [&str; 3] = ["plain", "envelopes", "malformed"];

fn golden(name: &str) -> Vec<u8> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/v1");
    fs::read(folder.join(format!("{name}.jsonl"))).unwrap()
}

/// The journal grouped by account, and line, kind and account of each finding.
fn replayed(log: &[u8]) -> (String, Vec<Value>) {
    let mut fold = LogFold::new(Ledger::default(), None);
    let (mut journal, mut findings) = (Vec::new(), Vec::new());
    let mut reader = LogReader::new(log);
    while let Some(line) = reader.next_line().unwrap() {
        match line.event {
            Err(malformed) => findings.push(FindingLine::malformed(line.number, &malformed)),
            Ok(event) => {
                let finding = fold.apply(&event, &mut journal).err();
                let finding = finding.map(|it| FindingLine::finding(line.number, it, &event));
                findings.extend(finding);
            }
        }
    }
    fold.settle(&mut journal);
    journal.sort_by(|one: &Record<'_>, other| one.account.cmp(&other.account));
    let mut text = Vec::new();
    journal.iter().for_each(|record| write_record(&mut text, record).unwrap());
    let findings = findings.iter().map(|finding| {
        let mut finding = serde_json::to_value(finding).unwrap();
        finding.as_object_mut().unwrap().retain(|field, _| field != "message" && field != "column");
        finding
    });
    (String::from_utf8(text).unwrap(), findings.collect())
}

#[test]
fn golden_logs_have_the_journal_and_the_findings_that_they_had() {
    for name in LOGS {
        let (journal, findings) = replayed(&golden(name));
        let was = golden(&format!("{name}.journal"));
        assert_eq!(journal, String::from_utf8(was).unwrap(), "{name}");
        let was = String::from_utf8(golden(&format!("{name}.findings"))).unwrap();
        let was: Vec<Value> = was.lines().map(|it| serde_json::from_str(it).unwrap()).collect();
        assert_eq!(findings, was, "{name}");
    }
}

#[test]
fn golden_journals_are_read_and_written_to_the_byte() {
    for name in LOGS {
        for line in golden(&format!("{name}.journal")).split_inclusive(|byte| *byte == b'\n') {
            let mut written = Vec::new();
            let record = parse_record(line.strip_suffix(b"\n").unwrap()).unwrap();
            write_record(&mut written, &record).unwrap();
            assert_eq!(written, line);
        }
    }
}

#[test]
fn golden_logs_have_every_event_type() {
    // All types that the format of the events names.
    let page = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/events.md");
    let page = fs::read_to_string(page).unwrap();
    let table = page.split("| type | fields |").nth(1).unwrap().split("\n\n").next().unwrap();
    let types: BTreeSet<_> = table
        .lines()
        .filter_map(|row| row.strip_prefix("| `"))
        .flat_map(|row| row.split('|').next().unwrap().split("`, `"))
        .map(|name| name.trim_matches([' ', '`']).to_owned())
        .collect();
    assert_eq!(types.len(), 17);
    for name in ["plain", "envelopes"] {
        let log = golden(name);
        let (mut reader, mut block) = (BlockReader::new(&*log), Block::default());
        assert!(reader.read_into(&mut block).unwrap());
        let read: BTreeSet<_> = block.lines().map(|line| type_of(&line.event.unwrap())).collect();
        assert_eq!(read, types, "{name}");
    }
}

fn type_of(event: &Event<'_>) -> String {
    serde_json::to_value(event).unwrap()["type"].as_str().unwrap().to_owned()
}
