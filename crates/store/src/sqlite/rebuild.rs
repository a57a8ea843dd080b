//! All that is derived from the events, made anew.

use rusqlite::Connection;

use super::error::Answer;
use super::rows::{number, set_head, written_head};
use super::{answered, ids, names, snapshots};
use crate::integrity::{HeadRow, sql};
use crate::place::{Position, Version};
use crate::rebuild::{FoundEvent, Rebuild, check_end};
use crate::store::Rebuilt;

/// How many events are read at once.
const PAGE: i64 = 1_000;

/// Makes streams, ids and the head anew from the events, and forgets the snapshots. Of the old rows
/// nothing is believed; `stamped` is the last event that a service appended, as far as it is
/// known. To be called inside of a transaction.
pub(super) fn rebuild(change: &Connection, stamped: Position) -> Answer<HeadRow> {
    let mut rebuild = Rebuild::new();
    ids::clear(change)?;
    snapshots::clear(change)?;
    answered::clear(change)?;
    while read_page(change, &mut rebuild)? {}
    let mut head = rebuild.head;
    head.stamped = stamped.min(head.head.position);
    names::rebuild(change, rebuild.stream_ends())?;
    ids::link_all(change)?;
    set_head(change, &head)?;
    Ok(head)
}

/// The same, with all indexes, where nobody knows what is damaged.
pub(super) fn rebuild_all(change: &Connection) -> Answer<Rebuilt> {
    let written = written_head(change).ok();
    change.execute_batch("REINDEX")?;
    let stamped = written.map_or(Position::START, |head| head.stamped);
    Ok(check_end(written, rebuild(change, stamped)?)?)
}

/// The next events; whether there were any.
fn read_page(change: &Connection, rebuild: &mut Rebuild) -> Answer<bool> {
    let mut select = change.prepare_cached(
        "SELECT position, stream, number, line, digest FROM events \
         WHERE position > ? ORDER BY position LIMIT ?",
    )?;
    let before = rebuild.position();
    let mut rows = select.query((sql(before.get()), PAGE))?;
    while let Some(row) = rows.next()? {
        let found = FoundEvent {
            position: Position::new(number(row, 0)?),
            stream: row.get(1)?,
            version: Version::new(number(row, 2)?),
            line: row.get_ref(3)?.as_blob().map_err(rusqlite::Error::from)?,
            digest: row.get_ref(4)?.as_blob().map_err(rusqlite::Error::from)?,
        };
        let event = rebuild.event(&found)?;
        if event.is_misplaced {
            let place = (event.stream, sql(event.version.get()), sql(found.position.get()));
            let update = "UPDATE events SET stream = ?, number = ? WHERE position = ?";
            change.prepare_cached(update)?.execute(place)?;
        }
        if let Some(id) = &event.id {
            rebuild.head.ids += u64::from(ids::add(change, event.stream, id, found.position)?);
        }
    }
    Ok(rebuild.position() > before)
}
