//! The conformance logs: the model gives every result and journal, entry for entry.

use serde_json::{Value, json};
use tallyfold_conformance::CASES;
use tallyfold_core::Record;
use tallyfold_log::{FindingLine, write_record};
use tallyfold_testkit::model::Outcome;

use crate::log::Log;

/// A log with the result and journal that it must give.
pub(crate) struct Case {
    pub log: Log,
    result: Value,
    journal: Vec<Value>,
}

/// All cases, in the order of `cases.json`.
pub(crate) fn cases() -> Vec<Case> {
    let case = |case: &tallyfold_conformance::Case| Case {
        log: Log::read(case.name, case.log, case.as_of.map(|at| at.parse().unwrap())),
        result: serde_json::from_str(case.result).unwrap(),
        journal: json_lines(case.journal.as_bytes()),
    };
    CASES.iter().map(case).collect()
}

/// The replay result, as events.md writes it.
fn result_of(log: &Log, outcome: &Outcome) -> Value {
    let findings = outcome.findings.iter().map(|&(place, finding)| {
        FindingLine::finding(log.lines[place], finding, &log.events[place])
    });
    let mut findings: Vec<_> = findings.chain(log.malformed.clone()).collect();
    findings.sort_by_key(|finding| finding.line);
    let mut result = json!({
        "schema": 1,
        "events": outcome.event_count,
        "accounts": outcome.accounts,
        "findings": findings,
    });
    if let Some(as_of) = log.as_of {
        result["as_of"] = serde_json::to_value(as_of).unwrap();
    }
    result
}

fn json_lines(text: &[u8]) -> Vec<Value> {
    let lines = text.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
    lines.map(|line| serde_json::from_slice(line).unwrap()).collect()
}

fn journal_of(journal: &[Record<'_>]) -> Vec<Value> {
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
fn the_model_gives_every_journal_and_result() {
    let cases = cases();
    assert!(cases.len() >= 124, "only {} cases", cases.len());
    for Case { log, result, journal } in cases {
        let outcome = log.outcome_of_model();
        let got = journal_of(&outcome.journal);
        for (entry, expected) in got.iter().zip(&journal) {
            assert_eq!(entry, expected, "journal of {}", log.name);
        }
        assert_eq!(got.len(), journal.len(), "entries of {}", log.name);
        let got = without_free_text(result_of(&log, &outcome));
        assert_eq!(got, without_free_text(result), "result of {}", log.name);
    }
}
