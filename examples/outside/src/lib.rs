//! Doors that open for tokens: a service that embeds the ledger, and a replay with a consumer of its own.

use std::collections::BTreeMap;

use tallyfold::event::SessionOpened;
use tallyfold::journal::{Entry, Record};
use tallyfold::{Admission, Consumer, Event, Finding, Ledger, Timestamp, Tokens, ValueError};

/// A service with a journal that it keeps in memory.
#[derive(Debug, Default)]
pub struct Doors {
    /// The ledger that it embeds.
    pub ledger: Ledger,
    /// All that was decided.
    pub journal: Vec<Record<'static>>,
}

impl Doors {
    /// Takes in any event.
    pub fn take(&mut self, event: &Event<'_>) -> Result<(), Finding> {
        self.ledger.apply(event, &mut self.journal)
    }

    /// What opening a door would cost now; nothing if it would be denied.
    pub fn price(&self, account: &str, user: &str, door: &str, now: Timestamp) -> Option<Tokens> {
        match self.ledger.admit(account, user, door, now).ok()? {
            Admission::Joins { .. } | Admission::Covered { .. } => Some(Tokens::ZERO),
            Admission::Charged { tokens, .. } => Some(tokens),
            _ => None,
        }
    }

    /// The event that opens a door.
    pub fn open(
        session: &str,
        account: &str,
        user: &str,
        door: &str,
        now: Timestamp,
    ) -> Result<Event<'static>, ValueError> {
        SessionOpened::new(session, user, door)?.on(account, now).map(Event::into_owned)
    }
}

/// Tokens charged by product: a consumer of its own for replays on any number of threads.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct ByProduct(pub BTreeMap<String, Tokens>);

impl Consumer for ByProduct {
    fn record(&mut self, record: &Record<'_>) {
        if let Entry::Charged(charged) = &record.entry {
            *self.0.entry(charged.product.to_string()).or_default() += charged.tokens;
        }
    }

    fn merge(&mut self, later: ByProduct) {
        for (product, tokens) in later.0 {
            *self.0.entry(product).or_default() += tokens;
        }
    }
}
