//! Every law holds of the core, on everything generated.

use tallyfold_core::{CatalogChange, CatalogEvent, Event, Ledger, Preset, Rulebook};
use tallyfold_testkit::model::Model;
use tallyfold_testkit::{Audit, Fold, History, Law, Service, agree, laws, scenario};

fn core() -> Box<dyn Service> {
    Box::new(Ledger::default())
}

/// Fails with the smallest history that breaks a law.
fn complain(law: &'static Law, history: History) -> ! {
    let breaks = |events: &[Event<'static>]| law.check(&core, Rulebook::default(), events).is_err();
    let smallest = history.shrunk(breaks);
    let evidence = law.check(&core, Rulebook::default(), &smallest).unwrap_err();
    panic!("{}: {evidence}\n{}", law.name(), scenario(&smallest));
}

#[test]
fn the_laws_of_the_journal_hold() {
    for seed in 0..1_500 {
        let history = History::of_seed(seed, 20..=200);
        let fold = Fold::of(&core, &history);
        let audit = Audit::of(laws::all(), Rulebook::default(), &history, &fold);
        if let Some((law, _)) = audit.verdicts().find(|(_, evidence)| evidence.is_some()) {
            complain(law, history);
        }
    }
}

fn adopts_a_rulebook(event: &Event<'_>) -> bool {
    matches!(event, Event::Catalog(CatalogEvent { change: CatalogChange::RulebookAdopted(_), .. }))
}

#[test]
fn the_laws_hold_under_another_first_rulebook_if_they_are_told_it() {
    let first = Preset::Current.rulebook();
    let core = || Box::new(Ledger::builder().rulebook(first).build()) as Box<dyn Service>;
    let mut false_alarms = 0;
    for seed in 0..40 {
        let mut events = History::of_seed(seed, 20..=60).into_events();
        events.retain(|event| !adopts_a_rulebook(event));
        let history = History::new(events);
        for law in laws::all() {
            assert_eq!(law.check(&core, first, &history), Ok(()), "{}", law.name());
            false_alarms += u32::from(law.check(&core, Rulebook::default(), &history).is_err());
        }
    }
    assert!(false_alarms > 0, "the rulebook does not matter");
}

#[test]
fn the_laws_of_the_fold_hold() {
    for seed in 0..150 {
        let history = History::of_seed(seed, 10..=60);
        for law in laws::all().iter().filter(|law| !law.is_of_the_journal()) {
            if law.check(&core, Rulebook::default(), &history).is_err() {
                complain(law, history);
            }
        }
    }
}

fn model() -> Box<dyn Service> {
    Box::new(Model::new(Rulebook::default()))
}

#[test]
fn core_and_model_agree() {
    for seed in 0..1_000 {
        let history = History::of_seed(seed, 20..=200);
        if agree(&model, &core, &history).is_err() {
            let smallest = history.shrunk(|events| agree(&model, &core, events).is_err());
            let evidence = agree(&model, &core, &smallest).unwrap_err();
            panic!("{evidence}\n{}", scenario(&smallest));
        }
    }
}

#[test]
fn the_laws_hold_of_the_model_too() {
    for seed in 1_000..1_040 {
        let history = History::of_seed(seed, 10..=40);
        for law in laws::all() {
            assert_eq!(
                law.check(&model, Rulebook::default(), &history),
                Ok(()),
                "{} {history:?}",
                law.name()
            );
        }
    }
}

#[test]
fn threads_change_nothing() {
    for seed in 0..50 {
        let history = History::of_seed(seed, 100..=200);
        let whole = Fold::of(&core, &history);
        let alone = |account: &'static str| {
            let is_theirs = |event: &&Event<'static>| match event {
                Event::Account(event) => &*event.account == account,
                Event::Catalog(_) => true,
            };
            let theirs: Vec<_> = history.iter().filter(is_theirs).cloned().collect();
            std::thread::spawn(move || Fold::of(&core, &theirs))
        };
        for (account, thread) in ["acme", "globex"].map(|account| (account, alone(account))) {
            let alone = thread.join().unwrap();
            assert_eq!(whole.journals().get(account), alone.journals().get(account));
        }
    }
}

/// Longer logs are left to the laws of the journal here.
const SHORT: usize = 120;

#[test]
fn the_laws_hold_of_the_conformance_logs() {
    for log in crate::conformance::cases().into_iter().map(|case| case.log) {
        let is_short = log.events.len() <= SHORT;
        for law in laws::all().iter().filter(|law| law.is_of_the_journal() || is_short) {
            assert_eq!(
                law.check(&core, Rulebook::default(), &log.events),
                Ok(()),
                "{} of {}",
                law.name(),
                log.name
            );
        }
    }
}
