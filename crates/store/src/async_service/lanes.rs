//! A lane for each account, so that none takes all threads.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tallyfold_core::Name;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The lanes of the accounts that are in use.
#[derive(Clone)]
pub(super) struct Lanes {
    width: usize,
    lanes: Arc<Mutex<HashMap<Name<'static>, Lane>>>,
}

struct Lane {
    turns: Arc<Semaphore>,
    /// How many are in it or wait for it; with the last of them it goes.
    used_by: usize,
}

/// A place in a lane, in which one waits for one's turn.
struct Place {
    lanes: Lanes,
    account: Name<'static>,
}

/// A turn in a lane, for as long as it lives.
pub(super) struct Turn {
    _turn: Option<OwnedSemaphorePermit>,
    _place: Place,
}

impl Lanes {
    /// Lanes in which so many have their turn at once.
    pub(super) fn new(width: usize) -> Lanes {
        Lanes { width, lanes: Arc::default() }
    }

    /// Waits for a turn in the lane of an account.
    pub(super) async fn enter(&self, account: &Name<'static>) -> Turn {
        let (place, turns) = self.place(account);
        // Nobody closes it.
        Turn { _turn: turns.acquire_owned().await.ok(), _place: place }
    }

    fn place(&self, account: &Name<'static>) -> (Place, Arc<Semaphore>) {
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        let lane = lanes
            .entry(account.clone())
            .or_insert_with(|| Lane { turns: Arc::new(Semaphore::new(self.width)), used_by: 0 });
        lane.used_by += 1;
        (Place { lanes: self.clone(), account: account.clone() }, lane.turns.clone())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut lanes = self.lanes.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(lane) = lanes.get_mut(&self.account) else { return };
        lane.used_by -= 1;
        if lane.used_by == 0 {
            lanes.remove(&self.account);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn each_account_has_a_lane_of_its_own_for_as_long_as_it_is_used() {
        let lanes = Lanes::new(1);
        let accounts: Vec<_> =
            (0..1_000).map(|number| Name::new(format!("a{number}")).unwrap()).collect();
        let mut turns = Vec::new();
        for account in &accounts {
            turns.push(lanes.enter(account).await);
        }
        let second = tokio::time::timeout(Duration::from_millis(10), lanes.enter(&accounts[0]));
        assert!(second.await.is_err(), "the first one's turn is not over");
        turns.remove(0);
        turns.push(lanes.enter(&accounts[0]).await);
        assert_eq!(lanes.lanes.lock().unwrap().len(), accounts.len());
        drop(turns);
        assert!(lanes.lanes.lock().unwrap().is_empty());
    }
}
