//! Any steps as a history: core and naive model agree on it, and no law of the journal is broken.

use tallyfold_core::{Event, Ledger, Rulebook};
use tallyfold_testkit::model::Model;
use tallyfold_testkit::{
    Audit, Evidence, Fold, History, Service, Step, agree, events_of, laws, scenario,
};

/// How many steps are taken.
const STEPS: usize = 300;

/// Takes every eight bytes as a step, and compares core, model and laws on what comes of them.
pub fn history(bytes: &[u8]) {
    let (steps, _) = bytes.as_chunks();
    let steps: Vec<Step> = steps.iter().take(STEPS).copied().map(Step::from).collect();
    let history = History::new(events_of(&steps));
    if let Err(evidence) = check(&history) {
        let smallest = history.shrunk(|events| check(events).is_err());
        panic!("{evidence}\n{}", scenario(&smallest));
    }
}

fn check(events: &[Event<'static>]) -> Result<(), Evidence> {
    agree(&model, &core, events)?;
    Audit::of(laws::all(), Rulebook::default(), events, &Fold::of(&core, events)).outcome()
}

fn core() -> Box<dyn Service> {
    Box::new(Ledger::default())
}

fn model() -> Box<dyn Service> {
    Box::new(Model::new(Rulebook::default()))
}
