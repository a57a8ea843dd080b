//! The committed corpora and regressions, replayed with every toolchain.

#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

use std::fs;
use std::path::{Path, PathBuf};

use tallyfold_fuzz_targets::{TARGETS, Target};

/// Replays every input of a target in a folder, and says how many there were.
fn replay(folder: &str, name: &str, target: Target) -> usize {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder).join(name);
    let mut inputs: Vec<PathBuf> =
        fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path()).collect();
    inputs.sort();
    for input in &inputs {
        // What a failing target prints is captured and shown with this.
        println!("{}", input.display());
        target(&fs::read(input).unwrap());
    }
    inputs.len()
}

#[test]
fn every_committed_input_keeps_the_promises_of_its_target() {
    for (name, target) in TARGETS {
        let seeds = replay("corpus", name, target);
        assert!(seeds >= 10, "{name} has {seeds} seeds");
        replay("regressions", name, target);
    }
}

#[test]
fn every_target_has_a_binary() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz_targets");
    let mut binaries: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    binaries.sort();
    assert_eq!(binaries, TARGETS.map(|(name, _)| name));
}
