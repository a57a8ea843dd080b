//! Going on from a snapshot gives the same bytes as folding the whole log.

use std::fs;
use std::path::{Path, PathBuf};

use crate::conformance::cases;
use crate::program::{tallyfold, text};
use crate::threads::adversarial;

const FORMATS: [&str; 2] = ["json", "table"];

/// A folder with a snapshot of the start of a log.
struct Saved {
    folder: tempfile::TempDir,
}

impl Saved {
    /// Folds a log on so many threads and saves a snapshot.
    fn of(log: &[u8], threads: &str) -> Saved {
        let saved = Saved { folder: tempfile::tempdir().unwrap() };
        let path = saved.path();
        let arguments = ["replay", "-", "--threads", threads, "--save-snapshot", arg(&path)];
        assert_eq!(text(&tallyfold(&arguments, log).stderr), "");
        saved
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("snapshot")
    }

    fn bytes(&self) -> Vec<u8> {
        fs::read(self.path()).unwrap()
    }

    /// What a replay of a log says that goes on from the snapshot.
    fn resumed(&self, log: &[u8], arguments: &[&str]) -> (String, String) {
        let path = self.path();
        said(&[&["-", "--from-snapshot", arg(&path)], arguments].concat(), log)
    }
}

fn arg(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Standard output and standard error of a replay.
fn said(arguments: &[&str], log: &[u8]) -> (String, String) {
    let output = tallyfold(&[&["replay"], arguments].concat(), log);
    (text(&output.stdout).to_owned(), text(&output.stderr).to_owned())
}

/// Where each line ends.
fn line_ends(log: &[u8]) -> impl Iterator<Item = usize> {
    log.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(place, _)| place + 1)
}

#[test]
fn at_many_cuts_of_many_logs() {
    for case in cases().filter(|case| case.as_of.is_none() && case.name.starts_with("scenarios")) {
        let whole = FORMATS.map(|format| said(&["-", "--format", format], &case.log));
        let cuts: Vec<_> = line_ends(&case.log).collect();
        // Some in each, and elsewhere in the next.
        let step = cuts.len() / 2 + 1;
        for cut in cuts.iter().skip(case.name.len() % step).step_by(step) {
            let saved = Saved::of(&case.log[..*cut], "1");
            for (format, whole) in FORMATS.iter().zip(&whole) {
                let resumed = saved.resumed(&case.log, &["--format", format]);
                assert_eq!(resumed, *whole, "{} from byte {cut} on", case.name);
            }
        }
    }
}

#[test]
fn of_a_long_log_on_any_number_of_threads() {
    let log = adversarial();
    let cuts: Vec<_> = line_ends(&log).collect();
    let whole = FORMATS.map(|format| said(&["-", "--format", format], &log));
    for part in [1, 97] {
        let cut = cuts[(cuts.len() - 1) * part / 100];
        let [one, three] = ["1", "3"].map(|threads| Saved::of(&log[..cut], threads));
        assert!(one.bytes() == three.bytes(), "one log gives one snapshot");
        for (threads, (format, whole)) in ["1", "3"].iter().zip(FORMATS.iter().zip(&whole)) {
            let resumed = one.resumed(&log, &["--format", format, "--threads", threads]);
            assert!(resumed == *whole, "{format} from {part} % on, on {threads} threads");
        }
    }
}

#[test]
fn a_snapshot_is_made_from_a_snapshot() {
    let log = adversarial();
    let cuts: Vec<_> = line_ends(&log).collect();
    let [first, second] = [1, 2].map(|third| &log[..cuts[cuts.len() * third / 3]]);
    let saved = Saved::of(first, "2");
    // In place of the one that it goes on from.
    saved.resumed(second, &["--save-snapshot", arg(&saved.path())]);
    assert!(refusal(&saved, first, &[]).contains("the log ends after"));
    assert!(saved.resumed(&log, &["--format", "json"]) == said(&["-", "--format", "json"], &log));
}

#[test]
fn a_log_goes_on_in_another_file_or_behind_a_line_that_had_no_end() {
    let log = fs::read(crate::program::root().join("examples/team-month.jsonl")).unwrap();
    let cut = line_ends(&log).nth(19).unwrap();
    let whole = said(&["-", "--format", "json"], &log);
    let saved = Saved::of(&log[..cut - 1], "1");
    assert_eq!(saved.resumed(&log, &["--format", "json"]), whole);
    let files = ["first", "second.zst"].map(|name| saved.folder.path().join(name));
    fs::write(&files[0], &log[..cut]).unwrap();
    fs::write(&files[1], zstd::encode_all(&log[cut..], 1).unwrap()).unwrap();
    let path = saved.path();
    let arguments = [arg(&files[0]), arg(&files[1]), "--format", "json", "--from-snapshot"];
    assert_eq!(said(&[&arguments[..], &[arg(&path)]].concat(), b""), whole);
}

/// What a replay says that refuses to go on.
fn refusal(saved: &Saved, log: &[u8], arguments: &[&str]) -> String {
    let (shown, error) = saved.resumed(log, arguments);
    assert_eq!(shown, "");
    error.replace(arg(&saved.path()), "SNAPSHOT")
}

#[test]
fn what_is_not_a_snapshot_of_this_log_is_refused() {
    let log = fs::read(crate::program::root().join("examples/team-month.jsonl")).unwrap();
    let cut = line_ends(&log).nth(19).unwrap();
    let saved = Saved::of(&log[..cut], "1");
    let edited = text(&log).replacen("ana", "bea", 1).into_bytes();
    let refused = |log: &[u8], arguments: &[&str]| refusal(&saved, log, arguments);
    assert_eq!(
        refused(&edited, &[]),
        "tallyfold: cannot go on from SNAPSHOT: the first 20 lines are not those that were folded\n"
    );
    assert_eq!(
        refused(&log[..cut - 9], &[]),
        format!(
            "tallyfold: cannot go on from SNAPSHOT: the log ends after {} of the {cut} bytes that \
             were folded\n",
            cut - 8
        )
    );
    assert_eq!(
        refused(&log, &["--rulebook", "current"]),
        "tallyfold: cannot go on from SNAPSHOT: it was saved under another --rulebook\n"
    );
    for arguments in [&["--journal", "J"][..], &["--as-of", "2026-02-01T00:00:00Z"]] {
        assert!(refused(&log, arguments).contains("cannot be used with"));
    }
}

#[test]
fn a_damaged_file_is_refused() {
    let log = fs::read(crate::program::root().join("examples/team-month.jsonl")).unwrap();
    let saved = Saved::of(&log, "1");
    let whole = saved.bytes();
    let refused_with = |bytes: &[u8], problem: &str| {
        fs::write(saved.path(), bytes).unwrap();
        let refusal = refusal(&saved, &log, &[]);
        assert!(refusal.starts_with("tallyfold: cannot go on from SNAPSHOT: it "), "{refusal}");
        assert!(refusal.contains(problem), "{refusal}");
    };
    for length in (0..whole.len()).step_by(whole.len() / 40) {
        refused_with(&whole[..length], "");
    }
    for place in (0..whole.len()).step_by(whole.len() / 60) {
        let mut bytes = whole.clone();
        bytes[place] ^= 1 << (place % 8);
        refused_with(&bytes, "");
    }
    let magic = b"tallyfold replay\n".len();
    for (version, problem) in [(0, "an older tallyfold"), (9, "a newer tallyfold")] {
        for place in [magic, magic + 4] {
            let mut bytes = whole.clone();
            bytes[place] = version;
            refused_with(&bytes, problem);
        }
    }
    refused_with(&log, "it is not a snapshot of a replay");
    refused_with(&[&whole[..], b"x"].concat(), "it is damaged");
}
