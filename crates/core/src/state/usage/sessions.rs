//! Sessions that were not ended, and the chain that those of one use make.

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::seen_window::SeenWindow;
use super::uses::Uses;
use crate::event::Timestamp;
use crate::state::append;
use crate::state::coded::{Coded, RestoreError};
use crate::state::ids::{Id, SessionId, UseId, VersionId, ids};
use crate::state::index::Index;
use crate::state::names::{HashKey, Hashed, Hint, is_name};

/// More sessions than any log opens, so that counting on does not wrap.
const MOST_OPENED: u64 = u64::MAX / 2;

/// A run of a product by a user, from open to close: what a contact needs, in one cache line.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[repr(align(64))]
pub(crate) struct Session {
    pub(crate) name: CompactString,
    pub(crate) last_contact: Timestamp,
    /// When the session closes by itself unless there is another contact (C2).
    pub(crate) lapses_at: Timestamp,
    /// For when its lapse timer is set: never later than `lapses_at`. The next session in the
    /// same slot inherits the timer.
    #[serde(skip, default = "no_timer")]
    timer_at: Timestamp,
    pub(crate) use_id: UseId,
    #[serde(skip)]
    pub(super) seen: SeenWindow,
    /// Whether the last contact was inactive (W7).
    pub(crate) is_idle: bool,
    is_live: bool,
}

/// What else is known of a session since it was opened.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Opening {
    pub(crate) at: Timestamp,
    /// Ordinal of the session within the account.
    pub(crate) order: u64,
    pub(crate) version: Option<VersionId>,
    /// The sessions of the same use that were opened before and after this one.
    before: Option<SessionId>,
    after: Option<SessionId>,
}

impl Session {
    /// The hash of its name, by which it is found while it is live (C1).
    fn hash(&self, key: &HashKey) -> Option<u64> {
        self.is_live.then(|| key.hash(self.name.as_bytes()))
    }
}

fn no_timer() -> Timestamp {
    Timestamp::LATEST_DEADLINE
}

/// The live sessions of one use, in order of opening.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Chain {
    first: Option<SessionId>,
    last: Option<SessionId>,
    live: u32,
    /// How many of them had an inactive last contact (W7).
    idle: u32,
}

impl Chain {
    pub(crate) const EMPTY: Chain = Chain { first: None, last: None, live: 0, idle: 0 };

    pub(crate) fn is_empty(&self) -> bool {
        self.live == 0
    }

    pub(crate) fn len(&self) -> u32 {
        self.live
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
    Again(Timestamp),
    /// The session was not in contact since.
    Due,
}

/// All live sessions of an account. A session's number is free for another once it has ended.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[repr(C)]
pub(super) struct Sessions {
    #[serde(skip)]
    index: Index<SessionId>,
    slots: Vec<Session>,
    /// By the same numbers.
    openings: Vec<Opening>,
    opened: u64,
    #[serde(skip)]
    free: Vec<SessionId>,
}

impl Sessions {
    pub(super) fn get(&self, session: SessionId) -> &Session {
        &self.slots[session.place()]
    }

    fn get_mut(&mut self, session: SessionId) -> &mut Session {
        &mut self.slots[session.place()]
    }

    pub(super) fn opening(&self, session: SessionId) -> &Opening {
        &self.openings[session.place()]
    }

    fn opening_mut(&mut self, session: SessionId) -> &mut Opening {
        &mut self.openings[session.place()]
    }

    /// How many sessions are live.
    pub(super) fn live_count(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    pub(super) fn find(&self, name: Hashed<'_>) -> Option<SessionId> {
        let is = |session: SessionId| {
            let session = self.slots.get(session.place());
            session.is_some_and(|session| session.is_live && session.name == name.name)
        };
        let hinted = name.hint.map(SessionId::of_raw).filter(|&it| is(it));
        hinted.or_else(|| self.index.find(name.hash, self.slots.len(), is))
    }

    /// Where a session probably stands.
    pub(super) fn hint(&self, hash: u64) -> Hint {
        self.index.hint(hash).map(SessionId::raw)
    }

    /// A session and its opening, where there is one of that number.
    pub(super) fn at(&self, id: SessionId) -> Option<(&Session, &Opening)> {
        Some((self.slots.get(id.place())?, self.openings.get(id.place())?))
    }

    /// All live sessions, in no particular order.
    pub(super) fn live(&self) -> impl Iterator<Item = (SessionId, &Session)> {
        ids(self.slots.len()).zip(&self.slots).filter(|(_, session)| session.is_live)
    }

    /// The live sessions of a use, in order of opening.
    pub(super) fn chained(&self, chain: Chain) -> impl Iterator<Item = SessionId> + '_ {
        std::iter::successors(chain.first, |&session| self.opening(session).after)
    }

    /// Makes a session live. Its first contact sets when it lapses.
    #[inline(always)]
    pub(super) fn open(
        &mut self,
        name: Hashed<'_>,
        (use_id, version): (UseId, Option<VersionId>),
        at: Timestamp,
        chain: &mut Chain,
    ) -> SessionId {
        let session = Session {
            name: CompactString::from(name.name),
            last_contact: at,
            lapses_at: Timestamp::LATEST_DEADLINE,
            timer_at: no_timer(),
            use_id,
            seen: SeenWindow::default(),
            is_idle: false,
            is_live: true,
        };
        let opening = Opening { at, order: self.opened, version, before: chain.last, after: None };
        self.opened += 1;
        let id = self.place(name, session, opening);
        self.join(id, chain);
        id
    }

    #[inline(always)]
    fn place(&mut self, name: Hashed<'_>, session: Session, opening: Opening) -> SessionId {
        let id = match self.free.pop() {
            Some(id) => {
                let timer_at = self.get(id).timer_at;
                *self.get_mut(id) = Session { timer_at, ..session };
                *self.opening_mut(id) = opening;
                id
            }
            None => {
                append(&mut self.slots, session);
                append(&mut self.openings, opening);
                SessionId::at(self.slots.len() - 1)
            }
        };
        let Sessions { slots, index, .. } = self;
        let hash_of = |id: SessionId| slots[id.place()].hash(name.key);
        index.insert(id, name.hash, slots.len(), hash_of);
        id
    }

    /// Lets a session remember the last window of its use.
    pub(super) fn see_window(&mut self, session: SessionId, ends: Timestamp, is_covered: bool) {
        self.get_mut(session).seen = SeenWindow::new(ends, is_covered);
    }

    /// Lets the sessions of a use look again: its window ended before its time.
    pub(super) fn forget_window(&mut self, chain: Chain) {
        let mut next = chain.first;
        while let Some(session) = next {
            self.get_mut(session).seen = SeenWindow::default();
            next = self.opening(session).after;
        }
    }

    /// Notes whether a session's last contact was inactive (W7).
    pub(super) fn set_idle(&mut self, session: SessionId, is_idle: bool, chain: &mut Chain) {
        let session = self.get_mut(session);
        chain.idle = chain.idle + u32::from(is_idle) - u32::from(session.is_idle);
        session.is_idle = is_idle;
    }

    /// Notes a contact. Returns whether a lapse timer must be set, because the session now lapses
    /// before the one that is.
    pub(super) fn contact(
        &mut self,
        session: SessionId,
        at: Timestamp,
        lapses_at: Timestamp,
    ) -> bool {
        let session = self.get_mut(session);
        session.last_contact = at;
        session.lapses_at = lapses_at;
        let is_earlier = lapses_at < session.timer_at;
        if is_earlier {
            session.timer_at = lapses_at;
        }
        is_earlier
    }

    /// What a lapse timer that fires at `at` means for the session it was set for.
    pub(super) fn timer_fired(&mut self, session: SessionId, at: Timestamp) -> LapseTimer {
        let session = self.get_mut(session);
        if session.timer_at != at {
            return LapseTimer::Void;
        }
        session.timer_at = no_timer();
        if !session.is_live {
            LapseTimer::Void
        } else if session.lapses_at == at {
            LapseTimer::Due
        } else {
            session.timer_at = session.lapses_at;
            LapseTimer::Again(session.lapses_at)
        }
    }

    /// Ends a session and returns what it was.
    pub(super) fn close(&mut self, id: SessionId, key: &HashKey, chain: &mut Chain) -> &Session {
        let Opening { before, after, .. } = *self.opening(id);
        match before {
            None => chain.first = after,
            Some(before) => self.opening_mut(before).after = after,
        }
        match after {
            None => chain.last = before,
            Some(after) => self.opening_mut(after).before = before,
        }
        let Sessions { slots, index, free, .. } = self;
        let session = &mut slots[id.place()];
        chain.live -= 1;
        chain.idle -= u32::from(session.is_idle);
        session.is_live = false;
        index.remove(id, || key.hash(session.name.as_bytes()));
        free.push(id);
        session
    }

    /// Sets the lapse timers of all live sessions anew, and says which.
    pub(super) fn set_timers(&mut self) -> impl Iterator<Item = (SessionId, Timestamp)> + '_ {
        let numbered = ids(self.slots.len()).zip(&mut self.slots);
        numbered.filter(|(_, session)| session.is_live).map(|(number, session)| {
            session.timer_at = session.lapses_at;
            (number, session.lapses_at)
        })
    }

    /// How many were opened, and the live ones in order of opening, as [`Coded`].
    pub(super) fn encode(&self, bytes: &mut Vec<u8>) {
        self.opened.encode(bytes);
        let mut live: Vec<SessionId> = self.live().map(|(id, _)| id).collect();
        live.sort_unstable_by_key(|&id| self.opening(id).order);
        (live.len() as u64).encode(bytes);
        for id in live {
            let (session, opening) = (self.get(id), self.opening(id));
            session.name.encode(bytes);
            session.use_id.encode(bytes);
            (opening.at, opening.order).encode(bytes);
            opening.version.encode(bytes);
            (session.last_contact, session.lapses_at).encode(bytes);
            session.is_idle.encode(bytes);
        }
    }

    /// Reads what was encoded, and chains the sessions to their uses.
    pub(super) fn decode(bytes: &mut &[u8], uses: &mut Uses) -> Result<Sessions, RestoreError> {
        let mut sessions = Sessions { opened: Coded::decode(bytes)?, ..Sessions::default() };
        for id in ids(u32::decode(bytes)? as usize) {
            let (name, use_id) = Coded::decode(bytes)?;
            let ((at, order), version) = Coded::decode(bytes)?;
            let ((last_contact, lapses_at), is_idle) = Coded::decode(bytes)?;
            let chain = uses.chain_at(use_id).ok_or(RestoreError("a session is of no use"))?;
            let opening = Opening { at, order, version, before: chain.last, after: None };
            sessions.slots.push(Session {
                name,
                last_contact,
                lapses_at,
                timer_at: no_timer(),
                use_id,
                seen: SeenWindow::default(),
                is_idle,
                is_live: true,
            });
            sessions.openings.push(opening);
            sessions.join(id, chain);
            chain.idle += u32::from(is_idle);
        }
        Ok(sessions)
    }

    /// Puts a session at the end of the chain of its use.
    fn join(&mut self, session: SessionId, chain: &mut Chain) {
        match chain.last {
            None => chain.first = Some(session),
            Some(last) => self.opening_mut(last).after = Some(session),
        }
        chain.last = Some(session);
        chain.live += 1;
    }

    /// Builds the indexes anew after a snapshot was read; the chains of the uses are given.
    pub(super) fn restore(
        &mut self,
        key: &HashKey,
        versions: usize,
        chains: &[Chain],
    ) -> Result<(), RestoreError> {
        RestoreError::unless(self.opened <= MOST_OPENED, "more sessions than any log can open")?;
        let fits = self.slots.len() == self.openings.len();
        RestoreError::unless(fits, "sessions and openings differ")?;
        for id in ids(self.slots.len()) {
            let (session, opening) = (self.get(id), self.opening(id));
            if !session.is_live {
                self.free.push(id);
                continue;
            }
            RestoreError::unless(
                session.use_id.place() < chains.len()
                    && opening.version.is_none_or(|version| version.place() < versions)
                    && opening.order < self.opened
                    && is_name(&session.name),
                "a session does not fit the account",
            )?;
        }
        self.index.build(self.slots.len(), |id| self.slots[id.place()].hash(key));
        let is_found =
            |(id, session): (SessionId, &Session)| self.find(key.hashed(&session.name)) == Some(id);
        let all_found = self.live().all(is_found);
        RestoreError::unless(all_found, "two live sessions have one name")?;
        self.check_chains(chains)
    }

    /// Whether the chains hold every live session of their use once, in order of opening.
    fn check_chains(&self, chains: &[Chain]) -> Result<(), RestoreError> {
        let mut chained = 0;
        for (use_id, chain) in ids(chains.len()).zip(chains) {
            let (mut before, mut idle, mut live) = (None, 0, 0);
            let mut next = chain.first;
            while let Some(id) = next {
                let session = self.slots.get(id.place()).filter(|session| {
                    let opening = self.opening(id);
                    let is_after = |before| self.opening(before).order < opening.order;
                    session.is_live
                        && session.use_id == use_id
                        && opening.before == before
                        && before.is_none_or(is_after)
                });
                let session = session.ok_or(RestoreError("a chain of sessions is broken"))?;
                live += 1;
                idle += u32::from(session.is_idle);
                (before, next) = (Some(id), self.opening(id).after);
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
    use crate::event::Span;

    /// Timers are at most as many as the most sessions that were ever live at once.
    #[test]
    fn no_second_timer_is_set_where_one_will_do() {
        let (mut sessions, mut chain) = (Sessions::default(), Chain::EMPTY);
        let key = HashKey::default();
        let [first, then] = [24, 25].map(|hours| Timestamp::EARLIEST + Span::hours(hours));
        let open = |sessions: &mut Sessions, chain: &mut Chain| {
            let use_id = UseId::at(0);
            sessions.open(key.hashed("s"), (use_id, None), Timestamp::EARLIEST, chain)
        };
        let contact = |sessions: &mut Sessions, number, lapses_at| {
            sessions.contact(number, Timestamp::EARLIEST, lapses_at)
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
