//! Sessions, the uses that they belong to, and the windows of those.
//!
//! The three are one module because of what a session remembers of the window of its use
//! ([`SeenWindow`]): only here is a window opened or ended, so no rule can forget to say so.

mod seen_window;
mod sessions;
mod uses;

use serde::{Deserialize, Serialize};

use crate::event::Timestamp;
use crate::state::charges::Charges;
use crate::state::coded::RestoreError;
use crate::state::ids::{Id, ProductId, SessionId, UseId, VersionId};
use crate::state::names::{HashKey, Hashed, Hint};
use crate::state::users::Users;

use sessions::Sessions;
pub(crate) use sessions::{LapseTimer, Opening, Session};
use uses::Uses;
pub(crate) use uses::{HashedUse, KnownUse, Use, Window, hash_of_use};

/// All sessions and uses of an account.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[repr(C)]
pub(crate) struct Usage {
    sessions: Sessions,
    uses: Uses,
}

/// How many of what a use or a session names there are.
pub(crate) struct Counts {
    pub(crate) rulebooks: usize,
    pub(crate) subscriptions: usize,
    pub(crate) versions: usize,
}

/// Sessions.
impl Usage {
    pub(crate) fn session(&self, session: SessionId) -> &Session {
        self.sessions.get(session)
    }

    pub(crate) fn opening(&self, session: SessionId) -> &Opening {
        self.sessions.opening(session)
    }

    /// The session of this name, unless it was ended.
    pub(crate) fn find_session(&self, name: Hashed<'_>) -> Option<SessionId> {
        self.sessions.find(name)
    }

    /// All sessions that were not ended, in no particular order.
    pub(crate) fn sessions(&self) -> impl Iterator<Item = (SessionId, &Session)> {
        self.sessions.live()
    }

    /// How many sessions were not ended.
    pub(crate) fn session_count(&self) -> usize {
        self.sessions.live_count()
    }

    /// The sessions of a use, in order of opening.
    pub(crate) fn sessions_of(&self, use_id: UseId) -> impl Iterator<Item = SessionId> + '_ {
        self.sessions.chained(self.uses.get(use_id).chain())
    }

    /// Opens a session. Its first contact sets when it lapses.
    #[inline(always)]
    pub(crate) fn open_session(
        &mut self,
        name: Hashed<'_>,
        use_id: UseId,
        version: Option<VersionId>,
        at: Timestamp,
    ) -> SessionId {
        self.sessions.open(name, (use_id, version), at, self.uses.chain_mut(use_id))
    }

    /// Ends a session, and says what it was.
    pub(crate) fn end_session(&mut self, session: SessionId, key: &HashKey) -> &Session {
        let use_id = self.session(session).use_id;
        self.sessions.close(session, key, self.uses.chain_mut(use_id))
    }

    /// Notes whether a session's last contact was inactive (W7).
    pub(crate) fn set_idle(&mut self, session: SessionId, is_idle: bool) {
        let it = self.session(session);
        if it.is_idle != is_idle {
            let use_id = it.use_id;
            self.sessions.set_idle(session, is_idle, self.uses.chain_mut(use_id));
        }
    }

    /// Notes a contact. Returns whether a lapse timer must be set, because the session now lapses
    /// before the one that is.
    pub(crate) fn contact(
        &mut self,
        session: SessionId,
        at: Timestamp,
        lapses_at: Timestamp,
    ) -> bool {
        self.sessions.contact(session, at, lapses_at)
    }

    /// What a lapse timer that fires at `at` means for the session that it was set for.
    pub(crate) fn lapse_timer_fired(&mut self, session: SessionId, at: Timestamp) -> LapseTimer {
        self.sessions.timer_fired(session, at)
    }

    /// Sets the lapse timers of all sessions anew, and says which.
    pub(crate) fn set_lapse_timers(&mut self) -> impl Iterator<Item = (SessionId, Timestamp)> + '_ {
        self.sessions.set_timers()
    }
}

/// Uses and their windows.
impl Usage {
    pub(crate) fn get(&self, use_id: UseId) -> &Use {
        self.uses.get(use_id)
    }

    /// The use of a session.
    pub(crate) fn of(&self, session: SessionId) -> &Use {
        self.uses.get(self.session(session).use_id)
    }

    pub(crate) fn uses(&self) -> impl Iterator<Item = (UseId, &Use)> {
        self.uses.iter()
    }

    /// What is known of a user and of their use of a product.
    #[inline(always)]
    pub(crate) fn find(&self, users: &Users, names: &HashedUse<'_>) -> KnownUse {
        self.uses.find(users, names)
    }

    /// The use that was looked for, which becomes known if it was not.
    pub(crate) fn find_or_add(
        &mut self,
        users: &mut Users,
        known: KnownUse,
        names: &HashedUse<'_>,
    ) -> UseId {
        self.uses.find_or_add(users, known, names)
    }

    pub(crate) fn product(&self, product: ProductId) -> &str {
        self.uses.products.name(product)
    }

    pub(crate) fn find_product(&self, name: Hashed<'_>) -> Option<ProductId> {
        self.uses.products.find(name)
    }

    pub(crate) fn find_or_add_product(&mut self, name: Hashed<'_>) -> ProductId {
        self.uses.products.find_or_add(name)
    }

    /// The start of the last charge of a use that was refunded by grace (W6).
    pub(crate) fn graced_start(&self, use_id: UseId) -> Option<Timestamp> {
        self.uses.graced_start(use_id)
    }

    pub(crate) fn set_graced_start(&mut self, use_id: UseId, start: Timestamp) {
        self.uses.set_graced_start(use_id, start);
    }

    /// Opens a window of a use, after its last one.
    pub(crate) fn open_window(&mut self, use_id: UseId, window: Window) {
        self.uses.set_window(use_id, window);
    }

    /// Ends the last window of a use before its time, and says which it was.
    pub(crate) fn end_window(&mut self, use_id: UseId, at: Timestamp) -> Option<Window> {
        let window = self.uses.end_window(use_id, at)?;
        self.sessions.forget_window(self.uses.get(use_id).chain());
        Some(window)
    }

    /// Whether a session saw a window of its use that is still in force. Then the use itself need
    /// not be looked at: most contacts touch the session only.
    pub(crate) fn is_in_seen_window(&self, session: SessionId, at: Timestamp) -> bool {
        let is_in_force = self.session(session).seen.is_in_force(at);
        debug_assert!(
            !is_in_force || self.of(session).window().is_some_and(|window| window.holds(at)),
            "a session remembers a window that has ended"
        );
        is_in_force
    }

    /// Whether a subscription covers the last window of a session's use. The session remembers
    /// that window.
    pub(crate) fn is_covered(&mut self, session: SessionId, at: Timestamp) -> bool {
        if self.is_in_seen_window(session, at) {
            return self.session(session).seen.is_covered();
        }
        let Some(window) = self.of(session).window() else {
            return false;
        };
        let (ends, is_covered) = (window.ends, window.subscription.is_some());
        self.sessions.see_window(session, ends, is_covered);
        is_covered
    }
}

/// For `prefetch.rs`.
impl Usage {
    pub(crate) fn session_hint(&self, hash: u64) -> Hint {
        self.sessions.hint(hash)
    }

    pub(crate) fn use_hint(&self, hash: u64) -> Hint {
        self.uses.hint(hash)
    }

    /// A session and its opening, where the hint is right.
    pub(crate) fn session_at(&self, hint: Hint) -> Option<(&Session, &Opening)> {
        self.sessions.at(SessionId::of_raw(hint?))
    }

    /// A use, where the hint is right.
    pub(crate) fn use_at(&self, hint: Hint) -> Option<&Use> {
        self.uses.at(UseId::of_raw(hint?))
    }
}

/// Bytes.
impl Usage {
    pub(crate) fn encode(&self, bytes: &mut Vec<u8>) {
        self.uses.encode(bytes);
        self.sessions.encode(bytes);
    }

    pub(crate) fn decode(bytes: &mut &[u8]) -> Result<Usage, RestoreError> {
        let mut uses = Uses::decode(bytes)?;
        let sessions = Sessions::decode(bytes, &mut uses)?;
        Ok(Usage { sessions, uses })
    }

    /// Builds the indexes anew after a snapshot was read, and enters each use with its user.
    pub(crate) fn restore(
        &mut self,
        key: &HashKey,
        users: &mut Users,
        charges: &Charges,
        counts: &Counts,
    ) -> Result<(), RestoreError> {
        self.uses.restore(key, users, charges, counts)?;
        self.sessions.restore(key, counts.versions, &self.uses.chains())
    }

    /// How many products are known.
    pub(crate) fn product_count(&self) -> usize {
        self.uses.products.len()
    }
}
