//! A log folded: what each event did, in log order.

use tallyfold_core::{Event, Finding, Instant, Record};

use crate::service::{Service, Start};

/// What a service made of a log: a turn for each event, and what settling wrote at the end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fold {
    /// What each event did, in log order.
    pub turns: Vec<Turn>,
    /// What the timers wrote that were due at the end (T6).
    pub settled: Vec<Record<'static>>,
}

/// What one event did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    /// The finding, where the event could not be applied.
    pub result: Result<(), Finding>,
    /// What was written to the journal, timers that fired before the event included.
    pub entries: Vec<Record<'static>>,
}

impl Fold {
    /// Folds a log and settles each account at its clock.
    #[must_use]
    pub fn of(start: Start<'_>, events: &[Event<'_>]) -> Fold {
        Fold::with(start(), events, None)
    }

    /// Folds a log with a service and settles it.
    pub(crate) fn with(
        mut service: Box<dyn Service>,
        events: &[Event<'_>],
        settle_at: Option<Instant>,
    ) -> Fold {
        let turns = events.iter().map(|event| turn(service.as_mut(), event)).collect();
        Fold { turns, settled: service.settled(settle_at) }
    }

    /// All entries in order.
    pub fn journal(&self) -> impl Iterator<Item = &Record<'static>> {
        self.turns.iter().flat_map(|turn| &turn.entries).chain(&self.settled)
    }

    /// The entries of one account, in order.
    pub fn journal_of<'f>(&'f self, account: &'f str) -> impl Iterator<Item = &'f Record<'static>> {
        self.journal().filter(move |record| record.account == account)
    }
}

/// Applies one event.
pub(crate) fn turn(service: &mut dyn Service, event: &Event<'_>) -> Turn {
    let mut entries = Vec::new();
    let result = service.apply(event, &mut entries);
    Turn { result, entries }
}
