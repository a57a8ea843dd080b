//! What the benchmarks measure on: a made-up log, the same one everywhere.

#![forbid(unsafe_code)]

use std::io;
use std::num::NonZeroU32;

use tallyfold_core::Event;
use tallyfold_log::generate::{Generator, Settings};
use tallyfold_log::write_event;

/// So many events of 100 accounts.
#[must_use]
pub fn events(count: u64) -> Vec<Event<'static>> {
    let accounts = NonZeroU32::MIN.saturating_add(99);
    Generator::new(Settings { accounts, ..Settings::new(count, 1) }).collect()
}

/// The same events as JSON Lines.
///
/// # Errors
///
/// None that a vector answers.
pub fn log(events: &[Event<'_>]) -> io::Result<Vec<u8>> {
    let mut log = Vec::new();
    for event in events {
        write_event(&mut log, event)?;
    }
    Ok(log)
}
