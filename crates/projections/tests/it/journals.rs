//! The journals that the tests ask for reports on.

use std::fs;
use std::num::NonZeroU32;
use std::path::Path;

use tallyfold_core::{Balance, Ledger, Record, Replay};
use tallyfold_log::LogReader;
use tallyfold_log::generate::{Generator, SessionLength, Settings};

/// The replay of a generated log, and its journal.
pub(crate) fn replayed(seed: u64) -> (Replay, Vec<Record<'static>>) {
    let settings = Settings {
        accounts: NonZeroU32::MIN.saturating_add(2),
        users_per_account: NonZeroU32::MIN.saturating_add(19),
        sessions: if seed.is_multiple_of(2) { SessionLength::Hours } else { SessionLength::Weeks },
        ..Settings::new(6_000, seed)
    };
    let (mut replay, mut journal) = (Replay::new(Ledger::default(), None), Vec::new());
    for event in Generator::new(settings) {
        let _ = replay.apply(&event, &mut journal);
    }
    replay.settle(&mut journal);
    (replay, journal)
}

/// The balances of all accounts, added up.
pub(crate) fn balance(replay: &Replay) -> Balance {
    let mut balance = Balance::default();
    replay.accounts().for_each(|account| balance += account.tokens());
    balance
}

/// Journals in which everything happens: of generated logs, of the conformance logs that were made
/// up to be adversarial and of those for one rule each.
pub(crate) fn journals() -> Vec<(String, Vec<Record<'static>>)> {
    let generated = (1..=2).map(|seed| (format!("seed {seed}"), replayed(seed).1));
    let suite = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../conformance");
    let logs = ["random", "scenarios"].into_iter().flat_map(|folder| {
        let mut files: Vec<_> =
            fs::read_dir(suite.join(folder)).unwrap().map(|file| file.unwrap().path()).collect();
        files.retain(|file| {
            let name = file.to_str().unwrap();
            name.ends_with(".jsonl") && !name.ends_with(".journal.jsonl")
        });
        files.sort();
        files
    });
    let folded = |file: &Path| (file.display().to_string(), journal_of(&fs::read(file).unwrap()));
    let folded: Vec<_> = logs.map(|file| folded(&file)).collect();
    assert!(folded.len() > 100, "only {} conformance logs", folded.len());
    generated.chain(folded).collect()
}

fn journal_of(log: &[u8]) -> Vec<Record<'static>> {
    let (mut replay, mut journal) = (Replay::new(Ledger::default(), None), Vec::new());
    let mut reader = LogReader::new(log);
    while let Some(line) = reader.next_line().unwrap() {
        let _ = line.event.map(|event| replay.apply(&event, &mut journal));
    }
    replay.settle(&mut journal);
    journal
}
