//! What the packages promise to somebody outside: embed, replay, verify.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use serde_json::Value;
use tallyfold::engine::{Log, Replay};
use tallyfold::event::{PackPurchased, RatePublished, Rulebook};
use tallyfold::journal::Record;
use tallyfold::testkit::{History, Service, laws, service_test};
use tallyfold::{Event, Finding, Timestamp, Tokens};
use tallyfold_conformance::{CASES, logs};

use outside::{ByProduct, Doors};

#[test]
fn it_embeds_the_ledger() {
    let monday: Timestamp = "2026-01-05T09:00:00Z".parse().unwrap();
    let mut doors = Doors::default();
    doors.take(&RatePublished::per_day("library", 7).unwrap().from(monday)).unwrap();
    doors.take(&PackPurchased::new("P1", 10).unwrap().on("acme", monday).unwrap()).unwrap();
    assert_eq!(doors.price("acme", "ana", "library", monday), Some(Tokens::whole(7)));
    doors.take(&Doors::open("s1", "acme", "ana", "library", monday).unwrap()).unwrap();
    assert_eq!(doors.price("acme", "ana", "library", monday), Some(Tokens::ZERO));
    assert_eq!(doors.price("acme", "ben", "library", monday), None, "3 tokens are left");
}

/// What a journal says was charged, by product.
fn charged(journal: &str) -> BTreeMap<String, Tokens> {
    let mut sums = BTreeMap::new();
    for line in journal.lines() {
        let entry: Value = serde_json::from_str(line).unwrap();
        if entry["entry"] == "charged" {
            let product = entry["product"].as_str().unwrap().to_owned();
            let tokens: Tokens = serde_json::from_value(entry["tokens"].clone()).unwrap();
            *sums.entry(product).or_default() += tokens;
        }
    }
    sums
}

#[test]
fn it_replays_logs_with_a_consumer_of_its_own() {
    for case in CASES {
        let as_of = case.as_of.map(|at| at.parse::<Timestamp>().unwrap());
        for threads in [1, 3] {
            let replay = Replay::of(Log::bytes(case.log)).as_of(as_of);
            let threads = NonZeroUsize::new(threads).unwrap();
            let run = replay.threads(threads).run(ByProduct::default).unwrap();
            assert_eq!(run.consumer.0, charged(case.journal), "{}", case.name);
        }
    }
    assert!(logs().any(|case| !charged(case.journal).is_empty()));
}

impl Service for TestedDoors {
    fn apply(
        &mut self,
        event: &Event<'_>,
        journal: &mut Vec<Record<'static>>,
    ) -> Result<(), Finding> {
        let before = self.0.journal.len();
        let outcome = self.0.take(event);
        journal.extend_from_slice(&self.0.journal[before..]);
        outcome
    }

    fn settled(&self, at: Option<Timestamp>) -> Vec<Record<'static>> {
        self.0.ledger.settled(at)
    }
}

/// The service, for the laws.
#[derive(Debug, Default)]
struct TestedDoors(Doors);

service_test!(it_agrees_with_the_model, TestedDoors);

#[test]
fn it_keeps_the_laws() {
    let start = || Box::new(TestedDoors::default()) as Box<dyn Service>;
    for seed in 0..20 {
        let history = History::of_seed(seed, 20..=60);
        for law in laws::all() {
            let held = law.check(&start, Rulebook::default(), &history);
            assert_eq!(held, Ok(()), "{}", law.name());
        }
    }
}

/// A service that forgets what every third event caused.
#[derive(Debug, Default)]
struct Forgetful(TestedDoors, u64);

impl Service for Forgetful {
    fn apply(
        &mut self,
        event: &Event<'_>,
        journal: &mut Vec<Record<'static>>,
    ) -> Result<(), Finding> {
        let mut decided = Vec::new();
        let outcome = self.0.apply(event, &mut decided);
        self.1 += 1;
        if self.1 % 3 != 0 {
            journal.append(&mut decided);
        }
        outcome
    }

    fn settled(&self, at: Option<Timestamp>) -> Vec<Record<'static>> {
        self.0.settled(at)
    }
}

#[test]
fn a_service_that_forgets_breaks_a_law() {
    let start = || Box::new(Forgetful::default()) as Box<dyn Service>;
    let breaks = |seed| {
        let history = History::of_seed(seed, 20..=60);
        laws::all().iter().any(|law| law.check(&start, Rulebook::default(), &history).is_err())
    };
    assert!((0..20).any(breaks));
}
