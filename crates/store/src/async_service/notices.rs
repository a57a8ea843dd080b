//! Notices for an async subscriber: handed over one by one, each until it is done.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tallyfold_core::Record;
use tokio::sync::{mpsc, oneshot};
use tokio::task::{JoinHandle, spawn_blocking};

use super::AsyncLedgerService;
use crate::error::StoreError;
use crate::service::{DeliveryError, LedgerService, Notices};

/// How long the thread waits for an event before it looks whether the subscriber is still there.
const LOOK_UP_EVERY: Duration = Duration::from_millis(500);

/// The notices of all accounts, for one named subscriber; at least once, as with
/// [`Notices`](crate::Notices).
///
/// Keeps one thread of its own for as long as it lives, beside those of the service.
#[derive(Debug)]
pub struct AsyncNotices {
    deliveries: mpsc::Receiver<Delivery>,
    thread: Option<JoinHandle<Result<(), StoreError>>>,
}

/// A notice that was handed over. Dropped before it is [done](Delivery::done), it comes again.
#[derive(Debug)]
pub struct Delivery {
    notice: Record<'static>,
    done: oneshot::Sender<()>,
}

impl Delivery {
    /// The notice.
    #[must_use]
    pub fn notice(&self) -> &Record<'static> {
        &self.notice
    }

    /// It has been dealt with and need not come again.
    pub fn done(self) {
        // Where the thread has ended, the notice comes again: that is what was promised.
        let _ = self.done.send(());
    }
}

/// The subscriber did not deal with a notice.
struct NotDone;

impl AsyncLedgerService {
    /// Goes on with the notices where this subscriber's checkpoint is. Those that no event causes
    /// are looked for in all accounts whenever so much time has passed, and at the beginning.
    #[must_use]
    pub fn notices(&self, subscriber: &str, due_every: Duration) -> AsyncNotices {
        let (sender, deliveries) = mpsc::channel(1);
        let (service, subscriber) = (self.service().clone(), subscriber.to_owned());
        let thread = spawn_blocking(move || deliver(&service, &subscriber, due_every, &sender));
        AsyncNotices { deliveries, thread: Some(thread) }
    }
}

impl AsyncNotices {
    /// Waits for the next notice. It is not handed over before the one before it was done or
    /// dropped. None where the program is shutting down.
    ///
    /// A future that is dropped loses nothing.
    ///
    /// # Errors
    ///
    /// [`StoreError`], after which there are no more: subscribe again.
    ///
    /// # Panics
    ///
    /// Where the ledger does.
    pub async fn next(&mut self) -> Result<Option<Delivery>, StoreError> {
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

/// Hands notices over until the subscriber is gone.
fn deliver(
    service: &Arc<LedgerService>,
    subscriber: &str,
    due_every: Duration,
    deliveries: &mpsc::Sender<Delivery>,
) -> Result<(), StoreError> {
    let mut notices = service.notices(subscriber)?;
    let mut due_at = Some(Instant::now());
    while !deliveries.is_closed() {
        let is_due = due_at.is_some_and(|due_at| Instant::now() >= due_at);
        let delivered = deliver_some(&mut notices, is_due, deliveries);
        match delivered {
            Ok(_) if is_due => due_at = Instant::now().checked_add(due_every),
            // What was not done comes again.
            Ok(_) | Err(DeliveryError::Subscriber(NotDone)) => {}
            Err(DeliveryError::Store(error)) => return Err(error),
        }
    }
    Ok(())
}

fn deliver_some(
    notices: &mut Notices<'_>,
    is_due: bool,
    deliveries: &mpsc::Sender<Delivery>,
) -> Result<u64, DeliveryError<NotDone>> {
    let hand_over = |notice: &Record<'_>| {
        let (done, is_done) = oneshot::channel();
        let delivery = Delivery { notice: notice.clone().into_owned(), done };
        deliveries.blocking_send(delivery).map_err(|_| NotDone)?;
        is_done.blocking_recv().map_err(|_| NotDone)
    };
    if is_due { notices.deliver_due(hand_over) } else { notices.deliver(LOOK_UP_EVERY, hand_over) }
}
