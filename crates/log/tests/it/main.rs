//! The crate from outside: what it reads and what it writes.

#![allow(clippy::unwrap_used, reason = "a test says what it expects by failing")]

mod flexnet;
mod json;
