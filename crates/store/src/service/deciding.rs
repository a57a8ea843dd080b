//! One request: decided against an account's ledger, appended, folded and answered.

use std::sync::Arc;

use tallyfold_core::{Action, Event, Finding, Record, Refusal, Timestamp};

use super::account_ledger::AccountLedger;
use super::answers::{
    Admitted, Applied, Closed, Code, Contact, OpenCover, Opened, Outcome, Produced, Recorded,
};
use super::ledger_cache::Slot;
use super::request::Request;
use super::{LedgerService, remembered};
use crate::error::{AppendError, ServiceError, StoreError};
use crate::event::{NewEvent, StoredEvent};
use crate::observer::Observation;
use crate::place::{Position, Stream, Version};
use crate::store::{Expected, Receipt};

/// How often a request is decided anew because others were faster.
const ATTEMPTS: u32 = 16;

/// What was decided for an event.
pub(super) struct Decision {
    /// For an open: what covers it and until when, or why it is denied.
    pub(super) admission: Option<Result<(OpenCover, Timestamp), Refusal>>,
    pub(super) at: Timestamp,
    pub(super) journal: Vec<Record<'static>>,
    /// Why the event changed nothing, where it did not.
    pub(super) applied: Result<(), Finding>,
}

/// A promise of the fold that was not kept; told as damage, never as a panic.
pub(super) type Broken = &'static str;

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

    pub(super) fn produced(&self) -> Result<Produced, Broken> {
        Produced::of(self.own_entries()).ok_or("results are charged or denied")
    }

    /// What came of an event, whichever it is.
    pub(super) fn outcome_of(&self, event: &Event<'_>) -> Result<Outcome, Broken> {
        if let Err(finding) = self.applied {
            return Ok(Outcome::NotApplied(finding));
        }
        let Event::Account(event) = event else { return Ok(Outcome::Applied(Applied)) };
        Ok(match &event.action {
            Action::SessionOpened(open) => Outcome::Opened(self.opened(&open.session)?),
            Action::Heartbeat(beat) => {
                Outcome::Contact(Contact::of(&beat.session, self.own_entries()))
            }
            Action::SessionClosed(_) => Outcome::Closed(Closed::of(self.own_entries())),
            Action::ResultProduced(_) => Outcome::Produced(self.produced()?),
            _ => Outcome::Applied(Applied),
        })
    }
}

impl LedgerService {
    /// Appends a request as an event, and answers what was decided.
    pub(super) fn decide<T>(
        &self,
        request: &Request<'_>,
        outcome: impl Fn(&Decision) -> Result<T, Broken>,
    ) -> Result<Recorded<T>, ServiceError>
    where
        Recorded<T>: Code,
    {
        let stream = request.stream();
        let decide = || self.decide_in(&stream, request, outcome);
        self.observed(&stream, request.kind(), decide, Recorded::code)
    }

    fn decide_in<T>(
        &self,
        stream: &Stream,
        request: &Request<'_>,
        outcome: impl Fn(&Decision) -> Result<T, Broken>,
    ) -> Result<Recorded<T>, ServiceError> {
        let slot = self.cache.slot(stream);
        let _turn = slot.turn();
        let (_, mut is_current) = self.cache.first_ledger(stream, &mut slot.write())?;
        for _ in 0..ATTEMPTS {
            let (new, version) = match self.to_append(stream, request, &slot, is_current)? {
                Ok(it) => it,
                Err(finding) => return self.recall_or(request, finding, &outcome),
            };
            // Questions are answered meanwhile.
            match self.store.append(&new.clone().into(), Expected::Version(version)) {
                Ok(receipt) if receipt.events[0].is_repeat => {
                    return self.recall(request, receipt.events[0].position, &outcome);
                }
                Ok(receipt) => {
                    let stored = stored(&new, &receipt);
                    let decision = self.fold_appended(&slot, &stored, &receipt)?;
                    return self.answer(decision, stored.position, false, &outcome);
                }
                Err(AppendError::Conflict { .. }) => {
                    self.store.observer().observe(&Observation::Contended);
                    self.cache.catch_up(self.cache.account_ledger(stream, &mut slot.write())?.0)?;
                    is_current = true;
                }
                Err(AppendError::IdTaken { position, .. }) => {
                    return self.recall(request, position, &outcome);
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(ServiceError::Contended { attempts: ATTEMPTS })
    }

    /// A request as the event that it becomes now, and the version of the account that it was checked on; or
    /// why it cannot be applied.
    fn to_append(
        &self,
        stream: &Stream,
        request: &Request<'_>,
        slot: &Slot,
        mut is_current: bool,
    ) -> Result<Result<(NewEvent, Version), Finding>, ServiceError> {
        let mut held = slot.write();
        let (account_ledger, _) = self.cache.account_ledger(stream, &mut held)?;
        loop {
            let event = request.at(self.store.now()?.max(account_ledger.clock()));
            match account_ledger.ledger().check(&event) {
                Ok(()) => return Ok(Ok((NewEvent::from_event(&event)?, account_ledger.version()))),
                Err(finding) if is_current => return Ok(Err(finding)),
                // Others may have appended what makes it possible.
                Err(_) => self.cache.catch_up(account_ledger)?,
            }
            is_current = true;
        }
    }

    /// Folds an event that was appended just now, behind all that it sees.
    pub(super) fn fold_appended(
        &self,
        slot: &Arc<Slot>,
        stored: &StoredEvent,
        receipt: &Receipt,
    ) -> Result<Decision, StoreError> {
        let before = stored.position.before();
        let mut held = slot.write();
        // Where it was lost meanwhile it is loaded with the event.
        let known = held.take().filter(|it| it.position() < stored.position);
        let known = known.map_or_else(|| self.cache.load(&stored.stream, before), Ok)?;
        let account_ledger = held.insert(known);
        let is_next = stored.version == account_ledger.version().next();
        // Nothing of the account is before the next event, but the catalog may have changed (T2).
        let through = if is_next { receipt.catalog.min(before) } else { before };
        self.cache.read_on(account_ledger, through)?;
        let decision = self.fold_next(account_ledger, stored)?;
        self.snapshots.consider(account_ledger, slot, self.settings.snapshot_every);
        Ok(decision)
    }

    /// Folds the next event of an account's ledger, and remembers what was decided, for who asks again.
    fn fold_next(
        &self,
        account_ledger: &mut AccountLedger,
        stored: &StoredEvent,
    ) -> Result<Decision, StoreError> {
        let unreadable = |why: &dyn std::fmt::Display| self.cache.unreadable(stored.position, why);
        let event = stored.event().map_err(|malformed| unreadable(&malformed))?;
        let (at, mut journal) = (event.at(), Vec::new());
        let admission = admission(account_ledger, &event);
        let folded = account_ledger.fold(stored, &mut journal);
        let applied = folded.map_err(|malformed| unreadable(&malformed))?;
        let decision = Decision { admission, at, journal, applied };
        if event.id().is_some()
            && let Some(answer) = remembered::encode(&decision, stored)
        {
            self.store.remember_answer(stored.position, answer);
        }
        Ok(decision)
    }

    /// What was decided for a request, as the one who asked is told.
    fn answer<T>(
        &self,
        decision: Decision,
        position: Position,
        is_repeat: bool,
        outcome: impl Fn(&Decision) -> Result<T, Broken>,
    ) -> Result<Recorded<T>, ServiceError> {
        decision.applied?;
        Ok(self.told(decision, position, is_repeat, outcome)?)
    }

    /// What was decided for an event, as a caller is told.
    pub(super) fn told<T>(
        &self,
        decision: Decision,
        position: Position,
        is_repeat: bool,
        outcome: impl Fn(&Decision) -> Result<T, Broken>,
    ) -> Result<Recorded<T>, StoreError> {
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

    /// The first answer to a request that was recorded before.
    fn recall<T>(
        &self,
        request: &Request<'_>,
        position: Position,
        outcome: impl Fn(&Decision) -> Result<T, Broken>,
    ) -> Result<Recorded<T>, ServiceError> {
        match self.recalled(position, |event| request.at(event.at()) == *event)? {
            Some(decision) => self.answer(decision, position, true, outcome),
            None => {
                let id = request.id.as_ref().map(ToString::to_string).unwrap_or_default();
                Err(ServiceError::IdTaken { id, position })
            }
        }
    }

    /// What was decided for an event that stands at a position: as it is remembered, or decided again from
    /// the log above it. None where that is not the event that is meant.
    pub(super) fn recalled(
        &self,
        position: Position,
        is_meant: impl FnOnce(&Event<'_>) -> bool,
    ) -> Result<Option<Decision>, StoreError> {
        let stored = self.store.read_log(position.before(), 1)?.into_iter().next();
        let gone = || self.cache.unreadable(position, &"it is not there any more");
        let stored = stored.ok_or_else(gone)?;
        let Some(at) = stored.event().ok().filter(is_meant).map(|event| event.at()) else {
            return Ok(None);
        };
        let remembered = self.store.remembered_answer(position)?;
        let remembered = remembered.and_then(|it| remembered::decode(&it, &stored, at));
        if remembered.is_some() {
            return Ok(remembered);
        }
        let mut account_ledger = self.cache.load(&stored.stream, position.before())?;
        self.fold_next(&mut account_ledger, &stored).map(Some)
    }
}

/// The event as it was stored.
pub(super) fn stored(new: &NewEvent, receipt: &Receipt) -> StoredEvent {
    let appended = receipt.events[0];
    StoredEvent {
        position: appended.position,
        stream: new.stream().clone(),
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
