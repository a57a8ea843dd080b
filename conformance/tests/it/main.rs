//! The list of cases in Rust is the one in `cases.json`, and no file is left out.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;
use tallyfold_conformance::{CASES, Case};

/// The bytes of a file of the package.
fn file(name: &Value) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(name.as_str().unwrap())).unwrap()
}

/// What `cases.json` lists.
fn listed() -> Vec<Value> {
    serde_json::from_slice(&file(&Value::from("cases.json"))).unwrap()
}

#[test]
fn the_cases_are_those_of_the_list() {
    let listed = listed();
    assert_eq!((listed.len(), CASES.len()), (124, 124));
    for (listed, &Case { name, log, as_of, journal, result, .. }) in listed.iter().zip(CASES) {
        assert_eq!(listed["name"], name);
        assert_eq!(listed.get("as_of").and_then(Value::as_str), as_of, "{name}");
        assert!(file(&listed["log"]) == log, "log of {name}");
        assert!(file(&listed["journal"]) == journal.as_bytes(), "journal of {name}");
        assert!(file(&listed["result"]) == result.as_bytes(), "result of {name}");
    }
}

#[test]
fn a_log_of_several_cases_is_one_log() {
    let logs: BTreeSet<_> = listed().iter().map(|case| case["log"].to_string()).collect();
    assert_eq!(tallyfold_conformance::logs().count(), logs.len());
}

#[test]
fn every_file_is_of_a_case() {
    let files = ["log", "journal", "result"];
    let of_a_case: BTreeSet<_> = listed()
        .iter()
        .flat_map(|case| files.map(|file| case[file].as_str().unwrap().to_owned()))
        .collect();
    let mut found = BTreeSet::new();
    for folder in ["random", "real", "scenarios"] {
        for file in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).unwrap() {
            found.insert(format!("{folder}/{}", file.unwrap().file_name().to_str().unwrap()));
        }
    }
    assert_eq!(found, of_a_case);
}

#[test]
fn every_result_is_an_object_and_every_journal_json_lines() {
    for case in CASES {
        assert!(serde_json::from_str::<Value>(case.result).unwrap().is_object(), "{}", case.name);
        for line in case.journal.lines() {
            assert!(serde_json::from_str::<Value>(line).unwrap()["entry"].is_string(), "{line}");
        }
    }
}
