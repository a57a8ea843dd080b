//! As-of in one pass answers what two folds answer: one of the whole log, which tells what is late,
//! and one that stops at the instant (T6).

use proptest::prelude::*;
use tallyfold_core::{Event, Finding, Ledger, LogFold, Record, Timestamp};
use tallyfold_testkit::History;

use crate::logs::{line_by_line, log, replayed, threads, without_messages};

/// What is found of each event within the as-of, the journal, and the accounts.
type Answer = (Vec<Option<Finding>>, Vec<Record<'static>>, Vec<String>);

fn in_two_passes(events: &[Event<'static>], at: Timestamp) -> Answer {
    let (mut whole, mut until) = (Ledger::default(), Ledger::default());
    let (mut findings, mut journal) = (Vec::new(), Vec::new());
    for event in events {
        let in_whole = whole.apply(event, &mut ());
        if event.at() <= at {
            let found = in_whole.and_then(|()| until.apply(event, &mut journal));
            findings.push(found.err());
        }
    }
    let mut settled = LogFold::new(until, Some(at));
    settled.settle(&mut journal);
    (findings, journal, accounts(&settled))
}

fn in_one_pass(events: &[Event<'static>], at: Timestamp) -> Answer {
    let mut fold = LogFold::new(Ledger::default(), Some(at));
    let (mut findings, mut journal) = (Vec::new(), Vec::new());
    for event in events {
        let found = fold.apply(event, &mut journal);
        if event.at() <= at {
            findings.push(found.err());
        } else {
            assert_eq!(found, Ok(()), "what is after the as-of is not reported");
        }
    }
    fold.settle(&mut journal);
    (findings, journal, accounts(&fold))
}

fn accounts(fold: &LogFold) -> Vec<String> {
    fold.accounts().map(|it| serde_json::to_string(&it).unwrap()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// In any order of lines.
    #[test]
    fn one_pass_answers_as_two(
        seed in 0..100_000_u64,
        cut in any::<prop::sample::Index>(),
        swaps in prop::collection::vec((any::<prop::sample::Index>(), 1..20_usize), 0..12),
    ) {
        let mut events = History::of_seed(seed, 20..=120).into_events();
        let mut instants: Vec<Timestamp> = events.iter().map(Event::at).collect();
        instants.sort();
        let at = *cut.get(&instants);
        for (index, distance) in swaps {
            let one = index.index(events.len());
            let other = (one + distance).min(events.len() - 1);
            events.swap(one, other);
        }
        prop_assert_eq!(in_one_pass(&events, at), in_two_passes(&events, at));
    }
}

#[test]
fn as_of_is_the_same_on_any_number_of_threads() {
    let log = log(30);
    let first = line_by_line(&log, None).1;
    let at = first.lines().nth(first.lines().count() / 2).unwrap();
    let at: serde_json::Value = serde_json::from_str(at).unwrap();
    let at: Timestamp = at["at"].as_str().unwrap().parse().unwrap();
    let (result, journal) = line_by_line(&log, Some(at));
    for count in [1, 2, 3] {
        let replayed = replayed(&log, |it| it.as_of(at).threads(threads(count)));
        assert_eq!(without_messages(&replayed.0), without_messages(&result));
        assert!(replayed.1 == journal, "on {count} threads");
    }
}
