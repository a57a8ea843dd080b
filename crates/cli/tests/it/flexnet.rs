//! `import flexnet` from the command line to the charges: the cases and the real log beside the
//! repository, where they are, and what the program says of bad input.

use std::fs;
use std::path::PathBuf;
use std::process::Output;

use serde_json::Value;

use crate::conformance::json_lines;
use crate::program::{root, tallyfold, text};

const BEGIN: &str = "8:00:00 (lmgrd) FlexNet Licensing started on srv (IBM PC) (3/2/2026)\n";

/// A file beside the repository; nothing where it is not there.
fn shared(path: &str) -> Option<PathBuf> {
    let path = root().join("../shared").join(path);
    if !path.exists() {
        crate::skipped("there is no ../shared; its licence-server logs were not read");
        return None;
    }
    Some(path)
}

fn import(args: &[&str], log: &[u8]) -> Output {
    tallyfold(&[&["import", "flexnet", "--account", "acme"], args].concat(), log)
}

/// Imports logs with a rate for AutoCAD and a pack.
fn import_rated(logs: &[PathBuf], args: &[&str]) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let rates = folder.path().join("rates.csv");
    fs::write(&rates, "product,tokens_per_day\nAutoCAD,7\n").unwrap();
    let logs: Vec<&str> = logs.iter().map(|log| log.to_str().unwrap()).collect();
    let rated = ["--rates", rates.to_str().unwrap(), "--pack", "1000"];
    let output = import(&[&rated[..], args, &logs].concat(), b"");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    output.stdout
}

/// Tokens burned, and how many findings that are no denial there are.
fn burned(events: &[u8], args: &[&str]) -> (i64, usize) {
    let shown = tallyfold(&[&["replay", "--format", "json"], args, &["-"]].concat(), events);
    let result: Value = serde_json::from_slice(&shown.stdout).unwrap();
    let burned = result["accounts"][0]["tokens"]["burned"].as_i64().unwrap();
    (burned, result["findings"].as_array().unwrap().len())
}

fn case(name: &str) -> Option<PathBuf> {
    shared(&format!("cases/flexnet/{name}.log"))
}

#[test]
fn the_cases_have_their_right_answers() {
    for (name, args, rulebook, tokens) in [
        ("datestamp", &[][..], "launch", 14),
        ("restart-banner", &[], "launch", 7),
        ("vendor-daemon-alone", &[], "launch", 14),
        ("exiting-before-check-ins", &[], "current", 7),
        ("last-proof", &["--heartbeat-hours", "1"], "launch", 14),
        ("last-proof", &["--heartbeat-hours", "6"], "launch", 14),
        ("last-proof", &["--heartbeat-hours", "24"], "launch", 14),
        ("summer-time", &["--time-zone", "Europe/Madrid"], "launch", 14),
    ] {
        let Some(log) = case(name) else { return };
        let events = import_rated(&[log], args);
        let (burned, findings) = burned(&events, &["--rulebook", rulebook]);
        assert_eq!(burned, tokens, "{name}");
        let unrated = usize::from(name == "restart-banner");
        assert!(findings <= unrated, "{name}: {findings} findings");
    }
}

#[test]
fn rotated_logs_give_the_same_in_one_import_and_in_two() {
    let (Some(first), Some(second)) = (case("rotated-1"), case("rotated-2")) else { return };
    let together = import_rated(&[first.clone(), second.clone()], &[]);
    assert_eq!(burned(&together, &[]), (14, 0));
    let apart = [import_rated(&[first], &[]), import_rated(&[second], &[])].concat();
    assert_eq!(burned(&apart, &[]), (14, 0));
}

#[test]
fn a_licence_servers_history_gives_the_charges_that_are_known() {
    let (Some(log), Some(rates)) =
        (shared("data/adskflex-2022.log"), shared("data/rates-example.csv"))
    else {
        return;
    };
    let args = ["--rates", rates.to_str().unwrap(), "--pack", "1000000", log.to_str().unwrap()];
    let imported =
        tallyfold(&[&["import", "flexnet", "--account", "upm"], &args[..]].concat(), b"");
    let said = text(&imported.stderr);
    assert!(said.contains("package features skipped"), "{said}");
    assert!(said.contains("users: 18 by login, 972 by login@host"), "{said}");
    let shown = tallyfold(&["replay", "-"], &imported.stdout);
    for part in ["2,384", "17,637", "7,273", "6,832", "1,758", "1,323", "370", "No findings."] {
        assert!(text(&shown.stdout).contains(part), "{part}");
    }
    let folder = tempfile::tempdir().unwrap();
    let events = folder.path().join("events.jsonl");
    fs::write(&events, &imported.stdout).unwrap();
    let journal = tallyfold(&["journal", events.to_str().unwrap()], b"").stdout;
    let known = root().join("conformance/real/adskflex-2022.events.journal.jsonl");
    let (ours, known) = (charges(&journal), charges(&fs::read(known).unwrap()));
    assert_eq!((ours.len(), known.len()), (2_384, 2_384));
    let new: Vec<&String> = ours.iter().filter(|charge| !known.contains(charge)).collect();
    // The other importer has heartbeats every six hours alone. Its one window that began later for
    // want of a contact begins where the one before ended.
    assert_eq!(new.len(), 1);
    assert!(new[0].contains(r#""starts_at":"2022-06-14T11:12:16Z""#), "{}", new[0]);
}

/// The charges of a journal, without the names that an importer makes up.
fn charges(journal: &[u8]) -> Vec<String> {
    let charged = json_lines(journal).into_iter().filter(|entry| entry["entry"] == "charged");
    let mut charges: Vec<Value> = charged.collect();
    for charge in &mut charges {
        let fields = charge.as_object_mut().unwrap();
        for name in ["session", "postings", "at", "charge"] {
            fields.remove(name);
        }
    }
    charges.iter().map(Value::to_string).collect()
}

#[test]
fn check_outs_without_a_rate_are_warned_of() {
    let log = format!("{BEGIN}9:00:00 (d) OUT: \"87545ACD_2022_0F\" ana@pc\n");
    let output = import(&["-"], log.as_bytes());
    assert_eq!(output.status.code(), Some(0));
    let said = text(&output.stderr);
    assert!(said.contains("1 check-outs will be denied: no rate for AutoCAD (1)"), "{said}");
    assert!(said.contains("assumed: times are read as UTC"), "{said}");
}

#[test]
fn a_log_that_is_mostly_not_understood_ends_with_one() {
    let broken = "9:00:00 (d) OUT: F\n".repeat(3);
    let output = import(&["-"], format!("{BEGIN}{broken}").as_bytes());
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("3 of 4 lines"), "{}", text(&output.stderr));
}

#[test]
fn a_file_that_is_no_debug_log_ends_with_two() {
    for file in ["examples/team-month.jsonl", "README.md", "Cargo.lock"] {
        let output = import(&[file], b"");
        assert_eq!(output.status.code(), Some(2), "{file}");
        let said = text(&output.stderr);
        assert!(said.contains(&format!("{file} is no debug log")), "{said}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn options_that_cannot_be_used_are_refused_with_the_reason() {
    for (args, reason) in [
        (&["--heartbeat-hours", "25"][..], "a session lapses after 24 hours"),
        (&["--heartbeat-hours", "0"], "give 1 to 24"),
        (&["--time-zone", "Madrid"], "Europe/Madrid"),
        (&["--time-zone", "UTC", "--utc-offset", "Z"], "cannot be used with"),
        (&["--max-hours", "0"], "--max-hours"),
        (&["--session-prefix", "a\tb"], "session prefix"),
    ] {
        let output = import(&[args, &["-"]].concat(), BEGIN.as_bytes());
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(text(&output.stderr).contains(reason), "{args:?}: {}", text(&output.stderr));
    }
    assert_eq!(import(&[], b"").status.code(), Some(2), "no log");
}
