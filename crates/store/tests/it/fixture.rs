//! Stores that earlier versions made: `tests/fixtures`. They open, and answer the same.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use tallyfold_core::*;
use tallyfold_store::*;

use crate::service::Hands;

fn fixture(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", "fixtures", name].iter().collect()
}

fn name(text: &str) -> Name<'static> {
    Name::new(text.to_owned()).unwrap()
}

/// A clock after all that the fixtures hold.
fn limit() -> FutureLimit {
    FutureLimit::new(Hands::at("2026-01-09T00:00:00Z"), Span::minutes(1))
}

/// What a store of an earlier schema answered.
fn answers_as_before(store: Arc<dyn Store>) {
    let log = fs::read_to_string(fixture("schema-1.jsonl")).unwrap();
    let mut export = String::new();
    std::io::Read::read_to_string(&mut LogBytes::new(store.clone()), &mut export).unwrap();
    assert_eq!(export, log);
    let head = store.verify().unwrap().head;
    let chain = fs::read_to_string(fixture("schema-1.chain")).unwrap();
    assert_eq!(format!("{}:{}\n", head.position, head.chain), chain);
    let checkpoints = ["mailer", "mailer, due", "warehouse", "nobody"];
    let checkpoints = checkpoints.map(|consumer| store.checkpoint(consumer).unwrap().get());
    assert_eq!(checkpoints, [47, 1_767_771_780_000_000_000, 11, 0]);
    assert_eq!(store.last_appended().unwrap(), None);
    finds_every_first_id(&*store, &log);
    has_the_balances_of(store, &log);
}

/// An id leads to the first event that has it.
fn finds_every_first_id(store: &dyn Store, log: &str) {
    let mut seen = std::collections::BTreeSet::new();
    for (position, line) in (1..).zip(log.lines()) {
        let LogLine::Event(event) = LogLine::new(line.as_bytes()) else { continue };
        let Some(id) = event.id() else { continue };
        if seen.insert((event.stream().clone(), id.clone())) {
            let found = store.find(event.stream(), id).unwrap().unwrap();
            assert_eq!(found.position, Position::new(position));
        }
    }
    assert!(seen.len() > 20);
}

fn has_the_balances_of(store: Arc<dyn Store>, log: &str) {
    let mut ledger = Ledger::default();
    for line in log.lines() {
        if let Ok(event) = tallyfold_log::parse_line(line.as_bytes()) {
            let _ = ledger.apply(&event, &mut ());
        }
    }
    let service = LedgerService::new(store, ServiceSettings::default());
    for account in ["acme", "Büro 7", "empty-handed"] {
        let right = ledger.account(account).unwrap().at_last_event().tokens();
        let ask = |ledger: &Ledger, _| ledger.account(account).unwrap().at_last_event().tokens();
        assert_eq!(service.ask(name(account), ask).unwrap(), right, "{account}");
    }
}

#[test]
fn a_file_of_an_earlier_schema_is_migrated_and_answers_the_same() {
    for schema in ["schema-1.db", "schema-2.db"] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.db");
        fs::copy(fixture(schema), &path).unwrap();
        answers_as_before(Arc::new(SqliteStore::open_existing(&path, limit()).unwrap()));
        answers_as_before(Arc::new(SqliteStore::open(&path, limit()).unwrap()));
    }
}

#[test]
fn a_database_of_schema_1_is_migrated_and_answers_the_same() {
    if !crate::postgres::is_there() {
        return;
    }
    let (database, cluster) = (crate::postgres::database(), crate::postgres::cluster());
    cluster.sql(&database, &fs::read_to_string(fixture("schema-1.sql")).unwrap());
    for _ in 0..2 {
        let server = cluster.server(&database);
        answers_as_before(Arc::new(PostgresStore::connect_existing(&server, limit()).unwrap()));
    }
}
