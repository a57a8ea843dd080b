//! Where SQLite's one writer works.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::error::{Answer, FileError};
use super::rebuild::rebuild_all;
use super::{answered, schema};
use crate::error::ImportError;
use crate::log_end::LogEnd;
use crate::observer::{Observation, StoreObserver};
use crate::place::Position;
use crate::repair::Cut;
use crate::store::Rebuilt;
use crate::writer::{Answered, CommitBackend, Wanted};

/// How many streams are remembered.
const REMEMBERED: NonZeroUsize = NonZeroUsize::MIN.saturating_add(16_383);

/// The file, open to be written.
pub(super) struct FileBackend {
    file: Connection,
    /// The end of the log, while it is known.
    stream_end: Option<LogEnd>,
    /// What SQLite calls the state of the file; it changes when another process writes.
    data_version: i64,
    /// The write-ahead log, as SQLite names it.
    wal: PathBuf,
    observer: Arc<dyn StoreObserver>,
}

impl FileBackend {
    pub(super) fn open(
        path: &Path,
        may_create: bool,
        observer: Arc<dyn StoreObserver>,
    ) -> Answer<FileBackend> {
        let file = schema::open_writer(path, may_create)?;
        let wal = schema::wal_beside(path);
        Ok(FileBackend { file, stream_end: None, data_version: 0, wal, observer })
    }

    fn observe_wal(&self) {
        if let Ok(wal) = self.wal.metadata() {
            self.observer.observe(&Observation::WalSize { bytes: wal.len() });
        }
    }

    /// Makes all that is derived from the events anew; what was known of the log's end with it.
    pub(super) fn rebuild(&mut self) -> Answer<Rebuilt> {
        self.stream_end = None;
        self.change(|change| rebuild_all(change))
    }

    /// Takes the last events off the log.
    pub(super) fn cut(&mut self, cut: &Cut) -> Answer<Result<Position, ImportError>> {
        self.stream_end = None;
        self.change(|change| super::cut::cut(change, cut))
    }

    /// Does something in a transaction of its own.
    pub(super) fn change<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> Answer<T>,
    ) -> Answer<T> {
        let change = Transaction::new(&mut self.file, TransactionBehavior::Immediate)?;
        let answer = work(&change)?;
        change.commit()?;
        Ok(answer)
    }
}

impl CommitBackend for FileBackend {
    type Tables = Connection;
    type Error = FileError;

    fn remember(&mut self, answers: &[Answered]) -> Answer<()> {
        self.change(|change| {
            answers
                .iter()
                .try_for_each(|(position, answer)| answered::put(change, *position, answer))
        })
    }

    /// What is known of the log's end is kept only where all went well.
    fn commit<T>(
        &mut self,
        _wanted: &Wanted<'_>,
        grow: impl FnOnce(&mut LogEnd, &Connection) -> Answer<T>,
    ) -> Answer<(T, Position)> {
        let known = self.stream_end.take();
        let change = Transaction::new(&mut self.file, TransactionBehavior::Immediate)?;
        let data_version = change.pragma_query_value(None, "data_version", |row| row.get(0))?;
        let mut stream_end = match known.filter(|_| data_version == self.data_version) {
            Some(stream_end) => stream_end,
            None => LogEnd::read(&*change, REMEMBERED)?,
        };
        let before = stream_end.position();
        let answer = grow(&mut stream_end, &change)?;
        let end = stream_end.position();
        if end != before {
            stream_end.write(&*change)?;
            change.commit()?;
            self.observe_wal();
        } else {
            change.rollback()?;
        }
        self.stream_end = Some(stream_end);
        self.data_version = data_version;
        Ok((answer, end))
    }
}
