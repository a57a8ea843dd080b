//! The table of rulebooks in rules.md.

use serde_json::{Value, json};
use tallyfold_core::{Ledger, Overrides, Preset, Rulebook, Timestamp};

#[test]
fn the_presets_are_those_of_the_table() {
    let mut rulebook = json!({
        "validity_days": 365,
        "window_hours": 24,
        "offline_hours": 24,
        "subscription_offline_days": 30,
        "grace_minutes": 0,
        "grace_once": false,
        "idle_aware": false,
        "close_ends_window": false,
        "assignment": "open",
        "low_balance_percent": 20,
        "expiry_notice_days": 90,
        "premium_min_seats": 50,
    });
    let written = |preset: Preset| serde_json::to_value(preset.rulebook()).unwrap();
    assert_eq!(written(Preset::Launch), rulebook);
    (rulebook["grace_minutes"], rulebook["idle_aware"]) = (5.into(), true.into());
    assert_eq!(written(Preset::Current), rulebook);
}

#[test]
fn a_rulebook_out_of_range_is_not_read() {
    let mut written = serde_json::to_value(Rulebook::default()).unwrap();
    let read = |written: &Value| serde_json::from_value::<Rulebook>(written.clone());
    assert_eq!(read(&written).unwrap(), Rulebook::default());
    written["window_hours"] = 0.into();
    let error = read(&written).unwrap_err().to_string();
    assert!(error.contains("window_hours is from 1 to 720"), "{error}");
}

#[test]
fn a_ledger_starts_under_the_rulebook_that_its_builder_was_given() {
    let now: Timestamp = "2026-01-05T09:00:00Z".parse().unwrap();
    let under = |first: Rulebook| *Ledger::builder().rulebook(first).build().rulebook(now);
    let half_days = Overrides { window_hours: Some(12), ..Overrides::NONE };
    let half_days = half_days.applied_to(Preset::Current).unwrap();
    for first in [Preset::Launch.into(), Preset::Current.into(), half_days] {
        assert_eq!(under(first), first);
    }
    assert_eq!(*Ledger::default().rulebook(now), Preset::Launch.rulebook());
}
