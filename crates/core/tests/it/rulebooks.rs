//! The table of rulebooks in rules.md.

use tallyfold_core::{Assignment, Preset, Rulebook};

#[test]
fn the_presets_are_those_of_the_table() {
    let launch = Rulebook {
        validity_days: 365,
        window_hours: 24,
        offline_hours: 24,
        subscription_offline_days: 30,
        grace_minutes: 0,
        grace_once: false,
        idle_aware: false,
        close_ends_window: false,
        assignment: Assignment::Open,
        low_balance_percent: 20,
        expiry_notice_days: 90,
        premium_min_seats: 50,
    };
    assert_eq!(Preset::Launch.rulebook(), launch);
    let current = Rulebook { grace_minutes: 5, idle_aware: true, ..launch };
    assert_eq!(Preset::Current.rulebook(), current);
}
