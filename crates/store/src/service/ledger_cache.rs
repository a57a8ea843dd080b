//! Ledgers, loaded from the store when they are needed and kept while they are used.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
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

/// Where an account's ledger is kept. Whoever holds the lock decides for its account.
pub(super) type Slot = Arc<Mutex<Option<AccountLedger>>>;

/// Takes an account's ledger off its slot. Who held it before may have panicked halfway: then it is loaded anew.
pub(super) fn lock(slot: &Slot) -> MutexGuard<'_, Option<AccountLedger>> {
    slot.lock().unwrap_or_else(|poisoned| {
        slot.clear_poison();
        let mut account_ledger = poisoned.into_inner();
        *account_ledger = None;
        account_ledger
    })
}

/// The ledgers of the accounts that were used last.
pub(super) struct LedgerCache {
    store: Arc<dyn Store>,
    key: HashKey,
    slots: Mutex<LruCache<Stream, Slot>>,
}

impl LedgerCache {
    pub(super) fn new(store: Arc<dyn Store>, key: HashKey, ledgers: NonZeroUsize) -> LedgerCache {
        LedgerCache { store, key, slots: Mutex::new(LruCache::new(ledgers)) }
    }

    /// The place of an account's ledger. The least recently used one makes room for it; who still holds that
    /// goes on with it, and the store tells when two decide for one account.
    pub(super) fn slot(&self, stream: &Stream) -> Slot {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        slots.get_or_insert_ref(stream, Slot::default).clone()
    }

    /// All places that are in use.
    pub(super) fn slots(&self) -> Vec<Slot> {
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
        let observer = self.store.observer();
        let (account_ledger, is_new) = match slot.take() {
            Some(account_ledger) => {
                observer.observe(&Observation::LedgerFound);
                (account_ledger, false)
            }
            None => {
                let began = Instant::now();
                let account_ledger = self.load(stream, self.store.head()?.position)?;
                observer.observe(&Observation::LedgerLoaded { took: began.elapsed() });
                (account_ledger, true)
            }
        };
        Ok((slot.insert(account_ledger), is_new))
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
