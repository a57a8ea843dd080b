//! Timers: what happens by itself, and when.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::event::Timestamp;
use crate::state::ids::{PackId, SessionId};

/// What happens by itself. At one instant it happens in this order (T4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Timed {
    /// A pack is about to expire (N3).
    Notice(PackId),
    /// A pack expires (P5).
    Expiry(PackId),
    /// A session lapses (C2).
    Lapse(SessionId),
}

impl Timed {
    fn is_alike(self, other: Timed) -> bool {
        std::mem::discriminant(&self) == std::mem::discriminant(&other)
    }
}

/// At this instant do this, unless it became void.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Timer {
    pub(crate) at: Timestamp,
    pub(crate) what: Timed,
}

/// All timers of an account.
///
/// A contact moves a session's lapse without touching its timer: the timer fires early and is set
/// again. So a heartbeat costs nothing here.
#[derive(Clone, Debug, Default)]
pub(crate) struct Timers {
    heap: BinaryHeap<Reverse<Timer>>,
    /// The first of the heap, kept here so that an event before it need not look there.
    next: Option<Timer>,
}

impl Timers {
    pub(crate) fn set(&mut self, at: Timestamp, what: Timed) {
        self.heap.push(Reverse(Timer { at, what }));
        self.look();
    }

    fn look(&mut self) {
        self.next = self.heap.peek().map(|Reverse(timer)| *timer);
    }

    /// The earliest timer.
    pub(crate) fn next(&self) -> Option<Timer> {
        self.next
    }

    /// Takes off all timers of this instant that do the same as this one.
    pub(crate) fn take_alike(&mut self, first: Timer) -> Vec<Timed> {
        let mut taken = Vec::new();
        while let Some(Reverse(timer)) = self.heap.peek() {
            if timer.at != first.at || !timer.what.is_alike(first.what) {
                break;
            }
            taken.push(timer.what);
            self.heap.pop();
        }
        self.look();
        taken
    }
}
