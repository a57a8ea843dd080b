//! What can go wrong, for people and for code that decides what to do about it.

mod kind;

use tallyfold_core::{Finding, Timestamp, ValueError};
use tallyfold_log::Malformed;

use crate::place::{Position, Stream, Version};

pub use kind::ErrorKind;

/// Why a line or an event cannot be appended at all.
///
/// Non-exhaustive: a store may come to refuse other lines.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NewEventError {
    /// The line is not an event.
    #[error("not an event: {0}")]
    Malformed(#[from] Malformed),
    /// It would be two lines in an export.
    #[error("a line has no line break in it")]
    LineBreak,
}

/// Why events are no batch.
///
/// Exhaustive: a batch is events of one stream, and nothing else is asked of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// There is none.
    #[error("a batch has at least one event")]
    Empty,
    /// They belong to several streams.
    #[error("a batch belongs to one stream, not to {0} and {1}")]
    Mixed(Stream, Stream),
}

/// Why nothing was appended.
///
/// Exhaustive: these are all the answers that the contract of [`Store::append`](crate::Store::append)
/// knows, and who decides on one must tell them apart.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// The stream is not at the version that was expected. Read on from there and decide again.
    #[error("the stream is at version {present}, not at {expected}")]
    Conflict {
        /// What was expected.
        expected: Version,
        /// What it is at.
        present: Version,
    },
    /// Another event of the stream has this id.
    #[error("the event at position {position} has the id `{id}` and says something else")]
    IdTaken {
        /// The id, for people.
        id: String,
        /// Where the other event stands.
        position: Position,
    },
    /// The event is later than clock and tolerance. Look at the clock that made it.
    #[error("an event at {at} is too far ahead of the clock, which is at {now}")]
    FromTheFuture {
        /// When it would take effect.
        at: Timestamp,
        /// What the clock says.
        now: Timestamp,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why lines were not imported; those before them were.
///
/// Exhaustive, as [`AppendError`] is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// The store is at another position than was expected.
    #[error("the log goes on behind position {present}, not behind {expected}")]
    Conflict {
        /// Behind which position the lines were to stand.
        expected: Position,
        /// What the store is at.
        present: Position,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A store that cannot do what was asked. It names itself: a path, or a server and database.
///
/// Non-exhaustive: other backends fail in other ways. What to do about it is said by [`ErrorKind`].
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// It belongs to another program.
    #[error("{store} is not a store of tallyfold: {problem}")]
    Foreign {
        /// Which store.
        store: String,
        /// How that is known.
        problem: String,
    },
    /// It was written by a newer version.
    #[error("{store} has schema {found}; this version knows up to {known}: use a newer tallyfold")]
    Newer {
        /// Which store.
        store: String,
        /// Its schema.
        found: i64,
        /// The newest that is known here.
        known: i64,
    },
    /// It was written by an older version, and may only be read. Open it once to write.
    #[error(
        "{store} has schema {found} and must be brought to {known} first: \
         `tallyfold store status` does that"
    )]
    Older {
        /// Which store.
        store: String,
        /// Its schema.
        found: i64,
        /// The one that is needed.
        known: i64,
    },
    /// What it holds is not what was stored. Restore it from a backup.
    #[error("{store} is damaged: {problem}")]
    Damaged {
        /// Which store.
        store: String,
        /// What is wrong with it, and where.
        problem: String,
    },
    /// The clock of this machine cannot be right, so no event is recorded and nothing is told as of
    /// now. Set the clock; nothing is lost.
    #[error("the clock of this machine is not used for {store}: {problem}")]
    WrongClock {
        /// Which store.
        store: String,
        /// What it says, and what it should.
        problem: String,
    },
    /// There is no room. Nothing is lost; it works again once there is.
    #[error("no room is left for {store}")]
    Full {
        /// Which store.
        store: String,
    },
    /// It cannot be reached, or answered with an error of its own.
    #[error("{store} cannot be used: {problem}")]
    Unavailable {
        /// Which store.
        store: String,
        /// What it answered.
        problem: String,
    },
}

/// Why a service did not answer. Of a request nothing was recorded, but where the kind is
/// [`ErrorKind::Unavailable`]: then it may have been.
///
/// Each variant is one cause, and a store that fails is always [`ServiceError::Store`]. To answer a
/// caller, match on [`kind`](ServiceError::kind); to write it down, take [`code`](ServiceError::code).
///
/// ```
/// use tallyfold_core::Finding;
/// use tallyfold_store::{ErrorKind, ServiceError};
///
/// let error = ServiceError::from(Finding::UnknownPack);
/// assert_eq!((error.kind(), error.code()), (ErrorKind::NotFound, "unknown_pack"));
/// assert!(!error.is_retryable());
/// ```
///
/// Non-exhaustive: requests that come later may fail in other ways.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ServiceError {
    /// A text or a number may not be said, such as an account without a name.
    #[error(transparent)]
    Value(#[from] ValueError),
    /// It is no event that can be stored.
    #[error(transparent)]
    Event(#[from] NewEventError),
    /// It could not be applied, so it is not appended: the caller asked for what cannot be.
    #[error(transparent)]
    Finding(#[from] Finding),
    /// Another request has this id.
    #[error("the event at position {position} has the id `{id}` and says something else")]
    IdTaken {
        /// The id.
        id: String,
        /// Where the other one's event stands.
        position: Position,
    },
    /// The event is later than clock and tolerance: it brought a wrong time, or its account has
    /// events that did.
    #[error("an event at {at} is too far ahead of the clock, which is at {now}")]
    FromTheFuture {
        /// When it would take effect.
        at: Timestamp,
        /// What the clock says.
        now: Timestamp,
    },
    /// Others appended to the account again and again meanwhile. Ask again.
    #[error("the account changed {attempts} times while this was decided; ask again")]
    Contended {
        /// How often it was tried.
        attempts: u32,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<AppendError> for ServiceError {
    fn from(error: AppendError) -> ServiceError {
        match error {
            AppendError::Conflict { .. } => ServiceError::Contended { attempts: 1 },
            AppendError::IdTaken { id, position } => ServiceError::IdTaken { id, position },
            AppendError::FromTheFuture { at, now } => ServiceError::FromTheFuture { at, now },
            AppendError::Store(error) => ServiceError::Store(error),
        }
    }
}

impl From<std::convert::Infallible> for ServiceError {
    fn from(never: std::convert::Infallible) -> ServiceError {
        match never {}
    }
}

/// Why a notice or an entry was not delivered. What was not taken comes again.
///
/// Exhaustive: either side fails.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeliveryError<E> {
    /// The subscriber did not take it.
    #[error("it was not taken: {0}")]
    Subscriber(E),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
