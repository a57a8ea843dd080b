//! Attacks in full size, with what they cost another account: `cargo test -p
//! tallyfold-licence-server --release --test attack -- --ignored --nocapture`. The ordinary tests
//! have them small.

#![allow(clippy::unwrap_used, reason = "a test says what it expects by failing")]
#![allow(dead_code, reason = "the other tests use more of the shared files")]

mod attacks;
#[path = "../it/openapi.rs"]
mod openapi;
#[path = "../it/server.rs"]
mod server;

use std::io::Write;

use attacks::{Attack, Field};

const CONNECTIONS: usize = 1_200;
const REQUESTS: usize = 2_000;
/// How many times longer than in peace 99 of 100 requests may take at most.
const MOST: u32 = 5;
/// How often it is measured at most: other work on the machine is no attack.
const ATTEMPTS: usize = 3;

fn attack(attack: Attack) {
    let field = Field::new(&["--key-rate", "0"], 3_000);
    for attempt in 1..=ATTEMPTS {
        let quiet = field.quiet(REQUESTS);
        let (attacked, made) = field.under(attack, CONNECTIONS, REQUESTS);
        let (quiet, p99) = (quiet.p99(), attacked.p99());
        let _ = writeln!(
            std::io::stderr(),
            "{attack:?}: p99 {quiet:?} in peace, {p99:?} under {made} requests of {CONNECTIONS} connections"
        );
        attacked.assert_nothing_is_refused();
        if p99 <= MOST * quiet {
            return;
        }
        assert!(attempt < ATTEMPTS, "p99 {p99:?} is more than {MOST} times {quiet:?}");
    }
}

#[test]
#[ignore = "takes a minute, and the machine for itself"]
fn half_sent_bodies_keep_nobody_else_waiting() {
    attack(Attack::HalfSentBodies);
}

#[test]
#[ignore = "takes a minute, and the machine for itself"]
fn waiting_reports_keep_nobody_else_waiting() {
    attack(Attack::Reports);
}
