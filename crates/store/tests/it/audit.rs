//! Snapshots and indexes that say what the events do not: seen, or made anew.

use std::sync::Arc;

use rusqlite::Connection;
use tallyfold_core::*;
use tallyfold_store::*;
use tempfile::TempDir;

use crate::service::{Hands, MONDAY, purchase, service, service_at};

fn name(text: &str) -> Name<'static> {
    Name::new(text.to_owned()).unwrap()
}

fn available(service: &LedgerService, account: &'static str) -> Tokens {
    let ask = |ledger: &Ledger, now| ledger.account(account).unwrap().at(now).tokens();
    service.ask(name(account), ask).unwrap().available
}

/// A store with snapshots of `acme`, which has 100 tokens, and `rich`, which has 1,000,000.
fn with_snapshots(clock: &Hands) -> TempDir {
    let (service, folder) = service(clock);
    purchase(&service, "rich", "P1", 1_000_000);
    assert_eq!(service.keep_snapshots(std::time::Duration::MAX).unwrap(), 0);
    folder
}

fn change(folder: &TempDir, sql: &str) {
    Connection::open(folder.path().join("ledger.db")).unwrap().execute_batch(sql).unwrap();
}

fn verified(service: &LedgerService) -> Result<Verified, StoreError> {
    verify(service.store())
}

#[test]
fn snapshots_that_were_swapped_are_not_used() {
    let clock = Hands::at(MONDAY);
    let folder = with_snapshots(&clock);
    let columns = "stamp, position, version, body, parts, digest";
    change(
        &folder,
        &format!(
            "CREATE TEMP TABLE two AS SELECT * FROM snapshots; DELETE FROM snapshots; \
             INSERT INTO snapshots SELECT 5 - stream, {columns} FROM two; \
             UPDATE snapshot_parts SET stream = -stream; \
             UPDATE snapshot_parts SET stream = 5 + stream;"
        ),
    );
    let service = service_at(folder.path(), &clock);
    assert_eq!(available(&service, "acme"), Tokens::whole(100));
    assert_eq!(available(&service, "rich"), Tokens::whole(1_000_000));
}

/// Whoever can write to the file can write any digest. The service cannot see that.
#[test]
fn a_forged_snapshot_is_found_by_the_verification_and_made_anew() {
    let clock = Hands::at(MONDAY);
    let folder = with_snapshots(&clock);
    let service = service_at(folder.path(), &clock);
    verified(&service).unwrap();
    let [acme, rich] = ["acme", "rich"].map(|it| Stream::Account(name(it)));
    let store = service.store().clone();
    let forged = SnapshotBytes {
        position: store.head().unwrap().position,
        ..store.snapshot(&rich).unwrap().unwrap()
    };
    store.keep_snapshot(&acme, &forged).unwrap();
    drop(service);
    let service = service_at(folder.path(), &clock);
    assert_eq!(available(&service, "acme"), Tokens::whole(1_000_000));
    let error = verified(&service).unwrap_err().to_string();
    assert!(error.contains("the snapshot of account `acme` is not what its events say"), "{error}");
    rebuild(service.store()).unwrap();
    verified(&service).unwrap();
    let service = service_at(folder.path(), &clock);
    assert_eq!(available(&service, "acme"), Tokens::whole(100));
}

#[test]
fn a_trigger_that_swallows_ids_is_found() {
    let clock = Hands::at(MONDAY);
    let (service, folder) = service(&clock);
    let trigger = "CREATE TRIGGER t BEFORE INSERT ON ids BEGIN SELECT raise(IGNORE); END";
    change(&folder, trigger);
    let error = verified(&service).unwrap_err().to_string();
    assert!(error.contains("`t` does not belong to its table `ids`"), "{error}");
    drop(service);
    let path = folder.path().join("ledger.db");
    assert!(matches!(
        SqliteStore::open(&path, FutureLimit::default()),
        Err(StoreError::Damaged { .. })
    ));
    // What consumers made is theirs.
    change(
        &folder,
        "DROP TRIGGER t; CREATE TABLE consumer_seen (x); CREATE INDEX i ON consumer_seen (x)",
    );
    SqliteStore::open(&path, FutureLimit::default()).unwrap();
}

#[test]
fn what_is_derived_is_made_anew_from_the_events() {
    let clock = Hands::at(MONDAY);
    let (service, folder) = service(&clock);
    for order in ["1", "2", "3"] {
        let pack =
            PackPurchased { pack: name(order), tokens: PackTokens::new(Tokens::whole(1)).unwrap() };
        service.purchase(name("acme"), Some(name(order)), pack).unwrap();
    }
    service.store().move_checkpoint("mailer", Position::new(2)).unwrap();
    let sound = verified(&service).unwrap();
    drop(service);
    for damage in [
        "DELETE FROM ids WHERE id = x'32'",
        "UPDATE ids SET position = 3",
        "DELETE FROM streams WHERE stream = 2",
        "UPDATE streams SET version = 1",
        "UPDATE events SET stream = 7, number = 9 WHERE position = 4",
        "DELETE FROM head",
        "UPDATE head SET streams = 9",
    ] {
        change(&folder, damage);
        let service = service_at(folder.path(), &clock);
        assert!(verified(&service).is_err(), "{damage}");
        let rebuilt = rebuild(service.store()).unwrap();
        assert_eq!((rebuilt.head, rebuilt.accounts, rebuilt.ids), (sound.head, 1, 3), "{damage}");
        assert_eq!(rebuilt.is_head_known, !damage.contains("head"), "{damage}");
        assert_eq!(verified(&service).unwrap(), sound, "{damage}");
        assert_eq!(available(&service, "acme"), Tokens::whole(103), "{damage}");
        assert_eq!(service.store().checkpoint("mailer").unwrap(), Position::new(2));
    }
}

#[test]
fn a_log_that_lost_events_is_not_made_to_look_whole() {
    let clock = Hands::at(MONDAY);
    for damage in [
        "DELETE FROM events WHERE position = 2",
        "DELETE FROM events WHERE position = 1",
        "UPDATE events SET line = CAST(line || x'20' AS BLOB) WHERE position = 2",
    ] {
        let (service, folder) = service(&clock);
        drop(service);
        change(&folder, damage);
        let service = service_at(folder.path(), &clock);
        let before = std::fs::read(folder.path().join("ledger.db")).unwrap();
        assert!(matches!(rebuild(service.store()), Err(StoreError::Damaged { .. })), "{damage}");
        assert_eq!(std::fs::read(folder.path().join("ledger.db")).unwrap(), before);
    }
}

/// One damaged event fails the request that meets it, and no other that is committed beside it.
#[test]
fn one_damaged_event_fails_only_the_request_that_meets_it() {
    let clock = Hands::at(MONDAY);
    let (service, folder) = service(&clock);
    let order = |account: &str, id: &str| {
        let tokens = PackTokens::new(Tokens::whole(1)).unwrap();
        service.purchase(name(account), Some(name(id)), PackPurchased { pack: name(id), tokens })
    };
    order("acme", "damaged").unwrap();
    change(&folder, "UPDATE events SET line = CAST(line || x'20' AS BLOB) WHERE position = 3");
    std::thread::scope(|scope| {
        let met = scope.spawn(|| {
            (0..200).all(|_| {
                matches!(
                    order("acme", "damaged"),
                    Err(ServiceError::Store(StoreError::Damaged { .. }))
                )
            })
        });
        let others = ["b", "c", "d", "e"].map(|account| {
            let order = &order;
            scope.spawn(move || {
                (0..100).for_each(|it| drop(order(account, &format!("{it}")).unwrap()))
            })
        });
        others.into_iter().for_each(|other| other.join().unwrap());
        assert!(met.join().unwrap());
    });
}

/// An account with more charges than one part holds.
#[test]
fn a_snapshot_writes_again_only_the_parts_that_changed() {
    let clock = Hands::at(MONDAY);
    let (service, folder) = service(&clock);
    let rate = r#"{"type":"RatePublished","at":"2026-01-05T09:00:00Z","product":"Forma","tokens":"0.001","per":"result"}"#;
    let result = r#"{"type":"ResultProduced","at":"2026-01-05T09:00:00Z","account":"acme","user":"ana","product":"Forma"}"#;
    let lines = std::iter::once(rate).chain(std::iter::repeat_n(result, 20_000));
    let lines: Vec<_> = lines.map(|line| LogLine::new(line.as_bytes())).collect();
    let store: Arc<dyn Store> = service.store().clone();
    store.import(store.head().unwrap().position, &lines).unwrap();
    let acme = Stream::Account(name("acme"));
    let snapshot = || {
        service.keep_snapshots(std::time::Duration::MAX).unwrap();
        store.snapshot(&acme).unwrap().unwrap()
    };
    available(&service, "acme");
    let first = snapshot();
    assert_eq!(first.parts.len(), 1 + 3);
    let refund = ChargeReversed {
        charge: std::num::NonZero::new(9_000).unwrap(),
        user: name("ana"),
        product: name("Forma"),
        reason: Text::new("").unwrap(),
    };
    service.record(name("acme"), None, Action::ChargeReversed(refund)).unwrap();
    let second = snapshot();
    let is_new = |part: &SnapshotPart| part.written == second.version;
    let new: Vec<bool> = second.parts.iter().map(is_new).collect();
    assert_eq!(new, [false, false, true, false]);
    // The same as if all were written at once, and as the events say.
    verify(&store).unwrap();
    let fresh = service_at(folder.path(), &clock);
    assert_eq!(available(&fresh, "acme"), available(&service, "acme"));
}

/// Who asks again is answered as the first time, without the history of the account: that is
/// damaged meanwhile.
#[test]
fn a_request_that_is_made_again_is_answered_from_memory() {
    let clock = Hands::at(MONDAY);
    let (service, folder) = service(&clock);
    let session = |session: &str, user: &str| SessionOpened {
        session: name(session),
        user: name(user),
        product: name("AutoCAD"),
        version: None,
    };
    let ask = |service: &LedgerService| {
        let open = |id: &str, user| {
            service.open_session(name("acme"), Some(name(id)), session(id, user)).unwrap()
        };
        let opened = [open("1", "ana"), open("2", "ana"), open("3", "ben")];
        clock.move_by(Span::minutes(1));
        let close = SessionClosed { session: name("1") };
        let closed = service.close_session(name("acme"), Some(name("c1")), close).unwrap();
        let heartbeat = Heartbeat { session: name("2"), active: true };
        let beat = service.heartbeat(name("acme"), Some(name("h1")), heartbeat).unwrap();
        let denied = SessionOpened { product: name("Maya"), ..session("9", "ana") };
        let denied = service.open_session(name("acme"), Some(name("9")), denied).unwrap();
        (opened, closed, beat, denied)
    };
    let first = ask(&service);
    assert!(matches!(first.3.outcome, Opened::Denied(_)));
    drop(service);
    let service = service_at(folder.path(), &clock);
    available(&service, "acme");
    change(&folder, "UPDATE events SET line = CAST(line || x'20' AS BLOB) WHERE position = 2");
    let again = ask(&service);
    for (first, again) in first.0.iter().zip(&again.0).chain([(&first.3, &again.3)]) {
        assert_eq!(*again, Recorded { is_repeat: true, ..first.clone() });
    }
    assert_eq!(again.1, Recorded { is_repeat: true, ..first.1 });
    assert_eq!(again.2, Recorded { is_repeat: true, ..first.2 });
}
