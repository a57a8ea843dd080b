//! What is generated reaches everything, is the same everywhere, and shrinks.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};
use tallyfold_core::{Entry, Ledger, Record};
use tallyfold_log::{LogReader, write_event};
use tallyfold_testkit::{Coverage, History, dirty_log, event, history, scenario, valid_history};

fn runner() -> TestRunner {
    TestRunner::deterministic()
}

#[test]
fn no_entry_reason_refusal_or_finding_is_absent() {
    let mut coverage = Coverage::default();
    (0..2_000).for_each(|seed| coverage.add(&History::of_seed(seed, 20..=200)));
    println!("{coverage}");
    assert_eq!(coverage.absent().collect::<Vec<_>>(), Vec::<&str>::new());
    assert_eq!(coverage.unlisted().collect::<Vec<_>>(), Vec::<&str>::new());
}

#[test]
fn strategies_reach_what_seeds_reach() {
    let (mut coverage, mut runner) = (Coverage::default(), runner());
    for _ in 0..400 {
        coverage.add(&history(60..100).new_tree(&mut runner).unwrap().current());
    }
    let absent: Vec<_> = coverage.absent().collect();
    assert!(absent.len() <= 3, "{absent:?}");
}

#[test]
fn a_valid_history_has_no_finding() {
    let mut runner =
        TestRunner::new_with_rng(Config::with_cases(64), TestRunner::deterministic().rng().clone());
    runner
        .run(&valid_history(0..60), |history| {
            let mut ledger = Ledger::default();
            for event in &*history {
                prop_assert_eq!(ledger.apply(event, &mut ()), Ok(()));
            }
            Ok(())
        })
        .unwrap();
}

#[test]
fn every_kind_of_event_is_generated_alone() {
    let mut runner = runner();
    let mut kinds = std::collections::BTreeSet::new();
    for _ in 0..2_000 {
        let event = event().new_tree(&mut runner).unwrap().current();
        let line = scenario(std::slice::from_ref(&event));
        let word = line.split(' ').find(|word| word.starts_with(char::is_uppercase));
        kinds.extend(word.map(|word| word.trim_end().to_owned()));
    }
    assert_eq!(kinds.len(), 17, "{kinds:?}");
}

#[test]
fn a_failing_history_shrinks_to_the_events_that_matter() {
    let mut runner = runner();
    let has_grace = |history: &History| {
        let (mut ledger, mut journal) = (Ledger::default(), Vec::<Record<'static>>::new());
        for event in &**history {
            let _ = ledger.apply(event, &mut journal);
        }
        journal
            .iter()
            .any(|record| matches!(&record.entry, Entry::Refunded(it) if it.note.is_none()))
    };
    for _ in 0..3 {
        let strategy = history(0..120).prop_filter("grace was given", has_grace);
        let mut tree = strategy.new_tree(&mut runner).unwrap();
        let mut smallest = tree.current();
        let mut go_on = tree.simplify();
        while go_on {
            let now = tree.current();
            if has_grace(&now) {
                smallest = now;
                go_on = tree.simplify();
            } else {
                go_on = tree.complicate();
            }
        }
        assert!(smallest.len() <= 9, "{smallest:?}");
        // A rulebook, a rate, a pack, an open and a close.
        let smallest = smallest.shrunk(|events| has_grace(&History::new(events.to_vec())));
        assert_eq!(smallest.len(), 5, "{smallest:?}");
    }
}

#[test]
fn dirty_logs_have_good_lines_and_malformed_ones() {
    let mut runner = runner();
    let (mut good, mut malformed) = (0, 0);
    for _ in 0..200 {
        let bytes = dirty_log(0..30).new_tree(&mut runner).unwrap().current();
        let mut reader = LogReader::new(&bytes[..]);
        while let Some(line) = reader.next_line().unwrap() {
            match line.event {
                Ok(_) => good += 1,
                Err(_) => malformed += 1,
            }
        }
    }
    assert!(good > 500 && malformed > 500, "{good} good, {malformed} malformed");
}

#[test]
fn generated_events_are_well_formed_lines() {
    for seed in 0..50 {
        let history = History::of_seed(seed, 20..=60);
        let mut log = Vec::new();
        history.iter().for_each(|event| write_event(&mut log, event).unwrap());
        let mut reader = LogReader::new(&log[..]);
        for event in &*history {
            assert_eq!(reader.next_line().unwrap().unwrap().event.as_ref(), Ok(event));
        }
    }
}
