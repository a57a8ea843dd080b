//! Events and journal records that borrow from a buffer, made to own what they say.

use std::borrow::Cow;

use crate::event::{
    AccountEvent, Action, CatalogChange, CatalogEvent, ChargeReversed, CollectionDefined, Event,
    EventId, FlexAccess, FlexAccessSet, FlexAssigned, FlexUnassigned, Heartbeat, PackPurchased,
    RatePublished, ResultProduced, SessionClosed, SessionOpened, SubscriptionAssigned,
    SubscriptionPurchased, SubscriptionUnassigned, TokensAdjusted,
};
use crate::journal::{Charged, Entry, Noted, Notice, Posting, Record, Refunded};
use crate::name::Name;

fn own(text: Cow<'_, str>) -> Cow<'static, str> {
    Cow::Owned(text.into_owned())
}

fn own_postings(postings: &[Posting<'_>]) -> Cow<'static, [Posting<'static>]> {
    let owned =
        |posting: &Posting<'_>| Posting { pack: own(posting.pack.clone()), tokens: posting.tokens };
    postings.iter().map(owned).collect()
}

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
                EventId::Sourced { source: own(source), id: id.into_owned() }
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

impl Record<'_> {
    /// The same record, borrowing nothing.
    #[must_use]
    pub fn into_owned(self) -> Record<'static> {
        Record { account: own(self.account), at: self.at, entry: self.entry.into_owned() }
    }
}

impl Entry<'_> {
    /// The same entry, borrowing nothing.
    #[must_use]
    pub fn into_owned(self) -> Entry<'static> {
        match self {
            Entry::PackAdded { pack, tokens, expires_at } => {
                Entry::PackAdded { pack: own(pack), tokens, expires_at }
            }
            Entry::PackExpired { pack, tokens } => Entry::PackExpired { pack: own(pack), tokens },
            Entry::Adjusted { pack, tokens, reason } => {
                Entry::Adjusted { pack: own(pack), tokens, reason: own(reason) }
            }
            Entry::Charged(it) => Entry::Charged(it.into_owned()),
            Entry::Refunded(it) => Entry::Refunded(it.into_owned()),
            Entry::WindowEnded { charge, user, product, reason } => {
                Entry::WindowEnded { charge, user: own(user), product: own(product), reason }
            }
            Entry::Unpaid { user, product, session, reason } => Entry::Unpaid {
                user: own(user),
                product: own(product),
                session: own(session),
                reason,
            },
            Entry::SessionOpened { session, user, product, version, charge } => {
                Entry::SessionOpened {
                    session: own(session),
                    user: own(user),
                    product: own(product),
                    version: version.map(own),
                    charge,
                }
            }
            Entry::SessionDenied { session, user, product, version, reason } => {
                Entry::SessionDenied {
                    session: own(session),
                    user: own(user),
                    product: own(product),
                    version: version.map(own),
                    reason,
                }
            }
            Entry::SessionClosed { session, user, product, reason, because } => {
                Entry::SessionClosed {
                    session: own(session),
                    user: own(user),
                    product: own(product),
                    reason,
                    because,
                }
            }
            Entry::ResultDenied { user, product, quantity, reason } => {
                Entry::ResultDenied { user: own(user), product: own(product), quantity, reason }
            }
            Entry::Notice(it) => Entry::Notice(it.into_owned()),
            Entry::Noted(it) => Entry::Noted(it.into_owned()),
        }
    }
}

impl Charged<'_> {
    /// The same charge, borrowing nothing.
    #[must_use]
    pub fn into_owned(self) -> Charged<'static> {
        Charged {
            user: own(self.user),
            product: own(self.product),
            session: self.session.map(own),
            version: self.version.map(own),
            postings: own_postings(&self.postings),
            subscription: self.subscription.map(own),
            ..self
        }
    }
}

impl Refunded<'_> {
    /// The same refund, borrowing nothing.
    #[must_use]
    pub fn into_owned(self) -> Refunded<'static> {
        Refunded { postings: own_postings(&self.postings), note: self.note.map(own), ..self }
    }
}

impl Notice<'_> {
    /// The same notice, borrowing nothing.
    #[must_use]
    pub fn into_owned(self) -> Notice<'static> {
        match self {
            Notice::LowBalance { available } => Notice::LowBalance { available },
            Notice::NoTokens { available } => Notice::NoTokens { available },
            Notice::Expiring { pack, tokens } => Notice::Expiring { pack: own(pack), tokens },
        }
    }
}

impl Noted<'_> {
    /// The same event, borrowing nothing.
    #[must_use]
    pub fn into_owned(self) -> Noted<'static> {
        match self {
            Noted::SubscriptionPurchased(it) => Noted::SubscriptionPurchased(it.into_owned()),
            Noted::SubscriptionAssigned(it) => Noted::SubscriptionAssigned(it.into_owned()),
            Noted::SubscriptionUnassigned(it) => Noted::SubscriptionUnassigned(it.into_owned()),
            Noted::FlexAssigned(it) => Noted::FlexAssigned(it.into_owned()),
            Noted::FlexUnassigned(it) => Noted::FlexUnassigned(it.into_owned()),
            Noted::FlexAccessSet(it) => Noted::FlexAccessSet(it.into_owned()),
            Noted::PlanSelected(it) => Noted::PlanSelected(it),
        }
    }
}
