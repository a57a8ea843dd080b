//! One account as its journal tells it: lists of what happened.

use tallyfold_core::{ChargeReason, Entry, FlexAccess, Noted, Record, RefundReason, SessionEnd};

use super::calendar::At;
use super::log::Catalog;

pub(crate) struct Account {
    pub name: String,
    /// When the first applied event happened, where there is one up to the as-of.
    pub first: Option<At>,
    pub level: Option<&'static str>,
    pub is_premium: bool,
    pub journal: Vec<Record<'static>>,
    /// In order of their numbers.
    pub charges: Vec<Charge>,
    pub packs: Vec<Pack>,
    /// In order of purchase.
    pub subscriptions: Vec<Subscription>,
    /// Sessions that were let in.
    pub opens: Vec<Open>,
    /// Sessions that their users closed: when, who, which product.
    pub closes: Vec<(At, String, String)>,
    pub denials: Vec<Denial>,
    /// The Flex marks as they were made, the latest last.
    marks: Vec<Mark>,
    /// The access lists as they were set, the latest last; `None` is the account's.
    access: Vec<(Option<String>, FlexAccess<'static>)>,
}

#[derive(Clone, Debug)]
pub(crate) struct Charge {
    pub number: u64,
    pub user: String,
    pub product: String,
    pub session: Option<String>,
    pub version: Option<String>,
    pub reason: &'static str,
    pub micros: i128,
    pub postings: Vec<(String, i128)>,
    /// The subscription that covers it.
    pub subscription: Option<String>,
    /// Where its window starts; a result: where it was decided.
    pub at: At,
    /// Where its window really ends, or ended.
    pub ends_at: Option<At>,
    pub quantity: i64,
    pub refunded: i128,
}

#[derive(Clone, Debug)]
pub(crate) struct Pack {
    pub name: String,
    pub size: i128,
    pub expires_at: At,
    pub has_expired: bool,
    pub available: i128,
    pub burned: i128,
}

pub(crate) struct Subscription {
    pub name: String,
    pub offering: String,
    pub seats: i64,
    pub starts: At,
    pub ends: At,
    /// Who holds a seat, and since when.
    pub holders: Vec<(String, At)>,
}

pub(crate) struct Open {
    pub at: At,
    pub user: String,
    pub product: String,
    pub version: Option<String>,
    /// The charge of the window it runs in.
    pub charge: u64,
}

pub(crate) struct Denial {
    pub at: At,
    pub user: String,
    /// Of an open 1; of results their quantity.
    pub count: i64,
    pub is_of_results: bool,
}

struct Mark {
    at: At,
    user: String,
    is_assigned: bool,
}

impl Charge {
    pub(crate) fn is_result(&self) -> bool {
        self.reason == "result"
    }

    /// A charge of a window that a subscription covers.
    pub(crate) fn is_seat(&self) -> bool {
        self.subscription.is_some()
    }

    /// What it took, net of its refund.
    pub(crate) fn used(&self) -> i128 {
        self.micros - self.refunded
    }
}

impl Subscription {
    pub(crate) fn is_held_by(&self, user: &str) -> bool {
        self.holders.iter().any(|(holder, _)| holder == user)
    }

    pub(crate) fn is_in_term(&self, at: At) -> bool {
        self.starts <= at && at < self.ends
    }
}

impl Account {
    pub(crate) fn new(
        name: String,
        first: Option<At>,
        level: Option<&'static str>,
        is_premium: bool,
        journal: Vec<Record<'static>>,
    ) -> Account {
        let mut account = Account {
            name,
            first,
            level,
            is_premium,
            journal: Vec::new(),
            charges: Vec::new(),
            packs: Vec::new(),
            subscriptions: Vec::new(),
            opens: Vec::new(),
            closes: Vec::new(),
            denials: Vec::new(),
            marks: Vec::new(),
            access: Vec::new(),
        };
        for record in &journal {
            account.read(record.at.unix_nanos(), &record.entry);
        }
        account.journal = journal;
        account
    }

    fn read(&mut self, at: At, entry: &Entry<'static>) {
        match entry {
            Entry::PackAdded { pack, tokens, expires_at } => self.packs.push(Pack {
                name: pack.to_string(),
                size: tokens.micros(),
                expires_at: expires_at.unix_nanos(),
                has_expired: false,
                available: tokens.micros(),
                burned: 0,
            }),
            Entry::PackExpired { pack, .. } => {
                let pack = self.pack(pack);
                (pack.has_expired, pack.available) = (true, 0);
            }
            Entry::Adjusted { pack, tokens, .. } => self.pack(pack).available += tokens.micros(),
            Entry::Charged(_) => self.read_charge(at, entry),
            Entry::Refunded(refund) => {
                let charge = self.charge_mut(refund.charge);
                charge.refunded += refund.tokens.micros();
                if refund.reason == RefundReason::Grace {
                    charge.ends_at = Some(at);
                }
                for posting in refund.postings.iter() {
                    let pack = self.pack(&posting.pack);
                    pack.burned -= posting.tokens.micros();
                    if !pack.has_expired {
                        pack.available += posting.tokens.micros();
                    }
                }
            }
            Entry::WindowEnded { charge, .. } => self.charge_mut(*charge).ends_at = Some(at),
            Entry::SessionOpened { user, product, version, charge, .. } => self.opens.push(Open {
                at,
                user: user.to_string(),
                product: product.to_string(),
                version: version.as_ref().map(ToString::to_string),
                charge: *charge,
            }),
            Entry::SessionClosed { user, product, reason, .. } => {
                if *reason == SessionEnd::Closed {
                    self.closes.push((at, user.to_string(), product.to_string()));
                }
            }
            Entry::SessionDenied { user, .. } => self.denials.push(Denial {
                at,
                user: user.to_string(),
                count: 1,
                is_of_results: false,
            }),
            Entry::ResultDenied { user, quantity, .. } => self.denials.push(Denial {
                at,
                user: user.to_string(),
                count: (*quantity).into(),
                is_of_results: true,
            }),
            Entry::Noted(noted) => self.read_noted(at, noted),
            Entry::Unpaid { .. } | Entry::Notice(_) => {}
        }
    }

    fn read_charge(&mut self, at: At, entry: &Entry<'static>) {
        let Entry::Charged(it) = entry else { return };
        let own = |text: &std::borrow::Cow<'_, str>| text.to_string();
        let posting = |posting: &tallyfold_core::Posting<'_>| {
            (posting.pack.to_string(), posting.tokens.micros())
        };
        let postings: Vec<_> = it.postings.iter().map(posting).collect();
        for (pack, micros) in &postings {
            let pack = self.pack(pack);
            pack.available -= micros;
            pack.burned += micros;
        }
        self.charges.push(Charge {
            number: it.charge,
            user: own(&it.user),
            product: own(&it.product),
            session: it.session.as_ref().map(own),
            version: it.version.as_ref().map(own),
            reason: match it.reason {
                ChargeReason::Opened => "opened",
                ChargeReason::Renewed => "renewed",
                ChargeReason::Resumed => "resumed",
                ChargeReason::Result => "result",
            },
            micros: it.tokens.micros(),
            postings,
            subscription: it.subscription.as_ref().map(own),
            at: it.window.map_or(at, |window| window.starts_at.unix_nanos()),
            ends_at: it.window.map(|window| window.ends_at.unix_nanos()),
            quantity: it.quantity.unwrap_or(0).into(),
            refunded: 0,
        });
    }

    fn read_noted(&mut self, at: At, noted: &Noted<'static>) {
        match noted {
            Noted::SubscriptionPurchased(it) => self.subscriptions.push(Subscription {
                name: it.subscription.to_string(),
                offering: it.offering.to_string(),
                seats: it.seats.get().into(),
                starts: it.term.starts().unix_nanos(),
                ends: it.term.ends().unix_nanos(),
                holders: Vec::new(),
            }),
            Noted::SubscriptionAssigned(it) => {
                self.subscription(&it.subscription).holders.push((it.user.to_string(), at));
            }
            Noted::SubscriptionUnassigned(it) => self
                .subscription(&it.subscription)
                .holders
                .retain(|(holder, _)| holder != it.user.as_str()),
            Noted::FlexAssigned(it) => {
                self.marks.push(Mark { at, user: it.user.to_string(), is_assigned: true });
            }
            Noted::FlexUnassigned(it) => {
                self.marks.push(Mark { at, user: it.user.to_string(), is_assigned: false });
            }
            Noted::FlexAccessSet(it) => {
                self.access.push((it.user.as_ref().map(ToString::to_string), it.access.clone()));
            }
            Noted::PlanSelected(_) => {}
        }
    }

    fn pack(&mut self, name: &str) -> &mut Pack {
        self.packs.iter_mut().find(|pack| pack.name == name).unwrap()
    }

    fn charge_mut(&mut self, number: u64) -> &mut Charge {
        self.charges.iter_mut().find(|charge| charge.number == number).unwrap()
    }

    fn subscription(&mut self, name: &str) -> &mut Subscription {
        self.subscriptions.iter_mut().find(|it| it.name == name).unwrap()
    }

    pub(crate) fn charge(&self, number: u64) -> &Charge {
        self.charges.iter().find(|charge| charge.number == number).unwrap()
    }

    /// The mark of a user, with when it was made.
    pub(crate) fn mark(&self, user: &str) -> Option<(At, bool)> {
        let mark = self.marks.iter().rev().find(|mark| mark.user == user)?;
        Some((mark.at, mark.is_assigned))
    }

    /// Everybody who was ever marked.
    pub(crate) fn marked(&self) -> impl Iterator<Item = &str> {
        self.marks.iter().map(|mark| mark.user.as_str())
    }

    /// A2.
    pub(crate) fn may_use_tokens(&self, user: &str, catalog: &Catalog) -> bool {
        match self.mark(user) {
            Some((_, is_assigned)) => is_assigned,
            None => !catalog.requires_assignment(),
        }
    }

    /// A3: what was set for the user, else for the account, else everything.
    pub(crate) fn is_open_to_tokens(&self, user: &str, product: &str) -> bool {
        let latest = |whose: Option<&str>| {
            let set = self.access.iter().rev().find(|(user, _)| user.as_deref() == whose);
            set.map(|(_, access)| access).filter(|it| !matches!(it, FlexAccess::Default))
        };
        let is_listed = |list: &tallyfold_core::Products<'_>| {
            list.as_slice().iter().any(|it| it.as_str() == product)
        };
        match latest(Some(user)).or_else(|| latest(None)) {
            None | Some(FlexAccess::Default) => true,
            Some(FlexAccess::AllExcept(list)) => !is_listed(list),
            Some(FlexAccess::Only(list)) => is_listed(list),
        }
    }
}
