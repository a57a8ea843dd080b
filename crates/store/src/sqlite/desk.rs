//! Where SQLite's one writer works.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::rebuild::rebuild_all;
use super::trouble::{Answer, Trouble};
use super::{answered, schema};
use crate::error::ImportError;
use crate::observer::{Observation, StoreObserver};
use crate::place::Position;
use crate::repair::Cut;
use crate::store::Rebuilt;
use crate::tip::Tip;
use crate::writer::{Answered, Desk, Wanted};

/// How many streams are remembered.
const REMEMBERED: NonZeroUsize = NonZeroUsize::MIN.saturating_add(16_383);

/// The file, open to be written.
pub(super) struct FileDesk {
    file: Connection,
    /// The end of the log, while it is known.
    tip: Option<Tip>,
    /// What SQLite calls the state of the file; it changes when another process writes.
    data_version: i64,
    /// The write-ahead log, as SQLite names it.
    wal: PathBuf,
    observer: Arc<dyn StoreObserver>,
}

impl FileDesk {
    pub(super) fn open(
        path: &Path,
        may_create: bool,
        observer: Arc<dyn StoreObserver>,
    ) -> Answer<FileDesk> {
        let file = schema::open_writer(path, may_create)?;
        let wal = schema::log_beside(path);
        Ok(FileDesk { file, tip: None, data_version: 0, wal, observer })
    }

    fn observe_wal(&self) {
        if let Ok(wal) = self.wal.metadata() {
            self.observer.observe(&Observation::WalSize { bytes: wal.len() });
        }
    }

    /// Makes all that is derived from the events anew; what was known of the log's end with it.
    pub(super) fn rebuild(&mut self) -> Answer<Rebuilt> {
        self.tip = None;
        self.change(|change| rebuild_all(change))
    }

    /// Takes the last events off the log.
    pub(super) fn cut(&mut self, cut: &Cut) -> Answer<Result<Position, ImportError>> {
        self.tip = None;
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

impl Desk for FileDesk {
    type Tables = Connection;
    type Trouble = Trouble;

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
        grow: impl FnOnce(&mut Tip, &Connection) -> Answer<T>,
    ) -> Answer<(T, Position)> {
        let known = self.tip.take();
        let change = Transaction::new(&mut self.file, TransactionBehavior::Immediate)?;
        let data_version = change.pragma_query_value(None, "data_version", |row| row.get(0))?;
        let mut tip = match known.filter(|_| data_version == self.data_version) {
            Some(tip) => tip,
            None => Tip::read(&*change, REMEMBERED)?,
        };
        let before = tip.position();
        let answer = grow(&mut tip, &change)?;
        let end = tip.position();
        if end != before {
            tip.write(&*change)?;
            change.commit()?;
            self.observe_wal();
        } else {
            change.rollback()?;
        }
        self.tip = Some(tip);
        self.data_version = data_version;
        Ok((answer, end))
    }
}
