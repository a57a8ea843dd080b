//! A replay gives the same bytes on any number of threads.

use std::fs;
use std::path::Path;

use tallyfold_log::write_event;
use tallyfold_testkit::History;

use crate::conformance::cases;
use crate::program::{tallyfold, text};

const THREADS: [&str; 4] = ["1", "2", "3", "8"];

/// Standard output, journal and exit code.
type Outcome = (String, String, Option<i32>);

fn outcome(arguments: &[&str], log: &[&str], input: &[u8], folder: &Path) -> Outcome {
    let journal = folder.join("journal.jsonl");
    let journal_argument = ["--strict", "--journal", journal.to_str().unwrap()];
    let output = tallyfold(&[&["replay"], arguments, &journal_argument[..], log].concat(), input);
    assert_eq!(text(&output.stderr), "", "{arguments:?}");
    let journal = fs::read_to_string(journal).unwrap();
    (text(&output.stdout).to_owned(), journal, output.status.code())
}

/// The outcome on one thread, which that on more threads must equal.
fn same_on_all(arguments: &[&str], log: &[&str], input: &[u8]) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    let on = |threads| {
        outcome(&[&["--threads", threads], arguments].concat(), log, input, folder.path())
    };
    let one = on(THREADS[0]);
    for threads in &THREADS[1..] {
        assert!(one == on(threads), "{arguments:?} {log:?} on {threads} threads");
    }
    one
}

#[test]
fn conformance_logs() {
    for case in cases().filter(|case| !case.name.starts_with("random")) {
        let as_of = case.as_of.map(|at| at.to_string());
        let as_of = as_of.iter().flat_map(|at| ["--as-of", at]);
        let arguments: Vec<_> = ["--format", "json"].into_iter().chain(as_of).collect();
        same_on_all(&arguments, &["-"], &case.log);
    }
}

/// Histories of many accounts behind one another: most of the catalog is late, much is a finding,
/// and lines that are no events stand in between. Larger than several blocks.
pub(crate) fn adversarial() -> Vec<u8> {
    let mut log = b"\xef\xbb\xbf".to_vec();
    for seed in 0..300 {
        for event in History::of_seed(seed, 100..=200).into_events() {
            let mut event = event;
            if let tallyfold_core::Event::Account(event) = &mut event {
                let name = format!("{}-{}", &*event.account, seed % 40);
                event.account = tallyfold_core::Name::new(name).unwrap();
            }
            write_event(&mut log, &event).unwrap();
        }
        match seed % 6 {
            0 => log.extend(b"{\"type\":\"Heartbeat\",\"at\":7}\n"),
            1 => log.extend(b"\r\n \t\n"),
            2 => log.extend(vec![b' '; 700_000]),
            3 => log.extend(vec![b'x'; 700_000]),
            4 => log.extend(b"\xff\r\n"),
            _ => log.extend([&vec![b' '; 600_000][..], b"\r\n"].concat()),
        }
    }
    log
}

#[test]
fn a_long_log_full_of_findings() {
    let log = adversarial();
    let (result, ..) = same_on_all(&["--format", "json"], &["-"], &log);
    for kind in ["malformed", "late_event", "duplicate_event", "unknown_session"] {
        assert!(result.contains(kind), "{kind}");
    }
    same_on_all(&[], &["-"], &log);
    same_on_all(&["--format", "json", "--as-of", "2026-02-01T00:00:00Z"], &["-"], &log);
}

#[test]
fn several_files_and_compressed_ones() {
    let folder = tempfile::tempdir().unwrap();
    let log = adversarial();
    let (first, second) = log.split_at(log.len() / 3);
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let packed = zstd::encode_all(second, 1).unwrap();
    let paths = [
        write("first", first),
        write("mark", b"\xef\xbb\xbf"),
        write("empty", b""),
        write("second", &packed),
        write("third", second),
    ];
    let paths: Vec<_> = paths.iter().map(|path| &**path).collect();
    same_on_all(&["--format", "json"], &paths, b"");
}

#[test]
fn trouble_is_told_alike() {
    let folder = tempfile::tempdir().unwrap();
    let packed = zstd::encode_all(&adversarial()[..], 1).unwrap();
    let path = folder.path().join("cut-off.zst");
    fs::write(&path, &packed[..packed.len() - 9]).unwrap();
    let on = |threads| {
        let output = tallyfold(&["replay", "--threads", threads, path.to_str().unwrap()], b"");
        (output.status.code(), text(&output.stdout).to_owned(), text(&output.stderr).to_owned())
    };
    let (one, three) = (on("1"), on("3"));
    assert_eq!(one, three);
    assert!(one.0 == Some(2) && one.2.contains("cut-off.zst"), "{one:?}");
    let none = tallyfold(&["replay", "--threads", "0", "-"], b"");
    assert_eq!(none.status.code(), Some(2));
}
