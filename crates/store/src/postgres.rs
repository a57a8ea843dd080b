//! The store for several machines: a PostgreSQL database.

mod desk;
mod link;
mod rebuild;
mod rows;
mod schema;
mod tail;
mod trouble;
mod verify;

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant as Timer};

use deadpool_postgres::Transaction;
use tallyfold_core::Instant;
use tokio_postgres::IsolationLevel;

use crate::clock::FutureLimit;
use crate::error::{AppendError, ImportError, StoreError};
use crate::event::{Batch, IdKey, LogLine, StoredEvent};
use crate::place::{Position, Stream, Version};
use crate::store::{Expected, Head, Receipt, SnapshotBytes, Store, Verified};
use crate::writer::{AboutStore, Writer};
use desk::ServerDesk;
use link::Link;
use tail::Told;
use trouble::Answer;

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
/// A server that is away is asked again for some seconds. An append that was on its way answers
/// [`StoreError::Unavailable`], and may have happened or not; its ids make it safe to ask again.
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
    writer: Writer<ServerDesk>,
    link: Arc<Link>,
    name: Arc<str>,
    limit: FutureLimit,
    told: OnceLock<Arc<Told>>,
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
    pub fn connect(server: &str, limit: FutureLimit) -> Result<PostgresStore, StoreError> {
        PostgresStore::start(server, true, limit)
    }

    /// Connects to a store that exists.
    ///
    /// # Errors
    ///
    /// As for [`PostgresStore::connect`], and where there is none.
    pub fn connect_existing(server: &str, limit: FutureLimit) -> Result<PostgresStore, StoreError> {
        PostgresStore::start(server, false, limit)
    }

    fn start(
        server: &str,
        may_create: bool,
        limit: FutureLimit,
    ) -> Result<PostgresStore, StoreError> {
        let link = Link::of(server).map_err(|trouble| trouble.of("the PostgreSQL server"))?;
        let name: Arc<str> = link.name().into();
        let migrated = link.block_on(async {
            let mut client = link.pool.connection().await?;
            let change = client.transaction().await?;
            schema::migrate(&change, may_create).await?;
            Ok(change.commit().await?)
        });
        migrated.map_err(|trouble| trouble.of(&name))?;
        let link = Arc::new(link);
        let writer = Writer::start(ServerDesk(link.clone()), name.clone())?;
        Ok(PostgresStore { writer, link, name, limit, told: OnceLock::new() })
    }

    /// Reads the database as it is at one instant; once more where the connection was lost.
    fn read<T>(&self, read: impl AsyncFn(&Transaction<'_>) -> Answer<T>) -> Result<T, StoreError> {
        let answer = self.link.block_on(async {
            match self.read_once(&read).await {
                Err(trouble) if trouble.is_of_connection() => self.read_once(&read).await,
                answer => answer,
            }
        });
        answer.map_err(|trouble| trouble.of(&self.name))
    }

    async fn read_once<T>(&self, read: &impl AsyncFn(&Transaction<'_>) -> Answer<T>) -> Answer<T> {
        let mut client = self.link.pool.connection().await?;
        let view = client
            .build_transaction()
            .isolation_level(IsolationLevel::RepeatableRead)
            .read_only(true)
            .start()
            .await?;
        read(&view).await
    }

    /// Changes something beside the log.
    fn change<T>(
        &self,
        change: impl AsyncFn(&Transaction<'_>) -> Answer<T>,
    ) -> Result<T, StoreError> {
        let answer = self.link.block_on(async {
            let mut client = self.link.pool.connection().await?;
            let transaction = client.transaction().await?;
            let answer = change(&transaction).await?;
            transaction.commit().await?;
            Ok(answer)
        });
        answer.map_err(|trouble| trouble.of(&self.name))
    }

    /// Does a consumer's own work and moves its checkpoint, both or neither.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; then neither was done.
    pub fn consume<T>(
        &self,
        consumer: &str,
        to: Position,
        work: impl AsyncFn(&Transaction<'_>) -> Result<T, tokio_postgres::Error>,
    ) -> Result<T, StoreError> {
        self.change(async |change| {
            let done = work(change).await?;
            rows::move_checkpoint(change, consumer, to).await?;
            Ok(done)
        })
    }
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

    fn now(&self) -> Instant {
        self.limit.now()
    }

    fn append(&self, batch: &Batch, expected: Expected) -> Result<Receipt, AppendError> {
        self.limit.check(batch)?;
        self.writer.append(batch.clone(), expected)
    }

    fn import(&self, after: Position, lines: &[LogLine]) -> Result<Position, ImportError> {
        self.writer.import(after, lines.to_vec())
    }

    fn head(&self) -> Result<Head, StoreError> {
        self.read(async |view| Ok(rows::head(view).await?.head))
    }

    fn last_appended(&self) -> Result<Option<StoredEvent>, StoreError> {
        self.read(async |view| rows::at(view, rows::head(view).await?.stamped).await)
    }

    fn version(&self, stream: &Stream) -> Result<Version, StoreError> {
        self.read(async |view| Ok(rows::tip(view, stream).await?.version))
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
        self.read(async |view| match rows::tip(view, stream).await?.number {
            Some(number) => rows::with_id(view, number, id).await,
            None => Ok(None),
        })
    }

    fn accounts(&self, after: &str, limit: usize) -> Result<Vec<Stream>, StoreError> {
        self.read(async |view| rows::accounts(view, after, limit).await)
    }

    fn wait(&self, after: Position, at_most: Duration) -> Result<Position, StoreError> {
        let started = Timer::now();
        let told = self.told.get_or_init(|| Told::by(&self.link));
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

    fn snapshot(&self, account: &Stream) -> Result<Option<SnapshotBytes>, StoreError> {
        self.read(async |view| rows::snapshot(view, account).await)
    }

    fn keep_snapshot(&self, account: &Stream, snapshot: &SnapshotBytes) -> Result<(), StoreError> {
        for (number, part) in (0..).zip(&snapshot.parts) {
            if part.written == snapshot.version {
                self.change(async |change| {
                    rows::keep_snapshot_part(change, account, number, part).await
                })?;
            }
        }
        self.change(async |change| rows::keep_snapshot(change, account, snapshot).await)
    }

    fn verify(&self) -> Result<Verified, StoreError> {
        self.read(async |view| verify::verify(view).await)
    }
}
