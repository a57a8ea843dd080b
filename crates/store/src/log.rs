//! A log, read page by page, and its end, waited for.

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
/// A consumer that dies between reading and [`Tail::done`] reads the same events again; it never
/// passes over one.
#[derive(Debug)]
pub struct Tail<'a, S: ?Sized> {
    store: &'a S,
    consumer: String,
    /// What was handed out; the checkpoint is at or before it.
    read: Position,
}

impl<'a, S: Store + ?Sized> Tail<'a, S> {
    /// Goes on where this consumer's checkpoint is.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub fn of(store: &'a S, consumer: &str) -> Result<Tail<'a, S>, StoreError> {
        let read = store.checkpoint(consumer)?;
        Ok(Tail { store, consumer: consumer.to_owned(), read })
    }

    /// The next events; waits at most so long for the first of them, and may answer none.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub fn next(&mut self, at_most: Duration) -> Result<Vec<StoredEvent>, StoreError> {
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
    pub fn done(&mut self) -> Result<(), StoreError> {
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
