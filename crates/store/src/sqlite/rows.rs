//! Rows, read and checked: what comes out of here is what was stored.

use rusqlite::{Connection, OptionalExtension, Params, Row, named_params};

use super::trouble::{Answer, Trouble};
use crate::digest::Digest;
use crate::event::{IdKey, StoredEvent};
use crate::place::{Position, Stream, Version};
use crate::sound::{
    self, CATALOG, EventRow, MALFORMED, NO_STREAM, StreamTip, Unsound, check_page, digest_of_head,
    digest_of_snapshot, page, sql,
};
use crate::store::{Head, SnapshotBytes};
use crate::tip::{Holder, Tables};

/// What is selected of an event.
macro_rules! select_event {
    ($rest:literal) => {
        concat!(
            "SELECT position, events.stream, account, number, line, digest \
             FROM events LEFT JOIN streams USING (stream) ",
            $rest
        )
    };
}

fn number(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
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
    check_page(after, &events, limit, head(file)?.position)?;
    Ok(events)
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
    let tip = tip(file, stream)?;
    let number = tip.number.unwrap_or(NO_STREAM);
    let params =
        named_params! { ":stream": number, ":after": sql(after.get()), ":limit": page(limit) };
    let events = events(file, SELECT, params)?;
    let is_all = events.len() < limit;
    tip.check(stream, &events, is_all && tip.last > after)?;
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
    let tips = [(account, tip(file, account)?), (&Stream::Catalog, tip(file, &Stream::Catalog)?)];
    let number = tips[0].1.number.unwrap_or(NO_STREAM);
    let params = named_params! {
        ":stream": number,
        ":after": sql(after.get()),
        ":through": sql(through.get()),
        ":limit": page(limit),
    };
    let events = events(file, SELECT, params)?;
    let is_all = events.len() < limit;
    for (stream, tip) in tips {
        tip.check(stream, &events, is_all && tip.last > after && tip.last <= through)?;
    }
    Ok(events)
}

/// The end of a stream.
pub(super) fn tip(file: &Connection, stream: &Stream) -> Answer<StreamTip> {
    let by_number = "SELECT stream, last, version FROM streams WHERE stream = ?";
    let by_name = "SELECT stream, last, version FROM streams WHERE account = ?";
    let tip = |row: &Row<'_>| {
        let (last, version) = (Position::new(number(row, 1)?), Version::new(number(row, 2)?));
        Ok(StreamTip { number: Some(row.get(0)?), last, version })
    };
    let found = match stream {
        Stream::Catalog => file.prepare_cached(by_number)?.query_row([CATALOG], tip),
        Stream::Malformed => file.prepare_cached(by_number)?.query_row([MALFORMED], tip),
        Stream::Account(name) => file.prepare_cached(by_name)?.query_row([name.as_str()], tip),
    };
    Ok(StreamTip::found(found.optional()?, stream)?)
}

/// The event of a stream that has this id.
pub(super) fn with_id(file: &Connection, stream: i64, id: &IdKey) -> Answer<Option<StoredEvent>> {
    let mut select = file.prepare_cached("SELECT position FROM ids WHERE stream = ? AND id = ?")?;
    let position = select.query_row((stream, id.as_bytes()), |row| row.get::<_, i64>(0));
    let Some(position) = position.optional()? else {
        return Ok(None);
    };
    let found = events(file, select_event!("WHERE position = ?"), [position])?.pop();
    match found {
        Some(event) => Ok(Some(event)),
        None => {
            let id = id.name();
            Err(Unsound(format!("the event `{id}` at position {position} is missing")).into())
        }
    }
}

/// The end of the log. The last event is at its position, or the file is damaged.
pub(super) fn head(file: &Connection) -> Answer<Head> {
    let mut select = file.prepare_cached(
        "SELECT position, chain, digest, (SELECT max(position) FROM events) FROM head",
    )?;
    let head = select.query_row([], |row| {
        Ok(((row.get(0)?, row.get(1)?, row.get(2)?), row.get::<_, Option<i64>>(3)?))
    });
    match head.optional()? {
        None => match last_position(file)? {
            Position::START => Ok(Head::default()),
            _ => Err(Trouble::damaged("the head is missing")),
        },
        Some((head, last)) => Ok(sound::head(head, last)?),
    }
}

/// The last position that there is.
pub(super) fn last_position(file: &Connection) -> Answer<Position> {
    let mut select = file.prepare_cached("SELECT coalesce(max(position), 0) FROM events")?;
    Ok(Position::new(select.query_row([], |row| number(row, 0))?))
}

pub(super) fn accounts(file: &Connection, after: &str, limit: usize) -> Answer<Vec<Stream>> {
    let mut select = file
        .prepare_cached("SELECT account FROM streams WHERE account > ? ORDER BY account LIMIT ?")?;
    let names = select.query_map((after, page(limit)), |row| row.get::<_, String>(0))?;
    names.map(|name| Ok(sound::account_stream(name?)?)).collect()
}

pub(super) fn checkpoint(file: &Connection, consumer: &str) -> Answer<Position> {
    let mut select = file.prepare_cached("SELECT position FROM checkpoints WHERE consumer = ?")?;
    let position = select.query_row([consumer], |row| number(row, 0)).optional()?;
    Ok(position.map_or(Position::START, Position::new))
}

pub(super) fn move_checkpoint(file: &Connection, consumer: &str, to: Position) -> Answer<()> {
    let mut replace = file.prepare_cached("REPLACE INTO checkpoints VALUES (?, ?)")?;
    replace.execute((consumer, sql(to.get())))?;
    Ok(())
}

/// The snapshot of an account, unless it is damaged: then there is none.
pub(super) fn snapshot(file: &Connection, account: &Stream) -> Answer<Option<SnapshotBytes>> {
    let Some(stream) = tip(file, account)?.number else {
        return Ok(None);
    };
    let mut select = file.prepare_cached(
        "SELECT stamp, position, version, body, digest FROM snapshots WHERE stream = ?",
    )?;
    let found = select.query_row([stream], |row| {
        let snapshot = SnapshotBytes {
            stamp: row.get(0)?,
            position: Position::new(number(row, 1)?),
            version: Version::new(number(row, 2)?),
            body: row.get(3)?,
        };
        Ok((snapshot, row.get::<_, Digest>(4)?))
    });
    let sound = found.optional()?.filter(|(it, digest)| digest_of_snapshot(it) == *digest);
    Ok(sound.map(|(snapshot, _)| snapshot))
}

pub(super) fn keep_snapshot(
    file: &Connection,
    account: &Stream,
    snapshot: &SnapshotBytes,
) -> Answer<()> {
    let Some(stream) = tip(file, account)?.number else {
        return Ok(());
    };
    let mut replace = file.prepare_cached("REPLACE INTO snapshots VALUES (?, ?, ?, ?, ?, ?)")?;
    replace.execute((
        stream,
        &snapshot.stamp,
        sql(snapshot.position.get()),
        sql(snapshot.version.get()),
        &snapshot.body,
        digest_of_snapshot(snapshot),
    ))?;
    Ok(())
}

impl Tables for Connection {
    type Trouble = Trouble;

    fn head(&self) -> Answer<Head> {
        head(self)
    }

    fn tip(&self, stream: &Stream) -> Answer<StreamTip> {
        tip(self, stream)
    }

    fn with_id(&self, stream: i64, id: &IdKey) -> Answer<Option<Holder>> {
        Ok(with_id(self, stream, id)?.map(Holder::from))
    }

    fn next_number(&self) -> Answer<i64> {
        let mut select = self.prepare_cached("SELECT max(stream) + 1 FROM streams")?;
        Ok(select.query_row([], |row| row.get(0))?)
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

    fn insert_id(&self, stream: i64, id: &IdKey, event: Holder) -> Answer<()> {
        let mut insert = self.prepare_cached("INSERT OR IGNORE INTO ids VALUES (?, ?, ?)")?;
        insert.execute((stream, id.as_bytes(), sql(event.position.get())))?;
        Ok(())
    }

    fn set_tip(&self, stream: &Stream, tip: StreamTip) -> Answer<()> {
        let (last, version) = (sql(tip.last.get()), sql(tip.version.get()));
        let mut replace = self.prepare_cached("REPLACE INTO streams VALUES (?, ?, ?, ?)")?;
        replace.execute((tip.number, stream.account(), last, version))?;
        Ok(())
    }

    fn set_head(&self, head: Head) -> Answer<()> {
        let mut replace = self.prepare_cached("REPLACE INTO head VALUES (1, ?, ?, ?)")?;
        replace.execute((sql(head.position.get()), head.chain.0, digest_of_head(head)))?;
        Ok(())
    }
}
