//! What services answered: a cache.

use rusqlite::{Connection, OptionalExtension};

use super::error::Answer;
use crate::integrity::sql;
use crate::place::Position;
use crate::row_digest::{RowDigest, digest_of_answer};

/// What was answered to the request of an event, unless it is damaged: then there is nothing.
pub(super) fn get(file: &Connection, position: Position) -> Answer<Option<Vec<u8>>> {
    let mut select =
        file.prepare_cached("SELECT answer, digest FROM answers WHERE position = ?")?;
    let found = select.query_row([sql(position.get())], |row| {
        Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, RowDigest>(1)?))
    });
    let sound = |(answer, digest): &(Vec<u8>, _)| digest_of_answer(position, answer) == *digest;
    Ok(found.optional()?.filter(sound).map(|(answer, _)| answer))
}

pub(super) fn put(file: &Connection, position: Position, answer: &[u8]) -> Answer<()> {
    let mut replace = file.prepare_cached("REPLACE INTO answers VALUES (?, ?, ?)")?;
    replace.execute((sql(position.get()), answer, digest_of_answer(position, answer)))?;
    Ok(())
}

/// Forgets all.
pub(super) fn clear(file: &Connection) -> Answer<()> {
    file.execute("DELETE FROM answers", [])?;
    Ok(())
}
