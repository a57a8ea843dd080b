//! Who waits for new events is woken by the server; where that fails, it looks again by itself.

use std::future::poll_fn;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use tokio_postgres::AsyncMessage;

use super::deadline::Deadline;
use super::error::Answer;
use super::link::Link;
use crate::place::Position;

/// Under which name the server tells of commits.
pub(super) const CHANNEL: &str = "tallyfold";
/// How long to wait before listening again when the connection was lost.
const PAUSE: Duration = Duration::from_secs(1);

/// How often the server is asked whether it still tells.
const ASK_AGAIN: Duration = Duration::from_secs(15);

/// The last position that was told, and who waits for the next.
#[derive(Default)]
pub(crate) struct ToldPosition {
    position: Mutex<Position>,
    moved: Condvar,
}

impl ToldPosition {
    /// Starts to listen.
    pub(super) fn by(link: &Link) -> Arc<ToldPosition> {
        let told = Arc::new(ToldPosition::default());
        let (config, tls, heard) = (link.config.clone(), link.tls.clone(), told.clone());
        let deadline = link.deadline();
        link.spawn(async move {
            loop {
                // What went wrong does not matter: who waits looks by itself from time to time.
                let _ = listen(&config, tls.clone(), &heard, deadline).await;
                tokio::time::sleep(PAUSE).await;
            }
        });
        told
    }

    /// Waits until an event behind a position is told of, at most so long.
    pub(super) fn wait(&self, after: Position, at_most: Duration) {
        let position = self.position.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = |position: &mut Position| *position <= after;
        drop(self.moved.wait_timeout_while(position, at_most, is_due));
    }

    fn hear(&self, payload: &str) {
        if let Ok(number) = payload.parse() {
            let mut position = self.position.lock().unwrap_or_else(PoisonError::into_inner);
            *position = Position::new(number).max(*position);
            self.moved.notify_all();
        }
    }
}

/// Listens with a connection of its own until that is lost.
async fn listen(
    config: &tokio_postgres::Config,
    tls: tokio_postgres_rustls::MakeRustlsConnect,
    told: &ToldPosition,
    deadline: Deadline,
) -> Answer<()> {
    let connected = async { Ok(config.connect(tls).await?) };
    let (client, mut connection) = deadline.again().met(connected).await?;
    let heard = async {
        while let Some(message) = poll_fn(|context| connection.poll_message(context)).await {
            if let AsyncMessage::Notification(notification) = message? {
                told.hear(notification.payload());
            }
        }
        Ok(())
    };
    let listen = format!("LISTEN {CHANNEL}");
    // Asked for again and again, because a connection that is cut without a word says nothing.
    let listening = async {
        loop {
            let asked = async { Ok(client.batch_execute(&listen).await?) };
            deadline.again().met(asked).await?;
            tokio::time::sleep(ASK_AGAIN).await;
        }
    };
    tokio::select! {
        lost = heard => lost,
        refused = listening => refused,
    }
}
