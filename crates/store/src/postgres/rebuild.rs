//! All that is derived from the events, made anew.

use deadpool_postgres::Transaction;

use super::backend::write_ids;
use super::error::Answer;
use super::head::{replace_head, written_head};
use super::rows::{execute, query};
use super::streams::write_streams;
use crate::event::IdKey;
use crate::integrity::{HeadRow, sql};
use crate::place::{Position, Version};
use crate::rebuild::{FoundEvent, Rebuild, check_end};
use crate::store::Rebuilt;

/// How many events are read at once.
const PAGE: i64 = 1_000;

/// By which a stream is read, and by which its end is found.
const INDEXES: &str = "\
    CREATE INDEX events_by_stream ON tallyfold.events (stream, position); \
    CREATE UNIQUE INDEX events_by_number ON tallyfold.events (stream, number)";

/// Makes streams, ids and the head anew from the events, and forgets the snapshots. Of the old rows
/// nothing is believed; `stamped` is the last event that a service appended, as far as it is
/// known. To be called inside of a transaction.
pub(super) async fn rebuild(change: &Transaction<'_>, stamped: Position) -> Answer<HeadRow> {
    // They may have lost something, and rows that are put right may be in each other's way.
    let drop = "DROP INDEX IF EXISTS tallyfold.events_by_stream, tallyfold.events_by_number";
    change.batch_execute(drop).await?;
    const TABLES: [&str; 5] = ["ids", "streams", "snapshots", "snapshot_parts", "answers"];
    for table in TABLES {
        execute(change, &format!("DELETE FROM tallyfold.{table}"), &[]).await?;
    }
    let mut rebuild = Rebuild::new();
    while read_page(change, &mut rebuild).await? {}
    let mut head = rebuild.head;
    head.ids = super::rows::count(change, "SELECT count(*) FROM tallyfold.ids").await?;
    head.stamped = stamped.min(head.head.position);
    let streams =
        rebuild.stream_ends().filter_map(|(stream, stream_end)| Some((stream, stream_end.number?)));
    write_streams(change, &streams.collect::<Vec<_>>()).await?;
    replace_head(change, &head).await?;
    change.batch_execute(INDEXES).await?;
    Ok(head)
}

/// The same, where nobody knows what is damaged.
pub(super) async fn rebuild_all(change: &Transaction<'_>) -> Answer<Rebuilt> {
    let written = written_head(change).await.ok().map(|(head, _)| head);
    let stamped = written.map_or(Position::START, |head| head.stamped);
    Ok(check_end(written, rebuild(change, stamped).await?)?)
}

/// The next events; whether there were any.
async fn read_page(change: &Transaction<'_>, rebuild: &mut Rebuild) -> Answer<bool> {
    let select = "SELECT position, stream, number, line, digest FROM tallyfold.events \
                  WHERE position > $1 ORDER BY position LIMIT $2";
    let before = rebuild.position();
    let rows = query(change, select, &[&sql(before.get()), &PAGE]).await?;
    let (mut ids, mut misplaced) = (Vec::<(i64, IdKey, i64)>::new(), Vec::new());
    for row in &rows {
        let number = |column| row.try_get::<_, i64>(column).map(i64::cast_unsigned);
        let position = number(0)?;
        let found = FoundEvent {
            position: Position::new(position),
            stream: row.try_get(1)?,
            version: Version::new(number(2)?),
            line: row.try_get(3)?,
            digest: row.try_get(4)?,
        };
        let event = rebuild.event(&found)?;
        if event.is_misplaced {
            misplaced.push((event.stream, sql(event.version.get()), sql(position)));
        }
        ids.extend(event.id.map(|id| (event.stream, id, sql(position))));
    }
    for (stream, number, position) in misplaced {
        let update = "UPDATE tallyfold.events SET stream = $1, number = $2 WHERE position = $3";
        execute(change, update, &[&stream, &number, &position]).await?;
    }
    write_ids(change, &ids).await?;
    Ok(rebuild.position() > before)
}
