//! Events by hand: `SessionOpened::new("s1", "ana", "AutoCAD")?.on("acme", at)?`.

#[cfg(doc)]
use crate::spec::*;

use std::borrow::Cow;
use std::num::NonZeroU64;

use super::kinds::{actions, catalog_changes};
use super::{
    AccountEvent, Action, AdjustmentTokens, CatalogChange, CatalogEvent, ChargeReversed,
    CollectionDefined, Event, EventId, FlexAccess, FlexAccessSet, FlexAssigned, FlexUnassigned,
    Heartbeat, IntoName, IntoText, PackPurchased, PackTokens, Per, Plan, PlanSelected, Products,
    Quantity, RatePublished, RateTokens, ResultProduced, RulebookAdopted, Seats, SessionClosed,
    SessionOpened, SubscriptionAssigned, SubscriptionPurchased, SubscriptionUnassigned, Term,
    Timestamp, TokensAdjusted, ValueError,
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

impl<'a> RatePublished<'a> {
    /// A product costs so many tokens a day.
    ///
    /// # Errors
    ///
    /// [`ValueError`] where the name or the amount does not fit.
    pub fn per_day(
        product: impl IntoName<'a>,
        tokens: impl TryInto<RateTokens, Error: Into<ValueError>>,
    ) -> Result<RatePublished<'a>, ValueError> {
        let (product, tokens) = (product.into_name()?, tokens.try_into().map_err(Into::into)?);
        Ok(RatePublished { product, tokens, per: Per::Day })
    }

    /// A product costs so many tokens a result.
    ///
    /// # Errors
    ///
    /// [`ValueError`] where the name or the amount does not fit.
    pub fn per_result(
        product: impl IntoName<'a>,
        tokens: impl TryInto<RateTokens, Error: Into<ValueError>>,
    ) -> Result<RatePublished<'a>, ValueError> {
        Ok(RatePublished { per: Per::Result, ..RatePublished::per_day(product, tokens)? })
    }
}

impl<'a> CollectionDefined<'a> {
    /// A collection holds these products.
    ///
    /// # Errors
    ///
    /// [`ValueError`] where a name does not fit, or there are too many.
    pub fn new<N: IntoName<'a>>(
        collection: impl IntoName<'a>,
        products: impl IntoIterator<Item = N>,
    ) -> Result<CollectionDefined<'a>, ValueError> {
        let products = products_of(products)?;
        Ok(CollectionDefined { collection: collection.into_name()?, products })
    }
}

fn products_of<'a, N: IntoName<'a>>(
    products: impl IntoIterator<Item = N>,
) -> Result<Products<'a>, ValueError> {
    let names = products.into_iter().map(IntoName::into_name).collect::<Result<_, _>>()?;
    Ok(Products::new(names)?)
}

impl<'a> PackPurchased<'a> {
    /// A pack of so many tokens was bought.
    ///
    /// # Errors
    ///
    /// [`ValueError`] where the name or the amount does not fit.
    pub fn new(
        pack: impl IntoName<'a>,
        tokens: impl TryInto<PackTokens, Error: Into<ValueError>>,
    ) -> Result<PackPurchased<'a>, ValueError> {
        let (pack, tokens) = (pack.into_name()?, tokens.try_into().map_err(Into::into)?);
        Ok(PackPurchased { pack, tokens })
    }
}

impl<'a> TokensAdjusted<'a> {
    /// A pack was corrected by so many tokens, signed.
    ///
    /// # Errors
    ///
    /// [`ValueError`] where the name, the amount or the text does not fit.
    pub fn new(
        pack: impl IntoName<'a>,
        tokens: impl TryInto<AdjustmentTokens, Error: Into<ValueError>>,
        reason: impl IntoText<'a>,
    ) -> Result<TokensAdjusted<'a>, ValueError> {
        let (pack, tokens) = (pack.into_name()?, tokens.try_into().map_err(Into::into)?);
        Ok(TokensAdjusted { pack, tokens, reason: reason.into_text()? })
    }
}

impl<'a> ChargeReversed<'a> {
    /// A charge was taken back; user and product must be those of the charge ([X1]).
    ///
    /// # Errors
    ///
    /// [`ValueError`] where the number, a name or the text does not fit.
    pub fn new(
        charge: u64,
        user: impl IntoName<'a>,
        product: impl IntoName<'a>,
        reason: impl IntoText<'a>,
    ) -> Result<ChargeReversed<'a>, ValueError> {
        let charge = NonZeroU64::new(charge).ok_or(ValueError::ChargeNumber)?;
        let (user, product) = (user.into_name()?, product.into_name()?);
        Ok(ChargeReversed { charge, user, product, reason: reason.into_text()? })
    }
}

impl<'a> SessionOpened<'a> {
    /// A user opened a product.
    ///
    /// ```
    /// use tallyfold_core::{Event, SessionOpened, Timestamp};
    ///
    /// let at: Timestamp = "2026-01-05T09:00:00Z".parse()?;
    /// let opened = SessionOpened::new("s1", "ana", "AutoCAD")?.version("2026")?.on("acme", at)?;
    /// assert!(matches!(opened, Event::Account(event) if event.account == "acme"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ValueError::Name`] where a text is not a name.
    pub fn new(
        session: impl IntoName<'a>,
        user: impl IntoName<'a>,
        product: impl IntoName<'a>,
    ) -> Result<SessionOpened<'a>, ValueError> {
        let (session, user) = (session.into_name()?, user.into_name()?);
        Ok(SessionOpened { session, user, product: product.into_name()?, version: None })
    }

    /// The same, of a version of the product.
    ///
    /// # Errors
    ///
    /// [`ValueError::Name`] where the version is not a name.
    pub fn version(self, version: impl IntoName<'a>) -> Result<SessionOpened<'a>, ValueError> {
        Ok(SessionOpened { version: Some(version.into_name()?), ..self })
    }
}

impl<'a> Heartbeat<'a> {
    /// A session is still running, and was used since its previous contact.
    ///
    /// # Errors
    ///
    /// [`ValueError::Name`] where the session is not a name.
    pub fn new(session: impl IntoName<'a>) -> Result<Heartbeat<'a>, ValueError> {
        Ok(Heartbeat { session: session.into_name()?, active: true })
    }

    /// The same, without meaningful use since the session's previous contact ([W7]).
    #[must_use]
    pub fn inactive(self) -> Heartbeat<'a> {
        Heartbeat { active: false, ..self }
    }
}

impl<'a> SessionClosed<'a> {
    /// A session ended.
    ///
    /// # Errors
    ///
    /// [`ValueError::Name`] where the session is not a name.
    pub fn new(session: impl IntoName<'a>) -> Result<SessionClosed<'a>, ValueError> {
        Ok(SessionClosed { session: session.into_name()? })
    }
}

impl<'a> ResultProduced<'a> {
    /// A user produced one result.
    ///
    /// # Errors
    ///
    /// [`ValueError::Name`] where a text is not a name.
    pub fn new(
        user: impl IntoName<'a>,
        product: impl IntoName<'a>,
    ) -> Result<ResultProduced<'a>, ValueError> {
        let (user, product) = (user.into_name()?, product.into_name()?);
        Ok(ResultProduced { user, product, quantity: Quantity::ONE })
    }

    /// The same, so many results.
    ///
    /// # Errors
    ///
    /// [`ValueError::OutOfRange`] outside 1 to 1,000,000.
    pub fn quantity(self, quantity: u32) -> Result<ResultProduced<'a>, ValueError> {
        Ok(ResultProduced { quantity: Quantity::new(quantity)?, ..self })
    }
}

impl<'a> SubscriptionPurchased<'a> {
    /// So many seats were bought for a product or a collection, from `starts` to before `ends`.
    ///
    /// # Errors
    ///
    /// [`ValueError`] where a name, the seats or the term does not fit.
    pub fn new(
        subscription: impl IntoName<'a>,
        offering: impl IntoName<'a>,
        seats: u32,
        (starts, ends): (Timestamp, Timestamp),
    ) -> Result<SubscriptionPurchased<'a>, ValueError> {
        let (subscription, offering) = (subscription.into_name()?, offering.into_name()?);
        let (seats, term) = (Seats::new(seats)?, Term::new(starts, ends)?);
        Ok(SubscriptionPurchased { subscription, offering, seats, term })
    }
}

impl<'a> SubscriptionAssigned<'a> {
    /// A user took a seat.
    ///
    /// # Errors
    ///
    /// [`ValueError::Name`] where a text is not a name.
    pub fn new(
        subscription: impl IntoName<'a>,
        user: impl IntoName<'a>,
    ) -> Result<SubscriptionAssigned<'a>, ValueError> {
        let (subscription, user) = (subscription.into_name()?, user.into_name()?);
        Ok(SubscriptionAssigned { subscription, user })
    }
}

impl<'a> SubscriptionUnassigned<'a> {
    /// A user gave a seat back.
    ///
    /// # Errors
    ///
    /// [`ValueError::Name`] where a text is not a name.
    pub fn new(
        subscription: impl IntoName<'a>,
        user: impl IntoName<'a>,
    ) -> Result<SubscriptionUnassigned<'a>, ValueError> {
        let (subscription, user) = (subscription.into_name()?, user.into_name()?);
        Ok(SubscriptionUnassigned { subscription, user })
    }
}

impl<'a> FlexAssigned<'a> {
    /// A user may use tokens.
    ///
    /// # Errors
    ///
    /// [`ValueError::Name`] where the user is not a name.
    pub fn new(user: impl IntoName<'a>) -> Result<FlexAssigned<'a>, ValueError> {
        Ok(FlexAssigned { user: user.into_name()? })
    }
}

impl<'a> FlexUnassigned<'a> {
    /// A user may not use tokens.
    ///
    /// # Errors
    ///
    /// [`ValueError::Name`] where the user is not a name.
    pub fn new(user: impl IntoName<'a>) -> Result<FlexUnassigned<'a>, ValueError> {
        Ok(FlexUnassigned { user: user.into_name()? })
    }
}

impl<'a> FlexAccessSet<'a> {
    /// These products and no other are open to tokens.
    ///
    /// # Errors
    ///
    /// [`ValueError`] where a name does not fit, or there are too many.
    pub fn only<N: IntoName<'a>>(
        products: impl IntoIterator<Item = N>,
    ) -> Result<FlexAccessSet<'a>, ValueError> {
        Ok(FlexAccessSet { access: FlexAccess::Only(products_of(products)?), user: None })
    }

    /// Every product but these is open to tokens.
    ///
    /// # Errors
    ///
    /// [`ValueError`] where a name does not fit, or there are too many.
    pub fn all_except<N: IntoName<'a>>(
        products: impl IntoIterator<Item = N>,
    ) -> Result<FlexAccessSet<'a>, ValueError> {
        Ok(FlexAccessSet { access: FlexAccess::AllExcept(products_of(products)?), user: None })
    }

    /// What was set is cleared.
    #[must_use]
    pub const fn cleared() -> FlexAccessSet<'a> {
        FlexAccessSet { access: FlexAccess::Default, user: None }
    }

    /// The same, for one user.
    ///
    /// # Errors
    ///
    /// [`ValueError::Name`] where the user is not a name.
    pub fn for_user(self, user: impl IntoName<'a>) -> Result<FlexAccessSet<'a>, ValueError> {
        Ok(FlexAccessSet { user: Some(user.into_name()?), ..self })
    }
}

impl PlanSelected {
    /// The team chose a plan.
    #[must_use]
    pub const fn new(plan: Plan) -> PlanSelected {
        PlanSelected { plan }
    }
}
