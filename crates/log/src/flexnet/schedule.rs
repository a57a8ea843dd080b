//! When each session opens, is in contact and closes.
//!
//! Besides the heartbeats that the options ask for, a session that is held is in contact where a
//! window of its use may end (W3), and where the log last proves that it was held. So what is
//! charged does not depend on how often the options ask.

mod usage;

use std::collections::BTreeSet;

use super::held::End;
use usage::{OFFLINE, Usage};

/// A session. Times are seconds since 1970 in UTC.
#[derive(Clone, Copy, Debug)]
pub(super) struct ScheduledSession {
    pub(super) opened: i64,
    pub(super) end: End,
    pub(super) connection: u32,
    /// The number of its use: one user and one product.
    pub(super) usage: u32,
    /// Tells it from the others of the second.
    pub(super) tag: u32,
}

impl ScheduledSession {
    /// Whether it is held after everything that happens at an instant, or last proven at it.
    fn is_held_at(&self, at: i64) -> bool {
        match self.end {
            End::CheckedIn(closed) => closed > at,
            End::CutOff(proof) | End::Open(proof) => proof >= at,
        }
    }

    fn is_last_proven_at(&self, at: i64) -> bool {
        matches!(self.end, End::CutOff(proof) | End::Open(proof) if proof == at)
    }
}

/// What a session does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    Open,
    Beat,
    Close,
}

/// Goes through the instants at which something happens.
#[derive(Debug)]
pub(super) struct Schedule<'a> {
    /// In order of opening.
    sessions: &'a [ScheduledSession],
    heartbeat_every: i64,
    next: usize,
    /// The next heartbeat and the close of each open session.
    due: BTreeSet<(i64, usize, Step)>,
    /// Where a window of a use may end.
    window_ends: BTreeSet<(i64, u32)>,
    usages: Vec<Usage>,
}

impl<'a> Schedule<'a> {
    /// Sessions in order of opening, of so many uses.
    pub(super) fn new(
        sessions: &'a [ScheduledSession],
        usages: usize,
        heartbeat_every: i64,
    ) -> Schedule<'a> {
        Schedule {
            sessions,
            heartbeat_every,
            next: 0,
            due: BTreeSet::new(),
            window_ends: BTreeSet::new(),
            usages: (0..usages).map(|_| Usage::default()).collect(),
        }
    }

    /// The next instant, and what happens at it by session, the older one first.
    pub(super) fn next_instant(&mut self) -> Option<(i64, Vec<(usize, Step)>)> {
        let opens = self.sessions.get(self.next).map(|session| session.opened);
        let due = self.due.first().map(|(at, ..)| *at);
        let window_end = self.window_ends.first().map(|(at, _)| *at);
        let at = [opens, due, window_end].into_iter().flatten().min()?;
        let mut steps = Vec::new();
        self.open(at, &mut steps);
        self.take_due(at, &mut steps);
        self.end_windows(at, &mut steps);
        steps.sort_unstable();
        steps.dedup();
        for (session, step) in &steps {
            self.apply(*session, *step, at);
        }
        Some((at, steps))
    }

    fn open(&mut self, at: i64, steps: &mut Vec<(usize, Step)>) {
        while self.sessions.get(self.next).is_some_and(|session| session.opened == at) {
            steps.push((self.next, Step::Open));
            if let End::CheckedIn(closed) = self.sessions[self.next].end {
                self.due.insert((closed, self.next, Step::Close));
            }
            self.schedule_heartbeat(self.next, at);
            self.next += 1;
        }
    }

    fn take_due(&mut self, at: i64, steps: &mut Vec<(usize, Step)>) {
        while let Some(&(_, session, step)) = self.due.first().filter(|(due, ..)| *due == at) {
            self.due.pop_first();
            steps.push((session, step));
            if step == Step::Beat {
                self.schedule_heartbeat(session, at);
            }
        }
    }

    /// The oldest session that is held is in contact where a window of its use may end.
    fn end_windows(&mut self, at: i64, steps: &mut Vec<(usize, Step)>) {
        while let Some(&(_, usage)) = self.window_ends.first().filter(|(end, _)| *end == at) {
            self.window_ends.pop_first();
            let usage = &self.usages[usage as usize];
            let is_held = |session: &&usize| self.sessions[**session].is_held_at(at);
            let oldest = usage.held().find(is_held).filter(|_| usage.may_end_at(at));
            steps.extend(oldest.map(|session| (*session, Step::Beat)));
        }
    }

    /// The next heartbeat of a session after an instant, if it is held so long.
    fn schedule_heartbeat(&mut self, session: usize, at: i64) {
        let regular =
            at + self.heartbeat_every - (at - self.sessions[session].opened) % self.heartbeat_every;
        let next = match self.sessions[session].end {
            End::CheckedIn(closed) => Some(regular).filter(|next| *next < closed),
            End::CutOff(proof) | End::Open(proof) => Some(regular.min(proof)).filter(|it| *it > at),
        };
        self.due.extend(next.map(|next| (next, session, Step::Beat)));
    }

    fn apply(&mut self, number: usize, step: Step, at: i64) {
        let session = &self.sessions[number];
        let usage = &mut self.usages[session.usage as usize];
        match step {
            Step::Open => usage.open(number, at),
            Step::Beat => usage.renew(at),
            Step::Close => usage.close(number, at),
        }
        if step != Step::Close && session.is_last_proven_at(at) {
            usage.lose(number, at + OFFLINE);
        }
        if usage.held().next().is_some() {
            let ends = usage.ends().into_iter().filter(|end| *end > at);
            self.window_ends.extend(ends.map(|end| (end, session.usage)));
        }
    }
}
