//! Ids: found with the position of their event, or known not to be there.

use rusqlite::{Connection, OptionalExtension, Row};

use super::error::{Answer, FileError};
use super::names::changed;
use super::rows::number;
use crate::event::IdKey;
use crate::integrity::{NO_STREAM, sql};
use crate::place::Position;
use crate::row_digest::{IdRowKey, RowDigest, digest_of_id, key_of_id};

/// Before all other rows, so that each has one before it.
const FIRST: (i64, &[u8]) = (NO_STREAM, &[]);

/// A row of the table of ids.
struct IdRow {
    key: IdRowKey,
    position: Position,
    digest: RowDigest,
}

impl IdRow {
    fn read(row: &Row<'_>) -> rusqlite::Result<IdRow> {
        let key = (row.get(0)?, row.get(1)?);
        Ok(IdRow { key, position: Position::new(number(row, 2)?), digest: row.get(3)? })
    }

    fn borrowed(&self) -> (i64, &[u8]) {
        (self.key.0, &self.key.1)
    }

    /// Checks the row, and that this is the key after it.
    fn check(&self, next: Option<&IdRowKey>) -> Answer<()> {
        if self.digest == digest_of_id(self.borrowed(), self.position, next) {
            return Ok(());
        }
        let position = self.position;
        Err(FileError::damaged(format!(
            "the id of the event at {position}, or the one after it, was changed"
        )))
    }
}

/// Where an id is, or would be.
enum Place {
    Held(Position),
    Free { before: IdRow, next: Option<IdRowKey> },
}

fn place(file: &Connection, key: (i64, &[u8])) -> Answer<Place> {
    const FROM: &str = "SELECT stream, id, position, digest FROM ids \
                        WHERE (stream, id) >= (?, ?) ORDER BY stream, id LIMIT 2";
    const BEFORE: &str = "SELECT stream, id, position, digest FROM ids \
                          WHERE (stream, id) < (?, ?) ORDER BY stream DESC, id DESC LIMIT 1";
    let mut select = file.prepare_cached(FROM)?;
    let rows = select.query_map(key, IdRow::read)?.collect::<Result<Vec<_>, _>>()?;
    let mut rows = rows.into_iter();
    let (first, second) = (rows.next(), rows.next());
    if let Some(row) = first.as_ref().filter(|row| row.borrowed() == key) {
        row.check(second.as_ref().map(|row| &row.key))?;
        return Ok(Place::Held(row.position));
    }
    let before = file.prepare_cached(BEFORE)?.query_row(key, IdRow::read).optional()?;
    let before = before.ok_or_else(|| FileError::damaged("the first of the ids is missing"))?;
    let next = first.map(|row| row.key);
    before.check(next.as_ref())?;
    Ok(Place::Free { before, next })
}

/// The position of the event of a stream that has this id.
pub(super) fn find(file: &Connection, stream: i64, id: &IdKey) -> Answer<Option<Position>> {
    match place(file, (stream, &key_of_id(id)))? {
        Place::Held(position) => Ok(Some(position)),
        Place::Free { .. } => Ok(None),
    }
}

/// Gives an id to an event, and says whether it did: an event that has it already keeps it.
pub(super) fn insert(
    file: &Connection,
    stream: i64,
    id: &IdKey,
    position: Position,
) -> Answer<bool> {
    let id = key_of_id(id);
    let key = (stream, &*id);
    let Place::Free { before, next } = place(file, key)? else { return Ok(false) };
    let digest = digest_of_id(key, position, next.as_ref());
    let mut insert = file.prepare_cached("INSERT INTO ids VALUES (?, ?, ?, ?)")?;
    insert.execute((stream, &*id, sql(position.get()), digest))?;
    let next = (stream, id.into_owned());
    link(file, &before, Some(&next))?;
    Ok(true)
}

/// Writes down the digest of a row that comes before another one now.
fn link(file: &Connection, row: &IdRow, next: Option<&IdRowKey>) -> Answer<()> {
    let digest = digest_of_id(row.borrowed(), row.position, next);
    let mut update =
        file.prepare_cached("UPDATE ids SET digest = ? WHERE stream = ? AND id = ?")?;
    changed(update.execute((digest, row.key.0, &row.key.1))?)
}

/// Begins to make all rows anew.
pub(super) fn clear(file: &Connection) -> Answer<()> {
    file.execute("DELETE FROM ids", [])?;
    file.execute("INSERT INTO ids VALUES (?, ?, 0, x'')", FIRST)?;
    Ok(())
}

/// Adds an id without its digest, and says whether it was not there yet.
pub(super) fn add(file: &Connection, stream: i64, id: &IdKey, position: Position) -> Answer<bool> {
    let mut insert = file.prepare_cached("INSERT OR IGNORE INTO ids VALUES (?, ?, ?, x'')")?;
    Ok(insert.execute((stream, key_of_id(id), sql(position.get())))? == 1)
}

/// How many rows are read at once.
const PAGE: usize = 4_096;

/// All rows in order, in pages, each with the key after it.
fn in_order(
    file: &Connection,
    mut each: impl FnMut(&IdRow, Option<&IdRowKey>) -> Answer<()>,
) -> Answer<()> {
    const FROM: &str = "SELECT stream, id, position, digest FROM ids \
                        WHERE (stream, id) >= (?, ?) ORDER BY stream, id LIMIT ?";
    let mut from: IdRowKey = (FIRST.0, FIRST.1.to_vec());
    loop {
        let mut select = file.prepare_cached(FROM)?;
        let params = (from.0, &from.1, PAGE as i64);
        let read = |row: &Row<'_>| {
            let digest = row.get_ref(3)?.as_blob()?.try_into().unwrap_or_default();
            let key = (row.get(0)?, row.get(1)?);
            Ok(IdRow { key, position: Position::new(number(row, 2)?), digest })
        };
        let rows = select.query_map(params, read)?.collect::<Result<Vec<_>, _>>()?;
        for pair in rows.windows(2) {
            each(&pair[0], Some(&pair[1].key))?;
        }
        match rows.into_iter().next_back() {
            Some(last) if last.key == from => return each(&last, None),
            Some(last) => from = last.key,
            None => return Err(FileError::damaged("the first of the ids is missing")),
        }
    }
}

/// Gives all rows their digests.
pub(super) fn link_all(file: &Connection) -> Answer<()> {
    in_order(file, |row, next| link(file, row, next))
}

/// Checks all rows, and answers how many ids there are.
pub(super) fn verify(file: &Connection) -> Answer<u64> {
    let mut rows = 0;
    in_order(file, |row, next| {
        rows += 1;
        row.check(next)
    })?;
    Ok(rows - 1)
}
