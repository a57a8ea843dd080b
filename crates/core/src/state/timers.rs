//! Timers: pack notices, pack expiries and session lapses (T3, T4).

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::time::Instant;

/// What happens by itself. At one instant: notices, then expiries, then lapses (T4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum TimerKind {
    /// A pack is about to expire (N3).
    Notice,
    /// A pack expires (P5).
    Expiry,
    /// A session lapses (C2).
    Lapse,
}

/// At this instant, do this to that pack or session, unless it became void.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Timer {
    pub(crate) at: Instant,
    pub(crate) kind: TimerKind,
    /// The number of the pack or session.
    pub(crate) of: u32,
}

/// Up to where timers fire (T3).
#[derive(Clone, Copy, Debug)]
pub(crate) enum Due {
    /// Before an event: all earlier ones, and notices and expiries of that instant.
    BeforeEvent(Instant),
    /// When settling: all up to that instant.
    Through(Instant),
}

impl Due {
    fn includes(self, timer: Timer) -> bool {
        match self {
            Due::BeforeEvent(at) => (timer.at, timer.kind) < (at, TimerKind::Lapse),
            Due::Through(at) => timer.at <= at,
        }
    }
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
    pub(crate) fn set(&mut self, at: Instant, kind: TimerKind, of: u32) {
        self.heap.push(Reverse(Timer { at, kind, of }));
        self.look();
    }

    fn look(&mut self) {
        self.next = self.heap.peek().map(|Reverse(timer)| *timer);
    }

    /// The next due timer's instant and kind.
    pub(crate) fn next_due(&self, due: Due) -> Option<(Instant, TimerKind)> {
        let timer = self.next.filter(|timer| due.includes(*timer))?;
        Some((timer.at, timer.kind))
    }

    /// Takes off all timers of this instant and kind, and says of what they are.
    pub(crate) fn take(&mut self, at: Instant, kind: TimerKind) -> Vec<u32> {
        let mut taken = Vec::new();
        while let Some(Reverse(timer)) = self.heap.peek() {
            if (timer.at, timer.kind) != (at, kind) {
                break;
            }
            taken.push(timer.of);
            self.heap.pop();
        }
        self.look();
        taken
    }
}
