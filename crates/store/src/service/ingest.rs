//! Events that bring their own instant: another system is the source of time.

#[cfg(doc)]
use tallyfold_core::spec::*;

use tallyfold_core::Event;
use tallyfold_log::parse_line;

use super::LedgerService;
use super::answers::{Code, Outcome, Recorded};
use super::deciding::stored;
use crate::error::{AppendError, NewEventError, ServiceError, StoreError};
use crate::event::NewEvent;
use crate::place::Position;
use crate::store::Expected;

impl LedgerService {
    /// Records an event that another system accepted, at the instant that it says, and answers what came
    /// of it. Takes an [`Event`], or a [`NewEvent`] where its line is to be kept to the byte.
    ///
    /// What that system says has happened, so the event is appended also where it cannot be applied, as it
    /// would be by an import: the log is evidence, and a replay of it says what was answered here. So what is
    /// late ([T1]) is an answer, [`Outcome::NotApplied`], that will not change: asked again with its id, the
    /// event is recorded once and answered as the first time. An error means that it was not recorded.
    ///
    /// An account should have one source of time: what comes with an earlier instant than the last event
    /// of its account is late, whoever recorded that. Requests beside it, such as
    /// [`open_session`](LedgerService::open_session), are recorded at the service's own clock, or at the
    /// account's where that is later.
    ///
    /// # Errors
    ///
    /// [`ServiceError::FromTheFuture`] as for [`Store::append`](crate::Store::append),
    /// [`ServiceError::Event`] where it is not an event that can be stored, [`ServiceError::IdTaken`], and
    /// errors of the store.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use tallyfold_core::{Finding, PackPurchased, Timestamp};
    /// use tallyfold_store::*;
    ///
    /// let store = Arc::new(MemoryStore::default());
    /// let service = LedgerService::new(store, ServiceSettings::default());
    /// let bought = |pack, at: &str| {
    ///     PackPurchased::new(pack, 100)?.on("acme", at.parse::<Timestamp>()?)?.with_id(pack)
    /// };
    /// let first = service.ingest(bought("P1", "2026-01-05T09:00:00Z")?)?;
    /// assert_eq!(first.outcome.code(), "recorded");
    /// let late = service.ingest(bought("P2", "2026-01-05T08:00:00Z")?)?;
    /// assert_eq!(late.outcome, Outcome::NotApplied(Finding::LateEvent));
    /// # Ok::<(), ServiceError>(())
    /// ```
    pub fn ingest<E>(&self, event: E) -> Result<Recorded<Outcome>, ServiceError>
    where
        E: TryInto<NewEvent, Error: Into<ServiceError>>,
    {
        let new = event.try_into().map_err(Into::into)?;
        let event = parse_line(new.line()).map_err(NewEventError::from)?;
        let ingest = || self.ingest_event(&new, &event);
        self.observed(new.stream(), event.kind(), ingest, Recorded::code)
    }

    fn ingest_event(
        &self,
        new: &NewEvent,
        event: &Event<'_>,
    ) -> Result<Recorded<Outcome>, ServiceError> {
        let slot = self.cache.slot(new.stream());
        let _turn = slot.turn();
        self.cache.first_ledger(new.stream(), &mut slot.write())?;
        let receipt = match self.store.append(&new.clone().into(), Expected::Any) {
            Ok(receipt) => receipt,
            Err(AppendError::IdTaken { id, position }) => {
                let again = self.ingested_before(event, position)?;
                return again.ok_or(ServiceError::IdTaken { id, position });
            }
            Err(error) => return Err(error.into()),
        };
        let position = receipt.events[0].position;
        if receipt.events[0].is_repeat {
            let gone = || self.cache.unreadable(position, &"it is not what was appended");
            return Ok(self.ingested_before(event, position)?.ok_or_else(gone)?);
        }
        let stored = stored(new, &receipt);
        let decision = self.fold_appended(&slot, &stored, &receipt)?;
        Ok(self.told(decision, position, false, |it| it.outcome_of(event))?)
    }

    /// The first answer to an event that stands at a position, unless another one stands there.
    fn ingested_before(
        &self,
        event: &Event<'_>,
        position: Position,
    ) -> Result<Option<Recorded<Outcome>>, StoreError> {
        let decision = self.recalled(position, |there| there == event)?;
        let told = |decision| self.told(decision, position, true, |it| it.outcome_of(event));
        decision.map(told).transpose()
    }
}
