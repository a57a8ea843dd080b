//! A log rewritten one-to-one: other names, or other days.

use serde_json::Value;
use tallyfold_core::{
    AccountEvent, Action, CatalogChange, CatalogEvent, ChargeReversed, CollectionDefined, Event,
    FlexAccess, FlexAccessSet, FlexAssigned, FlexUnassigned, Heartbeat, Name, PackPurchased,
    Products, RatePublished, ResultProduced, SessionClosed, SessionOpened, SubscriptionAssigned,
    SubscriptionPurchased, SubscriptionUnassigned, Term, Timestamp, TokensAdjusted,
};

/// How names and instants change.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rewrite {
    later_nanos: i64,
    renames: bool,
}

/// Whether every instant of a log may be rewritten.
pub(crate) fn is_in_range(rewrite: &Rewrite, events: &[Event<'_>]) -> bool {
    let fits = |at: Timestamp| {
        let later = at.unix_nanos().checked_add(rewrite.later_nanos);
        later.is_some_and(|nanos| Timestamp::from_unix_nanos(nanos).is_ok())
    };
    events.iter().all(|event| {
        let term = match event {
            Event::Account(AccountEvent { action: Action::SubscriptionPurchased(it), .. }) => {
                fits(it.term.starts()) && fits(it.term.ends())
            }
            _ => true,
        };
        fits(event.at()) && term
    })
}

impl Rewrite {
    /// Everything happens so much later.
    pub(crate) fn shift(later_nanos: i64) -> Rewrite {
        Rewrite { later_nanos, renames: false }
    }

    /// Every name is another, and their byte order is turned round.
    pub(crate) fn rename() -> Rewrite {
        Rewrite { later_nanos: 0, renames: true }
    }

    /// Another name of the same length: each printable ASCII character is counted from the other
    /// end.
    pub(crate) fn name(self, name: &str) -> String {
        if !self.renames {
            return name.to_owned();
        }
        let turned = |c: char| match c {
            '!'..='~' => char::from(b'!' + (b'~' - c as u8)),
            other => other,
        };
        name.chars().map(turned).collect()
    }

    fn instant(self, at: Timestamp) -> Timestamp {
        Timestamp::from_unix_nanos(at.unix_nanos().saturating_add(self.later_nanos)).unwrap_or(at)
    }

    fn named(self, name: &Name<'_>) -> Name<'static> {
        crate::history_writer::name(self.name(name))
    }

    fn products(self, products: &Products<'_>) -> Products<'static> {
        let named = products.as_slice().iter().map(|product| self.named(product)).collect();
        crate::history_writer::amount(Products::new(named))
    }

    pub(crate) fn event(self, event: &Event<'static>) -> Event<'static> {
        match event {
            Event::Catalog(event) => Event::Catalog(CatalogEvent {
                at: self.instant(event.at),
                id: event.id.clone(),
                change: self.change(&event.change),
            }),
            Event::Account(event) => Event::Account(AccountEvent {
                account: self.named(&event.account),
                at: self.instant(event.at),
                id: event.id.clone(),
                action: self.action(&event.action),
            }),
        }
    }

    fn change(self, change: &CatalogChange<'static>) -> CatalogChange<'static> {
        match change {
            CatalogChange::RulebookAdopted(it) => CatalogChange::RulebookAdopted(it.clone()),
            CatalogChange::RatePublished(it) => CatalogChange::RatePublished(RatePublished {
                product: self.named(&it.product),
                ..it.clone()
            }),
            CatalogChange::CollectionDefined(it) => {
                CatalogChange::CollectionDefined(CollectionDefined {
                    collection: self.named(&it.collection),
                    products: self.products(&it.products),
                })
            }
        }
    }

    fn action(self, action: &Action<'static>) -> Action<'static> {
        match action {
            Action::PackPurchased(it) => {
                Action::PackPurchased(PackPurchased { pack: self.named(&it.pack), ..it.clone() })
            }
            Action::TokensAdjusted(it) => {
                Action::TokensAdjusted(TokensAdjusted { pack: self.named(&it.pack), ..it.clone() })
            }
            Action::ChargeReversed(it) => Action::ChargeReversed(ChargeReversed {
                user: self.named(&it.user),
                product: self.named(&it.product),
                ..it.clone()
            }),
            Action::SessionOpened(it) => Action::SessionOpened(SessionOpened {
                session: self.named(&it.session),
                user: self.named(&it.user),
                product: self.named(&it.product),
                version: it.version.as_ref().map(|version| self.named(version)),
            }),
            Action::Heartbeat(it) => {
                Action::Heartbeat(Heartbeat { session: self.named(&it.session), ..it.clone() })
            }
            Action::SessionClosed(it) => {
                Action::SessionClosed(SessionClosed { session: self.named(&it.session) })
            }
            Action::ResultProduced(it) => Action::ResultProduced(ResultProduced {
                user: self.named(&it.user),
                product: self.named(&it.product),
                ..it.clone()
            }),
            Action::SubscriptionPurchased(it) => {
                Action::SubscriptionPurchased(SubscriptionPurchased {
                    subscription: self.named(&it.subscription),
                    offering: self.named(&it.offering),
                    seats: it.seats,
                    term: self.term(it.term),
                })
            }
            Action::SubscriptionAssigned(it) => {
                Action::SubscriptionAssigned(SubscriptionAssigned {
                    subscription: self.named(&it.subscription),
                    user: self.named(&it.user),
                })
            }
            Action::SubscriptionUnassigned(it) => {
                Action::SubscriptionUnassigned(SubscriptionUnassigned {
                    subscription: self.named(&it.subscription),
                    user: self.named(&it.user),
                })
            }
            Action::FlexAssigned(it) => {
                Action::FlexAssigned(FlexAssigned { user: self.named(&it.user) })
            }
            Action::FlexUnassigned(it) => {
                Action::FlexUnassigned(FlexUnassigned { user: self.named(&it.user) })
            }
            Action::FlexAccessSet(it) => Action::FlexAccessSet(FlexAccessSet {
                access: match &it.access {
                    FlexAccess::AllExcept(list) => FlexAccess::AllExcept(self.products(list)),
                    FlexAccess::Only(list) => FlexAccess::Only(self.products(list)),
                    FlexAccess::Default => FlexAccess::Default,
                },
                user: it.user.as_ref().map(|user| self.named(user)),
            }),
            Action::PlanSelected(it) => Action::PlanSelected(*it),
        }
    }

    fn term(self, term: Term) -> Term {
        Term::new(self.instant(term.starts()), self.instant(term.ends())).unwrap_or(term)
    }

    /// A journal entry, as JSON.
    pub(crate) fn journal(self, entry: Value) -> Value {
        let Value::Object(fields) = entry else {
            return entry;
        };
        let rewritten = fields.into_iter().map(|(key, value)| {
            let value = self.field(&key, value);
            (key, value)
        });
        Value::Object(rewritten.collect())
    }

    fn field(self, key: &str, value: Value) -> Value {
        match (key, value) {
            ("at" | "expires_at" | "starts_at" | "ends_at" | "starts" | "ends", it) => {
                let at =
                    serde_json::from_value::<Timestamp>(it.clone()).map(|at| self.deadline(at));
                at.ok().and_then(|at| serde_json::to_value(at).ok()).unwrap_or(it)
            }
            (
                "account" | "pack" | "user" | "product" | "session" | "version" | "subscription"
                | "offering",
                Value::String(name),
            ) => Value::String(self.name(&name)),
            ("postings", Value::Array(postings)) => {
                postings.into_iter().map(|posting| self.journal(posting)).collect()
            }
            ("products", Value::Array(products)) => {
                products.into_iter().map(|product| self.field("product", product)).collect()
            }
            (_, other) => other,
        }
    }

    /// An instant that the rules derived, which may be later than any event.
    fn deadline(self, at: Timestamp) -> Timestamp {
        at + tallyfold_core::Span::from_nanos(self.later_nanos)
    }
}
