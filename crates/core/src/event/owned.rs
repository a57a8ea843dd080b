//! Events that borrow from a buffer, made to own what they say.

use super::{
    AccountEvent, Action, CatalogChange, CatalogEvent, ChargeReversed, CollectionDefined, Event,
    EventId, FlexAccess, FlexAccessSet, FlexAssigned, FlexUnassigned, Heartbeat, Name,
    PackPurchased, RatePublished, ResultProduced, SessionClosed, SessionOpened,
    SubscriptionAssigned, SubscriptionPurchased, SubscriptionUnassigned, TokensAdjusted,
};

impl Event<'_> {
    /// The same event, borrowing nothing.
    #[must_use]
    pub fn into_owned(self) -> Event<'static> {
        match self {
            Event::Catalog(event) => Event::Catalog(CatalogEvent {
                at: event.at,
                id: event.id.map(EventId::into_owned),
                change: event.change.into_owned(),
            }),
            Event::Account(event) => Event::Account(AccountEvent {
                account: event.account.into_owned(),
                at: event.at,
                id: event.id.map(EventId::into_owned),
                action: event.action.into_owned(),
            }),
        }
    }
}

impl EventId<'_> {
    /// The same id, borrowing nothing.
    #[must_use]
    pub fn into_owned(self) -> EventId<'static> {
        match self {
            EventId::Plain(id) => EventId::Plain(id.into_owned()),
            EventId::Sourced { source, id } => {
                EventId::Sourced { source: source.into_owned().into(), id: id.into_owned() }
            }
        }
    }
}

impl CatalogChange<'_> {
    /// The same change, borrowing nothing.
    #[must_use]
    pub fn into_owned(self) -> CatalogChange<'static> {
        match self {
            CatalogChange::RulebookAdopted(change) => CatalogChange::RulebookAdopted(change),
            CatalogChange::RatePublished(change) => CatalogChange::RatePublished(RatePublished {
                product: change.product.into_owned(),
                ..change
            }),
            CatalogChange::CollectionDefined(change) => {
                CatalogChange::CollectionDefined(CollectionDefined {
                    collection: change.collection.into_owned(),
                    products: change.products.into_owned(),
                })
            }
        }
    }
}

impl Action<'_> {
    /// The same action, borrowing nothing.
    #[must_use]
    pub fn into_owned(self) -> Action<'static> {
        match self {
            Action::PackPurchased(it) => {
                Action::PackPurchased(PackPurchased { pack: it.pack.into_owned(), ..it })
            }
            Action::TokensAdjusted(it) => Action::TokensAdjusted(TokensAdjusted {
                pack: it.pack.into_owned(),
                tokens: it.tokens,
                reason: it.reason.into_owned(),
            }),
            Action::ChargeReversed(it) => Action::ChargeReversed(ChargeReversed {
                charge: it.charge,
                user: it.user.into_owned(),
                product: it.product.into_owned(),
                reason: it.reason.into_owned(),
            }),
            Action::SessionOpened(it) => Action::SessionOpened(SessionOpened {
                session: it.session.into_owned(),
                user: it.user.into_owned(),
                product: it.product.into_owned(),
                version: it.version.map(Name::into_owned),
            }),
            Action::Heartbeat(it) => {
                Action::Heartbeat(Heartbeat { session: it.session.into_owned(), ..it })
            }
            Action::SessionClosed(it) => {
                Action::SessionClosed(SessionClosed { session: it.session.into_owned() })
            }
            Action::ResultProduced(it) => Action::ResultProduced(ResultProduced {
                user: it.user.into_owned(),
                product: it.product.into_owned(),
                quantity: it.quantity,
            }),
            Action::SubscriptionPurchased(it) => Action::SubscriptionPurchased(it.into_owned()),
            Action::SubscriptionAssigned(it) => Action::SubscriptionAssigned(it.into_owned()),
            Action::SubscriptionUnassigned(it) => Action::SubscriptionUnassigned(it.into_owned()),
            Action::FlexAssigned(it) => Action::FlexAssigned(it.into_owned()),
            Action::FlexUnassigned(it) => Action::FlexUnassigned(it.into_owned()),
            Action::FlexAccessSet(it) => Action::FlexAccessSet(it.into_owned()),
            Action::PlanSelected(it) => Action::PlanSelected(it),
        }
    }
}

impl SubscriptionPurchased<'_> {
    /// The same event, borrowing nothing.
    #[must_use]
    pub fn into_owned(self) -> SubscriptionPurchased<'static> {
        SubscriptionPurchased {
            subscription: self.subscription.into_owned(),
            offering: self.offering.into_owned(),
            ..self
        }
    }
}

impl SubscriptionAssigned<'_> {
    /// The same event, borrowing nothing.
    #[must_use]
    pub fn into_owned(self) -> SubscriptionAssigned<'static> {
        SubscriptionAssigned {
            subscription: self.subscription.into_owned(),
            user: self.user.into_owned(),
        }
    }
}

impl SubscriptionUnassigned<'_> {
    /// The same event, borrowing nothing.
    #[must_use]
    pub fn into_owned(self) -> SubscriptionUnassigned<'static> {
        SubscriptionUnassigned {
            subscription: self.subscription.into_owned(),
            user: self.user.into_owned(),
        }
    }
}

impl FlexAssigned<'_> {
    /// The same event, borrowing nothing.
    #[must_use]
    pub fn into_owned(self) -> FlexAssigned<'static> {
        FlexAssigned { user: self.user.into_owned() }
    }
}

impl FlexUnassigned<'_> {
    /// The same event, borrowing nothing.
    #[must_use]
    pub fn into_owned(self) -> FlexUnassigned<'static> {
        FlexUnassigned { user: self.user.into_owned() }
    }
}

impl FlexAccessSet<'_> {
    /// The same event, borrowing nothing.
    #[must_use]
    pub fn into_owned(self) -> FlexAccessSet<'static> {
        let access = match self.access {
            FlexAccess::AllExcept(products) => FlexAccess::AllExcept(products.into_owned()),
            FlexAccess::Only(products) => FlexAccess::Only(products.into_owned()),
            FlexAccess::Default => FlexAccess::Default,
        };
        FlexAccessSet { access, user: self.user.map(Name::into_owned) }
    }
}
