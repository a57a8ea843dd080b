//! Opens that were denied, which explain findings that follow from them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tallyfold_core::{
    Action, Entry, Event, Finding, FoldedEvent, Heartbeat, Record, Refusal, Rejection,
    SessionClosed, Timestamp,
};
use tallyfold_log::FindingLine;

/// By account and session: when the open was denied, and why. A session that opens after all, or whose
/// close was found wrong, is forgotten.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeniedOpens(BTreeMap<String, BTreeMap<String, (Timestamp, Refusal)>>);

impl DeniedOpens {
    pub(crate) fn record(&mut self, record: &Record<'_>) {
        match &record.entry {
            Entry::SessionDenied { session, reason, .. } => {
                let sessions = self.0.entry(record.account.to_string()).or_default();
                sessions.insert(session.to_string(), (record.at, *reason));
            }
            Entry::SessionOpened { session, .. } if !self.0.is_empty() => {
                self.forget(&record.account, session);
            }
            _ => {}
        }
    }

    fn forget(&mut self, account: &str, session: &str) {
        if let Some(sessions) = self.0.get_mut(account) {
            sessions.remove(session);
            if sessions.is_empty() {
                self.0.remove(account);
            }
        }
    }

    pub(crate) fn split(self, parts: usize, part_of: impl Fn(&str) -> usize) -> Vec<DeniedOpens> {
        let mut split = vec![DeniedOpens::default(); parts];
        for (account, sessions) in self.0 {
            split[part_of(&account)].0.insert(account, sessions);
        }
        split
    }

    pub(crate) fn merge(&mut self, other: DeniedOpens) {
        self.0.extend(other.0);
    }

    /// What there is to say of an event that could not be applied, with what explains it: the clock
    /// that a late event is behind, or the denied open of a session that was never live.
    pub(crate) fn explained(
        &mut self,
        it: &FoldedEvent<'_, '_>,
        rejection: Rejection,
    ) -> FindingLine {
        let mut told = FindingLine::finding(it.line, rejection.finding, it.event);
        let why = late(it.event, rejection).or_else(|| self.denied(it.event, rejection.finding));
        if let Some(why) = why {
            told.message = why;
        }
        told
    }

    fn denied(&mut self, event: &Event<'_>, finding: Finding) -> Option<String> {
        let Event::Account(event) = event else { return None };
        let (session, is_closed) = match &event.action {
            Action::Heartbeat(Heartbeat { session, .. }) => (session, false),
            Action::SessionClosed(SessionClosed { session }) => (session, true),
            _ => return None,
        };
        if finding != Finding::UnknownSession {
            return None;
        }
        let (at, reason) = *self.0.get(&*event.account)?.get(&**session)?;
        if is_closed {
            self.forget(&event.account, session);
        }
        Some(format!("{finding}: its open at {at} was denied ({})", reason.code()))
    }
}

fn late(event: &Event<'_>, rejection: Rejection) -> Option<String> {
    let clock = rejection.clock?;
    let whose = match event {
        Event::Account(_) => "the account",
        Event::Catalog(_) => "the catalog",
    };
    let line = clock.line.map(|line| format!(", which line {line} set")).unwrap_or_default();
    Some(format!("{} is earlier than the clock of {whose}, {}{line}", event.at(), clock.at))
}
