//! The long run: core against model, and every law of the journal, on as many histories as wanted.
//!
//! `cargo run --release -p tallyfold-testkit --example long_run -- FIRST_SEED COUNT`
//!
//! Stops at the first difference, and prints the smallest history that shows it.

use std::process::ExitCode;
use std::time::Instant;

use tallyfold_core::{Event, Ledger, Rulebook};
use tallyfold_testkit::model::Model;
use tallyfold_testkit::{Audit, Coverage, Evidence, Fold, History, Service, agree, laws, scenario};

/// The seeds of a history have so many events.
const EVENTS: std::ops::RangeInclusive<usize> = 20..=200;
/// After so many histories it says how far it is.
const PROGRESS: u64 = 50_000;

fn core() -> Box<dyn Service> {
    Box::new(Ledger::default())
}

fn model() -> Box<dyn Service> {
    Box::new(Model::new(Rulebook::default()))
}

/// Compares, audits and counts one history.
fn check(events: &[Event<'static>], coverage: &mut Coverage) -> Result<(), Evidence> {
    agree(&model, &core, events)?;
    let fold = Fold::of(&core, events);
    coverage.add_fold(&fold);
    Audit::of(laws::all(), Rulebook::default(), events, &fold).outcome()
}

fn main() -> ExitCode {
    let mut numbers = std::env::args().skip(1).map(|argument| argument.parse::<u64>());
    let (Some(Ok(first)), Some(Ok(count))) = (numbers.next(), numbers.next()) else {
        eprintln!("usage: long_run FIRST_SEED COUNT");
        return ExitCode::from(2);
    };
    let (began, mut coverage) = (Instant::now(), Coverage::default());
    for (done, seed) in (1..).zip(first..first.saturating_add(count)) {
        let history = History::of_seed(seed, EVENTS);
        if let Err(evidence) = check(&history, &mut coverage) {
            let fails =
                |events: &[Event<'static>]| check(events, &mut Coverage::default()).is_err();
            println!("seed {seed}: {evidence}\n{}", scenario(&history.shrunk(fails)));
            return ExitCode::FAILURE;
        }
        if done % PROGRESS == 0 {
            let seconds = began.elapsed().as_secs();
            println!("{done} histories, {} events, {seconds} s", coverage.event_count());
        }
    }
    println!("{coverage}{count} histories from seed {first} agree, in {:?}", began.elapsed());
    ExitCode::SUCCESS
}
