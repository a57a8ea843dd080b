//! Rows, read and checked: what comes out of here is what was stored.

use deadpool_postgres::{GenericClient, Transaction};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::trouble::{Answer, Trouble};
use crate::digest::{Chain, Digest};
use crate::event::{IdKey, StoredEvent};
use crate::place::{Position, Stream, Version};
use crate::row_digest::{
    digest_of_checkpoint, digest_of_head, digest_of_id, digest_of_snapshot, digest_of_stream,
    key_of_id,
};
use crate::sound::{
    CATALOG, EventRow, HeadRow, MALFORMED, NO_STREAM, StreamTip, Unsound, account_stream,
    check_page, page, parts_from_bytes, parts_to_bytes, sql,
};
use crate::store::{Head, SnapshotBytes, SnapshotPart};

/// What is selected of an event.
macro_rules! select_event {
    ($rest:literal) => {
        concat!(
            "SELECT position, e.stream, account, number, line, e.digest \
             FROM tallyfold.events e LEFT JOIN tallyfold.streams s ON s.stream = e.stream ",
            $rest
        )
    };
}

/// What goes in the places of a statement.
type Params<'a> = &'a [&'a (dyn ToSql + Sync)];

/// Rows of a query, which is prepared once for each connection.
pub(super) async fn query(
    view: &impl GenericClient,
    select: &str,
    params: Params<'_>,
) -> Answer<Vec<Row>> {
    let statement = view.prepare_cached(select).await?;
    Ok(view.query(&statement, params).await?)
}

async fn query_opt(
    view: &impl GenericClient,
    select: &str,
    params: Params<'_>,
) -> Answer<Option<Row>> {
    let statement = view.prepare_cached(select).await?;
    Ok(view.query_opt(&statement, params).await?)
}

async fn query_one(view: &impl GenericClient, select: &str, params: Params<'_>) -> Answer<Row> {
    let statement = view.prepare_cached(select).await?;
    Ok(view.query_one(&statement, params).await?)
}

/// Does a statement, which is prepared once for each connection.
pub(super) async fn execute(
    change: &impl GenericClient,
    statement: &str,
    params: Params<'_>,
) -> Answer<()> {
    let statement = change.prepare_cached(statement).await?;
    change.execute(&statement, params).await?;
    Ok(())
}

/// An event, checked against its digest; its columns begin somewhere in the row.
pub(super) fn event(row: &Row, first: usize) -> Answer<StoredEvent> {
    let row = EventRow {
        position: row.try_get(first)?,
        stream: row.try_get(first + 1)?,
        account: row.try_get(first + 2)?,
        number: row.try_get(first + 3)?,
        line: row.try_get(first + 4)?,
        digest: row.try_get(first + 5)?,
    };
    Ok(row.event()?)
}

async fn events(
    view: &Transaction<'_>,
    select: &str,
    params: Params<'_>,
) -> Answer<Vec<StoredEvent>> {
    let rows = query(view, select, params).await?;
    rows.iter().map(|row| event(row, 0)).collect()
}

fn position(row: &Row, column: usize) -> Answer<Position> {
    Ok(Position::new(row.try_get::<_, i64>(column)?.cast_unsigned()))
}

/// A digest, or any other 32 bytes.
pub(super) fn digest(row: &Row, column: usize) -> Answer<Digest> {
    let bytes: &[u8] = row.try_get(column)?;
    bytes.try_into().map_err(|_| Trouble::Damaged("a digest is not 32 bytes long".to_owned()))
}

/// The events behind a position. Their positions have no gap, or the database is damaged.
pub(super) async fn log(
    view: &Transaction<'_>,
    after: Position,
    limit: usize,
) -> Answer<Vec<StoredEvent>> {
    const SELECT: &str = select_event!("WHERE position > $1 ORDER BY position LIMIT $2");
    let events = events(view, SELECT, &[&sql(after.get()), &page(limit)]).await?;
    check_page(after, &events, limit, head(view).await?.head.position)?;
    Ok(events)
}

/// The events of one stream behind a position.
pub(super) async fn of_stream(
    view: &Transaction<'_>,
    stream: &Stream,
    after: Position,
    limit: usize,
) -> Answer<Vec<StoredEvent>> {
    const SELECT: &str =
        select_event!("WHERE e.stream = $1 AND position > $2 ORDER BY position LIMIT $3");
    let tip = tip(view, stream).await?;
    let number = tip.number.unwrap_or(NO_STREAM);
    let events = events(view, SELECT, &[&number, &sql(after.get()), &page(limit)]).await?;
    let through = (events.len() < limit).then_some(tip.last);
    check_stream(view, (stream, tip), &events, after, through).await?;
    Ok(events)
}

/// The events of an account and of the catalog behind a position and up to another.
pub(super) async fn of_account(
    view: &Transaction<'_>,
    account: &Stream,
    (after, through): (Position, Position),
    limit: usize,
) -> Answer<Vec<StoredEvent>> {
    const SELECT: &str = select_event!(
        "WHERE e.stream IN (0, $1) AND position > $2 AND position <= $3 ORDER BY position LIMIT $4"
    );
    let catalog = &Stream::Catalog;
    let tips = [(account, tip(view, account).await?), (catalog, tip(view, catalog).await?)];
    let number = tips[0].1.number.unwrap_or(NO_STREAM);
    let params: [&(dyn ToSql + Sync); 4] =
        [&number, &sql(after.get()), &sql(through.get()), &page(limit)];
    let events = events(view, SELECT, &params).await?;
    let through = (events.len() < limit).then_some(through);
    for stream in tips {
        check_stream(view, stream, &events, after, through).await?;
    }
    Ok(events)
}

/// Whether what was read holds all events of a stream behind a position, and up to another where
/// that was reached. The events before and after tell what is between them.
async fn check_stream(
    view: &Transaction<'_>,
    (stream, tip): (&Stream, StreamTip),
    read: &[StoredEvent],
    after: Position,
    through: Option<Position>,
) -> Answer<()> {
    let before = version_at(view, tip, after).await?;
    let end = match through {
        Some(through) => Some(version_at(view, tip, through).await?),
        None => None,
    };
    Ok(StreamTip::check(stream, read, before, end)?)
}

/// How many events a stream has up to a position.
async fn version_at(view: &Transaction<'_>, tip: StreamTip, position: Position) -> Answer<Version> {
    if position >= tip.last {
        return Ok(tip.version);
    }
    let select = "SELECT number FROM tallyfold.events WHERE stream = $1 AND position <= $2 \
                  ORDER BY position DESC LIMIT 1";
    let number = tip.number.unwrap_or(NO_STREAM);
    let row = query_opt(view, select, &[&number, &sql(position.get())]).await?;
    let version = row.map(|row| row.try_get::<_, i64>(0)).transpose()?;
    Ok(Version::new(version.unwrap_or_default().cast_unsigned()))
}

/// The end of a stream as it stands in a row: number, last position, version, digest.
pub(super) fn stream_tip(stream: &Stream, row: &Row) -> Answer<StreamTip> {
    let version = Version::new(row.try_get::<_, i64>(2)?.cast_unsigned());
    let tip = StreamTip { number: Some(row.try_get(0)?), last: position(row, 1)?, version };
    if row.try_get::<_, &[u8]>(3)? == digest_of_stream(stream, tip) {
        return Ok(tip);
    }
    Err(Unsound(format!("what is known of {stream} was changed")).into())
}

/// The end of a stream.
pub(super) async fn tip(view: &Transaction<'_>, stream: &Stream) -> Answer<StreamTip> {
    let by_number = "SELECT stream, last, version, digest FROM tallyfold.streams WHERE stream = $1";
    let by_name = "SELECT stream, last, version, digest FROM tallyfold.streams WHERE account = $1";
    let row = match stream {
        Stream::Catalog => query_opt(view, by_number, &[&CATALOG]).await?,
        Stream::Malformed => query_opt(view, by_number, &[&MALFORMED]).await?,
        Stream::Account(name) => query_opt(view, by_name, &[&name.as_str()]).await?,
    };
    let tip = row.map(|row| stream_tip(stream, &row)).transpose()?;
    Ok(StreamTip::found(tip, stream)?)
}

/// The event of a stream that has this id.
pub(super) async fn with_id(
    view: &Transaction<'_>,
    stream: i64,
    id: &IdKey,
) -> Answer<Option<StoredEvent>> {
    let select = "SELECT position, digest FROM tallyfold.ids WHERE stream = $1 AND id = $2";
    let key = key_of_id(id);
    let Some(row) = query_opt(view, select, &[&stream, &&*key]).await? else {
        return Ok(None);
    };
    let position = position(&row, 0)?;
    check_id((stream, &key), position, row.try_get(1)?)?;
    at(view, position).await
}

/// Whether the row of an id is as it was written.
pub(super) fn check_id(key: (i64, &[u8]), position: Position, digest: &[u8]) -> Answer<()> {
    if digest == digest_of_id(key, position, None) {
        return Ok(());
    }
    Err(Unsound(format!("the id of the event at {position} was changed")).into())
}

/// The event at a position; none at the start.
pub(super) async fn at(view: &Transaction<'_>, position: Position) -> Answer<Option<StoredEvent>> {
    let select = select_event!("WHERE position = $1");
    match events(view, select, &[&sql(position.get())]).await?.pop() {
        None if position != Position::START => Err(missing(position)),
        found => Ok(found),
    }
}

/// An event that something leads to is not there.
pub(super) fn missing(position: Position) -> Trouble {
    Unsound(format!("the event at position {position} is missing")).into()
}

/// The end of the log. The last event is at its position, or the database is damaged.
pub(super) async fn head(view: &impl GenericClient) -> Answer<HeadRow> {
    let select = "SELECT position, chain, streams, ids, stamped, digest, \
                  (SELECT max(position) FROM tallyfold.events) FROM tallyfold.head";
    let row = query_opt(view, select, &[]).await?;
    let row = row.ok_or_else(|| Unsound::because("the head is missing"))?;
    let number = |column| row.try_get::<_, i64>(column).map(i64::cast_unsigned);
    let head = Head { position: position(&row, 0)?, chain: Chain(digest(&row, 1)?) };
    let (streams, ids) = (number(2)?, number(3)?);
    let head = HeadRow { head, streams, ids, stamped: position(&row, 4)? };
    Ok(head.checked(&digest(&row, 5)?, row.try_get(6)?)?)
}

/// The same, locked until the end of the transaction.
pub(super) async fn locked_head(change: &Transaction<'_>) -> Answer<HeadRow> {
    query(change, "SELECT 1 FROM tallyfold.head FOR UPDATE", &[]).await?;
    // A query of its own: it sees what was committed while the lock was waited for.
    head(change).await
}

/// Writes down where the log ends now.
pub(super) async fn set_head(change: &Transaction<'_>, row: &HeadRow) -> Answer<()> {
    let upsert = "INSERT INTO tallyfold.head VALUES (1, $1, $2, $3, $4, $5, $6) \
         ON CONFLICT (only_one) DO UPDATE SET position = excluded.position, \
         chain = excluded.chain, streams = excluded.streams, ids = excluded.ids, \
         stamped = excluded.stamped, digest = excluded.digest";
    let HeadRow { head: Head { position, chain }, streams, ids, stamped } = row;
    let (position, stamped) = (sql(position.get()), sql(stamped.get()));
    let (streams, ids, digest) = (sql(*streams), sql(*ids), digest_of_head(row));
    let params: [&(dyn ToSql + Sync); 6] =
        [&position, &&chain.0[..], &streams, &ids, &stamped, &&digest[..]];
    execute(change, upsert, &params).await
}

/// The last position that there is.
pub(super) async fn last_position(view: &Transaction<'_>) -> Answer<Position> {
    let select = "SELECT coalesce(max(position), 0) FROM tallyfold.events";
    position(&query_one(view, select, &[]).await?, 0)
}

pub(super) async fn accounts(
    view: &Transaction<'_>,
    after: &str,
    limit: usize,
) -> Answer<Vec<Stream>> {
    let select =
        "SELECT account FROM tallyfold.streams WHERE account > $1 ORDER BY account LIMIT $2";
    let rows = query(view, select, &[&after, &page(limit)]).await?;
    rows.iter().map(|row| Ok(account_stream(row.try_get(0)?)?)).collect()
}

pub(super) async fn checkpoint(view: &Transaction<'_>, consumer: &str) -> Answer<Position> {
    let select = "SELECT position, digest FROM tallyfold.checkpoints WHERE consumer = $1";
    let Some(row) = query_opt(view, select, &[&consumer]).await? else {
        return Ok(Position::START);
    };
    let position = position(&row, 0)?;
    if row.try_get::<_, &[u8]>(1)? == digest_of_checkpoint(consumer, position, None) {
        return Ok(position);
    }
    Err(Unsound(format!("the checkpoint of `{consumer}` was changed")).into())
}

pub(super) async fn move_checkpoint(
    view: &Transaction<'_>,
    consumer: &str,
    to: Position,
) -> Answer<()> {
    let upsert = "INSERT INTO tallyfold.checkpoints VALUES ($1, $2, $3) \
                  ON CONFLICT (consumer) DO UPDATE SET position = excluded.position, \
                  digest = excluded.digest";
    let digest = digest_of_checkpoint(consumer, to, None);
    execute(view, upsert, &[&consumer, &sql(to.get()), &&digest[..]]).await
}

/// The snapshot of an account, unless it is damaged: then there is none.
pub(super) async fn snapshot(
    view: &Transaction<'_>,
    account: &Stream,
) -> Answer<Option<SnapshotBytes>> {
    let Some(stream) = tip(view, account).await?.number else {
        return Ok(None);
    };
    let select = "SELECT stamp, position, version, body, parts, digest \
                  FROM tallyfold.snapshots WHERE stream = $1";
    let Some(row) = query_opt(view, select, &[&stream]).await? else {
        return Ok(None);
    };
    let mut snapshot = SnapshotBytes {
        stamp: row.try_get(0)?,
        position: position(&row, 1)?,
        version: Version::new(row.try_get::<_, i64>(2)?.cast_unsigned()),
        body: row.try_get(3)?,
        parts: parts_from_bytes(row.try_get(4)?),
    };
    if row.try_get::<_, &[u8]>(5)? != digest_of_snapshot(account, &snapshot) {
        return Ok(None);
    }
    let select = "SELECT body FROM tallyfold.snapshot_parts \
                  WHERE stream = $1 AND part = $2 AND written = $3";
    for (number, part) in (0_i64..).zip(&mut snapshot.parts) {
        let written = sql(part.written.get());
        let row = query_opt(view, select, &[&stream, &number, &written]).await?;
        let body = row.map(|row| row.try_get::<_, Vec<u8>>(0)).transpose()?;
        let Some(body) = body.filter(|body| part.is(body)) else { return Ok(None) };
        part.bytes = body;
    }
    Ok(Some(snapshot))
}

/// Keeps a part of a snapshot that is being written.
pub(super) async fn keep_snapshot_part(
    change: &Transaction<'_>,
    account: &Stream,
    number: i64,
    part: &SnapshotPart,
) -> Answer<()> {
    let Some(stream) = tip(change, account).await?.number else {
        return Ok(());
    };
    let upsert = "INSERT INTO tallyfold.snapshot_parts VALUES ($1, $2, $3, $4) \
                  ON CONFLICT (stream, part, written) DO UPDATE SET body = excluded.body";
    let written = sql(part.written.get());
    execute(change, upsert, &[&stream, &number, &written, &part.bytes]).await
}

/// Keeps a snapshot whose parts are kept, and forgets the parts of the one before it.
pub(super) async fn keep_snapshot(
    view: &Transaction<'_>,
    account: &Stream,
    snapshot: &SnapshotBytes,
) -> Answer<()> {
    let Some(stream) = tip(view, account).await?.number else {
        return Ok(());
    };
    let upsert = "INSERT INTO tallyfold.snapshots VALUES ($1, $2, $3, $4, $5, $6, $7) \
         ON CONFLICT (stream) DO UPDATE SET stamp = excluded.stamp, \
         position = excluded.position, version = excluded.version, body = excluded.body, \
         parts = excluded.parts, digest = excluded.digest";
    let (position, version) = (sql(snapshot.position.get()), sql(snapshot.version.get()));
    let parts = parts_to_bytes(&snapshot.parts);
    let digest = &digest_of_snapshot(account, snapshot)[..];
    let params: [&(dyn ToSql + Sync); 7] =
        [&stream, &snapshot.stamp, &position, &version, &snapshot.body, &parts, &digest];
    execute(view, upsert, &params).await?;
    let written: Vec<i64> = snapshot.parts.iter().map(|part| sql(part.written.get())).collect();
    let delete = "DELETE FROM tallyfold.snapshot_parts p WHERE stream = $1 AND NOT EXISTS \
         (SELECT FROM unnest($2::bigint[]) WITH ORDINALITY AS named (written, place) \
          WHERE p.part = place - 1 AND p.written = named.written)";
    execute(view, delete, &[&stream, &written]).await
}

/// How many rows a query counts.
pub(super) async fn count(view: &Transaction<'_>, select: &str) -> Answer<u64> {
    Ok(query_one(view, select, &[]).await?.try_get::<_, i64>(0)?.cast_unsigned())
}
