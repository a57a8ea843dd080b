//! What a client may not ask for, and what is seen of it.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use tallyfold_store::{FutureLimit, Position, SqliteStore};

use crate::server::{Server, Site, set_up};

/// Begins a request and sends only a part of its body.
pub(crate) fn half_a_request(server: &Server, key: &str) -> TcpStream {
    let mut stream = TcpStream::connect(&server.address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let head = format!(
        "POST /v1/accounts/acme/sessions HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer {key}\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n",
        OPEN.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(&OPEN.as_bytes()[..9]).unwrap();
    stream
}

const OPEN: &str = r#"{"session":"s1","user":"ana","product":"AutoCAD"}"#;

/// Sends the other part, and answers what came back.
pub(crate) fn the_other_half(mut stream: TcpStream) -> String {
    stream.write_all(&OPEN.as_bytes()[9..]).unwrap();
    read(stream)
}

fn read(mut stream: TcpStream) -> String {
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// Waits until the head of a request was read and its body is waited for.
pub(crate) fn await_body(server: &Server) {
    let nobody = server.client("");
    for _ in 0..500 {
        let metrics = nobody.ask("GET", "/metrics", "").body;
        if metrics.contains("licence_server_requests_arriving 1\n") {
            return;
        }
    }
    panic!("no request arrives");
}

#[test]
fn a_body_that_is_too_long_is_not_read() {
    let site = Site::new();
    let server = site.start_with(&["--max-body-bytes", "100"]);
    let acme = server.client(&site.acme);
    let path = "/v1/accounts/acme/sessions";
    let reply = acme.ask("POST", path, &" ".repeat(101));
    assert_eq!(reply.problem(), (413, "too_large".into()));
    assert_eq!(acme.ask("POST", path, &" ".repeat(100)).status, 422);
}

#[test]
fn who_is_too_slow_is_told_so() {
    let site = Site::new();
    let server = site.start_with(&["--body-seconds", "1"]);
    let answer = read(half_a_request(&server, &site.acme));
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.contains("urn:tallyfold:slow_body"), "{answer}");
}

#[test]
fn an_answer_that_takes_too_long_is_not_waited_for() {
    let site = Site::new();
    let server = site.start_with(&["--timeout-seconds", "1"]);
    let path = site.folder.path().join("ledger.db");
    let store = SqliteStore::open(path, FutureLimit::default()).unwrap();
    let (is_held, held) = channel();
    let (let_go, wait) = channel::<()>();
    thread::scope(|scope| {
        scope.spawn(|| {
            let held = store.consume("slow", Position::START, move |_| {
                is_held.send(()).unwrap();
                let _ = wait.recv();
                Ok(())
            });
            held.unwrap();
        });
        held.recv().unwrap();
        let refused = server.client(&site.acme).ask("POST", "/v1/accounts/acme/sessions", OPEN);
        assert_eq!(refused.problem(), (504, "timed_out".into()));
        drop(let_go);
    });
}

#[test]
fn a_body_on_its_way_takes_nobodys_turn() {
    let site = Site::new();
    let server = site.start_with(&["--max-requests", "1", "--key-requests", "1"]);
    let acme = server.client(&site.acme);
    let slow = half_a_request(&server, &site.acme);
    await_body(&server);
    assert_eq!(acme.ask("GET", "/v1/accounts/acme", "").status, 200);
    assert!(the_other_half(slow).starts_with("HTTP/1.1 200 "));
}

#[test]
fn too_many_requests_are_turned_away_and_health_is_still_told() {
    let site = Site::new();
    let server = site.start_with(&["--max-requests", "0"]);
    let refused = server.client(&site.acme).ask("GET", "/v1/accounts/acme", "");
    assert_eq!(refused.problem(), (503, "overloaded".into()));
    assert_eq!(refused.retry_after, Some(1));
    let nobody = server.client("");
    for path in ["/healthz", "/readyz", "/metrics"] {
        assert_eq!(nobody.ask("GET", path, "").status, 200, "{path}");
    }
    let metrics = nobody.ask("GET", "/metrics", "").body;
    let turned_away = r#"licence_server_turned_away_total{by="service"} 1"#;
    assert!(metrics.contains(turned_away), "{metrics}");
}

#[test]
fn a_key_that_asks_too_often_is_told_how_long_to_wait() {
    let site = Site::new();
    let server = site.start_with(&["--key-rate", "1"]);
    let (acme, admin) = (server.client(&site.acme), server.client(&site.admin));
    let refused = loop {
        let reply = acme.ask("GET", "/v1/accounts/acme", "");
        if reply.status != 200 {
            break reply;
        }
    };
    assert_eq!(refused.problem(), (429, "too_many_requests".into()));
    assert_eq!(refused.retry_after, Some(1));
    assert_eq!(admin.ask("GET", "/v1/accounts/acme", "").status, 200, "it is another key's rate");
}

#[test]
fn a_key_whose_queue_is_full_is_turned_away_and_no_other() {
    let site = Site::new();
    let server = site.start_with(&["--key-requests", "1", "--key-queue", "0"]);
    let (acme, admin) = (server.client(&site.acme), server.client(&site.admin));
    let slow = half_a_request(&server, &site.acme);
    await_body(&server);
    let refused = acme.ask("GET", "/v1/accounts/acme", "");
    assert_eq!(refused.problem(), (429, "too_many_requests".into()));
    assert_eq!(admin.ask("GET", "/v1/accounts/acme", "").status, 200);
    assert_eq!(acme.ask("GET", "/v1/accounts/acme/journal", "").status, 200, "it has a lane");
    assert!(the_other_half(slow).starts_with("HTTP/1.1 200 "));
    assert_eq!(acme.ask("GET", "/v1/accounts/acme", "").status, 200);
}

#[test]
fn metrics_count_and_logs_hold_no_key() {
    let site = Site::new();
    let server = site.start_with(&["--log", "trace"]);
    let (admin, acme) = (server.client(&site.admin), server.client(&site.acme));
    set_up(&admin, "acme");
    acme.ask("POST", "/v1/accounts/acme/sessions", OPEN).json();
    acme.ask("POST", "/v1/accounts/acme/sessions", OPEN).problem();
    acme.ask("BREW", "/v1/accounts/acme", "").problem();
    let metrics = server.client("").ask("GET", "/metrics", "").body;
    for line in [
        r#"{method="other",route="/v1/accounts/{account}",status="405"} 1"#,
        r#"licence_server_decisions_total{request="SessionOpened",outcome="admitted"} 1"#,
        r#"licence_server_decisions_total{request="SessionOpened",outcome="duplicate_session"} 1"#,
        r#"licence_server_request_seconds_count{route="/v1/accounts/{account}/sessions"} 2"#,
        r#"method="POST",route="/v1/accounts/{account}/sessions",status="409"} 1"#,
        "licence_server_cached_accounts 2",
        r#"licence_server_answer_seconds_count{request="SessionOpened"} 2"#,
        "licence_server_ledger_load_seconds_count 2",
        "licence_server_ledgers_found_total 2",
    ] {
        assert!(metrics.contains(line), "{line}: {metrics}");
    }
    server.signal("TERM");
    let (_, log) = server.wait();
    let public = |key: &str| key.split('_').nth(1).unwrap().to_owned();
    assert!(log.iter().any(|line| line.contains(&public(&site.acme))), "{log:#?}");
    for key in [&site.acme, &site.admin] {
        let secret = key.rsplit('_').next().unwrap();
        assert!(!log.iter().any(|line| line.contains(secret)), "{log:#?}");
    }
}

#[test]
fn no_file_descriptors_left_is_logged_and_gone_through() {
    let site = Site::new();
    let server = site.start_within("ulimit -n 40");
    let held: Vec<_> = (0..60).map(|_| TcpStream::connect(&server.address).unwrap()).collect();
    server.await_log("no connection can be taken");
    drop(held);
    assert_eq!(server.client(&site.acme).ask("GET", "/v1/accounts/acme", "").status, 200);
}

#[test]
fn more_connections_than_there_is_room_for_wait() {
    let site = Site::new();
    let server = site.start_with(&["--max-connections", "2", "--idle-seconds", "1"]);
    let _held = [(); 2].map(|()| TcpStream::connect(&server.address).unwrap());
    let reply = server.client(&site.acme).ask("GET", "/v1/accounts/acme", "");
    assert_eq!(reply.status, 200, "the silent ones were closed");
    server.await_log("no room for more connections");
}
