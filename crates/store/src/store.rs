//! The trait that every store implements, and what it answers.

#[cfg(doc)]
use tallyfold_core::spec::*;

use std::time::Duration;

use tallyfold_core::Timestamp;

use crate::digest::Chain;
use crate::error::{AppendError, ImportError, StoreError};
use crate::event::{Batch, IdKey, LogLine, StoredEvent};
use crate::observer::{StoreObserver, Unobserved};
use crate::place::{Position, Stream, Version};
use crate::repair::Cut;

/// What a stream has to be at for an append.
///
/// Exhaustive: every store must deal with each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Whatever it is at.
    Any,
    /// Exactly this version: nobody has appended since it was read.
    Version(Version),
}

/// What an append answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// For each event of the batch, in order.
    pub events: Vec<Appended>,
    /// The last catalog event of the whole log. Those above an event are what it sees ([T2]).
    pub catalog: Position,
}

/// Where an event is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appended {
    /// Where it stands in the whole log.
    pub position: Position,
    /// Which event of its stream it is.
    pub version: Version,
    /// Whether it was there already, under the same id and with the same bytes.
    pub is_repeat: bool,
}

/// The end of a log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// The last event.
    pub position: Position,
    /// The digest over all events up to it.
    pub chain: Chain,
}

/// A snapshot as it is stored: a cache that may be thrown away at any time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotBytes {
    /// What wrote it; a snapshot of another stamp is not used.
    pub stamp: String,
    /// The last event that it has seen, of its account or of the catalog.
    pub position: Position,
    /// The version of its account there.
    pub version: Version,
    /// What is written anew in every snapshot.
    pub body: Vec<u8>,
    /// What grows without end, in parts, of which a new snapshot writes those that changed.
    pub parts: Vec<SnapshotPart>,
}

/// A part of a snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotPart {
    /// The version of the account when it was written.
    pub written: Version,
    /// What its bytes are checked by.
    pub digest: [u8; 16],
    /// The bytes; none where a snapshot that is to be kept names a part of the one before it.
    pub bytes: Vec<u8>,
}

/// What a verification went through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The end of the log.
    pub head: Head,
    /// How many streams it has.
    pub streams: u64,
}

/// What a store holds that was made anew from its events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rebuilt {
    /// The end of the log.
    pub head: Head,
    /// How many accounts it has.
    pub accounts: u64,
    /// How many ids.
    pub ids: u64,
    /// Whether the chain of the events was compared with the one that was written down; otherwise
    /// that was damaged.
    pub is_head_known: bool,
}

/// The lines of one event log, durable and in one order.
///
/// Positions have no gaps, and no event becomes visible late: who has seen position n never finds
/// another one at or below n. An append that was answered with a receipt is on stable storage. One
/// that was answered with an error other than [`StoreError`] changed nothing; after a `StoreError`
/// it may have happened or not, and never in part. An id makes it safe to ask again.
pub trait Store: Send + Sync {
    /// The store, for people: a path, or a server and database, without passwords.
    fn name(&self) -> String;

    /// The present instant, by the clock that keeps out events from the future.
    ///
    /// # Errors
    ///
    /// [`StoreError::WrongClock`] where that clock cannot be right.
    fn now(&self) -> Result<Timestamp, StoreError>;

    /// Who is told what the store does, and what its services and consumers do.
    fn observer(&self) -> &dyn StoreObserver {
        &Unobserved
    }

    /// Appends events to their stream: all of them or none.
    ///
    /// An event whose id its stream has already, with the same bytes, is not appended again and
    /// answers where it stands. The version is only looked at where at least one event is new.
    ///
    /// # Errors
    ///
    /// In this order: [`AppendError::FromTheFuture`], [`AppendError::IdTaken`],
    /// [`AppendError::Conflict`]; and [`AppendError::Store`] for error with the store.
    fn append(&self, batch: &Batch, expected: Expected) -> Result<Receipt, AppendError>;

    /// Appends lines of a log that exists already, directly behind a position; ids that repeat and
    /// lines that are malformed included, because both are part of the evidence ([T6], [T7]). The
    /// first event with an id keeps it.
    ///
    /// # Errors
    ///
    /// [`ImportError::Conflict`] where the store's last position is another one.
    fn import(&self, after: Position, lines: &[LogLine]) -> Result<Position, ImportError>;

    /// Lets the database look at how large its tables are now: for after an import. A store whose
    /// database has no need of that does nothing.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    fn analyze(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// The end of the log.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    fn head(&self) -> Result<Head, StoreError>;

    /// The last event that came in by [`Store::append`], not by [`Store::import`]: its `at` is an
    /// instant of the clock of whoever appended it. None where there is none, or it was appended
    /// by a version that did not note it.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    fn last_appended(&self) -> Result<Option<StoredEvent>, StoreError>;

    /// How many events a stream holds.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    fn version(&self, stream: &Stream) -> Result<Version, StoreError>;

    /// The events behind a position, of all streams, in order: at most `limit`, and at least one
    /// where there is one.
    ///
    /// # Errors
    ///
    /// [`StoreError::Damaged`] where an event is not what was stored.
    fn read_log(&self, after: Position, limit: usize) -> Result<Vec<StoredEvent>, StoreError>;

    /// The events of one stream behind a position, in order, as for [`Store::read_log`].
    ///
    /// # Errors
    ///
    /// [`StoreError::Damaged`] where an event is not what was stored, or is missing.
    fn read_stream(
        &self,
        stream: &Stream,
        after: Position,
        limit: usize,
    ) -> Result<Vec<StoredEvent>, StoreError>;

    /// What an account sees of the log: its own events and those of the catalog, behind `after`
    /// and up to `through`, in the order of the log.
    ///
    /// # Errors
    ///
    /// As for [`Store::read_stream`].
    fn read_account(
        &self,
        account: &Stream,
        after: Position,
        through: Position,
        limit: usize,
    ) -> Result<Vec<StoredEvent>, StoreError>;

    /// The event of a stream that has this id.
    ///
    /// # Errors
    ///
    /// [`StoreError::Damaged`] where the event is not what was stored.
    fn find(&self, stream: &Stream, id: &IdKey) -> Result<Option<StoredEvent>, StoreError>;

    /// The names of up to `limit` accounts behind a name, in byte order.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    fn accounts(&self, after: &str, limit: usize) -> Result<Vec<Stream>, StoreError>;

    /// Waits until there is an event behind a position, at most so long; answers the last position.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    fn wait(&self, after: Position, at_most: Duration) -> Result<Position, StoreError>;

    /// How far a consumer has come; [`Position::START`] for one that is new.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    fn checkpoint(&self, consumer: &str) -> Result<Position, StoreError>;

    /// Remembers how far a consumer has come.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    fn move_checkpoint(&self, consumer: &str, to: Position) -> Result<(), StoreError>;

    /// Which of these things were delivered to a consumer already.
    ///
    /// # Errors
    ///
    /// [`StoreError::Damaged`] where what is remembered is not what was stored.
    fn delivered(&self, consumer: &str, keys: &[&[u8]]) -> Result<Vec<bool>, StoreError>;

    /// Remembers that something was delivered to a consumer, under a key that says what it was, of
    /// up to 1,024 bytes. What is remembered already stays so.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    fn remember_delivery(&self, consumer: &str, key: &[u8]) -> Result<(), StoreError>;

    /// The snapshot of an account, where there is one that is not damaged.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    fn snapshot(&self, account: &Stream) -> Result<Option<SnapshotBytes>, StoreError>;

    /// Keeps a snapshot in place of the one before it. Of its parts those are kept that were written
    /// at its own version; the others must be those of the snapshot before it, and where one is not
    /// there, because another service kept a snapshot meanwhile, it answers `false` and keeps none.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    fn keep_snapshot(&self, account: &Stream, snapshot: &SnapshotBytes)
    -> Result<bool, StoreError>;

    /// Takes the last events off the log, in one transaction: checkpoints go back to where it then
    /// ends, what is derived from the events is made anew, and a mark takes their place. Answers
    /// where the log ends now. See [`drop_after`](crate::drop_after).
    ///
    /// # Errors
    ///
    /// [`ImportError::Conflict`] where the log does not end where it should.
    fn cut(&self, cut: &Cut) -> Result<Position, ImportError>;

    /// Keeps what was answered to the request of an event, some time after: a cache, for who asks
    /// again with the same id.
    fn remember_answer(&self, position: Position, answer: Vec<u8>);

    /// What was answered to the request of an event, where that is still known.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    fn remembered_answer(&self, position: Position) -> Result<Option<Vec<u8>>, StoreError>;

    /// Makes all that is derived from the events anew: streams, ids, the head; and forgets all
    /// snapshots. [`rebuild`](crate::rebuild()) makes those anew, too. Nobody else should use the
    /// store meanwhile.
    ///
    /// # Errors
    ///
    /// [`StoreError::Damaged`] where an event is changed or missing; then nothing was changed.
    fn rebuild(&self) -> Result<Rebuilt, StoreError>;

    /// Reads everything and checks it, snapshots excepted: every digest, the chain, the count of every stream, every id
    /// and what the database itself has to say. [`verify`](crate::verify()) checks the snapshots, too.
    ///
    /// # Errors
    ///
    /// [`StoreError::Damaged`] with the first thing that is wrong.
    fn verify(&self) -> Result<Verified, StoreError>;
}
