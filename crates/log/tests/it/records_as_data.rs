//! What serde reads of a journal or a result is what is written of it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use tallyfold_conformance::CASES;
use tallyfold_core::{Entry, Event, Record};
use tallyfold_log::{ReplayResult, parse_record, write_record};

use crate::cases::{a_result, changed, journal_lines, result_of, values};
use crate::records::{LINES, START};

#[test]
fn every_line_of_the_conformance_journals_is_read_and_written_as_it_is() {
    let lines = journal_lines();
    assert!(lines.len() > 5_000, "only {} lines", lines.len());
    for line in &lines {
        let record: Record<'_> = serde_json::from_str(line).unwrap();
        assert_eq!(record, parse_record(line.as_bytes()).unwrap());
        let mut written = Vec::new();
        write_record(&mut written, &record).unwrap();
        let by_serde = serde_json::to_string(&record).unwrap();
        assert_eq!(str::from_utf8(&written).unwrap(), by_serde.clone() + "\n");
        assert_eq!(by_serde, *line);
        let value: Value = serde_json::from_str(line).unwrap();
        assert_eq!(serde_json::from_value::<Record<'_>>(value).unwrap(), record);
    }
}

#[test]
fn every_conformance_result_is_read_and_written_as_it_is() {
    for case in CASES {
        let value = result_of(case);
        let result: ReplayResult = serde_json::from_value(value.clone()).unwrap();
        assert_eq!(serde_json::to_value(&result).unwrap(), value, "{}", case.name);
    }
}

/// Both readers read the same, or refuse both.
fn assert_alike(line: &str) {
    let by_serde = serde_json::from_str::<Record<'_>>(line);
    let strict = parse_record(line.as_bytes());
    assert_eq!(strict.as_ref().ok(), by_serde.as_ref().ok(), "{line}\n{strict:?}\n{by_serde:?}");
}

/// Names that a field of a record may have, and some that none may.
const NAMES: [&str; 36] = [
    "account",
    "at",
    "entry",
    "pack",
    "tokens",
    "expires_at",
    "reason",
    "charge",
    "user",
    "product",
    "session",
    "version",
    "postings",
    "subscription",
    "starts_at",
    "ends_at",
    "quantity",
    "forfeited",
    "note",
    "because",
    "notice",
    "available",
    "event",
    "offering",
    "seats",
    "starts",
    "ends",
    "mode",
    "products",
    "plan",
    "line",
    "id",
    "meta",
    "type",
    "active",
    "other",
];

/// Values that only records have.
fn more_values() -> impl Iterator<Item = Value> {
    let words = [
        "opened",
        "renewed",
        "resumed",
        "grace",
        "reversed",
        "closed",
        "cover_ended",
        "lapsed",
        "locked_out",
        "not_assigned",
        "no_rate",
        "low_balance",
        "no_tokens",
        "expiring",
        "charged",
        "noted",
        "pack_burnt",
        "FlexAccessSet",
        "2209-12-29T09:00:00.250Z",
    ];
    let postings = [
        json!([{"pack": "P", "tokens": 1}]),
        json!([{"pack": "P"}]),
        json!([{"pack": "P", "tokens": 1, "other": 1}]),
        json!([{"pack": "", "tokens": 1}]),
        json!([["P", 1]]),
        json!({"no_rate": null}),
        json!({"pack": "P", "tokens": 1}),
    ];
    words.into_iter().map(Value::from).chain(postings)
}

/// A record with one field more, less or other.
pub(crate) fn near(line: &str) -> Vec<Value> {
    let fields: Map<String, Value> = serde_json::from_str(line).unwrap();
    let mut near: Vec<_> = fields.keys().map(|name| changed(&fields, name, None)).collect();
    for value in values().into_iter().chain(more_values()) {
        near.extend(NAMES.iter().map(|name| changed(&fields, name, Some(&value))));
    }
    near.into_iter().map(Value::Object).collect()
}

#[test]
fn records_with_one_field_more_less_or_other_are_read_alike() {
    for end in LINES {
        let line = format!("{START}{end}");
        assert_alike(&line);
        near(&line).iter().for_each(|it| assert_alike(&it.to_string()));
        assert_alike(&line.replacen('{', r#"{"at":"2026-01-05T09:00:00Z","#, 1));
    }
    assert_alike(r#"["acme","2027-01-05T09:00:00Z","pack_expired","P",3]"#);
}

/// A message of a service: what it received, and what came of it.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Message<'a> {
    event: Event<'a>,
    journal: Vec<Record<'a>>,
    last: Option<Entry<'a>>,
}

#[test]
fn events_and_records_are_fields_of_other_types() {
    let value = json!({
        "event": {"type": "FlexAssigned", "at": "2026-01-05T09:00:00Z", "account": "a", "user": "u"},
        "journal": [serde_json::from_str::<Value>(&format!("{START}{}", LINES[3])).unwrap()],
        "last": {"entry": "noted", "event": "FlexAssigned", "user": "u"},
    });
    let message: Message<'_> = serde_json::from_value(value.clone()).unwrap();
    assert_eq!(serde_json::to_value(&message).unwrap(), value);
    let text = value.to_string();
    assert_eq!(serde_json::from_str::<Message<'_>>(&text).unwrap(), message);
}

#[test]
fn what_a_result_does_not_have_is_refused() {
    let good = a_result();
    serde_json::from_value::<ReplayResult>(good.clone()).unwrap();
    for (place, wrong) in [
        ("/schema", json!(2)),
        ("/events", json!(-1)),
        ("/findings", json!([{"line": 1, "kind": "wrong", "message": ""}])),
        ("/findings", json!([{"line": 1, "kind": "malformed", "message": "", "column": null}])),
        ("/accounts/0/plan", json!("gold")),
        ("/accounts/0/level", json!(null)),
        ("/accounts/0/tokens/burned", json!(0.5)),
        ("/accounts/0/tokens", json!({})),
        ("/accounts/0/packs/0/pack", json!(7)),
        ("/accounts/0/packs/0", json!({"other": 1})),
    ] {
        let mut result = good.clone();
        *result.pointer_mut(place).unwrap() = wrong;
        serde_json::from_value::<ReplayResult>(result).expect_err(place);
    }
}
