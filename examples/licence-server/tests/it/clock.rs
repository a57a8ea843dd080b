//! Clocks that cannot be right, and logs that are ahead of them.

use serde_json::json;
use tallyfold_core::{Instant, Span};
use tallyfold_store::{Clock, FutureLimit, LogLine, Position, SqliteStore, Store, SystemClock};

use crate::server::Site;

/// A pack that `acme` bought at an instant.
fn pack(at: Instant) -> String {
    let fields = format!(r#""at":"{at}","account":"acme","pack":"P0","tokens":100"#);
    format!(r#"{{"type":"PackPurchased",{fields}}}"#)
}

fn import(site: &Site, line: &str) {
    let path = site.folder.path().join("ledger.db");
    let store = SqliteStore::open(path, FutureLimit::default()).unwrap();
    store.import(Position::START, &[LogLine::new(line.as_bytes())]).unwrap();
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
