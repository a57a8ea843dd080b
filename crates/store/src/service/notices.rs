//! Notices, delivered at least once to whoever sends mail (N2, N3).

use std::time::Duration;

use lru::LruCache;
use tallyfold_core::{Entry, Instant, Record};

use super::LedgerService;
use super::book::Book;
use crate::error::StoreError;
use crate::event::StoredEvent;
use crate::log::Tail;
use crate::place::{Position, Stream};
use crate::store::Store;

/// Why notices were not delivered. Those from the last checkpoint on come again.
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
/// Each is delivered at least once: the checkpoint moves after the subscriber took it, and after a
/// crash in between it comes again. A subscriber that must not send twice remembers the account,
/// the instant and the notice of what it sent.
pub struct Notices<'a> {
    service: &'a LedgerService,
    consumer: String,
    tail: Tail<'a, dyn Store>,
    books: LruCache<Stream, Book>,
    /// The last catalog event that was read.
    catalog: Position,
    /// Up to when notices that no event caused were delivered.
    delivered_until: Instant,
}

impl LedgerService {
    /// Goes on with the notices where this subscriber's checkpoint is.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub fn notices(&self, subscriber: &str) -> Result<Notices<'_>, StoreError> {
        let store = &*self.store;
        let until = store.checkpoint(&due_checkpoint(subscriber))?;
        Ok(Notices {
            service: self,
            consumer: subscriber.to_owned(),
            tail: Tail::of(store, subscriber)?,
            books: LruCache::new(self.settings.cached_accounts),
            // Where the catalog ends is not known yet: look.
            catalog: store.head()?.position,
            delivered_until: instant_of(until),
        })
    }
}

/// The name under which it is kept up to when due notices were delivered, in nanoseconds since
/// 1970.
fn due_checkpoint(subscriber: &str) -> String {
    format!("{subscriber}, due")
}

fn instant_of(checkpoint: Position) -> Instant {
    let nanos = i64::try_from(checkpoint.get()).unwrap_or(i64::MAX);
    if nanos == 0 {
        return Instant::EARLIEST;
    }
    Instant::from_unix_nanos(nanos).unwrap_or(Instant::LATEST)
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
            let page = self.tail.next(wait)?;
            if page.is_empty() {
                return Ok(delivered);
            }
            for event in &page {
                let notices = self.notices_of(event)?;
                delivered += notices.len() as u64;
                if let Err(error) = notices.iter().try_for_each(&mut take) {
                    return Err(self.stopped_before(event.position, error));
                }
            }
            self.tail.done()?;
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
        let until = self.service.store.now()? - self.service.settings.notice_delay;
        let mut delivered = self.deliver(Duration::ZERO, &mut take)?;
        let mut after = String::new();
        loop {
            let accounts = self.service.store.accounts(&after, 256)?;
            let Some(last) = accounts.last().and_then(Stream::account) else { break };
            after = last.to_owned();
            for account in &accounts {
                let due = self.book(account, self.tail.position())?.due(until);
                for notice in due.iter().filter(|it| is_notice(it) && it.at > self.delivered_until)
                {
                    take(notice).map_err(DeliveryError::Subscriber)?;
                    delivered += 1;
                }
            }
        }
        if until > self.delivered_until {
            let reached = Position::new(until.unix_nanos().try_into().unwrap_or_default());
            self.service.store.move_checkpoint(&due_checkpoint(&self.consumer), reached)?;
            self.delivered_until = until;
        }
        Ok(delivered)
    }

    /// What an event caused, timers before it included unless they were delivered when due.
    fn notices_of(&mut self, event: &StoredEvent) -> Result<Vec<Record<'static>>, StoreError> {
        let before = Position::new(event.position.get() - 1);
        if event.stream == Stream::Catalog {
            self.catalog = event.position;
        }
        let Some(at) = event.event().ok().map(|event| event.at()) else { return Ok(Vec::new()) };
        if event.stream.account().is_none() {
            return Ok(Vec::new());
        }
        let unreadable = |why| self.service.library.unreadable(event.position, &why);
        let delivered_until = self.delivered_until;
        let mut journal = Vec::new();
        let book =
            Notices::book_of(&mut self.books, self.service, self.catalog, (&event.stream, before))?;
        let _finding = book.fold(event, &mut journal).map_err(unreadable)?;
        journal.retain(|it| is_notice(it) && (it.at >= at || it.at > delivered_until));
        Ok(journal)
    }

    fn book(&mut self, account: &Stream, through: Position) -> Result<&Book, StoreError> {
        let book = Notices::book_of(&mut self.books, self.service, through, (account, through))?;
        Ok(book)
    }

    /// The book of an account as of a position. Its own events were all folded already; those of
    /// the catalog are read on where there are any.
    fn book_of<'b>(
        books: &'b mut LruCache<Stream, Book>,
        service: &LedgerService,
        catalog: Position,
        (account, through): (&Stream, Position),
    ) -> Result<&'b mut Book, StoreError> {
        let load = || service.library.load(account, through);
        let book = books.try_get_or_insert_mut_ref(account, load)?;
        if book.position() < catalog {
            service.library.read_on(book, through)?;
        }
        Ok(book)
    }

    /// The subscriber took all notices of the events before this one: they need not come again.
    fn stopped_before<E>(&mut self, event: Position, error: E) -> DeliveryError<E> {
        let before = Position::new(event.get() - 1);
        self.books.clear();
        let store: &dyn Store = &*self.service.store;
        let moved = store.move_checkpoint(&self.consumer, before);
        let tail = moved.and_then(|()| Tail::of(store, &self.consumer));
        match tail {
            Ok(tail) => self.tail = tail,
            Err(store) => return DeliveryError::Store(store),
        }
        DeliveryError::Subscriber(error)
    }
}

fn is_notice(record: &Record<'_>) -> bool {
    matches!(record.entry, Entry::Notice(_))
}
