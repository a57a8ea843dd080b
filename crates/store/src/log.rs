//! A log, read page by page, and its end, waited for.

use std::ops::Deref;
use std::time::Duration;

use crate::error::StoreError;
use crate::event::StoredEvent;
use crate::observer::Observation;
use crate::place::Position;
use crate::store::Store;

/// How many events are read at once.
pub(crate) const PAGE: usize = 512;

/// The events of a log, in order, in constant memory. Ends at the last one there is.
#[derive(Debug)]
pub struct LogEvents<'a, S: ?Sized> {
    store: &'a S,
    after: Position,
    page: std::vec::IntoIter<StoredEvent>,
}

impl<'a, S: Store + ?Sized> LogEvents<'a, S> {
    /// The events behind a position.
    pub fn after(store: &'a S, after: Position) -> LogEvents<'a, S> {
        LogEvents { store, after, page: Vec::new().into_iter() }
    }

    fn turn_page(&mut self) -> Result<Option<StoredEvent>, StoreError> {
        if self.page.len() == 0 {
            self.page = self.store.read_log(self.after, PAGE)?.into_iter();
        }
        let next = self.page.next();
        self.after = next.as_ref().map_or(self.after, |event| event.position);
        Ok(next)
    }
}

impl<S: Store + ?Sized> Iterator for LogEvents<'_, S> {
    type Item = Result<StoredEvent, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.turn_page().transpose()
    }
}

/// A named consumer of a log: reads on from its checkpoint, and waits for what is new.
///
/// A consumer that dies between reading and [`Tail::save_checkpoint`] reads the same events again; it
/// never passes over one.
///
/// `S` is what leads to the store: a reference, or an `Arc`, with which a tail can live in a struct
/// or on a thread of its own.
///
/// ```
/// use std::sync::Arc;
/// use std::time::Duration;
/// use tallyfold_store::{Expected, MemoryStore, NewEvent, Store, Tail};
///
/// let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
/// let line = r#"{"type":"SessionClosed","at":"2026-01-05T09:00:00Z","account":"acme","session":"s1"}"#;
/// store.append(&NewEvent::from_line(line)?.into(), Expected::Any)?;
///
/// let mut tail = Tail::resume(store.clone(), "warehouse")?;
/// let consumer = std::thread::spawn(move || {
///     let page = tail.next_page(Duration::from_secs(1))?;
///     // Deal with the events here.
///     tail.save_checkpoint()?;
///     Ok::<_, tallyfold_store::StoreError>(page.len())
/// });
/// assert_eq!(consumer.join().map_err(|_| "it panicked")??, 1);
/// assert_eq!(store.checkpoint("warehouse")?.get(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Tail<S> {
    store: S,
    consumer: String,
    /// What was handed out; the checkpoint is at or before it.
    read: Position,
}

impl<S: Deref<Target: Store>> Tail<S> {
    /// Goes on where this consumer's checkpoint is.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub fn resume(store: S, consumer: &str) -> Result<Tail<S>, StoreError> {
        let read = store.checkpoint(consumer)?;
        Ok(Tail { store, consumer: consumer.to_owned(), read })
    }

    /// The next events; waits at most so long for the first of them, and may answer none.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub fn next_page(&mut self, at_most: Duration) -> Result<Vec<StoredEvent>, StoreError> {
        let end = self.store.wait(self.read, at_most)?;
        let events = end.get().saturating_sub(self.read.get());
        let consumer = &self.consumer;
        self.store.observer().observe(&Observation::ConsumerLag { consumer, events });
        let page = self.store.read_log(self.read, PAGE)?;
        self.read = page.last().map_or(self.read, |event| event.position);
        Ok(page)
    }

    /// Moves the checkpoint behind all that was handed out: it has been dealt with.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub fn save_checkpoint(&mut self) -> Result<(), StoreError> {
        self.store.move_checkpoint(&self.consumer, self.read)
    }

    /// Goes on behind another position.
    pub(crate) fn go_to(&mut self, read: Position) {
        self.read = read;
    }

    /// What was handed out last.
    #[must_use]
    pub fn position(&self) -> Position {
        self.read
    }
}
