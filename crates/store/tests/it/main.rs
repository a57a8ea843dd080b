//! The crate from outside: each store against one contract.

#![allow(clippy::unwrap_used, reason = "a test says what it expects by failing")]

mod account_bytes;
#[cfg(feature = "sqlite")]
mod answers;
#[cfg(all(feature = "async", feature = "sqlite"))]
mod async_service;
#[cfg(feature = "sqlite")]
mod audit;
#[cfg(feature = "sqlite")]
mod clock;
#[cfg(feature = "postgres")]
#[path = "../shared/cluster.rs"]
mod cluster;
#[cfg(feature = "postgres")]
mod connections;
#[cfg(feature = "sqlite")]
mod damage;
#[cfg(feature = "sqlite")]
#[path = "../shared/dice.rs"]
mod dice;
#[cfg(all(feature = "postgres", feature = "sqlite"))]
mod fixture;
mod flaws;
#[cfg(feature = "sqlite")]
#[path = "../shared/flips.rs"]
mod flips;
#[cfg(feature = "sqlite")]
mod ingest;
#[cfg(feature = "sqlite")]
mod journal;
mod lines;
mod memory;
#[cfg(feature = "sqlite")]
mod notices;
#[cfg(feature = "sqlite")]
mod observer;
#[cfg(feature = "postgres")]
mod plans;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "postgres")]
#[path = "../shared/proxy.rs"]
mod proxy;
#[cfg(feature = "sqlite")]
mod repair;
#[cfg(feature = "sqlite")]
mod service;
#[cfg(feature = "postgres")]
mod silence;
#[cfg(feature = "sqlite")]
mod sqlite;
#[cfg(all(feature = "sqlite", feature = "tracing"))]
mod tracing;
