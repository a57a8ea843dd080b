//! What was delivered to whom. A row that is lost only makes something come again.

use std::collections::HashSet;

use deadpool_postgres::Transaction;
use tokio_postgres::Row;

use super::error::Answer;
use super::rows::{execute, query};
use crate::integrity::Unsound;
use crate::row_digest::digest_of_delivery;

/// Which of these things were delivered to a consumer.
pub(super) async fn delivered(
    view: &Transaction<'_>,
    consumer: &str,
    keys: &[&[u8]],
) -> Answer<Vec<bool>> {
    let select = "SELECT consumer, key, digest FROM tallyfold.deliveries \
                  WHERE consumer = $1 AND key = ANY($2)";
    let rows = query(view, select, &[&consumer, &keys]).await?;
    let found = rows.iter().map(checked).collect::<Answer<HashSet<&[u8]>>>()?;
    Ok(keys.iter().map(|key| found.contains(key)).collect())
}

pub(super) async fn add(view: &Transaction<'_>, consumer: &str, key: &[u8]) -> Answer<()> {
    let insert = "INSERT INTO tallyfold.deliveries VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    execute(view, insert, &[&consumer, &key, &&digest_of_delivery(consumer, key)[..]]).await
}

/// Checks every row.
pub(super) async fn verify(view: &Transaction<'_>) -> Answer<()> {
    let select = "SELECT consumer, key, digest FROM tallyfold.deliveries";
    query(view, select, &[]).await?.iter().try_for_each(|row| checked(row).map(|_| ()))
}

/// The key of a row that says what was stored.
fn checked(row: &Row) -> Answer<&[u8]> {
    let (consumer, key): (&str, &[u8]) = (row.try_get(0)?, row.try_get(1)?);
    if row.try_get::<_, &[u8]>(2)? == digest_of_delivery(consumer, key) {
        return Ok(key);
    }
    Err(Unsound(format!("what was delivered to `{consumer}` was changed")).into())
}
