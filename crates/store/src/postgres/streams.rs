//! Which streams there are, and where each ends: its last event tells, so that an append to a stream
//! changes no row.
//!
//! The last event is found by an index that its other events are not read by. So each of the two
//! tells when the other has lost it.

use std::collections::HashMap;

use deadpool_postgres::Transaction;
use tokio_postgres::Row;

use super::error::Answer;
use super::rows::{execute, query, query_opt};
use crate::event::StoredEvent;
use crate::integrity::{
    CATALOG, EventRow, MALFORMED, NO_STREAM, StreamEnd, Unsound, account_stream, sql,
};
use crate::place::{Position, Stream, Version};
use crate::row_digest::digest_of_stream;
use crate::writer::Wanted;

/// What is selected of a stream: its row, and its last event where it has one.
macro_rules! select_stream {
    ($streams:literal) => {
        concat!(
            "SELECT s.stream, s.account, s.digest, e.position, e.number, e.line, e.digest FROM ",
            $streams,
            " LEFT JOIN LATERAL (SELECT * FROM tallyfold.events e WHERE e.stream = s.stream \
               ORDER BY number DESC LIMIT 1) e ON true"
        )
    };
}

/// The end of a stream.
pub(super) async fn stream_end(view: &Transaction<'_>, stream: &Stream) -> Answer<StreamEnd> {
    const BY_NUMBER: &str =
        select_stream!("(SELECT * FROM tallyfold.streams WHERE stream = $1 OFFSET 0) s");
    const BY_NAME: &str =
        select_stream!("(SELECT * FROM tallyfold.streams WHERE account = $1 OFFSET 0) s");
    let row = match stream {
        Stream::Catalog => query_opt(view, BY_NUMBER, &[&CATALOG]).await?,
        Stream::Malformed => query_opt(view, BY_NUMBER, &[&MALFORMED]).await?,
        Stream::Account(name) => query_opt(view, BY_NAME, &[&name.as_str()]).await?,
    };
    let stream_end =
        row.map(|row| stream_and_tip(&row)).transpose()?.map(|(_, stream_end)| stream_end);
    Ok(StreamEnd::found(stream_end, stream)?)
}

/// The ends of the streams that are wanted, and of those that are no accounts.
pub(super) async fn stream_ends(
    change: &Transaction<'_>,
    wanted: &Wanted<'_>,
) -> Answer<HashMap<Stream, StreamEnd>> {
    const OF_NO_ACCOUNT: &str =
        select_stream!("(SELECT * FROM tallyfold.streams WHERE stream < 2 OFFSET 0) s");
    const OF_ACCOUNTS: &str = select_stream!(
        "unnest($1::text[]) w (account) CROSS JOIN LATERAL \
         (SELECT * FROM tallyfold.streams s WHERE s.account = w.account OFFSET 0) s"
    );
    let mut names: Vec<&str> = wanted.0.iter().filter_map(|(stream, _)| stream.account()).collect();
    names.sort_unstable();
    names.dedup();
    let of_accounts = async { query(change, OF_ACCOUNTS, &[&names]).await };
    let (others, accounts) = tokio::try_join!(query(change, OF_NO_ACCOUNT, &[]), of_accounts)?;
    others.iter().chain(&accounts).map(stream_and_tip).collect()
}

/// A stream and its end, each as it was written. Only a stream of no account may have no event.
fn stream_and_tip(row: &Row) -> Answer<(Stream, StreamEnd)> {
    let (number, account) = (row.try_get(0)?, row.try_get::<_, Option<String>>(1)?);
    let stream = match &account {
        Some(account) => account_stream(account.clone())?,
        None if number == CATALOG => Stream::Catalog,
        None => Stream::Malformed,
    };
    if row.try_get::<_, &[u8]>(2)? != digest_of_stream(&stream, of_no_event(number)) {
        return Err(Unsound(format!("what is known of {stream} was changed")).into());
    }
    let Some(position) = row.try_get(3)? else {
        return match stream.account() {
            None => Ok((stream, of_no_event(number))),
            Some(_) => Err(Unsound(format!("the events of {stream} are missing")).into()),
        };
    };
    let last = EventRow {
        position,
        stream: number,
        account,
        number: row.try_get(4)?,
        line: row.try_get(5)?,
        digest: row.try_get(6)?,
    };
    let StoredEvent { position, version, .. } = last.event()?;
    Ok((stream, StreamEnd { number: Some(number), last: position, version }))
}

/// A stream as its row has it, which tells nothing of its events.
fn of_no_event(number: i64) -> StreamEnd {
    StreamEnd { number: Some(number), ..StreamEnd::NEW }
}

/// Writes down streams that are new.
pub(super) async fn write_streams(
    change: &Transaction<'_>,
    streams: &[(&Stream, i64)],
) -> Answer<()> {
    if streams.is_empty() {
        return Ok(());
    }
    let numbers: Vec<i64> = streams.iter().map(|(_, number)| *number).collect();
    let accounts: Vec<Option<&str>> = streams.iter().map(|(stream, _)| stream.account()).collect();
    let digest = |(stream, number): &(&Stream, i64)| digest_of_stream(stream, of_no_event(*number));
    let digests: Vec<_> = streams.iter().map(digest).collect();
    let digests: Vec<&[u8]> = digests.iter().map(|digest| &digest[..]).collect();
    let insert = "INSERT INTO tallyfold.streams SELECT * FROM \
                  unnest($1::bigint[], $2::text[], $3::bytea[])";
    execute(change, insert, &[&numbers, &accounts, &digests]).await
}

/// Whether what was read holds all events of a stream behind a position and up to another. The
/// events before and after tell what is between them.
pub(super) async fn check_stream(
    view: &Transaction<'_>,
    (stream, stream_end): (&Stream, StreamEnd),
    read: &[StoredEvent],
    after: Position,
    through: Position,
) -> Answer<()> {
    let before = version_at(view, stream_end, after).await?;
    let end = version_at(view, stream_end, through).await?;
    Ok(StreamEnd::check(stream, read, before, end)?)
}

/// How many events a stream has up to a position.
async fn version_at(
    view: &Transaction<'_>,
    stream_end: StreamEnd,
    position: Position,
) -> Answer<Version> {
    if position >= stream_end.last {
        return Ok(stream_end.version);
    }
    // Both columns, so that it fits the one index only.
    let select = "SELECT number FROM tallyfold.events \
                  WHERE (stream, position) > ($1, 0) AND (stream, position) <= ($1, $2) \
                  ORDER BY stream DESC, position DESC LIMIT 1";
    let number = stream_end.number.unwrap_or(NO_STREAM);
    let row = query_opt(view, select, &[&number, &sql(position.get())]).await?;
    let version = row.map(|row| row.try_get::<_, i64>(0)).transpose()?;
    Ok(Version::new(version.unwrap_or_default().cast_unsigned()))
}
