//! The journals that the tests ask for reports on.

use std::num::NonZeroU32;

use tallyfold_core::{Balance, Ledger, LogFold, Record};
use tallyfold_log::generate::{Generator, SessionLength, Settings};

/// The replay of a generated log, and its journal.
pub(crate) fn replayed(seed: u64) -> (LogFold, Vec<Record<'static>>) {
    let settings = Settings {
        accounts: NonZeroU32::MIN.saturating_add(2),
        users_per_account: NonZeroU32::MIN.saturating_add(19),
        sessions: if seed.is_multiple_of(2) { SessionLength::Hours } else { SessionLength::Weeks },
        ..Settings::new(6_000, seed)
    };
    let (mut replay, mut journal) = (LogFold::new(Ledger::default(), None), Vec::new());
    for event in Generator::new(settings) {
        let _ = replay.apply(&event, &mut journal);
    }
    replay.settle(&mut journal);
    (replay, journal)
}

/// The balances of all accounts, added up.
pub(crate) fn balance(replay: &LogFold) -> Balance {
    let mut balance = Balance::default();
    replay.accounts().for_each(|account| balance += account.tokens());
    balance
}
