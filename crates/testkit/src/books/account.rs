//! The books of one account.

use std::collections::{BTreeMap, HashMap};

use tallyfold_core::{
    AccountEvent, Action, Charged, Entry, FlexAccess, Noted, Notice, RefundReason, Refunded,
    Rulebook, Span, Term, Timestamp, Tokens,
};
use tallyfold_core::{ChargeReason, Level, Record};

/// What the journal has said of an account.
#[derive(Clone, Debug, Default)]
pub(crate) struct BookedAccount {
    /// The instant of the last entry.
    pub(crate) last_entry: Option<Timestamp>,
    /// The rulebook that the last applied event saw; timers see it too (T2).
    pub(crate) seen: Rulebook,
    pub(crate) packs: Vec<BookedPack>,
    pub(crate) charges: Vec<BookedCharge>,
    /// By user, then by product.
    uses: HashMap<String, HashMap<String, Use>>,
    pub(crate) sessions: HashMap<String, BookedSession>,
    /// No session lapses before this instant; none is known where there is no session.
    no_lapse_before: Option<Timestamp>,
    pub(crate) subscriptions: BTreeMap<String, Subscription>,
    /// Users and the seats they hold, in order of assignment.
    pub(crate) seats: BTreeMap<String, Vec<String>>,
    /// Users who are marked, and whether as assigned (A1).
    pub(crate) marks: BTreeMap<String, bool>,
    /// Open products: of the account (`None`) and of users (A3).
    pub(crate) open_products: BTreeMap<Option<String>, FlexAccess<'static>>,
    pub(crate) level: Option<Level>,
    /// The notice that has to come next (N2).
    pub(crate) owed: Option<Notice<'static>>,
}

#[derive(Clone, Debug)]
pub(crate) struct BookedPack {
    pub(crate) name: String,
    pub(crate) line: u64,
    pub(crate) tokens: Tokens,
    pub(crate) purchased_at: Timestamp,
    pub(crate) expires_at: Timestamp,
    pub(crate) notice_at: Option<Timestamp>,
    pub(crate) adjusted: Tokens,
    pub(crate) available: Tokens,
    pub(crate) burned: Tokens,
    pub(crate) expired: Tokens,
    pub(crate) is_expired: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct BookedCharge {
    pub(crate) line: u64,
    pub(crate) user: String,
    pub(crate) product: String,
    pub(crate) tokens: Tokens,
    pub(crate) postings: Vec<(String, Tokens)>,
    pub(crate) is_refunded: bool,
}

/// A user with a product.
#[derive(Clone, Debug, Default)]
pub(crate) struct Use {
    /// The last window.
    pub(crate) window: Option<Window>,
    /// Live sessions in order of opening.
    pub(crate) live: Vec<String>,
    /// The start of the last window whose charge was refunded as grace.
    pub(crate) graced_start: Option<Timestamp>,
}

#[derive(Clone, Debug)]
pub(crate) struct Window {
    pub(crate) charge: u64,
    pub(crate) starts: Timestamp,
    pub(crate) ends: Timestamp,
    pub(crate) subscription: Option<String>,
    /// The rulebook that the charge saw (T5).
    pub(crate) rulebook: Rulebook,
    /// Opened, while the use had no live session, for more than 0 tokens (W6).
    pub(crate) may_be_graced: bool,
}

impl Window {
    pub(crate) fn holds(&self, at: Timestamp) -> bool {
        self.starts <= at && at < self.ends
    }
}

#[derive(Clone, Debug)]
pub(crate) struct BookedSession {
    pub(crate) user: String,
    pub(crate) product: String,
    pub(crate) version: Option<String>,
    /// When it lapses unless there is contact (C2). `None` until its event is closed.
    pub(crate) lapses_at: Option<Timestamp>,
    pub(crate) is_idle: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Subscription {
    pub(crate) offering: String,
    pub(crate) term: Term,
}

impl BookedPack {
    pub(crate) fn is_usable(&self, at: Timestamp) -> bool {
        !self.is_expired && self.purchased_at <= at && at < self.expires_at
    }
}

impl BookedAccount {
    pub(crate) fn pack(&self, name: &str) -> Option<&BookedPack> {
        self.packs.iter().find(|pack| pack.name == name)
    }

    pub(crate) fn charge(&self, number: u64) -> Option<&BookedCharge> {
        self.charges.get(usize::try_from(number.checked_sub(1)?).ok()?)
    }

    pub(crate) fn use_of(&self, user: &str, product: &str) -> Option<&Use> {
        self.uses.get(user)?.get(product)
    }

    /// All uses of a user.
    pub(crate) fn uses_of(&self, user: &str) -> impl Iterator<Item = &Use> {
        self.uses.get(user).into_iter().flat_map(HashMap::values)
    }

    /// A session that had to lapse before an instant: of several the first by name.
    pub(crate) fn overdue(&self, at: Timestamp) -> Option<&str> {
        if self.no_lapse_before.is_none_or(|first| first >= at) {
            return None;
        }
        // Contact at the very instant still counts (T3).
        let is_overdue = |it: &BookedSession| it.lapses_at.is_some_and(|due| due < at);
        let overdue = self.sessions.iter().filter(|(_, session)| is_overdue(session));
        overdue.map(|(name, _)| name.as_str()).min()
    }

    /// The last window of a use.
    pub(crate) fn window(&self, user: &str, product: &str) -> Option<&Window> {
        self.use_of(user, product)?.window.as_ref()
    }

    pub(crate) fn usable_at(&self, at: Timestamp) -> Tokens {
        self.packs.iter().filter(|pack| pack.is_usable(at)).map(|pack| pack.available).sum()
    }

    fn pack_mut(&mut self, name: &str) -> Option<&mut BookedPack> {
        self.packs.iter_mut().find(|pack| pack.name == name)
    }

    fn use_mut(&mut self, user: &str, product: &str) -> &mut Use {
        let uses = entry(&mut self.uses, user);
        entry(uses, product)
    }

    /// Writes down an entry. `seen` is the rulebook of its event; settling has none.
    pub(crate) fn post(&mut self, line: u64, seen: Option<Rulebook>, record: &Record<'_>) {
        let event_sees = seen.unwrap_or(self.seen);
        let at = record.at;
        self.last_entry = Some(at);
        self.owed = None;
        if !matches!(record.entry, Entry::Notice(Notice::Expiring { .. })) {
            self.pass_notices(at);
        }
        match &record.entry {
            Entry::PackAdded { pack, tokens, expires_at } => {
                self.add_pack(line, (pack, *tokens), (at, *expires_at), &event_sees);
                self.set_level(at, &event_sees);
            }
            Entry::PackExpired { pack, tokens } => {
                if let Some(pack) = self.pack_mut(pack) {
                    pack.available -= *tokens;
                    pack.expired += *tokens;
                    pack.is_expired = true;
                }
                let timers_see = self.seen;
                self.set_level(at, &timers_see);
            }
            Entry::Adjusted { pack, tokens, .. } => {
                if let Some(pack) = self.pack_mut(pack) {
                    pack.adjusted += *tokens;
                    pack.available += *tokens;
                }
                self.set_level(at, &event_sees);
            }
            Entry::Charged(charged) => {
                self.add_charge(line, charged, &event_sees);
                self.set_level(at, &event_sees);
            }
            Entry::Refunded(refunded) => {
                self.refund(at, refunded);
                self.set_level(at, &event_sees);
            }
            Entry::WindowEnded { user, product, .. } => {
                if let Some(window) = &mut self.use_mut(user, product).window {
                    window.ends = at;
                }
            }
            Entry::SessionOpened { session, user, product, version, .. } => {
                self.add_session(session, (user, product), version.as_deref());
            }
            Entry::SessionClosed { session, user, product, .. } => {
                self.sessions.remove(&**session);
                self.use_mut(user, product).live.retain(|it| it != session);
            }
            Entry::Notice(Notice::Expiring { pack, .. }) => {
                if let Some(pack) = self.pack_mut(pack) {
                    pack.notice_at = None;
                }
            }
            Entry::Noted(noted) => self.note(noted),
            Entry::Notice(_)
            | Entry::Unpaid { .. }
            | Entry::SessionDenied { .. }
            | Entry::ResultDenied { .. } => {}
        }
    }

    fn add_session(&mut self, session: &str, (user, product): (&str, &str), version: Option<&str>) {
        self.use_mut(user, product).live.push(session.to_owned());
        self.sessions.insert(
            session.to_owned(),
            BookedSession {
                user: user.to_owned(),
                product: product.to_owned(),
                version: version.map(str::to_owned),
                lapses_at: None,
                is_idle: false,
            },
        );
    }

    /// N3: a notice that was not given when it was due, because the pack was empty, never is.
    fn pass_notices(&mut self, at: Timestamp) {
        for pack in self.packs.iter_mut().filter(|pack| pack.notice_at.is_some_and(|due| due <= at))
        {
            pack.notice_at = None;
        }
    }

    fn add_pack(
        &mut self,
        line: u64,
        (name, tokens): (&str, Tokens),
        (purchased_at, expires_at): (Timestamp, Timestamp),
        rulebook: &Rulebook,
    ) {
        let days = rulebook.expiry_notice_days();
        let notice_at = expires_at - Span::days(days);
        self.packs.push(BookedPack {
            name: name.to_owned(),
            line,
            tokens,
            purchased_at,
            expires_at,
            notice_at: (days > 0 && purchased_at < notice_at).then_some(notice_at),
            adjusted: Tokens::ZERO,
            available: tokens,
            burned: Tokens::ZERO,
            expired: Tokens::ZERO,
            is_expired: false,
        });
    }

    fn add_charge(&mut self, line: u64, charged: &Charged<'_>, rulebook: &Rulebook) {
        for posting in charged.postings.iter() {
            if let Some(pack) = self.pack_mut(&posting.pack) {
                pack.available -= posting.tokens;
                pack.burned += posting.tokens;
            }
        }
        let postings = charged.postings.iter();
        self.charges.push(BookedCharge {
            line,
            user: charged.user.to_string(),
            product: charged.product.to_string(),
            tokens: charged.tokens,
            postings: postings.map(|it| (it.pack.to_string(), it.tokens)).collect(),
            is_refunded: false,
        });
        if let Some(window) = charged.window {
            let in_use = self.use_mut(&charged.user, &charged.product);
            in_use.window = Some(Window {
                charge: charged.charge,
                starts: window.starts_at,
                ends: window.ends_at,
                subscription: charged.subscription.as_ref().map(ToString::to_string),
                rulebook: *rulebook,
                may_be_graced: charged.reason == ChargeReason::Opened
                    && in_use.live.is_empty()
                    && charged.tokens > Tokens::ZERO,
            });
        }
    }

    fn refund(&mut self, at: Timestamp, refunded: &Refunded<'_>) {
        for posting in refunded.postings.iter() {
            if let Some(pack) = self.pack_mut(&posting.pack) {
                pack.burned -= posting.tokens;
                match pack.is_expired {
                    true => pack.expired += posting.tokens,
                    false => pack.available += posting.tokens,
                }
            }
        }
        let index = usize::try_from(refunded.charge).unwrap_or(0).wrapping_sub(1);
        let Some(charge) = self.charges.get_mut(index) else {
            return;
        };
        charge.is_refunded = true;
        let (user, product) = (charge.user.clone(), charge.product.clone());
        let in_use = self.use_mut(&user, &product);
        if refunded.reason == RefundReason::Grace
            && let Some(window) = &mut in_use.window
        {
            window.ends = at;
            in_use.graced_start = Some(window.starts);
        }
    }

    fn note(&mut self, noted: &Noted<'_>) {
        match noted {
            Noted::SubscriptionPurchased(it) => {
                let offering = it.offering.to_string();
                let bought = Subscription { offering, term: it.term };
                self.subscriptions.insert(it.subscription.to_string(), bought);
            }
            Noted::SubscriptionAssigned(it) => {
                let seats = self.seats.entry(it.user.to_string()).or_default();
                seats.push(it.subscription.to_string());
            }
            Noted::SubscriptionUnassigned(it) => {
                let seats = self.seats.entry(it.user.to_string()).or_default();
                seats.retain(|held| *held != *it.subscription);
            }
            Noted::FlexAssigned(it) => drop(self.marks.insert(it.user.to_string(), true)),
            Noted::FlexUnassigned(it) => drop(self.marks.insert(it.user.to_string(), false)),
            Noted::FlexAccessSet(it) => {
                let set = it.clone().into_owned();
                let whose = set.user.map(|user| user.to_string());
                match set.access {
                    FlexAccess::Default => drop(self.open_products.remove(&whose)),
                    access => drop(self.open_products.insert(whose, access)),
                }
            }
            Noted::PlanSelected(_) => {}
        }
    }

    /// N2: the level after an entry that moves tokens, and the notice that is owed for it.
    fn set_level(&mut self, at: Timestamp, rulebook: &Rulebook) {
        if self.packs.is_empty() {
            return;
        }
        let usable = || self.packs.iter().filter(|pack| pack.is_usable(at));
        let available: Tokens = usable().map(|pack| pack.available).sum();
        let bought: Tokens = usable().map(|pack| pack.tokens + pack.adjusted).sum();
        let level = if available.is_zero() {
            Level::Empty
        } else if available.times(100) < bought.times(rulebook.low_balance_percent()) {
            Level::Low
        } else {
            Level::Ok
        };
        let got_worse = self.level.replace(level).is_some_and(|before| level > before);
        self.owed = match level {
            _ if !got_worse => None,
            Level::Empty => Some(Notice::NoTokens { available }),
            Level::Low | Level::Ok => Some(Notice::LowBalance { available }),
        };
    }

    /// Writes down what an applied event says beside its entries: contact (C2), and what timers
    /// will see (T2).
    pub(crate) fn contact(&mut self, event: &AccountEvent<'_>, seen: Rulebook) {
        self.seen = seen;
        self.owed = None;
        if self.no_lapse_before.is_some_and(|first| first < event.at) {
            self.no_lapse_before = self.sessions.values().filter_map(|it| it.lapses_at).min();
        }
        let (name, is_active) = match &event.action {
            Action::SessionOpened(it) => (it.session.as_str(), true),
            Action::Heartbeat(it) => (it.session.as_str(), it.active),
            _ => return,
        };
        let Some(session) = self.sessions.get(name) else {
            return;
        };
        let window = self.window(&session.user, &session.product);
        let is_covered = window.is_some_and(|window| window.subscription.is_some());
        let limit = match is_covered {
            true => Span::days(seen.subscription_offline_days()),
            false => Span::hours(seen.offline_hours()),
        };
        if let Some(session) = self.sessions.get_mut(name) {
            let lapses_at = event.at + limit;
            session.lapses_at = Some(lapses_at);
            session.is_idle = !is_active;
            let first = self.no_lapse_before.map_or(lapses_at, |first| first.min(lapses_at));
            self.no_lapse_before = Some(first);
        }
    }
}

/// The value of a name, which comes to be if it was not.
pub(super) fn entry<'m, V: Default>(map: &'m mut HashMap<String, V>, name: &str) -> &'m mut V {
    if !map.contains_key(name) {
        map.insert(name.to_owned(), V::default());
    }
    // It is there by now; the entry would want another copy of the name.
    match map.get_mut(name) {
        Some(value) => value,
        None => unreachable!("it was put there"),
    }
}
