//! The journal of all accounts, delivered at least once: for billing, for one.

#[cfg(doc)]
use tallyfold_core::spec::*;

use std::fmt;
use std::time::Duration;

use serde::Serialize;
use tallyfold_core::Record;

use super::LedgerService;
use super::follower::Follower;
use crate::error::{DeliveryError, StoreError};
use crate::place::Position;

/// Which entry of the journal it is, for ever: the event that decided it, and the place among all entries
/// of that event. So an order, that of the log; and what a consumer remembers that must not do a thing twice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct EntryId {
    /// Where the event stands in the log.
    pub position: Position,
    /// 1 for the first entry that was decided for the event, timers that fired before it included.
    pub place: u64,
}

impl fmt::Display for EntryId {
    /// `17.1`, and the same for ever: it may be kept as a text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.position, self.place)
    }
}

/// An entry of the journal, and which one it is.
///
/// As JSON it is the line of the journal with `position` and `place` before it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct JournalEntry {
    /// Which entry it is.
    #[serde(flatten)]
    pub id: EntryId,
    /// The entry, its account and its instant.
    #[serde(flatten)]
    pub record: Record<'static>,
}

/// The journal of all accounts, for one named consumer: [`LedgerService::journal`].
///
/// Every entry that an event decided is delivered at least once, in the order of the log: what a replay of
/// the log writes, entry for entry. A checkpoint is kept after each page of the log, and where the consumer
/// does not take an entry. After a crash the entries since the checkpoint come again, each with the
/// [id](EntryId) that it had.
///
/// What timers decide ([T3]) is delivered with the next event of their account, which fires them: until
/// then an event may still come that makes it otherwise. No charge waits for that: charges are made by events.
/// To hear of packs that are about to expire without an event, see [`LedgerService::notices`].
pub struct Journal<'a> {
    follower: Follower<'a>,
    /// The last entry that was taken; those of its event up to it do not come again.
    taken: EntryId,
}

impl LedgerService {
    /// Goes on with the journal where this consumer stopped; a new one is told of all that ever happened. A
    /// consumer of the journal and a subscriber of notices may have the same name.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::time::Duration;
    /// use tallyfold_core::*;
    /// use tallyfold_store::*;
    ///
    /// let store = Arc::new(MemoryStore::default());
    /// let service = LedgerService::new(store, ServiceSettings::default());
    /// service.publish(None, RatePublished::per_day("AutoCAD", 7)?)?;
    /// service.purchase("acme", None, PackPurchased::new("P1", 100)?)?;
    /// service.open_session("acme", None, SessionOpened::new("s1", "ana", "AutoCAD")?)?;
    /// let mut bills = Vec::new();
    /// service.journal("billing")?.deliver(Duration::ZERO, |entry| {
    ///     if let Entry::Charged(charged) = &entry.record.entry {
    ///         bills.push((entry.id.to_string(), charged.tokens));
    ///     }
    ///     Ok::<(), std::io::Error>(())
    /// })?;
    /// assert_eq!(bills, [("3.1".to_owned(), Tokens::whole(7))]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn journal(&self, consumer: &str) -> Result<Journal<'_>, StoreError> {
        let follower = Follower::of(self, &format!("{consumer}, journal"))?;
        Ok(Journal { follower, taken: EntryId::default() })
    }
}

impl Journal<'_> {
    /// Delivers entries up to the end of the log; waits at most so long for the first event. Answers how
    /// many were delivered.
    ///
    /// # Errors
    ///
    /// [`DeliveryError`]. The entry that was not taken is the next that comes.
    pub fn deliver<E>(
        &mut self,
        at_most: Duration,
        mut take: impl FnMut(&JournalEntry) -> Result<(), E>,
    ) -> Result<u64, DeliveryError<E>> {
        let Journal { follower, taken } = self;
        follower.deliver(at_most, |event, journal| {
            let mut delivered = 0;
            for (place, record) in (1..).zip(journal) {
                let entry =
                    JournalEntry { id: EntryId { position: event.position, place }, record };
                if entry.id > *taken {
                    take(&entry).map_err(DeliveryError::Subscriber)?;
                    *taken = entry.id;
                    delivered += 1;
                }
            }
            Ok(delivered)
        })
    }
}

impl fmt::Debug for Journal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Journal").field("taken", &self.taken).finish_non_exhaustive()
    }
}
