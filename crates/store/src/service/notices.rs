//! Notices, delivered at least once to whoever sends mail (N2, N3).

use std::time::Duration;

use lru::LruCache;
use tallyfold_core::{Record, Timestamp};

use super::LedgerService;
use super::account_ledger::AccountLedger;
use crate::cause::Cause;
use crate::error::StoreError;
use crate::event::StoredEvent;
use crate::log::Tail;
use crate::place::{Position, Stream};
use crate::store::Store;

/// How many accounts are looked at together.
const PAGE: usize = 256;

/// Why notices were not delivered. Those that were not taken come again.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError<E> {
    /// The subscriber did not take one.
    #[error("a notice was not delivered: {0}")]
    Subscriber(E),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The notices of all accounts, for one named subscriber.
///
/// Each is delivered at least once, and remembered by its cause after the subscriber took it: the
/// event and which of its notices it is, or the pack whose timer wrote it. After a crash in between
/// it comes again. No instant decides what was delivered, so a clock that was wrong once loses
/// nothing. A subscriber that must not send twice remembers the account, the instant and the notice
/// of what it sent.
pub struct Notices<'a> {
    service: &'a LedgerService,
    subscriber: String,
    tail: Tail<&'a dyn Store>,
    ledgers: LruCache<Stream, AccountLedger>,
    /// The last catalog event that was read.
    catalog: Position,
}

impl LedgerService {
    /// Goes on with the notices where this subscriber stopped; a new one is told of all that ever
    /// happened.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub fn notices(&self, subscriber: &str) -> Result<Notices<'_>, StoreError> {
        let store = &*self.store;
        let mut notices = Notices {
            service: self,
            subscriber: subscriber.to_owned(),
            tail: Tail::resume(store, subscriber)?,
            ledgers: LruCache::new(self.settings.cached_accounts),
            // Where the catalog ends is not known yet: look.
            catalog: store.head()?.position,
        };
        notices.take_over()?;
        Ok(notices)
    }

    /// The same, but a new subscriber is told only of what happens from now on.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub fn notices_from_now(&self, subscriber: &str) -> Result<Notices<'_>, StoreError> {
        let mut notices = self.notices(subscriber)?;
        let beginning = Cause::beginning();
        let is_new = notices.tail.position() == Position::START
            && !notices.is_delivered(std::slice::from_ref(&beginning))?[0];
        if is_new {
            notices.tail.go_to(self.store.head()?.position);
            notices.pass_over_due(self.due_until()?)?;
            notices.tail.save_checkpoint()?;
            notices.remember(beginning)?;
        }
        Ok(notices)
    }

    /// Up to when what no event causes is due by now.
    fn due_until(&self) -> Result<Timestamp, StoreError> {
        Ok(self.store.now()? - self.settings.notice_delay)
    }
}

impl Notices<'_> {
    /// Delivers the notices that events caused, up to the end of the log; waits at most so long for
    /// the first event. Answers how many were delivered.
    ///
    /// # Errors
    ///
    /// [`DeliveryError`].
    pub fn deliver<E>(
        &mut self,
        at_most: Duration,
        mut take: impl FnMut(&Record<'_>) -> Result<(), E>,
    ) -> Result<u64, DeliveryError<E>> {
        let (mut delivered, mut wait) = (0, at_most);
        loop {
            let page = self.tail.next_page(wait)?;
            if page.is_empty() {
                return Ok(delivered);
            }
            for event in &page {
                match self.deliver_of(event, &mut take) {
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

    /// Delivers what no event caused: packs that are about to expire (N3), and balances that got
    /// worse because one did (N2). Goes through all accounts, so it is for every hour or day.
    /// Events come first, as with [`Notices::deliver`].
    ///
    /// # Errors
    ///
    /// [`DeliveryError`].
    pub fn deliver_due<E>(
        &mut self,
        mut take: impl FnMut(&Record<'_>) -> Result<(), E>,
    ) -> Result<u64, DeliveryError<E>> {
        let until = self.service.due_until()?;
        let mut delivered = self.deliver(Duration::ZERO, &mut take)?;
        self.each_due(until, |notices, due| {
            delivered += due.len() as u64;
            notices.hand_over(due, &mut take)
        })?;
        Ok(delivered)
    }

    /// Delivers what an event caused, and answers how many notices that were.
    fn deliver_of<E>(
        &mut self,
        event: &StoredEvent,
        take: &mut impl FnMut(&Record<'_>) -> Result<(), E>,
    ) -> Result<u64, DeliveryError<E>> {
        let notices = self.notices_of(event)?;
        let count = notices.len() as u64;
        self.hand_over(notices, take)?;
        Ok(count)
    }

    fn hand_over<E>(
        &mut self,
        notices: Vec<(Cause, Record<'static>)>,
        take: &mut impl FnMut(&Record<'_>) -> Result<(), E>,
    ) -> Result<(), DeliveryError<E>> {
        for (cause, notice) in notices {
            take(&notice).map_err(DeliveryError::Subscriber)?;
            self.remember(cause)?;
        }
        Ok(())
    }

    /// What an event caused and was not delivered yet, timers before it included.
    fn notices_of(
        &mut self,
        event: &StoredEvent,
    ) -> Result<Vec<(Cause, Record<'static>)>, StoreError> {
        let before = Position::new(event.position.get() - 1);
        if event.stream == Stream::Catalog {
            self.catalog = event.position;
        }
        if event.stream.account().is_none() {
            return Ok(Vec::new());
        }
        let unreadable = |why| self.service.cache.unreadable(event.position, &why);
        let mut journal = Vec::new();
        let account_ledger = Notices::ledger_of(
            &mut self.ledgers,
            self.service,
            self.catalog,
            (&event.stream, before),
        )?;
        let _finding = account_ledger.fold(event, &mut journal).map_err(unreadable)?;
        self.not_delivered(Cause::of_notices(Some(event.position), journal))
    }

    /// Goes through the accounts that have notices of timers that are due and were not delivered.
    fn each_due<E: From<StoreError>>(
        &mut self,
        until: Timestamp,
        mut deliver: impl FnMut(&mut Self, Vec<(Cause, Record<'static>)>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut after = String::new();
        loop {
            let accounts = self.service.store.accounts(&after, PAGE)?;
            let Some(last) = accounts.last().and_then(Stream::account) else { return Ok(()) };
            after = last.to_owned();
            for account in &accounts {
                let journal = self.account_ledger(account, self.tail.position())?.due(until);
                let due = self.not_delivered(Cause::of_notices(None, journal))?;
                if !due.is_empty() {
                    deliver(self, due)?;
                }
            }
        }
    }

    /// Takes what is due for delivered, without handing it over.
    fn pass_over_due(&mut self, until: Timestamp) -> Result<(), StoreError> {
        self.each_due(until, |notices, due| {
            due.into_iter().try_for_each(|(cause, _)| notices.remember(cause))
        })
    }

    /// Versions up to 0.1 kept an instant up to which timers were delivered. What they had delivered
    /// by then is remembered, except what a wrong clock may have said about the future.
    fn take_over(&mut self) -> Result<(), StoreError> {
        let (store, name) = (&self.service.store, format!("{}, due", self.subscriber));
        let nanos = store.checkpoint(&name)?.get();
        if nanos == 0 {
            return Ok(());
        }
        let until = Timestamp::from_unix_nanos(i64::try_from(nanos).unwrap_or(i64::MAX));
        let until = until.unwrap_or(Timestamp::LATEST).min(self.service.due_until()?);
        self.pass_over_due(until)?;
        self.service.store.move_checkpoint(&name, Position::START)
    }

    fn not_delivered(
        &self,
        notices: Vec<(Cause, Record<'static>)>,
    ) -> Result<Vec<(Cause, Record<'static>)>, StoreError> {
        if notices.is_empty() {
            return Ok(notices);
        }
        let causes: Vec<_> = notices.iter().map(|(cause, _)| cause.clone()).collect();
        let delivered = self.is_delivered(&causes)?;
        let news = notices.into_iter().zip(delivered).filter(|(_, delivered)| !delivered);
        Ok(news.map(|(notice, _)| notice).collect())
    }

    fn is_delivered(&self, causes: &[Cause]) -> Result<Vec<bool>, StoreError> {
        let keys: Vec<&[u8]> = causes.iter().map(|Cause(key)| &key[..]).collect();
        self.service.store.delivered(&self.subscriber, &keys)
    }

    fn remember(&self, Cause(key): Cause) -> Result<(), StoreError> {
        self.service.store.remember_delivery(&self.subscriber, &key)
    }

    fn account_ledger(
        &mut self,
        account: &Stream,
        through: Position,
    ) -> Result<&AccountLedger, StoreError> {
        let account_ledger =
            Notices::ledger_of(&mut self.ledgers, self.service, through, (account, through))?;
        Ok(account_ledger)
    }

    /// The ledger of an account as of a position. Its own events were all folded already; those of
    /// the catalog are read on where there are any.
    fn ledger_of<'b>(
        ledgers: &'b mut LruCache<Stream, AccountLedger>,
        service: &LedgerService,
        catalog: Position,
        (account, through): (&Stream, Position),
    ) -> Result<&'b mut AccountLedger, StoreError> {
        let load = || service.cache.load(account, through);
        let account_ledger = ledgers.try_get_or_insert_mut_ref(account, load)?;
        if account_ledger.position() < catalog {
            service.cache.read_on(account_ledger, through)?;
        }
        Ok(account_ledger)
    }

    /// All notices of the events before this one were taken: they need not come again.
    fn stop_before(&mut self, event: &StoredEvent) {
        self.ledgers.pop(&event.stream);
        self.tail.go_to(Position::new(event.position.get() - 1));
        // Where this fails they are remembered one by one.
        let _ = self.tail.save_checkpoint();
    }
}
