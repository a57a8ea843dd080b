//! Notices reach whoever sends mail, also one who fails at first.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::server::{Client, Site, set_up};

/// What was posted: headers in lower case, and the body.
type Posted = (Vec<String>, Value);

/// Takes what is posted and answers with these statuses, and then with 204.
fn receiver(statuses: &'static [u16]) -> (String, Receiver<Posted>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (sender, posted) = channel();
    thread::spawn(move || {
        let statuses = statuses.iter().copied().chain(std::iter::repeat(204));
        for (stream, status) in listener.incoming().zip(statuses) {
            let mut stream = BufReader::new(stream.unwrap());
            let lines = stream.by_ref().lines().map(Result::unwrap);
            let head: Vec<_> =
                lines.take_while(|line| !line.is_empty()).map(|it| it.to_lowercase()).collect();
            let length = head.iter().find_map(|it| it.strip_prefix("content-length: "));
            let mut body = vec![0; length.unwrap().parse().unwrap()];
            stream.read_exact(&mut body).unwrap();
            let answer =
                format!("HTTP/1.1 {status} So\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            stream.get_mut().write_all(answer.as_bytes()).unwrap();
            sender.send((head, serde_json::from_slice(&body).unwrap())).unwrap();
        }
    });
    (format!("http://{address}/notices"), posted)
}

fn next(posted: &Receiver<Posted>) -> Posted {
    posted.recv_timeout(Duration::from_secs(20)).expect("nothing was posted")
}

fn open(client: &Client, users: std::ops::Range<u32>) {
    for user in users {
        let name = format!("u{user}");
        let open = json!({"session": name, "user": name, "product": "AutoCAD"});
        client.post("/v1/accounts/acme/sessions", &open);
    }
}

#[test]
fn a_notice_is_posted_until_it_is_taken_and_not_again() {
    let site = Site::new();
    let (url, posted) = receiver(&[500]);
    let server = site.start_with(&["--webhook", &url, "--webhook-token", "mail-secret"]);
    set_up(&server.client(&site.admin), "acme");
    open(&server.client(&site.acme), 0..12);
    let (refused, taken) = (next(&posted), next(&posted));
    assert_eq!(refused.1, taken.1);
    let header = |posted: &Posted, name: &str| {
        posted.0.iter().find(|it| it.starts_with(name)).unwrap().clone()
    };
    assert_eq!(header(&refused, "idempotency-key"), header(&taken, "idempotency-key"));
    assert_eq!(header(&taken, "authorization"), "authorization: bearer mail-secret");
    assert_eq!(taken.1["notice"], "low_balance");
    assert_eq!((&taken.1["account"], &taken.1["available"]), (&json!("acme"), &json!(16)));

    server.signal("TERM");
    assert!(server.wait().0.success());
    let server = site.start_with(&["--webhook", &url]);
    open(&server.client(&site.acme), 12..14);
    let adjust = json!({"tokens": -2, "reason": "used elsewhere"});
    server.client(&site.admin).post("/v1/accounts/acme/packs/P1/adjustments", &adjust);
    assert_eq!(next(&posted).1["notice"], "no_tokens", "and not the other one again");
}

#[test]
fn a_notice_that_is_refused_for_good_is_kept_and_holds_up_no_other() {
    let site = Site::new();
    let (url, posted) = receiver(&[422]);
    let letters = site.folder.path().join("dead-letters.jsonl");
    let letters_flag = letters.to_str().unwrap();
    let server = site.start_with(&["--webhook", &url, "--dead-letters", letters_flag]);
    set_up(&server.client(&site.admin), "acme");
    let acme = server.client(&site.acme);
    open(&acme, 0..12);
    let refused = next(&posted);
    assert_eq!(refused.1["notice"], "low_balance");
    server.await_log("a notice was refused for good");
    let letter: Value = serde_json::from_slice(&std::fs::read(&letters).unwrap()).unwrap();
    assert_eq!((&letter["status"], &letter["notice"]), (&json!(422), &refused.1));
    let key = format!("idempotency-key: {}", letter["idempotency_key"].as_str().unwrap());
    assert!(refused.0.contains(&key), "{refused:?}");
    open(&acme, 12..14);
    let adjust = json!({"tokens": -2, "reason": "used elsewhere"});
    server.client(&site.admin).post("/v1/accounts/acme/packs/P1/adjustments", &adjust);
    assert_eq!(next(&posted).1["notice"], "no_tokens");
}

#[test]
fn a_webhook_that_begins_now_is_not_told_of_the_past() {
    let site = Site::new();
    let server = site.start();
    set_up(&server.client(&site.admin), "acme");
    open(&server.client(&site.acme), 0..12);
    server.signal("TERM");
    assert!(server.wait().0.success());
    let (url, posted) = receiver(&[]);
    let server = site.start_with(&["--webhook", &url, "--webhook-from", "now"]);
    let adjust = json!({"tokens": -16, "reason": "used elsewhere"});
    server.client(&site.admin).post("/v1/accounts/acme/packs/P1/adjustments", &adjust);
    assert_eq!(next(&posted).1["notice"], "no_tokens", "and not that the balance is low");
}
