//! The crate from outside: what it reads and what it writes.

#![allow(clippy::unwrap_used, reason = "a test says what it expects by failing")]

mod allocation;
mod as_data;
mod cases;
mod flexnet;
mod flexnet_logs;
mod flexnet_names;
mod flexnet_tokens;
mod generate;
mod golden;
mod hostile;
mod hostile_fold;
mod json;
mod reading;
mod records;
mod records_as_data;
mod schema;
mod upcast;
mod writing;
