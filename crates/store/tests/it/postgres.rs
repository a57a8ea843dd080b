//! The PostgreSQL store: the contract, and what is its own.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{LazyLock, Mutex};
use std::time::Duration;

use tallyfold_core::{Span, Timestamp};
use tallyfold_store::{
    AppendError, Batch, Clock, Expected, FutureLimit, LogEvents, Position, PostgresStore, Store,
    StoreError, Stream, SystemClock, store_contract,
};

use crate::cluster::{Cluster, skipped};
use crate::lines::{account, line, now, pack, rate};

store_contract!(postgres, open, if is_there());

/// One server for all tests of this process; without sync, because the machine does not crash.
static CLUSTER: LazyLock<Option<Cluster>> = LazyLock::new(|| {
    let settings = [
        "fsync = off",
        "max_connections = 500",
        "shared_buffers = 32MB",
        // Statistics are there when a test makes them, and the log says which database it is of.
        "autovacuum = off",
        "log_line_prefix = '%d|'",
    ];
    let cluster = Cluster::start(&settings, true);
    if cluster.is_none() {
        skipped();
    }
    cluster
});

pub(crate) fn is_there() -> bool {
    CLUSTER.is_some()
}

pub(crate) fn cluster() -> &'static Cluster {
    CLUSTER.as_ref().unwrap()
}

pub(crate) fn limit() -> FutureLimit {
    FutureLimit::new(now, Span::minutes(1))
}

/// The name of a new database.
pub(crate) fn database() -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    // One after the other: two that copy the same template get in each other's way.
    static MAKING: Mutex<()> = Mutex::new(());
    let name = format!("t{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    let _making = MAKING.lock();
    cluster().database(&name);
    name
}

fn connect(database: &str) -> Result<PostgresStore, StoreError> {
    PostgresStore::connect(&cluster().server(database), limit())
}

/// An empty store.
pub(crate) fn open() -> (PostgresStore, ()) {
    (connect(&database()).unwrap(), ())
}

/// Makes tests that need a server.
macro_rules! with_server {
    ($(fn $name:ident() $body:block)*) => {$(
        #[test]
        fn $name() {
            if is_there() $body
        }
    )*};
}
pub(crate) use with_server;

with_server! {
    fn what_is_not_a_store_is_refused_and_left_alone() {
        let name = database();
        let existing = PostgresStore::connect_existing(&cluster().server(&name), limit());
        assert!(matches!(existing, Err(StoreError::Foreign { .. })), "{existing:?}");
        cluster().sql(&name, "CREATE SCHEMA tallyfold; CREATE TABLE tallyfold.events (x INT)");
        assert!(matches!(connect(&name), Err(StoreError::Foreign { .. })));
        cluster().sql(&name, "CREATE TABLE tallyfold.about (schema BIGINT)");
        assert!(matches!(connect(&name), Err(StoreError::Foreign { .. })));
        cluster().sql(&name, "SELECT x FROM tallyfold.events");
    }

    fn a_newer_schema_is_refused() {
        let name = database();
        drop(connect(&name).unwrap());
        cluster().sql(&name, "UPDATE tallyfold.about SET schema = 99");
        assert!(matches!(connect(&name), Err(StoreError::Newer { found: 99, known: 2, .. })));
    }

    fn a_server_that_is_not_there_is_an_error_without_a_password() {
        let server = "postgres://me:secret@localhost:1/ledger?connect_timeout=1";
        let error = PostgresStore::connect(server, limit()).unwrap_err().to_string();
        assert!(error.starts_with("PostgreSQL localhost:1/ledger cannot be used: "), "{error}");
        assert!(!error.contains("secret"), "{error}");
        let error = PostgresStore::connect("postgres://?nonsense=1", limit()).unwrap_err();
        assert!(error.to_string().contains("nonsense"), "{error}");
    }

    fn several_processes_append_to_one_log() {
        let name = database();
        // Whatever the server's default is.
        let default = "SET default_transaction_isolation = 'serializable'";
        cluster().sql(&name, &format!("ALTER DATABASE {name} {default}"));
        let stores: Vec<_> = (0..3).map(|_| connect(&name).unwrap()).collect();
        std::thread::scope(|scope| {
            for (number, store) in stores.iter().enumerate() {
                scope.spawn(move || {
                    for event in 0..40 {
                        let id = format!("{number}-{event}");
                        let name = format!("account-{}", event % 7);
                        store.append(&pack(&name, &id).into(), Expected::Any).unwrap();
                    }
                });
            }
        });
        let positions: Vec<_> = LogEvents::after(&stores[0], Position::START)
            .map(|event| event.unwrap().position.get())
            .collect();
        assert!(positions.into_iter().eq(1..=120));
        assert_eq!(stores[1].verify().unwrap().streams, 7);
    }

    fn a_tail_is_woken_by_another_process() {
        let name = database();
        let (writer, reader) = (connect(&name).unwrap(), connect(&name).unwrap());
        std::thread::scope(|scope| {
            let waiting =
                scope.spawn(|| reader.wait(Position::START, Duration::from_secs(60)).unwrap());
            std::thread::sleep(Duration::from_millis(50));
            writer.append(&pack("a", "1").into(), Expected::Any).unwrap();
            assert_eq!(waiting.join().unwrap(), Position::new(1));
        });
    }

    fn a_consumer_moves_with_its_own_tables() {
        let (store, ()) = open();
        let consume = |seen: i64, and_then: &'static str| {
            store.consume("counter", Position::new(7), async |work| {
                work.batch_execute("CREATE TABLE IF NOT EXISTS counts (seen BIGINT)").await?;
                work.execute("INSERT INTO counts VALUES ($1)", &[&seen]).await?;
                work.batch_execute(and_then).await
            })
        };
        assert!(consume(1, "no SQL").is_err());
        assert_eq!(store.checkpoint("counter").unwrap(), Position::START);
        consume(2, "SELECT 1").unwrap();
        assert_eq!(store.checkpoint("counter").unwrap(), Position::new(7));
    }

    fn what_was_changed_is_noticed() {
        let changes = [
            ("UPDATE tallyfold.events SET line = line || ' ' WHERE position = 2", "was changed"),
            ("DELETE FROM tallyfold.events WHERE position = 2", "is missing"),
            ("DELETE FROM tallyfold.events WHERE position = 4", "does not end at 4"),
            ("UPDATE tallyfold.heads SET position = 3", "head was changed"),
            ("DELETE FROM tallyfold.heads", "head is missing"),
            ("DELETE FROM tallyfold.ids WHERE position = 2", "id of the event at 2 is missing"),
            ("INSERT INTO tallyfold.ids VALUES (2, 'x', 2, '')", "ids without an event"),
            ("INSERT INTO tallyfold.streams VALUES (9, 'x', '')", "accounts without an event"),
            ("UPDATE tallyfold.streams SET account = 'c' WHERE stream = 2", "was changed"),
            ("UPDATE tallyfold.streams SET stream = 9 WHERE stream = 2", "is of no account"),
            ("UPDATE tallyfold.events SET number = 9 WHERE position = 4", "was changed"),
            ("DELETE FROM tallyfold.streams WHERE stream = 2", "is of no account"),
        ];
        for (change, problem) in changes {
            let name = database();
            let store = connect(&name).unwrap();
            for event in [rate("r"), pack("a", "1"), pack("b", "1"), pack("a", "2")] {
                store.append(&event.into(), Expected::Any).unwrap();
            }
            store.verify().unwrap();
            cluster().sql(&name, change);
            let error = store.verify().unwrap_err();
            assert!(matches!(error, StoreError::Damaged { .. }), "{change}: {error}");
            assert!(error.to_string().contains(problem), "{change}: {error}");
        }
    }

    fn what_is_read_is_checked() {
        let name = database();
        let store = connect(&name).unwrap();
        for event in [pack("a", "1"), pack("b", "1"), pack("a", "2"), pack("a", "3")] {
            store.append(&event.into(), Expected::Any).unwrap();
        }
        cluster().sql(&name, "DELETE FROM tallyfold.events WHERE position = 3");
        let all = Position::new(4);
        assert!(store.read_log(Position::START, 10).is_err());
        assert!(store.read_stream(&account("a"), Position::START, 10).is_err());
        assert!(store.read_account(&account("a"), Position::START, all, 10).is_err());
        assert!(store.find(&account("a"), pack("a", "2").id().unwrap()).is_err());
        assert!(store.append(&pack("a", "2").into(), Expected::Any).is_err());
        assert_eq!(store.read_stream(&account("b"), Position::START, 10).unwrap().len(), 1);
        assert_eq!(store.version(&Stream::Catalog).unwrap().get(), 0);
    }

    fn a_damaged_snapshot_is_none() {
        let name = database();
        let store = connect(&name).unwrap();
        store.append(&pack("a", "1").into(), Expected::Any).unwrap();
        let snapshot = tallyfold_store::SnapshotBytes {
            stamp: "fold 1".to_owned(),
            position: Position::new(1),
            version: store.version(&account("a")).unwrap(),
            body: b"{}".to_vec(),
            parts: Vec::new(),
        };
        store.keep_snapshot(&account("a"), &snapshot).unwrap();
        cluster().sql(&name, "UPDATE tallyfold.snapshots SET body = 'x'");
        assert_eq!(store.snapshot(&account("a")).unwrap(), None);
    }
}

/// A pack that is bought at an instant.
fn pack_at(at: Timestamp) -> Batch {
    let fields = format!(r#""at":"{at}","account":"acme","pack":"{at}","tokens":1"#);
    line(&format!(r#"{{"type":"PackPurchased",{fields}}}"#)).into()
}

#[test]
fn a_machine_whose_clock_is_not_the_servers_locks_out_no_other() {
    if !is_there() {
        return;
    }
    let database = database();
    let connect = |limit| PostgresStore::connect(&cluster().server(&database), limit).unwrap();
    let right = connect(FutureLimit::default());
    for off in [Span::hours(2), Span::from_nanos(-Span::hours(2).nanos())] {
        let clock = move || SystemClock.now() + off;
        let wrong = connect(FutureLimit::new(clock, Span::minutes(1)).watched());
        let refused = wrong.append(&pack_at(clock()), Expected::Any).unwrap_err();
        assert!(
            matches!(refused, AppendError::Store(StoreError::WrongClock { .. })),
            "{refused:?}"
        );
        assert!(refused.to_string().contains("and the server's clock says"), "{refused}");
        assert!(matches!(wrong.now(), Err(StoreError::WrongClock { .. })));
        right.append(&pack_at(SystemClock.now()), Expected::Any).unwrap();
    }
}

#[cfg(feature = "sqlite")]
#[test]
fn a_wrong_clock_is_made_good() {
    if !is_there() {
        return;
    }
    let server = cluster().server(&database());
    crate::repair::a_wrong_clock_is_made_good(|limit| {
        std::sync::Arc::new(PostgresStore::connect(&server, limit).unwrap())
    });
}
