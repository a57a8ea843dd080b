//! Notices and journal for async subscribers: handed over one by one, each until it is done.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tallyfold_core::Record;
use tokio::sync::{mpsc, oneshot};
use tokio::task::{JoinHandle, spawn_blocking};

use super::AsyncLedgerService;
use crate::error::{DeliveryError, StoreError};
use crate::service::{JournalEntry, LedgerService};

/// How long the thread waits for an event before it looks whether the subscriber is still there.
const LOOK_UP_EVERY: Duration = Duration::from_millis(500);

/// The notices of all accounts, for one named subscriber; at least once, as with
/// [`Notices`](crate::Notices).
pub type AsyncNotices = AsyncDeliveries<Record<'static>>;

/// The journal of all accounts, for one named consumer; at least once, as with
/// [`Journal`](crate::Journal).
pub type AsyncJournal = AsyncDeliveries<JournalEntry>;

/// What is delivered to one named subscriber, each until it is done.
///
/// Keeps one thread of its own for as long as it lives, beside those of the service.
#[derive(Debug)]
pub struct AsyncDeliveries<T> {
    deliveries: mpsc::Receiver<Delivery<T>>,
    thread: Option<JoinHandle<Result<(), StoreError>>>,
}

/// Something that was handed over. Dropped before it is [done](Delivery::done), it comes again.
#[derive(Debug)]
pub struct Delivery<T> {
    delivered: T,
    done: oneshot::Sender<()>,
}

impl<T> Delivery<T> {
    /// It has been dealt with and need not come again.
    pub fn done(self) {
        // Where the thread has ended it comes again: that is what was promised.
        let _ = self.done.send(());
    }
}

impl Delivery<Record<'static>> {
    /// The notice.
    #[must_use]
    pub fn notice(&self) -> &Record<'static> {
        &self.delivered
    }
}

impl Delivery<JournalEntry> {
    /// The entry of the journal.
    #[must_use]
    pub fn entry(&self) -> &JournalEntry {
        &self.delivered
    }
}

/// The subscriber did not deal with what was handed over.
struct NotDone;

/// Where a thread hands things over.
struct Handover<T>(mpsc::Sender<Delivery<T>>);

impl<T> Handover<T> {
    /// Hands something over, and waits until it is done or dropped.
    fn hand_over(&self, delivered: T) -> Result<(), NotDone> {
        let (done, is_done) = oneshot::channel();
        self.0.blocking_send(Delivery { delivered, done }).map_err(|_| NotDone)?;
        is_done.blocking_recv().map_err(|_| NotDone)
    }

    /// Delivers again and again, until the subscriber is gone or the store fails.
    fn run(
        &self,
        mut deliver: impl FnMut() -> Result<(), DeliveryError<NotDone>>,
    ) -> Result<(), StoreError> {
        while !self.0.is_closed() {
            match deliver() {
                // What was not done comes again.
                Ok(()) | Err(DeliveryError::Subscriber(NotDone)) => {}
                Err(DeliveryError::Store(error)) => return Err(error),
            }
        }
        Ok(())
    }
}

impl AsyncLedgerService {
    /// Goes on with the notices where this subscriber's checkpoint is. Those that no event causes
    /// are looked for in all accounts whenever so much time has passed, and at the beginning.
    #[must_use]
    pub fn notices(&self, subscriber: &str, due_every: Duration) -> AsyncNotices {
        let subscriber = subscriber.to_owned();
        self.deliveries(move |service, handover| {
            let mut notices = service.notices(&subscriber)?;
            let mut due_at = Some(Instant::now());
            handover.run(|| {
                let hand_over =
                    |notice: &Record<'_>| handover.hand_over(notice.clone().into_owned());
                if due_at.is_some_and(|due_at| Instant::now() >= due_at) {
                    notices.deliver_due(hand_over)?;
                    due_at = Instant::now().checked_add(due_every);
                } else {
                    notices.deliver(LOOK_UP_EVERY, hand_over)?;
                }
                Ok(())
            })
        })
    }

    /// Goes on with the journal where this consumer's checkpoint is, as [`LedgerService::journal`] does.
    #[must_use]
    pub fn journal(&self, consumer: &str) -> AsyncJournal {
        let consumer = consumer.to_owned();
        self.deliveries(move |service, handover| {
            let mut journal = service.journal(&consumer)?;
            handover.run(|| {
                let hand_over = |entry: &JournalEntry| handover.hand_over(entry.clone());
                journal.deliver(LOOK_UP_EVERY, hand_over).map(|_| ())
            })
        })
    }

    /// Lets a thread deliver.
    fn deliveries<T: Send + 'static>(
        &self,
        deliver: impl FnOnce(&LedgerService, &Handover<T>) -> Result<(), StoreError> + Send + 'static,
    ) -> AsyncDeliveries<T> {
        let (sender, deliveries) = mpsc::channel(1);
        let service: Arc<LedgerService> = self.service().clone();
        let thread = spawn_blocking(move || deliver(&service, &Handover(sender)));
        AsyncDeliveries { deliveries, thread: Some(thread) }
    }
}

impl<T> AsyncDeliveries<T> {
    /// Waits for what is next. It is not handed over before what was before it was done or
    /// dropped. None where the program is shutting down.
    ///
    /// A future that is dropped loses nothing.
    ///
    /// # Errors
    ///
    /// [`StoreError`], after which there is no more: subscribe again.
    ///
    /// # Panics
    ///
    /// Where the ledger does.
    pub async fn next(&mut self) -> Result<Option<Delivery<T>>, StoreError> {
        if let Some(delivery) = self.deliveries.recv().await {
            return Ok(Some(delivery));
        }
        let Some(thread) = &mut self.thread else { return Ok(None) };
        let ended = thread.await;
        self.thread = None;
        match ended.map_err(tokio::task::JoinError::try_into_panic) {
            Ok(ended) => ended.map(|()| None),
            Err(Ok(panic)) => std::panic::resume_unwind(panic),
            Err(Err(_cancelled)) => Ok(None),
        }
    }
}
