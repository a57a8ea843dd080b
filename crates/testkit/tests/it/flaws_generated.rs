//! Each flaw of the model, and the first generated history in which a law, or the comparison with
//! the core, notices it.

use std::fmt::Write;

use tallyfold_core::{Ledger, LogFold, Rulebook};
use tallyfold_testkit::model::{Flaw, Model};
use tallyfold_testkit::{History, Service, agree, laws};

/// Within so many histories every flaw has to be noticed.
const HISTORIES: u64 = 1_000;

/// Set to search anew and write the table; that takes minutes.
pub(crate) const BLESS: &str = "TALLYFOLD_BLESS";

/// What notices a flaw in a history: the first law of the journal that it breaks, or else the
/// comparison with the core, or as-of.
fn noticed_by(flaw: Flaw, seed: u64) -> Option<&'static str> {
    let history = History::of_seed(seed, 20..=200);
    let flawed = || Box::new(Model::new(Rulebook::default()).with_flaw(flaw)) as Box<dyn Service>;
    let core = || Box::new(Ledger::default()) as Box<dyn Service>;
    if agree(&core, &flawed, &history).is_err() {
        let journal_laws = laws::all().iter().filter(|law| law.is_of_the_journal());
        let mut broken =
            journal_laws.filter(|law| law.check(&flawed, Rulebook::default(), &history).is_err());
        return Some(broken.next().map_or("the-model-agrees", |law| law.name()));
    }
    let as_of = laws::named("as-of-is-the-journal-until-then").unwrap();
    let is_noticed = as_of.check(&flawed, Rulebook::default(), &history).is_err()
        || is_late_forgotten(flaw, &history);
    is_noticed.then_some(as_of.name())
}

/// T6: whether a replay as of the middle of a history finds something else late than the core.
fn is_late_forgotten(flaw: Flaw, history: &History) -> bool {
    let as_of = history[history.len() / 2].at();
    let of_model = Model::new(Rulebook::default()).with_flaw(flaw).replay(history, Some(as_of));
    let mut of_core = LogFold::new(Ledger::default(), Some(as_of));
    let findings = history.iter().enumerate().filter_map(|(place, event)| {
        of_core.apply(event, &mut ()).err().map(|finding| (place, finding))
    });
    !findings.eq(of_model.findings)
}

fn searched() -> String {
    let mut table = String::new();
    for &flaw in Flaw::ALL {
        let first = (0..HISTORIES).find_map(|seed| Some((noticed_by(flaw, seed)?, seed)));
        let (by, seed) = first.map_or(("NOTHING", HISTORIES), |first| first);
        writeln!(table, "{} | {flaw:?} | {by} | {seed}", flaw.rule()).unwrap();
    }
    table
}

#[test]
fn every_flaw_is_noticed_in_the_generated_history_of_the_table() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/flaws_generated.txt");
    if std::env::var_os(BLESS).is_some() {
        std::fs::write(path, searched()).unwrap();
    }
    let table = std::fs::read_to_string(path).unwrap();
    assert_eq!(table.lines().count(), Flaw::ALL.len());
    for (line, flaw) in table.lines().zip(Flaw::ALL) {
        let [_, name, by, seed] = line.split(" | ").collect::<Vec<_>>()[..] else {
            panic!("{line}");
        };
        assert_eq!(name, format!("{flaw:?}"));
        if by != "NOTHING" {
            assert_eq!(noticed_by(*flaw, seed.parse().unwrap()), Some(by), "{line}");
        }
    }
}
