//! A PostgreSQL server that goes silent: no error, no end, no answer.

use std::net::TcpListener;
use std::num::NonZeroUsize;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tallyfold_store::{
    AppendError, Expected, Observation, Position, PostgresSettings, PostgresStore, Store,
    StoreError, StoreSettings,
};

use crate::lines::pack;
use crate::postgres::{cluster, database, is_there, limit, with_server};
use crate::proxy::Proxy;

/// How long a call may take here. Much longer than any takes while the server answers.
const DEADLINE: Duration = Duration::from_secs(3);

/// A store behind a proxy, and how many of its connections were dropped.
struct Behind {
    store: PostgresStore,
    proxy: Proxy,
    dropped: Arc<Mutex<u32>>,
}

fn behind_a_proxy() -> Behind {
    let database = database();
    drop(PostgresStore::connect(&cluster().server(&database), limit()).unwrap());
    let proxy = Proxy::to(cluster().port());
    let dropped = Arc::new(Mutex::new(0));
    let counter = dropped.clone();
    let observer = Arc::new(move |observation: &Observation<'_>| {
        *counter.lock().unwrap() += u32::from(*observation == Observation::ConnectionDropped);
    });
    let store = StoreSettings { future_limit: limit(), observer };
    let settings = PostgresSettings { deadline: DEADLINE, ..store.into() };
    let store = PostgresStore::connect_existing(&proxy.url(&database), settings).unwrap();
    Behind { store, proxy, dropped }
}

/// Does what must not take for ever, and fails where it does.
fn in_time<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let (done, is_done) = channel();
    std::thread::spawn(move || done.send(work()));
    is_done.recv_timeout(Duration::from_secs(60)).expect("it hangs, or has panicked")
}

#[track_caller]
fn assert_no_answer(error: &StoreError) {
    let StoreError::Unavailable { problem, .. } = error else { panic!("{error}") };
    assert!(problem.contains("no answer came within 3s"), "{problem}");
}

with_server! {
    fn an_append_to_a_silent_server_is_answered_and_the_next_one_works() {
        in_time(|| {
            let Behind { store, proxy, dropped } = behind_a_proxy();
            store.append(&pack("a", "1").into(), Expected::Any).unwrap();
            proxy.silence();
            let silent = store.append(&pack("a", "2").into(), Expected::Any);
            let Err(AppendError::Store(error)) = silent else { panic!("{silent:?}") };
            assert_no_answer(&error);
            assert_eq!(*dropped.lock().unwrap(), 1);
            store.append(&pack("a", "2").into(), Expected::Any).unwrap();
            assert_eq!(store.verify().unwrap().head.position, Position::new(2));
        });
    }

    fn all_old_connections_are_given_up_with_the_first_that_is_silent() {
        in_time(|| {
            let Behind { store, proxy, dropped } = behind_a_proxy();
            std::thread::scope(|scope| {
                for _ in 0..8 {
                    scope.spawn(|| (0..20).for_each(|_| drop(store.read_log(Position::START, 1))));
                }
            });
            assert!(proxy.connections() > 1);
            proxy.silence();
            assert_no_answer(&store.head().unwrap_err());
            for _ in 0..16 {
                store.head().unwrap();
            }
            assert_eq!(*dropped.lock().unwrap(), 1);
        });
    }

    fn a_server_that_answers_nobody_lets_a_store_be_closed() {
        in_time(|| {
            let Behind { store, proxy, .. } = behind_a_proxy();
            proxy.silence();
            proxy.silence_new(true);
            let store = Arc::new(store);
            let appending: Vec<_> = (0..4)
                .map(|number| {
                    let store = store.clone();
                    let event = pack("a", &number.to_string());
                    std::thread::spawn(move || store.append(&event.into(), Expected::Any))
                })
                .collect();
            for append in appending {
                append.join().unwrap().unwrap_err();
            }
            store.verify().unwrap_err();
            drop(store);
        });
    }

    fn a_tail_hears_again_after_a_silence() {
        in_time(|| {
            let Behind { store, proxy, .. } = behind_a_proxy();
            let second = Duration::from_secs(1);
            assert_eq!(store.wait(Position::START, Duration::from_millis(1)).unwrap(), Position::START);
            proxy.silence();
            while store.wait(Position::START, second).is_err() {}
            store.append(&pack("a", "1").into(), Expected::Any).unwrap();
            assert_eq!(store.wait(Position::START, second).unwrap(), Position::new(1));
        });
    }

    fn who_finds_no_free_connection_is_told_so() {
        in_time(|| {
            let database = database();
            let settings = PostgresSettings {
                deadline: DEADLINE,
                connections: NonZeroUsize::MIN,
                ..limit().into()
            };
            let store = PostgresStore::connect(&cluster().server(&database), settings).unwrap();
            std::thread::scope(|scope| {
                let (taken, is_taken) = channel();
                let store = &store;
                let slow = scope.spawn(move || {
                    store.consume("slow", Position::START, async |work| {
                        taken.send(()).unwrap();
                        work.batch_execute("SELECT pg_sleep(60)").await
                    })
                });
                is_taken.recv().unwrap();
                let waited = store.head();
                slow.join().unwrap().unwrap_err();
                let Err(StoreError::Unavailable { problem, .. }) = waited else { return };
                assert!(problem.contains("connections are in use"), "{problem}");
            });
        });
    }
}

#[test]
fn a_server_that_says_nothing_to_who_connects_is_an_error() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = format!("postgres://me@127.0.0.1:{port}/ledger?sslmode=disable");
    let settings = PostgresSettings { deadline: Duration::from_millis(300), ..limit().into() };
    let error = in_time(move || PostgresStore::connect(&server, settings)).unwrap_err();
    assert!(error.to_string().contains("does not answer who connects"), "{error}");
}
