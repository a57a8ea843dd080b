//! Events that are looked up ahead of their turn are folded as one by one.

use std::iter;

use tallyfold_core::{Event, Finding, Ledger, Rejection};
use tallyfold_log::Lines;

use crate::conformance::cases;

#[test]
fn many_events_at_once_are_folded_as_one_by_one() {
    for case in cases() {
        let events: Vec<Event<'_>> =
            Lines::new(&case.log).filter_map(|line| line.event.ok()).collect();
        let (mut one_by_one, mut journal) = (Ledger::default(), Vec::new());
        let mut findings: Vec<(u64, Finding)> = Vec::new();
        let mut report = |_: &mut _, it: Rejection<'_, '_>| findings.push((it.line, it.finding));
        for line in (1..).zip(&events) {
            one_by_one.apply_all(iter::once(line), &mut journal, &mut report);
        }
        let (mut at_once, mut same_journal) = (Ledger::default(), Vec::new());
        let mut same_findings = Vec::new();
        let mut report =
            |_: &mut _, it: Rejection<'_, '_>| same_findings.push((it.line, it.finding));
        at_once.apply_all((1..).zip(&events), &mut same_journal, &mut report);
        assert_eq!(same_journal, journal, "{}", case.name);
        assert_eq!(same_findings, findings, "{}", case.name);
        let snapshot = |ledger: &Ledger| serde_json::to_string(&ledger.snapshot()).unwrap();
        assert_eq!(snapshot(&at_once), snapshot(&one_by_one), "{}", case.name);
    }
}
