//! Keys that end, that only look, and a file of keys that was damaged.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;
use std::process::Output;

use serde_json::json;

use crate::server::{Site, new_key, program, set_up};

fn file(site: &Site) -> PathBuf {
    site.folder.path().join("keys.jsonl")
}

/// What `key` with these arguments prints.
fn key(site: &Site, arguments: &[&str]) -> String {
    let mut command = program();
    command.arg("--keys").arg(file(site)).arg("key").args(arguments);
    let Output { status, stdout, stderr } = command.output().unwrap();
    assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).unwrap().trim_end().to_owned()
}

fn public(key: &str) -> &str {
    key.split('_').nth(1).unwrap()
}

const ACME: &str = "/v1/accounts/acme";

#[test]
fn a_key_that_only_looks_records_nothing() {
    let site = Site::new();
    let looks = new_key(site.folder.path(), &["--account", "acme", "--read-only"]);
    let server = site.start();
    set_up(&server.client(&site.admin), "acme");
    let looks = server.client(&looks);
    assert_eq!(looks.get(ACME)["account"], "acme");
    looks.lines(&format!("{ACME}/journal"));
    for (method, path) in [("POST", "/sessions"), ("PUT", "/plan"), ("DELETE", "/token-users/ana")]
    {
        let refused = looks.ask(method, &format!("{ACME}{path}"), "{}").problem();
        assert_eq!(refused, (403, "forbidden".into()), "{method} {path}");
    }
    assert!(key(&site, &["list"]).contains("account acme, read-only"));
}

#[test]
fn a_key_ends_when_its_days_are_over() {
    let site = Site::new();
    let ended = new_key(site.folder.path(), &["--account", "acme", "--valid-days", "0"]);
    let lasts = new_key(site.folder.path(), &["--account", "acme", "--valid-days", "30"]);
    let server = site.start();
    let refused = server.client(&ended).ask("GET", ACME, "");
    assert_eq!(refused.problem(), (401, "unauthenticated".into()));
    assert!(refused.body.contains("the key ended at 2"), "{refused:?}");
    assert_eq!(server.client(&lasts).ask("GET", ACME, "").status, 200);
}

#[test]
fn a_rotated_key_works_on_until_its_overlap_is_over() {
    let site = Site::new();
    let later = key(&site, &["rotate", public(&site.acme)]);
    let at_once = key(&site, &["rotate", public(&site.admin), "--overlap-days", "0"]);
    let server = site.start();
    for works in [&site.acme, &later, &at_once] {
        assert_eq!(server.client(works).ask("GET", ACME, "").status, 200);
    }
    assert_eq!(server.client(&site.admin).ask("GET", ACME, "").status, 401);
}

#[test]
fn a_torn_last_line_stops_neither_a_start_nor_a_revocation() {
    let site = Site::new();
    let mut end = OpenOptions::new().append(true).open(file(&site)).unwrap();
    end.write_all(br#"{"line":"issued","key":"0123"#).unwrap();
    let server = site.start();
    assert_eq!(server.client(&site.acme).ask("GET", ACME, "").status, 200);
    key(&site, &["revoke", public(&site.acme)]);
    server.signal("HUP");
    server.await_log("read the keys anew");
    assert_eq!(server.client(&site.acme).ask("GET", ACME, "").status, 401);
    assert_eq!(server.client(&site.admin).ask("GET", ACME, "").status, 200);
}

#[test]
fn a_file_that_lost_keys_revokes_none() {
    let site = Site::new();
    let server = site.start();
    let (whole, path) = (std::fs::read_to_string(file(&site)).unwrap(), file(&site));
    let first = whole.split_inclusive('\n').next().unwrap();
    std::fs::write(&path, first).unwrap();
    server.signal("HUP");
    server.await_log("lacks what it said of key");
    std::fs::remove_file(&path).unwrap();
    server.signal("HUP");
    server.await_log("keys.jsonl is missing");
    for works in [&site.acme, &site.admin] {
        assert_eq!(server.client(works).ask("GET", ACME, "").status, 200);
    }
    std::fs::write(&path, whole).unwrap();
    key(&site, &["revoke", public(&site.acme)]);
    server.signal("HUP");
    server.await_log("read the keys anew");
    assert_eq!(server.client(&site.acme).ask("GET", ACME, "").status, 401);
}

#[test]
fn a_key_is_worth_nothing_twice_in_one_request() {
    let site = Site::new();
    let server = site.start();
    set_up(&server.client(&site.admin), "acme");
    let head = format!(
        "POST {ACME}/sessions HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer {}\r\n",
        site.acme
    );
    let body = json!({"session": "s1", "user": "ana", "product": "AutoCAD"}).to_string();
    let rest = format!("Connection: close\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    let twice = "Idempotency-Key: one\r\nIdempotency-Key: two\r\n";
    let answer = server.exchange(&format!("{head}{twice}{rest}"));
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    assert!(answer.contains("more than once"), "{answer}");
    let other = "Authorization: Bearer nonsense\r\n";
    let answer = server.exchange(&format!("{head}{other}{rest}"));
    assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
    let answer = server.exchange(&format!("{head}Idempotency-Key: one\r\n{rest}"));
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}
