//! The crate from outside: what the types promise beside the rules.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod events;
mod journal;
mod outside;
mod rooms;
mod rulebooks;
mod sinks;
mod spec;
mod verdicts;
