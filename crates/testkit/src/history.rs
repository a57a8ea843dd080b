//! A history: events in log order, and what can be done with them.

use std::fmt;
use std::ops::Deref;

use tallyfold_core::{Event, Ledger};

use crate::scenario::scenario;
use crate::steps::{events_of, steps_of_seed};

/// Events in log order. What [`Debug`](fmt::Debug) writes is a [`scenario`].
#[derive(Clone, PartialEq, Eq)]
pub struct History {
    events: Vec<Event<'static>>,
}

impl History {
    /// These events.
    #[must_use]
    pub fn new(events: Vec<Event<'static>>) -> History {
        History { events }
    }

    /// The history of a seed: the same everywhere, without `proptest`, at a small part of its
    /// cost.
    ///
    /// ```
    /// use tallyfold_testkit::History;
    ///
    /// let history = History::of_seed(7, 20..=200);
    /// assert!((20..=200).contains(&history.len()));
    /// assert_eq!(history, History::of_seed(7, 20..=200));
    /// ```
    #[must_use]
    pub fn of_seed(seed: u64, events: std::ops::RangeInclusive<usize>) -> History {
        History::new(events_of(&steps_of_seed(seed, events)))
    }

    /// The same history without what cannot be applied: every event of it is valid.
    #[must_use]
    pub fn without_findings(self) -> History {
        let mut ledger = Ledger::default();
        let applies = |event: &Event<'_>| ledger.apply(event, &mut ()).is_ok();
        History::new(self.events.into_iter().filter(applies).collect())
    }

    /// The smallest part of the history that still `fails`: taking any one event away mends it.
    ///
    /// `fails` is asked again and again, and must hold for the whole history.
    #[must_use]
    pub fn shrunk(self, fails: impl Fn(&[Event<'static>]) -> bool) -> History {
        let mut events = self.events;
        let mut chunk = events.len();
        while chunk > 0 {
            let before = events.len();
            let mut end = events.len();
            while end > 0 {
                let start = end.saturating_sub(chunk);
                let rest = [&events[..start], &events[end..]].concat();
                if fails(&rest) {
                    events = rest;
                }
                end = start;
            }
            let is_settled = events.len() == before || events.is_empty();
            chunk = if is_settled { chunk / 2 } else { chunk.min(events.len()) };
        }
        History::new(events)
    }

    /// The events themselves.
    #[must_use]
    pub fn into_events(self) -> Vec<Event<'static>> {
        self.events
    }
}

impl Deref for History {
    type Target = [Event<'static>];
    fn deref(&self) -> &[Event<'static>] {
        &self.events
    }
}

impl fmt::Debug for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\n{}", scenario(&self.events))
    }
}
