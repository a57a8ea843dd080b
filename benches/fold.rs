//! What the fold of a log costs alone, its events being in memory already.
//!
//! `cargo bench -p tallyfold-benches --bench fold -- LOG` prints nanoseconds per event. The events
//! are parsed some at a time, and the clock runs only while they are folded.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use tallyfold_core::{Event, Ledger};
use tallyfold_log::Lines;

/// How many events are in memory at once.
const EVENTS: usize = 1_024;

fn main() {
    let Some(path) = std::env::args().nth(1).filter(|word| !word.starts_with("--")) else {
        return println!("name a log");
    };
    let log = std::fs::read(PathBuf::from(&path)).expect("the log can be read");
    let (mut ledger, mut spent, mut folded) = (Ledger::default(), Duration::ZERO, 0);
    let mut lines = Lines::new(&log).filter_map(|line| line.event.ok());
    loop {
        let events: Vec<Event<'_>> = lines.by_ref().take(EVENTS).collect();
        if events.is_empty() {
            break;
        }
        let started = Instant::now();
        ledger.apply_all((0..).zip(&events), &mut ());
        spent += started.elapsed();
        folded += events.len() as u128;
    }
    println!("{}", spent.as_nanos() / folded.max(1));
}
