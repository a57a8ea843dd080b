//! A log that a wrong clock wrote to, without what it wrote.

use std::io;
use std::sync::Arc;

use tallyfold_core::*;
use tallyfold_store::*;

use crate::service::{Hands, MONDAY, name, publish_rate, purchase};

fn service_on(store: Arc<dyn Store>) -> LedgerService {
    LedgerService::new(store, ServiceSettings::default())
}

fn try_open(service: &LedgerService, id: &str) -> Result<Recorded<Opened>, ServiceError> {
    let open = SessionOpened {
        session: name(id),
        user: name("ana"),
        product: name("AutoCAD"),
        version: None,
    };
    service.open_session(name("acme"), Some(name(id)), open)
}

fn tokens_left(service: &LedgerService) -> Tokens {
    let left = service.ask(name("acme"), |ledger, now| {
        ledger.account("acme").unwrap().at(now).tokens().available
    });
    left.unwrap()
}

fn drop_into(store: &dyn Store, after: u64) -> Result<(String, Dropped), RepairError> {
    let mut kept = Vec::new();
    let dropped = drop_after(store, Position::new(after), &mut kept, |_| Ok(()))?;
    Ok((String::from_utf8(kept).unwrap(), dropped))
}

fn lines(store: &dyn Store) -> Vec<String> {
    let events = LogEvents::after(store, Position::START).map(Result::unwrap);
    events.map(|event| String::from_utf8(event.line).unwrap()).collect()
}

/// A service whose clock is ahead for a while, on stores that this opens.
pub(crate) fn a_wrong_clock_is_made_good(open: impl Fn(FutureLimit) -> Arc<dyn Store>) {
    let clock = Hands::at(MONDAY);
    let limit = FutureLimit::new(clock.clone(), Span::minutes(1));
    let service = service_on(open(limit.clone()));
    publish_rate(&service, 7);
    purchase(&service, "acme", "P1", 100);
    purchase(&service, "rival", "P1", 100);
    try_open(&service, "s1").unwrap();
    let good = service.store().head().unwrap();
    clock.move_by(Span::days(400));
    let denied = try_open(&service, "s2").unwrap();
    assert_eq!(denied.outcome, Opened::Denied(Refusal::InsufficientTokens), "the pack expired");
    purchase(&service, "acme", "P2", 50);
    service.notices("mailer").unwrap().deliver_due(|_| Ok::<_, io::Error>(())).unwrap();
    clock.move_by(Span::from_nanos(-Span::days(400).nanos()));
    let refused = try_open(&service, "s3").unwrap_err();
    let is_ahead = matches!(refused, ServiceError::FromTheFuture { .. });
    assert!(is_ahead, "{refused:?}");
    let (store, before) = (service.store().clone(), lines(&**service.store()));
    let bad = store.head().unwrap();
    drop(service);

    let (kept, dropped) = drop_into(&*store, good.position.get()).unwrap();
    assert_eq!(kept.lines().collect::<Vec<_>>(), before[4..], "to the byte");
    assert_eq!((dropped.lines, dropped.end), (2, good.position.next()));
    let after = lines(&*store);
    assert_eq!(after[..4], before[..4]);
    assert_eq!(after.len(), 5);
    let said = format!("positions 5 to 6 were dropped\",\"chain\":\"6:{}", bad.chain);
    assert!(after[4].contains(&said), "{}", after[4]);
    assert_eq!(store.verify().unwrap().head, store.head().unwrap());
    assert_eq!(store.checkpoint("mailer").unwrap(), good.position);
    drop(store);

    let service = service_on(open(limit));
    assert_eq!(tokens_left(&service), Tokens::whole(93));
    let opened = try_open(&service, "s2").unwrap();
    assert!(matches!(opened.outcome, Opened::Admitted(_)), "{opened:?}");
    assert!(!opened.is_repeat, "its first answer was dropped");
    let mut told = 0;
    clock.move_by(Span::days(280));
    let mut notices = service.notices("mailer").unwrap();
    let delivered = notices.deliver_due(|notice| {
        told += u32::from(notice.account == "acme");
        Ok::<_, io::Error>(())
    });
    delivered.unwrap();
    assert_eq!(told, 1, "the pack of `acme` is told of when it really is about to expire");
}

#[test]
fn a_wrong_clock_on_sqlite_is_made_good() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    a_wrong_clock_is_made_good(|limit| Arc::new(SqliteStore::open(&path, limit).unwrap()));
}

#[test]
fn nothing_is_dropped_where_there_is_nothing_or_somebody_appends() {
    let clock = Hands::at(MONDAY);
    let (service, _folder) = crate::service::service(&clock);
    let store = &**service.store();
    let before = lines(store);
    for after in [2, 3, u64::MAX] {
        let nothing = drop_into(store, after).unwrap_err();
        assert!(matches!(nothing, RepairError::Nothing { .. }), "{nothing:?}");
    }
    let failed = drop_after(store, Position::new(1), &mut Vec::new(), |_| {
        Err(io::Error::other("the disk is full"))
    });
    assert!(matches!(failed, Err(RepairError::Write(_))), "{failed:?}");
    let raced = drop_after(store, Position::new(1), &mut Vec::new(), |_| {
        purchase(&service, "acme", "P2", 1);
        Ok(())
    });
    let conflict = matches!(raced, Err(RepairError::Cut(ImportError::Conflict { .. })));
    assert!(conflict, "{raced:?}");
    assert_eq!(lines(store)[..2], before);
    let (_, all) = drop_into(store, 0).unwrap();
    assert_eq!((all.lines, all.end), (3, Position::new(1)));
    // A log that was repaired can be repaired again.
    assert_eq!(drop_into(store, 0).unwrap().1.lines, 1);
    assert!(lines(store)[0].contains("positions 1 to 1 were dropped"));
    store.verify().unwrap();
}
