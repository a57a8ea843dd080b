//! Where the log ends. Every append adds a row and deletes the one before it: a row that is updated
//! would keep its old versions for as long as any session looks at the past, for all to pass over.

use deadpool_postgres::{GenericClient, Transaction};
use tokio_postgres::types::ToSql;

use super::error::Answer;
use super::rows::{digest, execute, position, query, query_opt};
use crate::digest::Chain;
use crate::integrity::{HeadRow, Unsound, sql};
use crate::place::Position;
use crate::row_digest::digest_of_head;
use crate::store::Head;

/// Held by whoever appends, until the end of the transaction: the letters `tallyapp`.
const APPEND_LOCK: i64 = 0x7461_6c6c_7961_7070;

/// The end of the log. The last event is at its position, or the database is damaged.
pub(super) async fn head(view: &impl GenericClient) -> Answer<HeadRow> {
    let (head, last) = written_head(view).await?;
    Ok(head.ends_at(last)?)
}

/// The end of the log as it was written down, and the position of the last event.
pub(super) async fn written_head(view: &impl GenericClient) -> Answer<(HeadRow, Option<i64>)> {
    let select = "SELECT position, chain, streams, ids, stamped, digest, \
                  (SELECT max(position) FROM tallyfold.events) \
                  FROM tallyfold.heads ORDER BY position DESC LIMIT 1";
    let row = query_opt(view, select, &[]).await?;
    let row = row.ok_or_else(|| Unsound::because("the head is missing"))?;
    let number = |column| row.try_get::<_, i64>(column).map(i64::cast_unsigned);
    let head = Head { position: position(&row, 0)?, chain: Chain(digest(&row, 1)?) };
    let (streams, ids) = (number(2)?, number(3)?);
    let head = HeadRow { head, streams, ids, stamped: position(&row, 4)? };
    Ok((head.written(&digest(&row, 5)?)?, row.try_get(6)?))
}

/// Waits until nobody else appends, and keeps it so until the end of the transaction. What is read
/// by the next statement holds all that was committed before.
pub(super) async fn lock_head(change: &Transaction<'_>) -> Answer<()> {
    query(change, "SELECT pg_advisory_xact_lock($1)", &[&APPEND_LOCK]).await.map(drop)
}

/// Writes down where the log ends after an append.
pub(super) async fn advance_head(
    change: &Transaction<'_>,
    before: Position,
    row: &HeadRow,
) -> Answer<()> {
    let advance = "WITH before AS (DELETE FROM tallyfold.heads WHERE position = $7) \
                   INSERT INTO tallyfold.heads VALUES ($1, $2, $3, $4, $5, $6)";
    insert(change, advance, row, &[&sql(before.get())]).await
}

/// Writes down where the log ends, whatever was written down before.
pub(super) async fn replace_head(change: &Transaction<'_>, row: &HeadRow) -> Answer<()> {
    execute(change, "DELETE FROM tallyfold.heads", &[]).await?;
    insert(change, "INSERT INTO tallyfold.heads VALUES ($1, $2, $3, $4, $5, $6)", row, &[]).await
}

async fn insert(
    change: &Transaction<'_>,
    insert: &str,
    row: &HeadRow,
    more: &[&(dyn ToSql + Sync)],
) -> Answer<()> {
    let HeadRow { head: Head { position, chain }, streams, ids, stamped } = row;
    let (position, stamped) = (sql(position.get()), sql(stamped.get()));
    let (streams, ids, digest) = (sql(*streams), sql(*ids), digest_of_head(row));
    let columns: [&(dyn ToSql + Sync); 6] =
        [&position, &&chain.0[..], &streams, &ids, &stamped, &&digest[..]];
    execute(change, insert, &[&columns[..], more].concat()).await
}
