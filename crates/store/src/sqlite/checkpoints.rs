//! Checkpoints: how far each consumer has come. They are few, and always read together.

use rusqlite::Connection;

use super::error::{Answer, FileError};
use super::rows::number;
use crate::integrity::sql;
use crate::place::Position;
use crate::row_digest::{RowDigest, digest_of_checkpoint};

/// Before all other rows, so that each has one before it: a consumer may have this name, too.
const FIRST: &str = "";

/// All checkpoints in order of their names, each checked.
pub(super) fn all(file: &Connection) -> Answer<Vec<(String, Position)>> {
    let mut select = file
        .prepare_cached("SELECT consumer, position, digest FROM checkpoints ORDER BY consumer")?;
    let rows = select.query_map([], |row| {
        let checkpoint = (row.get::<_, String>(0)?, Position::new(number(row, 1)?));
        Ok((checkpoint, row.get::<_, RowDigest>(2)?))
    })?;
    let rows = rows.collect::<Result<Vec<_>, _>>()?;
    if rows.first().is_none_or(|((consumer, _), _)| consumer != FIRST) {
        return Err(FileError::damaged("the first of the checkpoints is missing"));
    }
    let nexts = rows.iter().skip(1).map(|((consumer, _), _)| Some(consumer.as_str()));
    for (((consumer, position), digest), next) in rows.iter().zip(nexts.chain([None])) {
        if *digest != digest_of_checkpoint(consumer, *position, next) {
            let problem =
                format!("the checkpoint of `{consumer}`, or the one after it, was changed");
            return Err(FileError::damaged(problem));
        }
    }
    Ok(rows.into_iter().map(|(checkpoint, _)| checkpoint).collect())
}

pub(super) fn get(file: &Connection, consumer: &str) -> Answer<Position> {
    let all = all(file)?;
    let found = all.into_iter().find(|(name, _)| name == consumer);
    Ok(found.map_or(Position::START, |(_, position)| position))
}

pub(super) fn set(file: &Connection, consumer: &str, to: Position) -> Answer<()> {
    let mut all = all(file)?;
    let place = all.partition_point(|(name, _)| name.as_str() < consumer);
    match all.get_mut(place).filter(|(name, _)| name == consumer) {
        Some((_, position)) => *position = to,
        None => all.insert(place, (consumer.to_owned(), to)),
    }
    // The row, and the one before it, whose digest covers its name.
    let written = place.saturating_sub(1)..=place;
    write(file, &all, written)
}

/// Writes some of all rows.
fn write(
    file: &Connection,
    all: &[(String, Position)],
    which: std::ops::RangeInclusive<usize>,
) -> Answer<()> {
    let mut replace = file.prepare_cached("REPLACE INTO checkpoints VALUES (?, ?, ?)")?;
    for place in which {
        let Some((consumer, position)) = all.get(place) else { continue };
        let next = all.get(place + 1).map(|(name, _)| name.as_str());
        let digest = digest_of_checkpoint(consumer, *position, next);
        replace.execute((consumer, sql(position.get()), digest))?;
    }
    Ok(())
}

/// Makes all rows anew.
pub(super) fn rebuild(file: &Connection, mut all: Vec<(String, Position)>) -> Answer<()> {
    if all.iter().all(|(consumer, _)| consumer != FIRST) {
        all.push((FIRST.to_owned(), Position::START));
    }
    all.sort_unstable();
    file.execute("DELETE FROM checkpoints", [])?;
    write(file, &all, 0..=all.len())
}
