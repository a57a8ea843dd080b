//! Findings and refusals, as programs see them.

use std::collections::BTreeSet;

use serde_json::Value;
use tallyfold_core::{Finding, Obstacle, Refusal};

const FINDINGS: [Finding; 16] = [
    Finding::LateEvent,
    Finding::DuplicateEvent,
    Finding::DuplicatePack,
    Finding::UnknownPack,
    Finding::PackExpired,
    Finding::Overdrawn,
    Finding::UnknownCharge,
    Finding::ChargeMismatch,
    Finding::NothingToRefund,
    Finding::DuplicateSession,
    Finding::UnknownSession,
    Finding::DuplicateSubscription,
    Finding::UnknownSubscription,
    Finding::AlreadyAssigned,
    Finding::NoFreeSeat,
    Finding::NotHeld,
];

const REFUSALS: [Refusal; 4] =
    [Refusal::NotAssigned, Refusal::ProductExcluded, Refusal::NoRate, Refusal::InsufficientTokens];

/// The words in backticks of rules.md.
fn words_of_the_rules() -> BTreeSet<&'static str> {
    include_str!("../../docs/rules.md").split('`').skip(1).step_by(2).collect()
}

#[test]
fn codes_are_the_words_of_the_rules_and_of_the_journal() {
    let words = words_of_the_rules();
    let written = |it: &dyn Fn() -> serde_json::Result<Value>| it().unwrap();
    for finding in FINDINGS {
        assert_eq!(written(&|| serde_json::to_value(finding)), finding.code());
        assert!(words.contains(finding.code()), "{}", finding.code());
    }
    for refusal in REFUSALS {
        assert_eq!(written(&|| serde_json::to_value(refusal)), refusal.code());
        assert!(words.contains(refusal.code()), "{}", refusal.code());
    }
}

#[test]
fn what_is_missing_is_what_the_rules_call_unknown() {
    for finding in FINDINGS {
        let is_missing = finding.kind() == Obstacle::Missing;
        assert_eq!(is_missing, finding.code().starts_with("unknown_"), "{finding:?}");
    }
    assert_eq!(Finding::LateEvent.kind(), Obstacle::Late);
    assert_eq!(Finding::DuplicateEvent.kind(), Obstacle::Repeated);
}

#[test]
fn only_what_passes_by_itself_is_worth_another_try() {
    let retryable: Vec<_> = FINDINGS.into_iter().filter(|it| it.is_retryable()).collect();
    assert_eq!(retryable, [Finding::Overdrawn, Finding::DuplicateSession, Finding::NoFreeSeat]);
    let retryable: Vec<_> = REFUSALS.into_iter().filter(|it| it.is_retryable()).collect();
    assert_eq!(retryable, [Refusal::InsufficientTokens]);
}
