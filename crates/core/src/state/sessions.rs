//! Live sessions (C1, C2).

use std::hint::black_box;

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use crate::refusal::Finding;
use crate::snapshot::RestoreError;
use crate::state::append;
use crate::state::coded::Coded;
use crate::state::index::{Index, NOWHERE};
use crate::state::names::{HashKey, Hashed, is_name};
use crate::state::uses::Uses;
use crate::time::Instant;

/// Stands for no session in a chain, and for no version.
pub(crate) const NONE: u32 = u32::MAX;

/// More sessions than any log opens, so that counting on does not wrap.
const MOST_OPENED: u64 = u64::MAX / 2;

/// A run of a product by a user, from open to close: what a contact needs, in one cache line.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[repr(align(64))]
pub(crate) struct Session {
    pub(crate) name: CompactString,
    pub(crate) last_contact: Instant,
    /// When the session closes by itself unless there is another contact (C2).
    pub(crate) lapses_at: Instant,
    /// For when its lapse timer is set: never later than `lapses_at`. The next session in the
    /// same slot inherits the timer.
    #[serde(skip, default = "no_timer")]
    timer_at: Instant,
    /// Up to here the window of the use that was in force at the last look is. So a contact before
    /// it need not look.
    #[serde(skip, default = "no_window")]
    window_ends: Instant,
    pub(crate) in_use: u32,
    /// Whether a subscription covers that window.
    #[serde(skip)]
    is_covered: bool,
    /// Whether the last contact was inactive (W7).
    pub(crate) is_idle: bool,
    is_live: bool,
}

/// What else is known of a session since it was opened.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Opening {
    pub(crate) at: Instant,
    /// The how-manieth session of the account: the order of opening.
    pub(crate) order: u64,
    pub(crate) version: u32,
    /// The sessions of the same use that were opened before and after this one.
    before: u32,
    after: u32,
}

impl Session {
    /// The hash of its name, by which it is found while it is live (C1).
    fn hash(&self, key: &HashKey) -> Option<u64> {
        self.is_live.then(|| key.hash(self.name.as_bytes()))
    }

    /// Whether the window of its use that was seen last is still in force, and if so whether a
    /// subscription covers it.
    pub(crate) fn seen_cover(&self, at: Instant) -> Option<bool> {
        (at < self.window_ends).then_some(self.is_covered)
    }
}

fn no_window() -> Instant {
    Instant::EARLIEST
}

fn no_timer() -> Instant {
    Instant::LATEST_DEADLINE
}

/// The live sessions of one use, in order of opening.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Chain {
    first: u32,
    last: u32,
    pub(crate) live: u32,
    /// How many of them had an inactive last contact (W7).
    idle: u32,
}

impl Chain {
    pub(crate) const EMPTY: Chain = Chain { first: NONE, last: NONE, live: 0, idle: 0 };

    pub(crate) fn is_empty(&self) -> bool {
        self.live == 0
    }

    /// Whether every live session of the use had an inactive last contact (W7).
    pub(crate) fn is_idle(&self) -> bool {
        self.idle == self.live
    }
}

/// What becomes of a lapse timer when it fires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LapseTimer {
    /// The session has ended, or another timer is set for it.
    Void,
    /// There was a contact since: the timer must be set again for this instant.
    Again(Instant),
    /// The session lapses.
    Lapse,
}

/// All live sessions of an account. A session's number is free for another once it has ended.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[repr(C)]
pub(crate) struct Sessions {
    #[serde(skip)]
    index: Index,
    slots: Vec<Session>,
    /// By the same numbers.
    openings: Vec<Opening>,
    opened: u64,
    #[serde(skip)]
    free: Vec<u32>,
}

impl Sessions {
    pub(crate) fn get(&self, number: u32) -> &Session {
        &self.slots[number as usize]
    }

    pub(crate) fn opening(&self, number: u32) -> &Opening {
        &self.openings[number as usize]
    }

    /// How many sessions are live.
    pub(crate) fn live_count(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    fn find(&self, name: Hashed<'_>, hint: u32) -> Option<u32> {
        let is = |number: u32| {
            let session = self.slots.get(number as usize);
            session.is_some_and(|session| session.is_live && session.name == name.name)
        };
        if is(hint) { Some(hint) } else { self.index.find(name.hash, self.slots.len(), is) }
    }

    /// What is probably the number of a session.
    pub(crate) fn hint(&self, hash: u64) -> u32 {
        self.index.hint(hash)
    }

    /// Fetches a session into the processor's cache.
    pub(crate) fn fetch(&self, number: u32) {
        if let (Some(session), Some(opening)) =
            (self.slots.get(number as usize), self.openings.get(number as usize))
        {
            black_box((session.is_live, opening.before));
        }
    }

    /// The live session of this name (C1), which may have the number `hint`. Contact exactly at the
    /// limit still counts (C2, T3).
    pub(crate) fn check_live(
        &self,
        name: Hashed<'_>,
        hint: u32,
        at: Instant,
    ) -> Result<u32, Finding> {
        self.find(name, hint)
            .filter(|&number| at <= self.get(number).lapses_at)
            .ok_or(Finding::UnknownSession)
    }

    /// A session id is taken while it is live (C1).
    pub(crate) fn check_new(&self, name: Hashed<'_>, at: Instant) -> Result<(), Finding> {
        match self.check_live(name, NOWHERE, at) {
            Ok(_) => Err(Finding::DuplicateSession),
            Err(_) => Ok(()),
        }
    }

    /// All live sessions, in no particular order.
    pub(crate) fn live(&self) -> impl Iterator<Item = (u32, &Session)> {
        (0..).zip(&self.slots).filter(|(_, session)| session.is_live)
    }

    /// The live sessions of a use, in order of opening.
    pub(crate) fn chained(&self, chain: Chain) -> impl Iterator<Item = u32> + '_ {
        let known = |number: u32| (number != NONE).then_some(number);
        std::iter::successors(known(chain.first), move |&number| known(self.opening(number).after))
    }

    /// Makes a session live. Its first contact sets when it lapses.
    pub(crate) fn open(
        &mut self,
        name: Hashed<'_>,
        (in_use, version): (u32, u32),
        at: Instant,
        chain: &mut Chain,
    ) -> u32 {
        let session = Session {
            name: CompactString::from(name.name),
            last_contact: at,
            lapses_at: Instant::LATEST_DEADLINE,
            timer_at: no_timer(),
            window_ends: no_window(),
            in_use,
            is_covered: false,
            is_idle: false,
            is_live: true,
        };
        let opening = Opening { at, order: self.opened, version, before: chain.last, after: NONE };
        self.opened += 1;
        let number = self.place(name, session, opening);
        self.join(number, chain);
        number
    }

    fn place(&mut self, name: Hashed<'_>, session: Session, opening: Opening) -> u32 {
        let number = match self.free.pop() {
            Some(number) => {
                let slot = &mut self.slots[number as usize];
                *slot = Session { timer_at: slot.timer_at, ..session };
                self.openings[number as usize] = opening;
                number
            }
            None => {
                append(&mut self.slots, session);
                append(&mut self.openings, opening);
                self.slots.len() as u32 - 1
            }
        };
        let Sessions { slots, index, .. } = self;
        let hash_of = |number: u32| slots[number as usize].hash(name.key);
        index.insert((name.hash, number), slots.len(), hash_of);
        number
    }

    /// Notes the last window of a session's use, in force or not.
    pub(crate) fn see_window(&mut self, number: u32, ends: Instant, is_covered: bool) {
        let session = &mut self.slots[number as usize];
        (session.window_ends, session.is_covered) = (ends, is_covered);
    }

    /// Lets the sessions of a use look again: its window ended before its time.
    pub(crate) fn forget_window(&mut self, chain: Chain) {
        let mut next = chain.first;
        while next != NONE {
            self.slots[next as usize].window_ends = no_window();
            next = self.opening(next).after;
        }
    }

    /// Notes whether a session's last contact was inactive (W7).
    pub(crate) fn set_idle(&mut self, number: u32, is_idle: bool, chain: &mut Chain) {
        let session = &mut self.slots[number as usize];
        chain.idle = chain.idle + u32::from(is_idle) - u32::from(session.is_idle);
        session.is_idle = is_idle;
    }

    /// Notes a contact. Returns whether a lapse timer must be set, because the session now lapses
    /// before the one that is.
    pub(crate) fn contact(&mut self, number: u32, at: Instant, lapses_at: Instant) -> bool {
        let session = &mut self.slots[number as usize];
        session.last_contact = at;
        session.lapses_at = lapses_at;
        let is_earlier = lapses_at < session.timer_at;
        if is_earlier {
            session.timer_at = lapses_at;
        }
        is_earlier
    }

    /// What a lapse timer that fires at `at` means for the session it was set for (C2).
    pub(crate) fn timer_fired(&mut self, number: u32, at: Instant) -> LapseTimer {
        let session = &mut self.slots[number as usize];
        if session.timer_at != at {
            return LapseTimer::Void;
        }
        session.timer_at = Instant::LATEST_DEADLINE;
        if !session.is_live {
            LapseTimer::Void
        } else if session.lapses_at == at {
            LapseTimer::Lapse
        } else {
            session.timer_at = session.lapses_at;
            LapseTimer::Again(session.lapses_at)
        }
    }

    /// Ends a session and returns what it was.
    pub(crate) fn close(&mut self, number: u32, key: &HashKey, chain: &mut Chain) -> &Session {
        let (before, after) = (self.opening(number).before, self.opening(number).after);
        match before {
            NONE => chain.first = after,
            before => self.openings[before as usize].after = after,
        }
        match after {
            NONE => chain.last = before,
            after => self.openings[after as usize].before = before,
        }
        let Sessions { slots, index, free, .. } = self;
        let session = &mut slots[number as usize];
        chain.live -= 1;
        chain.idle -= u32::from(session.is_idle);
        session.is_live = false;
        index.remove(number, || key.hash(session.name.as_bytes()));
        free.push(number);
        session
    }

    /// Sets the lapse timers of all live sessions anew, and says which.
    pub(crate) fn set_timers(&mut self) -> impl Iterator<Item = (u32, Instant)> + '_ {
        let live = (0..).zip(&mut self.slots).filter(|(_, session)| session.is_live);
        live.map(|(number, session)| {
            session.timer_at = session.lapses_at;
            (number, session.lapses_at)
        })
    }

    /// How many were opened, and the live ones in order of opening, as [`Coded`].
    pub(crate) fn encode(&self, bytes: &mut Vec<u8>) {
        self.opened.encode(bytes);
        let mut live: Vec<u32> = self.live().map(|(number, _)| number).collect();
        live.sort_unstable_by_key(|&number| self.opening(number).order);
        (live.len() as u64).encode(bytes);
        for number in live {
            let (session, opening) = (self.get(number), self.opening(number));
            session.name.encode(bytes);
            session.in_use.encode(bytes);
            (opening.at, opening.order).encode(bytes);
            (opening.version != NONE).then_some(opening.version).encode(bytes);
            (session.last_contact, session.lapses_at).encode(bytes);
            session.is_idle.encode(bytes);
        }
    }

    /// Reads what was encoded, and chains the sessions to their uses.
    pub(crate) fn decode(bytes: &mut &[u8], uses: &mut Uses) -> Result<Sessions, RestoreError> {
        let mut sessions = Sessions { opened: Coded::decode(bytes)?, ..Sessions::default() };
        for number in 0..u32::decode(bytes)? {
            let (name, in_use) = Coded::decode(bytes)?;
            let ((at, order), version): ((Instant, u64), Option<u32>) = Coded::decode(bytes)?;
            let ((last_contact, lapses_at), is_idle) = Coded::decode(bytes)?;
            let chain = uses.chain_mut(in_use).ok_or(RestoreError("a session is of no use"))?;
            let opening = Opening {
                at,
                order,
                version: version.unwrap_or(NONE),
                before: chain.last,
                after: NONE,
            };
            sessions.slots.push(Session {
                name,
                last_contact,
                lapses_at,
                timer_at: no_timer(),
                window_ends: no_window(),
                in_use,
                is_covered: false,
                is_idle,
                is_live: true,
            });
            sessions.openings.push(opening);
            sessions.join(number, chain);
            chain.idle += u32::from(is_idle);
        }
        Ok(sessions)
    }

    /// Puts a session at the end of the chain of its use.
    fn join(&mut self, number: u32, chain: &mut Chain) {
        match chain.last {
            NONE => chain.first = number,
            last => self.openings[last as usize].after = number,
        }
        chain.last = number;
        chain.live += 1;
    }

    /// Builds the indexes anew after a snapshot was read; the chains of the uses are given.
    pub(crate) fn restore(
        &mut self,
        key: &HashKey,
        versions: usize,
        chains: &[Chain],
    ) -> Result<(), RestoreError> {
        RestoreError::unless(self.opened <= MOST_OPENED, "more sessions than any log can open")?;
        let fits = self.slots.len() == self.openings.len();
        RestoreError::unless(fits, "sessions and openings differ")?;
        for number in 0..self.slots.len() as u32 {
            let (session, opening) = (self.get(number), self.opening(number));
            if !session.is_live {
                self.free.push(number);
                continue;
            }
            RestoreError::unless(
                (session.in_use as usize) < chains.len()
                    && (opening.version == NONE || (opening.version as usize) < versions)
                    && opening.order < self.opened
                    && is_name(&session.name),
                "a session does not fit the account",
            )?;
        }
        self.index.build(self.slots.len(), |number| self.slots[number as usize].hash(key));
        let is_found = |(number, session): (u32, &Session)| {
            self.find(key.hashed(&session.name), NOWHERE) == Some(number)
        };
        let all_found = self.live().all(is_found);
        RestoreError::unless(all_found, "two live sessions have one name")?;
        self.check_chains(chains)
    }

    /// Whether the chains hold every live session of their use once, in order of opening.
    fn check_chains(&self, chains: &[Chain]) -> Result<(), RestoreError> {
        let mut chained = 0;
        for (in_use, chain) in (0..).zip(chains) {
            let (mut before, mut idle, mut live) = (NONE, 0, 0);
            let mut next = chain.first;
            while next != NONE {
                let session = self.slots.get(next as usize).filter(|session| {
                    let opening = self.opening(next);
                    let follows = before == NONE || self.opening(before).order < opening.order;
                    session.is_live
                        && session.in_use == in_use
                        && opening.before == before
                        && follows
                });
                let session = session.ok_or(RestoreError("a chain of sessions is broken"))?;
                live += 1;
                idle += u32::from(session.is_idle);
                (before, next) = (next, self.opening(next).after);
            }
            let fits = (chain.last, chain.live, chain.idle) == (before, live, idle);
            RestoreError::unless(fits, "a chain of sessions does not add up")?;
            chained += live as usize;
        }
        RestoreError::unless(chained == self.live_count(), "a live session is in no chain")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Span;

    /// Timers are at most as many as the most sessions that were ever live at once.
    #[test]
    fn no_second_timer_is_set_where_one_will_do() {
        let (mut sessions, mut chain) = (Sessions::default(), Chain::EMPTY);
        let key = HashKey::default();
        let [first, then] = [24, 25].map(|hours| Instant::EARLIEST + Span::hours(hours));
        let open = |sessions: &mut Sessions, chain: &mut Chain| {
            sessions.open(key.hashed("s"), (0, NONE), Instant::EARLIEST, chain)
        };
        let contact = |sessions: &mut Sessions, number, lapses_at| {
            sessions.contact(number, Instant::EARLIEST, lapses_at)
        };
        let session = open(&mut sessions, &mut chain);
        assert!(contact(&mut sessions, session, first));
        assert!(!contact(&mut sessions, session, first));
        assert!(!contact(&mut sessions, session, then));
        sessions.close(session, &key, &mut chain);
        let next = open(&mut sessions, &mut chain);
        assert_eq!(next, session);
        assert!(!contact(&mut sessions, next, then));
        assert_eq!(sessions.timer_fired(next, first), LapseTimer::Again(then));
    }
}
