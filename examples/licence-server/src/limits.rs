//! How much may be asked: each key has a share of its own, so that none shuts out the others.
//!
//! Key → rate → a place in the key's queue → body → the key's turn → the service's turn. What holds
//! others up is taken last, and nobody holds it while a client is slow.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, timeout, timeout_at};

use crate::access::Caller;
use crate::input::with_body_read;
use crate::problem::Problem;
use crate::serve::Shared;
use crate::settings::Limits;

/// What kind of request it is. One kind never waits for the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lane {
    /// What is answered at once.
    Requests,
    /// What reads many events, on few threads; those give each account its turn themselves.
    Reports,
}

/// The limits in force.
#[derive(Clone, Debug)]
pub(crate) struct Limiter {
    limits: Limits,
    /// What all keys share.
    turns: Arc<Semaphore>,
    /// By the public part of the key; as many as there are keys.
    shares: Arc<Mutex<BTreeMap<String, Arc<Share>>>>,
}

/// What one key may ask.
#[derive(Debug)]
struct Share {
    rate: Rate,
    /// For requests in work, those that wait, and those that are still being sent.
    places: Semaphore,
    /// For requests in work.
    turns: Semaphore,
    /// For journals and reports, in work or waiting.
    reports: Semaphore,
}

/// The waiting time that is told where nobody knows when there is room again.
const A_MOMENT: Duration = Duration::from_secs(1);

impl Limiter {
    pub(crate) fn new(limits: &Limits) -> Limiter {
        let turns = Arc::new(semaphore(limits.max_requests));
        Limiter { limits: limits.clone(), turns, shares: Arc::default() }
    }

    /// How many requests are in work.
    pub(crate) fn in_work(&self) -> usize {
        self.limits.max_requests.min(Semaphore::MAX_PERMITS) - self.turns.available_permits()
    }

    fn share(&self, key: &str) -> Arc<Share> {
        let mut shares = self.shares.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(share) = shares.get(key) {
            return share.clone();
        }
        let share = Arc::new(Share::new(&self.limits));
        shares.insert(key.to_owned(), share.clone());
        share
    }

    async fn body_of(&self, request: Request) -> Result<Request, Problem> {
        let _arriving = Arriving::new();
        let at_most = Duration::from_secs(self.limits.body_seconds.into());
        let read = timeout(at_most, with_body_read(request)).await;
        read.map_err(|_| Problem::slow_body(format!("it did not arrive within {at_most:?}")))?
    }
}

impl Share {
    fn new(limits: &Limits) -> Share {
        let turns = limits.key_requests.get();
        Share {
            rate: Rate::new(limits.key_rate),
            places: semaphore(turns.saturating_add(limits.key_queue)),
            turns: semaphore(turns),
            reports: semaphore(limits.key_queue.max(1)),
        }
    }

    /// A place in the queue.
    fn place(&self, lane: Lane) -> Result<SemaphorePermit<'_>, Problem> {
        let places = match lane {
            Lane::Requests => &self.places,
            Lane::Reports => &self.reports,
        };
        places.try_acquire().map_err(|_| {
            turned_away("queue");
            Problem::too_many("too many requests of this key wait already").after(A_MOMENT)
        })
    }

    /// Waits for the key's turn.
    async fn turn(&self, by: Instant) -> Result<SemaphorePermit<'_>, Problem> {
        match timeout_at(by, self.turns.acquire()).await {
            Ok(Ok(turn)) => Ok(turn),
            _ => {
                turned_away("turn");
                Err(Problem::too_many("other requests of this key were in work").after(A_MOMENT))
            }
        }
    }
}

/// A request whose body is on its way, as the metrics count it.
struct Arriving(metrics::Gauge);

impl Arriving {
    fn new() -> Arriving {
        let gauge = metrics::gauge!("licence_server_requests_arriving");
        gauge.increment(1);
        Arriving(gauge)
    }
}

impl Drop for Arriving {
    fn drop(&mut self) {
        self.0.decrement(1);
    }
}

fn semaphore(permits: usize) -> Semaphore {
    Semaphore::new(permits.min(Semaphore::MAX_PERMITS))
}

fn turned_away(by: &'static str) {
    metrics::counter!("licence_server_turned_away_total", "by" => by).increment(1);
}

/// So many requests a second, as many at once (the generic cell rate algorithm).
#[derive(Debug)]
struct Rate {
    /// The time that a request takes; none where any number may come.
    interval: Option<Duration>,
    /// When those that came so far are over.
    over_at: Mutex<Instant>,
}

/// How much of the rate may come at once.
const BURST: Duration = Duration::from_secs(1);

impl Rate {
    fn new(a_second: u32) -> Rate {
        let interval = (a_second > 0).then(|| Duration::from_secs(1) / a_second);
        Rate { interval, over_at: Mutex::new(Instant::now()) }
    }

    /// Counts a request, or answers how long it has to wait.
    fn take(&self, now: Instant) -> Result<(), Duration> {
        let Some(interval) = self.interval else { return Ok(()) };
        let mut over_at = self.over_at.lock().unwrap_or_else(PoisonError::into_inner);
        let over = now.max(*over_at) + interval;
        match over.checked_duration_since(now + BURST) {
            Some(too_early) if !too_early.is_zero() => Err(too_early),
            _ => {
                *over_at = over;
                Ok(())
            }
        }
    }
}

/// Answers within the limits or says that it cannot.
pub(crate) async fn limit(
    State((Shared { limiter, .. }, lane)): State<(Shared, Lane)>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let caller = request.extensions().get::<Caller>();
    let key = caller.ok_or_else(|| Problem::unauthenticated("no key was looked at"))?;
    let share = limiter.share(&key.key);
    share.rate.take(Instant::now()).map_err(|wait| {
        turned_away("rate");
        Problem::too_many("this key asks too often").after(wait)
    })?;
    let _place = share.place(lane)?;
    let request = limiter.body_of(request).await?;
    let at_most = Duration::from_secs(limiter.limits.timeout_seconds.into());
    let by = Instant::now() + at_most;
    let _turns = match lane {
        Lane::Reports => None,
        Lane::Requests => {
            let turn = share.turn(by).await?;
            let Ok(held) = limiter.turns.try_acquire() else {
                turned_away("service");
                return Err(Problem::overloaded("the service takes no more for now"));
            };
            Some((turn, held))
        }
    };
    let answer = timeout_at(by, next.run(request)).await;
    answer.map_err(|_| Problem::timed_out(format!("longer than {at_most:?}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_lets_a_burst_through_and_tells_how_long_to_wait() {
        let (rate, start) = (Rate::new(10), Instant::now());
        *rate.over_at.lock().unwrap() = start;
        for _ in 0..10 {
            assert_eq!(rate.take(start), Ok(()));
        }
        let wait = Duration::from_millis(100);
        assert_eq!(rate.take(start), Err(wait));
        assert_eq!(rate.take(start + wait / 2), Err(wait / 2));
        assert_eq!(rate.take(start + wait), Ok(()));
        assert_eq!(rate.take(start + wait), Err(wait), "who waited has used it up");
        let later = start + Duration::from_hours(1);
        let at_once = (0..20).filter(|_| rate.take(later).is_ok()).count();
        assert_eq!(at_once, 10, "time that was not used does not add up");
    }

    #[test]
    fn without_a_rate_any_number_may_come() {
        let (rate, now) = (Rate::new(0), Instant::now());
        assert!((0..10_000).all(|_| rate.take(now).is_ok()));
    }
}
