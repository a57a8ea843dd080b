//! One account's ledger, as of a position of the log: pure, whatever store the events are in.

use tallyfold_core::{
    AccountBytes, ChargePart, Event, Finding, HashKey, Ledger, LogFold, Record, Sink, Timestamp,
};
use tallyfold_log::Malformed;

use crate::event::StoredEvent;
use crate::place::{Position, Stream, Version};
use crate::store::{SnapshotBytes, SnapshotPart};

/// The ledger of one account, with the catalog that it sees; or of the catalog alone.
///
/// Events go in by position, those of the account and those of the catalog, so that each sees the
/// catalog entries above it (T2).
pub(crate) struct AccountLedger {
    stream: Stream,
    ledger: Ledger,
    position: Position,
    version: Version,
    catalog_clock: Timestamp,
    /// How many catalog events were folded here.
    catalog_changes: u64,
    kept: Kept,
}

/// What is known of the snapshot that the store has.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kept {
    version: Version,
    catalog_changes: u64,
    /// Its parts without their bytes: the catalog, then the charges.
    parts: Vec<SnapshotPart>,
    charges: Vec<ChargePart>,
    /// How many bytes were written for it.
    bytes: u64,
    /// How many of them the next one writes again.
    rewritten_bytes: u64,
}

impl Kept {
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The same where it failed: it is not known which parts the store has, so the next snapshot
    /// writes them all.
    pub(crate) fn without_parts(self) -> Kept {
        Kept { parts: Vec::new(), charges: Vec::new(), ..self }
    }
}

/// What wrote a snapshot: core and this crate have one version.
fn stamp() -> String {
    format!("tallyfold {}, form {}", env!("CARGO_PKG_VERSION"), AccountBytes::FORM)
}

impl AccountLedger {
    pub(crate) fn new(stream: Stream, key: HashKey) -> AccountLedger {
        AccountLedger {
            stream,
            ledger: Ledger::builder().hash_key(key).build(),
            position: Position::START,
            version: Version::EMPTY,
            catalog_clock: Timestamp::EARLIEST,
            catalog_changes: 0,
            kept: Kept::default(),
        }
    }

    /// The ledger that a snapshot holds, unless it is stale or damaged.
    pub(crate) fn restore(
        stream: Stream,
        kept: &SnapshotBytes,
        key: HashKey,
    ) -> Option<AccountLedger> {
        let parts = (kept.stamp == stamp()).then_some(&kept.parts)?;
        let (catalog, charges) = parts.split_first()?;
        let charges = charges.iter().map(|part| &part.bytes[..]);
        let account = stream.account()?;
        let (catalog, body) = (&catalog.bytes, &kept.body);
        let ledger =
            Ledger::from_account_bytes(account, catalog, body, charges, key.clone()).ok()?;
        let known = Kept {
            version: kept.version,
            catalog_changes: 0,
            parts: parts.iter().map(SnapshotPart::name).collect(),
            charges: ledger.account_bytes(account)?.charge_parts().collect(),
            bytes: kept.body.len() as u64,
            rewritten_bytes: kept.body.len() as u64,
        };
        let (position, version) = (kept.position, kept.version);
        Some(AccountLedger {
            ledger,
            position,
            version,
            kept: known,
            ..AccountLedger::new(stream, key)
        })
    }

    /// A snapshot, of which the parts that the store has are only named; and what is known of it
    /// once it is kept. None of the catalog, and of an account to which no event was applied.
    pub(crate) fn snapshot(&self) -> Option<(SnapshotBytes, Kept)> {
        let account = self.ledger.account_bytes(self.stream.account()?)?;
        let (position, version) = (self.position, self.version);
        let body = account.body();
        let charges: Vec<ChargePart> = account.charge_parts().collect();
        let known = |number: usize| self.kept.parts.get(number);
        let catalog = known(0).filter(|_| self.kept.catalog_changes == self.catalog_changes);
        let catalog = match catalog {
            Some(kept) => kept.clone(),
            None => SnapshotPart::new(version, account.catalog()),
        };
        let mut parts = vec![catalog];
        for (number, part) in charges.iter().enumerate() {
            parts.push(match known(number + 1) {
                Some(kept) if self.kept.charges.get(number) == Some(part) => kept.clone(),
                _ => SnapshotPart::new(version, account.charges(number)),
            });
        }
        let bytes = parts.iter().map(|part| part.bytes.len()).sum::<usize>() + body.len();
        // Parts that are full are written once; the next snapshot writes the others again.
        let rewritten = body.len() + parts.last().map_or(0, |part| part.bytes.len());
        let kept = Kept {
            version,
            catalog_changes: self.catalog_changes,
            parts: parts.iter().map(SnapshotPart::name).collect(),
            charges,
            bytes: bytes as u64,
            rewritten_bytes: rewritten as u64,
        };
        Some((SnapshotBytes { stamp: stamp(), position, version, body, parts }, kept))
    }

    /// How many events its snapshot lacks, or the last that was tried.
    pub(crate) fn events_since_snapshot(&self) -> u64 {
        self.version.get().saturating_sub(self.kept.version.get())
    }

    /// How many bytes of the last snapshot the next one writes again.
    pub(crate) fn rewritten_bytes(&self) -> u64 {
        self.kept.rewritten_bytes
    }

    /// What is known of the snapshot that the store has now.
    pub(crate) fn snapshot_is_kept(&mut self, kept: Kept) {
        self.kept = kept;
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
    pub(crate) fn clock(&self) -> Timestamp {
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
        if let Event::Catalog(event) = &event {
            self.catalog_changes += 1;
            if self.stream == Stream::Catalog && applied.is_ok() {
                self.catalog_clock = event.at;
            }
        }
        self.position = stored.position;
        Ok(applied)
    }

    /// What the timers due by an instant would write (T3).
    pub(crate) fn due(&self, at: Timestamp) -> Vec<Record<'static>> {
        let mut records = Vec::new();
        LogFold::new(self.ledger.clone(), Some(at)).settle(&mut records);
        records
    }
}
