//! Everything put together: conformance, scenarios, laws of the fold, and the program itself.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod conformance;
mod crates;
mod program;
mod projections;
mod reports;
mod scenario;
mod scenarios;
mod snapshots;
