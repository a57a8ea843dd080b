//! Books, loaded from the store when they are needed and kept while they are used.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lru::LruCache;
use tallyfold_core::HashKey;

use super::book::Book;
use crate::error::StoreError;
use crate::event::StoredEvent;
use crate::log::PAGE;
use crate::place::{Position, Stream};
use crate::store::Store;

/// Where a book is kept. Whoever holds the lock decides for its account.
pub(super) type Shelf = Arc<Mutex<Option<Book>>>;

/// Takes a book off its shelf. Who held it before may have panicked halfway: then it is loaded anew.
pub(super) fn lock(shelf: &Shelf) -> MutexGuard<'_, Option<Book>> {
    shelf.lock().unwrap_or_else(|poisoned| {
        shelf.clear_poison();
        let mut book = poisoned.into_inner();
        *book = None;
        book
    })
}

/// The books of the accounts that were used last.
pub(super) struct Library {
    store: Arc<dyn Store>,
    key: HashKey,
    shelves: Mutex<LruCache<Stream, Shelf>>,
}

impl Library {
    pub(super) fn new(store: Arc<dyn Store>, key: HashKey, books: NonZeroUsize) -> Library {
        Library { store, key, shelves: Mutex::new(LruCache::new(books)) }
    }

    /// The place of a book. The least recently used one makes room for it; who still holds that
    /// goes on with it, and the store tells when two decide for one account.
    pub(super) fn shelf(&self, stream: &Stream) -> Shelf {
        let mut shelves = self.shelves.lock().unwrap_or_else(PoisonError::into_inner);
        shelves.get_or_insert_ref(stream, Shelf::default).clone()
    }

    /// All places that are in use.
    pub(super) fn shelves(&self) -> Vec<Shelf> {
        let shelves = self.shelves.lock().unwrap_or_else(PoisonError::into_inner);
        shelves.iter().map(|(_, shelf)| shelf.clone()).collect()
    }

    pub(super) fn len(&self) -> usize {
        self.shelves.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// The book on a shelf, read up to the present end of the log where it was not there yet.
    /// Answers whether it was read just now.
    pub(super) fn book<'a>(
        &self,
        stream: &Stream,
        shelf: &'a mut Option<Book>,
    ) -> Result<(&'a mut Book, bool), StoreError> {
        let is_new = shelf.is_none();
        let book = match shelf.take() {
            Some(book) => book,
            None => self.load(stream, self.store.head()?.position)?,
        };
        Ok((shelf.insert(book), is_new))
    }

    /// A book as of a position: its snapshot, if that is not beyond it, and what came after.
    pub(super) fn load(&self, stream: &Stream, through: Position) -> Result<Book, StoreError> {
        let snapshot = self.store.snapshot(stream)?.filter(|it| it.position <= through);
        let restored = snapshot.and_then(|it| Book::restore(stream.clone(), &it, self.key.clone()));
        let mut book = restored.unwrap_or_else(|| Book::new(stream.clone(), self.key.clone()));
        self.read_on(&mut book, through)?;
        Ok(book)
    }

    /// Brings a book to the present end of the log.
    pub(super) fn catch_up(&self, book: &mut Book) -> Result<(), StoreError> {
        self.read_on(book, self.store.head()?.position)
    }

    /// Brings a book to a position. The end is fixed before anything is read, so that no event of
    /// the account can appear below one of the catalog that was folded already.
    pub(super) fn read_on(&self, book: &mut Book, through: Position) -> Result<(), StoreError> {
        while book.position() < through {
            let page = self.page(book, through)?;
            let Some(last) = page.last() else { break };
            let last = last.position;
            for event in &page {
                self.fold(book, event)?;
            }
            book.has_seen(last);
        }
        book.has_seen(through);
        Ok(())
    }

    fn page(&self, book: &Book, through: Position) -> Result<Vec<StoredEvent>, StoreError> {
        if book.stream().account().is_some() {
            return self.store.read_account(book.stream(), book.position(), through, PAGE);
        }
        let mut page = self.store.read_stream(book.stream(), book.position(), PAGE)?;
        page.retain(|event| event.position <= through);
        Ok(page)
    }

    fn fold(&self, book: &mut Book, event: &StoredEvent) -> Result<(), StoreError> {
        let due = book.version().next();
        if event.stream == *book.stream() && event.version != due {
            let why = format!("it is event {} of {}, not {due}", event.version, event.stream);
            return Err(self.unreadable(event.position, &why));
        }
        match book.fold(event, &mut ()) {
            Ok(_) => Ok(()),
            Err(malformed) => Err(self.unreadable(event.position, &malformed)),
        }
    }

    pub(super) fn unreadable(&self, at: Position, why: &dyn std::fmt::Display) -> StoreError {
        let problem = format!("the event at position {at} cannot be read: {why}");
        StoreError::Damaged { store: self.store.name(), problem }
    }
}
