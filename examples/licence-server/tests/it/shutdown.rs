//! The end: what is in work is finished, and snapshots are kept.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::json;
use tallyfold_core::Name;
use tallyfold_store::{FutureLimit, SqliteStore, Store, Stream};

use crate::limits::{await_body, half_a_request, the_other_half};
use crate::server::{Site, set_up};

#[test]
fn a_request_in_work_is_finished_and_snapshots_are_kept() {
    let site = Site::new();
    let server = site.start();
    set_up(&server.client(&site.admin), "acme");
    let slow = half_a_request(&server, &site.acme);
    await_body(&server);
    server.signal("TERM");
    server.await_log("stopping");
    for _ in 0..500 {
        if TcpStream::connect(&server.address).is_err() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    assert!(TcpStream::connect(&server.address).is_err(), "it takes no new connections");
    assert!(the_other_half(slow).starts_with("HTTP/1.1 200 "));
    let (status, log) = server.wait();
    assert!(status.success(), "{log:#?}");

    let path = site.folder.path().join("ledger.db");
    let store = SqliteStore::open(path, FutureLimit::default()).unwrap();
    let acme = Stream::Account(Name::new("acme").unwrap());
    let snapshot = store.snapshot(&acme).unwrap().unwrap();
    assert_eq!(snapshot.version, store.version(&acme).unwrap());
    assert_eq!(snapshot.version.get(), 2, "a pack and a session");
}

#[test]
fn who_does_not_finish_is_not_waited_for_for_ever() {
    let site = Site::new();
    let server = site.start_with(&["--shutdown-seconds", "0"]);
    let slow = half_a_request(&server, &site.acme);
    await_body(&server);
    server.signal("TERM");
    let (status, log) = server.wait();
    assert!(status.success(), "{log:#?}");
    assert!(log.iter().any(|line| line.contains("did not finish in time")), "{log:#?}");
    drop(slow);
}

#[test]
fn who_sent_half_a_line_is_not_waited_for() {
    let site = Site::new();
    let server = site.start_with(&["--shutdown-seconds", "600"]);
    let mut silent = [(); 2].map(|()| TcpStream::connect(&server.address).unwrap());
    silent[0].write_all(b"GET /v1/acc").unwrap();
    assert_eq!(server.client("").ask("GET", "/healthz", "").status, 200);
    server.signal("TERM");
    let (status, log) = server.wait();
    assert!(status.success(), "{log:#?}");
    assert!(!log.iter().any(|line| line.contains("did not finish in time")), "{log:#?}");
}

#[test]
fn a_long_answer_is_finished() {
    let site = Site::new();
    let server = site.start();
    let (admin, acme) = (server.client(&site.admin), server.client(&site.acme));
    set_up(&admin, "acme");
    for number in 0..300 {
        let open = json!({"session": "s".repeat(200) + &number.to_string(), "user": "ana", "product": "AutoCAD"});
        acme.post("/v1/accounts/acme/sessions", &open);
    }
    let mut reader = TcpStream::connect(&server.address).unwrap();
    let head = format!("Host: here\r\nAuthorization: Bearer {}\r\n\r\n", site.acme);
    reader
        .write_all(format!("GET /v1/accounts/acme/journal HTTP/1.1\r\n{head}").as_bytes())
        .unwrap();
    let mut answer = vec![0; 1024];
    reader.read_exact(&mut answer).unwrap();
    server.signal("TERM");
    server.await_log("stopping");
    reader.read_to_end(&mut answer).unwrap();
    let answer = String::from_utf8(answer).unwrap();
    assert!(answer.contains(&format!("{}299", "s".repeat(200))));
    assert!(answer.ends_with("\r\n0\r\n\r\n"), "it is whole");
    assert!(server.wait().0.success());
}
