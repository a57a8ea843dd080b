//! The test examples of docs/laws.md, for a service that is wrong: every one of them fails, as
//! `tests/it/documented.rs` asserts. `cargo test` leaves this file out.

use tallyfold_core::{Event, Finding, Ledger, Record, Timestamp};

/// A service that forgets to write what timers and sessions that end decide.
#[derive(Default)]
struct MyService {
    ledger: Ledger,
}

impl Service for MyService {
    fn apply(
        &mut self,
        event: &Event<'_>,
        journal: &mut Vec<Record<'static>>,
    ) -> Result<(), Finding> {
        let before = journal.len();
        self.ledger.apply(event, journal)?;
        journal.truncate(before + 1);
        Ok(())
    }

    fn settled(&self, at: Option<Timestamp>) -> Vec<Record<'static>> {
        self.ledger.settled(at)
    }
}

include!("examples.rs");
