//! The end of the log, taken off.

use deadpool_postgres::Transaction;

use super::error::Answer;
use super::head::{head, lock_head};
use super::rebuild;
use super::rows::{self, count, execute, query};
use crate::digest::digest_of;
use crate::error::ImportError;
use crate::integrity::{MALFORMED, sql};
use crate::place::{Position, Version};
use crate::repair::{Cut, MARKED};

/// Takes the last events off, puts the mark in their place and makes all that is derived anew.
pub(super) async fn cut(
    change: &Transaction<'_>,
    cut: &Cut,
) -> Answer<Result<Position, ImportError>> {
    lock_head(change).await?;
    let head = head(change).await?;
    let present = head.head.position;
    if head.head != cut.end {
        return Ok(Err(ImportError::Conflict { expected: cut.end.position, present }));
    }
    let after = sql(cut.after.get());
    execute(change, "DELETE FROM tallyfold.events WHERE position > $1", &[&after]).await?;
    insert_mark(change, cut).await?;
    // What is beyond the log is no position.
    let beyond =
        "SELECT consumer FROM tallyfold.checkpoints WHERE position > $1 AND position <= $2";
    for row in query(change, beyond, &[&after, &sql(present.get())]).await? {
        rows::move_checkpoint(change, row.try_get(0)?, cut.after).await?;
    }
    for (from, to) in &cut.forgotten {
        let delete = "DELETE FROM tallyfold.deliveries WHERE key >= $1 AND key < $2";
        execute(change, delete, &[from, to]).await?;
    }
    let head = rebuild::rebuild(change, head.stamped.min(cut.after)).await?;
    Ok(Ok(head.head.position))
}

async fn insert_mark(change: &Transaction<'_>, cut: &Cut) -> Answer<()> {
    let select = format!("SELECT count(*) FROM tallyfold.events WHERE stream = {MALFORMED}");
    let before = count(change, &select).await?;
    let (position, version) = (cut.after.next(), Version::new(before + 1));
    let digest = digest_of(position, &MARKED, version, &cut.mark);
    let (position, version) = (sql(position.get()), sql(version.get()));
    let insert = "INSERT INTO tallyfold.events (position, stream, number, line, digest) \
                  VALUES ($1, $2, $3, $4, $5)";
    execute(change, insert, &[&position, &MALFORMED, &version, &cut.mark, &&digest[..]]).await
}
