//! W3 over the longest time that a log can span: the grid is kept, to the nanosecond.

use std::fmt::Write;

use tallyfold_core::{Charged, ChargedWindow, Entry, Span, Timestamp};

use crate::log::Log;

/// A session that was idle from 1700 on, with a contact every 365 days, and active at last.
fn idle_for_centuries() -> Log {
    let (mut at, mut text): (Timestamp, _) =
        ("1700-01-01T00:00:00Z".parse().unwrap(), String::new());
    let mut line = |at: Timestamp, fields: &str| {
        writeln!(text, r#"{{"at":"{at}",{fields}}}"#).unwrap();
    };
    let rulebook = |preset: &str| {
        let overrides = r#"{"offline_hours":8760}"#;
        format!(r#""type":"RulebookAdopted","rulebook":"{preset}","overrides":{overrides}"#)
    };
    let contact = |fields: &str| format!(r#""account":"acme","session":"s1",{fields}"#);
    line(at, &rulebook("current"));
    line(at, r#""type":"RatePublished","product":"AutoCAD","tokens":0"#);
    line(at, &contact(r#""type":"SessionOpened","user":"ana","product":"AutoCAD""#));
    for _ in 0..300 {
        at = at + Span::days(365);
        line(at, &contact(r#""type":"Heartbeat","active":false"#));
    }
    line(at, &rulebook("launch"));
    line(at + Span::hours(36), &contact(r#""type":"Heartbeat""#));
    Log::read("idle for centuries", text.as_bytes(), None)
}

#[test]
fn the_model_keeps_the_grid_over_centuries() {
    let outcome = idle_for_centuries().outcome_of_model();
    assert_eq!(outcome.findings, []);
    let Some(Entry::Charged(Charged { window: Some(window), .. })) =
        outcome.journal.last().map(|record| &record.entry)
    else {
        panic!("no charge at the end");
    };
    let [starts_at, ends_at] =
        ["1999-10-22T00:00:00Z", "1999-10-23T00:00:00Z"].map(|at| at.parse().unwrap());
    assert_eq!(*window, ChargedWindow { starts_at, ends_at });
}
