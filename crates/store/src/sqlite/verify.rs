//! Everything read and checked.

use std::collections::HashMap;

use rusqlite::Connection;

use super::rows;
use super::trouble::{Answer, Trouble};
use crate::digest::digest_of;
use crate::event::{LogLine, StoredEvent};
use crate::place::{Stream, Version};
use crate::store::{Head, Verified};

/// How many events are read at once.
const PAGE: usize = 1_000;

pub(super) fn verify(file: &Connection) -> Answer<Verified> {
    check_pages(file)?;
    let mut walk = Walk::default();
    loop {
        let page = rows::log(file, walk.head.position, PAGE)?;
        if page.is_empty() {
            break;
        }
        page.iter().try_for_each(|event| walk.event(file, event))?;
    }
    walk.end(file)
}

/// What SQLite itself has to say of its pages and indexes.
fn check_pages(file: &Connection) -> Answer<()> {
    let said: String = file.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if said == "ok" { Ok(()) } else { Err(Trouble::damaged(said)) }
}

/// What was seen up to an event.
#[derive(Default)]
struct Walk {
    head: Head,
    versions: HashMap<Stream, Version>,
    ids: u64,
}

impl Walk {
    fn event(&mut self, file: &Connection, event: &StoredEvent) -> Answer<()> {
        let StoredEvent { position, stream, version, line } = event;
        let last = self.versions.entry(stream.clone()).or_default();
        if last.next() != *version {
            return Err(Trouble::damaged(format!("event {} of {stream} is missing", last.next())));
        }
        *last = *version;
        self.check_id(file, event)?;
        let digest = digest_of(*position, stream, *version, line);
        self.head = Head { position: *position, chain: self.head.chain.then(&digest) };
        Ok(())
    }

    /// The line belongs to its stream, and its id leads to it or to an event above it.
    fn check_id(&mut self, file: &Connection, event: &StoredEvent) -> Answer<()> {
        let line = LogLine::new(&event.line);
        let position = event.position;
        if *line.stream() != event.stream {
            return Err(Trouble::damaged(format!("position {position} is in a wrong stream")));
        }
        let LogLine::Event(new) = &line else { return Ok(()) };
        let Some(id) = new.id() else { return Ok(()) };
        let number = rows::tip(file, &event.stream)?.number;
        let first = number.map_or(Ok(None), |number| rows::with_id(file, number, id))?;
        let first = first.map(|first| first.position);
        self.ids += u64::from(first == Some(position));
        match first {
            Some(first) if first <= position => Ok(()),
            _ => Err(Trouble::damaged(format!("the id of the event at {position} is missing"))),
        }
    }

    fn end(self, file: &Connection) -> Answer<Verified> {
        let count = |select| file.query_row(select, [], |row| row.get::<_, i64>(0));
        if rows::head(file)? != self.head {
            return Err(Trouble::damaged("the chain is not that of the events"));
        }
        if count("SELECT count(*) FROM ids")?.cast_unsigned() != self.ids {
            return Err(Trouble::damaged("there are ids without an event"));
        }
        for (stream, version) in &self.versions {
            if rows::tip(file, stream)?.version != *version {
                return Err(Trouble::damaged(format!("{stream} does not end at event {version}")));
            }
        }
        let accounts = self.versions.keys().filter(|it| it.account().is_some()).count() as u64;
        if count("SELECT count(*) FROM streams WHERE stream > 1")?.cast_unsigned() != accounts {
            return Err(Trouble::damaged("there are accounts without an event"));
        }
        Ok(Verified { head: self.head, streams: self.versions.len() as u64 })
    }
}
