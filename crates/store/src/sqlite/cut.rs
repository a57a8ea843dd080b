//! The end of the log, taken off.

use rusqlite::Connection;

use super::error::Answer;
use super::{checkpoints, rebuild, rows};
use crate::digest::digest_of;
use crate::error::ImportError;
use crate::integrity::sql;
use crate::place::{Position, Version};
use crate::repair::{Cut, MARKED};

/// Takes the last events off, puts the mark in their place and makes all that is derived anew.
pub(super) fn cut(change: &Connection, cut: &Cut) -> Answer<Result<Position, ImportError>> {
    let head = rows::head(change)?;
    let present = head.head.position;
    if head.head != cut.end {
        return Ok(Err(ImportError::Conflict { expected: cut.end.position, present }));
    }
    change.execute("DELETE FROM events WHERE position > ?", [sql(cut.after.get())])?;
    insert_mark(change, cut)?;
    for (consumer, position) in checkpoints::all(change)? {
        // What is beyond the log is no position.
        if position > cut.after && position <= present {
            checkpoints::set(change, &consumer, cut.after)?;
        }
    }
    for (from, to) in &cut.forgotten {
        change.execute("DELETE FROM deliveries WHERE key >= ? AND key < ?", (from, to))?;
    }
    let head = rebuild::rebuild(change, head.stamped.min(cut.after))?;
    Ok(Ok(head.head.position))
}

fn insert_mark(change: &Connection, cut: &Cut) -> Answer<()> {
    let before = change.query_row(
        "SELECT count(*) FROM events WHERE stream = ?",
        [crate::integrity::MALFORMED],
        |row| row.get::<_, i64>(0),
    )?;
    let (position, version) = (cut.after.next(), Version::new(before.cast_unsigned() + 1));
    let digest = digest_of(position, &MARKED, version, &cut.mark);
    let (place, version) = (sql(position.get()), sql(version.get()));
    change.execute(
        "INSERT INTO events VALUES (?, ?, ?, ?, ?)",
        (place, crate::integrity::MALFORMED, version, &cut.mark, digest),
    )?;
    Ok(())
}
