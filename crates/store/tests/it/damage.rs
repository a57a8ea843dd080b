//! A file that is not what was stored: an error that names it, never a wrong answer.

use std::fs;
use std::path::{Path, PathBuf};

use tallyfold_store::{
    Batch, Expected, Head, IdKey, LogEvents, LogLine, Position, SqliteStore, Store, StoreError,
    StoredEvent, Stream,
};

use crate::dice::Dice;
use crate::flips::{Aim, flip_bits};
use crate::lines::{account, pack, pack_without_id, rate};
use crate::sqlite::{limit, open_at};

const ACCOUNTS: [&str; 3] = ["a", "b", "c"];

fn streams() -> Vec<Stream> {
    let accounts = ACCOUNTS.iter().map(|name| account(name));
    accounts.chain([Stream::Catalog, Stream::Malformed]).collect()
}

/// A store with a few hundred events, as it is on disk after it was closed.
fn sound_file(folder: &Path) -> PathBuf {
    let store = open_at(folder).unwrap();
    let imported = [LogLine::new(b"no event"), LogLine::new(pack("a", "0").line())];
    store.import(Position::START, &imported).unwrap();
    for round in 1..100 {
        for account in ACCOUNTS {
            let id = format!("{round}");
            let batch = Batch::new(vec![pack(account, &id), pack_without_id(account, "x")]);
            store.append(&batch.unwrap(), Expected::Any).unwrap();
        }
        store.append(&rate(&format!("{round}")).into(), Expected::Any).unwrap();
    }
    store.path().to_owned()
}

/// All that there is to be read.
#[derive(Clone, PartialEq)]
struct Content {
    head: Head,
    log: Vec<StoredEvent>,
    streams: Vec<Vec<StoredEvent>>,
    seen: Vec<Vec<StoredEvent>>,
    found: Vec<Option<StoredEvent>>,
}

fn ids() -> Vec<(Stream, IdKey)> {
    let of_account = |round: usize| {
        let name = ACCOUNTS[round % 3];
        (account(name), pack(name, &round.to_string()).id().unwrap().clone())
    };
    (1..100).map(of_account).collect()
}

/// Reads by every way there is; each answers on its own.
fn read(store: &SqliteStore) -> Vec<Result<Content, StoreError>> {
    let empty = || Content {
        head: Head::default(),
        log: Vec::new(),
        streams: Vec::new(),
        seen: Vec::new(),
        found: Vec::new(),
    };
    let all = usize::MAX >> 1;
    let through = Position::new(10_000);
    let start = Position::START;
    vec![
        store.head().map(|head| Content { head, ..empty() }),
        LogEvents::after(store, start)
            .collect::<Result<_, _>>()
            .map(|log| Content { log, ..empty() }),
        streams()
            .iter()
            .map(|stream| store.read_stream(stream, start, all))
            .collect::<Result<_, _>>()
            .map(|streams| Content { streams, ..empty() }),
        ACCOUNTS
            .iter()
            .map(|name| store.read_account(&account(name), start, through, all))
            .collect::<Result<_, _>>()
            .map(|seen| Content { seen, ..empty() }),
        ids()
            .iter()
            .map(|(stream, id)| store.find(stream, id))
            .collect::<Result<_, _>>()
            .map(|found| Content { found, ..empty() }),
    ]
}

fn names(path: &Path, error: &StoreError) -> bool {
    error.to_string().contains(&path.display().to_string())
}

/// What became of a damaged file.
#[derive(Debug, Default)]
struct Count {
    refused: u32,
    noticed: u32,
    harmless: u32,
}

impl Count {
    /// Every answer is an error that names the file, or right.
    fn add(&mut self, damaged: &[u8], sound: &[Content], what: &str) {
        let folder = tempfile::tempdir().unwrap();
        let path = &folder.path().join("damaged.db");
        fs::write(path, damaged).unwrap();
        let store = match SqliteStore::open_existing(path, limit()) {
            Ok(store) => store,
            Err(error) => {
                assert!(names(path, &error), "{what}: {error}");
                self.refused += 1;
                return;
            }
        };
        let verified = store.verify();
        let mut is_noticed = false;
        for (answer, right) in read(&store).into_iter().zip(sound) {
            match answer {
                Err(error) => {
                    assert!(names(path, &error), "{what}: {error}");
                    is_noticed = true;
                }
                Ok(answer) => assert!(answer == *right, "{what}: a wrong answer"),
            }
        }
        match verified {
            Ok(_) => assert!(!is_noticed, "{what}: a sound file could not be read"),
            Err(error) => assert!(names(path, &error), "{what}: {error}"),
        }
        let is_harmless = store.verify().is_ok();
        *(if is_harmless { &mut self.harmless } else { &mut self.noticed }) += 1;
    }
}

fn sound_content(path: &Path) -> Vec<Content> {
    let store = SqliteStore::open_existing(path, limit()).unwrap();
    store.verify().unwrap();
    read(&store).into_iter().map(Result::unwrap).collect()
}

/// How many damaged files are tried; `TALLYFOLD_DAMAGE` asks for more.
fn rounds() -> u64 {
    std::env::var("TALLYFOLD_DAMAGE").map_or(150, |rounds| rounds.parse().unwrap())
}

#[test]
fn a_flipped_bit_gives_no_wrong_answer() {
    println!("{:?}", flip_bits(100, 1, Aim::Random));
    println!("{:?}", flip_bits(100, 2, Aim::AtIndexes));
}

#[test]
fn a_file_that_was_cut_off_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let path = sound_file(folder.path());
    let (sound, bytes) = (sound_content(&path), fs::read(&path).unwrap());
    let (mut dice, mut count) = (Dice(2), Count::default());
    for _ in 0..rounds() / 5 {
        let length = 1 + dice.below(bytes.len() as u64 - 1) as usize;
        count.add(&bytes[..length], &sound, &format!("cut to {length} bytes"));
    }
    assert_eq!(count.harmless, 0, "{count:?}");
}

/// What a power cut leaves: the log beside the file, as far as it was written.
#[test]
fn a_torn_write_ahead_log_loses_only_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let store = open_at(folder.path()).unwrap();
    for id in 0..60 {
        let two = Batch::new(vec![pack("a", &format!("{id}")), pack("a", &format!("{id}'"))]);
        store.append(&two.unwrap(), Expected::Any).unwrap();
    }
    let whole: Vec<_> = LogEvents::after(&store, Position::START).map(Result::unwrap).collect();
    let wal = |path: &Path| PathBuf::from(format!("{}-wal", path.display()));
    let file = fs::read(store.path()).unwrap();
    let log = fs::read(wal(store.path())).unwrap();
    let (mut dice, mut shorter) = (Dice(3), 0);
    for _ in 0..rounds() / 5 {
        let other = tempfile::tempdir().unwrap();
        let path = other.path().join("torn.db");
        let length = dice.below(log.len() as u64 + 1) as usize;
        fs::write(&path, &file).unwrap();
        let mut torn = log[..length].to_vec();
        // The last sector may hold anything.
        torn.extend((0..dice.below(512)).map(|byte| byte as u8));
        fs::write(wal(&path), torn).unwrap();
        // Where not even the schema was written, it is an empty file.
        let store = SqliteStore::open(&path, limit()).unwrap();
        let read: Vec<_> = LogEvents::after(&store, Position::START).map(Result::unwrap).collect();
        assert_eq!(read, whole[..read.len()]);
        assert_eq!(read.len() % 2, 0, "half a batch");
        store.verify().unwrap();
        store.append(&pack("a", "more").into(), Expected::Any).unwrap();
        store.verify().unwrap();
        shorter += u32::from(read.len() < whole.len());
    }
    assert!(shorter > 0);
}
