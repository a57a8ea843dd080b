//! What a store tells its observer.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tallyfold_core::{Heartbeat, Name, PackPurchased, SessionOpened, Span};
use tallyfold_store::*;

use crate::lines::{now, pack, rate};
use crate::service::{Hands, MONDAY};

/// Takes down what is told, in short.
#[derive(Clone, Default)]
struct Notebook(Arc<Mutex<Vec<String>>>);

impl Notebook {
    fn settings(&self) -> StoreSettings {
        let notes = self.0.clone();
        let observer = Arc::new(move |observation: &Observation<'_>| {
            let note = match observation {
                Observation::Committed { appends, .. } => format!("committed {appends}"),
                Observation::CommitFailed { appends } => format!("failed {appends}"),
                Observation::Contended => "contended".to_owned(),
                Observation::ConsumerLag { consumer, events } => {
                    format!("{consumer} lags {events}")
                }
                Observation::SnapshotKept { bytes, .. } => format!("snapshot {}", *bytes > 0),
                Observation::WalSize { bytes } => format!("wal {}", *bytes > 0),
                other => format!("{other:?}"),
            };
            notes.lock().unwrap().push(note);
        });
        let limit = FutureLimit::new(now, tallyfold_core::Span::minutes(1));
        StoreSettings { observer, ..limit.into() }
    }

    /// What was told since this was asked last.
    fn notes(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

fn name(text: &'static str) -> Name<'static> {
    Name::new(text).unwrap()
}

#[test]
fn commits_consumers_and_the_log_of_the_file_are_told() {
    let (folder, notebook) = (tempfile::tempdir().unwrap(), Notebook::default());
    let store = SqliteStore::open(folder.path().join("ledger.db"), notebook.settings()).unwrap();
    store.append(&pack("a", "1").into(), Expected::Any).unwrap();
    assert_eq!(notebook.notes(), ["wal true", "committed 1"]);
    store.append(&rate("r").into(), Expected::Any).unwrap();
    notebook.notes();
    let mut tail = Tail::resume(&store, "mailer").unwrap();
    tail.next_page(Duration::ZERO).unwrap();
    tail.next_page(Duration::ZERO).unwrap();
    assert_eq!(notebook.notes(), ["mailer lags 2", "mailer lags 0"]);
    store.verify().unwrap();
    assert_eq!(notebook.notes(), ["Verified { events: 2 }"]);
}

#[test]
fn requests_that_are_decided_again_and_snapshots_are_told() {
    let (folder, notebook) = (tempfile::tempdir().unwrap(), Notebook::default());
    let path = folder.path().join("ledger.db");
    let service = |settings: StoreSettings| {
        let store = SqliteStore::open(&path, settings).unwrap();
        LedgerService::new(Arc::new(store), ServiceSettings::default())
    };
    let (one, other) = (service(notebook.settings()), service(Notebook::default().settings()));
    let open = |session| {
        let (user, product) = (name("ana"), name("AutoCAD"));
        SessionOpened { session: name(session), user, product, version: None }
    };
    one.open_session(name("acme"), None, open("s1")).unwrap();
    other.open_session(name("acme"), None, open("s2")).unwrap();
    notebook.notes();
    one.open_session(name("acme"), None, open("s3")).unwrap();
    assert!(notebook.notes().contains(&"contended".to_owned()));
    assert_eq!(one.keep_snapshots(Duration::MAX), Ok(0));
    assert!(notebook.notes().contains(&"snapshot true".to_owned()));
}

#[test]
fn every_answer_is_observed_with_what_came_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let (clock, seen) = (Hands::at(MONDAY), Arc::new(Mutex::new(Vec::new())));
    let told = seen.clone();
    let observer = Arc::new(move |observation: &Observation<'_>| {
        let told_of = match observation {
            Observation::Answered { request, outcome, .. } => format!("{request} {outcome}"),
            Observation::LedgerFound => "found".to_owned(),
            Observation::LedgerLoaded { .. } => "loaded".to_owned(),
            _ => return,
        };
        told.lock().unwrap().push(told_of);
    });
    let limit = FutureLimit::new(clock, Span::minutes(1));
    let settings = StoreSettings { observer, ..limit.into() };
    let store = SqliteStore::open(folder.path().join("ledger.db"), settings).unwrap();
    let service = LedgerService::new(Arc::new(store), ServiceSettings::default());
    let beat = || Heartbeat::new("s1").unwrap();
    service.heartbeat("acme", None, beat()).unwrap_err();
    service.ingest(beat().on("acme", MONDAY.parse().unwrap()).unwrap()).unwrap();
    service.ask("acme", |_, _| ()).unwrap();
    service.purchase("b", "o1", PackPurchased::new("P1", 1).unwrap()).unwrap();
    service.purchase("b", "o1", PackPurchased::new("P1", 1).unwrap()).unwrap();
    assert_eq!(
        *seen.lock().unwrap(),
        [
            "loaded",
            "Heartbeat unknown_session",
            "found",
            "Heartbeat unknown_session",
            "found",
            "ask answered",
            "loaded",
            "PackPurchased recorded",
            "found",
            "PackPurchased repeated"
        ]
    );
}
