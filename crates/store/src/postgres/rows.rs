//! Rows, read and checked: what comes out of here is what was stored.

use deadpool_postgres::{GenericClient, Transaction};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::error::{Answer, ServerError};
use super::head::head;
use super::streams::{check_stream, stream_end};
use crate::digest::Digest;
use crate::event::{IdKey, StoredEvent};
use crate::integrity::{
    EventRow, NO_STREAM, Unsound, account_stream, check_page, page, parts_from_bytes,
    parts_to_bytes, reached, sql,
};
use crate::place::{Position, Stream, Version};
use crate::row_digest::{digest_of_checkpoint, digest_of_id, digest_of_snapshot, key_of_id};
use crate::store::{SnapshotBytes, SnapshotPart};

/// What is selected of an event.
macro_rules! select_event {
    ($rest:literal) => {
        concat!(
            "SELECT position, stream, \
             (SELECT account FROM tallyfold.streams s WHERE s.stream = e.stream), \
             number, line, digest FROM tallyfold.events e ",
            $rest
        )
    };
}

/// Up to so many events of a stream behind a position and up to another. Both columns of the index
/// are compared, so that no other index fits.
macro_rules! range_of_stream {
    ($stream:literal, $after:literal, $through:literal, $limit:literal) => {
        concat!(
            "(SELECT * FROM tallyfold.events \
              WHERE (stream, position) > (",
            $stream,
            ", ",
            $after,
            ") \
              AND (stream, position) <= (",
            $stream,
            ", ",
            $through,
            ") \
              ORDER BY stream, position LIMIT ",
            $limit,
            ")"
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

pub(super) async fn query_opt(
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

pub(super) fn position(row: &Row, column: usize) -> Answer<Position> {
    Ok(Position::new(row.try_get::<_, i64>(column)?.cast_unsigned()))
}

/// A digest, or any other 32 bytes.
pub(super) fn digest(row: &Row, column: usize) -> Answer<Digest> {
    let bytes: &[u8] = row.try_get(column)?;
    bytes.try_into().map_err(|_| ServerError::Damaged("a digest is not 32 bytes long".to_owned()))
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
    const SELECT: &str = concat!(
        "SELECT position, stream, $5::text, number, line, digest FROM ",
        range_of_stream!("$1", "$2", "$3", "$4"),
        " e ORDER BY position"
    );
    let stream_end = stream_end(view, stream).await?;
    let number = stream_end.number.unwrap_or(NO_STREAM);
    let params: [&(dyn ToSql + Sync); 5] =
        [&number, &sql(after.get()), &i64::MAX, &page(limit), &stream.account()];
    let events = events(view, SELECT, &params).await?;
    let through = reached(&events, limit, stream_end.last);
    check_stream(view, (stream, stream_end), &events, after, through).await?;
    Ok(events)
}

/// The events of an account and of the catalog behind a position and up to another.
pub(super) async fn of_account(
    view: &Transaction<'_>,
    account: &Stream,
    (after, through): (Position, Position),
    limit: usize,
) -> Answer<Vec<StoredEvent>> {
    const SELECT: &str = concat!(
        "SELECT position, stream, CASE stream WHEN 0 THEN NULL ELSE $5::text END, \
         number, line, digest FROM (",
        range_of_stream!("0", "$2", "$3", "$4"),
        " UNION ALL ",
        range_of_stream!("$1", "$2", "$3", "$4"),
        ") e ORDER BY position LIMIT $4"
    );
    let catalog = &Stream::Catalog;
    let stream_ends =
        [(account, stream_end(view, account).await?), (catalog, stream_end(view, catalog).await?)];
    let number = stream_ends[0].1.number.unwrap_or(NO_STREAM);
    let (from, to) = (sql(after.get()), sql(through.get()));
    let params: [&(dyn ToSql + Sync); 5] = [&number, &from, &to, &page(limit), &account.account()];
    let events = events(view, SELECT, &params).await?;
    let through = reached(&events, limit, through);
    for stream in stream_ends {
        check_stream(view, stream, &events, after, through).await?;
    }
    Ok(events)
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
pub(super) fn missing(position: Position) -> ServerError {
    Unsound(format!("the event at position {position} is missing")).into()
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
    let Some(stream) = stream_end(view, account).await?.number else {
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
    let Some(stream) = stream_end(change, account).await?.number else {
        return Ok(());
    };
    let upsert = "INSERT INTO tallyfold.snapshot_parts VALUES ($1, $2, $3, $4) \
                  ON CONFLICT (stream, part, written) DO UPDATE SET body = excluded.body";
    let written = sql(part.written.get());
    execute(change, upsert, &[&stream, &number, &written, &part.bytes]).await
}

/// Keeps a snapshot whose parts are kept, and forgets the parts of the one before it. Answers
/// whether all its parts are there.
pub(super) async fn keep_snapshot(
    view: &Transaction<'_>,
    account: &Stream,
    snapshot: &SnapshotBytes,
) -> Answer<bool> {
    let Some(stream) = stream_end(view, account).await?.number else {
        return Ok(false);
    };
    let written: Vec<i64> = snapshot.parts.iter().map(|part| sql(part.written.get())).collect();
    let select = "SELECT 1 FROM tallyfold.snapshot_parts p \
         JOIN unnest($2::bigint[]) WITH ORDINALITY AS named (written, place) \
         ON p.part = place - 1 AND p.written = named.written WHERE stream = $1";
    if query(view, select, &[&stream, &written]).await?.len() < written.len() {
        return Ok(false);
    }
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
    let delete = "DELETE FROM tallyfold.snapshot_parts p WHERE stream = $1 AND NOT EXISTS \
         (SELECT FROM unnest($2::bigint[]) WITH ORDINALITY AS named (written, place) \
          WHERE p.part = place - 1 AND p.written = named.written)";
    execute(view, delete, &[&stream, &written]).await?;
    Ok(true)
}

/// How many rows a query counts.
pub(super) async fn count(view: &Transaction<'_>, select: &str) -> Answer<u64> {
    Ok(query_one(view, select, &[]).await?.try_get::<_, i64>(0)?.cast_unsigned())
}
