//! The way out: steps of sessions made events.

use std::io;

use tallyfold_core::{
    AccountEvent, Action, CatalogChange, CatalogEvent, Event, Name, PackPurchased, PackTokens, Per,
    RatePublished, RateTokens, Timestamp,
};

/// Writes events of one account.
#[derive(Debug)]
pub(super) struct Outbox<S> {
    account: Name<'static>,
    sink: S,
}

impl<S: FnMut(Event<'_>) -> io::Result<()>> Outbox<S> {
    pub(super) fn new(account: Name<'static>, sink: S) -> Outbox<S> {
        Outbox { account, sink }
    }

    pub(super) fn publish(
        &mut self,
        rates: &[(Name<'static>, RateTokens)],
        at: Timestamp,
    ) -> io::Result<()> {
        for (product, tokens) in rates {
            let rate = RatePublished { product: product.clone(), tokens: *tokens, per: Per::Day };
            let change = CatalogChange::RatePublished(rate);
            (self.sink)(Event::Catalog(CatalogEvent { at, id: None, change }))?;
        }
        Ok(())
    }

    /// Buys a pack. Its name has the id of the first session in it, so that the packs of separate
    /// imports are different ones (P2).
    pub(super) fn buy(
        &mut self,
        tokens: PackTokens,
        first_session: &Name<'static>,
        at: Timestamp,
    ) -> io::Result<()> {
        let pack = Name::new(format!("imported-{}", first_session.as_str()));
        let pack = pack.expect("a session id of an import is short");
        self.write(at, Action::PackPurchased(PackPurchased { pack, tokens }))
    }

    pub(super) fn write(&mut self, at: Timestamp, action: Action<'static>) -> io::Result<()> {
        let account = self.account.clone();
        (self.sink)(Event::Account(AccountEvent { account, at, id: None, action }))
    }
}
