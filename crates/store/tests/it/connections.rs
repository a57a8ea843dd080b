//! What a connection to a PostgreSQL server is told, and what it checks.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tallyfold_store::{
    Expected, Observation, Position, PostgresSettings, PostgresStore, Store, StoreError,
    StoreSettings,
};

use crate::lines::pack;
use crate::postgres::{cluster, database, is_there, limit, with_server};

/// What the server says of one of its settings, to the work of a consumer.
fn setting(store: &PostgresStore, name: &str) -> String {
    let show = format!("SHOW {name}");
    store
        .consume("settings", Position::START, async |work| {
            Ok(work.query_one(&show, &[]).await?.get::<_, String>(0))
        })
        .unwrap()
}

with_server! {
    fn commits_are_synchronous_whatever_the_default_is() {
        let name = database();
        cluster().sql(&name, &format!("ALTER DATABASE {name} SET synchronous_commit = off"));
        let store = PostgresStore::connect(&cluster().server(&name), limit()).unwrap();
        assert_eq!(setting(&store, "synchronous_commit"), "on");
        let server = format!("{} options='-c synchronous_commit=off'", cluster().server(&name));
        let refused = PostgresStore::connect(&server, limit()).unwrap_err().to_string();
        assert!(refused.contains("`synchronous_commit=off`"), "{refused}");
    }

    fn nobody_slips_in_a_function_of_the_same_name() {
        let name = database();
        cluster().sql(&name, "CREATE SCHEMA evil");
        for function in ["pg_notify(a text, b text)", "pg_advisory_xact_lock(a bigint)"] {
            let body = "RETURNS void LANGUAGE plpgsql AS $$ BEGIN RAISE 'called'; END $$";
            cluster().sql(&name, &format!("CREATE FUNCTION evil.{function} {body}"));
        }
        let path = "SET search_path = evil, pg_catalog, public";
        cluster().sql(&name, &format!("ALTER DATABASE {name} {path}"));
        let store = PostgresStore::connect(&cluster().server(&name), limit()).unwrap();
        store.append(&pack("a", "1").into(), Expected::Any).unwrap();
        assert_eq!(setting(&store, "search_path"), r#""$user", public"#);
    }

    fn certificates_are_checked_as_libpq_would() {
        if !Path::new("/usr/bin/openssl").exists() {
            return;
        }
        let name = database();
        let authority = cluster().turn_on_tls();
        // Whoever runs the tests may read it.
        let folder = tempfile::tempdir().unwrap();
        let trusted = folder.path().join("server.crt");
        std::fs::copy(authority, &trusted).unwrap();
        let connect = |host: &str, options: &str| {
            let port = cluster().port();
            let server = format!("postgres://tallyfold@{host}:{port}/{name}?{options}");
            PostgresStore::connect(&server, limit()).map(drop).map_err(|error| error.to_string())
        };
        // The server reads its settings anew in its own time.
        while connect("localhost", "sslmode=require").unwrap_err().contains("does not support TLS") {
            std::thread::yield_now();
        }
        let trusted = format!("sslrootcert={}", trusted.display());
        for mode in ["require", "verify-full", "verify-ca"] {
            let unknown = connect("localhost", &format!("sslmode={mode}")).unwrap_err();
            assert!(unknown.contains("certificate"), "{mode}: {unknown}");
            connect("localhost", &format!("sslmode={mode}&{trusted}")).unwrap();
        }
        connect("127.0.0.1", &format!("sslmode=verify-ca&{trusted}")).unwrap();
        let other = connect("127.0.0.1", &format!("sslmode=verify-full&{trusted}")).unwrap_err();
        assert!(other.contains("not valid for"), "{other}");
        let no_file = connect("localhost", "sslmode=verify-full&sslrootcert=/none").unwrap_err();
        assert!(no_file.contains("sslrootcert /none"), "{no_file}");
    }

    fn who_asks_for_the_head_at_once_shares_readings() {
        let name = database();
        let acquired = Arc::new(AtomicU64::new(0));
        let counter = acquired.clone();
        let observer = Arc::new(move |observation: &Observation<'_>| {
            if let Observation::ConnectionAcquired { .. } = observation {
                counter.fetch_add(1, Ordering::Relaxed);
            }
        });
        let settings: PostgresSettings = StoreSettings { future_limit: limit(), observer }.into();
        let store = PostgresStore::connect(&cluster().server(&name), settings).unwrap();
        let before = acquired.load(Ordering::Relaxed);
        std::thread::scope(|scope| {
            for _ in 0..64 {
                scope.spawn(|| {
                    for _ in 0..50 {
                        store.head().unwrap();
                    }
                });
            }
        });
        let readings = acquired.load(Ordering::Relaxed) - before;
        assert!(readings < 64 * 50 / 4, "{readings} readings for {} calls", 64 * 50);
    }

    fn a_deadline_may_be_as_long_as_one_likes() {
        let name = database();
        let settings = PostgresSettings { deadline: Duration::MAX, ..limit().into() };
        let store = PostgresStore::connect(&cluster().server(&name), settings).unwrap();
        store.append(&pack("a", "1").into(), Expected::Any).unwrap();
        let settings = PostgresSettings { deadline: Duration::ZERO, ..limit().into() };
        let never = PostgresStore::connect(&cluster().server(&name), settings);
        assert!(matches!(never, Err(StoreError::Unavailable { .. })), "{never:?}");
    }

    fn the_head_is_never_older_than_what_was_appended() {
        let name = database();
        let connect = || PostgresStore::connect(&cluster().server(&name), limit()).unwrap();
        let (one, other) = (connect(), connect());
        std::thread::scope(|scope| {
            for thread in 0..8 {
                let (one, other) = (&one, &other);
                scope.spawn(move || {
                    for number in 0..25 {
                        let event = pack(&format!("a{thread}"), &number.to_string());
                        let receipt = one.append(&event.into(), Expected::Any).unwrap();
                        let head = other.head().unwrap();
                        assert!(head.position >= receipt.events[0].position);
                    }
                });
            }
        });
    }

    fn statistics_are_made_by_who_owns_the_tables_and_asked_for_by_anybody() {
        let name = database();
        let store = PostgresStore::connect(&cluster().server(&name), limit()).unwrap();
        store.append(&pack("a", "1").into(), Expected::Any).unwrap();
        let analyzed = |events: &str| {
            let check = format!(
                "DO $$ BEGIN IF (SELECT reltuples FROM pg_class \
                 WHERE oid = 'tallyfold.events'::regclass) {events} THEN RAISE 'no'; END IF; END $$"
            );
            cluster().sql(&name, &check);
        };
        analyzed(">= 0");
        store.analyze().unwrap();
        analyzed("<> 1");
        cluster().sql(
            &name,
            "CREATE ROLE clerk LOGIN; GRANT USAGE ON SCHEMA tallyfold TO clerk; \
             GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA tallyfold TO clerk",
        );
        let server = cluster().server(&name).replace("user=tallyfold", "user=clerk");
        let clerk = PostgresStore::connect_existing(&server, limit()).unwrap();
        clerk.analyze().unwrap();
        clerk.append(&pack("a", "2").into(), Expected::Any).unwrap();
    }
}
