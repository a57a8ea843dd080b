//! Every law holds of the core, on everything generated.

use tallyfold_core::{Event, Ledger, Rulebook};
use tallyfold_testkit::{Audit, Fold, History, Law, Service, laws, scenario};

fn core() -> Box<dyn Service> {
    Box::new(Ledger::default())
}

/// Fails with the smallest history that breaks a law.
fn complain(law: &'static Law, history: History) -> ! {
    let breaks = |events: &[Event<'static>]| law.check(&core, events).is_err();
    let smallest = history.shrunk(breaks);
    let evidence = law.check(&core, &smallest).unwrap_err();
    panic!("{}: {evidence}\n{}", law.name(), scenario(&smallest));
}

#[test]
fn the_laws_of_the_journal_hold() {
    for seed in 0..1_500 {
        let history = History::of_seed(seed, 20..=200);
        let fold = Fold::of(&core, &history);
        let mut audit = Audit::new(laws::all(), Rulebook::default());
        for ((line, event), turn) in (1..).zip(&*history).zip(&fold.turns) {
            audit.see(line, event, turn.result, &turn.entries);
        }
        audit.settle(&fold.settled);
        if let Some((law, _)) = audit.verdicts().find(|(_, evidence)| evidence.is_some()) {
            complain(law, history);
        }
    }
}

#[test]
fn the_laws_of_the_fold_hold() {
    for seed in 0..150 {
        let history = History::of_seed(seed, 10..=60);
        for law in laws::all().iter().filter(|law| !law.is_of_the_journal()) {
            if law.check(&core, &history).is_err() {
                complain(law, history);
            }
        }
    }
}
