//! Kills at random instants, and looks at what was left.
//!
//! `cargo test -p tallyfold-store --all-features --test crash` kills a few times each; behind `--`
//! may stand what to kill, how often, and a seed:
//!
//! - `sqlite`: processes that write to a SQLite file,
//! - `postgres`: processes that write to a PostgreSQL server,
//! - `server`: the PostgreSQL server itself, while processes write to it.
//!
//! A process is killed with SIGKILL, the server by an immediate shutdown. Each time the program
//! starts itself once or twice as a writer with several appenders, which print what was
//! acknowledged to them. After each kill every acknowledged event has to be there, once, at the
//! position that was told, and nothing may be there in part.

#![allow(clippy::unwrap_used, reason = "a test says what it expects by failing")]

#[cfg(feature = "postgres")]
#[path = "../shared/cluster.rs"]
mod cluster;
#[path = "../shared/dice.rs"]
mod dice;
mod kept;
mod writer;

use std::collections::{BTreeMap, HashSet};
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use dice::Dice;
use kept::Kept;
use tallyfold_store::{LogEvents, Position};

/// After so many kills a new store is begun, so that reading it all does not take ever longer.
const KILLS_PER_STORE: u64 = 25;

/// What is killed, and how often unless it is told.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Victim {
    Sqlite,
    #[cfg(feature = "postgres")]
    Postgres,
    #[cfg(feature = "postgres")]
    Server,
}

const VICTIMS: &[(Victim, &str, u64)] = &[
    (Victim::Sqlite, "sqlite", 10),
    #[cfg(feature = "postgres")]
    (Victim::Postgres, "postgres", 5),
    #[cfg(feature = "postgres")]
    (Victim::Server, "server", 2),
];

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match words[..] {
        ["write", place, name] => writer::write(place, name),
        // What a test runner asks of every test program.
        [.., "--list"] | ["--list", ..] => println!("crash: test"),
        _ => {
            let mut numbers = words.iter().filter_map(|word| word.parse().ok());
            let (times, seed) = (numbers.next(), numbers.next().unwrap_or(1));
            let is_named = |name| words.contains(&name);
            let any_named = VICTIMS.iter().any(|(_, name, _)| is_named(name));
            for (victim, name, usual) in VICTIMS {
                if is_named(name) || !any_named {
                    kill_often(*victim, name, times.unwrap_or(*usual), seed);
                }
            }
        }
    }
}

fn kill_often(victim: Victim, name: &str, kills: u64, seed: u64) {
    let (mut dice, started) = (Dice(seed), Instant::now());
    let (mut acknowledged, mut found) = (0, 0);
    let Some(mut trial) = Trial::new(victim) else { return };
    for kill in 0..kills {
        if kill > 0 && kill % KILLS_PER_STORE == 0 {
            (acknowledged, found) = trial.add_to(acknowledged, found);
            trial = Trial::new(victim).unwrap();
        }
        trial.kill(kill, &mut dice);
        trial.check(kill);
    }
    (acknowledged, found) = trial.add_to(acknowledged, found);
    assert!(acknowledged > 0, "nothing was acknowledged before any kill");
    println!(
        "{name}: {kills} kills, seed {seed}: {acknowledged} events were acknowledged, all are \
         there; {found} are there in all; {} s",
        started.elapsed().as_secs()
    );
}

/// One store, and what its writers were told.
struct Trial {
    victim: Victim,
    kept: Kept,
    /// The line that was acknowledged at each position.
    acknowledged: BTreeMap<u64, String>,
    found: u64,
}

impl Trial {
    /// `None` where there is no server for it.
    fn new(victim: Victim) -> Option<Trial> {
        let kept = match victim {
            Victim::Sqlite => Kept::File(tempfile::tempdir().unwrap()),
            #[cfg(feature = "postgres")]
            Victim::Postgres | Victim::Server => {
                let Some(cluster) = cluster::Cluster::start(&["shared_buffers = 32MB"], false)
                else {
                    cluster::skipped();
                    return None;
                };
                Kept::Server(cluster)
            }
        };
        Some(Trial { victim, kept, acknowledged: BTreeMap::new(), found: 0 })
    }

    fn add_to(&self, acknowledged: u64, found: u64) -> (u64, u64) {
        (acknowledged + self.acknowledged.len() as u64, found + self.found)
    }

    /// Lets one or two processes write, and kills: most while they append, some while they open
    /// the store.
    fn kill(&mut self, kill: u64, dice: &mut Dice) {
        let mut writers: Vec<Writer> =
            (0..1 + dice.below(2)).map(|it| self.writer(&format!("{kill}-{it}"))).collect();
        if dice.below(4) > 0 {
            writers[0].hear_a_line();
        }
        std::thread::sleep(Duration::from_micros(dice.below(100_000)));
        self.kill_server(&mut writers[0], dice);
        for writer in &mut writers {
            writer.process.kill().unwrap();
        }
        for mut writer in writers {
            writer.output.read_to_string(&mut writer.heard).unwrap();
            writer.process.wait().unwrap();
            self.hear(&writer.heard);
        }
    }

    fn writer(&self, name: &str) -> Writer {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["write", &self.kept.place(), name])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        Writer { process, output, heard: String::new() }
    }

    /// Kills the server, where that is what is killed, starts it again, and lets the writers go on
    /// for a while.
    fn kill_server(&mut self, _writer: &mut Writer, _dice: &mut Dice) {
        #[cfg(feature = "postgres")]
        if let (Victim::Server, Kept::Server(cluster)) = (self.victim, &mut self.kept) {
            cluster.kill();
            cluster.start_again();
            _writer.hear_a_line();
            std::thread::sleep(Duration::from_micros(_dice.below(50_000)));
        }
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
        let store = kept::open(&self.kept.place());
        store.verify().unwrap_or_else(|error| panic!("after kill {kill}: {error}"));
        let (mut ids, mut batches) = (HashSet::new(), BTreeMap::<String, u64>::new());
        let mut acknowledged = self.acknowledged.iter().peekable();
        self.found = 0;
        for event in LogEvents::after(&*store, Position::START) {
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

/// A process that writes, and what it said.
struct Writer {
    process: Child,
    output: BufReader<ChildStdout>,
    heard: String,
}

impl Writer {
    fn hear_a_line(&mut self) {
        self.output.read_line(&mut self.heard).unwrap();
    }
}

impl Drop for Writer {
    /// None is left behind by a trial that failed.
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
