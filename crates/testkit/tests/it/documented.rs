//! A documented test that is copied must be able to fail.

use std::process::Command;

const EXAMPLES: &str = include_str!("../documented/examples.rs");
const LAWS_PAGE: &str = include_str!("../../docs/laws.md");

#[test]
fn the_page_shows_the_examples_that_are_tested() {
    assert!(LAWS_PAGE.contains(&format!("```rust\n{EXAMPLES}```")), "docs/laws.md shows others");
}

/// Runs the examples, copied as they are, for a service, and answers how many passed and failed.
fn run(service: &str) -> (usize, usize) {
    let output = Command::new(env!("CARGO"))
        .args(["test", "--offline", "--workspace", "--test", service])
        .env("PROPTEST_CASES", "16")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let ended = |how: &str| {
        said.lines().filter(|line| line.starts_with("test ") && line.ends_with(how)).count()
    };
    let counts = (ended("... ok"), ended("... FAILED"));
    assert!(counts != (0, 0), "{said}{}", String::from_utf8_lossy(&output.stderr));
    counts
}

#[test]
fn every_example_fails_for_a_service_that_is_wrong_and_passes_for_one_that_is_right() {
    let examples = EXAMPLES.matches("#[test]").count() + EXAMPLES.matches("service_test!(").count();
    assert_eq!(run("documented_right"), (examples, 0));
    assert_eq!(run("documented_wrong"), (0, examples));
}
