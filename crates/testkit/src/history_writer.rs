//! Writes the events that steps describe.

use std::collections::BTreeSet;

use tallyfold_core::{
    AccountEvent, Action, CatalogChange, CatalogEvent, Entry, Event, EventId, Ledger, Name, Noted,
    Record, Rulebook, Span, Timestamp, sink_fn,
};

use crate::steps::{Step, StepKind};

/// Writes a history step by step.
///
/// It watches a ledger fold what it has written, so that what comes next can hit the very instant
/// at which something is due, and touch sessions, packs and charges that there are.
#[derive(Clone, Debug)]
pub(crate) struct HistoryWriter {
    events: Vec<Event<'static>>,
    now: Timestamp,
    known: Known,
    ledger: Ledger,
}

/// What the history writer knows of the history so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    pub(crate) rulebook: Rulebook,
    /// Instants at which something is due, in any account.
    deadlines: BTreeSet<Timestamp>,
    pub(crate) live: Vec<WrittenSession>,
    pub(crate) charges: Vec<WrittenCharge>,
    packs: Vec<(String, String)>,
    expired: Vec<(String, String)>,
    subscriptions: Vec<(String, String)>,
}

#[derive(Clone, Debug)]
pub(crate) struct WrittenSession {
    pub(crate) account: String,
    pub(crate) session: String,
}

#[derive(Clone, Debug)]
pub(crate) struct WrittenCharge {
    pub(crate) account: String,
    pub(crate) number: u64,
    pub(crate) user: String,
    pub(crate) product: String,
}

/// Monday evening, so that hours later is another UTC day (P3).
const START_NANOS: i64 = 1_767_650_400_000_000_000;
const MINUTE: i64 = 60_000_000_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

impl Default for HistoryWriter {
    fn default() -> HistoryWriter {
        HistoryWriter {
            events: Vec::new(),
            now: Timestamp::from_unix_nanos(START_NANOS).unwrap_or(Timestamp::EARLIEST),
            known: Known::default(),
            ledger: Ledger::default(),
        }
    }
}

impl HistoryWriter {
    /// Writes the event that a step describes.
    pub(crate) fn write(&mut self, step: Step) {
        let event = match self.events.last() {
            Some(last) if step.id >= 246 => last.clone(),
            _ => self.event(step),
        };
        let known = &mut self.known;
        let mut sink = sink_fn(|record| known.learn(&record));
        let applied = self.ledger.apply(&event, &mut sink).is_ok();
        if applied {
            self.known.expect(&event);
        }
        self.now = self.now.max(event.at());
        self.events.push(event);
    }

    /// What was written so far.
    #[cfg(feature = "proptest")]
    pub(crate) fn events(&self) -> &[Event<'static>] {
        &self.events
    }

    /// All that was written.
    pub(crate) fn into_events(self) -> Vec<Event<'static>> {
        self.events
    }

    fn event(&self, step: Step) -> Event<'static> {
        let (at, id) = (self.instant(step.when), id(step.id));
        let account = if step.account < 200 { "acme" } else { "globex" };
        let kind = self.meaningful(StepKind::chosen_by(step.kind), account, step.thing);
        match crate::choices::catalog_change(kind, step) {
            Some(change) => Event::Catalog(CatalogEvent { at, id, change }),
            None => Event::Account(AccountEvent {
                account: name(account),
                at,
                id,
                action: crate::choices::action(kind, step, account, at, &self.known),
            }),
        }
    }

    /// Where there is no session to be in contact, one is opened, most of the time.
    fn meaningful(&self, kind: StepKind, account: &str, thing: u8) -> StepKind {
        let is_contact = matches!(kind, StepKind::Heartbeat | StepKind::SessionClosed);
        let any_live = self.known.live.iter().any(|it| it.account == account);
        if is_contact && !any_live && thing < 250 { StepKind::SessionOpened } else { kind }
    }

    /// When a step happens: often at once, often at a boundary, sometimes late.
    fn instant(&self, when: u8) -> Timestamp {
        let later = |nanos: i64| offset(self.now, nanos);
        match when {
            0..=79 => self.now,
            80..=94 => later(MINUTE),
            95..=114 => later(HOUR),
            115..=129 => later(6 * HOUR),
            130..=139 => later(23 * HOUR),
            140..=149 => later(DAY),
            150..=229 => self.boundary(when - 150),
            230..=241 => later(1),
            242..=246 => later(-1),
            247..=251 => later(-HOUR),
            252..=254 => later(30 * DAY),
            255 => later(200 * DAY),
        }
    }

    /// An instant at which something is due soon, or a nanosecond before or after.
    fn boundary(&self, which: u8) -> Timestamp {
        // Far ones seldom: most of what was going on would be over.
        let end = if which < 72 { offset(self.now, 3 * DAY) } else { Timestamp::LATEST };
        let mut due = self.known.deadlines.range(self.now..=end);
        let due = due.nth(usize::from(which % 3)).copied().unwrap_or(offset(self.now, HOUR));
        match which / 3 % 5 {
            0..=2 => due,
            3 => offset(due, -1).max(self.now),
            _ => offset(due, 1),
        }
    }
}

/// `nanos` after an instant, where an event may still be.
fn offset(at: Timestamp, nanos: i64) -> Timestamp {
    Timestamp::from_unix_nanos(at.unix_nanos().saturating_add(nanos)).unwrap_or(at)
}

fn id(number: u8) -> Option<EventId<'static>> {
    match number {
        0..=199 => None,
        200..=215 => Some(EventId::Plain(name("e1"))),
        216..=230 => Some(EventId::Plain(name("e2"))),
        _ => Some(EventId::Sourced { source: "/licensing".into(), id: name("e1") }),
    }
}

/// A name that is written in this crate, and so is one.
pub(crate) fn name(text: impl Into<String>) -> Name<'static> {
    match Name::new(text.into()) {
        Ok(name) => name,
        Err(_) => unreachable!("the history writer knows what a name is"),
    }
}

impl Known {
    /// What a journal entry tells.
    fn learn(&mut self, record: &Record<'_>) {
        let account = record.account.as_ref();
        match &record.entry {
            Entry::PackAdded { pack, expires_at, .. } => {
                self.packs.push((account.to_owned(), pack.to_string()));
                self.due(*expires_at);
                self.due(*expires_at - Span::days(self.rulebook.expiry_notice_days()));
            }
            Entry::Charged(charged) => {
                self.charges.push(WrittenCharge {
                    account: account.to_owned(),
                    number: charged.charge,
                    user: charged.user.to_string(),
                    product: charged.product.to_string(),
                });
                if let Some(window) = charged.window {
                    self.due(window.ends_at);
                    self.due(window.starts_at + Span::minutes(self.rulebook.grace_minutes()));
                }
            }
            Entry::PackExpired { pack, .. } => {
                self.expired.push((account.to_owned(), pack.to_string()));
            }
            Entry::Noted(Noted::SubscriptionPurchased(it)) => {
                self.subscriptions.push((account.to_owned(), it.subscription.to_string()));
            }
            Entry::SessionOpened { session, .. } => self
                .live
                .push(WrittenSession { account: account.to_owned(), session: session.to_string() }),
            Entry::SessionClosed { session, .. } => {
                self.live.retain(|it| it.account != account || it.session != **session);
            }
            _ => {}
        }
    }

    /// What will be due because of an event.
    fn expect(&mut self, event: &Event<'_>) {
        match event {
            Event::Catalog(CatalogEvent {
                change: CatalogChange::RulebookAdopted(adopted),
                ..
            }) => self.rulebook = adopted.rulebook(),
            Event::Account(AccountEvent {
                at,
                action: Action::SessionOpened(_) | Action::Heartbeat(_),
                ..
            }) => {
                self.due(*at + Span::hours(self.rulebook.offline_hours()));
                self.due(*at + Span::days(self.rulebook.subscription_offline_days()));
            }
            Event::Account(AccountEvent {
                action: Action::SubscriptionPurchased(purchased),
                ..
            }) => {
                self.due(purchased.term.starts());
                self.due(purchased.term.ends());
            }
            _ => {}
        }
    }

    fn due(&mut self, at: Timestamp) {
        if at <= Timestamp::LATEST {
            self.deadlines.insert(at);
        }
    }

    /// The user and the product that were charged last.
    pub(crate) fn last_use(&self, account: &str) -> Option<(&str, &str)> {
        let last = self.charges.iter().rev().find(|it| it.account == account)?;
        Some((&last.user, &last.product))
    }

    pub(crate) fn is_live(&self, account: &str, session: &str) -> bool {
        self.live.iter().any(|it| it.account == account && it.session == session)
    }

    pub(crate) fn has_pack(&self, account: &str, pack: &str) -> bool {
        holds(&self.packs, account, pack)
    }

    pub(crate) fn has_usable_pack(&self, account: &str, pack: &str) -> bool {
        self.has_pack(account, pack) && !holds(&self.expired, account, pack)
    }

    pub(crate) fn has_subscription(&self, account: &str, subscription: &str) -> bool {
        holds(&self.subscriptions, account, subscription)
    }
}

fn holds(pairs: &[(String, String)], account: &str, name: &str) -> bool {
    pairs.iter().any(|it| it.0 == account && it.1 == name)
}

/// A value that is written in this crate, and so is one.
pub(crate) fn amount<T, E>(value: Result<T, E>) -> T {
    match value {
        Ok(value) => value,
        Err(_) => unreachable!("the history writer knows what is well-formed"),
    }
}
