//! A log in a PostgreSQL store says what the log says.

use std::fs;

use crate::cluster::{Cluster, skipped};
use crate::program::{root, tallyfold, text};

const EXAMPLE: &str = "examples/team-month.jsonl";

fn said(arguments: &[&str]) -> String {
    let output = tallyfold(arguments, b"");
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", text(&output.stderr));
    text(&output.stdout).to_owned()
}

#[test]
fn a_store_on_a_server_stands_in_place_of_a_log() {
    let Some(cluster) = Cluster::start(&["fsync = off"], true) else { return skipped() };
    let url = cluster.url("postgres", "not-told");
    let missing = tallyfold(&["store", "status", "--store", &url], b"");
    assert_eq!(missing.status.code(), Some(2));
    let error = text(&missing.stderr);
    assert!(
        error.contains("it has no schema `tallyfold`") && !error.contains("not-told"),
        "{error}"
    );

    let imported = said(&["store", "import", "--store", &url, EXAMPLE]);
    assert!(imported.contains("37"), "{imported}");
    let log = fs::read_to_string(root().join(EXAMPLE)).unwrap();
    assert_eq!(said(&["store", "export", "--store", &url]), log);
    for command in [&["replay", "--format", "json"][..], &["journal"]] {
        let of_store = said(&[command, &["--store", &url]].concat());
        assert_eq!(of_store, said(&[command, &[EXAMPLE]].concat()));
    }
    assert!(said(&["store", "verify", "--store", &url]).starts_with("Sound: 37 events"));
    let report = said(&["report", "token", "by-product", "--store", &url, "--format", "json"]);
    assert!(report.contains("postgres://tallyfold@") && !report.contains("not-told"));
}
