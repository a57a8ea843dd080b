//! Events that are looked up ahead of their turn are folded as one by one.

use std::iter;

use tallyfold_core::{Consumer, Event, Finding, FoldedEvent, Ledger, Record};
use tallyfold_log::Lines;

use crate::conformance::cases;

/// The journal, and the line of each event that could not be applied.
#[derive(Debug, Default, PartialEq)]
struct Told {
    journal: Vec<Record<'static>>,
    findings: Vec<(u64, Finding)>,
}

impl Consumer for Told {
    const EVENTS: bool = true;

    fn record(&mut self, record: &Record<'_>) {
        self.journal.record(record);
    }

    fn event(&mut self, it: &FoldedEvent<'_, '_>) {
        self.findings.extend(it.rejection.map(|rejection| (it.line, rejection.finding)));
    }

    fn merge(&mut self, later: Told) {
        self.journal.extend(later.journal);
        self.findings.extend(later.findings);
    }
}

#[test]
fn many_events_at_once_are_folded_as_one_by_one() {
    for case in cases() {
        let events: Vec<Event<'_>> =
            Lines::new(&case.log).filter_map(|line| line.event.ok()).collect();
        let (mut one_by_one, mut told) = (Ledger::default(), Told::default());
        for line in (1..).zip(&events) {
            one_by_one.apply_all(iter::once(line), &mut told);
        }
        let (mut at_once, mut told_at_once) = (Ledger::default(), Told::default());
        at_once.apply_all((1..).zip(&events), &mut told_at_once);
        assert_eq!(told_at_once, told, "{}", case.name);
        let snapshot = |ledger: &Ledger| serde_json::to_string(&ledger.snapshot()).unwrap();
        assert_eq!(snapshot(&at_once), snapshot(&one_by_one), "{}", case.name);
    }
}
