//! Everything read and checked.

use rusqlite::Connection;

use super::error::{Answer, FileError};
use super::{checkpoints, deliveries, ids, names, rows, schema};
use crate::observer::{Observation, StoreObserver};
use crate::place::Stream;
use crate::store::Verified;
use crate::verifier::Verifier;

/// How many events are read at once.
const PAGE: usize = 1_000;

pub(super) fn verify(file: &Connection, observer: &dyn StoreObserver) -> Answer<Verified> {
    check_pages(file)?;
    schema::check_tables(file)?;
    let mut verifier = Verifier::default();
    loop {
        let page = rows::log(file, verifier.position(), PAGE)?;
        if page.is_empty() {
            break;
        }
        page.iter().try_for_each(|event| verifier.event(file, event))?;
        observer.observe(&Observation::Verified { events: verifier.position().get() });
    }
    let mut after = String::new();
    let mut accounts = 0;
    loop {
        let page = names::accounts(file, &after, PAGE)?;
        accounts += page.len() as u64;
        match page.last().and_then(Stream::account) {
            Some(last) => after = last.to_owned(),
            None => break,
        }
    }
    checkpoints::all(file)?;
    deliveries::verify(file)?;
    verifier.end(file, ids::verify(file)?, accounts)
}

/// What SQLite itself has to say of its pages and indexes.
fn check_pages(file: &Connection) -> Answer<()> {
    let said: String = file.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if said == "ok" { Ok(()) } else { Err(FileError::damaged(said)) }
}
