//! The SQLite store: the contract, and what is its own.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, Transaction};
use tallyfold_core::Span;
use tallyfold_store::{
    AppendError, Expected, FutureLimit, LogEvents, Position, SqliteStore, Store, StoreError,
    Version, store_contract,
};
use tempfile::TempDir;

use crate::lines::{now, pack};

store_contract!(sqlite, open);

pub(crate) fn limit() -> FutureLimit {
    FutureLimit::new(now, Span::minutes(1))
}

pub(crate) fn open_at(folder: &Path) -> Result<SqliteStore, StoreError> {
    SqliteStore::open(folder.join("ledger.db"), limit())
}

/// An empty store, and the folder that is deleted with it.
pub(crate) fn open() -> (SqliteStore, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    (open_at(folder.path()).unwrap(), folder)
}

fn refused(path: &Path) -> StoreError {
    let error = SqliteStore::open(path, limit()).unwrap_err();
    assert!(error.to_string().contains(&path.display().to_string()), "{error}");
    assert_eq!(SqliteStore::open_existing(path, limit()).unwrap_err(), error);
    error
}

#[test]
fn a_file_of_another_program_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("text");
    std::fs::write(&text, "no database, and longer than the header of one would be: ".repeat(20))
        .unwrap();
    assert!(matches!(refused(&text), StoreError::Foreign { .. }));
    let marked = folder.path().join("marked.db");
    let other = Connection::open(&marked).unwrap();
    other.execute_batch("PRAGMA application_id = 1; CREATE TABLE t (x)").unwrap();
    let plain = folder.path().join("plain.db");
    let another = Connection::open(&plain).unwrap();
    another.execute_batch("CREATE TABLE t (x)").unwrap();
    for (path, file) in [(&marked, &other), (&plain, &another)] {
        let before = std::fs::read(path).unwrap();
        assert!(matches!(refused(path), StoreError::Foreign { .. }));
        assert_eq!(std::fs::read(path).unwrap(), before);
        let mode: String = file.query_row("PRAGMA journal_mode", [], |row| row.get(0)).unwrap();
        assert_eq!(mode, "delete");
    }
}

#[test]
fn a_newer_file_is_refused() {
    let (store, _folder) = open();
    let path = store.path().to_owned();
    drop(store);
    Connection::open(&path).unwrap().execute_batch("PRAGMA user_version = 99").unwrap();
    assert!(matches!(refused(&path), StoreError::Newer { found: 99, known: 3, .. }));
}

#[test]
fn a_store_that_must_exist_is_not_made() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    assert!(SqliteStore::open_existing(&path, limit()).is_err());
    assert!(!path.exists());
    std::fs::write(&path, "").unwrap();
    assert!(SqliteStore::open_existing(&path, limit()).is_err());
    SqliteStore::open(&path, limit()).unwrap();
    SqliteStore::open_existing(&path, limit()).unwrap();
    assert!(SqliteStore::open(folder.path(), limit()).is_err());
}

#[test]
fn a_store_is_durable_and_says_so_to_its_database() {
    let (store, _folder) = open();
    let set = store.consume("test", Position::START, |work| {
        let number = |pragma| work.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
        let mode = work.pragma_query_value(None, "journal_mode", |row| row.get::<_, String>(0))?;
        Ok((mode, number("synchronous")?, number("application_id")?, number("user_version")?))
    });
    assert_eq!(set.unwrap(), ("wal".to_owned(), 2, 0x5461_6c79, 3));
}

#[test]
fn two_openers_of_one_file_see_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let stores = [(); 2].map(|()| open_at(folder.path()).unwrap());
    for round in 0..20 {
        let store = &stores[round % 2];
        let version = Expected::Version(Version::new(round as u64));
        let receipt = store.append(&pack("a", &round.to_string()).into(), version).unwrap();
        assert_eq!(receipt.events[0].position.get(), round as u64 + 1);
        let same = stores[1 - round % 2].append(&pack("a", &round.to_string()).into(), version);
        assert!(same.unwrap().events[0].is_repeat);
    }
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| stores[0].wait(Position::new(20), Duration::from_secs(60)));
        stores[1].append(&pack("b", "1").into(), Expected::Any).unwrap();
        assert_eq!(waiting.join().unwrap().unwrap(), Position::new(21));
    });
    stores[0].verify().unwrap();
}

#[test]
fn a_consumer_moves_its_checkpoint_with_its_own_work() {
    let (store, _folder) = open();
    let make = "CREATE TABLE consumer_seen (position INTEGER)";
    store.consume("it", Position::START, |work| work.execute_batch(make)).unwrap();
    let insert = |work: &Transaction<'_>| work.execute("INSERT INTO consumer_seen VALUES (1)", []);
    let failed = store.consume("it", Position::new(1), move |work| {
        insert(work)?;
        work.execute_batch("no statement")
    });
    assert!(matches!(failed, Err(StoreError::Unavailable { .. })), "{failed:?}");
    assert_eq!(store.checkpoint("it").unwrap(), Position::START);
    store.consume("it", Position::new(1), insert).unwrap();
    assert_eq!(store.checkpoint("it").unwrap(), Position::new(1));
    let seen = store.consume("it", Position::new(2), |work| {
        work.query_row("SELECT count(*) FROM consumer_seen", [], |row| row.get::<_, i64>(0))
    });
    assert_eq!(seen.unwrap(), 1);
}

/// Appends until there is no room, makes room, and goes on.
fn fill_up(store: &SqliteStore, make_room: impl FnOnce()) {
    let mut acknowledged = 0;
    let full = loop {
        match store.append(&pack("a", &acknowledged.to_string()).into(), Expected::Any) {
            Ok(receipt) => {
                acknowledged += 1;
                assert_eq!(receipt.events[0].position.get(), acknowledged);
                assert!(acknowledged < 100_000, "there is no end of room");
            }
            Err(error) => break error,
        }
    };
    let full_store = StoreError::Full { store: store.name() };
    assert_eq!(full, AppendError::Store(full_store));
    assert_eq!(store.head().unwrap().position.get(), acknowledged, "reading goes on");
    make_room();
    let receipt = store.append(&pack("a", &acknowledged.to_string()).into(), Expected::Any);
    assert_eq!(receipt.unwrap().events[0].position.get(), acknowledged + 1);
    let read = LogEvents::after(store, Position::START).map(Result::unwrap);
    for (event, id) in read.zip(0..=acknowledged) {
        assert_eq!(event.line, pack("a", &id.to_string()).line());
    }
    assert_eq!(store.verify().unwrap().head.position.get(), acknowledged + 1);
}

#[test]
fn a_full_store_says_so_and_works_again_when_there_is_room() {
    let (store, _folder) = open();
    let limit_pages = |pages: u32| {
        let limit = move |work: &Transaction<'_>| {
            work.pragma_update_and_check(None, "max_page_count", pages, |row| row.get::<_, i64>(0))
        };
        store.consume("limit", Position::START, limit).unwrap();
    };
    limit_pages(64);
    fill_up(&store, || {
        // The file may grow by a page for the checkpoint, which is one that is there already.
        limit_pages(1_000_000);
    });
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_says_so_and_the_store_works_again_when_there_is_room() {
    use std::process::Command;

    let folder = tempfile::tempdir().unwrap();
    let mount = |options: &str| {
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(folder.path());
        mount.output().is_ok_and(|done| done.status.success())
    };
    if !mount("size=1m") {
        println!("SKIPPED: a full disk; this user may not mount a tmpfs (run as root)");
        return;
    }
    let store = open_at(folder.path()).unwrap();
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        fill_up(&store, || assert!(mount("remount,size=8m")));
    }));
    drop(store);
    Command::new("umount").arg(folder.path()).status().unwrap();
    if let Err(panic) = outcome {
        std::panic::resume_unwind(panic);
    }
}

#[cfg(unix)]
#[test]
fn a_new_store_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;

    let (store, folder) = open();
    store.append(&pack("a", "1").into(), Expected::Any).unwrap();
    for file in ["ledger.db", "ledger.db-wal", "ledger.db-shm"] {
        let mode = folder.path().join(file).metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
}

/// All files of a folder with their contents.
fn contents(folder: &Path) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let mut files: Vec<_> =
        files.map(|path| (path.clone(), std::fs::read(path).unwrap())).collect();
    files.sort();
    files
}

#[test]
fn a_store_that_is_read_only_is_read_and_left_as_it_is() {
    let folder = tempfile::Builder::new().prefix("100% mine? #1").tempdir().unwrap();
    let store = open_at(folder.path()).unwrap();
    store.append(&pack("a", "1").into(), Expected::Any).unwrap();
    let path = store.path().to_owned();
    drop(store);
    let before = contents(folder.path());
    let mut permissions = path.metadata().unwrap().permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(&path, permissions).unwrap();
    let store = SqliteStore::open_read_only(&path, limit()).unwrap();
    assert_eq!(store.verify().unwrap().head, store.head().unwrap());
    assert_eq!(store.read_log(Position::START, 9).unwrap().len(), 1);
    assert!(store.append(&pack("a", "2").into(), Expected::Any).is_err());
    assert!(store.rebuild().is_err());
    drop(store);
    assert_eq!(contents(folder.path()), before);
}

/// Beside a service that is writing.
#[test]
fn a_store_in_use_is_verified_as_it_is_at_one_instant() {
    let (store, _folder) = open();
    store.append(&pack("a", "1").into(), Expected::Any).unwrap();
    let reader = SqliteStore::open_read_only(store.path(), limit()).unwrap();
    store.append(&pack("a", "2").into(), Expected::Any).unwrap();
    assert_eq!(reader.verify().unwrap().head.position, Position::new(2));
}

#[test]
fn a_file_of_an_older_schema_is_not_migrated_to_be_read() {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/schema-1.db");
    let before = std::fs::read(&fixture).unwrap();
    let error = SqliteStore::open_read_only(&fixture, limit()).unwrap_err();
    assert!(matches!(error, StoreError::Older { found: 1, known: 3, .. }), "{error}");
    assert_eq!(std::fs::read(&fixture).unwrap(), before);
}
