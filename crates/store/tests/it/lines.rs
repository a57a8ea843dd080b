//! Lines for tests.

use tallyfold_core::Timestamp;
use tallyfold_store::{Batch, NewEvent, Stream};

/// The clock of tests stands still here.
pub(crate) fn now() -> Timestamp {
    "2026-01-05T12:00:00Z".parse().unwrap()
}

pub(crate) fn account(name: &'static str) -> Stream {
    Stream::Account(tallyfold_core::Name::new(name).unwrap())
}

/// A rate, which is a catalog event.
pub(crate) fn rate(id: &str) -> NewEvent {
    line(&format!(
        r#"{{"type":"RatePublished","at":"2026-01-01T00:00:00Z","id":"{id}","product":"AutoCAD","tokens":7}}"#
    ))
}

/// A pack in an account, with an id.
pub(crate) fn pack(account: &str, id: &str) -> NewEvent {
    line(&format!(
        r#"{{"type":"PackPurchased","at":"2026-01-02T00:00:00Z","account":"{account}","id":"{id}","pack":"{id}","tokens":100}}"#
    ))
}

/// A pack without an id.
pub(crate) fn pack_without_id(account: &str, pack: &str) -> NewEvent {
    line(&format!(
        r#"{{"type":"PackPurchased","at":"2026-01-02T00:00:00Z","account":"{account}","pack":"{pack}","tokens":100}}"#
    ))
}

pub(crate) fn line(text: &str) -> NewEvent {
    NewEvent::from_line(text).unwrap()
}

pub(crate) fn batch<const N: usize>(events: [NewEvent; N]) -> Batch {
    Batch::new(events.to_vec()).unwrap()
}
