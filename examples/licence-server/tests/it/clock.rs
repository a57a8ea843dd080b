//! Clocks that cannot be right, and logs that are ahead of them.

use std::process::Output;

use serde_json::json;
use tallyfold_core::{Span, Timestamp};
use tallyfold_store::{
    Batch, Clock, Expected, FutureLimit, LogLine, NewEvent, Position, SqliteStore, Store,
    SystemClock,
};

use crate::server::{Site, program};

fn back(span: Span) -> Span {
    Span::from_nanos(-span.nanos())
}

/// A pack that `acme` bought at an instant.
fn pack(at: Timestamp) -> String {
    let fields = format!(r#""at":"{at}","account":"acme","pack":"P0","tokens":100"#);
    format!(r#"{{"type":"PackPurchased",{fields}}}"#)
}

fn import(site: &Site, line: &str) {
    let path = site.folder.path().join("ledger.db");
    let store = SqliteStore::open(path, FutureLimit::default()).unwrap();
    store.import(Position::START, &[LogLine::new(line.as_bytes())]).unwrap();
}

/// Records an event as a service whose clock is off.
fn record(site: &Site, off: Span) {
    let path = site.folder.path().join("ledger.db");
    let clock = move || SystemClock.now() + off;
    let store = SqliteStore::open(path, FutureLimit::new(clock, Span::minutes(1))).unwrap();
    let event: Batch = NewEvent::from_line(pack(clock())).unwrap().into();
    store.append(&event, Expected::Any).unwrap();
}

/// What a server says that does not start.
fn refusal(site: &Site, options: &[&str]) -> String {
    let Output { status, stderr, .. } = site.command(program(), options).output().unwrap();
    assert!(!status.success());
    String::from_utf8(stderr).unwrap()
}

#[test]
fn a_clock_that_is_far_ahead_of_the_last_event_needs_a_word() {
    let site = Site::new();
    record(&site, back(Span::days(61)));
    let said = refusal(&site, &[]);
    assert!(
        said.contains("which is 61 days and 0 hours after this store was last in use"),
        "{said}"
    );
    assert!(said.contains("--accept-clock"), "{said}");
    site.start_with(&["--clock-days", "62"]).kill();
    site.start();
}

#[test]
fn a_clock_that_is_behind_the_last_event_needs_a_word() {
    let site = Site::new();
    record(&site, Span::days(400));
    let said = refusal(&site, &[]);
    assert!(said.contains("which is before this store was last in use"), "{said}");
    site.start_with(&["--accept-clock"]).kill();
    refusal(&site, &[]);
}

#[test]
fn a_closed_office_and_an_import_need_none() {
    let site = Site::new();
    import(&site, &pack(SystemClock.now() - Span::days(1_000)));
    site.start().kill();
    let closed = Site::new();
    record(&closed, back(Span::days(59)));
    closed.start().kill();
    let idle = Site::new();
    record(&idle, back(Span::days(300)));
    idle.start_with(&["--accept-clock"]).kill();
    idle.start();
}

#[test]
fn an_account_that_is_ahead_is_told_how_long_to_wait() {
    let site = Site::new();
    let ahead = SystemClock.now() + Span::hours(1);
    import(&site, &pack(ahead));
    let server = site.start();
    let open = json!({"session": "s1", "user": "ana", "product": "AutoCAD"}).to_string();
    let refused = server.client(&site.acme).ask("POST", "/v1/accounts/acme/sessions", &open);
    assert_eq!(refused.problem(), (503, "ahead".into()));
    let left = (ahead - SystemClock.now()).nanos() / 1_000_000_000;
    let wait = i64::try_from(refused.retry_after.unwrap()).unwrap();
    assert!((left..=3_600).contains(&wait), "{wait} of {left}");
}
