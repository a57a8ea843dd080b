//! The embedded store: one SQLite file, one writer with group commit, readers beside it.

mod answered;
mod backend;
mod checkpoints;
mod cut;
mod deliveries;
mod error;
mod ids;
mod names;
mod rebuild;
mod rows;
mod schema;
mod snapshots;
mod verify;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tallyfold_core::Timestamp;

use crate::error::{AppendError, ImportError, StoreError};
use crate::event::{Batch, IdKey, LogLine, StoredEvent};
use crate::observer::{StoreObserver, StoreSettings};
use crate::place::{Position, Stream, Version};
use crate::repair::Cut;
use crate::store::{Expected, Head, Rebuilt, Receipt, SnapshotBytes, Store, Verified};
use crate::writer::{AboutStore, Writer};
use backend::FileBackend;
use error::Answer;

/// How many connections for reading are kept open.
const READERS_KEPT: usize = 8;
/// How often a tail looks for what other processes appended.
const POLL: Duration = Duration::from_millis(100);

/// A store in one SQLite file (and the two that SQLite keeps beside it while it is in use).
///
/// Opened in WAL mode with `synchronous = FULL`: what was answered is on stable storage. Appenders
/// of all threads hand their batches to one writer, which commits all that wait with one sync.
/// Several processes of one machine may use the file at once; not over a network file system.
///
/// ```
/// use tallyfold_store::{Expected, FutureLimit, NewEvent, Position, SqliteStore, Store};
///
/// let folder = tempfile::tempdir()?;
/// let store = SqliteStore::open(folder.path().join("ledger.db"), FutureLimit::default())?;
/// let line = r#"{"type":"SessionClosed","at":"2026-01-05T09:00:00Z","account":"acme","session":"s1","id":"e1"}"#;
/// let close = NewEvent::from_line(line)?.into();
/// let receipt = store.append(&close, Expected::Any)?;
/// assert_eq!(receipt.events[0].position, Position::new(1));
/// assert!(store.append(&close, Expected::Any)?.events[0].is_repeat);
/// assert_eq!(store.read_log(Position::START, 10)?[0].line, line.as_bytes());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct SqliteStore {
    path: PathBuf,
    name: Arc<str>,
    settings: StoreSettings,
    /// None where it may only be read.
    writer: Option<Writer<FileBackend>>,
    readers: Mutex<Vec<Connection>>,
}

impl SqliteStore {
    /// Opens a store, and makes it where there is none.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the file is of another program or a newer version, is damaged, or
    /// cannot be opened.
    pub fn open(
        path: impl Into<PathBuf>,
        settings: impl Into<StoreSettings>,
    ) -> Result<SqliteStore, StoreError> {
        SqliteStore::start(path.into(), true, settings.into())
    }

    /// Opens a store that exists.
    ///
    /// # Errors
    ///
    /// As for [`SqliteStore::open`], and where there is none.
    pub fn open_existing(
        path: impl Into<PathBuf>,
        settings: impl Into<StoreSettings>,
    ) -> Result<SqliteStore, StoreError> {
        SqliteStore::start(path.into(), false, settings.into())
    }

    fn start(
        path: PathBuf,
        may_create: bool,
        settings: StoreSettings,
    ) -> Result<SqliteStore, StoreError> {
        let name: Arc<str> = path.display().to_string().into();
        let observer = settings.observer.clone();
        let backend = FileBackend::open(&path, may_create, observer.clone());
        let backend = backend.map_err(|error| error.of(&name))?;
        let writer = Writer::start(backend, name.clone(), observer)?;
        Ok(SqliteStore { path, name, settings, writer: Some(writer), readers: Mutex::default() })
    }

    /// Opens a store that exists to be read only: nothing is written, neither to the file nor beside
    /// it, and both it and its folder may be read-only. What would write answers
    /// [`StoreError::Unavailable`].
    ///
    /// # Errors
    ///
    /// As for [`SqliteStore::open_existing`], and [`StoreError::Older`] where the file would have
    /// to be migrated.
    pub fn open_read_only(
        path: impl Into<PathBuf>,
        settings: impl Into<StoreSettings>,
    ) -> Result<SqliteStore, StoreError> {
        let path = path.into();
        let name: Arc<str> = path.display().to_string().into();
        let file = schema::open_read_only(&path).map_err(|error| error.of(&name))?;
        let readers = Mutex::new(vec![file]);
        Ok(SqliteStore { path, name, settings: settings.into(), writer: None, readers })
    }

    fn writer(&self) -> Result<&Writer<FileBackend>, StoreError> {
        self.writer.as_ref().ok_or_else(|| {
            let problem = "it was opened to be read only".to_owned();
            StoreError::Unavailable { store: self.name(), problem }
        })
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Does a consumer's own work and moves its checkpoint, both or neither: its tables are in
    /// the same file, under names that begin with `consumer_`. Its transaction is one of
    /// [`tallyfold_store::rusqlite`](crate::rusqlite).
    ///
    /// ```
    /// # use tallyfold_store::{FutureLimit, Position, SqliteStore, Store};
    /// # let folder = tempfile::tempdir()?;
    /// # let store = SqliteStore::open(folder.path().join("ledger.db"), FutureLimit::default())?;
    /// store.consume("counter", Position::new(7), |work| {
    ///     work.execute_batch("CREATE TABLE IF NOT EXISTS consumer_counts (seen INTEGER)")?;
    ///     work.execute("INSERT INTO consumer_counts VALUES (?)", [7])
    /// })?;
    /// assert_eq!(store.checkpoint("counter")?, Position::new(7));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`StoreError`]; then neither was done.
    pub fn consume<T: Send + 'static>(
        &self,
        consumer: &str,
        to: Position,
        work: impl FnOnce(&rusqlite::Transaction<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let consumer = consumer.to_owned();
        self.writer()?.work(move |backend| {
            backend.change(|change| {
                let done = work(change)?;
                checkpoints::set(change, &consumer, to)?;
                Ok(done)
            })
        })
    }

    /// Changes something beside the log.
    fn change<T: Send + 'static>(
        &self,
        change: impl FnOnce(&Connection) -> Answer<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.writer()?.work(move |backend| backend.change(|it| change(it)))
    }

    /// Reads the file as it is at one instant, with a connection of its own.
    fn read<T>(&self, read: impl FnOnce(&Connection) -> Answer<T>) -> Result<T, StoreError> {
        self.reader()
            .and_then(|file| {
                let answer = read(&*file.unchecked_transaction()?)?;
                let mut kept = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
                if kept.len() < READERS_KEPT {
                    kept.push(file);
                }
                Ok(answer)
            })
            .map_err(|error| error.of(&self.name))
    }

    fn reader(&self) -> Answer<Connection> {
        let kept = self.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        match (kept, &self.writer) {
            (Some(file), _) => Ok(file),
            (None, Some(_)) => schema::open_reader(&self.path),
            (None, None) => schema::open_read_only(&self.path),
        }
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Store for SqliteStore {
    fn name(&self) -> String {
        self.name.to_string()
    }

    fn now(&self) -> Result<Timestamp, StoreError> {
        self.settings.future_limit.now(&self.name)
    }

    fn observer(&self) -> &dyn StoreObserver {
        &*self.settings.observer
    }

    fn append(&self, batch: &Batch, expected: Expected) -> Result<Receipt, AppendError> {
        self.settings.future_limit.check(&self.name, batch)?;
        self.writer()?.append(batch.clone(), expected)
    }

    fn import(&self, after: Position, lines: &[LogLine]) -> Result<Position, ImportError> {
        self.writer()?.import(after, lines.to_vec())
    }

    fn head(&self) -> Result<Head, StoreError> {
        self.read(|file| Ok(rows::head(file)?.head))
    }

    fn last_appended(&self) -> Result<Option<StoredEvent>, StoreError> {
        self.read(|file| rows::at(file, rows::head(file)?.stamped))
    }

    fn version(&self, stream: &Stream) -> Result<Version, StoreError> {
        self.read(|file| Ok(names::stream_end(file, stream)?.version))
    }

    fn read_log(&self, after: Position, limit: usize) -> Result<Vec<StoredEvent>, StoreError> {
        self.read(|file| rows::log(file, after, limit))
    }

    fn read_stream(
        &self,
        stream: &Stream,
        after: Position,
        limit: usize,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        self.read(|file| rows::of_stream(file, stream, after, limit))
    }

    fn read_account(
        &self,
        account: &Stream,
        after: Position,
        through: Position,
        limit: usize,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        self.read(|file| rows::of_account(file, account, after, through, limit))
    }

    fn find(&self, stream: &Stream, id: &IdKey) -> Result<Option<StoredEvent>, StoreError> {
        self.read(|file| match names::stream_end(file, stream)?.number {
            Some(number) => rows::with_id(file, number, id),
            None => Ok(None),
        })
    }

    fn accounts(&self, after: &str, limit: usize) -> Result<Vec<Stream>, StoreError> {
        self.read(|file| names::accounts(file, after, limit))
    }

    fn wait(&self, after: Position, at_most: Duration) -> Result<Position, StoreError> {
        let started = Instant::now();
        loop {
            let last = self.head()?.position;
            let left = at_most.saturating_sub(started.elapsed());
            if last > after || left.is_zero() {
                return Ok(last);
            }
            match &self.writer {
                Some(writer) => writer.wait(after, left.min(POLL)),
                None => std::thread::sleep(left.min(POLL)),
            }
        }
    }

    fn checkpoint(&self, consumer: &str) -> Result<Position, StoreError> {
        self.read(|file| checkpoints::get(file, consumer))
    }

    fn move_checkpoint(&self, consumer: &str, to: Position) -> Result<(), StoreError> {
        self.consume(consumer, to, |_| Ok(()))
    }

    fn delivered(&self, consumer: &str, keys: &[&[u8]]) -> Result<Vec<bool>, StoreError> {
        self.read(|file| keys.iter().map(|key| deliveries::holds(file, consumer, key)).collect())
    }

    fn remember_delivery(&self, consumer: &str, key: &[u8]) -> Result<(), StoreError> {
        let (consumer, key) = (consumer.to_owned(), key.to_owned());
        self.change(move |it| deliveries::add(it, &consumer, &key))
    }

    fn snapshot(&self, account: &Stream) -> Result<Option<SnapshotBytes>, StoreError> {
        self.read(|file| snapshots::get(file, account))
    }

    fn keep_snapshot(
        &self,
        account: &Stream,
        snapshot: &SnapshotBytes,
    ) -> Result<bool, StoreError> {
        for (number, part) in (0..).zip(&snapshot.parts) {
            if part.written == snapshot.version {
                let (account, part) = (account.clone(), part.clone());
                self.change(move |it| {
                    snapshots::put_part(it, &account, number, (part.written, &part.bytes))
                })?;
            }
        }
        let (account, snapshot) = (account.clone(), snapshot.clone());
        self.change(move |it| snapshots::put(it, &account, &snapshot))
    }

    fn remember_answer(&self, position: Position, answer: Vec<u8>) {
        if let Some(writer) = &self.writer {
            writer.remember((position, answer));
        }
    }

    fn remembered_answer(&self, position: Position) -> Result<Option<Vec<u8>>, StoreError> {
        self.read(|file| answered::get(file, position))
    }

    fn rebuild(&self) -> Result<Rebuilt, StoreError> {
        self.writer()?.work(FileBackend::rebuild)
    }

    fn cut(&self, cut: &Cut) -> Result<Position, ImportError> {
        let cut = cut.clone();
        self.writer()?.work(move |backend| backend.cut(&cut))?
    }

    fn verify(&self) -> Result<Verified, StoreError> {
        let before = schema::written_at(&self.path);
        let verified = self.read(|file| verify::verify(file, &*self.settings.observer));
        if self.writer.is_none() && schema::written_at(&self.path) != before {
            let problem = "it was written to while it was read; try again".to_owned();
            return Err(StoreError::Unavailable { store: self.name(), problem });
        }
        verified
    }
}
