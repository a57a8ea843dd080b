//! A log in a store says what the log says.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tallyfold_conformance::{Case, logs};
use tempfile::TempDir;

use crate::program::{root, tallyfold, text};

const EXAMPLE: &str = "examples/team-month.jsonl";

/// A folder, and the path of a store in it that is not there yet.
fn new_store() -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("ledger.db").display().to_string();
    (folder, store)
}

fn succeeds(arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let output = tallyfold(arguments, input);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", text(&output.stderr));
    output.stdout
}

/// Exit code and what was said on standard error.
fn fails(arguments: &[&str], input: &[u8]) -> (i32, String) {
    let output = tallyfold(arguments, input);
    let code = output.status.code().unwrap();
    assert_ne!(code, 0, "{arguments:?}");
    (code, text(&output.stderr).to_owned())
}

/// A replay's result, whose findings tell other lines where the log has blank ones.
fn result(arguments: &[&str], input: &[u8]) -> Value {
    let mut all = vec!["replay", "--format", "json"];
    all.extend(arguments);
    let mut result: Value = serde_json::from_slice(&succeeds(&all, input)).unwrap();
    for finding in result["findings"].as_array_mut().unwrap() {
        finding["line"].take();
        finding["message"].take();
    }
    result
}

#[test]
fn a_replay_of_the_store_says_what_a_replay_of_the_log_says() {
    let logs: Vec<_> = logs().filter(|case| case.name.starts_with("scenarios/")).collect();
    assert!(logs.len() > 10, "{logs:?}");
    for &Case { name, log, .. } in logs {
        let (_folder, store) = new_store();
        succeeds(&["store", "import", "--store", &store, "-"], log);
        assert_eq!(result(&["--store", &store], b""), result(&["-"], log), "{name}");
        let of_store = succeeds(&["journal", "--store", &store], b"");
        assert_eq!(of_store, succeeds(&["journal", "-"], log), "{name}");
    }
}

/// Lines that no store would take one by one: malformed, late, with ids that repeat and say
/// something else, with byte order marks and carriage returns.
const HOSTILE: &str = "\u{feff}{\"type\":\"PackPurchased\",\"at\":\"2026-01-05T09:00:00Z\",\"account\":\"a\",\"id\":\"1\",\"pack\":\"P\",\"tokens\":5}\r\n\
    \n\
    {\"type\":\"PackPurchased\",\"at\":\"2026-01-05T09:00:00Z\",\"account\":\"a\",\"id\":\"1\",\"pack\":\"P\",\"tokens\":5}\n\
    {\"type\":\"PackPurchased\",\"at\":\"2026-01-05T10:00:00Z\",\"account\":\"a\",\"id\":\"1\",\"pack\":\"Q\",\"tokens\":6}\r\r\n\
    no event\r\r\n\
    \r\r\n\
    \u{feff}{}\n\
    {\"type\":\"PackPurchased\",\"at\":\"2026-01-04T09:00:00Z\",\"account\":\"a\",\"pack\":\"R\",\"tokens\":7}";

#[test]
fn a_hostile_log_is_kept_as_evidence() {
    let (folder, store) = new_store();
    let said = succeeds(&["store", "import", "--store", &store, "-"], HOSTILE.as_bytes());
    assert!(text(&said).contains("imported 4 events and 3 malformed lines"), "{}", text(&said));
    let of_log = result(&["-"], HOSTILE.as_bytes());
    assert_eq!(of_log["findings"].as_array().unwrap().len(), 5);
    assert_eq!(result(&["--store", &store], b""), of_log);
    let exported = folder.path().join("export.jsonl");
    let exported = exported.to_str().unwrap();
    succeeds(&["store", "export", "--store", &store, exported], b"");
    assert_eq!(result(&[exported], b""), of_log);
    // A store that is filled from the export is the same.
    let (_other_folder, other) = new_store();
    succeeds(&["store", "import", "--store", &other, exported], b"");
    let chain = |store: &str| {
        let status = succeeds(&["store", "status", "--json", "--store", store], b"");
        serde_json::from_slice::<Value>(&status).unwrap()["chain"].clone()
    };
    assert_eq!(chain(&store), chain(&other));
}

#[test]
fn an_export_is_the_log_that_was_imported() {
    let (_folder, store) = new_store();
    succeeds(&["store", "import", "--store", &store, EXAMPLE], b"");
    let exported = succeeds(&["store", "export", "--store", &store], b"");
    assert_eq!(text(&exported), fs::read_to_string(root().join(EXAMPLE)).unwrap());
}

#[test]
fn an_import_goes_on_with_a_log_that_has_grown() {
    let (_folder, store) = new_store();
    let log = fs::read_to_string(root().join(EXAMPLE)).unwrap();
    let half: String = log.split_inclusive('\n').take(20).collect();
    let import = ["store", "import", "--store", &*store, "-"];
    let said = |input: &str| text(&succeeds(&import, input.as_bytes())).to_owned();
    assert!(said(&half).starts_with("0 lines were there already; imported 20 events"));
    assert!(said(&log).starts_with("20 lines were there already; imported 17 events"));
    assert!(said(&log).starts_with("37 lines were there already; imported 0 events"));
    assert!(said(&half).contains("goes on after the end of this log"));
    let other = half.replace("AutoCAD", "Revit");
    let (code, error) = fails(&import, other.as_bytes());
    assert!(code == 2 && error.contains("holds another log: it differs at position"), "{error}");
    assert_eq!(succeeds(&["store", "export", "--store", &store], b""), log.as_bytes());
}

#[test]
fn reports_come_from_a_store_as_well() {
    let (_folder, store) = new_store();
    succeeds(&["store", "import", "--store", &store, EXAMPLE], b"");
    let report = |of: &[&str]| {
        let arguments = [&["report", "token", "by-product", "--format", "csv"], of].concat();
        let csv = text(&succeeds(&arguments, b"")).to_owned();
        let rows = csv.lines().filter(|line| !line.starts_with('#'));
        rows.map(str::to_owned).collect::<Vec<_>>()
    };
    let rows = report(&["--store", &store]);
    assert!(rows.iter().any(|row| row.contains("AutoCAD")), "{rows:?}");
    assert_eq!(rows, report(&[EXAMPLE]));
}

#[test]
fn a_log_and_a_store_at_once_are_refused() {
    let (code, error) = fails(&["replay", "--store", "a.db", EXAMPLE], b"");
    assert!(code == 2 && error.contains("cannot be used with"), "{error}");
    let (code, error) = fails(&["replay"], b"");
    assert!(code == 2 && error.contains("LOG"), "{error}");
}

#[test]
fn status_and_verify_tell_the_chain() {
    let (_folder, store) = new_store();
    let half: String =
        fs::read_to_string(root().join(EXAMPLE)).unwrap().split_inclusive('\n').take(20).collect();
    succeeds(&["store", "import", "--store", &store, "-"], half.as_bytes());
    let status: Value =
        serde_json::from_slice(&succeeds(&["store", "status", "--json", "--store", &store], b""))
            .unwrap();
    assert_eq!((&status["events"], &status["malformed_lines"]), (&20.into(), &0.into()));
    let noted = status["chain"].as_str().unwrap();
    succeeds(&["store", "import", "--store", &store, EXAMPLE], b"");
    let verify = ["store", "verify", "--store", &*store];
    assert!(text(&succeeds(&verify, b"")).starts_with("Sound: 37 events of 2 streams, chain 37:"));
    succeeds(&[&verify[..], &["--chain", noted]].concat(), b"");
    let other = noted.replace("20:", "21:");
    let (code, error) = fails(&[&verify[..], &["--chain", &other]].concat(), b"");
    assert!(code == 1 && error.contains("another log"), "{error}");
}

#[test]
fn a_damaged_store_is_told_by_its_exit_code() {
    let (_folder, store) = new_store();
    succeeds(&["store", "import", "--store", &store, EXAMPLE], b"");
    let mut bytes = fs::read(&store).unwrap();
    let needle = b"AutoCAD";
    // A page may hold what is left of an older one, so all of them.
    let found = |at: &usize| bytes[*at..].starts_with(needle);
    let all: Vec<usize> = (0..bytes.len()).filter(found).collect();
    all.iter().for_each(|at| bytes[*at] ^= 1);
    fs::write(&store, bytes).unwrap();
    let (code, error) = fails(&["store", "verify", "--store", &store], b"");
    assert!(code == 1 && error.contains(&store) && error.contains("is damaged"), "{error}");
    let (code, error) = fails(&["replay", "--store", &store], b"");
    assert!(code == 2 && error.contains(&store) && error.contains("was changed"), "{error}");
}

#[test]
fn what_is_no_store_is_refused_by_name() {
    let text = root().join(EXAMPLE);
    let missing = Path::new("no-such.db");
    for (store, part) in [(&*text, "is not a store of tallyfold"), (missing, "no-such.db")] {
        for command in ["status", "verify", "export"] {
            let (code, error) = fails(&["store", command, "--store", store.to_str().unwrap()], b"");
            assert!(code == 2 && error.contains(part), "{command}: {error}");
        }
    }
    assert!(!root().join(missing).exists());
}

/// A line may be longer than any event, and then is malformed; it is evidence all the same.
#[test]
fn lines_longer_than_any_event_are_kept_to_the_byte() {
    let (folder, store) = new_store();
    let event =
        r#"{"type":"SessionClosed","at":"2026-01-05T09:00:00Z","account":"acme","session":"s1"}"#;
    let mut log = Vec::new();
    for length in [65_535, 65_536, 65_537, 65_538, 300_000, 3_000_000] {
        log.extend(vec![b'x'; length]);
        log.extend(b"\xff\n");
        log.extend(event.as_bytes());
        log.push(b'\n');
    }
    let path = folder.path().join("log.jsonl");
    fs::write(&path, &log).unwrap();
    let path = path.to_str().unwrap();
    succeeds(&["store", "import", "--store", &store, path], b"");
    assert!(succeeds(&["store", "export", "--store", &store], b"") == log);
    let again = succeeds(&["store", "import", "--store", &store, path], b"");
    assert!(text(&again).contains("12 lines were there already"), "{}", text(&again));
    let mut huge = log.clone();
    huge.extend(vec![b'x'; (64 << 20) + 1]);
    let (code, said) = fails(&["store", "import", "--store", &store, "-"], &huge);
    assert_eq!(code, 2);
    assert!(said.contains("line 13: a line of more than 64 MiB cannot be kept"), "{said}");
}

/// Earlier versions kept the first 65,537 bytes.
#[test]
fn an_import_goes_on_behind_a_line_that_an_earlier_version_cut() {
    let (_folder, store) = new_store();
    let line = |length: usize| [vec![b'x'; length], b"\n".to_vec()].concat();
    let rate = r#"{"type":"RatePublished","at":"2026-01-01T00:00:00Z","product":"P","tokens":7}"#;
    let rate = format!("{rate}\n").into_bytes();
    let cut = [rate.clone(), line(65_537)].concat();
    succeeds(&["store", "import", "--store", &store, "-"], &cut);
    let grown = [rate, line(70_000), line(1)].concat();
    let said = succeeds(&["store", "import", "--store", &store, "-"], &grown);
    assert!(text(&said).contains("imported 0 events and 1 malformed lines"), "{}", text(&said));
}

#[test]
fn a_store_that_lost_ids_is_made_anew() {
    let (_folder, store) = new_store();
    let log = root().join(EXAMPLE);
    succeeds(&["store", "import", "--store", &store, log.to_str().unwrap()], b"");
    let sound = succeeds(&["store", "verify", "--store", &store], b"");
    let said = succeeds(&["store", "rebuild", "--store", &store], b"");
    assert!(text(&said).starts_with("Made anew from 37 events: 1 accounts, "), "{}", text(&said));
    assert_eq!(succeeds(&["store", "verify", "--store", &store], b""), sound);
}

#[test]
fn a_repair_keeps_what_it_drops_and_says_so_in_the_log() {
    let (folder, store) = new_store();
    succeeds(&["store", "import", "--store", &store, EXAMPLE], b"");
    let chain = |store: &str| {
        let status = succeeds(&["store", "status", "--json", "--store", store], b"");
        let status: Value = serde_json::from_slice(&status).unwrap();
        status["chain"].as_str().unwrap().to_owned()
    };
    let whole = chain(&store);
    let log = fs::read_to_string(root().join(EXAMPLE)).unwrap();
    let (_other, beginning) = new_store();
    let thirty: String = log.split_inclusive('\n').take(30).collect();
    succeeds(&["store", "import", "--store", &beginning, "-"], thirty.as_bytes());
    let noted = chain(&beginning);

    let file = folder.path().join("dropped.jsonl");
    let kept = file.to_str().unwrap();
    let repair = ["store", "repair", "--store", &store, "--drop-after", "30", "--dropped", kept];
    fs::write(&file, "mine").unwrap();
    let (code, said) = fails(&repair, b"");
    assert_eq!(code, 2, "{said}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine", "nothing is written over");
    assert_eq!(chain(&store), whole, "nothing is dropped");
    fs::remove_file(&file).unwrap();

    let said = text(&succeeds(&repair, b"")).to_owned();
    assert!(said.contains("Dropped 7 lines after position 30"), "{said}");
    let rest: String = log.split_inclusive('\n').skip(30).collect();
    assert_eq!(fs::read_to_string(&file).unwrap(), rest);
    let exported = text(&succeeds(&["store", "export", "--store", &store], b"")).to_owned();
    let mark = exported.strip_prefix(&thirty).unwrap();
    assert!(
        mark.contains(&format!(
            r#"{{"repair":"positions 31 to 37 were dropped","chain":"{whole}"}}"#
        ))
    );
    succeeds(&["store", "verify", "--store", &store, "--chain", &noted], b"");
    let (code, said) = fails(&["store", "verify", "--store", &store, "--chain", &whole], b"");
    assert_eq!(code, 1, "{said}");
    let findings = &result(&["--store", &store], b"")["findings"];
    assert!(findings.to_string().contains("malformed"), "{findings}");
    let again = ["store", "repair", "--store", &store, "--drop-after", "31", "--dropped", kept];
    let (code, said) = fails(&again, b"");
    assert_eq!(code, 2, "{said}");
    assert_eq!(fs::read_to_string(&file).unwrap(), rest, "{said}");
}
