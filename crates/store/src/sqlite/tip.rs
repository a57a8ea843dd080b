//! The end of the log as the writer sees it, and how it grows inside of a transaction.

use std::collections::HashMap;
use std::num::NonZeroUsize;

use lru::LruCache;
use rusqlite::Connection;

use super::rows::{self, StreamTip};
use super::trouble::Answer;
use crate::digest::digest_of;
use crate::error::{AppendError, ImportError};
use crate::event::{Batch, IdKey, LogLine};
use crate::place::{Position, Stream};
use crate::store::{Appended, Expected, Head, Receipt};

/// How many streams the writer remembers.
const REMEMBERED: NonZeroUsize = NonZeroUsize::MIN.saturating_add(16_383);

/// What the writer knows without reading. It is thrown away when a transaction fails, and when
/// another process wrote.
pub(super) struct Tip {
    head: Head,
    catalog: Position,
    streams: LruCache<Stream, StreamTip>,
    /// Those that have grown since the end was written down.
    grown: HashMap<Stream, StreamTip>,
}

/// What is to be done with an event of a batch.
enum Plan {
    Repeat(Appended),
    /// As the earlier event of the batch that has the same id.
    AsBefore(usize),
    Append,
}

impl Tip {
    pub(super) fn read(file: &Connection) -> Answer<Tip> {
        Ok(Tip {
            head: rows::head(file)?,
            catalog: rows::tip(file, &Stream::Catalog)?.last,
            streams: LruCache::new(REMEMBERED),
            grown: HashMap::new(),
        })
    }

    pub(super) fn position(&self) -> Position {
        self.head.position
    }

    /// Writes down where the log and its streams end now.
    pub(super) fn write(&mut self, file: &Connection) -> Answer<()> {
        for (stream, tip) in self.grown.drain() {
            rows::set_tip(file, &stream, tip)?;
            self.streams.put(stream, tip);
        }
        rows::set_head(file, self.head)
    }

    /// Appends a batch. Unless it is refused; then nothing was written.
    pub(super) fn append(
        &mut self,
        file: &Connection,
        batch: &Batch,
        expected: Expected,
    ) -> Answer<Result<Receipt, AppendError>> {
        let tip = self.tip_of(file, batch.stream())?;
        let plan = match plan(file, tip, batch)? {
            Ok(plan) => plan,
            Err(refused) => return Ok(Err(refused)),
        };
        let any_new = plan.iter().any(|plan| matches!(plan, Plan::Append));
        if let Expected::Version(expected) = expected
            && any_new
            && expected != tip.version
        {
            return Ok(Err(AppendError::Conflict { expected, present: tip.version }));
        }
        let mut events: Vec<Appended> = Vec::with_capacity(plan.len());
        for (event, plan) in batch.events().iter().zip(plan) {
            events.push(match plan {
                Plan::Repeat(appended) => appended,
                Plan::AsBefore(other) => Appended { is_repeat: true, ..events[other] },
                Plan::Append => self.push(file, batch.stream(), event.line(), event.id())?,
            });
        }
        Ok(Ok(Receipt { events, catalog: self.catalog }))
    }

    /// Appends lines as they are, directly behind a position.
    pub(super) fn import(
        &mut self,
        file: &Connection,
        after: Position,
        lines: &[LogLine],
    ) -> Answer<Result<Position, ImportError>> {
        let present = self.head.position;
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
        Ok(Ok(self.head.position))
    }

    /// Puts a line behind all others.
    fn push(
        &mut self,
        file: &Connection,
        stream: &Stream,
        line: &[u8],
        id: Option<&IdKey>,
    ) -> Answer<Appended> {
        let tip = self.tip_of(file, stream)?;
        let (position, version) = (self.head.position.next(), tip.version.next());
        let number = match tip.number {
            Some(number) => number,
            None => rows::next_number(file)?,
        };
        let digest = digest_of(position, stream, version, line);
        rows::insert_event(file, number, (position, version, line, &digest))?;
        if let Some(id) = id {
            rows::insert_id(file, number, id, position)?;
        }
        self.head = Head { position, chain: self.head.chain.then(&digest) };
        if *stream == Stream::Catalog {
            self.catalog = position;
        }
        let is_new = tip.number.is_none();
        let tip = StreamTip { number: Some(number), last: position, version };
        if is_new {
            rows::set_tip(file, stream, tip)?;
        }
        self.grown.insert(stream.clone(), tip);
        Ok(Appended { position, version, is_repeat: false })
    }

    fn tip_of(&mut self, file: &Connection, stream: &Stream) -> Answer<StreamTip> {
        if let Some(tip) = self.grown.get(stream).or_else(|| self.streams.get(stream)) {
            return Ok(*tip);
        }
        let tip = rows::tip(file, stream)?;
        self.streams.put(stream.clone(), tip);
        Ok(tip)
    }
}

/// What is to be done with each event, or why none of them may be appended.
fn plan(
    file: &Connection,
    tip: StreamTip,
    batch: &Batch,
) -> Answer<Result<Vec<Plan>, AppendError>> {
    let events = batch.events();
    let mut ids: HashMap<&IdKey, usize> = HashMap::new();
    let mut plans = Vec::with_capacity(events.len());
    for (place, event) in events.iter().enumerate() {
        let Some(id) = event.id() else {
            plans.push(Plan::Append);
            continue;
        };
        if let Some(stored) = tip.number.map_or(Ok(None), |it| rows::with_id(file, it, id))? {
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
