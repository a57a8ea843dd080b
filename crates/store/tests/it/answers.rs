//! Answers as JSON, with the words and amounts of the journal; errors, for programs.

use serde_json::{Value, json};
use tallyfold_core::*;
use tallyfold_store::*;

use crate::service::{Hands, MONDAY, service};

fn json_of(answer: impl serde::Serialize) -> Value {
    serde_json::to_value(answer).unwrap()
}

#[test]
fn every_answer_is_one_object() {
    let clock = Hands::at(MONDAY);
    let (service, _folder) = service(&clock);
    let open = || SessionOpened::new("s1", "ana", "AutoCAD").unwrap().version("2026").unwrap();
    let opened = service.open_session("acme", "r1", open()).unwrap();
    let cover = json!({"by": "tokens", "tokens": 7, "postings": [{"pack": "P1", "tokens": 7}]});
    let until = "2026-01-06T09:00:00Z";
    let admitted = json!({"outcome": "admitted", "charge": 1, "cover": cover, "until": until});
    assert_eq!(json_of(&opened.outcome), admitted);
    let whole = json_of(&opened);
    let (at, journal) = (MONDAY, &opened.journal);
    assert_eq!(
        whole,
        json!({
            "position": 3, "at": at, "is_repeat": false, "outcome": "admitted", "charge": 1,
            "cover": cover, "until": until, "journal": journal
        })
    );
    assert_eq!(whole["journal"][0]["entry"], "charged");
    let denied = SessionOpened::new("s2", "ana", "Maya").unwrap();
    let denied = service.open_session("acme", None, denied).unwrap();
    let why = "the product has no rate of the kind that is needed";
    let refusal = json!({"outcome": "denied", "reason": "no_rate", "explanation": why});
    assert_eq!(json_of(&denied.outcome), refusal);
    let produced = ResultProduced::new("ana", "Maya").unwrap();
    let produced = service.produce_result("acme", None, produced).unwrap();
    assert_eq!(json_of(produced.outcome), refusal);
    clock.move_by(Span::hours(24));
    let beat = service.heartbeat("acme", None, Heartbeat::new("s1").unwrap()).unwrap();
    let until = "2026-01-07T09:00:00Z";
    let charge = json!({"charge": 2, "reason": "renewed", "tokens": 7, "until": until});
    let mut charged = charge.clone();
    charged["outcome"] = "charged".into();
    assert_eq!(json_of(beat.outcome), charged);
    let closed = service.close_session("acme", None, SessionClosed::new("s1").unwrap()).unwrap();
    assert_eq!(json_of(closed.outcome), json!({"outcome": "closed"}));
    let closed = Closed { unpaid: Some(Refusal::NoRate), ..Closed::default() };
    let unpaid = json!({"outcome": "closed", "unpaid": {"reason": "no_rate", "explanation": why}});
    assert_eq!(json_of(closed), unpaid);
    let plan = service.record("acme", None, PlanSelected::new(Plan::Premium)).unwrap();
    assert_eq!(json_of(plan.outcome), json!({"outcome": "recorded"}));
    let subscription = "S".to_owned();
    let seat = json!({"by": "subscription", "subscription": "S"});
    assert_eq!(json_of(OpenCover::Subscription { subscription }), seat);
}

#[test]
fn an_outcome_is_what_its_request_would_have_been_answered() {
    let locked_out = Contact::LockedOut(Refusal::NotAssigned);
    assert_eq!(json_of(Outcome::Contact(locked_out.clone())), json_of(locked_out));
    assert_eq!(json_of(Outcome::Applied(Applied)), json!({"outcome": "recorded"}));
    let explanation = "earlier than an event that was already applied";
    assert_eq!(
        json_of(Outcome::NotApplied(Finding::LateEvent)),
        json!({"outcome": "not_applied", "finding": "late_event", "explanation": explanation})
    );
}

#[test]
fn a_text_that_is_no_name_is_an_error_and_nothing_is_recorded() {
    let (service, _folder) = service(&Hands::at(MONDAY));
    let head = service.store().head().unwrap();
    let beat = || Heartbeat::new("s1").unwrap();
    let errors = [
        service.heartbeat("", None, beat()).unwrap_err(),
        service.heartbeat("acme", "a\tb", beat()).unwrap_err(),
        service.ask("x".repeat(257), |_, _| ()).unwrap_err(),
        service.admit("acme", "ana", "").unwrap_err(),
    ];
    for error in errors {
        assert_eq!((error.kind(), error.code()), (ErrorKind::Invalid, "invalid_value"), "{error}");
    }
    assert_eq!(service.store().head().unwrap(), head);
}

#[test]
fn a_store_that_fails_is_one_error_wherever_it_failed() {
    let full = StoreError::Full { store: "ledger.db".to_owned() };
    let errors = [ServiceError::from(full.clone()), AppendError::Store(full.clone()).into()];
    for error in &errors {
        assert_eq!(*error, ServiceError::Store(full.clone()));
    }
    assert!(errors[0].is_retryable() && AppendError::from(full).is_retryable());
    let (expected, present) = (Version::EMPTY, Version::new(1));
    let conflict = AppendError::Conflict { expected, present };
    assert!(!conflict.is_retryable(), "the same append meets the same version");
    assert_eq!((conflict.kind(), conflict.code()), (ErrorKind::Conflict, "version_conflict"));
    assert_eq!(ServiceError::from(conflict).kind(), ErrorKind::Contended);
    let not_taken = DeliveryError::Subscriber("no");
    assert_eq!((not_taken.code(), not_taken.is_retryable()), ("not_taken", true));
}
