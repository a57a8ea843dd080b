//! Ledgers, loaded from the store when they are needed and kept while they are used.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Instant;

use lru::LruCache;
use tallyfold_core::HashKey;

use super::account_ledger::AccountLedger;
use crate::error::StoreError;
use crate::event::StoredEvent;
use crate::log::PAGE;
use crate::observer::Observation;
use crate::place::{Position, Stream};
use crate::store::Store;

/// Where an account's ledger is kept.
#[derive(Default)]
pub(super) struct Slot {
    /// Whoever has it decides for the account: from the decision until it is recorded and folded.
    turn: Mutex<()>,
    /// Folds events only for whoever has the turn, and stays as it is while they are recorded: questions are
    /// answered meanwhile.
    ledger: RwLock<Option<AccountLedger>>,
}

impl Slot {
    /// Waits for the turn to decide.
    pub(super) fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The ledger, to look at.
    pub(super) fn read(&self) -> RwLockReadGuard<'_, Option<AccountLedger>> {
        loop {
            match self.ledger.read() {
                Ok(ledger) => return ledger,
                Err(poisoned) => drop(poisoned),
            }
            drop(self.write());
        }
    }

    /// The ledger, to change. Who changed it before may have panicked halfway: then it is loaded anew.
    pub(super) fn write(&self) -> RwLockWriteGuard<'_, Option<AccountLedger>> {
        self.ledger.write().unwrap_or_else(|poisoned| {
            self.ledger.clear_poison();
            let mut ledger = poisoned.into_inner();
            *ledger = None;
            ledger
        })
    }
}

/// The ledgers of the accounts that were used last.
pub(super) struct LedgerCache {
    store: Arc<dyn Store>,
    key: HashKey,
    slots: Mutex<LruCache<Stream, Arc<Slot>>>,
}

impl LedgerCache {
    pub(super) fn new(store: Arc<dyn Store>, key: HashKey, ledgers: NonZeroUsize) -> LedgerCache {
        LedgerCache { store, key, slots: Mutex::new(LruCache::new(ledgers)) }
    }

    /// The place of an account's ledger. The least recently used one makes room for it; who still holds that
    /// goes on with it, and the store tells when two decide for one account.
    pub(super) fn slot(&self, stream: &Stream) -> Arc<Slot> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        slots.get_or_insert_ref(stream, Arc::default).clone()
    }

    /// All places that are in use.
    pub(super) fn slots(&self) -> Vec<Arc<Slot>> {
        let slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        slots.iter().map(|(_, slot)| slot.clone()).collect()
    }

    pub(super) fn len(&self) -> usize {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// The ledger on a slot, read up to the present end of the log where it was not there yet.
    /// Answers whether it was read just now.
    pub(super) fn account_ledger<'a>(
        &self,
        stream: &Stream,
        slot: &'a mut Option<AccountLedger>,
    ) -> Result<(&'a mut AccountLedger, bool), StoreError> {
        let is_new = slot.is_none();
        let account_ledger = match slot.take() {
            Some(account_ledger) => account_ledger,
            None => {
                let began = Instant::now();
                let account_ledger = self.load(stream, self.store.head()?.position)?;
                let took = began.elapsed();
                self.store.observer().observe(&Observation::LedgerLoaded { took });
                account_ledger
            }
        };
        Ok((slot.insert(account_ledger), is_new))
    }

    /// The same where an account is first asked for: one that was in memory is told to the observer.
    pub(super) fn first_ledger<'a>(
        &self,
        stream: &Stream,
        slot: &'a mut Option<AccountLedger>,
    ) -> Result<(&'a mut AccountLedger, bool), StoreError> {
        if slot.is_some() {
            self.store.observer().observe(&Observation::LedgerFound);
        }
        self.account_ledger(stream, slot)
    }

    /// Whether all that an account sees of the log, up to its present end, is in its ledger.
    pub(super) fn is_current(&self, account_ledger: &AccountLedger) -> Result<bool, StoreError> {
        let (seen, end) = (account_ledger.position(), self.store.head()?.position);
        let news = || self.store.read_account(account_ledger.stream(), seen, end, 1);
        Ok(seen >= end || news()?.is_empty())
    }

    /// An account's ledger as of a position: its snapshot, if that is not beyond it, and what came after.
    pub(super) fn load(
        &self,
        stream: &Stream,
        through: Position,
    ) -> Result<AccountLedger, StoreError> {
        let snapshot = self.store.snapshot(stream)?.filter(|it| it.position <= through);
        let restored =
            snapshot.and_then(|it| AccountLedger::restore(stream.clone(), &it, self.key.clone()));
        let mut account_ledger =
            restored.unwrap_or_else(|| AccountLedger::new(stream.clone(), self.key.clone()));
        self.read_on(&mut account_ledger, through)?;
        Ok(account_ledger)
    }

    /// Brings an account's ledger to the present end of the log.
    pub(super) fn catch_up(&self, account_ledger: &mut AccountLedger) -> Result<(), StoreError> {
        self.read_on(account_ledger, self.store.head()?.position)
    }

    /// Brings an account's ledger to a position. The end is fixed before anything is read, so that no event of
    /// the account can appear below one of the catalog that was folded already.
    pub(super) fn read_on(
        &self,
        account_ledger: &mut AccountLedger,
        through: Position,
    ) -> Result<(), StoreError> {
        while account_ledger.position() < through {
            let page = self.page(account_ledger, through)?;
            let Some(last) = page.last() else { break };
            let last = last.position;
            for event in &page {
                self.fold(account_ledger, event)?;
            }
            account_ledger.has_seen(last);
        }
        account_ledger.has_seen(through);
        Ok(())
    }

    fn page(
        &self,
        account_ledger: &AccountLedger,
        through: Position,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        if account_ledger.stream().account().is_some() {
            return self.store.read_account(
                account_ledger.stream(),
                account_ledger.position(),
                through,
                PAGE,
            );
        }
        let mut page =
            self.store.read_stream(account_ledger.stream(), account_ledger.position(), PAGE)?;
        page.retain(|event| event.position <= through);
        Ok(page)
    }

    fn fold(
        &self,
        account_ledger: &mut AccountLedger,
        event: &StoredEvent,
    ) -> Result<(), StoreError> {
        let due = account_ledger.version().next();
        if event.stream == *account_ledger.stream() && event.version != due {
            let why = format!("it is event {} of {}, not {due}", event.version, event.stream);
            return Err(self.unreadable(event.position, &why));
        }
        match account_ledger.fold(event, &mut ()) {
            Ok(_) => Ok(()),
            Err(malformed) => Err(self.unreadable(event.position, &malformed)),
        }
    }

    pub(super) fn unreadable(&self, at: Position, why: &dyn std::fmt::Display) -> StoreError {
        let problem = format!("the event at position {at} cannot be read: {why}");
        StoreError::Damaged { store: self.store.name(), problem }
    }
}
