//! The crate from outside: the model against the conformance logs.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod conformance;
mod log;
