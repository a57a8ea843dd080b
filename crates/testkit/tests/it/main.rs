//! The crate from outside: generators, laws and model, and that each of them can fail.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod agreement;
mod can_fail;
mod centuries;
mod conditional;
mod conformance;
mod documented;
mod false_laws;
mod flaws;
mod flaws_generated;
mod flaws_page;
mod generators;
mod histories;
mod hold;
mod log;
mod machine;
mod snapshots;
