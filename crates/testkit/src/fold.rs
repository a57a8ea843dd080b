//! A log folded: what each event did, in log order.

#[cfg(doc)]
use tallyfold_core::spec::*;

use std::collections::BTreeMap;

use tallyfold_core::{Event, Finding, Record, Timestamp};

use crate::laws::Evidence;
use crate::laws::fold::{accounts, same_entries, same_turns};
use crate::model::SettledAccount;
use crate::service::{Service, Start};

/// What a service made of a log: a turn for each event, and what settling wrote at the end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fold {
    /// What each event did, in log order.
    pub turns: Vec<Turn>,
    /// What the timers wrote that were due at the end ([T6]).
    pub settled: Vec<Record<'static>>,
    /// The accounts as they are at the end, where the service states them.
    pub accounts: Vec<SettledAccount>,
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
        settle_at: Option<Timestamp>,
    ) -> Fold {
        let turns = events.iter().map(|event| turn(service.as_mut(), event)).collect();
        let accounts = accounts(events).into_iter().filter_map(|name| service.account(name));
        Fold { turns, settled: service.settled(settle_at), accounts: accounts.collect() }
    }

    /// All entries in order.
    pub fn journal(&self) -> impl Iterator<Item = &Record<'static>> {
        self.turns.iter().flat_map(|turn| &turn.entries).chain(&self.settled)
    }

    /// The entries of each account, in order.
    #[must_use]
    pub fn journals(&self) -> BTreeMap<&str, Vec<&Record<'static>>> {
        let mut journals = BTreeMap::<&str, Vec<_>>::new();
        for record in self.journal() {
            journals.entry(&record.account).or_default().push(record);
        }
        journals
    }
}

/// Applies one event.
pub(crate) fn turn(service: &mut dyn Service, event: &Event<'_>) -> Turn {
    let mut entries = Vec::new();
    let result = service.apply(event, &mut entries);
    Turn { result, entries }
}

/// Whether two services make the same of a log: every finding and every entry, in order, and what
/// accounts are at the end where both state it.
///
/// ```
/// use tallyfold_core::{Ledger, Rulebook};
/// use tallyfold_testkit::{History, agree, model::Model};
///
/// let model = || Box::new(Model::new(Rulebook::default())) as Box<_>;
/// let history = History::of_seed(1, 20..=200);
/// agree(&model, &|| Box::new(Ledger::default()), &history)?;
/// # Ok::<(), tallyfold_testkit::Evidence>(())
/// ```
///
/// # Errors
///
/// [`Evidence`] of the first difference: what `other` says that `one` does not.
pub fn agree(one: Start<'_>, other: Start<'_>, events: &[Event<'_>]) -> Result<(), Evidence> {
    let (one, other) = (Fold::of(one, events), Fold::of(other, events));
    same_turns(&one.turns, &other.turns, "by the other")?;
    same_entries(&one.settled, &other.settled, "settled by the other")?;
    let both_state = !one.accounts.is_empty() && !other.accounts.is_empty();
    if both_state && one.accounts != other.accounts {
        let says = format!("the other states {:?}, not {:?}", other.accounts, one.accounts);
        return Err(Evidence::new(says, []));
    }
    Ok(())
}
