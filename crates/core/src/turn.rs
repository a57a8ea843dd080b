//! What a rule needs to know beside the account: when it is, which catalog is seen, and where the
//! journal goes.

use crate::journal::{Entry, Record, Sink};
use crate::rulebook::Rulebook;
use crate::state::catalog::{Catalog, Rate, Seen};
use crate::state::names::{HashKey, Hashed};
use crate::time::Instant;

/// The catalog as far as an event sees it (T2).
#[derive(Clone, Copy)]
pub(crate) struct View<'t> {
    pub(crate) catalog: &'t Catalog,
    pub(crate) key: &'t HashKey,
    pub(crate) seen: Seen,
}

impl<'t> View<'t> {
    pub(crate) fn rulebook(self) -> &'t Rulebook {
        self.catalog.rulebook(self.seen).1
    }

    pub(crate) fn rate(self, product: Hashed<'_>) -> Option<Rate> {
        self.catalog.rate(product, self.seen)
    }

    pub(crate) fn offers(self, offering: &str, product: &str) -> bool {
        self.catalog.offers(self.key, offering, product, self.seen)
    }
}

/// An event, or timers of one instant, being applied to an account.
pub(crate) struct Turn<'t, S> {
    pub(crate) account: &'t str,
    pub(crate) at: Instant,
    /// The line of the event; 0 where it has none, and for timers.
    pub(crate) line: u64,
    pub(crate) view: View<'t>,
    pub(crate) sink: &'t mut S,
}

impl<'t, S: Sink> Turn<'t, S> {
    /// Hands an entry to the journal. It is not built where nobody wants it.
    pub(crate) fn write<'e>(&mut self, entry: impl FnOnce() -> Entry<'e>)
    where
        't: 'e,
    {
        if S::WANTED {
            self.sink.record(Record { account: self.account.into(), at: self.at, entry: entry() });
        }
    }

    pub(crate) fn hashed<'a>(&self, name: &'a str) -> Hashed<'a>
    where
        't: 'a,
    {
        self.view.key.hashed(name)
    }

    pub(crate) fn rulebook(&self) -> &'t Rulebook {
        self.view.rulebook()
    }
}

/// An instant, and how far the lapses of that instant have come (T3).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    pub(crate) at: Instant,
    /// Sessions have lapsed whose deadline is before this.
    lapsed_before: Instant,
}

impl Moment {
    /// As an event sees it: lapses due at that instant fire after it.
    pub(crate) fn of_event(at: Instant) -> Moment {
        Moment { at, lapsed_before: at }
    }

    /// As it is settled: lapses due at that instant have fired.
    pub(crate) fn settled(at: Instant) -> Moment {
        Moment { at, lapsed_before: at.just_after() }
    }

    pub(crate) fn has_lapsed(self, lapses_at: Instant) -> bool {
        lapses_at < self.lapsed_before
    }
}
