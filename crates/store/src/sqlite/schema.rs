//! The file: whose it is, which schema it has, and how it is brought up to date.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

use super::trouble::{Answer, Trouble};

/// What SQLite's header says of a file of ours: the letters `Taly`.
pub(super) const APPLICATION_ID: i64 = 0x5461_6c79;

/// How long another process may hold the file before we give up.
const PATIENCE: Duration = Duration::from_secs(10);

/// The log grows to about this many pages before it is written back into the file.
const WAL_PAGES: u32 = 4_000;
const WAL_BYTES_KEPT: u32 = 64 << 20;

/// What brings a file from one schema to the next; the first from nothing.
const MIGRATIONS: [&str; 1] = [include_str!("schema_1.sql")];

/// The newest schema that is known here.
pub(super) const SCHEMA: i64 = MIGRATIONS.len() as i64;

/// Opens the file to write to it, makes it where it may be made, and brings it up to date.
pub(super) fn open_writer(path: &Path, may_create: bool) -> Answer<Connection> {
    let create = if may_create { OpenFlags::SQLITE_OPEN_CREATE } else { OpenFlags::empty() };
    let mut file = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE | create)?;
    file.busy_timeout(PATIENCE)?;
    // As of one instant: another process may be making it.
    let schema = check(&*file.unchecked_transaction()?)?;
    if schema == 0 && !may_create {
        return Err(Trouble::Foreign("it is empty".to_owned()));
    }
    file.pragma_update(None, "journal_mode", "wal")?;
    file.pragma_update(None, "synchronous", "full")?;
    file.pragma_update(None, "fullfsync", true)?;
    file.pragma_update(None, "wal_autocheckpoint", WAL_PAGES)?;
    file.pragma_update(None, "journal_size_limit", WAL_BYTES_KEPT)?;
    file.set_prepared_statement_cache_capacity(64);
    if schema < SCHEMA {
        migrate(&mut file)?;
    }
    Ok(file)
}

/// Opens the file to read from it, beside the writer.
pub(super) fn open_reader(path: &Path) -> Answer<Connection> {
    let file = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    file.busy_timeout(PATIENCE)?;
    file.pragma_update(None, "query_only", true)?;
    Ok(file)
}

/// The schema of a file; 0 for one that is still empty.
fn check(file: &Connection) -> Answer<i64> {
    let number = |pragma| file.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
    let (application, schema) = (number("application_id")?, number("user_version")?);
    let tables: i64 = file.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    match application {
        APPLICATION_ID if schema > SCHEMA => Err(Trouble::Newer(schema)),
        APPLICATION_ID if schema > 0 => Ok(schema),
        0 if schema == 0 && tables == 0 => Ok(0),
        0 => Err(Trouble::Foreign("it is a database of another program".to_owned())),
        other => Err(Trouble::Foreign(format!("its application id is {other:#x}"))),
    }
}

/// Brings a file forward, step by step, in one transaction.
fn migrate(file: &mut Connection) -> Answer<()> {
    let change = Transaction::new(file, TransactionBehavior::Immediate)?;
    // Another process may have been faster.
    let from = check(&change)?;
    for step in &MIGRATIONS[from as usize..] {
        change.execute_batch(step)?;
    }
    change.pragma_update(None, "application_id", APPLICATION_ID)?;
    change.pragma_update(None, "user_version", SCHEMA)?;
    change.commit()?;
    Ok(())
}
