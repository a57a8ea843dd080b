//! Whether what a database answers is what was stored.

use tallyfold_core::Name;

use crate::digest::{Chain, digest_of};
use crate::event::StoredEvent;
use crate::place::{Position, Stream, Version};
use crate::row_digest::{RowDigest, digest_of_head, digest_of_part};
use crate::store::{Head, SnapshotPart};

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

/// Up to where a page that was read reaches.
pub(crate) fn reached(page: &[StoredEvent], limit: usize, through: Position) -> Position {
    let last = page.last().filter(|_| page.len() >= limit);
    last.map_or(through, |event| event.position)
}

/// The end of one stream.
#[derive(Clone, Copy)]
pub(crate) struct StreamEnd {
    /// The number under which it is kept; none for an account without events.
    pub(crate) number: Option<i64>,
    /// Its last event.
    pub(crate) last: Position,
    pub(crate) version: Version,
}

impl StreamEnd {
    /// Of an account that has no events yet.
    pub(crate) const NEW: StreamEnd =
        StreamEnd { number: None, last: Position::START, version: Version::EMPTY };

    /// What was found of a stream. Only an account may be unknown.
    #[cfg(feature = "postgres")]
    pub(crate) fn found(
        stream_end: Option<StreamEnd>,
        stream: &Stream,
    ) -> Result<StreamEnd, Unsound> {
        match (stream_end, stream) {
            (Some(stream_end), _) => Ok(stream_end),
            (None, Stream::Account(_)) => Ok(StreamEnd::NEW),
            (None, _) => Err(Unsound(format!("{stream} is missing"))),
        }
    }

    /// Whether the events of a stream among some that were read are all of those between two
    /// versions.
    pub(crate) fn check(
        stream: &Stream,
        read: &[StoredEvent],
        before: Version,
        end: Version,
    ) -> Result<(), Unsound> {
        let mut last = before;
        for event in read.iter().filter(|event| event.stream == *stream) {
            if event.version != last.next() {
                return Err(Unsound(format!("event {} of {stream} is missing", last.next())));
            }
            last = event.version;
        }
        if last == end {
            return Ok(());
        }
        Err(Unsound(format!("event {} of {stream} is missing", last.next())))
    }
}

/// The row that tells where the log ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct HeadRow {
    pub(crate) head: Head,
    /// How many streams there are, the catalog and the malformed lines included. Their numbers
    /// have no gaps, so it is the number of the next.
    pub(crate) streams: u64,
    /// How many ids there are.
    pub(crate) ids: u64,
    /// The last event that was appended; others were imported.
    pub(crate) stamped: Position,
}

impl HeadRow {
    /// Of a log without events.
    pub(crate) const EMPTY: HeadRow = HeadRow {
        head: Head { position: Position::START, chain: Chain::EMPTY },
        streams: 2,
        ids: 0,
        stamped: Position::START,
    };

    /// The row, where it is as it was written.
    pub(crate) fn written(self, digest: &[u8]) -> Result<HeadRow, Unsound> {
        if digest_of_head(&self) == digest {
            return Ok(self);
        }
        Err(Unsound::because("the head was changed"))
    }

    /// The row, where the last event is at `last` as it says.
    pub(crate) fn ends_at(self, last: Option<i64>) -> Result<HeadRow, Unsound> {
        let position = self.head.position;
        if last.unwrap_or(0) != sql(position.get()) {
            Err(Unsound(format!("the log does not end at {position}")))
        } else {
            Ok(self)
        }
    }
}

/// How many bytes name a part of a snapshot.
const PART_NAME: usize = 8 + size_of::<RowDigest>();

/// The names of the parts of a snapshot, as they are kept beside it.
pub(crate) fn parts_to_bytes(parts: &[SnapshotPart]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(parts.len() * PART_NAME);
    for part in parts {
        bytes.extend(part.written.get().to_le_bytes());
        bytes.extend(part.digest);
    }
    bytes
}

/// The parts that are named, without their bytes.
pub(crate) fn parts_from_bytes(bytes: &[u8]) -> Vec<SnapshotPart> {
    let (names, _) = bytes.as_chunks::<PART_NAME>();
    let part = |name: &[u8; PART_NAME]| {
        let (written, digest) = name.split_first_chunk::<8>()?;
        let written = Version::new(u64::from_le_bytes(*written));
        Some(SnapshotPart { written, digest: digest.try_into().ok()?, bytes: Vec::new() })
    };
    names.iter().filter_map(part).collect()
}

impl SnapshotPart {
    /// A part that is new at a version of its account.
    #[must_use]
    pub fn new(written: Version, bytes: Vec<u8>) -> SnapshotPart {
        SnapshotPart { written, digest: digest_of_part(&bytes), bytes }
    }

    /// The part without its bytes, to be named by a snapshot that does not change it.
    #[must_use]
    pub fn name(&self) -> SnapshotPart {
        SnapshotPart { bytes: Vec::new(), ..*self }
    }

    /// Whether these are its bytes.
    pub(crate) fn is(&self, bytes: &[u8]) -> bool {
        digest_of_part(bytes) == self.digest
    }
}
