//! The store in memory: for tests and demos.

mod rows;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tallyfold_core::Timestamp;

use crate::error::{AppendError, ImportError, StoreError};
use crate::event::{Batch, IdKey, LogLine, StoredEvent};
use crate::integrity::{HeadRow, Unsound};
use crate::log_end::LogEnd;
use crate::observer::{Observation, StoreObserver, StoreSettings};
use crate::place::{Position, Stream, Version};
use crate::repair::Cut;
use crate::store::{Expected, Head, Rebuilt, Receipt, SnapshotBytes, Store, Verified};
use crate::verifier::Verifier;
use rows::{Rows, grow};

/// What the store is called where something is said of it.
const NAME: &str = "memory";

/// A store in memory: for tests and demos. It keeps every promise of a [`Store`] but the one to
/// be there after the process ends.
///
/// It needs no feature and no C compiler. A test brings a clock of its own:
///
/// ```
/// use std::sync::Arc;
/// use tallyfold_core::{Heartbeat, PackPurchased, RatePublished, SessionOpened, Span, Timestamp};
/// use tallyfold_store::{Contact, FutureLimit, LedgerService, MemoryStore, ServiceSettings};
///
/// let monday: Timestamp = "2026-01-05T09:00:00Z".parse()?;
/// let store = MemoryStore::new(FutureLimit::new(move || monday, Span::minutes(1)));
/// let service = LedgerService::new(Arc::new(store), ServiceSettings::default());
/// service.publish(None, RatePublished::per_day("AutoCAD", 7)?)?;
/// service.purchase("acme", None, PackPurchased::new("P1", 100)?)?;
/// service.open_session("acme", None, SessionOpened::new("s1", "ana", "AutoCAD")?)?;
/// assert_eq!(service.heartbeat("acme", None, Heartbeat::new("s1")?)?.outcome, Contact::Free);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct MemoryStore {
    settings: StoreSettings,
    held: Mutex<Held>,
    grown: Condvar,
}

/// What it holds.
#[derive(Default)]
struct Held {
    log: RefCell<Rows>,
    checkpoints: BTreeMap<String, Position>,
    deliveries: BTreeSet<(String, Vec<u8>)>,
    snapshots: HashMap<Stream, SnapshotBytes>,
    answers: HashMap<Position, Vec<u8>>,
}

impl MemoryStore {
    /// An empty store. A [`FutureLimit`](crate::FutureLimit) alone is enough: it converts into
    /// settings.
    #[must_use]
    pub fn new(settings: impl Into<StoreSettings>) -> MemoryStore {
        let (held, grown) = (Mutex::default(), Condvar::new());
        MemoryStore { settings: settings.into(), held, grown }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets the log grow, and wakes who waits for that.
    fn grow<T>(
        &self,
        more: impl FnOnce(&mut LogEnd, &RefCell<Rows>) -> Result<T, Unsound>,
    ) -> Result<T, StoreError> {
        let answer = grow(&self.held().log, more).map_err(damaged)?;
        self.grown.notify_all();
        Ok(answer)
    }
}

impl Default for MemoryStore {
    /// With the machine's clock, and a tolerance of one minute.
    fn default() -> MemoryStore {
        MemoryStore::new(StoreSettings::default())
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = self.held().log.borrow().head();
        f.debug_struct("MemoryStore").field("head", &head.head).finish_non_exhaustive()
    }
}

fn damaged(Unsound(problem): Unsound) -> StoreError {
    StoreError::Damaged { store: NAME.to_owned(), problem }
}

impl Held {
    fn rows(&mut self) -> &Rows {
        self.log.get_mut()
    }

    /// Makes all that is derived from the first lines anew.
    fn rebuild(&mut self, lines: &[LogLine], stamped: Position) -> Result<HeadRow, StoreError> {
        self.log = RefCell::new(Rows::of_lines(lines, stamped).map_err(damaged)?);
        self.snapshots.clear();
        self.answers.clear();
        Ok(self.rows().head())
    }

    /// The snapshot with the bytes of all its parts: those that it only names are of the one
    /// before it.
    fn completed(&self, account: &Stream, snapshot: &SnapshotBytes) -> Option<SnapshotBytes> {
        let mut snapshot = snapshot.clone();
        let before = self.snapshots.get(account);
        for (number, part) in snapshot.parts.iter_mut().enumerate() {
            if part.written != snapshot.version {
                let kept = before?.parts.get(number)?;
                *part = (kept.name() == *part).then(|| kept.clone())?;
            }
        }
        Some(snapshot)
    }
}

impl Store for MemoryStore {
    fn name(&self) -> String {
        NAME.to_owned()
    }

    fn now(&self) -> Result<Timestamp, StoreError> {
        self.settings.future_limit.now(NAME)
    }

    fn observer(&self) -> &dyn StoreObserver {
        &*self.settings.observer
    }

    fn append(&self, batch: &Batch, expected: Expected) -> Result<Receipt, AppendError> {
        self.settings.future_limit.check(NAME, batch)?;
        let started = Instant::now();
        let receipt = self.grow(|end, rows| end.append(rows, batch, expected))?;
        let took = started.elapsed();
        self.observer().observe(&Observation::Committed { appends: 1, took });
        receipt
    }

    fn import(&self, after: Position, lines: &[LogLine]) -> Result<Position, ImportError> {
        self.grow(|end, rows| end.import(rows, after, lines))?
    }

    fn head(&self) -> Result<Head, StoreError> {
        Ok(self.held().rows().head().head)
    }

    fn last_appended(&self) -> Result<Option<StoredEvent>, StoreError> {
        let mut held = self.held();
        let rows = held.rows();
        Ok(rows.at(rows.head().stamped))
    }

    fn version(&self, stream: &Stream) -> Result<Version, StoreError> {
        Ok(self.held().rows().version(stream))
    }

    fn read_log(&self, after: Position, limit: usize) -> Result<Vec<StoredEvent>, StoreError> {
        Ok(self.held().rows().after(after).take(limit.max(1)).collect())
    }

    fn read_stream(
        &self,
        stream: &Stream,
        after: Position,
        limit: usize,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        let mut held = self.held();
        let rows = held.rows();
        let positions = rows.positions(stream, after, rows.end());
        Ok(positions.iter().take(limit.max(1)).filter_map(|it| rows.at(*it)).collect())
    }

    fn read_account(
        &self,
        account: &Stream,
        after: Position,
        through: Position,
        limit: usize,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        let mut held = self.held();
        let rows = held.rows();
        let seen = [account, &Stream::Catalog].map(|it| rows.positions(it, after, through));
        let mut seen = seen.concat();
        seen.sort_unstable();
        Ok(seen.into_iter().take(limit.max(1)).filter_map(|it| rows.at(it)).collect())
    }

    fn find(&self, stream: &Stream, id: &IdKey) -> Result<Option<StoredEvent>, StoreError> {
        Ok(self.held().rows().with_id(stream, id))
    }

    fn accounts(&self, after: &str, limit: usize) -> Result<Vec<Stream>, StoreError> {
        Ok(self.held().rows().accounts(after).take(limit.max(1)).cloned().collect())
    }

    fn wait(&self, after: Position, at_most: Duration) -> Result<Position, StoreError> {
        let is_due = |held: &mut Held| held.rows().end() <= after;
        let waited = self.grown.wait_timeout_while(self.held(), at_most, is_due);
        let (mut held, _) = waited.unwrap_or_else(PoisonError::into_inner);
        Ok(held.rows().end())
    }

    fn checkpoint(&self, consumer: &str) -> Result<Position, StoreError> {
        Ok(self.held().checkpoints.get(consumer).copied().unwrap_or_default())
    }

    fn move_checkpoint(&self, consumer: &str, to: Position) -> Result<(), StoreError> {
        self.held().checkpoints.insert(consumer.to_owned(), to);
        Ok(())
    }

    fn delivered(&self, consumer: &str, keys: &[&[u8]]) -> Result<Vec<bool>, StoreError> {
        let held = self.held();
        let is_delivered =
            |key: &&[u8]| held.deliveries.contains(&(consumer.to_owned(), key.to_vec()));
        Ok(keys.iter().map(is_delivered).collect())
    }

    fn remember_delivery(&self, consumer: &str, key: &[u8]) -> Result<(), StoreError> {
        self.held().deliveries.insert((consumer.to_owned(), key.to_vec()));
        Ok(())
    }

    fn snapshot(&self, account: &Stream) -> Result<Option<SnapshotBytes>, StoreError> {
        Ok(self.held().snapshots.get(account).cloned())
    }

    fn keep_snapshot(
        &self,
        account: &Stream,
        snapshot: &SnapshotBytes,
    ) -> Result<bool, StoreError> {
        let mut held = self.held();
        let Some(snapshot) = held.completed(account, snapshot) else { return Ok(false) };
        held.snapshots.insert(account.clone(), snapshot);
        Ok(true)
    }

    fn cut(&self, cut: &Cut) -> Result<Position, ImportError> {
        let mut held = self.held();
        let before = held.rows().head();
        let present = before.head.position;
        if before.head != cut.end {
            return Err(ImportError::Conflict { expected: cut.end.position, present });
        }
        let mut lines = held.rows().lines(cut.after);
        lines.push(LogLine::new(&cut.mark));
        let rebuilt = held.rebuild(&lines, before.stamped.min(cut.after))?;
        for position in held.checkpoints.values_mut() {
            // What is beyond the log is no position.
            if *position <= present {
                *position = cut.after.min(*position);
            }
        }
        let is_forgotten =
            |key: &Vec<u8>| cut.forgotten.iter().any(|(from, to)| from <= key && key < to);
        held.deliveries.retain(|(_, key)| !is_forgotten(key));
        Ok(rebuilt.head.position)
    }

    fn remember_answer(&self, position: Position, answer: Vec<u8>) {
        self.held().answers.insert(position, answer);
    }

    fn remembered_answer(&self, position: Position) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.held().answers.get(&position).cloned())
    }

    fn rebuild(&self) -> Result<Rebuilt, StoreError> {
        let mut held = self.held();
        let before = held.rows().head();
        let lines = held.rows().lines(before.head.position);
        let HeadRow { head, streams, ids, .. } = held.rebuild(&lines, before.stamped)?;
        let accounts = streams - HeadRow::EMPTY.streams;
        Ok(Rebuilt { head, accounts, ids, is_head_known: true })
    }

    fn verify(&self) -> Result<Verified, StoreError> {
        let held = self.held();
        let mut verifier = Verifier::default();
        let rows = held.log.borrow();
        for event in rows.after(Position::START) {
            verifier.event(&held.log, &event).map_err(damaged)?;
        }
        let events = verifier.position().get();
        self.observer().observe(&Observation::Verified { events });
        let accounts = rows.accounts("").count() as u64;
        verifier.end(&held.log, rows.ids(), accounts).map_err(damaged)
    }
}
