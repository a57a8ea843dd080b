//! What a command writes: never over what it reads, and whole or not at all.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::program::{root, tallyfold, text};

const EXAMPLE: &str = "examples/team-month.jsonl";

/// A folder with a log, a store of it, and tables.
struct Desk(tempfile::TempDir);

impl Desk {
    fn new() -> Desk {
        let desk = Desk(tempfile::tempdir().unwrap());
        fs::copy(root().join(EXAMPLE), desk.0.path().join("x.jsonl")).unwrap();
        fs::write(desk.path("prices.csv"), "offering,price\nAutoCAD,100\n").unwrap();
        assert_eq!(desk.run(&["store", "import", "--store", "s.db", "x.jsonl"]).0, Some(0));
        desk
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().unwrap().to_owned()
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.0.path().join(name)).unwrap()
    }

    /// The names of all files, and what each holds.
    fn files(&self) -> Vec<(String, Vec<u8>)> {
        let entries = fs::read_dir(self.0.path()).unwrap().map(|entry| entry.unwrap());
        let files = entries.filter(|entry| entry.path().is_file());
        let name = |entry: &fs::DirEntry| entry.file_name().to_str().unwrap().to_owned();
        let mut files: Vec<_> = files.map(|it| (name(&it), fs::read(it.path()).unwrap())).collect();
        files.sort();
        files
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tallyfold"));
        command.args(arguments).current_dir(self.0.path()).stdin(Stdio::null());
        command
    }

    /// The exit code, and what was said on standard error.
    fn run(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let output = self.command(arguments).output().unwrap();
        (output.status.code(), text(&output.stderr).to_owned())
    }
}

#[test]
fn no_output_overwrites_what_the_command_reads() {
    let desk = Desk::new();
    fs::create_dir(desk.path("sub")).unwrap();
    std::os::unix::fs::symlink("../x.jsonl", desk.path("sub/link.jsonl")).unwrap();
    fs::hard_link(desk.path("x.jsonl"), desk.path("hard.jsonl")).unwrap();
    let before = desk.files();
    let by_product = ["report", "token", "by-product"];
    let report = |arguments: &[&str]| [&by_product[..], arguments].concat().join(" ");
    for command in [
        &report(&["-o", "x.jsonl", "x.jsonl"])[..],
        &report(&["-o", "sub/../x.jsonl", "x.jsonl"]),
        &report(&["-o", "x.jsonl", "sub/link.jsonl"]),
        &report(&["-o", "sub/link.jsonl", "x.jsonl"]),
        &report(&["-o", "hard.jsonl", "--format", "json", "x.jsonl"]),
        &report(&["--format", "json", "-o", "s.db", "--store", "s.db"]),
        &report(&["--format", "json", "-o", "s.db-wal", "--store", "s.db"]),
        &report(&["--format", "json", "-o", "s.db-shm", "--store", "./s.db"]),
        "report advice --plan premium --subscription-prices prices.csv -o prices.csv x.jsonl",
        "replay --journal x.jsonl x.jsonl",
        "replay --save-snapshot x.jsonl x.jsonl",
        "replay --journal one --save-snapshot ./one x.jsonl",
        "replay --journal s.db --store s.db",
        "store export --store s.db s.db",
        "store export --store s.db s.db-wal",
        "store import --store x.jsonl x.jsonl",
    ] {
        let arguments: Vec<_> = command.split(' ').collect();
        let (code, said) = desk.run(&arguments);
        assert_eq!(code, Some(2), "{command}: {said}");
        assert!(desk.files() == before, "{command} changed a file");
    }
}

#[test]
fn standard_input_is_an_input_too() {
    let desk = Desk::new();
    let log = File::open(desk.path("x.jsonl")).unwrap();
    let mut command = desk.command(&["replay", "--journal", "x.jsonl", "-"]);
    let output = command.stdin(log).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
    assert_eq!(desk.read("x.jsonl"), fs::read(root().join(EXAMPLE)).unwrap());
}

#[test]
fn standard_output_that_is_an_input_is_refused() {
    let desk = Desk::new();
    for command in [
        "journal x.jsonl",
        "check x.jsonl",
        "laws x.jsonl",
        "replay x.jsonl",
        "report advice x.jsonl",
    ] {
        let appended = File::options().append(true).open(desk.path("x.jsonl")).unwrap();
        let arguments: Vec<_> = command.split(' ').collect();
        let output = desk.command(&arguments).stdout(appended).output().unwrap();
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{command}: {said}");
        assert!(said.contains("standard output is x.jsonl"), "{command}: {said}");
        assert_eq!(desk.read("x.jsonl"), fs::read(root().join(EXAMPLE)).unwrap());
    }
}

#[test]
fn a_file_is_replaced_whole_and_keeps_its_mode_through_a_link() {
    use std::os::unix::fs::{PermissionsExt, symlink};

    let desk = Desk::new();
    fs::write(desk.path("good.txt"), "good").unwrap();
    fs::set_permissions(desk.path("good.txt"), fs::Permissions::from_mode(0o640)).unwrap();
    symlink("good.txt", desk.path("link.txt")).unwrap();
    let report = ["report", "token", "by-product", "-o", "link.txt", "x.jsonl"];
    assert_eq!(desk.run(&report).0, Some(0));
    let mode = |name| fs::symlink_metadata(desk.path(name)).unwrap().permissions().mode() & 0o777;
    assert!(fs::symlink_metadata(desk.path("link.txt")).unwrap().is_symlink());
    assert_eq!(mode("good.txt"), 0o640);
    let written = desk.read("good.txt");
    assert!(text(&written).contains("AutoCAD") && !written.contains(&0x1b), "{}", text(&written));
    // What fails leaves what was there, and nothing beside it.
    let before = desk.files();
    let failing = ["report", "token", "by-product", "-o", "good.txt", "x.jsonl", "missing.jsonl"];
    assert_eq!(desk.run(&failing).0, Some(2));
    assert!(desk.files() == before);
    // A link to nothing is a new file where it leads.
    symlink("new.txt", desk.path("dangling.txt")).unwrap();
    let report = ["report", "token", "by-product", "-o", "dangling.txt", "x.jsonl"];
    assert_eq!(desk.run(&report).0, Some(0));
    assert_eq!(desk.read("new.txt"), written);
    let umask_of_tests = mode("x.jsonl");
    assert_eq!(mode("new.txt") | umask_of_tests, umask_of_tests | 0o644 & mode("new.txt"));
}

/// A report that was there stays as it was when the next one is interrupted.
#[test]
fn an_interrupted_report_leaves_what_was_there() {
    let desk = Desk::new();
    fs::write(desk.path("good.json"), "good").unwrap();
    let before = desk.files();
    let report = ["report", "token", "by-product", "-o", "good.json", "-"];
    let mut child = desk.command(&report).stdin(Stdio::piped()).spawn().unwrap();
    let input = child.stdin.take();
    // It has begun when its temporary file is there, and goes on until standard input ends.
    while desk.files().len() == before.len() {
        assert!(child.try_wait().unwrap().is_none(), "it ended early");
        std::thread::yield_now();
    }
    let kill = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(kill.success());
    let ended = child.wait().unwrap();
    drop(input);
    assert_eq!(ended.code(), Some(130));
    assert!(desk.files() == before, "a file changed, or one was left behind");
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let desk = Desk::new();
    let (code, said) = desk.run(&["report", "token", "summary", "-o", "no/r.txt", "x.jsonl"]);
    assert_eq!(code, Some(2));
    assert_eq!(said, "tallyfold: cannot write no/r.txt: there is no folder no\n");
    let (code, said) = desk.run(&["report", "token", "summary", "-o", ".", "x.jsonl"]);
    assert_eq!((code, &*said), (Some(2), "tallyfold: cannot write .: it is a folder\n"));
}

#[test]
fn devices_and_pipes_are_written_directly() {
    let desk = Desk::new();
    for (device, code) in [("/dev/null", Some(0)), ("/dev/full", Some(2)), ("/dev/stdout", Some(0))]
    {
        let report = ["report", "token", "by-product", "--format", "csv", "-o", device, "x.jsonl"];
        let output = desk.command(&report).output().unwrap();
        assert_eq!(output.status.code(), code, "{device}: {}", text(&output.stderr));
        assert_eq!(text(&output.stdout).contains("AutoCAD"), device == "/dev/stdout");
    }
    // What standard output was appended to keeps what it held.
    fs::write(desk.path("kept.txt"), "held before\n").unwrap();
    let kept = File::options().append(true).open(desk.path("kept.txt")).unwrap();
    let report = ["report", "token", "by-product", "-o", "/dev/stdout", "x.jsonl"];
    assert!(desk.command(&report).stdout(kept).status().unwrap().success());
    let kept = text_of(&desk.read("kept.txt"));
    assert!(kept.starts_with("held before\n") && kept.contains("AutoCAD"), "{kept}");
    let to_standard_output = ["report", "token", "by-product", "-o", "-", "x.jsonl"];
    let output = desk.command(&to_standard_output).output().unwrap();
    assert!(text(&output.stdout).contains("AutoCAD"));
    assert!(!Path::new(&desk.path("-")).exists());
}

#[test]
fn a_folder_of_reports_replaces_only_what_it_wrote() {
    let desk = Desk::new();
    let all =
        |more: &[&str]| desk.run(&[&["report", "all", "-o", "out", "x.jsonl"], more].concat());
    let names = || {
        let files = fs::read_dir(desk.path("out")).unwrap();
        let mut names: Vec<_> =
            files.map(|it| it.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    };
    assert_eq!(all(&["--plan", "premium"]).0, Some(0));
    assert!(names().contains(&"usage-export.csv".to_owned()));
    // Fewer reports: those of the last time are gone.
    assert_eq!(all(&["--format", "json"]).0, Some(0));
    assert!(names().iter().all(|name| name.ends_with(".json")), "{:?}", names());
    let manifest: serde_json::Value =
        serde_json::from_slice(&desk.read("out/manifest.json")).unwrap();
    let listed: Vec<_> = manifest["files"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(listed.len() + 1, names().len());
    // A file of somebody else is never lost.
    fs::write(desk.path("out/token-summary.csv"), "mine").unwrap();
    let (code, said) = all(&["--format", "json"]);
    assert!(code == Some(2) && said.contains("token-summary.csv"), "{said}");
    assert_eq!(all(&["--format", "json", "--force"]).0, Some(0));
    assert_eq!(desk.read("out/token-summary.csv"), b"mine");
    // Over its own input, even if forced.
    fs::create_dir(desk.path("own")).unwrap();
    fs::copy(desk.path("x.jsonl"), desk.path("own/token-summary.jsonl")).unwrap();
    for force in [&[][..], &["--force"]] {
        let report = ["report", "all", "--format", "jsonl", "-o", "own", "own/token-summary.jsonl"];
        let (code, said) = desk.run(&[&report[..], force].concat());
        assert_eq!(code, Some(2), "{said}");
        assert!(desk.read("own/token-summary.jsonl") == desk.read("x.jsonl"));
    }
}

#[test]
fn a_manifest_that_names_files_elsewhere_is_refused() {
    let desk = Desk::new();
    fs::create_dir(desk.path("out")).unwrap();
    for manifest in [
        r#"{"program":"tallyfold 0","files":{"../x.jsonl":{"bytes":0,"sha256":""}}}"#,
        r#"{"name":"a web application"}"#,
        "",
    ] {
        fs::write(desk.path("out/manifest.json"), manifest).unwrap();
        let (code, said) = desk.run(&["report", "all", "--force", "-o", "out", "x.jsonl"]);
        assert!(code == Some(2) && said.contains("no manifest of reports"), "{said}");
        assert_eq!(desk.read("out/manifest.json"), manifest.as_bytes());
    }
}

/// The log of ../shared/cases/store: a line that is still being written, then the log that has grown.
#[test]
fn a_line_that_is_still_being_written_is_not_imported() {
    let desk = Desk::new();
    let log = fs::read_to_string(desk.path("x.jsonl")).unwrap();
    let import = |text: &str| {
        fs::write(desk.path("growing.jsonl"), text).unwrap();
        let import = ["store", "import", "--store", "g.db", "growing.jsonl"];
        let output = desk.command(&import).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", text_of(&output.stderr));
        text_of(&output.stdout)
    };
    let half: String = log.split_inclusive('\n').take(20).collect();
    let torn = &half[..half.len() - 10];
    let said = import(torn);
    assert!(
        said.contains("0 malformed lines") && said.contains("Left out: the last line"),
        "{said}"
    );
    // Whole, but without its terminator: it is an event, and is taken.
    let said = import(log.trim_end());
    assert!(!said.contains("Left out"), "{said}");
    assert_eq!(desk.run(&["store", "export", "--store", "g.db", "out.jsonl"]).0, Some(0));
    assert_eq!(text(&desk.read("out.jsonl")), log);
    // An older copy of the log is still the beginning of what the store holds.
    assert!(import(torn).contains("The store goes on after the end of this log."));
}

fn text_of(bytes: &[u8]) -> String {
    text(bytes).to_owned()
}

#[test]
fn the_ending_of_a_file_name_is_read_in_any_case() {
    let desk = Desk::new();
    assert_eq!(desk.run(&["report", "token", "by-product", "-o", "r.HTML", "x.jsonl"]).0, Some(0));
    assert!(desk.read("r.HTML").starts_with(b"<!doctype html>"));
    let output = tallyfold(&["report", "token", "by-product", "-o", "r.doc", EXAMPLE], b"");
    assert!(text(&output.stderr).contains("no report is written as .doc"));
}
