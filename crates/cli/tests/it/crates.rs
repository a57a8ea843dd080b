//! Which crate may use which (docs/architecture.md).

use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// Each crate of ours, and those of ours that it may use.
const MAY_USE: [(&str, &[&str]); 12] = [
    ("tallyfold-conformance", &[]),
    ("tallyfold-core", &[]),
    ("tallyfold-log", &["tallyfold-core"]),
    ("tallyfold-projections", &["tallyfold-core"]),
    ("tallyfold-testkit", &["tallyfold-core"]),
    ("tallyfold-engine", &["tallyfold-core", "tallyfold-log"]),
    ("tallyfold-store", &["tallyfold-core", "tallyfold-log"]),
    (
        "tallyfold",
        &[
            "tallyfold-core",
            "tallyfold-engine",
            "tallyfold-log",
            "tallyfold-projections",
            "tallyfold-store",
            "tallyfold-testkit",
        ],
    ),
    (
        "tallyfold-cli",
        &[
            "tallyfold-core",
            "tallyfold-engine",
            "tallyfold-log",
            "tallyfold-projections",
            "tallyfold-store",
            "tallyfold-testkit",
        ],
    ),
    (
        "tallyfold-licence-server",
        &["tallyfold-core", "tallyfold-log", "tallyfold-projections", "tallyfold-store"],
    ),
    ("tallyfold-benches", &["tallyfold-core", "tallyfold-log"]),
    ("tallyfold-fuzz-targets", &["tallyfold-core", "tallyfold-log", "tallyfold-testkit"]),
];

/// What a crate's own tests may use besides.
const TESTS_MAY_USE: [(&str, &[&str]); 7] = [
    ("tallyfold", &["tallyfold"]),
    ("tallyfold-engine", &["tallyfold-testkit"]),
    ("tallyfold-cli", &["tallyfold-conformance"]),
    ("tallyfold-log", &["tallyfold-conformance", "tallyfold-log"]),
    ("tallyfold-projections", &["tallyfold-log", "tallyfold-projections"]),
    ("tallyfold-store", &["tallyfold-conformance", "tallyfold-store"]),
    ("tallyfold-testkit", &["tallyfold-conformance", "tallyfold-log", "tallyfold-testkit"]),
];

/// Whether a crate may use another of ours, in the library or only in its tests.
fn may_use(name: &str, used: &str, in_tests: bool) -> bool {
    let lists = |map: &[(&str, &[&str])]| {
        map.iter().any(|(it, may_use)| *it == name && may_use.contains(&used))
    };
    lists(&MAY_USE) || in_tests && lists(&TESTS_MAY_USE)
}

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
        assert!(MAY_USE.iter().any(|(it, _)| *it == name), "{name} is not on the map");
        for dependency in package["dependencies"].as_array().unwrap() {
            let used = dependency["name"].as_str().unwrap();
            let is_ours = used.starts_with("tallyfold");
            let in_tests = dependency["kind"] == "dev";
            assert!(!is_ours || may_use(name, used, in_tests), "{name} may not use {used}");
        }
    }
}
