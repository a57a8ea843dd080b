//! A log without its last events: where a clock was wrong and recorded what has not happened yet.

use std::collections::BTreeSet;
use std::io::{self, Write};

use crate::error::{ImportError, StoreError};
use crate::log::LogEvents;
use crate::place::Position;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
use crate::place::Stream;
use crate::store::{Head, Store};

/// What is taken off the end of a log, and what takes its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// The end of the log, which nobody may have moved meanwhile.
    pub end: Head,
    /// The last event that stays.
    pub after: Position,
    /// The line that takes the place of the first that goes: no event, so that every reader of the
    /// log comes by it.
    pub mark: Vec<u8>,
    /// Deliveries to forget: keys from one (inclusive) to another (exclusive).
    pub forgotten: Vec<(Vec<u8>, Vec<u8>)>,
}

/// What [`drop_after`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dropped {
    /// How many lines went.
    pub lines: u64,
    /// Where the log ends now: at the line that says so.
    pub end: Position,
}

/// Why nothing was dropped.
///
/// Exhaustive: who repairs a log by it must deal with each.
#[derive(Debug, thiserror::Error)]
pub enum RepairError {
    /// There is nothing to drop.
    #[error("the log ends at position {end}; there is nothing after {after}")]
    Nothing {
        /// The last event that was to stay.
        after: Position,
        /// The last that there is.
        end: Position,
    },
    /// What was to be dropped could not be kept elsewhere.
    #[error("what is to be dropped cannot be written: {0}")]
    Write(#[from] io::Error),
    /// Something was recorded meanwhile: a service is running.
    #[error(transparent)]
    Cut(#[from] ImportError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Takes all events after a position off a log. They are written to `kept` before, each line to the
/// byte; to make that durable is up to `sync`. No service may run on the store meanwhile.
///
/// The chain breaks visibly: a line that is no event takes their place, and says which went and what
/// the chain was. Every export, replay and verification shows it.
///
/// # Errors
///
/// [`RepairError`]; then the log is as it was.
pub fn drop_after<W: Write>(
    store: &dyn Store,
    after: Position,
    kept: &mut W,
    sync: impl FnOnce(&mut W) -> io::Result<()>,
) -> Result<Dropped, RepairError> {
    let end = store.head()?;
    if after >= end.position {
        return Err(RepairError::Nothing { after, end: end.position });
    }
    let mut accounts = BTreeSet::new();
    for event in LogEvents::after(store, after) {
        let event = event?;
        kept.write_all(&event.line)?;
        kept.write_all(b"\n")?;
        accounts.extend(event.stream.account().map(str::to_owned));
    }
    kept.flush()?;
    sync(kept)?;
    let from_events = crate::cause::of_events_after(after);
    let from_timers = accounts.iter().map(|account| crate::cause::of_timers(account));
    let forgotten = from_timers.chain([from_events]).collect();
    let moved = store.cut(&Cut { end, after, mark: mark(after, end), forgotten })?;
    Ok(Dropped { lines: end.position.get() - after.get(), end: moved })
}

/// The line that takes the place of what was dropped.
fn mark(after: Position, end: Head) -> Vec<u8> {
    let Head { position, chain } = end;
    let dropped = format!("{} to {position}", after.next());
    format!(r#"{{"repair":"positions {dropped} were dropped","chain":"{position}:{chain}"}}"#)
        .into()
}

/// The stream that the mark belongs to.
#[cfg(any(feature = "postgres", feature = "sqlite"))]
pub(crate) const MARKED: Stream = Stream::Malformed;
