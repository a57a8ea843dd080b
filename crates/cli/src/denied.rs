//! Opens and results that were denied: how many and why, and what follows from them.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use tallyfold_core::{
    Action, Entry, Event, Finding, Record, Refusal, Rejection, SessionClosed, Timestamp,
};
use tallyfold_log::FindingLine;

use crate::text::{count, printable};

/// How many products are named.
const NAMED: usize = 10;

/// What was denied, over all accounts.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Denied {
    opens: Denials,
    results: Denials,
    /// By account and session: when the open was denied, and why. A session that opens after all, or
    /// whose close was found wrong, is forgotten.
    sessions: BTreeMap<String, BTreeMap<String, (Timestamp, Refusal)>>,
}

/// How many were denied, by reason.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Denials {
    by_reason: BTreeMap<Refusal, u64>,
    /// The products that had no rate.
    without_rate: BTreeSet<String>,
}

impl Denied {
    /// Takes in what was decided.
    pub(crate) fn add(&mut self, record: &Record<'_>) {
        match &record.entry {
            Entry::SessionDenied { session, product, reason, .. } => {
                self.opens.add(1, product, *reason);
                let sessions = self.sessions.entry(record.account.to_string()).or_default();
                sessions.insert(session.to_string(), (record.at, *reason));
            }
            Entry::ResultDenied { product, quantity, reason, .. } => {
                self.results.add(u64::from(*quantity), product, *reason);
            }
            Entry::SessionOpened { session, .. } if !self.sessions.is_empty() => {
                self.forget(&record.account, session);
            }
            _ => {}
        }
    }

    fn forget(&mut self, account: &str, session: &str) {
        if let Some(sessions) = self.sessions.get_mut(account) {
            sessions.remove(session);
            if sessions.is_empty() {
                self.sessions.remove(account);
            }
        }
    }

    /// Splits what is known of sessions by their accounts; what is counted stays with the first part.
    pub(crate) fn split(self, parts: usize, part_of: impl Fn(&str) -> usize) -> Vec<Denied> {
        let mut split = vec![Denied::default(); parts];
        for (account, sessions) in self.sessions {
            split[part_of(&account)].sessions.insert(account, sessions);
        }
        (split[0].opens, split[0].results) = (self.opens, self.results);
        split
    }

    /// Takes in what another part of the log says of other accounts.
    pub(crate) fn merge(&mut self, other: Denied) {
        self.opens.merge(other.opens);
        self.results.merge(other.results);
        self.sessions.extend(other.sessions);
    }

    /// A finding, with what explains it: the clock that a late event is behind, or the denied open of a
    /// session that was never live.
    pub(crate) fn explained(&mut self, rejection: Rejection<'_, '_>) -> FindingLine {
        let Rejection { line, event, finding, .. } = rejection;
        let mut told = FindingLine::finding(line, finding, event);
        if let Some(why) = late(&rejection).or_else(|| self.denied_open(event, finding)) {
            told.message = why;
        }
        told
    }

    fn denied_open(&mut self, event: &Event<'_>, finding: Finding) -> Option<String> {
        let Event::Account(event) = event else { return None };
        let (session, is_closed) = match &event.action {
            Action::Heartbeat(it) => (&it.session, false),
            Action::SessionClosed(SessionClosed { session }) => (session, true),
            _ => return None,
        };
        if finding != Finding::UnknownSession {
            return None;
        }
        let (at, reason) = *self.sessions.get(&*event.account)?.get(&**session)?;
        if is_closed {
            self.forget(&event.account, session);
        }
        Some(format!("{finding}: its open at {at} was denied ({})", word(reason)))
    }

    /// A line for each reason: how many, and which products had no rate.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.opens.lines("open").chain(self.results.lines("result")).collect()
    }
}

impl Denials {
    fn add(&mut self, n: u64, product: &str, reason: Refusal) {
        *self.by_reason.entry(reason).or_default() += n;
        if reason == Refusal::NoRate && !self.without_rate.contains(product) {
            self.without_rate.insert(product.to_owned());
        }
    }

    fn merge(&mut self, other: Denials) {
        for (reason, n) in other.by_reason {
            *self.by_reason.entry(reason).or_default() += n;
        }
        self.without_rate.extend(other.without_rate);
    }

    fn lines(&self, what: &str) -> impl Iterator<Item = String> {
        self.by_reason.iter().map(move |(reason, n)| {
            let plural = if *n == 1 { "" } else { "s" };
            let why = match reason {
                Refusal::NoRate => format!("; no rate for: {}", self.products_without_rate()),
                _ => String::new(),
            };
            format!("{} {what}{plural} denied: {}{why}", count(*n), word(*reason))
        })
    }

    fn products_without_rate(&self) -> String {
        let named: Vec<_> = self.without_rate.iter().take(NAMED).map(|it| printable(it)).collect();
        let others = self.without_rate.len() - named.len();
        let more = if others > 0 { format!(" and {others} more") } else { String::new() };
        named.join(", ") + &more
    }
}

fn late(rejection: &Rejection<'_, '_>) -> Option<String> {
    let clock = rejection.clock?;
    let whose = match rejection.event {
        Event::Account(_) => "the account",
        Event::Catalog(_) => "the catalog",
    };
    let line = clock.line.map(|line| format!(", which line {line} set")).unwrap_or_default();
    let (at, clock) = (rejection.event.at(), clock.at);
    Some(format!("{at} is earlier than the clock of {whose}, {clock}{line}"))
}

/// A reason as the journal writes it.
fn word(reason: Refusal) -> &'static str {
    match reason {
        Refusal::NotAssigned => "not_assigned",
        Refusal::ProductExcluded => "product_excluded",
        Refusal::NoRate => "no_rate",
        Refusal::InsufficientTokens => "insufficient_tokens",
    }
}
