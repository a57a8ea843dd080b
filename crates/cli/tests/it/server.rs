//! A log in a PostgreSQL store says what the log says.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

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
    let is_analyzed = "DO $$ BEGIN IF (SELECT reltuples FROM pg_class \
        WHERE oid = 'tallyfold.events'::regclass) <> 37 THEN RAISE 'no statistics'; END IF; END $$";
    cluster.sql("postgres", is_analyzed);
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

/// What `store status` says of a server whose certificate may be in a file.
fn status(url: &str, certificate: Option<&Path>) -> Result<String, String> {
    let mut program = Command::new(env!("CARGO_BIN_EXE_tallyfold"));
    program.args(["store", "status", "--store", url]);
    program.env_remove("SSL_CERT_FILE").envs(certificate.map(|it| ("SSL_CERT_FILE", it)));
    let output = program.output().unwrap();
    let said = |bytes| text(bytes).to_owned();
    if output.status.success() { Ok(said(&output.stdout)) } else { Err(said(&output.stderr)) }
}

#[test]
fn a_server_is_asked_for_a_certificate_that_is_trusted() {
    if !Path::new("/usr/bin/openssl").exists() {
        return crate::skipped("TLS to a PostgreSQL server needs /usr/bin/openssl");
    }
    let Some(cluster) = Cluster::start(&["fsync = off"], true) else { return skipped() };
    let plain = cluster.url("postgres", "none");
    said(&["store", "import", "--store", &plain, EXAMPLE]);
    let url = plain.replace("sslmode=disable", "sslmode=require");
    assert!(status(&url, None).unwrap_err().contains("cannot be used"), "it speaks no TLS yet");

    let certificate = cluster.turn_on_tls();
    let copy = tempfile::tempdir().unwrap();
    let trusted = copy.path().join("server.crt");
    fs::copy(certificate, &trusted).unwrap();
    // It begins to speak TLS some time after it was told to.
    let started = Instant::now();
    let answer = loop {
        let answer = status(&url, Some(&trusted));
        if answer.is_ok() || started.elapsed() > Duration::from_secs(30) {
            break answer;
        }
    };
    assert!(answer.unwrap().contains("events           37"));
    let error = status(&url, None).unwrap_err();
    assert!(error.contains("certificate"), "{error}");
    let another = url.replace("localhost", "127.0.0.1");
    let error = status(&another, Some(&trusted)).unwrap_err();
    assert!(error.contains("certificate"), "{error}");
}
