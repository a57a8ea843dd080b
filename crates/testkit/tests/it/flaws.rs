//! Each flaw of the model, and the first log that notices it: a conformance case, or a history
//! that was made for it.

use std::fmt::Write;

use tallyfold_core::Rulebook;
use tallyfold_testkit::model::{Flaw, Model, Outcome};

use crate::conformance::cases;
use crate::histories::histories;
use crate::log::Log;

/// The first log of which a flawed model makes something else than the sound one.
fn first_killer(flaw: Flaw, logs: &[(Log, Outcome)]) -> Option<&str> {
    let flawed = Model::new(Rulebook::default()).with_flaw(flaw);
    let notices = |(log, sound): &&(Log, Outcome)| log.outcome(flawed.clone()) != *sound;
    logs.iter().find(notices).map(|(log, _)| log.name.as_str())
}

#[test]
fn every_flaw_is_noticed_first_by_the_log_in_the_table() {
    let conformance = cases().into_iter().map(|case| case.log);
    let logs = conformance.chain(histories()).map(|log| {
        let sound = log.outcome_of_model();
        (log, sound)
    });
    let logs: Vec<_> = logs.collect();
    let mut table = String::new();
    for &flaw in Flaw::ALL {
        let killer = first_killer(flaw, &logs).unwrap_or("NOTHING");
        writeln!(table, "{} | {flaw:?} | {killer}", flaw.rule()).unwrap();
    }
    println!("{table}");
    assert!(table == include_str!("flaws.txt"), "flaws.txt should be:\n{table}");
    assert!(!table.contains("NOTHING"), "a flaw goes unnoticed");
}
