//! Events by hand: `SessionOpened::new("s1", "ana", "AutoCAD")?.on("acme", at)?`.

mod access;
mod catalog;
mod packs;
mod sessions;

#[cfg(doc)]
use crate::spec::*;

use std::borrow::Cow;

use super::kinds::{actions, catalog_changes};
use super::{
    AccountEvent, Action, CatalogChange, CatalogEvent, ChargeReversed, CollectionDefined, Event,
    EventId, FlexAccessSet, FlexAssigned, FlexUnassigned, Heartbeat, IntoName, PackPurchased,
    PlanSelected, Products, RatePublished, ResultProduced, RulebookAdopted, SessionClosed,
    SessionOpened, SubscriptionAssigned, SubscriptionPurchased, SubscriptionUnassigned, Timestamp,
    TokensAdjusted, ValueError,
};

macro_rules! on_account {
    (Action: $($name:ident $(<$life:lifetime>)?),* $(,)?) => {$(
        impl<'a> From<$name $(<$life>)?> for Action<'a> {
            fn from(event: $name $(<$life>)?) -> Action<'a> {
                Action::$name(event)
            }
        }

        impl $(<$life>)? $name $(<$life>)? {
            /// The event: this happened in an account at an instant.
            ///
            /// # Errors
            ///
            /// [`ValueError::Name`] where the account is not a name.
            pub fn on<'e>(
                self,
                account: impl IntoName<'e>,
                at: Timestamp,
            ) -> Result<Event<'e>, ValueError>
            where
                Self: Into<Action<'e>>,
            {
                let (account, action) = (account.into_name()?, self.into());
                Ok(Event::Account(AccountEvent { account, at, id: None, action }))
            }
        }
    )*};
}

actions!(on_account);

macro_rules! from_instant {
    (CatalogChange: $($name:ident $(<$life:lifetime>)?),* $(,)?) => {$(
        impl<'a> From<$name $(<$life>)?> for CatalogChange<'a> {
            fn from(change: $name $(<$life>)?) -> CatalogChange<'a> {
                CatalogChange::$name(change)
            }
        }

        impl $(<$life>)? $name $(<$life>)? {
            /// The event: from this instant on it holds.
            #[must_use]
            pub fn from<'e>(self, at: Timestamp) -> Event<'e>
            where
                Self: Into<CatalogChange<'e>>,
            {
                Event::Catalog(CatalogEvent { at, id: None, change: self.into() })
            }
        }
    )*};
}

catalog_changes!(from_instant);

impl<'a> Event<'a> {
    /// The same event under a name of its own, so that it never counts twice ([T7]).
    ///
    /// # Errors
    ///
    /// [`ValueError::Name`] where the id is not a name.
    pub fn with_id(self, id: impl IntoName<'a>) -> Result<Event<'a>, ValueError> {
        Ok(self.identified(EventId::Plain(id.into_name()?)))
    }

    /// The same event under the name that a source gave it, as in a CloudEvents envelope ([T7]). It is
    /// written in one.
    ///
    /// ```
    /// use tallyfold_core::{SessionClosed, Timestamp};
    ///
    /// let at: Timestamp = "2026-01-05T17:00:00Z".parse()?;
    /// let closed = SessionClosed::new("s1")?.on("acme", at)?.with_sourced_id("/agents/7", "42")?;
    /// let json = serde_json::to_value(&closed)?;
    /// assert_eq!((&json["source"], &json["id"]), (&"/agents/7".into(), &"42".into()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ValueError::Name`] where the id is not a name.
    pub fn with_sourced_id(
        self,
        source: impl Into<Cow<'a, str>>,
        id: impl IntoName<'a>,
    ) -> Result<Event<'a>, ValueError> {
        Ok(self.identified(EventId::Sourced { source: source.into(), id: id.into_name()? }))
    }

    fn identified(self, id: EventId<'a>) -> Event<'a> {
        let id = Some(id);
        match self {
            Event::Catalog(event) => Event::Catalog(CatalogEvent { id, ..event }),
            Event::Account(event) => Event::Account(AccountEvent { id, ..event }),
        }
    }
}

fn products_of<'a, N: IntoName<'a>>(
    products: impl IntoIterator<Item = N>,
) -> Result<Products<'a>, ValueError> {
    let names = products.into_iter().map(IntoName::into_name).collect::<Result<_, _>>()?;
    Ok(Products::new(names)?)
}
