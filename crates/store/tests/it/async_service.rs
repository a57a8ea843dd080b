//! The async front: the same answers, on few threads, and what becomes of a future that is dropped.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tallyfold_core::*;
use tallyfold_store::*;
use tempfile::TempDir;

use crate::service::{Hands, MONDAY, open, service};

fn front(threads: usize) -> (AsyncLedgerService, TempDir) {
    let (service, folder) = service(&Hands::at(MONDAY));
    let threads = NonZeroUsize::new(threads).unwrap();
    (AsyncLedgerService::new(Arc::new(service), threads), folder)
}

fn name(text: impl Into<String>) -> Name<'static> {
    Name::new(text.into()).unwrap()
}

fn opening(session: &str) -> SessionOpened<'static> {
    let (user, product) = (name("ana"), name("AutoCAD"));
    SessionOpened { session: name(session), user, product, version: None }
}

#[tokio::test(flavor = "multi_thread")]
async fn opens_of_one_user_and_product_at_once_are_charged_once() {
    let (front, _folder) = front(8);
    let asked: Vec<_> = (0..32)
        .map(|number| {
            let (front, open) = (front.clone(), opening(&format!("s{number}")));
            tokio::spawn(async move { front.open_session(name("acme"), None, open).await })
        })
        .collect();
    let mut paid = 0;
    for asked in asked {
        let Opened::Admitted(admitted) = asked.await.unwrap().unwrap().outcome else { panic!() };
        assert_eq!(admitted.charge, 1);
        paid += usize::from(admitted.cover != OpenCover::Joined);
    }
    assert_eq!(paid, 1);
    let charges =
        front.ask(name("acme"), |ledger, _| ledger.account("acme").unwrap().charge_count());
    assert_eq!(charges.await.unwrap(), 1);
}

#[tokio::test]
async fn every_request_is_answered_as_by_the_service() {
    let (front, _folder) = front(1);
    let acme = || name("acme");
    let refused = front.admit("acme", "ana", "Maya").await.unwrap();
    assert_eq!(refused, Admission::Refused(Refusal::NoRate));
    front.open_session(acme(), Some(name("r1")), opening("s1")).await.unwrap();
    let live = front.open_session(acme(), Some(name("r2")), opening("s1")).await;
    assert!(matches!(live, Err(ServiceError::Finding(Finding::DuplicateSession))), "{live:?}");
    let beat = Heartbeat { session: name("s1"), active: true };
    let beat = front.heartbeat(acme(), None, beat).await.unwrap();
    assert_eq!(beat.outcome, Contact::Free);
    let close = SessionClosed { session: name("s1") };
    let closed = front.close_session(acme(), None, close).await.unwrap();
    assert_eq!(closed.outcome, Closed::default());
    let result =
        ResultProduced { user: name("ana"), product: name("AutoCAD"), quantity: Quantity::ONE };
    let produced = front.produce_result(acme(), None, result).await.unwrap();
    assert_eq!(produced.outcome, Produced::Denied(Refusal::NoRate));
    let pack =
        PackPurchased { pack: name("P1"), tokens: PackTokens::new(Tokens::whole(1)).unwrap() };
    let twice = front.purchase(acme(), None, pack).await;
    assert!(matches!(twice, Err(ServiceError::Finding(Finding::DuplicatePack))), "{twice:?}");
    let plan = Action::PlanSelected(PlanSelected { plan: Plan::Premium });
    front.record(acme(), None, plan).await.unwrap();
    let current = RulebookAdopted::preset_only(Preset::Current);
    front.publish(None, CatalogChange::RulebookAdopted(current)).await.unwrap();
    front.keep_snapshots(std::time::Duration::MAX).await.unwrap();
    let acme = Stream::Account(name("acme"));
    assert!(front.service().store().snapshot(&acme).unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_threads_wait_than_were_allowed() {
    let (front, _folder) = front(3);
    let (here, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let asked: Vec<_> = (0..24)
        .map(|_| {
            let (front, here, most) = (front.clone(), here.clone(), most.clone());
            let question = move |_: &LedgerService| {
                most.fetch_max(here.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                std::thread::sleep(Duration::from_millis(5));
                here.fetch_sub(1, Ordering::SeqCst);
                Ok::<(), StoreError>(())
            };
            tokio::spawn(async move { front.run(question).await })
        })
        .collect();
    for asked in asked {
        asked.await.unwrap().unwrap();
    }
    assert_eq!(most.load(Ordering::SeqCst), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_account_does_not_keep_others_waiting() {
    let (front, _folder) = front(8);
    let (started, has_started) = std::sync::mpsc::channel();
    let (proceed, may_proceed) = std::sync::mpsc::channel::<()>();
    let blocked = front.clone();
    let block = move |_: &Ledger, _: Timestamp| {
        started.send(()).unwrap();
        may_proceed.recv().unwrap();
    };
    let first = tokio::spawn(async move { blocked.ask(name("acme"), block).await });
    has_started.recv().unwrap();
    let waiting: Vec<_> = (0..32)
        .map(|_| {
            let front = front.clone();
            let plan = PlanSelected::new(Plan::Premium);
            tokio::spawn(async move { front.record("acme", None, plan).await.map(|_| ()) })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(20)).await;
    let other = front.ask(name("other"), |_, _| ());
    tokio::time::timeout(Duration::from_secs(10), other).await.unwrap().unwrap();
    assert!(!waiting.iter().any(tokio::task::JoinHandle::is_finished));
    proceed.send(()).unwrap();
    for asked in waiting.into_iter().chain([first]) {
        asked.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_request_whose_future_is_dropped_is_recorded_once() {
    let (front, _folder) = front(1);
    let (started, has_started) = std::sync::mpsc::channel();
    let (proceed, may_proceed) = std::sync::mpsc::channel::<()>();
    let question = move |service: &LedgerService| {
        started.send(()).unwrap();
        may_proceed.recv().unwrap();
        service.open_session(name("acme"), Some(name("r1")), opening("s1"))
    };
    let asked = tokio::time::timeout(Duration::from_millis(20), front.run(question)).await;
    asked.expect_err("it cannot have been answered");
    has_started.recv().unwrap();
    proceed.send(()).unwrap();
    let again = front.open_session(name("acme"), Some(name("r1")), opening("s1")).await.unwrap();
    assert!(again.is_repeat);
}

#[tokio::test]
#[should_panic(expected = "as asked")]
async fn a_question_that_panics_panics_where_it_was_asked() {
    let (front, _folder) = front(1);
    let _ = front.run(|_| -> Result<(), StoreError> { panic!("as asked") }).await;
}

#[test]
fn a_runtime_that_is_gone_is_an_error() {
    let (front, _folder) = front(1);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let handle = runtime.handle().clone();
    runtime.shutdown_background();
    let asked = handle.block_on(async { front.ask(name("acme"), |_, _| ()).await });
    assert_eq!(asked.map_err(|error| error.kind()), Err(ErrorKind::Unavailable));
}

/// Who is told, in order of delivery.
async fn next(notices: &mut AsyncNotices) -> Delivery<Record<'static>> {
    let next = tokio::time::timeout(Duration::from_secs(10), notices.next());
    next.await.expect("no notice").unwrap().expect("no more notices")
}

#[tokio::test]
async fn a_notice_comes_until_it_is_done() {
    let (front, _folder) = front(1);
    for user in 0..12 {
        open(front.service(), &format!("s{user}"), &format!("u{user}"));
    }
    let hour = Duration::from_secs(60 * 60);
    let mut mailer = front.notices("mailer", hour);
    drop(next(&mut mailer).await);
    let again = next(&mut mailer).await;
    let Entry::Notice(Notice::LowBalance { .. }) = again.notice().entry else { panic!() };
    again.done();
    for user in 12..14 {
        open(front.service(), &format!("s{user}"), &format!("u{user}"));
    }
    let other = PackTokens::new(Tokens::whole(1)).unwrap();
    let pack = PackPurchased { pack: name("P1"), tokens: other };
    front.purchase(name("other"), None, pack).await.unwrap();
    let open = SessionOpened {
        session: name("s1"),
        user: name("bo"),
        product: name("AutoCAD"),
        version: None,
    };
    front.open_session(name("other"), None, open).await.unwrap();
    let adjust = TokensAdjusted {
        pack: name("P1"),
        tokens: AdjustmentTokens::new(Tokens::whole(-1)).unwrap(),
        reason: Text::new("used elsewhere").unwrap(),
    };
    front.record(name("other"), None, Action::TokensAdjusted(adjust)).await.unwrap();
    // The next notice comes when it is recorded that the one before is done. It is not done itself.
    assert_eq!(next(&mut mailer).await.notice().account, "other");
    drop(mailer);
    let mut mailer = front.notices("mailer", hour);
    let empty = next(&mut mailer).await;
    assert_eq!(empty.notice().account, "other");
    let Entry::Notice(Notice::NoTokens { .. }) = empty.notice().entry else { panic!() };
    empty.done();
}

#[tokio::test]
async fn an_entry_of_the_journal_comes_until_it_is_done() {
    let (front, _folder) = front(1);
    let rate = RatePublished::per_day("Maya", 3).unwrap().from(MONDAY.parse().unwrap());
    front.ingest(rate).await.unwrap();
    let opened = opening("s1").on("acme", MONDAY.parse().unwrap()).unwrap();
    let opened = front.ingest(opened).await.unwrap();
    assert_eq!(opened.outcome.code(), "admitted");
    async fn next(journal: &mut AsyncJournal) -> Delivery<JournalEntry> {
        let next = tokio::time::timeout(Duration::from_secs(10), journal.next());
        next.await.expect("no entry").unwrap().expect("no more entries")
    }
    let mut billing = front.journal("billing");
    next(&mut billing).await.done();
    // Not done, by a consumer that lives on and by one that begins again.
    let dropped = next(&mut billing).await;
    let id = dropped.entry().id;
    assert_eq!(id, EntryId { position: opened.position, place: 1 });
    drop(dropped);
    assert_eq!(next(&mut billing).await.entry().id, id);
    drop(billing);
    let mut billing = front.journal("billing");
    let again = next(&mut billing).await;
    let Entry::Charged(charged) = &again.entry().record.entry else { panic!("{again:?}") };
    assert_eq!((again.entry().id, charged.tokens), (id, Tokens::whole(7)));
}
