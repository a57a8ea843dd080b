//! Whether the clock goes on from where services of this store left it.

use tallyfold_core::{Span, Timestamp};

use super::LedgerService;
use crate::error::StoreError;
use crate::place::Position;

/// The name under which it is kept what time it was last, in nanoseconds since 1970.
const LAST_SEEN: &str = "clock of the services";

impl LedgerService {
    /// Whether the clock can be right: not behind what services of this store saw before, and not
    /// more than `most_ahead` after it. To be asked before anything is served; a bad clock would
    /// otherwise expire packs, and freeze accounts until its time has come.
    ///
    /// What was seen is the last event that a service recorded, and what
    /// [`LedgerService::accept_clock`] noted. Imported events say nothing: they may be of any age.
    ///
    /// # Errors
    ///
    /// [`StoreError::WrongClock`] where it cannot be; where it is right all the same, accept it.
    pub fn check_clock(&self, most_ahead: Span) -> Result<(), StoreError> {
        let (now, Some(seen)) = (self.store.now()?, self.last_seen()?) else { return Ok(()) };
        let problem = if now > seen + most_ahead {
            format!(
                "it says {now}, which is {} after this store was last in use, at {seen}",
                days(now - seen)
            )
        } else if now + TOLERANCE < seen {
            format!("it says {now}, which is before this store was last in use, at {seen}")
        } else {
            return Ok(());
        };
        Err(StoreError::WrongClock { store: self.store.name(), problem })
    }

    /// Notes that the clock is right: whatever it says is where the next service goes on. To be done
    /// when a service starts, and every now and then while it runs, so that a time without events is
    /// not taken for a clock that is ahead.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub fn accept_clock(&self) -> Result<(), StoreError> {
        let nanos = u64::try_from(self.store.now()?.unix_nanos()).unwrap_or_default();
        self.store.move_checkpoint(LAST_SEEN, Position::new(nanos))
    }

    /// When services of this store were last in use, as far as it is known.
    fn last_seen(&self) -> Result<Option<Timestamp>, StoreError> {
        let noted = i64::try_from(self.store.checkpoint(LAST_SEEN)?.get()).unwrap_or(i64::MAX);
        let noted = Some(noted).filter(|nanos| *nanos > 0).map(Timestamp::from_unix_nanos);
        let noted = noted.map(|noted| noted.unwrap_or(Timestamp::LATEST));
        let appended = self.store.last_appended()?;
        let recorded = appended.and_then(|it| it.event().ok().map(|event| event.at()));
        Ok(noted.max(recorded))
    }
}

/// How far apart the clocks of machines that share a store may be.
const TOLERANCE: Span = Span::minutes(1);

fn days(span: Span) -> String {
    let hours = span.nanos() / Span::hours(1).nanos();
    format!("{} days and {} hours", hours / 24, hours % 24)
}
