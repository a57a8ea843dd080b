//! A clock that cannot be right is not believed.

use std::sync::Arc;

use tallyfold_core::*;
use tallyfold_store::*;

use crate::service::{Hands, MONDAY, name, publish_rate, purchase};

fn watched(clock: &Hands) -> FutureLimit {
    FutureLimit::new(clock.clone(), Span::minutes(1)).watched()
}

fn back(span: Span) -> Span {
    Span::from_nanos(-span.nanos())
}

fn tokens_left(service: &LedgerService) -> Result<Tokens, ServiceError> {
    service
        .ask(name("acme"), |ledger, now| ledger.account("acme").unwrap().at(now).tokens().available)
}

#[test]
fn a_clock_that_is_set_while_the_service_runs_records_and_tells_nothing() {
    let clock = Hands::at(MONDAY);
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("ledger.db"), watched(&clock)).unwrap();
    let service = LedgerService::new(Arc::new(store), ServiceSettings::default());
    publish_rate(&service, 7);
    purchase(&service, "acme", "P1", 100);
    let end = service.store().head().unwrap();
    for wrong in [Span::days(400), back(Span::days(1))] {
        clock.move_by(wrong);
        let open = SessionOpened {
            session: name("s1"),
            user: name("ana"),
            product: name("AutoCAD"),
            version: None,
        };
        let refused = service.open_session(name("acme"), None, open).unwrap_err();
        let is_wrong = matches!(refused, ServiceError::Store(StoreError::WrongClock { .. }));
        assert!(is_wrong, "{refused:?}");
        assert!(refused.to_string().contains("it was set while the service ran"), "{refused}");
        let refused = tokens_left(&service).unwrap_err();
        assert_eq!((refused.kind(), refused.code()), (ErrorKind::Clock, "wrong_clock"));
        assert_eq!(service.store().head().unwrap(), end, "nothing was recorded");
        clock.move_by(back(wrong));
    }
    assert_eq!(tokens_left(&service).unwrap(), Tokens::whole(100), "it is right again");
}

#[test]
fn an_append_of_ones_own_asks_the_clock_too() {
    let clock = Hands::at(MONDAY);
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("ledger.db"), watched(&clock)).unwrap();
    let line =
        r#"{"type":"SessionClosed","at":"2026-01-05T09:00:00Z","account":"acme","session":"s"}"#;
    let event: Batch = NewEvent::from_line(line).unwrap().into();
    clock.move_by(Span::minutes(2));
    let refused = store.append(&event, Expected::Any).unwrap_err();
    assert!(matches!(refused, AppendError::Store(StoreError::WrongClock { .. })), "{refused:?}");
    clock.move_by(back(Span::minutes(2)));
    store.append(&event, Expected::Any).unwrap();
}
