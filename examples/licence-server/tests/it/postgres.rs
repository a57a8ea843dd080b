//! The same service on a PostgreSQL server.

use crate::cluster::{Cluster, skipped};
use crate::crash::kill_and_look;
use crate::journey::open_at_two_servers;
use crate::proxy::Proxy;
use crate::server::{Site, program, set_up};

/// A server of the tests' own, and the URL of a new database there, with a password that it does
/// not ask for. One that is to be started again must not delete itself when it stops.
fn database(deletes_itself: bool) -> Option<(Cluster, String)> {
    let Some(cluster) = Cluster::start(&["fsync = off"], deletes_itself) else {
        skipped();
        return None;
    };
    let database = cluster.database("licences");
    let part = |key: &str| {
        let mut parts = database.split(' ').filter_map(|part| part.split_once('='));
        parts.find(|(it, _)| *it == key).unwrap().1
    };
    let (folder, port, user) = (part("host"), part("port"), part("user"));
    let url = format!("postgres://{user}:pg-secret@/licences?host={folder}&port={port}");
    Some((cluster, url))
}

#[test]
fn two_servers_charge_once_and_what_they_answered_outlives_a_kill() {
    let Some((_cluster, url)) = database(true) else { return };
    open_at_two_servers(&Site::at(url));
    let Some((_cluster, url)) = database(true) else { return };
    kill_and_look(&Site::at(url));
}

#[test]
fn a_server_that_goes_away_is_told_and_comes_back() {
    let Some((mut cluster, url)) = database(false) else { return };
    let site = Site::at(url);
    let server = site.start_with(&["--timeout-seconds", "60"]);
    let (admin, nobody) = (server.client(&site.admin), server.client(""));
    set_up(&admin, "acme");
    cluster.kill();
    assert_eq!(nobody.ask("GET", "/readyz", "").problem(), (503, "unavailable".into()));
    cluster.start_again();
    assert_eq!(nobody.ask("GET", "/readyz", "").body, "ready\n");
    assert_eq!(admin.get("/v1/accounts/acme")["tokens"]["available"], 100);
    server.signal("TERM");
    let (status, log) = server.wait();
    assert!(status.success(), "{log:#?}");
    assert!(!log.iter().any(|line| line.contains("pg-secret")), "{log:#?}");
}

#[test]
fn a_url_that_is_none_is_an_error_without_its_password() {
    let nowhere = "postgres://ledger:pg-secret@127.0.0.1:port/licences";
    let started = program().args(["serve", "--listen", "127.0.0.1:0", "--store", nowhere]).output();
    let started = started.unwrap();
    assert!(!started.status.success());
    let said = String::from_utf8(started.stderr).unwrap();
    assert!(said.contains("cannot open the store"), "{said}");
    assert!(!said.contains("pg-secret"), "{said}");
}

#[test]
fn a_server_that_goes_silent_is_told_and_does_not_keep_the_service_from_stopping() {
    let Some(cluster) = Cluster::start(&["fsync = off"], true) else { return skipped() };
    cluster.database("licences");
    let proxy = Proxy::to(cluster.port());
    let site = Site::at(proxy.url("licences"));
    let patience = ["--timeout-seconds", "60", "--store-deadline-seconds", "3"];
    let server = site.start_with(&[&patience[..], &["--shutdown-seconds", "1"]].concat());
    let admin = server.client(&site.admin);
    set_up(&admin, "acme");
    proxy.silence();
    proxy.silence_new(true);
    let open = || {
        let open = r#"{"session":"s1","user":"ana","product":"AutoCAD"}"#;
        admin.try_ask(("POST", "/v1/accounts/acme/sessions"), Some("request-1"), open)
    };
    assert_eq!(open().unwrap().problem(), (503, "unavailable".into()));
    proxy.silence_new(false);
    assert_eq!(open().unwrap().json()["outcome"], "admitted");
    let metrics = server.client("").ask("GET", "/metrics", "").body;
    assert!(metrics.contains("licence_server_store_dropped_connections_total 1\n"), "{metrics}");
    assert!(metrics.contains("licence_server_store_commit_seconds_bucket"), "{metrics}");

    proxy.silence();
    proxy.silence_new(true);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            // Nobody is answered any more.
            scope.spawn(|| drop(open()));
        }
        server.await_log("answered");
        server.signal("TERM");
        let (status, log) = server.wait();
        assert!(status.success(), "{log:#?}");
    });
}
