//! How PostgreSQL does what the store asks: by the indexes, whatever statistics say, so that other
//! accounts' events cost nothing.

use std::sync::mpsc::channel;
use std::time::Duration;

use serde_json::Value;
use tallyfold_store::{Expected, LogLine, Position, PostgresSettings, PostgresStore, Store};

use crate::lines::{account, pack, rate};
use crate::postgres::{cluster, database, is_there, limit, with_server};

/// A statement, as the server explains it after it was done.
#[derive(Debug)]
struct Explained {
    query: String,
    plan: Value,
}

/// Lets the server explain whatever is done in a database from the next connection on.
fn explain(database: &str) {
    for setting in [
        "session_preload_libraries = auto_explain",
        "auto_explain.log_min_duration = 0",
        "auto_explain.log_format = json",
        "auto_explain.log_analyze = on",
        "auto_explain.log_timing = off",
        "auto_explain.log_buffers = on",
    ] {
        cluster().sql("postgres", &format!("ALTER DATABASE {database} SET {setting}"));
    }
}

/// Reads on in the server's log.
struct Explanations {
    begins: String,
    read: usize,
}

impl Explanations {
    fn of(database: &str) -> Explanations {
        let begins = format!("{database}|LOG:  duration: ");
        Explanations { begins, read: cluster().log().len() }
    }

    /// What was explained of the database since this was asked last.
    fn next(&mut self) -> Vec<Explained> {
        let log = cluster().log();
        let mut lines = log[self.read..].lines().peekable();
        let mut explained = Vec::new();
        while let Some(line) = lines.next() {
            if !line.starts_with(&self.begins) {
                continue;
            }
            let mut json = String::new();
            while let Some(line) = lines.next_if(|line| line.starts_with('\t')) {
                json.push_str(line);
            }
            let mut json: Value = serde_json::from_str(&json).unwrap();
            let query = json["Query Text"].as_str().unwrap().to_owned();
            explained.push(Explained { query, plan: json["Plan"].take() });
        }
        self.read = log.len();
        explained
    }
}

impl Explained {
    /// How many pages were looked at.
    fn pages(&self) -> u64 {
        self.plan["Shared Hit Blocks"].as_u64().unwrap()
            + self.plan["Shared Read Blocks"].as_u64().unwrap()
    }

    fn nodes(&self) -> Vec<&Value> {
        let (mut nodes, mut next) = (Vec::new(), vec![&self.plan]);
        while let Some(node) = next.pop() {
            nodes.push(node);
            next.extend(node["Plans"].as_array().into_iter().flatten());
        }
        nodes
    }

    /// No table is read through, and nothing is read to be thrown away.
    fn assert_reads_what_it_needs(&self) {
        for node in self.nodes() {
            let kind = node["Node Type"].as_str().unwrap();
            assert!(!kind.contains("Seq Scan") && !kind.contains("Bitmap"), "{self:#?}");
            let removed = node["Rows Removed by Filter"].as_f64().unwrap_or_default();
            assert!(removed < 1.0, "{self:#?}");
        }
    }
}

/// Ends the statement of another session that looks at the past, also where the test fails.
struct EndOfLook<'a>(&'a str);

impl Drop for EndOfLook<'_> {
    fn drop(&mut self) {
        let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                   WHERE query = 'SELECT pg_sleep(3600)' AND datname";
        cluster().sql("postgres", &format!("{end} = '{}'", self.0));
    }
}

/// Everything that a service asks while it works, on the account `own`.
fn work(store: &PostgresStore, number: u32) {
    let (own, all) = (account("own"), Position::new(25));
    let event = pack("own", "4");
    store.head().unwrap();
    store.version(&own).unwrap();
    store.read_log(Position::new(3), 8).unwrap();
    assert_eq!(store.read_stream(&own, Position::new(5), 100).unwrap().len(), 16);
    assert_eq!(store.read_account(&own, Position::START, all, 100).unwrap().len(), 24);
    assert_eq!(store.read_account(&own, Position::new(3), all, 5).unwrap().len(), 5);
    assert!(store.find(&own, event.id().unwrap()).unwrap().is_some());
    store.accounts("", 5).unwrap();
    store.checkpoint("consumer").unwrap();
    store.snapshot(&own).unwrap();
    assert!(store.append(&event.into(), Expected::Any).unwrap().events[0].is_repeat);
    store.append(&pack("other", &number.to_string()).into(), Expected::Any).unwrap();
}

with_server! {
    fn plans_follow_the_indexes_and_other_accounts_cost_nothing() {
        let name = database();
        let connect = || PostgresStore::connect(&cluster().server(&name), limit()).unwrap();
        drop(connect());
        explain(&name);
        let store = connect();
        store.append(&rate("r1").into(), Expected::Any).unwrap();
        for number in 0..12 {
            store.append(&pack("own", &number.to_string()).into(), Expected::Any).unwrap();
        }
        for id in ["r2", "r3", "r4"] {
            store.append(&rate(id).into(), Expected::Any).unwrap();
        }
        for number in 12..20 {
            store.append(&pack("own", &number.to_string()).into(), Expected::Any).unwrap();
        }
        // So often that plans are kept, of tables that are still small.
        (0..8).for_each(|number| work(&store, number));
        let mut explanations = Explanations::of(&name);
        work(&store, 8);
        let small = explanations.next();

        for chunk in 0..4 {
            let lines: Vec<_> = (0..2_000)
                .map(|number| pack(&format!("a{}", number % 500), &format!("{chunk}-{number}")))
                .map(LogLine::Event)
                .collect();
            let end = store.head().unwrap().position;
            store.import(end, &lines).unwrap();
        }
        let mut check = |store: &PostgresStore, number: u32| {
            drop(explanations.next());
            work(store, number);
            let large = explanations.next();
            assert!(large.len() >= small.len());
            // What asks for the schema, once for each store, is not work.
            for large in large.iter().filter(|it| !it.query.contains("tallyfold.about")) {
                large.assert_reads_what_it_needs();
                let Some(small) = small.iter().find(|it| it.query == large.query) else {
                    panic!("{large:#?}")
                };
                // A tree that is one level higher costs a page a look-up.
                assert!(large.pages() <= 2 * small.pages() + 16, "{small:#?} {large:#?}");
            }
        };
        check(&store, 9);
        (10..18).for_each(|number| check(&connect(), number));
        store.analyze().unwrap();
        check(&store, 18);
        let other = connect();
        (19..29).for_each(|number| check(&other, number));
    }

    fn an_append_costs_the_same_while_another_session_looks_at_the_past() {
        let name = database();
        let connect = || PostgresStore::connect(&cluster().server(&name), limit()).unwrap();
        let append = |store: &PostgresStore, number: u32| {
            store.append(&pack("own", &number.to_string()).into(), Expected::Any).unwrap();
        };
        let bulk = connect();
        (0..30).for_each(|number| append(&bulk, number));
        let patient = PostgresSettings { deadline: Duration::from_secs(60 * 60), ..limit().into() };
        let other = PostgresStore::connect(&cluster().server(&name), patient).unwrap();
        explain(&name);
        let store = connect();
        std::thread::scope(|scope| {
            let _looked = EndOfLook(&name);
            let (looks, is_looking) = channel();
            scope.spawn(move || {
                // A statement keeps what it looks at for as long as it runs.
                let look = async |work: &tokio_postgres::Transaction<'_>| {
                    looks.send(()).unwrap();
                    work.batch_execute("SELECT pg_sleep(3600)").await
                };
                other.consume("past", Position::START, look).unwrap_err();
            });
            is_looking.recv().unwrap();
            (30..40).for_each(|number| append(&store, number));
            let mut explanations = Explanations::of(&name);
            append(&store, 40);
            let before = explanations.next();
            (41..1_500).for_each(|number| append(&bulk, number));
            // This one learns that the indexes have become higher.
            append(&store, 1_500);
            drop(explanations.next());
            append(&store, 1_501);
            let after = explanations.next();
            assert_eq!(before.len(), after.len());
            for (before, after) in before.iter().zip(&after) {
                assert_eq!(before.query, after.query);
                assert!(after.pages() <= before.pages() + 6, "{before:#?} {after:#?}");
            }
        });
    }
}
