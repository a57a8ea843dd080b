//! Names are hashed and looked up some events ahead of their turn, so that the memory fetches of 32
//! events overlap. That hides cache misses, which are most of what a look-up costs.
//!
//! Only the time that an event takes depends on what is found here: each hint is compared with the
//! name before it is used, and a stale one costs a normal look-up.

use std::hint::black_box;

use crate::event::{AccountEvent, Action, Event, Heartbeat, Name, SessionClosed};
use crate::rules::context::NameHashes;
use crate::state::account::Account;
use crate::state::ids::{AccountId, Id};
use crate::state::names::{HashKey, Hashed, Hint, Names};
use crate::state::usage::hash_of_use;

/// How many events are looked up at once: some more than a processor can wait for.
pub(crate) const AHEAD: usize = 32;

/// What an event names, hashed, and where it probably stands.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Prefetched {
    account_hash: u64,
    account_hint: Hint,
    pub(crate) hashes: NameHashes,
}

impl Prefetched {
    /// The name of the event's account.
    pub(crate) fn account<'a>(&self, key: &'a HashKey, name: &'a str) -> Hashed<'a> {
        key.with_hash(name, self.account_hash).with_hint(self.account_hint)
    }
}

/// The accounts in which names are looked up.
#[derive(Clone, Copy)]
pub(crate) struct Directory<'l> {
    pub(crate) key: &'l HashKey,
    pub(crate) names: &'l Names<AccountId>,
    pub(crate) accounts: &'l [Account],
}

impl<'l> Directory<'l> {
    /// Looks one event up.
    pub(crate) fn look_up(self, event: &Event<'_>) -> Prefetched {
        let mut found = self.find_account(event);
        if let Some(account) = self.account(found.account_hint) {
            look_up_in(account, event, &mut found.hashes);
        }
        found
    }

    /// Looks up some events, as far as there is room, and says how many. What a step fetches from
    /// memory for one event it does not wait for before it goes on to the next.
    pub(crate) fn look_up_all<'e, 'n: 'e>(
        self,
        events: impl Iterator<Item = &'e Event<'n>> + Clone,
        room: &mut [Prefetched; AHEAD],
    ) -> usize {
        let mut count = 0;
        for (place, event) in room.iter_mut().zip(events.clone()) {
            *place = self.find_account(event);
            count += 1;
        }
        let found = &mut room[..count];
        found.iter().filter_map(|it| self.account(it.account_hint)).for_each(fetch_account);
        for (it, event) in found.iter_mut().zip(events) {
            if let Some(account) = self.account(it.account_hint) {
                look_up_in(account, event, &mut it.hashes);
            }
        }
        for it in found {
            if let Some(account) = self.account(it.account_hint) {
                fetch_session_and_use(account, &it.hashes);
            }
        }
        count
    }

    fn find_account(self, event: &Event<'_>) -> Prefetched {
        let Event::Account(event) = event else { return Prefetched::default() };
        let account_hash = hash(self.key, &event.account);
        let account_hint = self.names.hint(account_hash);
        Prefetched { account_hash, account_hint, hashes: hashes(self.key, event) }
    }

    fn account(self, hint: Hint) -> Option<&'l Account> {
        self.accounts.get(AccountId::of_raw(hint?).place())
    }
}

fn hash(key: &HashKey, name: &Name<'_>) -> u64 {
    key.hash(name.as_bytes())
}

/// Of the actions of sessions, which are nearly all, all that is looked for is hashed here.
fn hashes(key: &HashKey, event: &AccountEvent<'_>) -> NameHashes {
    match &event.action {
        Action::SessionOpened(it) => NameHashes {
            session: hash(key, &it.session),
            user: hash(key, &it.user),
            product: hash(key, &it.product),
            ..NameHashes::default()
        },
        Action::Heartbeat(Heartbeat { session, .. })
        | Action::SessionClosed(SessionClosed { session }) => {
            NameHashes { session: hash(key, session), ..NameHashes::default() }
        }
        _ => NameHashes::default(),
    }
}

/// Where session and use probably stand in an account.
fn look_up_in(account: &Account, event: &Event<'_>, hashes: &mut NameHashes) {
    let session = account.usage.session_hint(hashes.session);
    match event {
        Event::Account(AccountEvent { action: Action::SessionOpened(_), .. }) => {
            // The session is probably new, but its place in the table will be needed.
            black_box(session);
            hashes.use_hint = account.usage.use_hint(hash_of_use(hashes.user, hashes.product));
        }
        _ => hashes.session_hint = session,
    }
}

/// Fetches what every event needs into the processor's cache.
fn fetch_account(account: &Account) {
    black_box((account.clock, account.seen, account.usage.session_count()));
}

/// Fetches what an event of a session needs into the processor's cache.
fn fetch_session_and_use(account: &Account, hashes: &NameHashes) {
    let session = account.usage.session_at(hashes.session_hint);
    black_box(session.map(|(session, opening)| (session.is_idle, opening.at)));
    let usage = account.usage.use_at(hashes.use_hint);
    black_box(usage.and_then(|it| account.users.at(it.user)).map(|user| user.mark));
}
