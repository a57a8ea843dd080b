//! Everything read and checked, event by event.

use std::collections::HashMap;

use crate::digest::digest_of;
use crate::event::{LogLine, StoredEvent};
use crate::integrity::Unsound;
use crate::log_end::Tables;
use crate::place::{Position, Stream, Version};
use crate::store::{Head, Verified};

/// What was seen up to an event.
#[derive(Default)]
pub(crate) struct Verifier {
    head: Head,
    versions: HashMap<Stream, Version>,
    ids: u64,
}

impl Verifier {
    /// How far it came.
    pub(crate) fn position(&self) -> Position {
        self.head.position
    }

    /// The streams that it came by.
    #[cfg(feature = "postgres")]
    pub(crate) fn streams(&self) -> impl Iterator<Item = &Stream> {
        self.versions.keys()
    }

    /// Checks the next event of the log.
    pub(crate) fn event<T>(&mut self, file: &T, event: &StoredEvent) -> Result<(), T::Error>
    where
        T: Tables<Error: From<Unsound>>,
    {
        let StoredEvent { position, stream, version, line } = event;
        let last = self.versions.entry(stream.clone()).or_default();
        if last.next() != *version {
            let problem = format!("event {} of {stream} is missing", last.next());
            return Err(Unsound(problem).into());
        }
        *last = *version;
        self.check_id(file, event)?;
        let digest = digest_of(*position, stream, *version, line);
        self.head = Head { position: *position, chain: self.head.chain.then(&digest) };
        Ok(())
    }

    /// The line belongs to its stream, and its id leads to it or to an event above it.
    fn check_id<T>(&mut self, file: &T, event: &StoredEvent) -> Result<(), T::Error>
    where
        T: Tables<Error: From<Unsound>>,
    {
        let line = LogLine::new(&event.line);
        let position = event.position;
        if *line.stream() != event.stream {
            return Err(Unsound(format!("position {position} is in a wrong stream")).into());
        }
        let LogLine::Event(new) = &line else { return Ok(()) };
        let Some(id) = new.id() else { return Ok(()) };
        let number = file.stream_end(&event.stream)?.number;
        let first = number.map_or(Ok(None), |number| file.with_id(number, id))?;
        let first = first.map(|first| first.position);
        self.ids += u64::from(first == Some(position));
        match first {
            Some(first) if first <= position => Ok(()),
            _ => Err(Unsound(format!("the id of the event at {position} is missing")).into()),
        }
    }

    /// Checks that the log and its streams end here, and that nothing else is there: so many ids
    /// and accounts.
    pub(crate) fn end<T>(self, file: &T, ids: u64, accounts: u64) -> Result<Verified, T::Error>
    where
        T: Tables<Error: From<Unsound>>,
    {
        let head = file.head()?;
        if head.head != self.head {
            return Err(Unsound::because("the chain is not that of the events").into());
        }
        if [ids, head.ids] != [self.ids; 2] {
            return Err(Unsound::because("there are ids without an event").into());
        }
        for (stream, version) in &self.versions {
            if file.stream_end(stream)?.version != *version {
                return Err(Unsound(format!("{stream} does not end at event {version}")).into());
            }
        }
        let known = self.versions.keys().filter(|it| it.account().is_some()).count() as u64;
        if [accounts, head.streams.saturating_sub(2)] != [known; 2] {
            return Err(Unsound::because("there are accounts without an event").into());
        }
        Ok(Verified { head: self.head, streams: self.versions.len() as u64 })
    }
}
