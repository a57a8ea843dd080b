//! Kills the writing process at random instants, and looks at what it left.
//!
//! `cargo test -p tallyfold-store --test crash` kills ten times; behind `--` may stand how often,
//! and a seed. Each time the program starts itself once or twice as a writer with several
//! appenders, which print what was acknowledged to them, and kills it with SIGKILL. After each kill
//! every acknowledged event has to be there, once, at the position that was told, and nothing may
//! be there in part.

#![allow(clippy::unwrap_used, reason = "a test says what it expects by failing")]

#[path = "../shared/dice.rs"]
mod dice;
mod writer;

use std::collections::{BTreeMap, HashSet};
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant as Timer};

use dice::Dice;
use tallyfold_store::{FutureLimit, LogEvents, Position, SqliteStore, Store};

/// After so many kills a new store is begun, so that reading it all does not take ever longer.
const KILLS_PER_STORE: u64 = 25;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match words[..] {
        ["write", path, name] => writer::write(Path::new(path), name),
        // What a test runner asks of every test program.
        [.., "--list"] | ["--list", ..] => println!("crash: test"),
        _ => {
            let mut numbers = words.iter().filter_map(|word| word.parse().ok());
            let (kills, seed) = (numbers.next().unwrap_or(10), numbers.next().unwrap_or(1));
            kill_often(kills, seed);
        }
    }
}

fn kill_often(kills: u64, seed: u64) {
    let (mut dice, started) = (Dice(seed), Timer::now());
    let (mut acknowledged, mut found) = (0, 0);
    let mut store = Trial::new();
    for kill in 0..kills {
        if kill > 0 && kill % KILLS_PER_STORE == 0 {
            (acknowledged, found) = store.add_to(acknowledged, found);
            store = Trial::new();
        }
        store.kill_writers(kill, &mut dice);
        store.check(kill);
    }
    (acknowledged, found) = store.add_to(acknowledged, found);
    assert!(acknowledged > 0, "nothing was acknowledged before any kill");
    println!(
        "{kills} kills, seed {seed}: {acknowledged} events were acknowledged, all are there; \
         {found} are there in all; {} s",
        started.elapsed().as_secs()
    );
}

/// One store, and what its writers were told.
struct Trial {
    folder: tempfile::TempDir,
    /// The line that was acknowledged at each position.
    acknowledged: BTreeMap<u64, String>,
    found: u64,
}

impl Trial {
    fn new() -> Trial {
        let folder = tempfile::tempdir().unwrap();
        Trial { folder, acknowledged: BTreeMap::new(), found: 0 }
    }

    fn add_to(&self, acknowledged: u64, found: u64) -> (u64, u64) {
        (acknowledged + self.acknowledged.len() as u64, found + self.found)
    }

    fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("ledger.db")
    }

    /// Lets one or two processes write, and kills them: most while they append, some while they
    /// open the store.
    fn kill_writers(&mut self, kill: u64, dice: &mut Dice) {
        let mut writers: Vec<Child> = (0..1 + dice.below(2))
            .map(|writer| {
                Command::new(std::env::current_exe().unwrap())
                    .arg("write")
                    .arg(self.path())
                    .arg(format!("{kill}-{writer}"))
                    .stdout(Stdio::piped())
                    .spawn()
                    .unwrap()
            })
            .collect();
        let mut outputs: Vec<_> =
            writers.iter_mut().map(|it| BufReader::new(it.stdout.take().unwrap())).collect();
        let mut heard = vec![String::new(); writers.len()];
        if dice.below(4) > 0 {
            outputs[0].read_line(&mut heard[0]).unwrap();
        }
        std::thread::sleep(Duration::from_micros(dice.below(100_000)));
        writers.iter_mut().for_each(|writer| writer.kill().unwrap());
        for ((output, heard), writer) in outputs.iter_mut().zip(&mut heard).zip(&mut writers) {
            output.read_to_string(heard).unwrap();
            writer.wait().unwrap();
        }
        heard.iter().for_each(|heard| self.hear(heard));
    }

    /// Takes down what was acknowledged: on each line a position and the event's line. The writer's
    /// last words may be cut off.
    fn hear(&mut self, heard: &str) {
        for told in heard.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n')) {
            let (position, line) = told.split_once(' ').unwrap();
            let before = self.acknowledged.insert(position.parse().unwrap(), line.to_owned());
            assert!(before.is_none_or(|before| before == line), "{position} was told twice");
        }
    }

    fn check(&mut self, kill: u64) {
        let store = SqliteStore::open(self.path(), FutureLimit::default()).unwrap();
        store.verify().unwrap_or_else(|error| panic!("after kill {kill}: {error}"));
        let (mut ids, mut batches) = (HashSet::new(), BTreeMap::<String, u64>::new());
        let mut acknowledged = self.acknowledged.iter().peekable();
        self.found = 0;
        for event in LogEvents::after(&store, Position::START) {
            let event = event.unwrap();
            let position = event.position.get();
            self.found += 1;
            assert_eq!(position, self.found, "positions have a gap");
            let line = String::from_utf8(event.line).unwrap();
            let (id, batch) = writer::id_and_batch(&line);
            assert_eq!(line, writer::line_with(&id), "not what any writer wrote");
            assert!(ids.insert(id), "{line} is there twice");
            *batches.entry(batch).or_default() += 1;
            if let Some((_, told)) = acknowledged.next_if(|(at, _)| **at == position) {
                assert_eq!(*told, line, "another event was acknowledged at {position}");
            }
        }
        assert_eq!(acknowledged.next(), None, "after kill {kill}: an acknowledged event is gone");
        for (batch, events) in batches {
            assert_eq!(events, writer::events_in(&batch), "half of batch {batch}");
        }
    }
}
