//! Events that bring their own instant: appended, answered, and the same in a replay.

use std::collections::BTreeMap;
use std::sync::Arc;

use tallyfold_core::*;
use tallyfold_store::*;

use crate::dice::Dice;
use crate::service::{Hands, MONDAY, open, service, service_at};

fn at(text: &str) -> Timestamp {
    format!("2026-01-05T{text}Z").parse().unwrap()
}

/// An event of `acme` at an instant of Monday.
fn event(action: impl Into<Action<'static>>, time: &str) -> Event<'static> {
    let (account, at) = (Name::new("acme").unwrap(), at(time));
    Event::Account(AccountEvent { account, at, id: None, action: action.into() })
}

fn opening(session: &'static str) -> SessionOpened<'static> {
    SessionOpened::new(session, "ana", "AutoCAD").unwrap()
}

/// The service of the other tests, at 12:00 instead of 9:00.
fn at_noon() -> (LedgerService, tempfile::TempDir, Hands) {
    let clock = Hands::at(MONDAY);
    let (service, folder) = service(&clock);
    clock.move_by(Span::hours(3));
    (service, folder, clock)
}

#[test]
fn an_event_is_recorded_at_its_own_instant_and_answered() {
    let (service, _folder, _) = at_noon();
    let opened = service.ingest(event(opening("s1"), "10:00:00")).unwrap();
    assert_eq!(opened.at, at("10:00:00"));
    let Outcome::Opened(Opened::Admitted(admitted)) = &opened.outcome else { panic!("{opened:?}") };
    assert_eq!((admitted.charge, admitted.until), (1, at("10:00:00") + Span::hours(24)));
    let beat = Heartbeat::new("s1").unwrap();
    let beat = service.ingest(event(beat, "10:30:00")).unwrap();
    assert_eq!(beat.outcome, Outcome::Contact(Contact::Free));
    let closed = service.ingest(event(SessionClosed::new("s1").unwrap(), "11:00:00")).unwrap();
    assert_eq!(closed.outcome, Outcome::Closed(Closed::default()));
    let result = ResultProduced::new("ana", "Forma").unwrap();
    let result = service.ingest(event(result, "11:00:00")).unwrap();
    assert_eq!(result.outcome, Outcome::Produced(Produced::Denied(Refusal::NoRate)));
    let plan = service.ingest(event(PlanSelected::new(Plan::Premium), "11:00:00")).unwrap();
    assert_eq!(plan.outcome, Outcome::Applied(Applied));
    let rate = RatePublished::per_day("Maya", 3).unwrap().from(at("11:00:00"));
    assert_eq!(service.ingest(rate).unwrap().outcome, Outcome::Applied(Applied));
}

#[test]
fn what_is_late_is_answered_and_stays_in_the_log() {
    let (service, _folder, _) = at_noon();
    service.ingest(event(opening("s1"), "10:00:00")).unwrap();
    let late = event(opening("s2"), "09:59:59").with_id("e2").unwrap();
    let first = service.ingest(&late).unwrap();
    assert_eq!(first.outcome, Outcome::NotApplied(Finding::LateEvent));
    assert_eq!((first.outcome.code(), first.journal.len()), ("late_event", 0));
    assert_eq!(service.store().head().unwrap().position, first.position);
    // It is not the first event of its session, and asked again it is late all the same.
    let beat = service.ingest(event(Heartbeat::new("s2").unwrap(), "10:01:00")).unwrap();
    assert_eq!(beat.outcome, Outcome::NotApplied(Finding::UnknownSession));
    let again = service.ingest(&late).unwrap();
    assert_eq!(again, Recorded { is_repeat: true, ..first });
    let left = service
        .ask("acme", |ledger, now| ledger.account("acme").unwrap().at(now).tokens().available);
    assert_eq!(left.unwrap(), Tokens::whole(93), "it was charged once");
}

#[test]
fn a_repeated_event_has_the_first_answer_whatever_its_bytes() {
    let (service, folder, clock) = at_noon();
    let event = event(opening("s1"), "10:00:00").with_id("e1").unwrap();
    let first = service.ingest(&event).unwrap();
    service.ingest(crate::ingest::event(SessionClosed::new("s1").unwrap(), "11:00:00")).unwrap();
    let head = service.store().head().unwrap();
    let line = r#"{"meta":{},"id":"e1","product":"AutoCAD","user":"ana","session":"s1","account":"acme","at":"2026-01-05T10:00:00Z","type":"SessionOpened"}"#;
    for service in [&service, &service_at(folder.path(), &clock)] {
        let again = Recorded { is_repeat: true, ..first.clone() };
        assert_eq!(service.ingest(&event).unwrap(), again);
        assert_eq!(service.ingest(NewEvent::from_line(line).unwrap()).unwrap(), again);
    }
    assert_eq!(service.store().head().unwrap(), head);
    let other = crate::ingest::event(opening("s2"), "10:00:00").with_id("e1").unwrap();
    let taken = service.ingest(other).unwrap_err();
    assert_eq!(taken, ServiceError::IdTaken { id: "e1".to_owned(), position: first.position });
}

#[test]
fn a_line_is_kept_to_the_byte() {
    let (service, _folder, _) = at_noon();
    let line = r#"{ "type":"PackPurchased", "at":"2026-01-05T10:00:00Z","account":"b","pack":"P","tokens":5,"meta":{"from":"shop"} }"#;
    let recorded = service.ingest(NewEvent::from_line(line).unwrap()).unwrap();
    let before = Position::new(recorded.position.get() - 1);
    assert_eq!(service.store().read_log(before, 1).unwrap()[0].line, line.as_bytes());
}

#[test]
fn what_comes_from_the_future_is_refused() {
    let (service, _folder, clock) = at_noon();
    let head = service.store().head().unwrap();
    let early = event(opening("s1"), "12:01:01");
    let refused = service.ingest(&early).unwrap_err();
    let (at, now) = (at("12:01:01"), clock.now());
    assert_eq!(refused, ServiceError::FromTheFuture { at, now });
    assert!(refused.is_retryable());
    assert_eq!(service.store().head().unwrap(), head);
    clock.move_by(Span::minutes(1));
    assert!(service.ingest(&early).is_ok(), "it is within the tolerance now");
}

#[test]
fn what_was_appended_before_a_crash_is_answered_when_it_comes_again() {
    let (service, folder, clock) = at_noon();
    service.ingest(event(opening("s1"), "10:00:00")).unwrap();
    // These were appended and their process died before it answered.
    let appended = [
        event(opening("s2"), "10:00:01").with_id("e2").unwrap(),
        event(opening("s3"), "09:00:01").with_id("e3").unwrap(),
    ];
    for event in &appended {
        let event = NewEvent::from_event(event).unwrap();
        service.store().append(&event.into(), Expected::Any).unwrap();
    }
    let restarted = service_at(folder.path(), &clock);
    let answers = appended.each_ref().map(|event| restarted.ingest(event).unwrap());
    assert!(answers.iter().all(|answer| answer.is_repeat));
    let Outcome::Opened(Opened::Admitted(joined)) = &answers[0].outcome else { panic!() };
    assert_eq!((joined.charge, &joined.cover), (1, &OpenCover::Joined));
    assert_eq!(answers[1].outcome, Outcome::NotApplied(Finding::LateEvent));
    // The first service has not read them yet.
    let next = service.ingest(event(SessionClosed::new("s2").unwrap(), "10:00:02")).unwrap();
    assert_eq!(next.outcome, Outcome::Closed(Closed::default()));
}

#[test]
fn requests_of_the_service_beside_ingested_events() {
    let (service, _folder, clock) = at_noon();
    let ahead = service.ingest(event(opening("s1"), "12:00:30")).unwrap();
    // The service's clock is behind the account's.
    let joined = open(&service, "s2", "ana");
    assert_eq!(joined.at, ahead.at);
    clock.move_by(Span::minutes(5));
    let close = service.close_session("acme", None, SessionClosed::new("s2").unwrap()).unwrap();
    assert_eq!(close.at, at("12:05:00"));
    let late = service.ingest(event(Heartbeat::new("s1").unwrap(), "12:04:59")).unwrap();
    assert_eq!(late.outcome, Outcome::NotApplied(Finding::LateEvent));
    let same = service.ingest(event(Heartbeat::new("s1").unwrap(), "12:05:00")).unwrap();
    assert_eq!(same.outcome, Outcome::Contact(Contact::Free));
}

#[test]
fn an_event_that_is_not_one_is_refused() {
    let (service, _folder, _) = at_noon();
    let long = TokensAdjusted::new("P1", 1, "x").unwrap();
    let Event::Account(long) = event(long, "10:00:00") else { panic!() };
    let id = EventId::Sourced { source: "s".repeat(70_000).into(), id: Name::new("e").unwrap() };
    let refused = service.ingest(Event::Account(AccountEvent { id: Some(id), ..long }));
    let error = refused.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Invalid, "invalid_event"));
}

/// What two services of one store said of events that come in any order.
fn ingest_some(services: [&LedgerService; 2], seed: u64) -> BTreeMap<Position, Outcome> {
    let (mut said, mut dice) = (BTreeMap::new(), Dice(seed));
    for step in 0..400 {
        let pick = dice.roll();
        let session = Name::new(format!("s{}", pick % 5)).unwrap();
        let user = Name::new(format!("u{}", pick / 8 % 3)).unwrap();
        let product = Name::new("AutoCAD").unwrap();
        let action: Action<'static> = match pick / 32 % 4 {
            0 => SessionOpened { session, user, product, version: None }.into(),
            1 => Heartbeat { session, active: true }.into(),
            2 => SessionClosed { session }.into(),
            _ => ResultProduced { user, product, quantity: Quantity::ONE }.into(),
        };
        // Most instants go on, some go back.
        let back = if pick / 256 % 4 == 0 { 25 } else { 0 };
        let at = at("10:00:00") + Span::minutes(10 * step) - Span::minutes(back);
        let account = Name::new(["acme", "b"][usize::from(pick & 1024 == 0)]).unwrap();
        let event = AccountEvent { account, at, id: None, action };
        let service = services[usize::from(pick & 2048 == 0)];
        let recorded = service.ingest(Event::Account(event)).unwrap();
        said.insert(recorded.position, recorded.outcome);
    }
    said
}

#[test]
fn a_replay_of_the_log_says_what_ingest_said() {
    let clock = Hands::at(MONDAY);
    let (service, folder) = service(&clock);
    clock.move_by(Span::days(5));
    let other = service_at(folder.path(), &clock);
    let said = ingest_some([&service, &other], 7);
    let store = service.store().clone();
    let mut log = Vec::new();
    std::io::Read::read_to_end(&mut LogBytes::new(Arc::clone(&store)), &mut log).unwrap();
    let (mut ledger, mut kinds) = (Ledger::default(), BTreeMap::new());
    for (line, position) in log.split(|byte| *byte == b'\n').zip(1..) {
        let Ok(event) = tallyfold_log::parse_line(line) else { continue };
        let mut journal: Vec<Record<'static>> = Vec::new();
        let applied = ledger.apply(&event, &mut journal);
        if let Some(outcome) = said.get(&Position::new(position)) {
            *kinds.entry(outcome.code()).or_insert(0) += 1;
            agrees(outcome, applied, &journal);
        }
    }
    assert!(kinds.len() >= 6 && kinds["late_event"] > 20, "{kinds:?}");
}

/// Whether an answer is what a replay decided for the event.
fn agrees(outcome: &Outcome, applied: Result<(), Finding>, journal: &[Record<'_>]) {
    let has = |is: fn(&Entry<'_>) -> bool| journal.iter().any(|record| is(&record.entry));
    match outcome {
        Outcome::NotApplied(finding) => assert_eq!(applied, Err(*finding)),
        _ => assert_eq!(applied, Ok(()), "{outcome:?}"),
    }
    let agrees = match outcome {
        Outcome::Opened(Opened::Admitted(_)) => has(|it| matches!(it, Entry::SessionOpened { .. })),
        Outcome::Opened(Opened::Denied(_)) => has(|it| matches!(it, Entry::SessionDenied { .. })),
        Outcome::Contact(Contact::Free) => !has(|it| matches!(it, Entry::Charged(_))),
        Outcome::Contact(Contact::Charged(_)) | Outcome::Produced(Produced::Charged(_)) => {
            has(|it| matches!(it, Entry::Charged(_)))
        }
        Outcome::Contact(Contact::LockedOut(_)) => {
            has(|it| matches!(it, Entry::SessionClosed { reason: SessionEnd::LockedOut, .. }))
        }
        Outcome::Closed(_) => has(|it| matches!(it, Entry::SessionClosed { .. })),
        Outcome::Produced(Produced::Denied(_)) => {
            has(|it| matches!(it, Entry::ResultDenied { .. }))
        }
        Outcome::Applied(_) => true,
        Outcome::NotApplied(_) => journal.is_empty(),
    };
    assert!(agrees, "{outcome:?} {journal:?}");
}
