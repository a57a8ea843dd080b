//! Journal records that borrow from a buffer, made to own what they say.

use std::borrow::Cow;

use super::{Charged, Entry, Noted, Notice, Posting, Record, Refunded};

fn own(text: Cow<'_, str>) -> Cow<'static, str> {
    Cow::Owned(text.into_owned())
}

fn own_postings(postings: &[Posting<'_>]) -> Cow<'static, [Posting<'static>]> {
    let owned =
        |posting: &Posting<'_>| Posting { pack: own(posting.pack.clone()), tokens: posting.tokens };
    postings.iter().map(owned).collect()
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
