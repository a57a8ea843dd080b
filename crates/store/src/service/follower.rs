//! Goes along the log behind a checkpoint, and folds each event in its account again.

use std::time::Duration;

use lru::LruCache;
use tallyfold_core::Record;

use super::LedgerService;
use super::account_ledger::AccountLedger;
use crate::error::{DeliveryError, StoreError};
use crate::event::StoredEvent;
use crate::log::Tail;
use crate::place::{Position, Stream};
use crate::store::Store;

/// A consumer of what events decide.
pub(super) struct Follower<'a> {
    service: &'a LedgerService,
    pub(super) tail: Tail<&'a dyn Store>,
    ledgers: LruCache<Stream, AccountLedger>,
    /// The last catalog event that was read.
    catalog: Position,
}

impl<'a> Follower<'a> {
    /// Goes on where this consumer's checkpoint is.
    pub(super) fn of(
        service: &'a LedgerService,
        consumer: &str,
    ) -> Result<Follower<'a>, StoreError> {
        let store = &*service.store;
        Ok(Follower {
            service,
            tail: Tail::resume(store, consumer)?,
            ledgers: LruCache::new(service.settings.cached_accounts),
            // Where the catalog ends is not known yet: look.
            catalog: store.head()?.position,
        })
    }

    /// Hands each event and what it decided, timers before it included, to `each`, up to the end of the
    /// log; waits at most so long for the first event. Answers the sum of what `each` answered. An event that
    /// `each` did not take comes again.
    pub(super) fn deliver<E>(
        &mut self,
        at_most: Duration,
        mut each: impl FnMut(&StoredEvent, Vec<Record<'static>>) -> Result<u64, DeliveryError<E>>,
    ) -> Result<u64, DeliveryError<E>> {
        let (mut delivered, mut wait) = (0, at_most);
        loop {
            let page = self.tail.next_page(wait)?;
            if page.is_empty() {
                return Ok(delivered);
            }
            for event in &page {
                let journal = self.journal_of(event).map_err(DeliveryError::Store);
                match journal.and_then(|journal| each(event, journal)) {
                    Ok(taken) => delivered += taken,
                    Err(error) => {
                        self.stop_before(event);
                        return Err(error);
                    }
                }
            }
            self.tail.save_checkpoint()?;
            wait = Duration::ZERO;
        }
    }

    /// What an event decided, timers before it included.
    fn journal_of(&mut self, event: &StoredEvent) -> Result<Vec<Record<'static>>, StoreError> {
        if event.stream == Stream::Catalog {
            self.catalog = event.position;
        }
        let mut journal = Vec::new();
        if event.stream.account().is_none() {
            return Ok(journal);
        }
        let service = self.service;
        let account_ledger = self.ledger_of(&event.stream, event.position.before())?;
        let folded = account_ledger.fold(event, &mut journal);
        let _finding = folded.map_err(|why| service.cache.unreadable(event.position, &why))?;
        Ok(journal)
    }

    /// The ledger of an account as of a position. Its own events were all folded already; those of
    /// the catalog are read on where there are any.
    pub(super) fn ledger_of(
        &mut self,
        account: &Stream,
        through: Position,
    ) -> Result<&mut AccountLedger, StoreError> {
        let cache = &self.service.cache;
        let load = || cache.load(account, through);
        let account_ledger = self.ledgers.try_get_or_insert_mut_ref(account, load)?;
        if account_ledger.position() < self.catalog {
            cache.read_on(account_ledger, through)?;
        }
        Ok(account_ledger)
    }

    /// All events before this one were dealt with: they need not come again.
    fn stop_before(&mut self, event: &StoredEvent) {
        self.ledgers.pop(&event.stream);
        self.tail.go_to(event.position.before());
        // Where this fails more of them come again.
        let _ = self.tail.save_checkpoint();
    }
}
