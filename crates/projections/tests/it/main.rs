//! The crate from outside: what the definitions of the reports promise.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod advice;
mod definitions;
mod generated;
mod journals;
mod rows;
mod schema;
mod stories;
