//! What a rule knows beside the account: when it is, what is seen of the catalog, how the names of
//! the event are found, and where the journal goes.

use std::ops::Deref;

use compact_str::CompactString;

use crate::event::{Rulebook, Timestamp};
use crate::journal::{Entry, Record, Sink};
use crate::state::catalog::{Catalog, Rate, Seen};
use crate::state::ids::RulebookId;
use crate::state::names::{HashKey, Hashed, Hint};
use crate::state::usage::HashedUse;

/// The catalog as far as an event sees it (T2).
#[derive(Clone, Copy)]
pub(crate) struct CatalogView<'t> {
    pub(crate) catalog: &'t Catalog,
    pub(crate) key: &'t HashKey,
    pub(crate) seen: Seen,
}

impl<'t> CatalogView<'t> {
    /// T5: the rulebook that an event sees. What a deadline was fixed by stays with what has it: the
    /// expiry and the notice of a pack, the end and the rulebook of a window, the lapse of a session.
    pub(crate) fn rulebook(self) -> &'t Rulebook {
        self.catalog.rulebook(self.seen).1
    }

    /// The number of that rulebook.
    pub(crate) fn rulebook_id(self) -> RulebookId {
        self.catalog.rulebook(self.seen).0
    }

    pub(crate) fn rate(self, product: Hashed<'_>) -> Option<Rate> {
        self.catalog.rate(product, self.seen)
    }

    /// The products of a collection, in byte order.
    pub(crate) fn collection(self, name: &str) -> Option<&'t [CompactString]> {
        self.catalog.collection(self.key.hashed(name), self.seen)
    }
}

/// The hashes of the names by which the events of sessions are found, and where they probably stand:
/// worked out before the event's turn (`prefetch.rs`).
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct NameHashes {
    pub(crate) session: u64,
    pub(crate) user: u64,
    pub(crate) product: u64,
    pub(crate) session_hint: Hint,
    pub(crate) use_hint: Hint,
}

/// An event as it looks at an account: its instant, the catalog that it sees, and its names.
#[derive(Clone, Copy)]
pub(crate) struct EventView<'t> {
    pub(crate) at: Timestamp,
    pub(crate) catalog: CatalogView<'t>,
    pub(crate) hashes: NameHashes,
}

impl<'t> EventView<'t> {
    /// A question at an instant, or a timer of it.
    pub(crate) fn at(at: Timestamp, catalog: CatalogView<'t>) -> EventView<'t> {
        EventView { at, catalog, hashes: NameHashes::default() }
    }

    pub(crate) fn rulebook(&self) -> &'t Rulebook {
        self.catalog.rulebook()
    }

    pub(crate) fn hashed<'a>(&self, name: &'a str) -> Hashed<'a>
    where
        't: 'a,
    {
        self.catalog.key.hashed(name)
    }

    /// The session that an open, a heartbeat or a close names.
    pub(crate) fn session<'a>(&self, name: &'a str) -> Hashed<'a>
    where
        't: 'a,
    {
        self.catalog.key.with_hash(name, self.hashes.session).with_hint(self.hashes.session_hint)
    }

    /// The user and the product that an open names.
    pub(crate) fn use_of<'a>(&self, user: &'a str, product: &'a str) -> HashedUse<'a>
    where
        't: 'a,
    {
        let NameHashes { user: user_hash, product: product_hash, use_hint: hint, .. } = self.hashes;
        let key = self.catalog.key;
        let (user, product) =
            (key.with_hash(user, user_hash), key.with_hash(product, product_hash));
        HashedUse { user, product, hint }
    }
}

/// An event that is being applied to an account, or the timers of an instant.
pub(crate) struct Context<'t, S> {
    pub(crate) account: &'t str,
    /// The line of the event; 0 where it has none, and for timers.
    pub(crate) line: u64,
    pub(crate) view: EventView<'t>,
    pub(crate) sink: &'t mut S,
}

impl<'t, S> Deref for Context<'t, S> {
    type Target = EventView<'t>;

    fn deref(&self) -> &EventView<'t> {
        &self.view
    }
}

impl<'t, S: Sink> Context<'t, S> {
    /// Hands an entry to the journal. It is not built where nobody wants it.
    pub(crate) fn write<'e>(&mut self, entry: impl FnOnce() -> Entry<'e>)
    where
        't: 'e,
    {
        if self.sink.is_wanted() {
            let (account, at) = (self.account.into(), self.view.at);
            self.sink.record(Record { account, at, entry: entry() });
        }
    }
}
