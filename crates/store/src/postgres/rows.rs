//! Rows, read and checked: what comes out of here is what was stored.

use deadpool_postgres::Transaction;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::trouble::{Answer, Trouble};
use crate::digest::Digest;
use crate::event::{IdKey, StoredEvent};
use crate::place::{Position, Stream, Version};
use crate::sound::{
    self, CATALOG, EventRow, MALFORMED, NO_STREAM, StreamTip, Unsound, check_page, digest_of_head,
    digest_of_snapshot, page, sql,
};
use crate::store::{Head, SnapshotBytes};

/// What is selected of an event.
macro_rules! select_event {
    ($rest:literal) => {
        concat!(
            "SELECT position, e.stream, account, number, line, digest \
             FROM tallyfold.events e LEFT JOIN tallyfold.streams s ON s.stream = e.stream ",
            $rest
        )
    };
}

/// What goes in the places of a statement.
type Params<'a> = &'a [&'a (dyn ToSql + Sync)];

/// Rows of a query, which is prepared once for each connection.
pub(super) async fn query(
    view: &Transaction<'_>,
    select: &str,
    params: Params<'_>,
) -> Answer<Vec<Row>> {
    let statement = view.prepare_cached(select).await?;
    Ok(view.query(&statement, params).await?)
}

async fn query_opt(
    view: &Transaction<'_>,
    select: &str,
    params: Params<'_>,
) -> Answer<Option<Row>> {
    let statement = view.prepare_cached(select).await?;
    Ok(view.query_opt(&statement, params).await?)
}

async fn query_one(view: &Transaction<'_>, select: &str, params: Params<'_>) -> Answer<Row> {
    let statement = view.prepare_cached(select).await?;
    Ok(view.query_one(&statement, params).await?)
}

/// Does a statement, which is prepared once for each connection.
pub(super) async fn execute(
    change: &Transaction<'_>,
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
fn digest(row: &Row, column: usize) -> Answer<Digest> {
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
    check_page(after, &events, limit, head(view).await?.position)?;
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
    let is_all = events.len() < limit;
    tip.check(stream, &events, is_all && tip.last > after)?;
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
    let is_all = events.len() < limit;
    for (stream, tip) in tips {
        tip.check(stream, &events, is_all && tip.last > after && tip.last <= through)?;
    }
    Ok(events)
}

/// The end of a stream as it stands in a row: number, last position, version.
pub(super) fn stream_tip(row: &Row, first: usize) -> Answer<StreamTip> {
    let version = Version::new(row.try_get::<_, i64>(first + 2)?.cast_unsigned());
    Ok(StreamTip { number: Some(row.try_get(first)?), last: position(row, first + 1)?, version })
}

/// The end of a stream.
pub(super) async fn tip(view: &Transaction<'_>, stream: &Stream) -> Answer<StreamTip> {
    let by_number = "SELECT stream, last, version FROM tallyfold.streams WHERE stream = $1";
    let by_name = "SELECT stream, last, version FROM tallyfold.streams WHERE account = $1";
    let row = match stream {
        Stream::Catalog => query_opt(view, by_number, &[&CATALOG]).await?,
        Stream::Malformed => query_opt(view, by_number, &[&MALFORMED]).await?,
        Stream::Account(name) => query_opt(view, by_name, &[&name.as_str()]).await?,
    };
    let tip = row.map(|row| stream_tip(&row, 0)).transpose()?;
    Ok(StreamTip::found(tip, stream)?)
}

/// The event of a stream that has this id.
pub(super) async fn with_id(
    view: &Transaction<'_>,
    stream: i64,
    id: &IdKey,
) -> Answer<Option<StoredEvent>> {
    let select = "SELECT position FROM tallyfold.ids WHERE stream = $1 AND id = $2";
    let Some(row) = query_opt(view, select, &[&stream, &id.as_bytes()]).await? else {
        return Ok(None);
    };
    let position: i64 = row.try_get(0)?;
    let found = events(view, select_event!("WHERE position = $1"), &[&position]).await?.pop();
    found.map(Some).ok_or_else(|| missing(id, position))
}

/// The event that an id leads to is not there.
pub(super) fn missing(id: &IdKey, position: i64) -> Trouble {
    let id = id.name();
    Unsound(format!("the event `{id}` at position {position} is missing")).into()
}

/// The end of the log. The last event is at its position, or the database is damaged.
pub(super) async fn head(view: &Transaction<'_>) -> Answer<Head> {
    head_of(view, "").await
}

/// The same, locked until the end of the transaction.
pub(super) async fn locked_head(view: &Transaction<'_>) -> Answer<Head> {
    head_of(view, "FOR UPDATE").await
}

async fn head_of(view: &Transaction<'_>, lock: &str) -> Answer<Head> {
    let select = format!("SELECT position, chain, digest FROM tallyfold.head {lock}");
    let head = query_opt(view, &select, &[]).await?;
    let head = head.ok_or_else(|| Unsound::because("the head is missing"))?;
    // A query of its own: it sees what was committed while the lock was waited for.
    let last = query_one(view, "SELECT max(position) FROM tallyfold.events", &[]).await?;
    let head = (head.try_get(0)?, digest(&head, 1)?, digest(&head, 2)?);
    Ok(sound::head(head, last.try_get(0)?)?)
}

pub(super) async fn insert_head(view: &Transaction<'_>, head: Head) -> Answer<()> {
    let (chain, digest) = (&head.chain.0[..], &digest_of_head(head)[..]);
    let insert = "INSERT INTO tallyfold.head VALUES (1, $1, $2, $3)";
    execute(view, insert, &[&sql(head.position.get()), &chain, &digest]).await
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
    rows.iter().map(|row| Ok(sound::account_stream(row.try_get(0)?)?)).collect()
}

pub(super) async fn checkpoint(view: &Transaction<'_>, consumer: &str) -> Answer<Position> {
    let select = "SELECT position FROM tallyfold.checkpoints WHERE consumer = $1";
    let row = query_opt(view, select, &[&consumer]).await?;
    row.map_or(Ok(Position::START), |row| position(&row, 0))
}

pub(super) async fn move_checkpoint(
    view: &Transaction<'_>,
    consumer: &str,
    to: Position,
) -> Answer<()> {
    let upsert = "INSERT INTO tallyfold.checkpoints VALUES ($1, $2) \
                  ON CONFLICT (consumer) DO UPDATE SET position = excluded.position";
    execute(view, upsert, &[&consumer, &sql(to.get())]).await
}

/// The snapshot of an account, unless it is damaged: then there is none.
pub(super) async fn snapshot(
    view: &Transaction<'_>,
    account: &Stream,
) -> Answer<Option<SnapshotBytes>> {
    let Some(stream) = tip(view, account).await?.number else {
        return Ok(None);
    };
    let select = "SELECT stamp, position, version, body, digest \
                  FROM tallyfold.snapshots WHERE stream = $1";
    let Some(row) = query_opt(view, select, &[&stream]).await? else {
        return Ok(None);
    };
    let snapshot = SnapshotBytes {
        stamp: row.try_get(0)?,
        position: position(&row, 1)?,
        version: Version::new(row.try_get::<_, i64>(2)?.cast_unsigned()),
        body: row.try_get(3)?,
    };
    let is_sound = row.try_get::<_, &[u8]>(4)? == digest_of_snapshot(&snapshot);
    Ok(is_sound.then_some(snapshot))
}

pub(super) async fn keep_snapshot(
    view: &Transaction<'_>,
    account: &Stream,
    snapshot: &SnapshotBytes,
) -> Answer<()> {
    let Some(stream) = tip(view, account).await?.number else {
        return Ok(());
    };
    let upsert = "INSERT INTO tallyfold.snapshots VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (stream) DO UPDATE SET stamp = excluded.stamp, \
         position = excluded.position, version = excluded.version, body = excluded.body, \
         digest = excluded.digest";
    let (position, version) = (sql(snapshot.position.get()), sql(snapshot.version.get()));
    let digest = &digest_of_snapshot(snapshot)[..];
    let params: [&(dyn ToSql + Sync); 6] =
        [&stream, &snapshot.stamp, &position, &version, &snapshot.body, &digest];
    execute(view, upsert, &params).await
}

/// How many rows a query counts.
pub(super) async fn count(view: &Transaction<'_>, select: &str) -> Answer<i64> {
    Ok(query_one(view, select, &[]).await?.try_get(0)?)
}
