//! The program as a user runs it.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::conformance::json_lines;

const EXAMPLE: &str = "examples/team-month.jsonl";
const RATE: &str =
    r#"{"type":"RatePublished","at":"2026-01-01T00:00:00Z","product":"AutoCAD","tokens":7}"#;

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Runs the program in the repository's folder, with a text as standard input.
pub(crate) fn tallyfold(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_tallyfold"))
        .args(arguments)
        .current_dir(root())
        .env_remove("NO_COLOR")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that stops early closes the pipe; that is its good right.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

pub(crate) fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn replay_shows_balances_packs_charges_and_findings() {
    let output = tallyfold(&["replay", EXAMPLE], b"");
    assert_eq!(output.status.code(), Some(0));
    let shown = text(&output.stdout);
    for part in [
        "37 lines read: 37 events applied, 0 not applied; 1 account\n",
        "bridges",
        "5,426",
        "five-hundred",
        "AutoCAD",
        "No findings.",
    ] {
        assert!(shown.contains(part), "{part} is not in:\n{shown}");
    }
    assert!(!shown.contains('\u{1b}'), "colours only on a terminal");
}

#[test]
fn replay_writes_the_result_and_the_journal_that_the_example_has() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("journal.jsonl");
    let journal_argument = journal.to_str().unwrap();
    let output =
        tallyfold(&["replay", "--format", "json", "--journal", journal_argument, EXAMPLE], b"");
    let result: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(result["accounts"][0]["tokens"]["burned"], 74);
    let written = std::fs::read(journal).unwrap();
    let expected = std::fs::read(root().join("examples/team-month.journal.jsonl")).unwrap();
    assert_eq!(text(&written), text(&expected));
}

#[test]
fn the_journal_is_grouped_or_in_log_order_or_of_one_account() {
    let log = "conformance/scenarios/accounts-are-independent.jsonl";
    let streamed = json_lines(&tallyfold(&["journal", "--log-order", log], b"").stdout);
    let grouped = json_lines(&tallyfold(&["journal", log], b"").stdout);
    let of_one = json_lines(&tallyfold(&["journal", "--account", "beta", log], b"").stdout);
    let account = |entry: &Value| entry["account"].as_str().unwrap().to_owned();
    assert!(grouped.is_sorted_by_key(account) && !streamed.is_sorted_by_key(account));
    let mut sorted = streamed;
    sorted.sort_by_key(account);
    assert_eq!(sorted, grouped);
    let beta: Vec<_> = grouped.into_iter().filter(|entry| entry["account"] == "beta").collect();
    assert_eq!(beta, of_one);
}

#[test]
fn standard_input_compressed_logs_and_several_files_are_read_as_one_log() {
    let log = std::fs::read(root().join(EXAMPLE)).unwrap();
    let expected = tallyfold(&["replay", "--format", "json", EXAMPLE], b"").stdout;
    let middle = log.len() / 2 + log[log.len() / 2..].iter().position(|&b| b == b'\n').unwrap();
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    };
    // The first half ends without a line end, the second starts with a byte order mark.
    let first = write("first", &log[..middle]);
    let second = write("second", &[b"\xef\xbb\xbf", &log[middle + 1..]].concat());
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(&log).unwrap();
    let gzip = packer.finish().unwrap();
    let zstandard = zstd::encode_all(&log[..], 1).unwrap();
    for (arguments, input) in [
        (vec!["-"], &log[..]),
        (vec!["-"], &gzip),
        (vec!["-"], &zstandard),
        (vec![&*first, &*second], b""),
    ] {
        let arguments = [vec!["replay", "--format", "json"], arguments].concat();
        let output = tallyfold(&arguments, input);
        assert_eq!(text(&output.stdout), text(&expected), "{arguments:?}");
    }
}

#[test]
fn check_is_silent_when_all_is_well_and_says_what_is_wrong_otherwise() {
    let well = tallyfold(&["check", EXAMPLE], b"");
    assert_eq!((well.status.code(), text(&well.stdout)), (Some(0), ""));
    let log = format!(
        "{RATE}\n\n{{\"type\":\"Heartbeat\",\"at\":\"2026-01-01T00:00:00Z\",\"account\":\"a\\u009b\"}}\n\
         {{\"type\":\"Heartbeat\",\"at\":\"2026-01-01T00:00:00Z\",\"account\":\"a\u{202e}b\",\"session\":\"s\"}}\n"
    );
    let wrong = tallyfold(&["check", "-"], log.as_bytes());
    assert_eq!(wrong.status.code(), Some(1));
    assert_eq!(
        text(&wrong.stdout),
        "-:3: malformed: `session` is missing\n\
         -:4: unknown_session: no live session has this id (account a\\u{202e}b)\n\
         2 findings: 1 malformed, 1 unknown_session\n"
    );
}

#[test]
fn exit_codes_tell_findings_from_trouble() {
    let log = format!("{RATE}\nnot JSON\n");
    assert_eq!(tallyfold(&["replay", "-"], log.as_bytes()).status.code(), Some(0));
    assert_eq!(tallyfold(&["replay", "--strict", "-"], log.as_bytes()).status.code(), Some(1));
    assert_eq!(tallyfold(&["replay"], b"").status.code(), Some(2));
    let missing = tallyfold(&["replay", "no-such-file.jsonl"], b"");
    assert_eq!(missing.status.code(), Some(2));
    assert!(text(&missing.stderr).contains("no-such-file.jsonl"));
    let damaged = tallyfold(&["replay", "-"], b"\x1f\x8bnot gzip");
    assert_eq!(damaged.status.code(), Some(2));
}

#[test]
fn a_rulebook_may_be_chosen_and_an_instant_asked_for() {
    let log = "conformance/scenarios/example-6-five-minutes-launch.jsonl";
    let burned = |arguments: &[&str]| {
        let output = tallyfold(&[&["replay", "--format", "json"], arguments, &[log]].concat(), b"");
        let result: Value = serde_json::from_slice(&output.stdout).unwrap();
        result["accounts"][0]["tokens"]["burned"].clone()
    };
    assert_eq!(burned(&[]), 7);
    assert_eq!(burned(&["--rulebook", "current"]), 0);
    assert_eq!(burned(&["--as-of", "2026-01-02T00:00:00Z"]), 0);
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_tallyfold"))
        .args(["journal", "conformance/real/adskflex-2022.events.jsonl"])
        .current_dir(root())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""));
}

#[test]
fn laws_hold_on_the_example_and_each_is_told() {
    let output = tallyfold(&["laws", EXAMPLE], b"");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let listed = tallyfold(&["laws", "--list"], b"");
    assert_eq!(listed.status.code(), Some(0));
    let laws = text(&listed.stdout).lines().map(|line| line.split(' ').next().unwrap());
    let told = text(&output.stdout).lines().zip(laws);
    assert_eq!(told.clone().count(), text(&listed.stdout).lines().count());
    for (line, law) in told {
        assert!(line.starts_with(&format!("held    {law} ")), "{line}");
    }
}

#[test]
fn laws_hold_under_the_current_rulebook_and_for_a_log_with_findings() {
    let line = r#"{"type":"Heartbeat","at":"2026-01-05T09:00:00Z","account":"a","session":"s"}"#;
    let log = format!("{RATE}\nnot an event\n{line}\n");
    for rulebook in ["launch", "current"] {
        let output = tallyfold(&["laws", "--rulebook", rulebook, "-"], log.as_bytes());
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stdout));
    }
}

#[test]
fn a_law_is_run_alone_and_an_unknown_one_is_trouble() {
    let one = tallyfold(&["laws", "--law", "tokens-are-conserved", EXAMPLE], b"");
    let mut lines = text(&one.stdout).lines();
    assert!(lines.next().unwrap().starts_with("held    tokens-are-conserved "));
    assert_eq!(lines.next(), Some(""));
    let checked = lines.next().unwrap();
    assert!(checked.starts_with("Checked: 37 lines, 37 events, "), "{checked}");
    assert!(checked.contains("not make it authentic"), "{checked}");
    let none = tallyfold(&["laws", "--law", "tokens-are-free", EXAMPLE], b"");
    assert_eq!(none.status.code(), Some(2));
    assert!(text(&none.stderr).contains("laws --list"), "{}", text(&none.stderr));
    let near = tallyfold(&["laws", "--law", "Tokens-are-conserve", EXAMPLE], b"");
    assert!(text(&near.stderr).contains("did you mean `tokens-are-conserved`?"));
    assert_eq!(tallyfold(&["laws"], b"").status.code(), Some(2));
}
