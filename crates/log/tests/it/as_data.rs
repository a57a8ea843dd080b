//! What serde reads and writes of an event is what a log has of it.

use serde_json::Value;
use tallyfold_core::{CloudEvent, Event};
use tallyfold_log::{MAX_LINE_BYTES, parse_line_strictly, write_event};

use crate::cases::{conformance_lines, is_short_and_plain, near, one_of_each};

/// What serde reads, in an envelope where there is one.
fn by_serde(line: &str) -> Option<Event<'static>> {
    if line.contains("\"specversion\"") {
        serde_json::from_str::<CloudEvent<'_>>(line).ok().map(|CloudEvent(event)| event)
    } else {
        serde_json::from_str(line).ok()
    }
}

/// Both readers read the same or refuse both.
fn assert_alike(line: &str) {
    let strict = parse_line_strictly(line.as_bytes());
    let by_serde = by_serde(line);
    assert_eq!(strict.as_ref().ok(), by_serde.as_ref(), "{line}\n{strict:?}");
    if let Ok(event) = strict {
        let mut written = Vec::new();
        write_event(&mut written, &event).unwrap();
        let value = serde_json::to_value(&event).unwrap();
        assert_eq!(serde_json::from_slice::<Value>(&written).unwrap(), value);
        let read_back = match value.get("specversion") {
            Some(_) => serde_json::from_value::<CloudEvent<'_>>(value).unwrap().0,
            None => serde_json::from_value(value).unwrap(),
        };
        assert_eq!(read_back, event);
    }
}

#[test]
fn conformance_lines_are_read_alike() {
    let lines: Vec<String> =
        conformance_lines().into_iter().filter(|line| is_short_and_plain(line)).collect();
    assert!(lines.len() > 5_000, "only {} lines", lines.len());
    for line in &lines {
        assert_alike(line);
    }
}

#[test]
fn events_with_one_field_more_less_or_other_are_read_alike() {
    for line in one_of_each().iter().flat_map(near) {
        assert_alike(&line.to_string());
    }
}

#[test]
fn a_list_is_no_event() {
    for line in [
        r#"["Heartbeat","2026-01-05T09:00:00Z","acme"]"#,
        r#"["1.0","FlexAssigned","/g","e1","2026-01-05T09:00:00Z","acme",{"user":"ana"}]"#,
    ] {
        assert_alike(line);
        assert!(serde_json::from_str::<CloudEvent<'_>>(line).is_err());
    }
}

/// What the documentation of `Deserialize` for `Event` lists.
#[test]
fn a_log_is_stricter_about_length_and_depth() {
    let heartbeat = |more: &str| {
        format!(
            r#"{{"type":"Heartbeat","at":"2026-01-05T09:00:00Z","account":"acme","session":"s1"{more}}}"#
        )
    };
    let long = heartbeat(&" ".repeat(MAX_LINE_BYTES));
    let deep = format!(r#","meta":{{"a":{}{}}}"#, "[".repeat(101), "]".repeat(101));
    for line in [long, heartbeat(&deep)] {
        assert!(parse_line_strictly(line.as_bytes()).is_err());
        assert!(by_serde(&line).is_some());
    }
}
