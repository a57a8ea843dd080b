//! Which crate may use which (docs/architecture.md).

use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// Each crate of ours, and those of ours that it may use.
const MAY_USE: [(&str, &[&str]); 6] = [
    ("tallyfold-core", &[]),
    ("tallyfold-log", &["tallyfold-core"]),
    ("tallyfold-projections", &["tallyfold-core"]),
    // The log only in its tests.
    ("tallyfold-testkit", &["tallyfold-core", "tallyfold-log"]),
    (
        "tallyfold",
        &["tallyfold-core", "tallyfold-log", "tallyfold-projections", "tallyfold-testkit"],
    ),
    ("tallyfold-benches", &["tallyfold-core", "tallyfold-log"]),
];

#[test]
fn crates_use_only_what_the_map_allows() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let metadata = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1", "--offline"])
        .current_dir(root)
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&metadata.stdout).unwrap();
    for package in metadata["packages"].as_array().unwrap() {
        let name = package["name"].as_str().unwrap();
        let (_, may_use) = MAY_USE.iter().find(|(it, _)| *it == name).expect(name);
        for used in package["dependencies"].as_array().unwrap() {
            let used = used["name"].as_str().unwrap();
            let is_ours = used.starts_with("tallyfold");
            assert!(!is_ours || may_use.contains(&used), "{name} may not use {used}");
        }
    }
}
