//! The logs about which reports are asked.

use std::fs;
use std::num::NonZeroU32;
use std::path::Path;

use tallyfold_core::Event;
use tallyfold_log::generate::{Generator, SessionLength, Settings};
use tallyfold_log::write_event;
use tallyfold_testkit::History;

use super::office;

/// A log with its name.
pub(crate) struct NamedLog {
    pub name: String,
    pub bytes: Vec<u8>,
}

impl NamedLog {
    fn new(name: impl Into<String>, bytes: Vec<u8>) -> NamedLog {
        NamedLog { name: name.into(), bytes }
    }
}

/// Weeks to years of teams in which everything happens.
pub(crate) fn made_up(seed: u64) -> NamedLog {
    NamedLog::new(format!("office {seed}"), office::log(seed))
}

/// An adversarial history, in which instants collide on purpose.
pub(crate) fn adversarial(seed: u64) -> NamedLog {
    let history = History::of_seed(seed, 20..=250);
    NamedLog::new(format!("history {seed}"), lines(history.iter()))
}

/// What `tallyfold generate` makes up.
pub(crate) fn generated(seed: u64) -> NamedLog {
    let settings = Settings {
        accounts: NonZeroU32::MIN.saturating_add(2),
        users_per_account: NonZeroU32::MIN.saturating_add(9),
        sessions: if seed.is_multiple_of(2) { SessionLength::Hours } else { SessionLength::Weeks },
        ..Settings::new(1_200, seed)
    };
    let events: Vec<_> = Generator::new(settings).collect();
    NamedLog::new(format!("generated {seed}"), lines(events.iter()))
}

fn lines<'e>(events: impl Iterator<Item = &'e Event<'static>>) -> Vec<u8> {
    let mut lines = Vec::new();
    events.for_each(|event| {
        write_event(&mut lines, event).unwrap();
        if !lines.ends_with(b"\n") {
            lines.push(b'\n');
        }
    });
    lines
}

/// The conformance logs.
pub(crate) fn conformance() -> Vec<NamedLog> {
    let logs = tallyfold_conformance::logs();
    logs.map(|case| NamedLog::new(case.name, case.log.to_vec())).collect()
}

/// Logs that were written for the edges of the definitions.
pub(crate) fn hand_written() -> Vec<NamedLog> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/oracle/logs");
    let mut files: Vec<_> =
        fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|it| it == "jsonl"));
    files.sort();
    let log = |file: &std::path::PathBuf| {
        NamedLog::new(file.file_name().unwrap().to_string_lossy(), fs::read(file).unwrap())
    };
    files.iter().map(log).collect()
}
