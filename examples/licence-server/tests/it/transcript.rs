//! The README's session with curl is what happens.

use std::io::Write;
use std::process::Command;

use tallyfold_core::Timestamp;

use crate::server::Site;

/// What stands between the commands in what the shell prints.
const MARK: &str = "\n--- next ---\n";

/// The commands of the README, each with what it prints.
fn transcript() -> Vec<(String, String)> {
    let readme = include_str!("../../README.md");
    let (_, from) = readme.split_once("```console\n").unwrap();
    let (block, _) = from.split_once("\n```").unwrap();
    let commands = block.strip_prefix("$ ").unwrap().split("\n$ ");
    let cut = |text: &str| {
        let lines: Vec<_> = text.lines().collect();
        let more = lines.iter().take_while(|line| line.ends_with('\\')).count();
        (lines[..=more].join("\n"), lines[more + 1..].join("\n"))
    };
    commands.map(cut).collect()
}

/// A text in which one instant is as good as another.
fn timeless(text: &str) -> String {
    let parts = text.trim().split('"');
    let parts = parts.map(|it| if it.parse::<Timestamp>().is_ok() { "an instant" } else { it });
    parts.collect::<Vec<_>>().join("\"")
}

#[test]
fn the_readme_shows_what_happens() {
    if Command::new("curl").arg("--version").output().is_err() {
        let _ = writeln!(std::io::stderr(), "\nSKIPPED: the README's session needs curl\n");
        return;
    }
    let site = Site::new();
    let server = site.start();
    let folder = site.folder.path();
    std::fs::write(folder.join("admin.key"), &site.admin).unwrap();
    std::fs::write(folder.join("acme.key"), &site.acme).unwrap();
    let transcript = transcript();
    assert!(transcript.len() > 8);
    let commands: Vec<_> = transcript.iter().map(|(command, _)| command.as_str()).collect();
    let script = commands.join(&format!("\nprintf '{}'\n", MARK.replace('\n', "\\n")));
    let script = script.replace("localhost:8080", &server.address);
    let printed = Command::new("sh").args(["-c", &script]).current_dir(folder).output();
    let printed = printed.unwrap();
    assert!(printed.stderr.is_empty(), "{}", String::from_utf8_lossy(&printed.stderr));
    let printed = String::from_utf8(printed.stdout).unwrap();
    let printed: Vec<_> = printed.split(MARK).collect();
    assert_eq!(printed.len(), transcript.len());
    for ((command, shown), printed) in transcript.iter().zip(printed) {
        assert_eq!(timeless(printed), timeless(shown), "{command}");
    }
}
