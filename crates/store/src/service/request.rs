//! What is asked of a service: an event that has no instant yet.

use tallyfold_core::{
    AccountEvent, Action, CatalogChange, CatalogEvent, Event, EventId, Name, Timestamp,
};

use crate::event::IdKey;
use crate::place::Stream;

/// An event that waits for the instant at which it is accepted (T1).
pub(super) struct Request<'a> {
    pub(super) id: Option<Name<'a>>,
    pub(super) body: Body<'a>,
}

pub(super) enum Body<'a> {
    Account(Name<'a>, Action<'a>),
    Catalog(CatalogChange<'a>),
}

impl Request<'_> {
    pub(super) fn stream(&self) -> Stream {
        match &self.body {
            Body::Account(account, _) => Stream::Account(account.clone().into_owned()),
            Body::Catalog(_) => Stream::Catalog,
        }
    }

    /// The event, accepted at an instant.
    pub(super) fn at(&self, at: Timestamp) -> Event<'_> {
        let id = self.id.clone().map(EventId::Plain);
        match &self.body {
            Body::Account(account, action) => {
                let (account, action) = (account.clone(), action.clone());
                Event::Account(AccountEvent { account, at, id, action })
            }
            Body::Catalog(change) => {
                Event::Catalog(CatalogEvent { at, id, change: change.clone() })
            }
        }
    }

    pub(super) fn key(&self) -> Option<IdKey> {
        self.id.clone().map(|id| IdKey::of(&EventId::Plain(id)))
    }
}
