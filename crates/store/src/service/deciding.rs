//! One request: decided against an account's ledger, appended, folded and answered.

use tallyfold_core::{Action, Event, Finding, Record, Refusal, Timestamp};

use super::account_ledger::AccountLedger;
use super::answers::{Admitted, OpenCover, Opened, Recorded, ServiceError};
use super::ledger_cache::lock;
use super::request::Request;
use super::{LedgerService, remembered};
use crate::error::AppendError;
use crate::event::{NewEvent, StoredEvent};
use crate::observer::Observation;
use crate::place::{Position, Stream};
use crate::store::{Expected, Receipt};

/// How often a request is decided anew because others were faster.
const ATTEMPTS: u32 = 16;

/// What was decided for an event.
pub(super) struct Decision {
    /// For an open: what covers it and until when, or why it is denied.
    pub(super) admission: Option<Result<(OpenCover, Timestamp), Refusal>>,
    pub(super) at: Timestamp,
    pub(super) journal: Vec<Record<'static>>,
}

/// A promise of the fold that was not kept; told as damage, never as a panic.
type Broken = &'static str;

impl Decision {
    /// What the event itself caused: the timers before it fired earlier or wrote other entries.
    pub(super) fn own_entries(&self) -> &[Record<'static>] {
        let first = self.journal.iter().position(|record| record.at == self.at);
        &self.journal[first.unwrap_or(self.journal.len())..]
    }

    pub(super) fn opened(&self, session: &str) -> Result<Opened, Broken> {
        use tallyfold_core::Entry::SessionOpened;

        let charge = self.own_entries().iter().find_map(|record| match &record.entry {
            SessionOpened { session: it, charge, .. } if it == session => Some(*charge),
            _ => None,
        });
        match (&self.admission, charge) {
            (Some(Ok((cover, until))), Some(charge)) => {
                Ok(Opened::Admitted(Admitted { charge, cover: cover.clone(), until: *until }))
            }
            (Some(Err(refusal)), None) => Ok(Opened::Denied(*refusal)),
            _ => Err("the ledger admitted an open and decided otherwise"),
        }
    }
}

impl LedgerService {
    /// Appends a request as an event, and answers what was decided.
    pub(super) fn decide<T>(
        &self,
        request: &Request<'_>,
        outcome: impl Fn(&Decision) -> Result<T, Broken>,
    ) -> Result<Recorded<T>, ServiceError> {
        let stream = request.stream();
        let slot = self.cache.slot(&stream);
        let mut held = lock(&slot);
        let (account_ledger, mut is_current) = self.cache.account_ledger(&stream, &mut held)?;
        for _ in 0..ATTEMPTS {
            let at = self.store.now()?.max(account_ledger.clock());
            let event = request.at(at);
            match account_ledger.ledger().check(&event) {
                // Others may have appended what makes it possible.
                Err(_) if !is_current => {
                    self.cache.catch_up(account_ledger)?;
                    is_current = true;
                    continue;
                }
                Err(finding) => return self.recall_or(request, finding, &outcome),
                Ok(()) => {}
            }
            let new = NewEvent::from_event(&event)?;
            match self
                .store
                .append(&new.clone().into(), Expected::Version(account_ledger.version()))
            {
                Ok(receipt) if receipt.events[0].is_repeat => {
                    return self.recall(request, receipt.events[0].position, &outcome);
                }
                Ok(receipt) => {
                    let stored = stored(&stream, new, &receipt);
                    self.cache
                        .read_on(account_ledger, self.seen_by(account_ledger, &stored, &receipt))?;
                    let answer = self.answer(account_ledger, &stored, false, &outcome);
                    self.snapshots.consider(account_ledger, &slot, self.settings.snapshot_every);
                    return answer;
                }
                Err(AppendError::Conflict { .. }) => {
                    self.store.observer().observe(&Observation::Contended);
                    self.cache.catch_up(account_ledger)?;
                    is_current = true;
                }
                Err(AppendError::IdTaken { position, .. }) => {
                    return self.recall(request, position, &outcome);
                }
                Err(error) => return Err(ServiceError::Append(error)),
            }
        }
        Err(ServiceError::Contended { attempts: ATTEMPTS })
    }

    /// Up to where an account's ledger is read before an event is folded: nothing of the account was appended
    /// in between, but the catalog may have changed (T2).
    fn seen_by(
        &self,
        account_ledger: &AccountLedger,
        stored: &StoredEvent,
        receipt: &Receipt,
    ) -> Position {
        let is_behind =
            receipt.catalog > account_ledger.position() && receipt.catalog < stored.position;
        if is_behind { receipt.catalog } else { account_ledger.position() }
    }

    /// Folds an event that was appended, and says what was decided.
    fn answer<T>(
        &self,
        account_ledger: &mut AccountLedger,
        stored: &StoredEvent,
        is_repeat: bool,
        outcome: impl Fn(&Decision) -> Result<T, Broken>,
    ) -> Result<Recorded<T>, ServiceError> {
        let unreadable = |why: &dyn std::fmt::Display| self.cache.unreadable(stored.position, why);
        let event = stored.event().map_err(|malformed| unreadable(&malformed))?;
        let (at, mut journal) = (event.at(), Vec::new());
        let admission = admission(account_ledger, &event);
        account_ledger.fold(stored, &mut journal).map_err(|malformed| unreadable(&malformed))??;
        let decision = Decision { admission, at, journal };
        if event_has_id(&event)
            && let Some(answer) = remembered::encode(&decision, stored)
        {
            self.store.remember_answer(stored.position, answer);
        }
        self.told(decision, stored.position, is_repeat, outcome)
    }

    /// What was decided, as the one who asked is told.
    fn told<T>(
        &self,
        decision: Decision,
        position: Position,
        is_repeat: bool,
        outcome: impl Fn(&Decision) -> Result<T, Broken>,
    ) -> Result<Recorded<T>, ServiceError> {
        let unreadable = |broken| self.cache.unreadable(position, &broken);
        let outcome = outcome(&decision).map_err(unreadable)?;
        let Decision { at, journal, .. } = decision;
        Ok(Recorded { position, at, is_repeat, outcome, journal })
    }

    /// A finding may only mean that the request was recorded before.
    fn recall_or<T>(
        &self,
        request: &Request<'_>,
        finding: Finding,
        outcome: impl Fn(&Decision) -> Result<T, Broken>,
    ) -> Result<Recorded<T>, ServiceError> {
        let known = request.key().map(|key| self.store.find(&request.stream(), &key));
        match known.transpose()?.flatten() {
            Some(stored) => self.recall(request, stored.position, outcome),
            None => Err(finding.into()),
        }
    }

    /// The first answer to a request that was recorded before: as it is remembered, or decided again
    /// from the log above it.
    fn recall<T>(
        &self,
        request: &Request<'_>,
        position: Position,
        outcome: impl Fn(&Decision) -> Result<T, Broken>,
    ) -> Result<Recorded<T>, ServiceError> {
        let before = Position::new(position.get().saturating_sub(1));
        let stored = self.store.read_log(before, 1)?.into_iter().next();
        let gone = || self.cache.unreadable(position, &"it is not there any more");
        let stored = stored.ok_or_else(gone)?;
        let same = stored.event().is_ok_and(|event| request.at(event.at()) == event);
        if !same {
            let id = request.id.as_ref().map(ToString::to_string).unwrap_or_default();
            return Err(ServiceError::IdTaken { id, position });
        }
        let at = stored.event().map(|event| event.at());
        let remembered = self.store.remembered_answer(position)?;
        if let (Some(answer), Ok(at)) = (remembered, at)
            && let Some(decision) = remembered::decode(&answer, &stored, at)
        {
            return self.told(decision, position, true, outcome);
        }
        let mut account_ledger = self.cache.load(&stored.stream, before)?;
        self.answer(&mut account_ledger, &stored, true, outcome)
    }
}

fn event_has_id(event: &Event<'_>) -> bool {
    match event {
        Event::Account(event) => event.id.is_some(),
        Event::Catalog(event) => event.id.is_some(),
    }
}

/// The event as it was stored.
fn stored(stream: &Stream, new: NewEvent, receipt: &Receipt) -> StoredEvent {
    let appended = receipt.events[0];
    StoredEvent {
        position: appended.position,
        stream: stream.clone(),
        version: appended.version,
        line: new.line().to_vec(),
    }
}

/// What an open will be answered, by the code that decides it.
fn admission(
    account_ledger: &AccountLedger,
    event: &Event<'_>,
) -> Option<Result<(OpenCover, Timestamp), Refusal>> {
    let Event::Account(event) = event else { return None };
    let Action::SessionOpened(open) = &event.action else { return None };
    let admission =
        account_ledger.ledger().admit(&event.account, &open.user, &open.product, event.at);
    admission.ok().map(OpenCover::of)
}
