//! Lines of the conformance suite, and what is nearly like them.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use tallyfold_conformance::{CASES, Case, logs};
use tallyfold_log::{MAX_LINE_BYTES, parse_line_strictly};

fn lines_of(texts: impl Iterator<Item = String>) -> Vec<String> {
    texts.flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>()).collect()
}

/// Every line of the conformance logs.
pub(crate) fn conformance_lines() -> Vec<String> {
    lines_of(logs().map(|case| String::from_utf8_lossy(case.log).into_owned()))
}

/// Every line of the conformance journals.
pub(crate) fn journal_lines() -> Vec<String> {
    lines_of(CASES.iter().map(|case| case.journal.to_owned()))
}

/// The result of a case. The suite leaves the messages of findings to the implementation.
pub(crate) fn result_of(case: &Case) -> Value {
    let mut result: Value = serde_json::from_str(case.result).unwrap();
    for finding in result["findings"].as_array_mut().unwrap() {
        finding["message"] = json!("free text");
    }
    result
}

/// A result with something of everything.
pub(crate) fn a_result() -> Value {
    result_of(CASES.iter().find(|case| case.name == "random/r1").unwrap())
}

/// Whether the line is no longer than a line may be, and JSON in which no name stands twice.
pub(crate) fn is_short_and_plain(line: &str) -> bool {
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

/// One event of each type, with as many fields as any of its type has, plain and in an envelope.
pub(crate) fn one_of_each() -> Vec<Map<String, Value>> {
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
pub(crate) fn values() -> Vec<Value> {
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
pub(crate) const NAMES: [&str; 32] = [
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

/// An event with one field more, less or other: in its envelope, in its data, or plain.
pub(crate) fn near(fields: &Map<String, Value>) -> Vec<Value> {
    let mut near: Vec<_> = fields.keys().map(|name| changed(fields, name, None)).collect();
    for value in values() {
        near.extend(fields.keys().map(|name| changed(fields, name, Some(&value))));
        near.extend(NAMES.iter().map(|name| changed(fields, name, Some(&value))));
        if let Some(Value::Object(data)) = fields.get("data") {
            for name in NAMES.into_iter().chain(data.keys().map(String::as_str)) {
                let data = changed(data, name, Some(&value));
                near.push(changed(fields, "data", Some(&Value::Object(data))));
            }
        }
    }
    near.into_iter().map(Value::Object).collect()
}

pub(crate) fn changed(
    fields: &Map<String, Value>,
    name: &str,
    value: Option<&Value>,
) -> Map<String, Value> {
    let mut fields = fields.clone();
    match value {
        Some(value) => fields.insert(name.to_owned(), value.clone()),
        None => fields.remove(name),
    };
    fields
}
