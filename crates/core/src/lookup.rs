//! What events name is looked up some events ahead of their turn. A look-up is mostly waiting for
//! memory, and the waiting of one event overlaps that of the others.

use std::hint::black_box;

use crate::account::Account;
use crate::event::{AccountEvent, Action, Event, Heartbeat, SessionClosed};
use crate::ledger::Ledger;
use crate::name::Name;
use crate::state::index::NOWHERE;
use crate::state::names::{HashKey, Hashed};
use crate::state::uses::{NamesOfUse, hash_of_use};

/// How many events are looked up at once: some more than a processor can wait for.
pub(crate) const AHEAD: usize = 32;

/// What an event names, hashed, and where it probably stands.
///
/// Only the time that the event takes depends on the numbers: what has a number is looked at before
/// it is used, and where it is something else it is looked for by its hash. So events that come in
/// between change nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lookup {
    account_hash: u64,
    session_hash: u64,
    user_hash: u64,
    product_hash: u64,
    pub(crate) account: u32,
    pub(crate) session: u32,
    pub(crate) in_use: u32,
}

impl Lookup {
    /// Of an event that names nothing.
    pub(crate) const NOTHING: Lookup = Lookup {
        account_hash: 0,
        session_hash: 0,
        user_hash: 0,
        product_hash: 0,
        account: NOWHERE,
        session: NOWHERE,
        in_use: NOWHERE,
    };

    /// Nothing is found yet.
    fn of(event: &Event<'_>, key: &HashKey) -> Lookup {
        match event {
            Event::Catalog(_) => Lookup::NOTHING,
            Event::Account(event) => Lookup::of_account_event(event, key),
        }
    }

    /// Of the actions of sessions, which are nearly all, all that is looked for is hashed here.
    fn of_account_event(event: &AccountEvent<'_>, key: &HashKey) -> Lookup {
        let hash = |name: &Name<'_>| key.hash(name.as_bytes());
        let mut lookup = Lookup { account_hash: hash(&event.account), ..Lookup::NOTHING };
        match &event.action {
            Action::SessionOpened(it) => {
                lookup.session_hash = hash(&it.session);
                (lookup.user_hash, lookup.product_hash) = (hash(&it.user), hash(&it.product));
            }
            Action::Heartbeat(Heartbeat { session, .. })
            | Action::SessionClosed(SessionClosed { session }) => {
                lookup.session_hash = hash(session);
            }
            _ => {}
        }
        lookup
    }

    pub(crate) fn account<'a>(&self, key: &'a HashKey, name: &'a str) -> Hashed<'a> {
        key.with_hash(name, self.account_hash)
    }

    pub(crate) fn session<'a>(&self, key: &'a HashKey, name: &'a str) -> Hashed<'a> {
        key.with_hash(name, self.session_hash)
    }

    pub(crate) fn names_of_use<'a>(
        &self,
        key: &'a HashKey,
        (user, product): (&'a str, &'a str),
    ) -> NamesOfUse<'a> {
        (key.with_hash(user, self.user_hash), key.with_hash(product, self.product_hash))
    }
}

impl Ledger {
    /// Looks one event up.
    pub(crate) fn look_up(&self, event: &Event<'_>) -> Lookup {
        let mut lookup = self.find_account(event);
        if let Some(account) = self.accounts.get(lookup.account as usize) {
            account.look_up(&mut lookup);
        }
        lookup
    }

    /// Looks up some events, as far as there is room, and says how many. What a step fetches from
    /// memory for one event it does not wait for before it goes on to the next.
    pub(crate) fn look_up_all<'e, 'n: 'e>(
        &self,
        events: impl Iterator<Item = &'e Event<'n>>,
        room: &mut [Lookup; AHEAD],
    ) -> usize {
        let mut count = 0;
        for (place, event) in room.iter_mut().zip(events) {
            *place = self.find_account(event);
            count += 1;
        }
        let lookups = &mut room[..count];
        let account = |lookup: &Lookup| self.accounts.get(lookup.account as usize);
        lookups.iter().filter_map(account).for_each(Account::fetch);
        for lookup in &mut *lookups {
            if let Some(account) = account(lookup) {
                account.look_up(lookup);
            }
        }
        for lookup in lookups {
            if let Some(account) = account(lookup) {
                account.sessions.fetch(lookup.session);
                account.uses.fetch(lookup.in_use);
            }
        }
        count
    }

    fn find_account(&self, event: &Event<'_>) -> Lookup {
        let lookup = Lookup::of(event, &self.key);
        Lookup { account: self.names.hint(lookup.account_hash), ..lookup }
    }
}

impl Account {
    fn look_up(&self, lookup: &mut Lookup) {
        lookup.session = self.sessions.hint(lookup.session_hash);
        if lookup.user_hash != 0 {
            lookup.in_use = self.uses.hint(hash_of_use(lookup.user_hash, lookup.product_hash));
        }
    }

    /// Fetches what every event needs into the processor's cache.
    fn fetch(&self) {
        black_box((self.clock, self.seen, self.sessions.live_count()));
    }
}
