//! Whether what a database answers is what was stored.

use sha2::{Digest as _, Sha256};
use tallyfold_core::Name;

use crate::digest::{Chain, Digest, digest_of};
use crate::event::StoredEvent;
use crate::place::{Position, Stream, Version};
use crate::store::{Head, SnapshotBytes};

/// The number under which a database keeps the catalog.
pub(crate) const CATALOG: i64 = 0;
/// The number of the malformed lines. Accounts have those from 2 on.
pub(crate) const MALFORMED: i64 = 1;
/// Under this number no stream is kept.
pub(crate) const NO_STREAM: i64 = -1;

/// What is not as it was stored, and where.
#[derive(Debug)]
pub(crate) struct Unsound(pub(crate) String);

impl Unsound {
    pub(crate) fn because(problem: impl Into<String>) -> Unsound {
        Unsound(problem.into())
    }
}

/// A number as SQL holds it: signed.
pub(crate) fn sql(number: u64) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}

/// How many rows to ask for: at least one.
pub(crate) fn page(limit: usize) -> i64 {
    sql(limit.max(1) as u64)
}

/// A row of the table of events.
pub(crate) struct EventRow<'a> {
    pub(crate) position: i64,
    pub(crate) stream: i64,
    pub(crate) account: Option<String>,
    pub(crate) number: i64,
    pub(crate) line: Vec<u8>,
    pub(crate) digest: &'a [u8],
}

impl EventRow<'_> {
    /// The event, checked against its digest.
    pub(crate) fn event(self) -> Result<StoredEvent, Unsound> {
        let position = Position::new(self.position.cast_unsigned());
        let version = Version::new(self.number.cast_unsigned());
        let stream = stream(self.stream, self.account, position)?;
        if self.digest != digest_of(position, &stream, version, &self.line) {
            return Err(Unsound(format!("the event at position {position} was changed")));
        }
        Ok(StoredEvent { position, stream, version, line: self.line })
    }
}

fn stream(number: i64, account: Option<String>, position: Position) -> Result<Stream, Unsound> {
    match (number, account) {
        (CATALOG, None) => Ok(Stream::Catalog),
        (MALFORMED, None) => Ok(Stream::Malformed),
        (_, Some(account)) => account_stream(account),
        (_, None) => Err(Unsound(format!("the event at position {position} is of no account"))),
    }
}

pub(crate) fn account_stream(account: String) -> Result<Stream, Unsound> {
    let name = Name::new(account);
    name.map(Stream::Account).map_err(|error| Unsound(format!("an account: {error}")))
}

/// Whether a page of the log that was read behind a position has no gap, and ends early only at
/// the end of the log.
pub(crate) fn check_page(
    after: Position,
    events: &[StoredEvent],
    limit: usize,
    end: Position,
) -> Result<(), Unsound> {
    let missing = |due| Err(Unsound(format!("the event at position {due} is missing")));
    let mut due = after;
    for event in events {
        due = due.next();
        if event.position != due {
            return missing(due);
        }
    }
    if events.len() < limit && due < end { missing(due.next()) } else { Ok(()) }
}

/// The end of one stream.
#[derive(Clone, Copy)]
pub(crate) struct StreamTip {
    /// The number under which it is kept; none for an account without events.
    pub(crate) number: Option<i64>,
    /// Its last event.
    pub(crate) last: Position,
    pub(crate) version: Version,
}

impl StreamTip {
    /// Of an account that has no events yet.
    pub(crate) const NEW: StreamTip =
        StreamTip { number: None, last: Position::START, version: Version::EMPTY };

    /// What was found of a stream. Only an account may be unknown.
    pub(crate) fn found(tip: Option<StreamTip>, stream: &Stream) -> Result<StreamTip, Unsound> {
        match (tip, stream) {
            (Some(tip), _) => Ok(tip),
            (None, Stream::Account(_)) => Ok(StreamTip::NEW),
            (None, _) => Err(Unsound(format!("{stream} is missing"))),
        }
    }

    /// Whether the events of this stream among some that were read follow one another, and, where
    /// the last of all must be among them, end as they should.
    pub(crate) fn check(
        self,
        stream: &Stream,
        read: &[StoredEvent],
        ends_here: bool,
    ) -> Result<(), Unsound> {
        let mut own = read.iter().filter(|event| event.stream == *stream);
        let mut due = own.clone().next().map(|event| event.version);
        let follows = own.all(|event| {
            let follows = Some(event.version) == due;
            due = Some(event.version.next());
            follows
        });
        let past_end = ends_here.then_some(self.version.next());
        if follows && (past_end.is_none() || due == past_end) {
            return Ok(());
        }
        Err(Unsound(format!("an event of {stream} is missing")))
    }
}

/// What the head is checked by.
pub(crate) fn digest_of_head(head: Head) -> Digest {
    let mut digest = Sha256::new();
    digest.update(head.position.get().to_le_bytes());
    digest.update(head.chain.0);
    digest.finalize().into()
}

/// The end of the log as it was written down, where the last event is at `last`.
pub(crate) fn head(
    (position, chain, digest): (i64, [u8; 32], Digest),
    last: Option<i64>,
) -> Result<Head, Unsound> {
    let head = Head { position: Position::new(position.cast_unsigned()), chain: Chain(chain) };
    if digest_of_head(head) != digest {
        Err(Unsound::because("the head was changed"))
    } else if last.unwrap_or(0) != position {
        Err(Unsound(format!("the log does not end at {}", head.position)))
    } else {
        Ok(head)
    }
}

/// What a snapshot is checked by.
pub(crate) fn digest_of_snapshot(snapshot: &SnapshotBytes) -> Digest {
    let mut digest = Sha256::new();
    digest.update(snapshot.position.get().to_le_bytes());
    digest.update(snapshot.version.get().to_le_bytes());
    digest.update(&snapshot.body);
    digest.finalize().into()
}
