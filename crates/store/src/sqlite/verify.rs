//! Everything read and checked.

use rusqlite::Connection;

use super::rows;
use super::trouble::{Answer, Trouble};
use crate::store::Verified;
use crate::walk::Walk;

/// How many events are read at once.
const PAGE: usize = 1_000;

pub(super) fn verify(file: &Connection) -> Answer<Verified> {
    check_pages(file)?;
    let mut walk = Walk::default();
    loop {
        let page = rows::log(file, walk.position(), PAGE)?;
        if page.is_empty() {
            break;
        }
        page.iter().try_for_each(|event| walk.event(file, event))?;
    }
    let count = |select| file.query_row(select, [], |row| row.get::<_, i64>(0));
    let accounts = count("SELECT count(*) FROM streams WHERE stream > 1")?;
    walk.end(file, count("SELECT count(*) FROM ids")?, accounts)
}

/// What SQLite itself has to say of its pages and indexes.
fn check_pages(file: &Connection) -> Answer<()> {
    let said: String = file.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if said == "ok" { Ok(()) } else { Err(Trouble::damaged(said)) }
}
