//! What serde reads and writes of an event is what a log has of it.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use tallyfold_core::{CloudEvent, Event};
use tallyfold_log::{MAX_LINE_BYTES, parse_line_strictly, write_event};

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

/// Every line of the conformance logs, but for the long one of a licence server.
fn conformance_lines() -> Vec<String> {
    let logs = tallyfold_conformance::logs().filter(|case| !case.name.starts_with("real/"));
    logs.flat_map(|case| {
        let log = String::from_utf8_lossy(case.log);
        log.lines().map(str::to_owned).collect::<Vec<_>>()
    })
    .collect()
}

/// Whether the line is no longer than a line may be, and JSON in which no name stands twice.
fn is_short_and_plain(line: &str) -> bool {
    let names = line.matches("\":").count() + line.matches("\" :").count();
    line.len() <= MAX_LINE_BYTES
        && serde_json::from_str(line).is_ok_and(|value| count_names(&value) == names)
}

fn count_names(value: &Value) -> usize {
    match value {
        Value::Object(fields) => fields.len() + fields.values().map(count_names).sum::<usize>(),
        Value::Array(items) => items.iter().map(count_names).sum(),
        _ => 0,
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

/// One event of each type, with as many fields as any of its type has, plain and in an envelope.
fn one_of_each() -> Vec<Map<String, Value>> {
    let mut of_kind = BTreeMap::<String, Map<String, Value>>::new();
    for line in conformance_lines() {
        if line.contains("specversion") || parse_line_strictly(line.as_bytes()).is_err() {
            continue;
        }
        let fields: Map<String, Value> = serde_json::from_str(&line).unwrap();
        let best = of_kind.entry(fields["type"].as_str().unwrap().to_owned()).or_default();
        if best.len() < fields.len() {
            *best = fields;
        }
    }
    assert_eq!(of_kind.len(), 17);
    of_kind.into_values().flat_map(|plain| [in_envelope(plain.clone()), plain]).collect()
}

fn in_envelope(mut plain: Map<String, Value>) -> Map<String, Value> {
    let mut envelope = Map::new();
    envelope.insert("specversion".to_owned(), json!("1.0"));
    envelope.insert("source".to_owned(), json!("/gate"));
    envelope.insert("id".to_owned(), plain.remove("id").unwrap_or(json!("e1")));
    for (name, outside) in [("type", "type"), ("at", "time"), ("account", "subject")] {
        if let Some(value) = plain.remove(name) {
            envelope.insert(outside.to_owned(), value);
        }
    }
    envelope.insert("data".to_owned(), Value::Object(plain));
    envelope
}

/// Values that some field may have, and values that none may.
fn values() -> Vec<Value> {
    let long = "n".repeat(257);
    vec![
        json!(null),
        json!(true),
        json!(0),
        json!(1),
        json!(-1),
        json!(7),
        json!(1_000_001),
        json!(4_294_967_296_u64),
        json!(u64::MAX),
        json!(1.0),
        json!(0.5),
        json!(1e300),
        json!(""),
        json!(" "),
        json!("ana"),
        json!("zoë\u{202e}"),
        json!("a\nb"),
        json!(long),
        json!("7"),
        json!("0.000001"),
        json!("-2.5"),
        json!("1.0"),
        json!("2026-01-05T09:00:00Z"),
        json!("2026-01-05t09:00:00.5+01:00"),
        json!("2300-01-05T09:00:00Z"),
        json!("1600-01-05T09:00:00Z"),
        json!("launch"),
        json!("current"),
        json!("day"),
        json!("result"),
        json!("only"),
        json!("all_except"),
        json!("default"),
        json!("flex"),
        json!("standard"),
        json!("premium"),
        json!("Heartbeat"),
        json!("SessionOpened"),
        json!("RulebookAdopted"),
        json!([]),
        json!(["AutoCAD"]),
        json!(["AutoCAD", "AutoCAD"]),
        json!([7]),
        json!([30, 12]),
        json!({"launch": null}),
        json!({"day": null}),
        json!({"premium": null}),
        json!({"assignment": {"required": null}}),
        json!({"assignment": "required"}),
        json!({}),
        json!({"a": [1.5, null]}),
        json!({"window_hours": 12}),
        json!({"user": "ana"}),
        json!({"session": "s1"}),
    ]
}

/// Names that a field may have, and some that none may.
const NAMES: [&str; 32] = [
    "type",
    "at",
    "account",
    "id",
    "meta",
    "rulebook",
    "overrides",
    "product",
    "tokens",
    "per",
    "collection",
    "products",
    "pack",
    "reason",
    "charge",
    "user",
    "session",
    "version",
    "active",
    "quantity",
    "subscription",
    "offering",
    "seats",
    "starts",
    "ends",
    "mode",
    "plan",
    "subject",
    "source",
    "time",
    "data",
    "other",
];

#[test]
fn events_with_one_field_more_less_or_other_are_read_alike() {
    for fields in one_of_each() {
        let mut near: Vec<_> = fields.keys().map(|name| changed(&fields, name, None)).collect();
        for value in values() {
            near.extend(fields.keys().map(|name| changed(&fields, name, Some(&value))));
            near.extend(NAMES.iter().map(|name| changed(&fields, name, Some(&value))));
            if let Some(Value::Object(data)) = fields.get("data") {
                for name in NAMES.into_iter().chain(data.keys().map(String::as_str)) {
                    let data = changed(data, name, Some(&value));
                    near.push(changed(&fields, "data", Some(&Value::Object(data))));
                }
            }
        }
        for fields in near {
            assert_alike(&Value::Object(fields).to_string());
        }
    }
}

fn changed(fields: &Map<String, Value>, name: &str, value: Option<&Value>) -> Map<String, Value> {
    let mut fields = fields.clone();
    match value {
        Some(value) => fields.insert(name.to_owned(), value.clone()),
        None => fields.remove(name),
    };
    fields
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
