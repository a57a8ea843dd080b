//! One account attacks, and another one works: small, as tests/attack has it in full size.

use crate::attacks::{Attack, Field};

/// Fewer turns and places than the attacker has connections.
const SMALL: [&str; 12] = [
    "--max-requests",
    "24",
    "--key-requests",
    "8",
    "--key-queue",
    "8",
    "--key-rate",
    "0",
    "--threads",
    "8",
    "--report-threads",
    "2",
];

fn attack(attack: Attack) {
    let field = Field::new(&SMALL, 200);
    let (noticed, made) = field.under(attack, 60, 100);
    assert!(made >= 60, "only {made} requests attacked");
    noticed.assert_nothing_is_refused();
    let metrics = field.server.client("").ask("GET", "/metrics", "").body;
    let turned_away = r#"licence_server_turned_away_total{by="queue"} "#;
    assert!(metrics.contains(turned_away), "the attacker was: {metrics}");
}

#[test]
fn half_sent_bodies_refuse_nobody_else() {
    attack(Attack::HalfSentBodies);
}

#[test]
fn waiting_reports_refuse_nobody_else() {
    attack(Attack::Reports);
}
