//! The service: what it answers, and that a replay of its log says the same.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use tallyfold_core::*;
use tallyfold_store::*;
use tempfile::TempDir;

use crate::dice::Dice;

/// A clock that tests move.
#[derive(Clone)]
pub(crate) struct Hands(Arc<AtomicI64>);

impl Hands {
    pub(crate) fn at(text: &str) -> Hands {
        let at: Timestamp = text.parse().unwrap();
        Hands(Arc::new(AtomicI64::new(at.unix_nanos())))
    }

    pub(crate) fn move_by(&self, span: Span) {
        self.0.fetch_add(span.nanos(), Ordering::SeqCst);
    }
}

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_nanos(self.0.load(Ordering::SeqCst)).unwrap()
    }
}

pub(crate) fn name(text: &str) -> Name<'static> {
    Name::new(text.to_owned()).unwrap()
}

fn store(folder: &Path, clock: &Hands) -> Arc<dyn Store> {
    let limit = FutureLimit::new(clock.clone(), Span::minutes(1));
    Arc::new(SqliteStore::open(folder.join("ledger.db"), limit).unwrap())
}

pub(crate) fn service_at(folder: &Path, clock: &Hands) -> LedgerService {
    LedgerService::new(store(folder, clock), ServiceSettings::default())
}

/// A service on a new store, in which AutoCAD costs 7 and `acme` has 100 tokens.
pub(crate) fn service(clock: &Hands) -> (LedgerService, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let service = service_at(folder.path(), clock);
    publish_rate(&service, 7);
    purchase(&service, "acme", "P1", 100);
    (service, folder)
}

pub(crate) fn publish_rate(service: &LedgerService, tokens: i64) {
    let rate = RatePublished {
        product: name("AutoCAD"),
        tokens: RateTokens::new(Tokens::whole(tokens)).unwrap(),
        per: Per::Day,
    };
    service.publish(None, CatalogChange::RatePublished(rate)).unwrap();
}

pub(crate) fn purchase(service: &LedgerService, account: &str, pack: &str, tokens: i64) {
    let tokens = PackTokens::new(Tokens::whole(tokens)).unwrap();
    let pack = PackPurchased { pack: name(pack), tokens };
    service.purchase(name(account), None, pack).unwrap();
}

fn opening(session: &str, user: &str) -> SessionOpened<'static> {
    SessionOpened {
        session: name(session),
        user: name(user),
        product: name("AutoCAD"),
        version: None,
    }
}

pub(crate) fn open(service: &LedgerService, session: &str, user: &str) -> Recorded<Opened> {
    service.open_session(name("acme"), None, opening(session, user)).unwrap()
}

fn admitted(opened: Recorded<Opened>) -> Admitted {
    match opened.outcome {
        Opened::Admitted(admitted) => admitted,
        Opened::Denied(refusal) => panic!("{refusal}"),
    }
}

pub(crate) const MONDAY: &str = "2026-01-05T09:00:00Z";

#[test]
fn an_open_is_charged_and_a_second_one_joins() {
    let clock = Hands::at(MONDAY);
    let (service, _folder) = service(&clock);
    let until = clock.now() + Span::hours(24);
    let tokens = Tokens::whole(7);
    let postings = vec![Posting { pack: "P1".into(), tokens }];
    let first = admitted(open(&service, "s1", "ana"));
    assert_eq!(first, Admitted { charge: 1, cover: OpenCover::Tokens { tokens, postings }, until });
    clock.move_by(Span::hours(1));
    let second = admitted(open(&service, "s2", "ana"));
    assert_eq!(second, Admitted { charge: 1, cover: OpenCover::Joined, until });
    let left = service.ask(name("acme"), |ledger, now| {
        ledger.account("acme").unwrap().at(now).tokens().available
    });
    assert_eq!(left.unwrap(), Tokens::whole(93));
}

#[test]
fn a_seat_covers_before_tokens() {
    let clock = Hands::at(MONDAY);
    let (service, _folder) = service(&clock);
    let ends = clock.now() + Span::hours(5);
    let subscription = SubscriptionPurchased {
        subscription: name("S"),
        offering: name("AutoCAD"),
        seats: Seats::new(1).unwrap(),
        term: Term::new(clock.now(), ends).unwrap(),
    };
    service.record(name("acme"), None, Action::SubscriptionPurchased(subscription)).unwrap();
    let seat = SubscriptionAssigned { subscription: name("S"), user: name("ana") };
    service.record(name("acme"), None, Action::SubscriptionAssigned(seat)).unwrap();
    let cover = OpenCover::Subscription { subscription: "S".to_owned() };
    assert_eq!(admitted(open(&service, "s1", "ana")), Admitted { charge: 1, cover, until: ends });
}

#[test]
fn a_denied_open_is_recorded() {
    let clock = Hands::at(MONDAY);
    let (service, _folder) = service(&clock);
    let poor = service.open_session(name("poor"), None, opening("s1", "ana")).unwrap();
    assert_eq!(poor.outcome, Opened::Denied(Refusal::InsufficientTokens));
    assert_eq!(service.store().head().unwrap().position, poor.position);
    assert!(matches!(poor.journal[0].entry, Entry::SessionDenied { .. }));
}

#[test]
fn a_heartbeat_renews_and_a_close_ends() {
    let clock = Hands::at(MONDAY);
    let (service, _folder) = service(&clock);
    open(&service, "s1", "ana");
    let beat = || Heartbeat { session: name("s1"), active: true };
    clock.move_by(Span::hours(23));
    let free = service.heartbeat(name("acme"), None, beat()).unwrap();
    assert_eq!(free.outcome, Contact::Free);
    clock.move_by(Span::hours(2));
    let renewed = service.heartbeat(name("acme"), None, beat()).unwrap();
    let Contact::Charged(charge) = renewed.outcome else { panic!("{renewed:?}") };
    assert_eq!((charge.charge, charge.reason), (2, ChargeReason::Renewed));
    let close = SessionClosed { session: name("s1") };
    let closed = service.close_session(name("acme"), None, close).unwrap();
    assert_eq!(closed.outcome, Closed::default());
    let late = service.heartbeat(name("acme"), None, beat());
    assert!(matches!(late, Err(ServiceError::Finding(Finding::UnknownSession))), "{late:?}");
}

#[test]
fn a_heartbeat_without_tokens_is_locked_out() {
    let clock = Hands::at(MONDAY);
    let folder = tempfile::tempdir().unwrap();
    let service = service_at(folder.path(), &clock);
    publish_rate(&service, 7);
    purchase(&service, "acme", "P1", 7);
    open(&service, "s1", "ana");
    clock.move_by(Span::hours(24));
    let beat = Heartbeat { session: name("s1"), active: true };
    let answer = service.heartbeat(name("acme"), None, beat).unwrap();
    assert_eq!(answer.outcome, Contact::LockedOut(Refusal::InsufficientTokens));
}

#[test]
fn results_are_charged_or_denied() {
    let clock = Hands::at(MONDAY);
    let (service, _folder) = service(&clock);
    let result = |quantity| ResultProduced {
        user: name("ana"),
        product: name("Render"),
        quantity: Quantity::new(quantity).unwrap(),
    };
    let denied = service.produce_result(name("acme"), None, result(1)).unwrap();
    assert_eq!(denied.outcome, Produced::Denied(Refusal::NoRate));
    let rate = RatePublished {
        product: name("Render"),
        tokens: RateTokens::new(Tokens::whole(2)).unwrap(),
        per: Per::Result,
    };
    service.publish(None, CatalogChange::RatePublished(rate)).unwrap();
    let charged = service.produce_result(name("acme"), None, result(3)).unwrap();
    let Produced::Charged(charge) = charged.outcome else { panic!("{charged:?}") };
    assert_eq!((charge.tokens, charge.until), (Tokens::whole(6), None));
}

#[test]
fn what_cannot_be_applied_is_not_recorded() {
    let clock = Hands::at(MONDAY);
    let (service, _folder) = service(&clock);
    open(&service, "s1", "ana");
    let before = service.store().head().unwrap();
    let again = service.open_session(name("acme"), None, opening("s1", "bob"));
    assert!(matches!(again, Err(ServiceError::Finding(Finding::DuplicateSession))), "{again:?}");
    assert_eq!(service.store().head().unwrap(), before);
}

#[test]
fn a_repeated_request_has_the_first_answer() {
    let clock = Hands::at(MONDAY);
    let (service, folder) = service(&clock);
    let ask = |service: &LedgerService| {
        service.open_session(name("acme"), Some(name("r1")), opening("s1", "ana")).unwrap()
    };
    let first = ask(&service);
    // Meanwhile the session ends, the clock moves, and the service starts anew.
    clock.move_by(Span::hours(30));
    let close = SessionClosed { session: name("s1") };
    let gone = service.close_session(name("acme"), None, close);
    assert!(gone.is_err(), "it lapsed: {gone:?}");
    service.keep_snapshots(std::time::Duration::MAX).unwrap();
    let head = service.store().head().unwrap();
    for service in [&service, &service_at(folder.path(), &clock)] {
        let again = ask(service);
        assert_eq!(again, Recorded { is_repeat: true, ..first.clone() });
    }
    assert_eq!(service.store().head().unwrap(), head);
    let other = service.open_session(name("acme"), Some(name("r1")), opening("s1", "bob"));
    let Err(ServiceError::IdTaken { id, position }) = other else { panic!("{other:?}") };
    assert_eq!((&*id, position), ("r1", first.position));
}

#[test]
fn a_clock_that_is_behind_does_not_make_a_request_late() {
    let clock = Hands::at(MONDAY);
    let (service, folder) = service(&clock);
    let behind = Hands::at("2026-01-05T08:59:30Z");
    let other = service_at(folder.path(), &behind);
    open(&service, "s1", "ana");
    let joined = open(&other, "s2", "ana");
    assert_eq!(joined.at, clock.now());
    assert_eq!(admitted(joined).cover, OpenCover::Joined);
}

#[test]
fn the_catalog_may_change_between_two_opens() {
    let clock = Hands::at(MONDAY);
    let (service, folder) = service(&clock);
    let other = service_at(folder.path(), &clock);
    open(&service, "s1", "ana");
    // The first service has not read this; it decides as the log says.
    publish_rate(&other, 9);
    let opened = open(&service, "s2", "bob");
    let OpenCover::Tokens { tokens, .. } = admitted(opened).cover else { panic!("not charged") };
    assert_eq!(tokens, Tokens::whole(9));
}

#[test]
fn a_finding_is_only_told_when_all_is_read() {
    let clock = Hands::at(MONDAY);
    let (service, folder) = service(&clock);
    let other = service_at(folder.path(), &clock);
    let heartbeat = Heartbeat { session: name("s1"), active: true };
    assert!(other.heartbeat(name("acme"), None, heartbeat.clone()).is_err());
    open(&service, "s1", "ana");
    other.heartbeat(name("acme"), None, heartbeat).unwrap();
}

#[test]
fn many_opens_of_one_use_on_two_machines_charge_once() {
    let clock = Hands::at(MONDAY);
    let (service, folder) = service(&clock);
    let other = service_at(folder.path(), &clock);
    let opened: Vec<_> = std::thread::scope(|scope| {
        let all: Vec<_> = (0..16)
            .map(|session| {
                let service = if session % 2 == 0 { &service } else { &other };
                scope.spawn(move || admitted(open(service, &format!("s{session}"), "ana")))
            })
            .collect();
        all.into_iter().map(|it| it.join().unwrap()).collect()
    });
    assert!(opened.iter().all(|it| it.charge == 1), "{opened:?}");
    assert_eq!(opened.iter().filter(|it| it.cover != OpenCover::Joined).count(), 1);
}

#[test]
fn a_question_does_not_wait_for_a_request_that_is_being_recorded() {
    let clock = Hands::at(MONDAY);
    let (service, folder) = service(&clock);
    let left = |service: &LedgerService| {
        let ask = |ledger: &Ledger, now| ledger.account("acme").unwrap().at(now).tokens();
        service.ask("acme", ask).unwrap().available
    };
    let file = rusqlite::Connection::open(folder.path().join("ledger.db")).unwrap();
    // Nobody can commit while this transaction writes.
    file.execute_batch("BEGIN IMMEDIATE").unwrap();
    let (answer, answered) = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        let opened = scope.spawn(|| open(&service, "s1", "ana"));
        scope.spawn(|| {
            std::thread::sleep(std::time::Duration::from_millis(100));
            answer.send(left(&service)).unwrap();
        });
        let answered = answered.recv_timeout(std::time::Duration::from_secs(2));
        assert!(!opened.is_finished());
        file.execute_batch("COMMIT").unwrap();
        assert_eq!(answered, Ok(Tokens::whole(100)));
    });
    assert_eq!(left(&service), Tokens::whole(93));
}

#[test]
fn few_accounts_in_memory_decide_as_many_would() {
    let clock = Hands::at(MONDAY);
    let folder = tempfile::tempdir().unwrap();
    let settings = ServiceSettings::builder().cached_accounts(1).snapshot_every(3).build();
    let service = LedgerService::new(store(folder.path(), &clock), settings);
    publish_rate(&service, 7);
    let accounts = ["a", "b", "c"];
    accounts.iter().for_each(|account| purchase(&service, account, "P1", 100));
    for round in 0..6 {
        for account in accounts {
            let session = format!("s{round}");
            service.open_session(name(account), None, opening(&session, "ana")).unwrap();
        }
        clock.move_by(Span::hours(5));
    }
    assert_eq!(service.cached_accounts(), 1);
    for account in accounts {
        let charges =
            service.ask(name(account), |ledger, _| ledger.account(account).unwrap().charge_count());
        assert_eq!(charges.unwrap(), 2);
    }
    let store = service.store().clone();
    // Snapshots that were asked for are kept before it ends.
    drop(service);
    let snapshot = store.snapshot(&Stream::Account(name("a"))).unwrap().unwrap();
    assert!(snapshot.version.get() >= 3, "{snapshot:?}");
}

#[test]
fn a_stale_or_damaged_snapshot_is_not_used() {
    let clock = Hands::at(MONDAY);
    let (service, folder) = service(&clock);
    open(&service, "s1", "ana");
    let acme = Stream::Account(name("acme"));
    service.keep_snapshots(std::time::Duration::MAX).unwrap();
    let sound = service.store().snapshot(&acme).unwrap().unwrap();
    let empty = Vec::new();
    let bad = [
        SnapshotBytes { stamp: "another".to_owned(), body: empty, ..sound.clone() },
        SnapshotBytes { body: b"{".to_vec(), ..sound.clone() },
        SnapshotBytes { position: Position::new(99), ..sound },
    ];
    for bad in bad {
        service.store().keep_snapshot(&acme, &bad).unwrap();
        let fresh = service_at(folder.path(), &clock);
        let charges = fresh.ask(name("acme"), |ledger, _| {
            ledger.account("acme").map(|account| account.charge_count())
        });
        assert_eq!(charges.unwrap(), Some(1));
    }
}

/// What a few threads do with two services on one store, in some order.
fn work(
    services: [&LedgerService; 2],
    clock: &Hands,
    worker: u64,
) -> Vec<(Position, Vec<Record<'static>>)> {
    let (mut seen, mut dice) = (Vec::new(), Dice(worker));
    for step in 0..60 {
        let pick = dice.roll();
        let service = services[(pick % 2) as usize];
        let account = name(["a", "b"][(pick / 2 % 2) as usize]);
        let session = || name(&format!("{worker}-{}", pick / 16 % 6));
        let recorded = match pick / 4 % 4 {
            0 => {
                let user = name(&format!("u{}", pick / 64 % 3));
                let open = SessionOpened { user, session: session(), ..opening("s", "u") };
                service.open_session(account, None, open).map(|it| (it.position, it.journal))
            }
            1 => {
                let beat = Heartbeat { session: session(), active: true };
                service.heartbeat(account, None, beat).map(|it| (it.position, it.journal))
            }
            2 => {
                let close = SessionClosed { session: session() };
                service.close_session(account, None, close).map(|it| (it.position, it.journal))
            }
            _ if step % 20 == 0 => {
                publish_rate(service, 3 + (pick % 5) as i64);
                continue;
            }
            _ => {
                clock.move_by(Span::hours(1));
                continue;
            }
        };
        match recorded {
            Ok(recorded) => seen.push(recorded),
            Err(ServiceError::Finding(_)) => {}
            Err(error) => panic!("{error}"),
        }
    }
    seen
}

#[test]
fn a_replay_of_the_log_says_what_the_service_said() {
    let clock = Hands::at(MONDAY);
    let folder = tempfile::tempdir().unwrap();
    let settings = ServiceSettings::builder().cached_accounts(0).snapshot_every(7).build();
    let services =
        [(); 2].map(|()| LedgerService::new(store(folder.path(), &clock), settings.clone()));
    publish_rate(&services[0], 7);
    for account in ["a", "b"] {
        purchase(&services[1], account, "P1", 60);
    }
    let said = Mutex::new(BTreeMap::new());
    std::thread::scope(|scope| {
        for worker in 0..4 {
            let (services, clock, said) = (&services, &clock, &said);
            scope.spawn(move || {
                let seen = work([&services[0], &services[1]], clock, worker);
                said.lock().unwrap().extend(seen);
            });
        }
    });
    let said = said.into_inner().unwrap();
    assert!(said.len() > 60, "{}", said.len());
    let mut ledger = Ledger::default();
    for stored in LogEvents::after(&**services[0].store(), Position::START) {
        let stored = stored.unwrap();
        let mut journal = Vec::new();
        ledger.apply(&stored.event().unwrap(), &mut journal).unwrap();
        if let Some(said) = said.get(&stored.position) {
            assert_eq!(*said, journal, "at position {}", stored.position);
        }
    }
}
