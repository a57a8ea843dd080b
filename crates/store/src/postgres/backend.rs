//! Where this process's one writer works: all that a transaction needs is read at once, and all
//! that it changes is written at once, whatever it holds.

use std::cell::RefCell;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::num::NonZeroUsize;
use std::sync::Arc;

use deadpool_postgres::Transaction;

use super::answered;
use super::error::{Answer, ServerError};
use super::head::{advance_head, head, lock_head};
use super::link::Link;
use super::rows::{self, execute, missing, query};
use super::streams::{stream_ends, write_streams};
use super::tail::CHANNEL;
use crate::digest::Digest;
use crate::event::IdKey;
use crate::integrity::{HeadRow, StreamEnd, Unsound, sql};
use crate::log_end::{Holder, LogEnd, Tables};
use crate::place::{Position, Stream, Version};
use crate::row_digest::{RowDigest, digest_of_id, key_of_id};
use crate::writer::{Answered, CommitBackend, Wanted};

/// How many streams are remembered: none, because other machines write too. Those of a transaction
/// are read before it.
const REMEMBERED: NonZeroUsize = NonZeroUsize::MIN;

pub(crate) struct ServerBackend(pub(crate) Arc<Link>);

impl CommitBackend for ServerBackend {
    type Tables = Gathered;
    type Error = ServerError;

    fn remember(&mut self, answers: &[Answered]) -> Answer<()> {
        let link = &self.0;
        link.block_on(link.lend(link.deadline(), async |client| {
            let change = client.transaction().await?;
            answered::put(&change, answers).await?;
            Ok(change.commit().await?)
        }))
    }

    /// The head is locked for the time of the transaction, so that one follows the other on all
    /// machines.
    fn commit<T>(
        &mut self,
        wanted: &Wanted<'_>,
        grow: impl FnOnce(&mut LogEnd, &Gathered) -> Answer<T>,
    ) -> Answer<(T, Position)> {
        let link = &self.0;
        link.block_on(link.lend(link.deadline(), async |client| {
            let change = client.transaction().await?;
            lock_head(&change).await?;
            let tables = Gathered::read(&change, head(&change), wanted).await?;
            let mut stream_end = LogEnd::read(&tables, REMEMBERED)?;
            let before = stream_end.position();
            let answer = grow(&mut stream_end, &tables)?;
            let end = stream_end.position();
            if end != before {
                stream_end.write(&tables)?;
                tables.write(&change).await?;
                change.commit().await?;
            }
            Ok((answer, end))
        }))
    }
}

/// What a transaction looks at, and what it is going to change.
pub(crate) struct Gathered {
    head: HeadRow,
    stream_ends: RefCell<HashMap<Stream, StreamEnd>>,
    holders: RefCell<HashMap<(i64, IdKey), Holder>>,
    added: RefCell<Added>,
}

/// Rows to be written.
#[derive(Default)]
struct Added {
    events: Vec<AddedEvent>,
    /// Stream, id and position.
    ids: Vec<(i64, IdKey, i64)>,
    /// Streams that are new, and their numbers.
    streams: Vec<(Stream, i64)>,
    head: Option<HeadRow>,
}

struct AddedEvent {
    position: i64,
    stream: i64,
    number: i64,
    line: Vec<u8>,
    digest: Digest,
}

impl Gathered {
    /// Reads what is wanted of a log, together with its head.
    pub(super) async fn read(
        change: &Transaction<'_>,
        head: impl Future<Output = Answer<HeadRow>>,
        wanted: &Wanted<'_>,
    ) -> Answer<Gathered> {
        let (head, stream_ends) = tokio::try_join!(head, stream_ends(change, wanted))?;
        let holders = holders(change, wanted, &stream_ends).await?;
        Ok(Gathered {
            head,
            stream_ends: RefCell::new(stream_ends),
            holders: RefCell::new(holders),
            added: RefCell::default(),
        })
    }

    /// Writes all that was added, and tells who listens, in one round trip: the statements are sent
    /// together.
    async fn write(self, change: &Transaction<'_>) -> Answer<()> {
        let added = self.added.into_inner();
        let Some(head) = added.head else { return Ok(()) };
        let streams = added.streams.iter().map(|(stream, number)| (stream, *number));
        let streams: Vec<_> = streams.collect();
        tokio::try_join!(
            write_events(change, &added.events),
            write_ids(change, &added.ids),
            write_streams(change, &streams),
            advance_head(change, self.head.head.position, &head),
            notify(change, head.head.position),
        )?;
        Ok(())
    }
}

async fn notify(change: &Transaction<'_>, end: Position) -> Answer<()> {
    execute(change, "SELECT pg_notify($1, $2)", &[&CHANNEL, &end.to_string()]).await
}

/// The events that have the ids that are wanted.
async fn holders(
    change: &Transaction<'_>,
    wanted: &Wanted<'_>,
    stream_ends: &HashMap<Stream, StreamEnd>,
) -> Answer<HashMap<(i64, IdKey), Holder>> {
    let (mut streams, mut keys) = (Vec::new(), Vec::new());
    let mut asked = HashMap::new();
    for (stream, id) in &wanted.0 {
        let number = stream_ends.get(stream).and_then(|stream_end| stream_end.number);
        if let (Some(number), Some(id)) = (number, id) {
            let key = key_of_id(id).into_owned();
            streams.push(number);
            keys.push(key.clone());
            asked.insert((number, key), *id);
        }
    }
    let mut holders = HashMap::new();
    if keys.is_empty() {
        return Ok(holders);
    }
    // Each id is looked up by itself: nothing is left to what the server knows of the tables.
    let select = "SELECT e.position, e.stream, \
         (SELECT account FROM tallyfold.streams s WHERE s.stream = e.stream), \
         e.number, e.line, e.digest, i.stream, i.id, i.position, i.digest \
         FROM unnest($1::bigint[], $2::bytea[]) AS w (stream, id) \
         CROSS JOIN LATERAL (SELECT * FROM tallyfold.ids i \
             WHERE i.stream = w.stream AND i.id = w.id OFFSET 0) i \
         LEFT JOIN LATERAL (SELECT * FROM tallyfold.events e \
             WHERE e.position = i.position OFFSET 0) e ON true";
    for row in query(change, select, &[&streams, &keys]).await? {
        let (stream, key): (i64, Vec<u8>) = (row.try_get(6)?, row.try_get(7)?);
        let position = Position::new(row.try_get::<_, i64>(8)?.cast_unsigned());
        rows::check_id((stream, &key), position, row.try_get(9)?)?;
        if row.try_get::<_, Option<i64>>(0)?.is_none() {
            return Err(missing(position));
        }
        if let Some(id) = asked.remove(&(stream, key)) {
            holders.insert((stream, id.clone()), rows::event(&row, 0)?.into());
        }
    }
    Ok(holders)
}

async fn write_events(change: &Transaction<'_>, events: &[AddedEvent]) -> Answer<()> {
    let column = |number: fn(&AddedEvent) -> i64| events.iter().map(number).collect::<Vec<_>>();
    let (positions, streams) = (column(|it| it.position), column(|it| it.stream));
    let numbers = column(|it| it.number);
    let lines: Vec<&[u8]> = events.iter().map(|it| &*it.line).collect();
    let digests: Vec<&[u8]> = events.iter().map(|it| &it.digest[..]).collect();
    let insert = "INSERT INTO tallyfold.events SELECT * FROM \
                  unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bytea[], $5::bytea[])";
    execute(change, insert, &[&positions, &streams, &numbers, &lines, &digests]).await
}

/// Gives ids to events; an event that has one already keeps it.
pub(super) async fn write_ids(change: &Transaction<'_>, ids: &[(i64, IdKey, i64)]) -> Answer<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let streams: Vec<i64> = ids.iter().map(|it| it.0).collect();
    let keys: Vec<_> = ids.iter().map(|it| key_of_id(&it.1)).collect();
    let positions: Vec<i64> = ids.iter().map(|it| it.2).collect();
    let digest = |((stream, _, position), key): (&(i64, IdKey, i64), &_)| {
        let key: &std::borrow::Cow<'_, [u8]> = key;
        digest_of_id((*stream, key), Position::new(position.cast_unsigned()), None)
    };
    let digests: Vec<RowDigest> = ids.iter().zip(&keys).map(digest).collect();
    let digests: Vec<&[u8]> = digests.iter().map(|digest| &digest[..]).collect();
    let keys: Vec<&[u8]> = keys.iter().map(|key| &**key).collect();
    let insert = "INSERT INTO tallyfold.ids SELECT * FROM \
                  unnest($1::bigint[], $2::bytea[], $3::bigint[], $4::bytea[]) \
                  ON CONFLICT (stream, id) DO NOTHING";
    execute(change, insert, &[&streams, &keys, &positions, &digests]).await
}

impl Tables for Gathered {
    type Error = ServerError;

    fn head(&self) -> Answer<HeadRow> {
        Ok(self.head)
    }

    fn stream_end(&self, stream: &Stream) -> Answer<StreamEnd> {
        Ok(StreamEnd::found(self.stream_ends.borrow().get(stream).copied(), stream)?)
    }

    fn with_id(&self, stream: i64, id: &IdKey) -> Answer<Option<Holder>> {
        Ok(self.holders.borrow().get(&(stream, id.clone())).cloned())
    }

    fn insert_event(
        &self,
        stream: i64,
        (position, version, line, digest): (Position, Version, &[u8], &Digest),
    ) -> Answer<()> {
        self.added.borrow_mut().events.push(AddedEvent {
            position: sql(position.get()),
            stream,
            number: sql(version.get()),
            line: line.to_vec(),
            digest: *digest,
        });
        Ok(())
    }

    fn insert_id(&self, stream: i64, id: &IdKey, event: Holder) -> Answer<bool> {
        let mut holders = self.holders.borrow_mut();
        let Entry::Vacant(holder) = holders.entry((stream, id.clone())) else { return Ok(false) };
        self.added.borrow_mut().ids.push((stream, id.clone(), sql(event.position.get())));
        holder.insert(event);
        Ok(true)
    }

    fn insert_stream(&self, stream: &Stream, stream_end: StreamEnd) -> Answer<()> {
        let number = stream_end.number.ok_or_else(|| Unsound(format!("{stream} has no number")))?;
        self.added.borrow_mut().streams.push((stream.clone(), number));
        self.set_stream_end(stream, stream_end)
    }

    fn set_stream_end(&self, stream: &Stream, stream_end: StreamEnd) -> Answer<()> {
        self.stream_ends.borrow_mut().insert(stream.clone(), stream_end);
        Ok(())
    }

    fn set_head(&self, head: &HeadRow) -> Answer<()> {
        self.added.borrow_mut().head = Some(*head);
        Ok(())
    }
}
