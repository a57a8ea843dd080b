//! Every law can fail: a falsified journal, or a falsified service, breaks each of them.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::BTreeSet;

use tallyfold_core::{
    Action, Admission, ChargeReason, Entry, Event, Finding, Ledger, Notice, Record, RefundReason,
    Refunded, Refusal, Rulebook, SessionEnd, Span, Timestamp, Tokens, WindowEnd,
};
use tallyfold_testkit::model::SettledAccount;
use tallyfold_testkit::{Fold, History, Service, laws};

fn core() -> Box<dyn Service> {
    Box::new(Ledger::default())
}

/// Falsifies an entry of an event; says whether it did.
type Lie = fn(&Event<'_>, &mut Record<'static>) -> bool;

const NANO: Span = Span::from_nanos(1);

/// Each law of the journal with a lie that breaks it.
const LIES: &[(&str, Lie)] = &[
    ("time-runs-forward", |event, record| {
        record.at = event.at() + NANO;
        true
    }),
    ("charges-are-numbered", |_, record| match &mut record.entry {
        Entry::Charged(it) => {
            it.charge += 1;
            true
        }
        _ => false,
    }),
    ("every-event-is-answered", |_, record| match &mut record.entry {
        Entry::SessionOpened { user, .. } => {
            *user = "eve".into();
            true
        }
        _ => false,
    }),
    ("events-are-noted-as-given", |_, record| match &mut record.entry {
        Entry::Noted(_) => {
            record.entry = Entry::PackExpired { pack: "P1".into(), tokens: Tokens::ZERO };
            true
        }
        _ => false,
    }),
    ("tokens-are-conserved", |_, record| match &mut record.entry {
        Entry::PackExpired { tokens, .. } => {
            *tokens += Tokens::whole(1);
            true
        }
        _ => false,
    }),
    ("charges-are-paid-in-full", |_, record| match &mut record.entry {
        Entry::Charged(it) if !it.postings.is_empty() => {
            it.tokens += Tokens::from_micros(1);
            true
        }
        _ => false,
    }),
    ("packs-burn-in-order", |_, record| match &mut record.entry {
        Entry::Charged(it) if it.postings.len() > 1 => {
            it.postings.to_mut().reverse();
            true
        }
        _ => false,
    }),
    ("only-usable-packs-pay", |event, record| match (&event, &mut record.entry) {
        (Event::Account(_), Entry::Adjusted { pack, .. }) => {
            *pack = "P77".into();
            true
        }
        _ => false,
    }),
    ("packs-expire-on-time", |_, record| match &mut record.entry {
        Entry::PackAdded { expires_at, .. } => {
            *expires_at = *expires_at + NANO;
            true
        }
        _ => false,
    }),
    ("refunds-are-whole", |_, record| match &mut record.entry {
        Entry::Refunded(Refunded { tokens, .. }) => {
            *tokens = Tokens::from_micros(1);
            true
        }
        _ => false,
    }),
    ("notices-of-the-balance", |_, record| match &mut record.entry {
        Entry::Notice(Notice::LowBalance { available }) => {
            *available += Tokens::from_micros(1);
            true
        }
        _ => false,
    }),
    ("notices-of-expiry", |_, record| match &mut record.entry {
        Entry::Notice(Notice::Expiring { tokens, .. }) => {
            *tokens = Tokens::ZERO;
            true
        }
        _ => false,
    }),
    ("subscriptions-come-first", |_, record| match &mut record.entry {
        Entry::Charged(it) if it.subscription.is_some() => {
            it.subscription = None;
            true
        }
        _ => false,
    }),
    ("charges-follow-the-rate", |_, record| match &mut record.entry {
        Entry::Charged(it) if it.subscription.is_none() => {
            it.tokens += Tokens::from_micros(1);
            true
        }
        _ => false,
    }),
    ("refusals-are-true", |_, record| match &mut record.entry {
        Entry::SessionDenied { reason, .. } if *reason != Refusal::NoRate => {
            *reason = Refusal::NoRate;
            true
        }
        _ => false,
    }),
    ("windows-never-overlap", |_, record| match &mut record.entry {
        Entry::Charged(it) if it.reason == ChargeReason::Renewed => {
            if let Some(window) = &mut it.window {
                window.starts_at = window.starts_at - NANO;
            }
            true
        }
        _ => false,
    }),
    ("windows-last-their-time", |_, record| match &mut record.entry {
        Entry::Charged(it) if it.window.is_some() => {
            if let Some(window) = &mut it.window {
                window.ends_at = window.ends_at + NANO;
            }
            true
        }
        _ => false,
    }),
    ("windows-start-when-due", |_, record| match &mut record.entry {
        Entry::Charged(it) if it.reason == ChargeReason::Renewed => {
            it.reason = ChargeReason::Resumed;
            true
        }
        _ => false,
    }),
    ("sessions-run-in-windows", |_, record| match &mut record.entry {
        Entry::SessionOpened { charge, .. } => {
            *charge += 1;
            true
        }
        _ => false,
    }),
    ("grace-is-given-when-due", |_, record| match &mut record.entry {
        Entry::Refunded(it) if it.reason == RefundReason::Reversed => {
            it.reason = RefundReason::Grace;
            true
        }
        _ => false,
    }),
    ("windows-end-with-reason", |_, record| match &mut record.entry {
        Entry::WindowEnded { reason, .. } => {
            *reason = match reason {
                WindowEnd::Closed => WindowEnd::CoverEnded,
                WindowEnd::CoverEnded => WindowEnd::Closed,
            };
            true
        }
        _ => false,
    }),
    ("sessions-live-once", |_, record| match &mut record.entry {
        Entry::SessionClosed { session, .. } => {
            *session = "s77".into();
            true
        }
        _ => false,
    }),
    ("lock-out-is-complete", |_, record| match &mut record.entry {
        // One of several that are locked out stays live.
        Entry::SessionClosed { reason: SessionEnd::LockedOut, session, .. } if session == "s2" => {
            *session = "s77".into();
            true
        }
        _ => false,
    }),
    ("sessions-lapse-on-time", |_, record| match &mut record.entry {
        Entry::SessionClosed { reason: SessionEnd::Lapsed, .. } => {
            record.at = record.at - NANO;
            true
        }
        _ => false,
    }),
];

/// Tells one lie at a time, and asks the law each time.
fn is_caught(name: &str, lie: Lie, history: &History) -> bool {
    let fold = Fold::of(&core, history);
    let law = laws::named(name).unwrap();
    for (turn, event) in history.iter().enumerate() {
        for place in 0..fold.turns[turn].entries.len() {
            let mut false_fold = fold.clone();
            let told = lie(event, &mut false_fold.turns[turn].entries[place]);
            if told && law.check_journal(Rulebook::default(), history, &false_fold).is_err() {
                return true;
            }
        }
    }
    false
}

fn catches(name: &str, lie: Lie) {
    let caught = (0..200).any(|seed| is_caught(name, lie, &History::of_seed(seed, 20..=60)));
    assert!(caught, "{name} does not see a falsified journal");
}

#[test]
fn a_falsified_entry_breaks_its_law() {
    for (name, lie) in LIES {
        catches(name, *lie);
    }
}

/// Falsifies what a whole turn says; says whether it did.
type TurnLie = fn(&Event<'_>, Result<(), Finding>, &mut Vec<Record<'static>>) -> bool;

/// Laws that are broken by an entry that is missing, or one too many.
const TURN_LIES: &[(&str, TurnLie)] = &[
    ("findings-are-silent", |event, result, entries| {
        let Event::Account(it) = event else { return false };
        entries.push(Record {
            account: Cow::Owned(it.account.to_string()),
            at: it.at,
            entry: Entry::PackExpired { pack: "P1".into(), tokens: Tokens::ZERO },
        });
        result.is_err()
    }),
    ("idle-time-is-free", |event, _, entries| {
        let Event::Account(it) = event else { return false };
        let Action::Heartbeat(beat) = &it.action else { return false };
        if beat.active || !entries.is_empty() {
            return false;
        }
        entries.push(Record {
            account: it.account.to_string().into(),
            at: it.at,
            entry: Entry::Charged(tallyfold_core::Charged {
                charge: 1,
                user: "ana".into(),
                product: "AutoCAD".into(),
                session: Some(beat.session.to_string().into()),
                version: None,
                reason: ChargeReason::Renewed,
                tokens: Tokens::ZERO,
                postings: Cow::Borrowed(&[]),
                subscription: None,
                window: Some(tallyfold_core::ChargedWindow { starts_at: it.at, ends_at: it.at }),
                quantity: None,
            }),
        });
        true
    }),
    ("packs-expire-on-time", |_, _, entries| {
        removed(entries, |it| matches!(it, Entry::PackExpired { .. }))
    }),
    ("notices-of-the-balance", |_, _, entries| {
        removed(entries, |it| matches!(it, Entry::Notice(Notice::NoTokens { .. })))
    }),
    ("notices-of-expiry", |_, _, entries| {
        removed(entries, |it| matches!(it, Entry::Notice(Notice::Expiring { .. })))
    }),
    ("grace-is-given-when-due", |_, _, entries| {
        removed(entries, |it| matches!(it, Entry::Refunded(it) if it.reason == RefundReason::Grace))
    }),
    ("windows-end-with-reason", |_, _, entries| {
        removed(entries, |it| matches!(it, Entry::WindowEnded { .. }))
    }),
    ("sessions-lapse-on-time", |_, _, entries| {
        removed(entries, |it| matches!(it, Entry::SessionClosed { reason: SessionEnd::Lapsed, .. }))
    }),
    ("sessions-run-in-windows", |_, _, entries| {
        removed(
            entries,
            |it| matches!(it, Entry::Charged(it) if it.reason == ChargeReason::Renewed),
        )
    }),
    ("lock-out-is-complete", |_, _, entries| {
        let is_lock_out = |it: &Entry<'_>| {
            matches!(it, Entry::SessionClosed { reason: SessionEnd::LockedOut, .. })
        };
        let several = entries.iter().filter(|it| is_lock_out(&it.entry)).count() > 1;
        several && removed(entries, is_lock_out)
    }),
    ("every-event-is-answered", |_, _, entries| {
        removed(entries, |it| matches!(it, Entry::SessionDenied { .. }))
    }),
];

fn removed(entries: &mut Vec<Record<'static>>, which: impl Fn(&Entry<'_>) -> bool) -> bool {
    let before = entries.len();
    if let Some(place) = entries.iter().position(|record| which(&record.entry)) {
        entries.remove(place);
    }
    entries.len() < before
}

#[test]
fn an_entry_missing_or_too_many_breaks_its_law() {
    for (name, lie) in TURN_LIES {
        let law = laws::named(name).unwrap();
        let caught = (0..3_000).any(|seed| {
            let history = History::of_seed(seed, 20..=80);
            let fold = Fold::of(&core, &history);
            (0..history.len()).any(|turn| {
                let mut false_fold = fold.clone();
                let it = &mut false_fold.turns[turn];
                lie(&history[turn], it.result, &mut it.entries)
                    && law.check_journal(Rulebook::default(), &history, &false_fold).is_err()
            })
        });
        assert!(caught, "{name} does not see a falsified journal");
    }
}

/// A service that goes wrong in one way.
struct Flawed {
    ledger: Ledger,
    flaw: &'static str,
    events: u64,
    findings: u64,
    /// How often it was asked.
    asked: Cell<u64>,
    as_of: Option<Timestamp>,
    accounts: BTreeSet<String>,
    last_account: String,
}

impl Flawed {
    fn new(flaw: &'static str) -> Flawed {
        Flawed {
            ledger: Ledger::default(),
            flaw,
            events: 0,
            findings: 0,
            asked: Cell::new(0),
            as_of: None,
            accounts: BTreeSet::new(),
            last_account: String::new(),
        }
    }

    /// Whether this turn's entries are lost.
    fn loses(&self, event: &Event<'_>, changes_account: bool) -> bool {
        let Event::Account(it) = event else { return false };
        match self.flaw {
            "findings-change-nothing" => self.findings > 0,
            "settling-is-a-question" => self.asked.get() > 0,
            "accounts-are-independent" => self.accounts.len() > 1,
            "accounts-interleave-freely" => changes_account,
            "days-shift" => it.at.utc_day() % 7 == 0,
            "names-are-only-names" | "the-model-agrees" => &*it.account == "acme",
            "more-tokens-first-grant" => {
                let account = Service::account(&self.ledger, &it.account);
                account.is_some_and(|it| it.packs.iter().any(|it| it.pack == "one pack more"))
                    && !matches!(it.action, Action::PackPurchased(_))
            }
            _ => false,
        }
    }
}

impl Service for Flawed {
    fn apply(
        &mut self,
        event: &Event<'_>,
        journal: &mut Vec<Record<'static>>,
    ) -> Result<(), Finding> {
        let before = journal.len();
        let result = self.ledger.apply(event, journal);
        self.events += 1;
        self.findings += u64::from(result.is_err());
        let mut changes_account = false;
        if let Event::Account(it) = event {
            changes_account = self.last_account != *it.account && !self.last_account.is_empty();
            self.last_account = it.account.to_string();
            self.accounts.insert(it.account.to_string());
        }
        if self.loses(event, changes_account) {
            journal.truncate(before);
        }
        result
    }

    fn settled(&self, at: Option<Timestamp>) -> Vec<Record<'static>> {
        self.asked.set(self.asked.get() + 1);
        let mut journal = self.ledger.settled(at);
        if let (Some(at), "expired-never-falls") = (self.as_of, self.flaw) {
            let left = Tokens::from_micros(i128::from(i64::MAX - at.unix_nanos()));
            let entry = Entry::PackExpired { pack: "P1".into(), tokens: left };
            journal.push(Record { account: "acme".into(), at, entry });
        }
        journal
    }

    fn reopened(&self) -> Option<Box<dyn Service>> {
        Some(Box::new(Flawed::new(self.flaw)))
    }

    fn as_of(&self, at: Timestamp) -> Option<Box<dyn Service>> {
        Some(Box::new(Flawed { as_of: Some(at), ..Flawed::new(self.flaw) }))
    }

    fn admit(&self, _: &str, _: &str, _: &str, _: Timestamp) -> Option<Admission<'_>> {
        Some(Admission::Refused(Refusal::NoRate))
    }

    fn account(&self, name: &str) -> Option<SettledAccount> {
        let mut account = Service::account(&self.ledger, name)?;
        let packs = account.packs.iter_mut();
        packs.for_each(|pack| pack.balance.available += Tokens::from_micros(1));
        Some(account)
    }
}

/// The laws of the fold, each with the service of that flaw.
const FLAWS: [&str; 14] = [
    "a-prefix-folds-to-a-prefix",
    "findings-change-nothing",
    "settling-is-a-question",
    "a-snapshot-changes-nothing",
    "admit-predicts-the-open",
    "balances-follow-the-journal",
    "as-of-is-the-journal-until-then",
    "expired-never-falls",
    "accounts-are-independent",
    "accounts-interleave-freely",
    "days-shift",
    "names-are-only-names",
    "more-tokens-first-grant",
    "the-model-agrees",
];

#[test]
fn a_flawed_service_breaks_its_law() {
    for flaw in FLAWS {
        let law = laws::named(flaw).unwrap();
        // One that is another every time it is started folds no prefix to a prefix.
        let started = Cell::new(0);
        let start = || {
            started.set(started.get() + 1);
            let is_moody = flaw == "a-prefix-folds-to-a-prefix" && started.get() % 2 == 0;
            let flaw = if is_moody { "names-are-only-names" } else { flaw };
            Box::new(Flawed::new(flaw)) as Box<dyn Service>
        };
        let history = |seed| History::of_seed(seed, 20..=60);
        let breaks = |seed| law.check(&start, Rulebook::default(), &history(seed)).is_err();
        let caught = (0..40).any(breaks);
        assert!(caught, "{flaw} does not see a flawed service");
    }
}

#[test]
fn no_law_is_left_out() {
    let shown: BTreeSet<_> =
        (LIES.iter().map(|it| it.0)).chain(TURN_LIES.iter().map(|it| it.0)).chain(FLAWS).collect();
    let all: BTreeSet<_> = laws::all().iter().map(|law| law.name()).collect();
    assert_eq!(shown, all);
}
