//! What consumers are handed.

use std::collections::BTreeMap;

use tallyfold_core::{BoxedConsumer, Consumer, Event, FoldedEvent, Record};
use tallyfold_engine::{Log, Replay};

use crate::logs::{log, threads};

/// For each line, how many records came before its event and after the one before.
#[derive(Debug, Default, PartialEq)]
struct Caused {
    pending: u64,
    lines: BTreeMap<u64, (u64, bool)>,
    catalog: u64,
}

impl Consumer for Caused {
    const EVENTS: bool = true;

    fn record(&mut self, _: &Record<'_>) {
        self.pending += 1;
    }

    fn event(&mut self, it: &FoldedEvent<'_, '_>) {
        if it.is_shared {
            return;
        }
        self.catalog += u64::from(matches!(it.event, Event::Catalog(_)));
        self.lines.insert(it.line, (std::mem::take(&mut self.pending), it.rejection.is_some()));
    }

    fn merge(&mut self, later: Caused) {
        self.pending += later.pending;
        self.lines.extend(later.lines);
        self.catalog += later.catalog;
    }
}

#[test]
fn a_consumer_is_told_which_line_caused_what() {
    let log = log(30);
    let of = |count| Replay::of(Log::bytes(&log)).threads(threads(count)).run(Caused::default);
    let one = of(1).unwrap();
    assert_eq!(one.consumer.lines.len() as u64, one.event_count());
    let rejected = one.consumer.lines.values().filter(|(_, rejected)| *rejected).count() as u64;
    let malformed = one.findings().counts().values().sum::<u64>() - rejected;
    assert!(rejected > 0 && malformed > 0 && one.consumer.catalog > 0);
    for (records, rejected) in one.consumer.lines.values() {
        assert!(!rejected || *records == 0, "a finding wrote something");
    }
    for count in [2, 3] {
        assert_eq!(of(count).unwrap().consumer, one.consumer, "on {count} threads");
    }
}

type Journal = Vec<Record<'static>>;

fn by_account(journal: Journal) -> BTreeMap<String, Journal> {
    let mut accounts = BTreeMap::<String, Journal>::new();
    for record in journal {
        accounts.entry(record.account.to_string()).or_default().push(record);
    }
    accounts
}

#[test]
fn consumers_compose() {
    let log = log(20);
    let replay = || Replay::of(Log::bytes(&log)).threads(threads(2));
    let alone = by_account(replay().run(Journal::new).unwrap().consumer);
    let composed = || (Some(Journal::new()), None::<Caused>, BoxedConsumer::new(Journal::new()));
    let (some, none, boxed) = replay().run(composed).unwrap().consumer;
    assert_eq!(by_account(some.unwrap()), alone);
    assert_eq!(none, None);
    assert_eq!(by_account(boxed.into_inner::<Journal>().unwrap()), alone);
    let caused = replay().run(|| BoxedConsumer::new(Caused::default())).unwrap();
    let caused = caused.consumer.into_inner::<Caused>().unwrap();
    assert_eq!(caused, replay().run(Caused::default).unwrap().consumer);
    let mut mine = Journal::new();
    let run = Replay::of(Log::bytes(&log)).in_log_order();
    let _run = run.fold(&mut mine, || unreachable!("there is one part")).unwrap().settle();
    assert_eq!(by_account(mine), alone);
}
