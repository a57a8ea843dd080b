//! The file: whose it is, which schema it has, and how it is brought up to date.

use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rusqlite::{Connection, OpenFlags, OptionalExtension, Transaction, TransactionBehavior};

use super::error::{Answer, FileError};
use super::rebuild::rebuild;
use super::{checkpoints, rows};
use crate::digest::Chain;
use crate::place::Position;
use crate::store::Head;

/// What SQLite's header says of a file of ours: the letters `Taly`.
pub(super) const APPLICATION_ID: i64 = 0x5461_6c79;

/// How long another process may hold the file before we give up.
const PATIENCE: Duration = Duration::from_secs(10);

/// The write-ahead log (WAL) grows to about this many pages before it is written back into the file.
const WAL_PAGES: u32 = 4_000;
const WAL_BYTES_KEPT: u32 = 64 << 20;

/// What brings a file from one schema to the next; the first from nothing. In all of them lines
/// are of version 1 of the log format.
const MIGRATIONS: [&str; 3] =
    [include_str!("schema_1.sql"), include_str!("schema_2.sql"), include_str!("schema_3.sql")];

/// Each connection is used by one thread at a time, so SQLite need not see to that.
const READ_ONLY: OpenFlags =
    OpenFlags::SQLITE_OPEN_READ_ONLY.union(OpenFlags::SQLITE_OPEN_NO_MUTEX);
const READ_WRITE: OpenFlags =
    OpenFlags::SQLITE_OPEN_READ_WRITE.union(OpenFlags::SQLITE_OPEN_NO_MUTEX);

/// The newest schema that is known here.
pub(super) const SCHEMA: i64 = MIGRATIONS.len() as i64;

/// Opens the file to write to it, makes it where it may be made, and brings it up to date.
pub(super) fn open_writer(path: &Path, may_create: bool) -> Answer<Connection> {
    if may_create {
        make_private(path);
    }
    let create = if may_create { OpenFlags::SQLITE_OPEN_CREATE } else { OpenFlags::empty() };
    let mut file = Connection::open_with_flags(path, READ_WRITE | create)?;
    file.busy_timeout(PATIENCE)?;
    // As of one instant: another process may be making it.
    let schema = check(&*file.unchecked_transaction()?)?;
    if schema == 0 && !may_create {
        return Err(FileError::Foreign("it is empty".to_owned()));
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
    check_tables(&file)?;
    Ok(file)
}

/// Makes an empty file that nobody else may read, where there is none: SQLite gives the files beside
/// it the same permissions.
fn make_private(path: &Path) {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    // Where that fails, SQLite says why, or the file is there.
    drop(options.open(path));
}

/// Opens the file to read from it without writing anything. Where no WAL is beside it, nobody is
/// writing to it, and no lock is taken.
pub(super) fn open_read_only(path: &Path) -> Answer<Connection> {
    let has_wal = wal_beside(path).metadata().is_ok_and(|wal| wal.len() > 0);
    let file = if has_wal {
        Connection::open_with_flags(path, READ_ONLY)?
    } else {
        let flags = READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
        Connection::open_with_flags(format!("file:{}?immutable=1", uri_path(path)), flags)?
    };
    file.busy_timeout(PATIENCE)?;
    match check(&file)? {
        0 => return Err(FileError::Foreign("it is empty".to_owned())),
        SCHEMA => {}
        older => return Err(FileError::Older(older)),
    }
    check_tables(&file)?;
    Ok(file)
}

/// The WAL that SQLite keeps beside a file.
pub(super) fn wal_beside(path: &Path) -> PathBuf {
    let mut wal = path.as_os_str().to_owned();
    wal.push("-wal");
    wal.into()
}

/// When the file and the WAL beside it were written to last, as far as the system tells.
pub(super) fn written_at(path: &Path) -> [Option<(u64, SystemTime)>; 2] {
    [path.to_owned(), wal_beside(path)].map(|path| {
        let file = path.metadata().ok()?;
        Some((file.len(), file.modified().ok()?))
    })
}

/// A path as it stands in a URI.
fn uri_path(path: &Path) -> String {
    let mut uri = String::new();
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => {
                uri.push(char::from(*byte));
            }
            other => uri.push_str(&format!("%{other:02X}")),
        }
    }
    uri
}

/// Opens the file to read from it, beside the writer.
pub(super) fn open_reader(path: &Path) -> Answer<Connection> {
    let file = Connection::open_with_flags(path, READ_WRITE)?;
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
        APPLICATION_ID if schema > SCHEMA => Err(FileError::Newer(schema)),
        APPLICATION_ID if schema > 0 => Ok(schema),
        0 if schema == 0 && tables == 0 => Ok(0),
        0 => Err(FileError::Foreign("it is a database of another program".to_owned())),
        other => Err(FileError::Foreign(format!("its application id is {other:#x}"))),
    }
}

/// Brings a file forward, step by step, in one transaction.
fn migrate(file: &mut Connection) -> Answer<()> {
    let change = Transaction::new(file, TransactionBehavior::Immediate)?;
    // Another process may have been faster.
    let from = check(&change)?;
    if from == SCHEMA {
        return Ok(());
    }
    let old_head = if from == 1 { head_of_schema_1(&change)? } else { Head::default() };
    for step in &MIGRATIONS[from as usize..] {
        change.execute_batch(step)?;
    }
    if from < 2 {
        fill_tables(&change, old_head)?;
    }
    change.pragma_update(None, "application_id", APPLICATION_ID)?;
    change.pragma_update(None, "user_version", SCHEMA)?;
    change.commit()?;
    Ok(())
}

/// Makes what the newest schema has beside the events of schema 1.
fn fill_tables(change: &Connection, old_head: Head) -> Answer<()> {
    let rebuilt = rebuild(change, Position::START)?;
    if old_head != rebuilt.head {
        return Err(FileError::damaged("the chain is not that of the events"));
    }
    take_over_checkpoints(change)
}

/// Where the log ended in schema 1.
fn head_of_schema_1(file: &Connection) -> Answer<Head> {
    let select = "SELECT position, chain FROM head";
    let head = file.query_row(select, [], |row| {
        Ok(Head { position: Position::new(rows::number(row, 0)?), chain: Chain(row.get(1)?) })
    });
    Ok(head.optional()?.unwrap_or_default())
}

/// Copies the checkpoints of schema 1.
fn take_over_checkpoints(change: &Connection) -> Answer<()> {
    let mut select = change.prepare("SELECT consumer, position FROM checkpoints_1")?;
    let old = select.query_map([], |row| {
        Ok((row.get::<_, String>(0)?, Position::new(rows::number(row, 1)?)))
    })?;
    let old = old.collect::<Result<Vec<_>, _>>()?;
    drop(select);
    checkpoints::rebuild(change, old)?;
    Ok(change.execute_batch("DROP TABLE checkpoints_1")?)
}

/// What a table, index or trigger is called, what it belongs to, and what made it.
type Made = (String, String, Option<String>);

/// Whether the tables are those that were made, and nothing hangs on them: a trigger could
/// swallow what is written.
pub(super) fn check_tables(file: &Connection) -> Answer<()> {
    let mut ours = Connection::open_in_memory()?;
    migrate(&mut ours)?;
    let ours = made(&ours)?;
    let found = made(file)?;
    if let Some((name, ..)) = ours.iter().find(|made| !found.contains(made)) {
        return Err(FileError::damaged(format!("`{name}` is not as it was made")));
    }
    let tables: BTreeSet<&str> = ours.iter().map(|(_, table, _)| table.as_str()).collect();
    let hangs_on_ours = |made: &&Made| tables.contains(made.1.as_str()) && !ours.contains(made);
    match found.iter().find(hangs_on_ours) {
        Some((name, table, _)) => {
            Err(FileError::damaged(format!("`{name}` does not belong to its table `{table}`")))
        }
        None => Ok(()),
    }
}

fn made(file: &Connection) -> Answer<Vec<Made>> {
    let mut select = file.prepare("SELECT name, tbl_name, sql FROM sqlite_schema")?;
    let made = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok(made.collect::<Result<_, _>>()?)
}
