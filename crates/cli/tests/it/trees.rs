//! What our crates depend on: how much, in which language, and for which Rust (docs/publishing.md).

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

use crate::program::root;

/// What cargo prints.
fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO")).args(arguments).current_dir(root()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// A crate and all that it is built with, as `name version`.
fn tree(package: &str, features: &[&str]) -> BTreeSet<String> {
    let all = ["tree", "--offline", "-e", "normal,build", "--prefix", "none", "-f", "{p}"];
    let tree = cargo(&[&all, &["-p", package][..], features].concat());
    let without_path = |line: &str| line.split(' ').take(2).collect::<Vec<_>>().join(" ");
    tree.lines().filter(|line| !line.is_empty()).map(without_path).collect()
}

#[test]
fn core_has_few_dependencies() {
    let core = tree("tallyfold-core", &[]);
    assert!(core.len() <= 22, "{} crates: {core:?}", core.len());
}

#[test]
fn what_needs_no_c_compiler_has_none_in_its_tree() {
    let without = |package: &str, features: &[&str]| {
        tree(package, features).iter().all(|it| !it.starts_with("cc "))
    };
    assert!(without("tallyfold-core", &["--all-features"]));
    assert!(without("tallyfold-log", &[]));
    assert!(without("tallyfold-log", &["--features", "flexnet,generate,gzip"]));
    assert!(without(
        "tallyfold",
        &["--features", "async,flexnet,generate,gzip,rust_decimal,schema,testkit,tracing"]
    ));
    assert!(!without("tallyfold-log", &["--features", "zstd"]), "the test sees C compilers");
}

/// A Rust version, `1.88` or `1.88.0`, as numbers.
fn version(text: &str) -> Vec<u32> {
    text.split('.').take(2).map(|number| number.parse().unwrap()).collect()
}

/// The Rust version that each crate of the workspace and of its dependencies names, if it does.
fn rust_versions() -> BTreeMap<String, Vec<u32>> {
    // Without a platform the crates of all of them would have to be here.
    let host = cargo(&["-vV"]);
    let host = host.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let metadata =
        cargo(&["metadata", "--offline", "--format-version", "1", "--filter-platform", host]);
    let metadata: Value = serde_json::from_str(&metadata).unwrap();
    let name = |package: &Value| {
        let [name, version] = ["name", "version"].map(|it| package[it].as_str().unwrap());
        format!("{name} v{version}")
    };
    let packages = metadata["packages"].as_array().unwrap().iter();
    packages.filter_map(|it| Some((name(it), version(it["rust_version"].as_str()?)))).collect()
}

#[test]
fn no_dependency_needs_a_newer_rust_than_the_crate_that_uses_it() {
    let versions = rust_versions();
    for (package, rust, features) in [
        ("tallyfold-conformance", "1.88", "--all-features"),
        ("tallyfold-core", "1.88", "--all-features"),
        ("tallyfold-log", "1.88", "--all-features"),
        ("tallyfold-projections", "1.88", "--all-features"),
        ("tallyfold-engine", "1.88", "--all-features"),
        ("tallyfold-testkit", "1.88", "--all-features"),
        ("tallyfold", "1.88", "--features=flexnet,generate,gzip,rust_decimal,schema,testkit,zstd"),
        ("tallyfold-store", "1.89", "--all-features"),
        ("tallyfold-cli", "1.89", "--all-features"),
    ] {
        let used = tree(package, &[features]);
        let own = used.iter().find(|it| it.starts_with(&format!("{package} "))).unwrap();
        assert_eq!(versions[own], version(rust), "{package}");
        for dependency in used {
            let needed = versions.get(&dependency);
            assert!(needed <= Some(&version(rust)), "{package}: {dependency} needs {needed:?}");
        }
    }
}
