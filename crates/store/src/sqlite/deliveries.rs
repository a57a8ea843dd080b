//! What was delivered to whom. A row that is lost only makes something come again.

use rusqlite::{Connection, OptionalExtension};

use super::error::{Answer, FileError};
use crate::row_digest::{RowDigest, digest_of_delivery};

/// Whether this was delivered to a consumer.
pub(super) fn holds(file: &Connection, consumer: &str, key: &[u8]) -> Answer<bool> {
    let select = "SELECT digest FROM deliveries WHERE consumer = ? AND key = ?";
    let mut select = file.prepare_cached(select)?;
    let digest = select.query_row((consumer, key), |row| row.get::<_, RowDigest>(0)).optional()?;
    digest.map_or(Ok(false), |digest| check(consumer, key, digest).map(|()| true))
}

pub(super) fn add(file: &Connection, consumer: &str, key: &[u8]) -> Answer<()> {
    let mut insert = file.prepare_cached("INSERT OR IGNORE INTO deliveries VALUES (?, ?, ?)")?;
    insert.execute((consumer, key, digest_of_delivery(consumer, key)))?;
    Ok(())
}

/// Checks every row.
pub(super) fn verify(file: &Connection) -> Answer<()> {
    let mut select = file.prepare_cached("SELECT consumer, key, digest FROM deliveries")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let key = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
        check(&row.get::<_, String>(0)?, key, row.get(2)?)?;
    }
    Ok(())
}

fn check(consumer: &str, key: &[u8], digest: RowDigest) -> Answer<()> {
    if digest == digest_of_delivery(consumer, key) {
        return Ok(());
    }
    Err(FileError::damaged(format!("what was delivered to `{consumer}` was changed")))
}
