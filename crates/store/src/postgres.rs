//! The store for several machines: a PostgreSQL database.

mod address;
mod answered;
mod backend;
mod cut;
mod deadline;
mod deliveries;
mod error;
mod head;
mod link;
mod rebuild;
mod rows;
mod schema;
mod settings;
mod streams;
mod tail;
mod time;
mod tls;
mod verify;

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use deadpool_postgres::{Object, Transaction};
use tallyfold_core::Timestamp;
use tokio_postgres::IsolationLevel;

use crate::error::{AppendError, ImportError, StoreError};
use crate::event::{Batch, IdKey, LogLine, StoredEvent};
use crate::observer::StoreObserver;
use crate::place::{Position, Stream, Version};
use crate::repair::Cut;
use crate::shared_reading::SharedReading;
use crate::store::{Expected, Head, Rebuilt, Receipt, SnapshotBytes, Store, Verified};
use crate::writer::{AboutStore, Writer};
use backend::ServerBackend;
use deadline::Deadline;
use error::Answer;
use link::Link;
use tail::ToldPosition;

pub use settings::PostgresSettings;

/// What the work of a consumer finds, in place of what a connection is told, and back.
const AS_FOR_ANYBODY: &str = r#"SET LOCAL search_path = "$user", public; SET LOCAL enable_seqscan = on;
    SET LOCAL enable_bitmapscan = on; SET LOCAL enable_incremental_sort = on"#;
const AS_FOR_US: &str =
    "SET LOCAL search_path = pg_catalog, pg_temp; SET LOCAL enable_seqscan = off;
    SET LOCAL enable_bitmapscan = off; SET LOCAL enable_incremental_sort = off";

/// How often a tail looks by itself for what was not told.
const POLL: Duration = Duration::from_millis(500);

/// A store in a PostgreSQL database, in a schema `tallyfold` of its own; for services on several
/// machines.
///
/// Appenders of all threads of a process hand their batches to one writer, which commits all that
/// wait in one transaction; the transactions of several processes follow one another, because each
/// locks the one row that tells where the log ends. So positions have no gaps, and none becomes
/// visible late. Commits are synchronous, whatever the server's default is.
///
/// A server that is away is asked again until the deadline of the call. A connection that goes
/// silent is dropped then, and the call answers [`StoreError::Unavailable`]. An append that was on
/// its way may have happened or not; its ids make it safe to ask again.
///
/// Its calls wait, and must not be made on a thread that runs async tasks: use `spawn_blocking`, or
/// the async front of the service.
///
/// ```no_run
/// use tallyfold_store::{FutureLimit, Position, PostgresStore, Store};
///
/// let server = "postgres://ledger@db.example.com/ledger?sslmode=require";
/// let store = PostgresStore::connect(server, FutureLimit::default())?;
/// println!("{} ends at {}", store.name(), store.head()?.position);
/// # Ok::<(), tallyfold_store::StoreError>(())
/// ```
pub struct PostgresStore {
    // Before the link, so that it has ended when that is closed.
    writer: Writer<ServerBackend>,
    link: Arc<Link>,
    name: Arc<str>,
    settings: PostgresSettings,
    told: OnceLock<Arc<ToldPosition>>,
    head: SharedReading<Result<Head, StoreError>>,
}

impl PostgresStore {
    /// Connects to a store, and makes its schema where there is none. The server is described as
    /// for libpq: `postgres://user:password@host/database?sslmode=require`, or
    /// `host=… dbname=…`. TLS is `prefer` unless `sslmode` says otherwise, and a server that
    /// offers it needs a certificate that the system (or `SSL_CERT_FILE`) trusts.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the server cannot be reached, or the schema is of another program or a
    /// newer version.
    pub fn connect(
        server: &str,
        settings: impl Into<PostgresSettings>,
    ) -> Result<PostgresStore, StoreError> {
        PostgresStore::start(server, true, settings.into())
    }

    /// Connects to a store that exists.
    ///
    /// # Errors
    ///
    /// As for [`PostgresStore::connect`], and where there is none.
    pub fn connect_existing(
        server: &str,
        settings: impl Into<PostgresSettings>,
    ) -> Result<PostgresStore, StoreError> {
        PostgresStore::start(server, false, settings.into())
    }

    fn start(
        server: &str,
        may_create: bool,
        settings: PostgresSettings,
    ) -> Result<PostgresStore, StoreError> {
        let link = Link::of(server, &settings);
        let link = link.map_err(|error| error.of("the PostgreSQL server"))?;
        let name: Arc<str> = link.name().into();
        let deadline = link.deadline();
        let migrated = link.block_on(link.lend_for_steps(deadline, async |client| {
            let change = deadline.met(async { Ok(client.transaction().await?) }).await?;
            if deadline.met(schema::is_current(&change)).await? {
                return Ok(());
            }
            let long = Deadline::of_long_work();
            long.met(schema::migrate(&change, may_create)).await?;
            long.met(async { Ok(change.commit().await?) }).await
        }));
        migrated.map_err(|error| error.of(&name))?;
        let (link, observer) = (Arc::new(link), settings.store.observer.clone());
        let referred = time::refer_to_server(&link, &settings.store.future_limit);
        referred.map_err(|error| error.of(&name))?;
        let writer = Writer::start(ServerBackend(link.clone()), name.clone(), observer)?;
        let (told, head) = (OnceLock::new(), SharedReading::default());
        Ok(PostgresStore { writer, link, name, settings, told, head })
    }

    /// Reads the database as it is at one instant; once more where the connection was lost.
    fn read<T>(&self, read: impl AsyncFn(&Transaction<'_>) -> Answer<T>) -> Result<T, StoreError> {
        self.ask(async |deadline| {
            let link = &self.link;
            link.lend(deadline, async |client| read(&view(client).await?).await).await
        })
    }

    /// The same for what takes as long as the log is: each step has a deadline of its own.
    fn read_in_steps<T>(
        &self,
        read: impl AsyncFn(&Transaction<'_>, Deadline) -> Answer<T>,
    ) -> Result<T, StoreError> {
        self.ask(async |deadline| {
            let link = &self.link;
            let read = async |client: &mut Object| {
                let view = deadline.met(view(client)).await?;
                deadline.met(schema::without_timeouts(&view)).await?;
                read(&view, deadline).await
            };
            link.lend_for_steps(deadline, read).await
        })
    }

    /// Asks the server something that changes nothing; once more where the connection was lost.
    fn ask<T>(&self, question: impl AsyncFn(Deadline) -> Answer<T>) -> Result<T, StoreError> {
        let deadline = self.link.deadline();
        let answer = self.link.block_on(async {
            match question(deadline).await {
                Err(error) if error.is_of_connection() => question(deadline).await,
                answer => answer,
            }
        });
        answer.map_err(|error| error.of(&self.name))
    }

    /// Changes something beside the log.
    fn change<T>(
        &self,
        change: impl AsyncFn(&Transaction<'_>) -> Answer<T>,
    ) -> Result<T, StoreError> {
        let link = &self.link;
        let answer = link.block_on(link.lend(link.deadline(), async |client| {
            let transaction = client.transaction().await?;
            let answer = change(&transaction).await?;
            transaction.commit().await?;
            Ok(answer)
        }));
        answer.map_err(|error| error.of(&self.name))
    }

    /// Does a consumer's own work and moves its checkpoint, both or neither. Its tables are in the same
    /// database, and its transaction is one of [`tallyfold_store::tokio_postgres`](crate::tokio_postgres).
    ///
    /// ```no_run
    /// # use tallyfold_store::{FutureLimit, Position, PostgresStore};
    /// # let store = PostgresStore::connect("host=db.example.com", FutureLimit::default())?;
    /// store.consume("counter", Position::new(7), async |work| {
    ///     work.execute("INSERT INTO counts VALUES (7)", &[]).await
    /// })?;
    /// # Ok::<(), tallyfold_store::StoreError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`StoreError`]; then neither was done.
    pub fn consume<T>(
        &self,
        consumer: &str,
        to: Position,
        work: impl AsyncFn(&tokio_postgres::Transaction<'_>) -> Result<T, tokio_postgres::Error>,
    ) -> Result<T, StoreError> {
        self.change(async |change| {
            // Its names and plans are its own.
            change.batch_execute(AS_FOR_ANYBODY).await?;
            let done = work(&**change).await?;
            change.batch_execute(AS_FOR_US).await?;
            rows::move_checkpoint(change, consumer, to).await?;
            Ok(done)
        })
    }
}

/// The database as it is at one instant.
async fn view(client: &mut Object) -> Answer<Transaction<'_>> {
    let view = client.build_transaction().isolation_level(IsolationLevel::RepeatableRead);
    Ok(view.read_only(true).start().await?)
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStore").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Store for PostgresStore {
    fn name(&self) -> String {
        self.name.to_string()
    }

    fn now(&self) -> Result<Timestamp, StoreError> {
        self.settings.store.future_limit.now(&self.name)
    }

    fn observer(&self) -> &dyn StoreObserver {
        &*self.settings.store.observer
    }

    fn append(&self, batch: &Batch, expected: Expected) -> Result<Receipt, AppendError> {
        self.settings.store.future_limit.check(&self.name, batch)?;
        self.writer.append(batch.clone(), expected)
    }

    fn import(&self, after: Position, lines: &[LogLine]) -> Result<Position, ImportError> {
        self.writer.import(after, lines.to_vec())
    }

    fn analyze(&self) -> Result<(), StoreError> {
        let link = &self.link;
        let analyzed = link.block_on(link.lend_for_steps(link.deadline(), async |client| {
            Deadline::of_long_work().met(schema::analyze(client)).await
        }));
        analyzed.map_err(|error| error.of(&self.name))
    }

    /// Who asks while the head is being read shares the next reading with all others who do.
    fn head(&self) -> Result<Head, StoreError> {
        self.head.read(|| {
            let link = &self.link;
            self.ask(async |deadline| {
                let head = async |client: &mut Object| head::head(&*client).await;
                Ok(link.lend(deadline, head).await?.head)
            })
        })
    }

    fn last_appended(&self) -> Result<Option<StoredEvent>, StoreError> {
        self.read(async |view| rows::at(view, head::head(view).await?.stamped).await)
    }

    fn version(&self, stream: &Stream) -> Result<Version, StoreError> {
        self.read(async |view| Ok(streams::stream_end(view, stream).await?.version))
    }

    fn read_log(&self, after: Position, limit: usize) -> Result<Vec<StoredEvent>, StoreError> {
        self.read(async |view| rows::log(view, after, limit).await)
    }

    fn read_stream(
        &self,
        stream: &Stream,
        after: Position,
        limit: usize,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        self.read(async |view| rows::of_stream(view, stream, after, limit).await)
    }

    fn read_account(
        &self,
        account: &Stream,
        after: Position,
        through: Position,
        limit: usize,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        self.read(async |view| rows::of_account(view, account, (after, through), limit).await)
    }

    fn find(&self, stream: &Stream, id: &IdKey) -> Result<Option<StoredEvent>, StoreError> {
        self.read(async |view| match streams::stream_end(view, stream).await?.number {
            Some(number) => rows::with_id(view, number, id).await,
            None => Ok(None),
        })
    }

    fn accounts(&self, after: &str, limit: usize) -> Result<Vec<Stream>, StoreError> {
        self.read(async |view| rows::accounts(view, after, limit).await)
    }

    fn wait(&self, after: Position, at_most: Duration) -> Result<Position, StoreError> {
        let started = Instant::now();
        let told = self.told.get_or_init(|| ToldPosition::by(&self.link));
        loop {
            let last = self.read(async |view| rows::last_position(view).await)?;
            let left = at_most.saturating_sub(started.elapsed());
            if last > after || left.is_zero() {
                return Ok(last);
            }
            told.wait(after, left.min(POLL));
        }
    }

    fn checkpoint(&self, consumer: &str) -> Result<Position, StoreError> {
        self.read(async |view| rows::checkpoint(view, consumer).await)
    }

    fn move_checkpoint(&self, consumer: &str, to: Position) -> Result<(), StoreError> {
        self.change(async |change| rows::move_checkpoint(change, consumer, to).await)
    }

    fn delivered(&self, consumer: &str, keys: &[&[u8]]) -> Result<Vec<bool>, StoreError> {
        self.read(async |view| deliveries::delivered(view, consumer, keys).await)
    }

    fn remember_delivery(&self, consumer: &str, key: &[u8]) -> Result<(), StoreError> {
        self.change(async |change| deliveries::add(change, consumer, key).await)
    }

    fn snapshot(&self, account: &Stream) -> Result<Option<SnapshotBytes>, StoreError> {
        self.read(async |view| rows::snapshot(view, account).await)
    }

    fn keep_snapshot(
        &self,
        account: &Stream,
        snapshot: &SnapshotBytes,
    ) -> Result<bool, StoreError> {
        for (number, part) in (0..).zip(&snapshot.parts) {
            if part.written == snapshot.version {
                self.change(async |change| {
                    rows::keep_snapshot_part(change, account, number, part).await
                })?;
            }
        }
        self.change(async |change| rows::keep_snapshot(change, account, snapshot).await)
    }

    fn remember_answer(&self, position: Position, answer: Vec<u8>) {
        self.writer.remember((position, answer));
    }

    fn remembered_answer(&self, position: Position) -> Result<Option<Vec<u8>>, StoreError> {
        self.read(async |view| answered::get(view, position).await)
    }

    fn rebuild(&self) -> Result<Rebuilt, StoreError> {
        let link = &self.link;
        let rebuilt = link.block_on(link.lend(Deadline::of_long_work(), async |client| {
            let change = client.transaction().await?;
            schema::without_timeouts(&change).await?;
            head::lock_head(&change).await?;
            let rebuilt = rebuild::rebuild_all(&change).await?;
            change.commit().await?;
            Ok(rebuilt)
        }));
        rebuilt.map_err(|error| error.of(&self.name))
    }

    fn cut(&self, cut: &Cut) -> Result<Position, ImportError> {
        let long = Deadline::of_long_work();
        let done = self.link.block_on(self.link.lend(long, async |client| {
            let change = client.transaction().await?;
            schema::without_timeouts(&change).await?;
            let end = cut::cut(&change, cut).await?;
            change.commit().await?;
            Ok(end)
        }));
        done.map_err(|error| error.of(&self.name))?
    }

    fn verify(&self) -> Result<Verified, StoreError> {
        let observer = &*self.settings.store.observer;
        self.read_in_steps(async |view, deadline| verify::verify(view, deadline, observer).await)
    }
}
