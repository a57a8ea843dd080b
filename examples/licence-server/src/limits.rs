//! How much a client may ask: turned away at once rather than kept waiting.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use tokio::sync::Semaphore;

use crate::problem::Problem;
use crate::serve::Shared;
use crate::settings::Limits;

/// The limits in force.
#[derive(Clone, Debug)]
pub(crate) struct Limiter {
    free: Arc<Semaphore>,
    most: usize,
    at_most: Duration,
}

impl Limiter {
    pub(crate) fn new(limits: &Limits) -> Limiter {
        let most = limits.max_requests.min(Semaphore::MAX_PERMITS);
        let at_most = Duration::from_secs(limits.timeout_seconds.into());
        Limiter { free: Arc::new(Semaphore::new(most)), most, at_most }
    }

    /// How many requests are in work.
    pub(crate) fn in_work(&self) -> usize {
        self.most - self.free.available_permits()
    }
}

/// Answers within the limits or says that it cannot.
pub(crate) async fn limit(
    State(Shared { limiter, .. }): State<Shared>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let Ok(_held) = limiter.free.try_acquire() else {
        metrics::counter!("licence_server_turned_away_total").increment(1);
        return Err(Problem::overloaded("the service takes no more for now"));
    };
    let answer = tokio::time::timeout(limiter.at_most, next.run(request)).await;
    answer.map_err(|_| Problem::timed_out(format!("longer than {:?}", limiter.at_most)))
}
