//! Streams, ids and the head, made anew from the events alone.

use std::collections::HashMap;

use crate::digest::digest_of;
use crate::event::{IdKey, LogLine};
use crate::integrity::{CATALOG, HeadRow, MALFORMED, StreamEnd, Unsound, sql};
use crate::place::{Position, Stream, Version};
use crate::store::{Head, Rebuilt};

/// Whether the log is still the one that was written down, where that is known: what lost events
/// must be restored, not made to look whole.
pub(crate) fn check_end(written: Option<HeadRow>, rebuilt: HeadRow) -> Result<Rebuilt, Unsound> {
    if let Some(HeadRow { head, .. }) = written.filter(|written| written.head != rebuilt.head) {
        let problem = format!("its events are not those up to {}:{}", head.position, head.chain);
        return Err(Unsound(format!("{problem}; restore a backup")));
    }
    let accounts = rebuilt.streams.saturating_sub(HeadRow::EMPTY.streams);
    let is_head_known = written.is_some();
    Ok(Rebuilt { head: rebuilt.head, accounts, ids: rebuilt.ids, is_head_known })
}

/// A row of the table of events as it was found: only position and line are believed, where the
/// digest says so.
pub(crate) struct FoundEvent<'a> {
    pub(crate) position: Position,
    pub(crate) stream: i64,
    pub(crate) version: Version,
    pub(crate) line: &'a [u8],
    pub(crate) digest: &'a [u8],
}

/// Where an event belongs.
pub(crate) struct Belonging {
    pub(crate) stream: i64,
    pub(crate) version: Version,
    pub(crate) id: Option<IdKey>,
    /// Whether the row said something else.
    pub(crate) is_misplaced: bool,
}

/// What is known after the events up to one.
pub(crate) struct Rebuild {
    pub(crate) head: HeadRow,
    stream_ends: HashMap<Stream, StreamEnd>,
}

impl Rebuild {
    pub(crate) fn new() -> Rebuild {
        let stream_end = |number| StreamEnd { number: Some(number), ..StreamEnd::NEW };
        let stream_ends =
            [(Stream::Catalog, stream_end(CATALOG)), (Stream::Malformed, stream_end(MALFORMED))];
        Rebuild { head: HeadRow::EMPTY, stream_ends: stream_ends.into() }
    }

    pub(crate) fn position(&self) -> Position {
        self.head.head.position
    }

    /// The next event of the log.
    pub(crate) fn event(&mut self, found: &FoundEvent<'_>) -> Result<Belonging, Unsound> {
        let position = self.position().next();
        if found.position != position {
            return Err(Unsound(format!("the event at position {position} is missing")));
        }
        let line = LogLine::new(found.line);
        let stream = line.stream();
        let (number, version) = match self.stream_ends.get(stream) {
            Some(stream_end) => (stream_end.number.unwrap_or_default(), stream_end.version.next()),
            None => (sql(self.head.streams), Version::EMPTY.next()),
        };
        let digest = digest_of(position, stream, version, found.line);
        if digest != found.digest {
            return Err(Unsound(format!("the event at position {position} was changed")));
        }
        let stream_end = StreamEnd { number: Some(number), last: position, version };
        if self.stream_ends.insert(stream.clone(), stream_end).is_none() {
            self.head.streams += 1;
        }
        self.head.head = Head { position, chain: self.head.head.chain.then(&digest) };
        let id = match &line {
            LogLine::Event(event) => event.id().cloned(),
            LogLine::Malformed(_) => None,
        };
        let is_misplaced = (found.stream, found.version) != (number, version);
        Ok(Belonging { stream: number, version, id, is_misplaced })
    }

    /// Every stream, and where it ends.
    pub(crate) fn stream_ends(&self) -> impl Iterator<Item = (&Stream, StreamEnd)> {
        self.stream_ends.iter().map(|(stream, stream_end)| (stream, *stream_end))
    }
}
