//! The end: what is in work is finished, and snapshots are kept.

use std::net::TcpStream;

use tallyfold_core::Name;
use tallyfold_store::{FutureLimit, SqliteStore, Store, Stream};

use crate::limits::{await_work, half_a_request, the_other_half};
use crate::server::{Site, set_up};

#[test]
fn a_request_in_work_is_finished_and_snapshots_are_kept() {
    let site = Site::new();
    let server = site.start();
    set_up(&server.client(&site.admin), "acme");
    let slow = half_a_request(&server, &site.acme);
    await_work(&server);
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
    await_work(&server);
    server.signal("TERM");
    let (status, log) = server.wait();
    assert!(status.success(), "{log:#?}");
    assert!(log.iter().any(|line| line.contains("did not finish in time")), "{log:#?}");
    drop(slow);
}
