//! Rows, read and checked: what comes out of here is what was stored.

use rusqlite::{Connection, OptionalExtension, Params, Row, named_params};

use super::error::{Answer, FileError};
use super::{ids, names};
use crate::digest::{Chain, Digest};
use crate::event::{IdKey, StoredEvent};
use crate::integrity::{EventRow, HeadRow, NO_STREAM, StreamEnd, check_page, page, reached, sql};
use crate::log_end::{Holder, Tables};
use crate::place::{Position, Stream, Version};
use crate::row_digest::digest_of_head;
use crate::store::Head;

/// What is selected of an event.
macro_rules! select_event {
    ($rest:literal) => {
        concat!(
            "SELECT position, events.stream, account, number, line, events.digest \
             FROM events LEFT JOIN streams USING (stream) ",
            $rest
        )
    };
}

pub(super) fn number(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    row.get::<_, i64>(column).map(i64::cast_unsigned)
}

fn event(row: &Row<'_>) -> Answer<StoredEvent> {
    let digest = row.get_ref(5)?.as_blob().map_err(rusqlite::Error::from)?;
    let row = EventRow {
        position: row.get(0)?,
        stream: row.get(1)?,
        account: row.get(2)?,
        number: row.get(3)?,
        line: row.get(4)?,
        digest,
    };
    Ok(row.event()?)
}

fn events(file: &Connection, select: &str, params: impl Params) -> Answer<Vec<StoredEvent>> {
    let mut select = file.prepare_cached(select)?;
    let mut rows = select.query(params)?;
    let mut events = Vec::new();
    while let Some(row) = rows.next()? {
        events.push(event(row)?);
    }
    Ok(events)
}

/// The events behind a position. Their positions have no gap, or the file is damaged.
pub(super) fn log(file: &Connection, after: Position, limit: usize) -> Answer<Vec<StoredEvent>> {
    const SELECT: &str = select_event!("WHERE position > :after ORDER BY position LIMIT :limit");
    let params = named_params! { ":after": sql(after.get()), ":limit": page(limit) };
    let events = events(file, SELECT, params)?;
    check_page(after, &events, limit, head(file)?.head.position)?;
    Ok(events)
}

/// The event at a position; none at the start.
pub(super) fn at(file: &Connection, position: Position) -> Answer<Option<StoredEvent>> {
    let found = events(file, select_event!("WHERE position = ?"), [sql(position.get())])?.pop();
    match found {
        None if position != Position::START => {
            Err(FileError::damaged(format!("the event at position {position} is missing")))
        }
        found => Ok(found),
    }
}

/// The events of one stream behind a position.
pub(super) fn of_stream(
    file: &Connection,
    stream: &Stream,
    after: Position,
    limit: usize,
) -> Answer<Vec<StoredEvent>> {
    const SELECT: &str = select_event!(
        "WHERE events.stream = :stream AND position > :after ORDER BY position LIMIT :limit"
    );
    let stream_end = names::stream_end(file, stream)?;
    let number = stream_end.number.unwrap_or(NO_STREAM);
    let params =
        named_params! { ":stream": number, ":after": sql(after.get()), ":limit": page(limit) };
    let events = events(file, SELECT, params)?;
    let through = reached(&events, limit, stream_end.last);
    check_stream(file, (stream, stream_end), &events, after, through)?;
    Ok(events)
}

/// The events of an account and of the catalog behind a position and up to another.
pub(super) fn of_account(
    file: &Connection,
    account: &Stream,
    after: Position,
    through: Position,
    limit: usize,
) -> Answer<Vec<StoredEvent>> {
    const SELECT: &str = concat!(
        select_event!("WHERE events.stream = 0 AND position > :after AND position <= :through"),
        " UNION ALL ",
        select_event!(
            "WHERE events.stream = :stream AND position > :after AND position <= :through"
        ),
        " ORDER BY position LIMIT :limit"
    );
    let stream_ends = [account, &Stream::Catalog]
        .map(|it| names::stream_end(file, it).map(|stream_end| (it, stream_end)));
    let [account, catalog] = stream_ends;
    let (account, catalog) = (account?, catalog?);
    let params = named_params! {
        ":stream": account.1.number.unwrap_or(NO_STREAM),
        ":after": sql(after.get()),
        ":through": sql(through.get()),
        ":limit": page(limit),
    };
    let events = events(file, SELECT, params)?;
    let through = reached(&events, limit, through);
    for stream in [account, catalog] {
        check_stream(file, stream, &events, after, through)?;
    }
    Ok(events)
}

/// Whether what was read holds all events of a stream behind a position and up to another. The
/// events before and after tell what is between them.
fn check_stream(
    file: &Connection,
    (stream, stream_end): (&Stream, StreamEnd),
    read: &[StoredEvent],
    after: Position,
    through: Position,
) -> Answer<()> {
    let number = stream_end.number.unwrap_or(NO_STREAM);
    let up_to = |position: Position| {
        if position >= stream_end.last {
            Ok(stream_end.version)
        } else {
            version_at(file, number, position)
        }
    };
    Ok(StreamEnd::check(stream, read, up_to(after)?, up_to(through)?)?)
}

/// How many events a stream has up to a position, which is before its last: one less than the
/// number of the next, which follows the one before.
fn version_at(file: &Connection, stream: i64, position: Position) -> Answer<Version> {
    let neighbour = |select| -> Answer<Option<u64>> {
        let mut select = file.prepare_cached(select)?;
        let found = select.query_row((stream, sql(position.get())), |row| number(row, 0));
        Ok(found.optional()?)
    };
    let before = neighbour(
        "SELECT number FROM events WHERE stream = ? AND position <= ? \
         ORDER BY position DESC LIMIT 1",
    )?;
    let next = neighbour(
        "SELECT number FROM events WHERE stream = ? AND position > ? ORDER BY position LIMIT 1",
    )?;
    let before = before.unwrap_or(0);
    if next == Some(before + 1) {
        return Ok(Version::new(before));
    }
    Err(FileError::damaged(format!("an event of a stream is missing near position {position}")))
}

/// The event of a stream that has this id.
pub(super) fn with_id(file: &Connection, stream: i64, id: &IdKey) -> Answer<Option<StoredEvent>> {
    match ids::find(file, stream, id)? {
        Some(position) => at(file, position),
        None => Ok(None),
    }
}

/// The end of the log. The last event is at its position, or the file is damaged.
pub(super) fn head(file: &Connection) -> Answer<HeadRow> {
    let mut select = file.prepare_cached("SELECT max(position) FROM events")?;
    let last = select.query_row([], |row| row.get(0))?;
    Ok(written_head(file)?.ends_at(last)?)
}

/// The end of the log as it was written down, wherever the last event is.
pub(super) fn written_head(file: &Connection) -> Answer<HeadRow> {
    let mut select =
        file.prepare_cached("SELECT position, chain, streams, ids, stamped, digest FROM head")?;
    let head = select.query_row([], |row| {
        let head = Head { position: Position::new(number(row, 0)?), chain: Chain(row.get(1)?) };
        let (streams, ids) = (number(row, 2)?, number(row, 3)?);
        let head = HeadRow { head, streams, ids, stamped: Position::new(number(row, 4)?) };
        Ok((head, row.get::<_, Digest>(5)?))
    });
    let head = head.optional()?.ok_or_else(|| FileError::damaged("the head is missing"))?;
    let (head, digest) = head;
    Ok(head.written(&digest)?)
}

pub(super) fn set_head(file: &Connection, row: &HeadRow) -> Answer<()> {
    let mut replace = file.prepare_cached("REPLACE INTO head VALUES (1, ?, ?, ?, ?, ?, ?)")?;
    let HeadRow { head: Head { position, chain }, streams, ids, stamped } = row;
    let (position, stamped) = (sql(position.get()), sql(stamped.get()));
    let digest = digest_of_head(row);
    replace.execute((position, chain.0, sql(*streams), sql(*ids), stamped, digest))?;
    Ok(())
}

impl Tables for Connection {
    type Error = FileError;

    fn head(&self) -> Answer<HeadRow> {
        head(self)
    }

    fn stream_end(&self, stream: &Stream) -> Answer<StreamEnd> {
        names::stream_end(self, stream)
    }

    fn with_id(&self, stream: i64, id: &IdKey) -> Answer<Option<Holder>> {
        Ok(with_id(self, stream, id)?.map(Holder::from))
    }

    fn insert_event(
        &self,
        stream: i64,
        (position, version, line, digest): (Position, Version, &[u8], &Digest),
    ) -> Answer<()> {
        let mut insert = self.prepare_cached("INSERT INTO events VALUES (?, ?, ?, ?, ?)")?;
        insert.execute((sql(position.get()), stream, sql(version.get()), line, digest))?;
        Ok(())
    }

    fn insert_id(&self, stream: i64, id: &IdKey, event: Holder) -> Answer<bool> {
        ids::insert(self, stream, id, event.position)
    }

    fn insert_stream(&self, stream: &Stream, stream_end: StreamEnd) -> Answer<()> {
        names::insert(self, stream, stream_end)
    }

    fn set_stream_end(&self, stream: &Stream, stream_end: StreamEnd) -> Answer<()> {
        names::update(self, stream, stream_end)
    }

    fn set_head(&self, head: &HeadRow) -> Answer<()> {
        set_head(self, head)
    }
}
