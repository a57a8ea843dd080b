//! The log of a store in memory: what a database keeps in tables.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::num::NonZeroUsize;
use std::ops::Bound;

use tallyfold_core::Name;

use crate::digest::Digest;
use crate::event::{IdKey, LogLine, StoredEvent};
use crate::integrity::{CATALOG, HeadRow, MALFORMED, StreamEnd, Unsound};
use crate::log_end::{Holder, LogEnd, Tables};
use crate::place::{Position, Stream, Version};

/// Lines in one order, and what is found by stream and by id.
pub(super) struct Rows {
    head: HeadRow,
    /// The line at position n is the nth.
    lines: Vec<Row>,
    stream_ends: BTreeMap<Stream, StreamEnd>,
    /// By the number under which a stream is kept.
    streams: Vec<StreamRows>,
    ids: HashMap<(i64, IdKey), Position>,
}

struct Row {
    stream: usize,
    version: Version,
    line: Vec<u8>,
}

struct StreamRows {
    stream: Stream,
    positions: Vec<Position>,
}

impl Default for Rows {
    /// A log without lines.
    fn default() -> Rows {
        let end = |number| StreamEnd { number: Some(number), ..StreamEnd::NEW };
        let ends = [(Stream::Catalog, end(CATALOG)), (Stream::Malformed, end(MALFORMED))];
        Rows {
            head: HeadRow::EMPTY,
            lines: Vec::new(),
            stream_ends: ends.into(),
            streams: [Stream::Catalog, Stream::Malformed]
                .map(|stream| StreamRows { stream, positions: Vec::new() })
                .into(),
            ids: HashMap::new(),
        }
    }
}

impl Rows {
    /// A log of these lines, of which those up to `stamped` were appended.
    pub(super) fn of_lines(lines: &[LogLine], stamped: Position) -> Result<Rows, Unsound> {
        let rows = RefCell::new(Rows::default());
        let imported = grow(&rows, |end, rows| end.import(rows, Position::START, lines))?;
        debug_assert!(imported.is_ok(), "an empty log ends at its start");
        let mut rows = rows.into_inner();
        rows.head.stamped = stamped.min(rows.end());
        Ok(rows)
    }

    pub(super) fn head(&self) -> HeadRow {
        self.head
    }

    /// The last line.
    pub(super) fn end(&self) -> Position {
        self.head.head.position
    }

    pub(super) fn ids(&self) -> u64 {
        self.ids.len() as u64
    }

    pub(super) fn version(&self, stream: &Stream) -> Version {
        self.stream_end(stream).version
    }

    /// The lines up to a position.
    pub(super) fn lines(&self, through: Position) -> Vec<LogLine> {
        let count = place(through).min(self.lines.len());
        self.lines[..count].iter().map(|row| LogLine::new(&row.line)).collect()
    }

    /// The event at a position, where there is one.
    pub(super) fn at(&self, position: Position) -> Option<StoredEvent> {
        let row = self.lines.get(place(position).checked_sub(1)?)?;
        let stream = self.streams[row.stream].stream.clone();
        Some(StoredEvent { position, stream, version: row.version, line: row.line.clone() })
    }

    /// The events behind a position.
    pub(super) fn after(&self, after: Position) -> impl Iterator<Item = StoredEvent> {
        (after.get().saturating_add(1)..=self.end().get())
            .filter_map(|position| self.at(Position::new(position)))
    }

    /// Where the events of a stream stand, behind a position and up to another.
    pub(super) fn positions(
        &self,
        stream: &Stream,
        after: Position,
        through: Position,
    ) -> &[Position] {
        let Some(rows) = self.rows_of(stream) else { return &[] };
        let up_to = |end: Position| rows.positions.partition_point(|it| *it <= end);
        let (start, end) = (up_to(after), up_to(through));
        &rows.positions[start..end.max(start)]
    }

    pub(super) fn with_id(&self, stream: &Stream, id: &IdKey) -> Option<StoredEvent> {
        let number = self.stream_end(stream).number?;
        self.at(*self.ids.get(&(number, id.clone()))?)
    }

    /// The accounts behind a name, in byte order.
    pub(super) fn accounts(&self, after: &str) -> impl Iterator<Item = &Stream> {
        let first = match Name::new(after.to_owned()) {
            Ok(name) => Bound::Excluded(Stream::Account(name)),
            // What is no name may still be compared with one.
            Err(_) => Bound::Unbounded,
        };
        let streams = self.stream_ends.range((first, Bound::Unbounded)).map(|(stream, _)| stream);
        streams.filter(move |stream| stream.account().is_some_and(|name| name > after))
    }

    fn stream_end(&self, stream: &Stream) -> StreamEnd {
        self.stream_ends.get(stream).copied().unwrap_or(StreamEnd::NEW)
    }

    fn rows_of(&self, stream: &Stream) -> Option<&StreamRows> {
        self.streams.get(index(self.stream_end(stream).number?))
    }
}

/// Lets a log grow, and writes down where it ends.
pub(super) fn grow<T>(
    rows: &RefCell<Rows>,
    grow: impl FnOnce(&mut LogEnd, &RefCell<Rows>) -> Result<T, Unsound>,
) -> Result<T, Unsound> {
    let mut end = LogEnd::read(rows, NonZeroUsize::MIN)?;
    let answer = grow(&mut end, rows)?;
    end.write(rows)?;
    Ok(answer)
}

fn place(position: Position) -> usize {
    usize::try_from(position.get()).unwrap_or(usize::MAX)
}

fn index(number: i64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

impl Tables for RefCell<Rows> {
    /// Memory always answers: this is for whoever checks what it says.
    type Error = Unsound;

    fn head(&self) -> Result<HeadRow, Unsound> {
        Ok(self.borrow().head)
    }

    fn stream_end(&self, stream: &Stream) -> Result<StreamEnd, Unsound> {
        Ok(self.borrow().stream_end(stream))
    }

    fn with_id(&self, stream: i64, id: &IdKey) -> Result<Option<Holder>, Unsound> {
        let rows = self.borrow();
        let position = rows.ids.get(&(stream, id.clone()));
        Ok(position.and_then(|position| rows.at(*position)).map(Holder::from))
    }

    fn insert_event(
        &self,
        stream: i64,
        (position, version, line, _): (Position, Version, &[u8], &Digest),
    ) -> Result<(), Unsound> {
        let mut rows = self.borrow_mut();
        let stream = index(stream);
        rows.lines.push(Row { stream, version, line: line.to_vec() });
        // A stream that is new is written down right after its first event.
        if let Some(rows) = rows.streams.get_mut(stream) {
            rows.positions.push(position);
        }
        Ok(())
    }

    fn insert_id(&self, stream: i64, id: &IdKey, event: Holder) -> Result<bool, Unsound> {
        let ids = &mut self.borrow_mut().ids;
        let before = ids.len();
        ids.entry((stream, id.clone())).or_insert(event.position);
        Ok(ids.len() > before)
    }

    fn insert_stream(&self, stream: &Stream, stream_end: StreamEnd) -> Result<(), Unsound> {
        let rows = StreamRows { stream: stream.clone(), positions: vec![stream_end.last] };
        self.borrow_mut().streams.push(rows);
        self.set_stream_end(stream, stream_end)
    }

    fn set_stream_end(&self, stream: &Stream, stream_end: StreamEnd) -> Result<(), Unsound> {
        self.borrow_mut().stream_ends.insert(stream.clone(), stream_end);
        Ok(())
    }

    fn set_head(&self, head: &HeadRow) -> Result<(), Unsound> {
        self.borrow_mut().head = *head;
        Ok(())
    }
}
