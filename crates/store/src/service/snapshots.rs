//! Snapshots, kept beside the requests by a thread of their own.

use std::collections::HashMap;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use super::account_ledger::AccountLedger;
use super::ledger_cache::Slot;
use crate::error::StoreError;
use crate::observer::Observation;
use crate::place::Stream;
use crate::store::Store;

/// How many accounts may wait for their snapshot. They stay in memory for so long.
const WAITING: usize = 64;

/// A snapshot is taken when the account has had an event for each so many bytes that it writes again:
/// what it costs to write is little for each event, however large the account grows.
const BYTES_FOR_AN_EVENT: u64 = 64;

/// After failures in a row the interval is doubled, up to so many times.
const MOST_DOUBLINGS: u32 = 10;

/// Keeps snapshots of accounts that ask for one.
pub(super) struct Snapshots {
    queue: Option<SyncSender<(Stream, Arc<Slot>)>>,
    thread: Option<JoinHandle<()>>,
    waiting: Arc<Waiting>,
}

/// The accounts that wait, or whose last snapshots failed, with the number of failures.
#[derive(Default)]
struct Waiting(Mutex<HashMap<Stream, State>>);

#[derive(Clone, Copy, Default)]
struct State {
    is_asked: bool,
    failures: u32,
}

impl Snapshots {
    pub(super) fn of(store: Arc<dyn Store>) -> Snapshots {
        let (queue, asked) = sync_channel(WAITING);
        let waiting = Arc::new(Waiting::default());
        let keeper = Keeper { store, waiting: waiting.clone() };
        let thread = thread::Builder::new().name("tallyfold-snapshots".to_owned());
        // Without the thread there are no snapshots, which are but a cache.
        let thread = thread.spawn(move || keeper.run(&asked)).ok();
        Snapshots { queue: Some(queue), thread, waiting }
    }

    /// Asks for a snapshot where so many events were folded since the last, or more where that was
    /// large or failed.
    pub(super) fn consider(&self, account_ledger: &AccountLedger, slot: &Arc<Slot>, every: u64) {
        let interval = every.max(account_ledger.rewritten_bytes() / BYTES_FOR_AN_EVENT);
        if account_ledger.events_since_snapshot() >= interval
            && self.waiting.ask(
                account_ledger.stream(),
                account_ledger.events_since_snapshot() / interval.max(1),
            )
            && let Some(queue) = &self.queue
            && queue.try_send((account_ledger.stream().clone(), slot.clone())).is_err()
        {
            self.waiting.is_done(account_ledger.stream(), false);
        }
    }
}

impl Waiting {
    /// Whether an account that does not wait yet may, so many intervals after its last snapshot.
    fn ask(&self, stream: &Stream, intervals: u64) -> bool {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let state = waiting.get(stream).copied().unwrap_or_default();
        if state.is_asked || intervals >> state.failures.min(MOST_DOUBLINGS) == 0 {
            return false;
        }
        waiting.insert(stream.clone(), State { is_asked: true, ..state });
        true
    }

    fn is_done(&self, stream: &Stream, is_kept: bool) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let state = waiting.remove(stream).unwrap_or_default();
        if !is_kept {
            let failures = state.failures.saturating_add(1);
            waiting.insert(stream.clone(), State { is_asked: false, failures });
        }
    }
}

impl Drop for Snapshots {
    fn drop(&mut self) {
        drop(self.queue.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Keeper {
    store: Arc<dyn Store>,
    waiting: Arc<Waiting>,
}

impl Keeper {
    fn run(&self, asked: &Receiver<(Stream, Arc<Slot>)>) {
        while let Ok((stream, slot)) = asked.recv() {
            let kept = keep(&*self.store, &slot);
            self.waiting.is_done(&stream, kept == Ok(true));
        }
    }
}

/// Keeps a snapshot of the account on a slot, and answers whether it did. The account is held only
/// while its bytes are copied, not while they are stored.
pub(super) fn keep(store: &dyn Store, slot: &Slot) -> Result<bool, StoreError> {
    let started = Instant::now();
    let taken = slot.read().as_ref().and_then(|account_ledger| {
        Some((account_ledger.stream().clone(), account_ledger.snapshot()?))
    });
    let Some((stream, (snapshot, kept))) = taken else { return Ok(true) };
    let is_kept = store.keep_snapshot(&stream, &snapshot);
    if is_kept == Ok(true) {
        let (bytes, took) = (kept.bytes(), started.elapsed());
        store.observer().observe(&Observation::SnapshotKept { bytes, took });
    }
    let known = if is_kept == Ok(true) { kept } else { kept.without_parts() };
    if let Some(account_ledger) = slot.write().as_mut() {
        account_ledger.snapshot_is_kept(known);
    }
    is_kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_waits_longer_after_each_failure() {
        let (waiting, stream) = (Waiting::default(), Stream::Catalog);
        for failures in 0..12 {
            let least = 1 << failures.min(MOST_DOUBLINGS);
            assert!(!waiting.ask(&stream, least - 1));
            assert!(waiting.ask(&stream, least));
            // It is waiting now, and not asked for again.
            assert!(!waiting.ask(&stream, u64::MAX));
            waiting.is_done(&stream, false);
        }
        assert!(waiting.ask(&stream, u64::MAX));
        waiting.is_done(&stream, true);
        assert!(waiting.ask(&stream, 1));
        assert_eq!(waiting.0.lock().map(|it| it.len()).ok(), Some(1));
        waiting.is_done(&stream, true);
        assert!(waiting.0.lock().is_ok_and(|it| it.is_empty()));
    }
}
