//! What clauses append, and how they look at what came of it.

use tallyfold_core::{Name, Span, Timestamp};

use crate::{
    Appended, Batch, Expected, FutureLimit, LogEvents, LogLine, NewEvent, Position, Store, Stream,
    Version,
};

/// Where the clock of a store stands that is held to the contract.
#[must_use]
pub fn now() -> Timestamp {
    "2026-01-05T12:00:00Z".parse().unwrap()
}

/// That clock, with a tolerance of a minute.
#[must_use]
pub fn future_limit() -> FutureLimit {
    FutureLimit::new(now, Span::minutes(1))
}

pub(super) const ANY: Expected = Expected::Any;

pub(super) fn version(number: u64) -> Version {
    Version::new(number)
}

pub(super) fn position(number: u64) -> Position {
    Position::new(number)
}

/// The stream of an account.
#[must_use]
pub fn account(name: &'static str) -> Stream {
    Stream::Account(Name::new(name).unwrap())
}

/// A rate, which is a catalog event.
#[must_use]
pub fn rate(id: &str) -> NewEvent {
    line(&format!(
        r#"{{"type":"RatePublished","at":"2026-01-01T00:00:00Z","id":"{id}","product":"AutoCAD","tokens":7}}"#
    ))
}

/// A pack in an account, with an id.
#[must_use]
pub fn pack(account: &str, id: &str) -> NewEvent {
    line(&format!(
        r#"{{"type":"PackPurchased","at":"2026-01-02T00:00:00Z","account":"{account}","id":"{id}","pack":"{id}","tokens":100}}"#
    ))
}

/// A pack without an id.
#[must_use]
pub fn pack_without_id(account: &str, pack: &str) -> NewEvent {
    line(&format!(
        r#"{{"type":"PackPurchased","at":"2026-01-02T00:00:00Z","account":"{account}","pack":"{pack}","tokens":100}}"#
    ))
}

/// An event, written down.
#[must_use]
pub fn line(text: &str) -> NewEvent {
    NewEvent::from_line(text).unwrap()
}

/// Events that are appended together.
pub(super) fn batch<const N: usize>(events: [NewEvent; N]) -> Batch {
    Batch::new(events.to_vec()).unwrap()
}

/// Lines of a log, events or not.
pub(super) fn log_lines(texts: &[&str]) -> Vec<LogLine> {
    texts.iter().map(|text| LogLine::new(text.as_bytes())).collect()
}

/// Appends one event, and answers where it stands.
pub(super) fn put(store: &dyn Store, event: NewEvent) -> Appended {
    store.append(&event.into(), ANY).unwrap().events[0]
}

/// All lines of a store.
pub(super) fn lines_of(store: &dyn Store) -> Vec<Vec<u8>> {
    LogEvents::after(store, Position::START).map(|event| event.unwrap().line).collect()
}
