//! The end of the log as the writer sees it, and how it grows inside of a transaction.

use std::collections::HashMap;
use std::num::NonZeroUsize;

use lru::LruCache;

use crate::digest::{Digest, digest_of};
use crate::error::{AppendError, ImportError};
use crate::event::{Batch, IdKey, LogLine, StoredEvent};
use crate::integrity::{HeadRow, StreamEnd, sql};
use crate::place::{Position, Stream, Version};
use crate::store::{Appended, Expected, Head, Receipt};

/// The tables of a store, as far as they are asked and changed inside of a transaction.
pub(crate) trait Tables {
    /// What can go wrong with them.
    type Error;

    /// The end of the log.
    fn head(&self) -> Result<HeadRow, Self::Error>;
    /// The end of a stream.
    fn stream_end(&self, stream: &Stream) -> Result<StreamEnd, Self::Error>;
    /// The event of a stream that has this id.
    fn with_id(&self, stream: i64, id: &IdKey) -> Result<Option<Holder>, Self::Error>;
    /// Adds an event behind all others.
    fn insert_event(
        &self,
        stream: i64,
        event: (Position, Version, &[u8], &Digest),
    ) -> Result<(), Self::Error>;
    /// Gives an id to an event, and says whether it did: an event that has it already keeps it.
    fn insert_id(&self, stream: i64, id: &IdKey, event: Holder) -> Result<bool, Self::Error>;
    /// Writes down a stream that is new, and where it ends.
    fn insert_stream(&self, stream: &Stream, stream_end: StreamEnd) -> Result<(), Self::Error>;
    /// Writes down where a stream ends now.
    fn set_stream_end(&self, stream: &Stream, stream_end: StreamEnd) -> Result<(), Self::Error>;
    /// Writes down where the log ends now.
    fn set_head(&self, head: &HeadRow) -> Result<(), Self::Error>;
}

/// The event that has an id: where it stands, and what it says.
#[derive(Clone)]
pub(crate) struct Holder {
    pub(crate) position: Position,
    pub(crate) version: Version,
    pub(crate) line: Vec<u8>,
}

impl From<StoredEvent> for Holder {
    fn from(event: StoredEvent) -> Holder {
        Holder { position: event.position, version: event.version, line: event.line }
    }
}

/// What the writer knows without reading. It is thrown away when a transaction fails, and when
/// another process wrote.
pub(crate) struct LogEnd {
    head: HeadRow,
    catalog: Position,
    streams: LruCache<Stream, StreamEnd>,
    /// Those that have grown since the end was written down.
    grown: HashMap<Stream, StreamEnd>,
}

/// What is to be done with an event of a batch.
enum Plan {
    Repeat(Appended),
    /// As the earlier event of the batch that has the same id.
    AsBefore(usize),
    Append,
}

impl LogEnd {
    /// The end of the log as it is now; to remember so many of its streams.
    pub(crate) fn read<T: Tables>(file: &T, remembered: NonZeroUsize) -> Result<LogEnd, T::Error> {
        Ok(LogEnd {
            head: file.head()?,
            catalog: file.stream_end(&Stream::Catalog)?.last,
            streams: LruCache::new(remembered),
            grown: HashMap::new(),
        })
    }

    pub(crate) fn position(&self) -> Position {
        self.head.head.position
    }

    /// Writes down where the log and its streams end now.
    pub(crate) fn write<T: Tables>(&mut self, file: &T) -> Result<(), T::Error> {
        for (stream, stream_end) in self.grown.drain() {
            file.set_stream_end(&stream, stream_end)?;
            self.streams.put(stream, stream_end);
        }
        file.set_head(&self.head)
    }

    /// Appends a batch. Unless it is refused; then nothing was written.
    pub(crate) fn append<T: Tables>(
        &mut self,
        file: &T,
        batch: &Batch,
        expected: Expected,
    ) -> Result<Result<Receipt, AppendError>, T::Error> {
        let stream_end = self.stream_end_of(file, batch.stream())?;
        let plan = match plan(file, stream_end, batch)? {
            Ok(plan) => plan,
            Err(refused) => return Ok(Err(refused)),
        };
        let any_new = plan.iter().any(|plan| matches!(plan, Plan::Append));
        if let Expected::Version(expected) = expected
            && any_new
            && expected != stream_end.version
        {
            return Ok(Err(AppendError::Conflict { expected, present: stream_end.version }));
        }
        let mut events: Vec<Appended> = Vec::with_capacity(plan.len());
        for (event, plan) in batch.events().iter().zip(plan) {
            events.push(match plan {
                Plan::Repeat(appended) => appended,
                Plan::AsBefore(other) => Appended { is_repeat: true, ..events[other] },
                Plan::Append => self.push(file, batch.stream(), event.line(), event.id())?,
            });
        }
        if any_new {
            self.head.stamped = self.position();
        }
        Ok(Ok(Receipt { events, catalog: self.catalog }))
    }

    /// Appends lines as they are, directly behind a position.
    pub(crate) fn import<T: Tables>(
        &mut self,
        file: &T,
        after: Position,
        lines: &[LogLine],
    ) -> Result<Result<Position, ImportError>, T::Error> {
        let present = self.position();
        if after != present {
            return Ok(Err(ImportError::Conflict { expected: after, present }));
        }
        for line in lines {
            let id = match line {
                LogLine::Event(event) => event.id(),
                LogLine::Malformed(_) => None,
            };
            self.push(file, line.stream(), line.bytes(), id)?;
        }
        Ok(Ok(self.position()))
    }

    /// Puts a line behind all others.
    fn push<T: Tables>(
        &mut self,
        file: &T,
        stream: &Stream,
        line: &[u8],
        id: Option<&IdKey>,
    ) -> Result<Appended, T::Error> {
        let stream_end = self.stream_end_of(file, stream)?;
        let (position, version) = (self.position().next(), stream_end.version.next());
        let number = stream_end.number.unwrap_or_else(|| sql(self.head.streams));
        let digest = digest_of(position, stream, version, line);
        file.insert_event(number, (position, version, line, &digest))?;
        if let Some(id) = id {
            let event = Holder { position, version, line: line.to_vec() };
            self.head.ids += u64::from(file.insert_id(number, id, event)?);
        }
        self.head.head = Head { position, chain: self.head.head.chain.then(&digest) };
        if *stream == Stream::Catalog {
            self.catalog = position;
        }
        let end = StreamEnd { number: Some(number), last: position, version };
        if stream_end.number.is_none() {
            self.head.streams += 1;
            file.insert_stream(stream, end)?;
        }
        self.grown.insert(stream.clone(), end);
        Ok(Appended { position, version, is_repeat: false })
    }

    fn stream_end_of<T: Tables>(
        &mut self,
        file: &T,
        stream: &Stream,
    ) -> Result<StreamEnd, T::Error> {
        if let Some(stream_end) = self.grown.get(stream).or_else(|| self.streams.get(stream)) {
            return Ok(*stream_end);
        }
        let stream_end = file.stream_end(stream)?;
        self.streams.put(stream.clone(), stream_end);
        Ok(stream_end)
    }
}

/// What is to be done with each event, or why none of them may be appended.
fn plan<T: Tables>(
    file: &T,
    stream_end: StreamEnd,
    batch: &Batch,
) -> Result<Result<Vec<Plan>, AppendError>, T::Error> {
    let events = batch.events();
    let mut ids: HashMap<&IdKey, usize> = HashMap::new();
    let mut plans = Vec::with_capacity(events.len());
    for (place, event) in events.iter().enumerate() {
        let Some(id) = event.id() else {
            plans.push(Plan::Append);
            continue;
        };
        if let Some(stored) = stream_end.number.map_or(Ok(None), |it| file.with_id(it, id))? {
            if stored.line != event.line() {
                return Ok(Err(taken(id, stored.position)));
            }
            let (position, version) = (stored.position, stored.version);
            plans.push(Plan::Repeat(Appended { position, version, is_repeat: true }));
            continue;
        }
        match ids.insert(id, place) {
            None => plans.push(Plan::Append),
            Some(other) if events[other].line() == event.line() => {
                ids.insert(id, other);
                plans.push(Plan::AsBefore(other));
            }
            Some(_) => return Ok(Err(taken(id, Position::START))),
        }
    }
    Ok(Ok(plans))
}

/// Inside of one batch the other event has no position yet: it is told as 0.
fn taken(id: &IdKey, position: Position) -> AppendError {
    AppendError::IdTaken { id: id.name(), position }
}
