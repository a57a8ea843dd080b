//! A heartbeat that renews nothing allocates nothing.

use tallyfold_core::Ledger;
use tallyfold_log::parse_line;

#[test]
fn a_heartbeat_that_renews_nothing_allocates_nothing() {
    let mut ledger = Ledger::default();
    for line in [
        r#"{"type":"RatePublished","at":"2026-01-01T00:00:00Z","product":"AutoCAD","tokens":7}"#,
        r#"{"type":"PackPurchased","at":"2026-01-01T00:00:00Z","account":"a","pack":"P","tokens":70}"#,
        r#"{"type":"SessionOpened","at":"2026-01-05T09:00:00Z","account":"a","session":"s","user":"u","product":"AutoCAD"}"#,
    ] {
        ledger.apply(&parse_line(line.as_bytes()).unwrap(), &mut ()).unwrap();
    }
    let heartbeats: Vec<String> = (0..60)
        .map(|minute| {
            format!(
                r#"{{"type":"Heartbeat","at":"2026-01-05T10:{minute:02}:00Z","account":"a","session":"s"}}"#
            )
        })
        .collect();
    let heartbeats: Vec<_> =
        heartbeats.iter().map(|line| parse_line(line.as_bytes()).unwrap()).collect();
    let allocations = allocation_counter::measure(|| {
        for heartbeat in &heartbeats {
            ledger.apply(heartbeat, &mut ()).unwrap();
        }
    });
    assert_eq!(allocations.count_total, 0);
}
