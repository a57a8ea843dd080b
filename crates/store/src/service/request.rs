//! What is asked of a service: an event that has no instant yet.

use tallyfold_core::{
    AccountEvent, Action, CatalogChange, CatalogEvent, Event, EventId, IntoName, Name, Timestamp,
    ValueError,
};

use crate::event::IdKey;
use crate::place::Stream;

/// What the id of a request is made of: a text, which is checked, a [`Name`], or `None` for a request
/// that is never made again.
pub trait IntoId<'a> {
    /// The id.
    ///
    /// # Errors
    ///
    /// [`ValueError::Name`] where the text is not a name.
    fn into_id(self) -> Result<Option<Name<'a>>, ValueError>;
}

impl<'a> IntoId<'a> for Option<Name<'a>> {
    fn into_id(self) -> Result<Option<Name<'a>>, ValueError> {
        Ok(self)
    }
}

macro_rules! into_id {
    ($($type:ty),*) => {$(
        impl<'a> IntoId<'a> for $type {
            fn into_id(self) -> Result<Option<Name<'a>>, ValueError> {
                self.into_name().map(Some)
            }
        }
    )*};
}

into_id!(&'a str, &'a String, String, Name<'a>, &'a Name<'_>);

/// An event that waits for the instant at which it is accepted (T1).
pub(super) struct Request<'a> {
    pub(super) id: Option<Name<'a>>,
    pub(super) body: Body<'a>,
}

pub(super) enum Body<'a> {
    Account(Name<'a>, Action<'a>),
    Catalog(CatalogChange<'a>),
}

impl<'a> Request<'a> {
    /// That this happened in an account.
    pub(super) fn of_account(
        account: impl IntoName<'a>,
        id: impl IntoId<'a>,
        action: impl Into<Action<'a>>,
    ) -> Result<Request<'a>, ValueError> {
        let body = Body::Account(account.into_name()?, action.into());
        Ok(Request { id: id.into_id()?, body })
    }

    pub(super) fn stream(&self) -> Stream {
        match &self.body {
            Body::Account(account, _) => Stream::Account(account.clone().into_owned()),
            Body::Catalog(_) => Stream::Catalog,
        }
    }

    /// The type of its event, as the log names it.
    pub(super) fn kind(&self) -> &'static str {
        match &self.body {
            Body::Account(_, action) => action.kind(),
            Body::Catalog(change) => change.kind(),
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
