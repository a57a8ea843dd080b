//! Streams: found by the name of their account, or known not to be there.

use rusqlite::{Connection, OptionalExtension, Row};

use super::error::{Answer, FileError};
use super::rows::number;
use crate::integrity::{CATALOG, MALFORMED, StreamEnd, Unsound, account_stream, page, sql};
use crate::place::{Position, Stream, Version};
use crate::row_digest::{RowDigest, digest_of_names, digest_of_stream};

/// What is selected of a stream.
macro_rules! select_stream {
    ($rest:literal) => {
        concat!("SELECT stream, last, version, digest, account, names FROM streams ", $rest)
    };
}

/// A row of the table of streams.
struct StreamRow {
    stream_end: StreamEnd,
    digest: RowDigest,
    account: Option<String>,
    names: RowDigest,
}

impl StreamRow {
    fn read(row: &Row<'_>) -> rusqlite::Result<StreamRow> {
        let (last, version) = (Position::new(number(row, 1)?), Version::new(number(row, 2)?));
        let stream_end = StreamEnd { number: Some(row.get(0)?), last, version };
        Ok(StreamRow { stream_end, digest: row.get(3)?, account: row.get(4)?, names: row.get(5)? })
    }

    /// The end of the stream that was asked for.
    fn checked(&self, stream: &Stream) -> Answer<StreamEnd> {
        if self.digest == digest_of_stream(stream, self.stream_end) {
            return Ok(self.stream_end);
        }
        Err(FileError::damaged(format!("what is known of {stream} was changed")))
    }

    /// Whether the account after this one has this name.
    fn is_before(&self, next: Option<&str>) -> Answer<()> {
        let account = self.account.as_deref();
        if self.names == digest_of_names(account, next) {
            return Ok(());
        }
        let after =
            account.map_or("the first".to_owned(), |name| format!("the one after `{name}`"));
        Err(FileError::damaged(format!("of the accounts {after} is missing")))
    }
}

fn first(file: &Connection, select: &str, name: &str) -> Answer<Option<StreamRow>> {
    Ok(file.prepare_cached(select)?.query_row([name], StreamRow::read).optional()?)
}

fn numbered(file: &Connection, stream: i64) -> Answer<Option<StreamRow>> {
    let mut select = file.prepare_cached(select_stream!("WHERE stream = ?"))?;
    Ok(select.query_row([stream], StreamRow::read).optional()?)
}

/// The account of this name or the first one after it.
fn at_or_after(file: &Connection, name: &str) -> Answer<Option<StreamRow>> {
    first(file, select_stream!("WHERE account >= ? ORDER BY account LIMIT 1"), name)
}

/// The last account before a name; the catalog before all.
fn before(file: &Connection, name: &str) -> Answer<StreamRow> {
    let last = select_stream!("WHERE account < ? ORDER BY account DESC LIMIT 1");
    let row =
        first(file, last, name)?.map_or_else(|| numbered(file, CATALOG), |it| Ok(Some(it)))?;
    row.ok_or_else(|| FileError::damaged("the catalog is missing"))
}

/// The end of a stream; that of an account without events only where there is none of its name.
pub(super) fn stream_end(file: &Connection, stream: &Stream) -> Answer<StreamEnd> {
    let number = match stream {
        Stream::Catalog => CATALOG,
        Stream::Malformed => MALFORMED,
        Stream::Account(name) => return tip_of_account(file, stream, name.as_str()),
    };
    match numbered(file, number)? {
        Some(row) => row.checked(stream),
        None => Err(FileError::damaged(format!("{stream} is missing"))),
    }
}

fn tip_of_account(file: &Connection, stream: &Stream, name: &str) -> Answer<StreamEnd> {
    let next = at_or_after(file, name)?;
    let next = next.as_ref();
    match next.filter(|row| row.account.as_deref() == Some(name)) {
        Some(row) => row.checked(stream),
        None => {
            before(file, name)?.is_before(next.and_then(|row| row.account.as_deref()))?;
            Ok(StreamEnd::NEW)
        }
    }
}

/// Names of accounts in byte order, none passed over.
pub(super) fn accounts(file: &Connection, after: &str, limit: usize) -> Answer<Vec<Stream>> {
    let mut select =
        file.prepare_cached(select_stream!("WHERE account > ? ORDER BY account LIMIT ?"))?;
    // One more, because the last one's digest covers the name after it.
    let rows = select.query_map((after, page(limit).saturating_add(1)), StreamRow::read)?;
    let mut rows = rows.collect::<Result<Vec<_>, _>>()?;
    let mut last =
        match at_or_after(file, after)?.filter(|row| row.account.as_deref() == Some(after)) {
            Some(row) => row,
            None => before(file, after)?,
        };
    let is_end = rows.len() <= limit.max(1);
    let mut accounts = Vec::with_capacity(rows.len());
    for row in rows.drain(..) {
        last.is_before(row.account.as_deref())?;
        if let Some(name) = &row.account {
            accounts.push(account_stream(name.clone())?);
        }
        last = row;
    }
    if is_end {
        last.is_before(None)?;
    }
    accounts.truncate(limit.max(1));
    Ok(accounts)
}

/// Adds an account that is known to have no row.
pub(super) fn insert(file: &Connection, stream: &Stream, stream_end: StreamEnd) -> Answer<()> {
    let Some(name) = stream.account() else {
        return Err(FileError::damaged(format!("{stream} is missing")));
    };
    let next = at_or_after(file, name)?.and_then(|row| row.account);
    let before = before(file, name)?;
    before.is_before(next.as_deref())?;
    let names = digest_of_names(Some(name), next.as_deref());
    insert_row(file, stream, stream_end, &names)?;
    set_names(file, &before, Some(name))
}

fn set_names(file: &Connection, row: &StreamRow, next: Option<&str>) -> Answer<()> {
    let names = digest_of_names(row.account.as_deref(), next);
    let mut update = file.prepare_cached("UPDATE streams SET names = ? WHERE stream = ?")?;
    changed(update.execute((names, row.stream_end.number))?)
}

fn insert_row(
    file: &Connection,
    stream: &Stream,
    stream_end: StreamEnd,
    names: &RowDigest,
) -> Answer<()> {
    let (last, version) = (sql(stream_end.last.get()), sql(stream_end.version.get()));
    let digest = digest_of_stream(stream, stream_end);
    let mut insert = file.prepare_cached("INSERT INTO streams VALUES (?, ?, ?, ?, ?, ?)")?;
    insert.execute((stream_end.number, stream.account(), last, version, digest, names))?;
    Ok(())
}

/// Writes down where a stream ends now.
pub(super) fn update(file: &Connection, stream: &Stream, stream_end: StreamEnd) -> Answer<()> {
    let (last, version) = (sql(stream_end.last.get()), sql(stream_end.version.get()));
    let digest = digest_of_stream(stream, stream_end);
    let mut update = file
        .prepare_cached("UPDATE streams SET last = ?, version = ?, digest = ? WHERE stream = ?")?;
    changed(update.execute((last, version, digest, stream_end.number))?)
}

/// A row that must be there.
pub(super) fn changed(rows: usize) -> Answer<()> {
    if rows == 1 { Ok(()) } else { Err(Unsound::because("a row is missing").into()) }
}

/// Makes all rows anew.
pub(super) fn rebuild<'a>(
    file: &Connection,
    stream_ends: impl Iterator<Item = (&'a Stream, StreamEnd)>,
) -> Answer<()> {
    file.execute("DELETE FROM streams", [])?;
    let mut stream_ends: Vec<_> = stream_ends.collect();
    stream_ends.sort_unstable_by_key(|(stream, _)| stream.account());
    let names: Vec<&str> = stream_ends.iter().filter_map(|(stream, _)| stream.account()).collect();
    for (stream, stream_end) in &stream_ends {
        let after = names.partition_point(|name| Some(*name) <= stream.account());
        let next = names.get(after).copied().filter(|_| **stream != Stream::Malformed);
        insert_row(file, stream, *stream_end, &digest_of_names(stream.account(), next))?;
    }
    Ok(())
}
