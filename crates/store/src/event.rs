//! What is appended and what is read: lines, kept to the byte.

#[cfg(doc)]
use tallyfold_core::spec::*;

use tallyfold_core::{Event, EventId, Timestamp};
use tallyfold_log::{Malformed, parse_line, write_event};

use crate::error::{BatchError, NewEventError};
use crate::place::{Position, Stream, Version};

/// The id of an event as a store keeps it: bytes that are equal exactly where the ids are.
///
/// A plain id is its own bytes. A pair of source and id is both with a NUL between: no name holds
/// one, so neither can be taken for the other.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IdKey(Vec<u8>);

impl IdKey {
    /// The key of an id.
    #[must_use]
    pub fn of(id: &EventId<'_>) -> IdKey {
        match id {
            EventId::Plain(id) => IdKey(id.as_bytes().to_vec()),
            EventId::Sourced { source, id } => {
                IdKey([source.as_bytes(), b"\0", id.as_bytes()].concat())
            }
        }
    }

    /// The bytes to keep.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The id without its source, for people.
    #[must_use]
    pub fn name(&self) -> String {
        let name = self.0.rsplit(|byte| *byte == 0).next().unwrap_or_default();
        String::from_utf8_lossy(name).into_owned()
    }
}

/// An event that may be appended: a line that is well-formed.
///
/// ```
/// use tallyfold_store::NewEvent;
///
/// let line = r#"{"type":"SessionClosed","at":"2026-01-05T09:00:00Z","account":"acme","session":"s1"}"#;
/// let event = NewEvent::from_line(line)?;
/// assert_eq!(event.line(), line.as_bytes());
/// assert_eq!(event.stream().account(), Some("acme"));
/// assert!(NewEvent::from_line("{}").is_err());
/// # Ok::<(), tallyfold_store::NewEventError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEvent {
    stream: Stream,
    at: Timestamp,
    id: Option<IdKey>,
    line: Vec<u8>,
}

impl NewEvent {
    /// Takes a line of a log, without its terminator. It is stored exactly as it is.
    ///
    /// # Errors
    ///
    /// [`NewEventError`] where the line is malformed, or holds a line break and so would be two
    /// lines in an export.
    pub fn from_line(line: impl Into<Vec<u8>>) -> Result<NewEvent, NewEventError> {
        let line = line.into();
        if line.contains(&b'\n') {
            return Err(NewEventError::LineBreak);
        }
        let event = parse_line(&line)?;
        let (stream, at) = (Stream::of(&event), event.at());
        let id = event.id().map(IdKey::of);
        Ok(NewEvent { stream, at, id, line })
    }

    /// Writes an event as a line.
    ///
    /// # Errors
    ///
    /// [`NewEventError::Malformed`] where the line would be longer than a line may be.
    pub fn from_event(event: &Event<'_>) -> Result<NewEvent, NewEventError> {
        let mut line = Vec::new();
        write_event(&mut line, event).map_err(|_| NewEventError::LineBreak)?;
        line.pop();
        NewEvent::from_line(line)
    }

    /// The stream to which it belongs.
    #[must_use]
    pub fn stream(&self) -> &Stream {
        &self.stream
    }

    /// The instant at which it takes effect ([T1]).
    #[must_use]
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// The key of its id, where it has one.
    #[must_use]
    pub fn id(&self) -> Option<&IdKey> {
        self.id.as_ref()
    }

    /// The bytes that are stored.
    #[must_use]
    pub fn line(&self) -> &[u8] {
        &self.line
    }
}

impl TryFrom<&Event<'_>> for NewEvent {
    type Error = NewEventError;

    /// Writes an event as a line, as [`NewEvent::from_event`] does.
    fn try_from(event: &Event<'_>) -> Result<NewEvent, NewEventError> {
        NewEvent::from_event(event)
    }
}

impl TryFrom<Event<'_>> for NewEvent {
    type Error = NewEventError;

    /// Writes an event as a line, as [`NewEvent::from_event`] does.
    fn try_from(event: Event<'_>) -> Result<NewEvent, NewEventError> {
        NewEvent::from_event(&event)
    }
}

/// Events of one stream that are appended together or not at all; at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch(Vec<NewEvent>);

impl Batch {
    /// Takes events of one stream, in order.
    ///
    /// # Errors
    ///
    /// [`BatchError`] where there is none, or they belong to several streams.
    pub fn new(events: Vec<NewEvent>) -> Result<Batch, BatchError> {
        let first = events.first().ok_or(BatchError::Empty)?;
        match events.iter().find(|event| event.stream != first.stream) {
            Some(other) => Err(BatchError::Mixed(first.stream.clone(), other.stream.clone())),
            None => Ok(Batch(events)),
        }
    }

    /// The stream to which all of them belong.
    #[must_use]
    pub fn stream(&self) -> &Stream {
        &self.0[0].stream
    }

    /// The events in order.
    #[must_use]
    pub fn events(&self) -> &[NewEvent] {
        &self.0
    }
}

impl From<NewEvent> for Batch {
    fn from(event: NewEvent) -> Batch {
        Batch(vec![event])
    }
}

/// A line of a log that is imported: also one that is not an event, because a log is evidence.
///
/// Exhaustive: a line is an event or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogLine {
    /// A line that is an event.
    Event(NewEvent),
    /// A line that is none.
    Malformed(Vec<u8>),
}

impl LogLine {
    /// Takes a line without its terminator.
    #[must_use]
    pub fn new(line: &[u8]) -> LogLine {
        match NewEvent::from_line(line) {
            Ok(event) => LogLine::Event(event),
            Err(_) => LogLine::Malformed(line.to_vec()),
        }
    }

    /// The bytes that are stored.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        match self {
            LogLine::Event(event) => event.line(),
            LogLine::Malformed(line) => line,
        }
    }

    /// The stream to which the line belongs.
    #[must_use]
    pub fn stream(&self) -> &Stream {
        match self {
            LogLine::Event(event) => event.stream(),
            LogLine::Malformed(_) => &Stream::Malformed,
        }
    }
}

/// An event as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEvent {
    /// Where it stands in the whole log.
    pub position: Position,
    /// The stream to which it belongs.
    pub stream: Stream,
    /// Which event of its stream it is.
    pub version: Version,
    /// The line, to the byte, without a terminator.
    pub line: Vec<u8>,
}

impl StoredEvent {
    /// What the line says.
    ///
    /// # Errors
    ///
    /// [`Malformed`] for a line of the stream [`Stream::Malformed`].
    pub fn event(&self) -> Result<Event<'_>, Malformed> {
        parse_line(&self.line)
    }
}
