//! The crate from outside: the model against the conformance logs, and what its flaws do to it.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod agreement;
mod centuries;
mod conformance;
mod flaws;
mod histories;
mod log;
mod snapshots;
