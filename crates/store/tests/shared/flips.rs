//! Files with one bit flipped: every answer is right, or an error that names the file.

#![allow(dead_code, reason = "each test program uses some of it")]

use std::fmt::Debug;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::Connection;
use tallyfold_core::*;
use tallyfold_store::*;

use crate::dice::Dice;

/// All that the file holds was appended at this instant, and all questions are asked at it.
const NOW: &str = "2026-01-05T12:00:00Z";
const ACCOUNTS: [&str; 5] = ["acme", "b", "büro", "c", "zebra"];

fn name(text: &str) -> Name<'static> {
    Name::new(text.to_owned()).unwrap()
}

fn open(path: &Path) -> Result<Arc<SqliteStore>, StoreError> {
    let limit = FutureLimit::new(|| NOW.parse().unwrap(), Span::minutes(1));
    Ok(Arc::new(SqliteStore::open(path, limit)?))
}

fn account(name_of_account: &str) -> Stream {
    Stream::Account(name(name_of_account))
}

fn key(id: &str) -> IdKey {
    IdKey::of(&EventId::Plain(name(id)))
}

fn opening(session: &str) -> SessionOpened<'static> {
    let (user, product) = (name("ana"), name("AutoCAD"));
    SessionOpened { session: name(session), user, product, version: None }
}

fn pack(id: &str) -> PackPurchased<'static> {
    PackPurchased { pack: name(id), tokens: PackTokens::new(Tokens::whole(1_004)).unwrap() }
}

/// A store with a few hundred events, as it is on disk after it was closed.
pub(crate) fn sound_file(folder: &Path) -> PathBuf {
    let path = folder.join("ledger.db");
    let store = open(&path).unwrap();
    let imported = [LogLine::new(b"no event"), LogLine::new(b"")];
    store.import(Position::START, &imported).unwrap();
    let service = LedgerService::new(store.clone(), ServiceSettings::default());
    for round in 0..8 {
        let rate = RatePublished {
            product: name("AutoCAD"),
            tokens: RateTokens::new(Tokens::whole(7)).unwrap(),
            per: Per::Day,
        };
        service
            .publish(Some(name(&format!("r{round}"))), CatalogChange::RatePublished(rate))
            .unwrap();
        for account in ACCOUNTS {
            let id = format!("id-{round}");
            service.purchase(name(account), Some(name(&id)), pack(&id)).unwrap();
            let open = format!("open-{round}");
            service.open_session(name(account), Some(name(&open)), opening(&open)).unwrap();
            let close = SessionClosed { session: name(&open) };
            service.close_session(name(account), None, close).unwrap();
        }
        if round == 6 {
            service.keep_snapshots(std::time::Duration::MAX).unwrap();
        }
    }
    for (number, consumer) in (3..).zip(["mailer", "warehouse", "mailer, due"]) {
        store.move_checkpoint(consumer, Position::new(number)).unwrap();
    }
    path
}

/// What was asked, and what was answered.
type Answer = (String, Result<String, String>);

struct Answers(Vec<Answer>);

impl Answers {
    fn add<T: Debug, E: ToString>(&mut self, question: impl ToString, answer: Result<T, E>) {
        let answer = answer.map(|answer| format!("{answer:?}")).map_err(|error| error.to_string());
        self.0.push((question.to_string(), answer));
    }
}

/// Asks all that can be asked; what changes the file comes last.
fn ask_all(store: Arc<SqliteStore>) -> Vec<Answer> {
    let mut answers = Answers(Vec::new());
    ask_streams(&store, &mut answers);
    ask_keys(&store, &mut answers);
    ask_service(store, &mut answers);
    answers.0
}

fn ask_streams(store: &SqliteStore, answers: &mut Answers) {
    answers.add("head", store.head());
    answers.add("log", LogEvents::after(store, Position::START).collect::<Result<Vec<_>, _>>());
    answers.add("wait", store.wait(Position::START, std::time::Duration::ZERO));
    answers.add("last appended", store.last_appended());
    let streams = ACCOUNTS.map(account).into_iter();
    for stream in streams.chain([Stream::Catalog, Stream::Malformed, account("nobody")]) {
        answers.add(format!("version of {stream}"), store.version(&stream));
        answers.add(
            format!("events of {stream}"),
            paged(|after| store.read_stream(&stream, after, 7)),
        );
        let one = store.read_stream(&stream, Position::new(40), 1);
        answers.add(format!("one event of {stream}"), one);
    }
    for stream in ACCOUNTS.map(account) {
        let end = Position::new(100);
        let seen = paged(|after| store.read_account(&stream, after, end, 7));
        answers.add(format!("seen by {stream}"), seen);
    }
}

/// Page by page, until one is empty.
fn paged(
    read: impl Fn(Position) -> Result<Vec<StoredEvent>, StoreError>,
) -> Result<Vec<StoredEvent>, StoreError> {
    let mut all: Vec<StoredEvent> = Vec::new();
    loop {
        let after = all.last().map_or(Position::START, |event| event.position);
        let page = read(after)?;
        if page.is_empty() {
            return Ok(all);
        }
        all.extend(page);
    }
}

fn ask_keys(store: &SqliteStore, answers: &mut Answers) {
    for account_name in ACCOUNTS {
        for id in (0..8).flat_map(|it| [format!("id-{it}"), format!("open-{it}"), format!("x{it}")])
        {
            let found = store.find(&account(account_name), &key(&id));
            answers.add(format!("`{id}` of `{account_name}`"), found);
        }
        answers
            .add(format!("snapshot of `{account_name}`"), store.snapshot(&account(account_name)));
    }
    for consumer in ["", "mailer", "mailer, due", "nobody", "warehouse"] {
        answers.add(format!("checkpoint of `{consumer}`"), store.checkpoint(consumer));
    }
    for after in ["", "a", "acme", "bb", "zebra"] {
        answers.add(format!("accounts after `{after}`"), store.accounts(after, 2));
    }
}

fn ask_service(store: Arc<SqliteStore>, answers: &mut Answers) {
    let service = LedgerService::new(store, ServiceSettings::default());
    for account in ACCOUNTS {
        let balance = service.ask(name(account), |ledger, now| {
            ledger.account(account).map(|account| account.at(now).tokens())
        });
        answers.add(format!("balance of `{account}`"), balance);
    }
    for account in ACCOUNTS {
        let again = service.purchase(name(account), Some(name("id-3")), pack("id-3"));
        let again = again.map(|it| (it.position, it.is_repeat, it.journal));
        answers.add(format!("a purchase of `{account}` again"), again);
        let opened = service.open_session(name(account), None, opening("new"));
        answers.add(format!("an open of `{account}`"), opened.map(|it| it.outcome));
    }
}

/// What became of the damaged files.
#[derive(Debug, Default)]
pub(crate) struct Count {
    /// Could not be opened.
    refused: u32,
    /// Gave an error where it was asked for what was damaged.
    noticed: u32,
    /// Gave right answers only, and its verification an error.
    verified: u32,
    /// Gave right answers only.
    harmless: u32,
}

/// Where a bit is flipped.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Aim {
    /// Anywhere.
    Random,
    /// In what is used of the pages that hold neither events nor snapshots.
    AtIndexes,
}

/// Flips one bit in each of so many copies of a file, and asks each all that can be asked.
///
/// # Panics
///
/// Where an answer is wrong.
pub(crate) fn flip_bits(flips: u64, seed: u64, aim: Aim) -> Count {
    let folder = tempfile::tempdir().unwrap();
    let path = sound_file(folder.path());
    let bytes = fs::read(&path).unwrap();
    let targets = targets(&path, &bytes, aim);
    let right = ask_all(open(&path).unwrap());
    for (question, answer) in &right {
        assert!(answer.is_ok(), "{question}: {answer:?}");
    }
    let (mut dice, mut count) = (Dice(seed), Count::default());
    for _ in 0..flips {
        let at = targets[dice.below(targets.len() as u64) as usize];
        let bit = dice.below(8);
        let mut damaged = bytes.clone();
        damaged[at] ^= 1 << bit;
        let path = folder.path().join("damaged.db");
        fs::write(&path, damaged).unwrap();
        for beside in ["-wal", "-shm"] {
            let _ = fs::remove_file(folder.path().join(format!("damaged.db{beside}")));
        }
        count.add(&path, &right, &format!("bit {bit} of byte {at}"));
    }
    count
}

/// The bytes at which a bit may be flipped.
fn targets(path: &Path, bytes: &[u8], aim: Aim) -> Vec<usize> {
    let all = 0..bytes.len();
    let Aim::AtIndexes = aim else { return all.collect() };
    let file = Connection::open(path).unwrap();
    let mut select = file
        .prepare("SELECT pageno FROM dbstat WHERE name NOT IN ('events', 'snapshots')")
        .unwrap();
    let pages = select.query_map([], |row| row.get::<_, u32>(0)).unwrap();
    let size = 4_096;
    pages
        .flat_map(|page| {
            let from = (page.unwrap() as usize - 1) * size;
            from..from + size
        })
        .filter(|at| bytes[*at] != 0)
        .collect()
}

impl Count {
    fn add(&mut self, path: &Path, right: &[Answer], what: &str) {
        let names_it = |error: &str| error.contains(&path.display().to_string());
        let store = match open(path) {
            Ok(store) => store,
            Err(error) => {
                assert!(names_it(&error.to_string()), "{what}: {error}");
                self.refused += 1;
                return;
            }
        };
        let is_verified = store.verify().is_ok();
        let mut is_noticed = false;
        for ((question, answer), (_, right)) in ask_all(store).iter().zip(right) {
            match answer {
                Err(_) => is_noticed = true,
                // A snapshot is a cache: there may be none.
                Ok(answer) if answer == "None" && question.starts_with("snapshot") => {}
                Ok(answer) => {
                    assert_eq!(Some(answer), right.as_ref().ok(), "{what}: wrong: {question}");
                }
            }
        }
        let count = match (is_noticed, is_verified) {
            (true, _) => &mut self.noticed,
            (false, false) => &mut self.verified,
            (false, true) => &mut self.harmless,
        };
        *count += 1;
    }
}
