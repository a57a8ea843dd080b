//! Hostile files and pipes, as docs/hostile-input.md lists them: the program says what is wrong
//! and with which file, and never panics.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::program::{root, tallyfold, text};

const EXAMPLE: &str = "examples/team-month.jsonl";
/// Every command that reads a log, without the log.
const READERS: [&[&str]; 6] = [
    &["replay"],
    &["replay", "--format", "json"],
    &["journal"],
    &["journal", "--log-order"],
    &["check"],
    &["import", "flexnet", "--account", "acme"],
];

fn read(command: &[&str], path: &Path) -> Output {
    tallyfold(&[command, &[path.to_str().unwrap()]].concat(), b"")
}

/// Every reader fails, and names the file.
fn assert_trouble(path: &Path) {
    for command in READERS {
        let output = read(command, path);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{command:?} {}: {said}", path.display());
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(said.contains(name) && !said.contains("panicked"), "{command:?}: {said}");
    }
}

#[test]
fn directories_and_unreadable_files() {
    let folder = tempfile::tempdir().unwrap();
    assert_trouble(folder.path());
    assert_trouble(&folder.path().join("missing.jsonl"));
    let file = folder.path().join("log.jsonl");
    fs::write(&file, "\n").unwrap();
    assert_trouble(&file.join("below-a-file.jsonl"));
    assert_trouble(&folder.path().join("x".repeat(300)));
    #[cfg(unix)]
    {
        use std::os::unix::fs::{PermissionsExt, symlink};

        let circle = folder.path().join("circle.jsonl");
        symlink(&circle, &circle).unwrap();
        assert_trouble(&circle);
        fs::set_permissions(&file, fs::Permissions::from_mode(0o000)).unwrap();
        match fs::File::open(&file) {
            Err(_) => assert_trouble(&file),
            Ok(_) => crate::skipped("this user may read every file; none was unreadable"),
        }
    }
}

#[test]
fn corrupt_and_truncated_compressed_files() {
    let folder = tempfile::tempdir().unwrap();
    let log = fs::read(root().join(EXAMPLE)).unwrap();
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(&log).unwrap();
    for (name, packed) in
        [("log.gz", packer.finish().unwrap()), ("log.zst", zstd::encode_all(&log[..], 3).unwrap())]
    {
        let path = folder.path().join(name);
        let middle = packed.len() / 2;
        let mut corrupt = packed.clone();
        corrupt[middle..middle + 8].fill(0xff);
        for damaged in [&packed[..6], &packed[..middle], &packed[..packed.len() - 1], &corrupt] {
            fs::write(&path, damaged).unwrap();
            assert_trouble(&path);
        }
    }
}

#[test]
fn empty_input() {
    for command in READERS {
        for input in [&b""[..], b"\n", b"\xef\xbb\xbf", b" \t\r\n\r\n"] {
            let output = tallyfold(&[command, &["-"]].concat(), input);
            assert_eq!(output.status.code(), Some(0), "{command:?}: {}", text(&output.stderr));
        }
    }
}

#[test]
fn a_pipe_that_nobody_reads() {
    let log = "conformance/real/adskflex-2022.events.jsonl";
    let folder = tempfile::tempdir().unwrap();
    let wrong = folder.path().join("wrong.jsonl");
    fs::write(&wrong, "{\"type\":1}\n".repeat(5_000)).unwrap();
    for command in [
        &["replay", log][..],
        &["replay", "--format", "json", log],
        &["journal", log],
        &["journal", "--log-order", log],
        &["check", "--all", wrong.to_str().unwrap()],
        &["generate", "--events", "50000"],
    ] {
        // Closed before the program starts: a test beside this one that is just starting another
        // would hold it open for a while.
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = Command::new(env!("CARGO_BIN_EXE_tallyfold"))
            .args(command)
            .current_dir(root())
            .stdout(writer)
            .stderr(Stdio::piped())
            .output()
            .unwrap();
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""), "{command:?}");
    }
}

#[test]
fn what_a_terminal_could_take_for_a_command() {
    let lines = [
        r#"{"type":"Heartbeat","at":"2026-01-01T00:00:00Z","account":"a","session":"s","\u001b[2J":1}"#,
        r#"{"type":"\u001b]0;x\u0007","at":"2026-01-01T00:00:00Z"}"#,
        r#"{"type":"RulebookAdopted","at":"2026-01-01T00:00:00Z","rulebook":"launch","overrides":{"\u009b2J\u202e":1}}"#,
        "{\"type\":\"Heartbeat\",\"at\":\"2026-01-01T00:00:00Z\",\"account\":\"\u{202e}a\u{2066}\",\"session\":\"s\"}",
        r#"{"type":"PackPurchased","at":"2026-01-01T00:00:00Z","account":"\u202eb","pack":"\u2067P","tokens":7}"#,
    ];
    let log = lines.join("\n");
    for command in [&["check", "-"][..], &["replay", "-"]] {
        let output = tallyfold(command, log.as_bytes());
        let shown = text(&output.stdout);
        assert!(shown.contains("\\u{202e}"), "{command:?}:\n{shown}");
        let harms = |c: char| {
            c.is_control() && c != '\n'
                || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        };
        assert!(!shown.contains(harms), "{command:?}:\n{shown:?}");
    }
}

#[test]
fn findings_of_many_long_lines_are_short() {
    let line = format!(r#"{{"type":"{}","at":"2026-01-01T00:00:00Z"}}"#, "x".repeat(60_000));
    let log = vec![line; 100].join("\n");
    let output = tallyfold(&["replay", "--format", "json", "-"], log.as_bytes());
    assert!(output.stdout.len() < 60_000, "{} bytes", output.stdout.len());
}
