//! Success means something: what is no log, names nobody bears, and what was not applied.

use std::fs;

use crate::program::{tallyfold, text};

const EXAMPLE: &str = "examples/team-month.jsonl";

/// Every command that reads a log, with the log to come last.
const READERS: [&[&str]; 9] = [
    &["replay"],
    &["replay", "--format", "json"],
    &["journal"],
    &["check"],
    &["laws"],
    &["report", "token", "summary"],
    &["what-if", "--rulebook", "current"],
    &["estimate", "--from"],
    &["store", "import", "--store"],
];

#[test]
fn a_file_without_an_event_is_refused_and_called_what_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let example = fs::read_to_string(crate::program::root().join(EXAMPLE)).unwrap();
    let utf_16: Vec<u8> = example.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (name, bytes, called) in [
        ("some.csv", &b"user,team\nana,red\n"[..], "a CSV file"),
        ("utf16.jsonl", &[&b"\xff\xfe"[..], &utf_16].concat(), "UTF-16: save it as UTF-8"),
        ("flexnet.log", b"9:00:00 (lmgrd) FLEXnet\n9:00:01 (adskflex) OUT: \"X\" a@b\n", "FlexNet"),
        ("array.json", b"[{\"type\":\"Heartbeat\"}]\n", "JSON, but an array"),
        ("journal.jsonl", b"{\"account\":\"a\",\"entry\":\"charged\"}\n", "a journal"),
    ] {
        fs::write(path(name), bytes).unwrap();
        let store = path("new.db");
        for reader in READERS {
            // Beside a log that is one.
            for logs in [vec![&*path(name)], vec![EXAMPLE, &*path(name)]] {
                let store = if reader[0] == "store" { vec![&*store] } else { vec![] };
                let logs = match reader {
                    ["estimate", ..] => logs.join("\u{0}--from\u{0}"),
                    _ => logs.join("\u{0}"),
                };
                let logs: Vec<_> = logs.split('\u{0}').collect();
                let output = tallyfold(&[reader, &store, &logs].concat(), b"");
                let said = text(&output.stderr);
                assert_eq!(output.status.code(), Some(2), "{reader:?} {name}: {said}");
                assert!(said.contains(name) && said.contains(called), "{reader:?} {name}: {said}");
                let is_alone = !logs.contains(&EXAMPLE);
                assert!(!is_alone || output.stdout.is_empty(), "{reader:?} {name}");
            }
        }
        assert!(!folder.path().join("new.db").exists(), "a store was made for {name}");
    }
}

#[test]
fn events_that_are_written_wrongly_are_findings() {
    for (log, findings) in [("{\"type\":\"Nonsense\"}\n", 1), ("\n{\"type\":1}\nno JSON\n", 2)] {
        let output = tallyfold(&["check", "-"], log.as_bytes());
        assert_eq!(output.status.code(), Some(1), "{log}");
        assert_eq!(text(&output.stdout).lines().count(), findings + 1, "{log}");
    }
}

#[test]
fn an_empty_log_is_fine_but_keeps_no_law() {
    for log in ["", "\n", "\u{feff}\r\n \n"] {
        let output = tallyfold(&["laws", "-"], log.as_bytes());
        assert_eq!(output.status.code(), Some(0));
        assert!(!text(&output.stdout).contains("held"), "{}", text(&output.stdout));
        assert!(text(&output.stdout).starts_with("Checked: 0 lines, 0 events, 0 journal entries"));
    }
}

#[test]
fn names_that_nobody_bears_are_errors_with_the_nearest_right_one() {
    for (command, said) in [
        ("journal --account Brigdes", "`Brigdes`; did you mean `bridges`?"),
        ("report token summary --account BRIDGES", "did you mean `bridges`?"),
        ("laws --law Tokens-are-conserve", "did you mean `tokens-are-conserved`?"),
        ("what-if --assign ana=autocad", "`autocad`; did you mean `AutoCAD`?"),
        ("what-if --account bridge --rulebook current", "did you mean `bridges`?"),
    ] {
        let mut arguments: Vec<_> = command.split(' ').collect();
        arguments.push(EXAMPLE);
        let output = tallyfold(&arguments, b"");
        assert_eq!(output.status.code(), Some(2), "{command}");
        assert!(text(&output.stderr).contains(said), "{command}: {}", text(&output.stderr));
        assert_eq!(text(&output.stdout), "", "{command}");
    }
}

#[test]
fn a_price_of_nothing_that_the_log_knows_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let prices = folder.path().join("prices.csv").to_str().unwrap().to_owned();
    fs::write(&prices, "offering,price\nRevit,100\nautocad,90\nMaya,80\n").unwrap();
    let advice = ["report", "advice", "--plan", "premium", "--subscription-prices", &prices];
    let output = tallyfold(&[&advice[..], &[EXAMPLE]].concat(), b"");
    let said = text(&output.stderr);
    assert!(said.contains("the price of `autocad` is not used"), "{said}");
    assert!(said.contains("did you mean `AutoCAD`?") && said.contains("`Maya`"), "{said}");
    assert!(!said.contains("`Revit` is"), "{said}");
}

/// Two products without a rate, a late event, and a session that was denied.
const LOG: &str = r#"{"type":"RatePublished","at":"2026-01-01T00:00:00Z","product":"AutoCAD","tokens":7}
{"type":"SessionOpened","at":"2026-01-05T09:00:00Z","account":"a","session":"1","user":"ana","product":"Revit"}
{"type":"SessionOpened","at":"2026-01-05T09:00:00Z","account":"a","session":"2","user":"ana","product":"Maya"}
{"type":"SessionOpened","at":"2026-01-05T10:00:00Z","account":"a","session":"3","user":"ana","product":"AutoCAD"}
{"type":"Heartbeat","at":"2026-01-05T11:00:00Z","account":"a","session":"1"}
{"type":"SessionClosed","at":"2026-01-05T11:00:00Z","account":"a","session":"1"}
{"type":"Heartbeat","at":"2026-01-05T11:00:00Z","account":"a","session":"1"}
{"type":"Heartbeat","at":"2026-01-05T09:30:00Z","account":"a","session":"2"}
{"type":"RatePublished","at":"2025-12-31T00:00:00Z","product":"Revit","tokens":10}
"#;

#[test]
fn what_was_denied_is_shown_by_reason_and_what_follows_from_it_says_so() {
    for threads in ["1", "3"] {
        let output = tallyfold(&["replay", "--threads", threads, "-"], LOG.as_bytes());
        let shown = text(&output.stdout);
        for part in [
            "9 lines read: 4 events applied, 5 not applied; 1 account\n",
            "\n2 opens denied: no_rate; no rate for: Maya, Revit\n",
            "\n1 open denied: insufficient_tokens\n",
        ] {
            assert!(shown.contains(part), "{part} is not in:\n{shown}");
        }
    }
    let output = tallyfold(&["check", "-"], LOG.as_bytes());
    let denied = "its open at 2026-01-05T09:00:00Z was denied (no_rate)";
    assert_eq!(
        text(&output.stdout),
        format!(
            "-:5: unknown_session: no live session has this id: {denied} (account a)\n\
             -:6: unknown_session: no live session has this id: {denied} (account a)\n\
             -:7: unknown_session: no live session has this id (account a)\n\
             -:8: late_event: 2026-01-05T09:30:00Z is earlier than the clock of the account, \
             2026-01-05T10:00:00Z, which line 4 set (account a)\n\
             -:9: late_event: 2025-12-31T00:00:00Z is earlier than the clock of the catalog, \
             2026-01-01T00:00:00Z, which line 1 set\n\
             5 findings: 2 late_event, 3 unknown_session\n"
        )
    );
}

#[test]
fn check_shows_the_first_three_of_each_kind_and_all_if_asked() {
    let log = "{\"type\":1}\n".repeat(5) + LOG;
    let lines = |arguments: &[&str]| {
        let output = tallyfold(&[arguments, &["-"]].concat(), log.as_bytes());
        text(&output.stdout).lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let first = lines(&["check"]);
    assert_eq!(first.len(), 3 + 5 + 1);
    assert!(first[8].starts_with("10 findings: 2 late_event, 5 malformed, 3 unknown_session; "));
    assert!(first[8].ends_with("--all shows all"));
    assert_eq!(lines(&["check", "--all"]).len(), 10 + 1);
}

#[test]
fn every_command_that_reads_a_log_takes_a_store() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("s.db").to_str().unwrap().to_owned();
    assert!(tallyfold(&["store", "import", "--store", &store, EXAMPLE], b"").status.success());
    let people = folder.path().join("people.csv").to_str().unwrap().to_owned();
    fs::write(&people, "user\nana\n").unwrap();
    for (command, of_a_log) in [
        (&["laws"][..], &[EXAMPLE][..]),
        (&["estimate"], &["--from", EXAMPLE]),
        (
            &["import", "users", "--account", "bridges", "--at", "2027-01-01T00:00:00Z", &people],
            &["--log", EXAMPLE],
        ),
        (&["check"], &[EXAMPLE]),
        (&["what-if", "--rulebook", "current"], &[EXAMPLE]),
    ] {
        let from_log = tallyfold(&[command, of_a_log].concat(), b"");
        let from_store = tallyfold(&[command, &["--store", &store]].concat(), b"");
        assert_eq!(from_log.status.code(), Some(0), "{}", text(&from_log.stderr));
        assert_eq!(text(&from_store.stdout), text(&from_log.stdout), "{command:?}");
    }
}

#[test]
fn the_chain_that_status_prints_is_one_that_verify_takes() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("s.db").to_str().unwrap().to_owned();
    assert!(tallyfold(&["store", "import", "--store", &store, EXAMPLE], b"").status.success());
    let status = tallyfold(&["store", "status", "--json", "--store", &store], b"");
    let status: serde_json::Value = serde_json::from_slice(&status.stdout).unwrap();
    let chain = status["chain"].as_str().unwrap();
    let verified = tallyfold(&["store", "verify", "--store", &store, "--chain", chain], b"");
    assert_eq!(verified.status.code(), Some(0), "{}", text(&verified.stderr));
}

#[test]
fn a_negative_number_is_refused_as_what_it_is() {
    for (command, said) in [
        ("report advice --token-price -5", "--token-price"),
        ("replay --threads -1", "--threads"),
        ("generate --events -5", "--events"),
    ] {
        let output = tallyfold(&command.split(' ').collect::<Vec<_>>(), b"");
        let error = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{command}");
        assert!(error.contains(said) && !error.contains("-- -"), "{command}: {error}");
    }
}
