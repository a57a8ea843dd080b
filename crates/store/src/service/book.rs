//! One account's ledger, as of a position of the log: pure, whatever store the events are in.

use tallyfold_core::{
    Event, Finding, HashKey, Instant, Ledger, Record, Replay, Rulebook, Sink, Snapshot,
};
use tallyfold_log::Malformed;

use crate::event::StoredEvent;
use crate::place::{Position, Stream, Version};
use crate::store::SnapshotBytes;

/// The ledger of one account, with the catalog that it sees; or of the catalog alone.
///
/// Events go in by position, those of the account and those of the catalog, so that each sees the
/// catalog entries above it (T2).
pub(crate) struct Book {
    stream: Stream,
    ledger: Ledger,
    position: Position,
    version: Version,
    /// The version at which its snapshot was taken or read last.
    kept: Version,
    catalog_clock: Instant,
}

/// What wrote a snapshot: core and this crate have one version.
fn stamp() -> String {
    format!("tallyfold {}, form {}", env!("CARGO_PKG_VERSION"), Snapshot::VERSION)
}

impl Book {
    pub(crate) fn new(stream: Stream, key: HashKey) -> Book {
        Book {
            stream,
            ledger: Ledger::new(Rulebook::default(), key),
            position: Position::START,
            version: Version::EMPTY,
            kept: Version::EMPTY,
            catalog_clock: Instant::EARLIEST,
        }
    }

    /// The book that a snapshot holds, unless it is stale or damaged.
    pub(crate) fn restore(stream: Stream, kept: &SnapshotBytes, key: HashKey) -> Option<Book> {
        let snapshot = (kept.stamp == stamp()).then_some(&kept.body)?;
        let ledger = Ledger::restore(serde_json::from_slice(snapshot).ok()?, key.clone()).ok()?;
        let (position, version) = (kept.position, kept.version);
        Some(Book { ledger, position, version, kept: version, ..Book::new(stream, key) })
    }

    pub(crate) fn snapshot(&self) -> Option<SnapshotBytes> {
        let body = serde_json::to_vec(&self.ledger.snapshot()).ok()?;
        let (position, version) = (self.position, self.version);
        Some(SnapshotBytes { stamp: stamp(), position, version, body, parts: Vec::new() })
    }

    /// How many events its snapshot lacks.
    pub(crate) fn events_since_snapshot(&self) -> u64 {
        self.version.get().saturating_sub(self.kept.get())
    }

    pub(crate) fn snapshot_is_kept(&mut self) {
        self.kept = self.version;
    }

    pub(crate) fn stream(&self) -> &Stream {
        &self.stream
    }

    pub(crate) fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// All events up to here are in it.
    pub(crate) fn position(&self) -> Position {
        self.position
    }

    /// How many events its own stream has up to there.
    pub(crate) fn version(&self) -> Version {
        self.version
    }

    /// Nothing more concerns it up to a position.
    pub(crate) fn has_seen(&mut self, position: Position) {
        self.position = self.position.max(position);
    }

    /// The clock of its stream: no event may be earlier (T1, T2).
    pub(crate) fn clock(&self) -> Instant {
        let account = self.stream.account().and_then(|name| self.ledger.account(name));
        account.map_or(self.catalog_clock, |account| account.clock())
    }

    /// Folds the next event, and hands what is decided to `sink`. An event that cannot be applied
    /// stays in the log and changes nothing.
    ///
    /// # Errors
    ///
    /// [`Malformed`] where the line is not an event, which its digest should have told.
    pub(crate) fn fold<S: Sink>(
        &mut self,
        stored: &StoredEvent,
        sink: &mut S,
    ) -> Result<Result<(), Finding>, Malformed> {
        let event = stored.event()?;
        let applied = self.ledger.apply(&event, sink);
        if stored.stream == self.stream {
            self.version = stored.version;
        }
        if let (Event::Catalog(event), Stream::Catalog, Ok(())) = (&event, &self.stream, &applied) {
            self.catalog_clock = event.at;
        }
        self.position = stored.position;
        Ok(applied)
    }

    /// What the timers due by an instant would write (T3).
    pub(crate) fn due(&self, at: Instant) -> Vec<Record<'static>> {
        let mut records = Vec::new();
        Replay::new(self.ledger.clone(), Some(at)).settle(&mut records);
        records
    }
}
