//! The way out: events of one instant wait here until they can be put in order.

use std::io;

use tallyfold_core::{
    AccountEvent, Action, CatalogChange, CatalogEvent, Event, Instant, Name, PackPurchased,
    PackTokens, Per, RatePublished,
};

use super::tables::Rates;

/// The name of the pack that the options ask for.
const PACK: &str = "imported";
/// How many events of one instant are put in order together.
const MAX_WAITING: usize = 65_536;

/// Writes the events of one instant by session, the older one first, however the daemons mixed
/// their lines.
#[derive(Debug)]
pub(super) struct Outbox<S> {
    account: Name<'static>,
    sink: S,
    at: Instant,
    waiting: Vec<(u64, Action<'static>)>,
}

impl<S: FnMut(Event<'_>) -> io::Result<()>> Outbox<S> {
    pub(super) fn new(account: Name<'static>, sink: S) -> Outbox<S> {
        Outbox { account, sink, at: Instant::EARLIEST, waiting: Vec::new() }
    }

    /// Publishes rates, before anything was written.
    pub(super) fn publish(&mut self, rates: &Rates, at: Instant) -> io::Result<()> {
        for (product, tokens) in &rates.0 {
            let rate = RatePublished { product: product.clone(), tokens: *tokens, per: Per::Day };
            let change = CatalogChange::RatePublished(rate);
            let id = None;
            (self.sink)(Event::Catalog(CatalogEvent { at, id, change }))?;
        }
        Ok(())
    }

    /// Buys the pack, if there is to be one, before anything was written.
    pub(super) fn buy(&mut self, pack: Option<PackTokens>, at: Instant) -> io::Result<()> {
        let Some(tokens) = pack else { return Ok(()) };
        let pack = Name::new(PACK).expect("a word makes a name");
        self.write(at, 0, Action::PackPurchased(PackPurchased { pack, tokens }))
    }

    /// Writes what a session did, at the earliest when all of that instant is known.
    pub(super) fn write(
        &mut self,
        at: Instant,
        session: u64,
        action: Action<'static>,
    ) -> io::Result<()> {
        if at != self.at || self.waiting.len() == MAX_WAITING {
            self.flush()?;
            self.at = at;
        }
        self.waiting.push((session, action));
        Ok(())
    }

    /// Writes all that waits.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.waiting.sort_by_key(|(session, _)| *session);
        for (_, action) in self.waiting.drain(..) {
            let event =
                AccountEvent { account: self.account.clone(), at: self.at, id: None, action };
            (self.sink)(Event::Account(event))?;
        }
        Ok(())
    }
}
