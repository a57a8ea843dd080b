//! Core and model agree after every single event, not only at the end of a log.

use tallyfold_core::{Event, Ledger, Rulebook};
use tallyfold_testkit::model::{Model, SettledAccount};

use crate::conformance::cases;
use crate::histories::histories;

/// Beyond that many events, asking for every account after each of them takes too long.
const LONGEST: usize = 1_000;

fn agree_after_every_event(name: &str, events: &[Event<'_>]) {
    let (mut ledger, mut model) = (Ledger::default(), Model::new(Rulebook::default()));
    for (place, event) in events.iter().enumerate() {
        let (mut of_core, mut of_model) = (Vec::new(), Vec::new());
        let checked = ledger.check(event);
        let finding = ledger.apply(event, &mut of_core);
        assert_eq!(checked, finding, "the check of event {place} of {name}");
        assert_eq!(finding, model.apply(event, &mut of_model), "event {place} of {name}");
        assert_eq!(of_core, of_model, "journal of event {place} of {name}");
        let settled = ledger.accounts().map(|account| SettledAccount::from(account.now()));
        let mut settled: Vec<_> = settled.collect();
        settled.sort_by(|one, other| one.account.cmp(&other.account));
        assert_eq!(settled, model.accounts(), "accounts after event {place} of {name}");
    }
}

#[test]
fn core_and_model_agree_after_every_event() {
    let logs = cases().into_iter().map(|case| case.log).chain(histories());
    for log in logs.filter(|log| log.events.len() <= LONGEST) {
        agree_after_every_event(&log.name, &log.events);
    }
}

#[test]
fn core_and_model_agree_on_every_replay() {
    for log in cases().into_iter().map(|case| case.log) {
        assert_eq!(log.outcome_of_core(), log.outcome_of_model(), "{}", log.name);
    }
}
