//! The program from outside: real requests to a running server.

#![allow(clippy::unwrap_used, reason = "a test says what it expects by failing")]

mod access;
mod attack;
#[allow(dead_code, reason = "the attacks in full size measure too")]
#[path = "../attack/attacks.rs"]
mod attacks;
mod clock;
#[path = "../../../../crates/store/tests/shared/cluster.rs"]
mod cluster;
mod crash;
mod input;
mod journey;
mod keys;
mod limits;
mod openapi;
mod postgres;
#[path = "../../../../crates/store/tests/shared/proxy.rs"]
mod proxy;
mod server;
mod shutdown;
mod transcript;
mod webhook;
