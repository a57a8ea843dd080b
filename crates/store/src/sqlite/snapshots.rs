//! Snapshots of accounts, and the parts that they are kept in.

use rusqlite::{Connection, OptionalExtension};

use super::error::Answer;
use super::names::stream_end;
use super::rows::number;
use crate::digest::Digest;
use crate::integrity::{parts_from_bytes, parts_to_bytes, sql};
use crate::place::{Position, Stream, Version};
use crate::row_digest::digest_of_snapshot;
use crate::store::SnapshotBytes;

/// The snapshot of an account, unless it is damaged: then there is none.
pub(super) fn get(file: &Connection, account: &Stream) -> Answer<Option<SnapshotBytes>> {
    let Some(stream) = stream_end(file, account)?.number else {
        return Ok(None);
    };
    let mut select = file.prepare_cached(
        "SELECT stamp, position, version, body, parts, digest FROM snapshots WHERE stream = ?",
    )?;
    let found = select.query_row([stream], |row| {
        let snapshot = SnapshotBytes {
            stamp: row.get(0)?,
            position: Position::new(number(row, 1)?),
            version: Version::new(number(row, 2)?),
            body: row.get(3)?,
            parts: parts_from_bytes(row.get_ref(4)?.as_blob()?),
        };
        Ok((snapshot, row.get::<_, Digest>(5)?))
    });
    let found = found.optional()?;
    let sound = found.filter(|(it, digest)| digest_of_snapshot(account, it) == *digest);
    let Some((mut snapshot, _)) = sound else { return Ok(None) };
    for (number, part) in (0..).zip(&mut snapshot.parts) {
        let mut select = file.prepare_cached(
            "SELECT body FROM snapshot_parts WHERE stream = ? AND part = ? AND written = ?",
        )?;
        let key = (stream, number, sql(part.written.get()));
        let body = select.query_row::<Vec<u8>, _, _>(key, |row| row.get(0)).optional()?;
        let Some(body) = body.filter(|body| part.is(body)) else { return Ok(None) };
        part.bytes = body;
    }
    Ok(Some(snapshot))
}

/// Keeps a part of a snapshot that is being written.
pub(super) fn put_part(
    file: &Connection,
    account: &Stream,
    number: i64,
    (written, body): (Version, &[u8]),
) -> Answer<()> {
    let Some(stream) = stream_end(file, account)?.number else {
        return Ok(());
    };
    let mut replace = file.prepare_cached("REPLACE INTO snapshot_parts VALUES (?, ?, ?, ?)")?;
    replace.execute((stream, number, sql(written.get()), body))?;
    Ok(())
}

/// Keeps a snapshot whose parts are kept, and forgets the parts of the one before it. Answers
/// whether all its parts are there.
pub(super) fn put(file: &Connection, account: &Stream, snapshot: &SnapshotBytes) -> Answer<bool> {
    let Some(stream) = stream_end(file, account)?.number else {
        return Ok(false);
    };
    if !has_parts(file, stream, snapshot)? {
        return Ok(false);
    }
    let mut replace = file.prepare_cached("REPLACE INTO snapshots VALUES (?, ?, ?, ?, ?, ?, ?)")?;
    replace.execute((
        stream,
        &snapshot.stamp,
        sql(snapshot.position.get()),
        sql(snapshot.version.get()),
        &snapshot.body,
        parts_to_bytes(&snapshot.parts),
        digest_of_snapshot(account, snapshot),
    ))?;
    forget_other_parts(file, stream, snapshot)?;
    Ok(true)
}

fn has_parts(file: &Connection, stream: i64, snapshot: &SnapshotBytes) -> Answer<bool> {
    let mut select = file.prepare_cached(
        "SELECT 1 FROM snapshot_parts WHERE stream = ? AND part = ? AND written = ?",
    )?;
    for (number, part) in (0_i64..).zip(&snapshot.parts) {
        if !select.exists((stream, number, sql(part.written.get())))? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Deletes the parts of an account that its snapshot does not name.
fn forget_other_parts(file: &Connection, stream: i64, snapshot: &SnapshotBytes) -> Answer<()> {
    let mut select =
        file.prepare_cached("SELECT part, written FROM snapshot_parts WHERE stream = ?")?;
    let kept = select.query_map([stream], |row| Ok((number(row, 0)?, number(row, 1)?)))?;
    for part in kept.collect::<Result<Vec<_>, _>>()? {
        let named = usize::try_from(part.0).ok().and_then(|it| snapshot.parts.get(it));
        if named.is_none_or(|named| named.written.get() != part.1) {
            let delete = "DELETE FROM snapshot_parts WHERE stream = ? AND part = ? AND written = ?";
            file.prepare_cached(delete)?.execute((stream, sql(part.0), sql(part.1)))?;
        }
    }
    Ok(())
}

/// Forgets all snapshots.
pub(super) fn clear(file: &Connection) -> Answer<()> {
    Ok(file.execute_batch("DELETE FROM snapshots; DELETE FROM snapshot_parts")?)
}
