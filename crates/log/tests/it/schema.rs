//! The schemas take what the readers take, as an independent validator understands them.

use std::fs;
use std::path::Path;

use jsonschema::Validator;
use serde_json::{Value, json};
use tallyfold_conformance::CASES;
use tallyfold_log::{Malformed, Reason, ReplayResult, parse_line_strictly, parse_record, schema};

use crate::cases::{
    a_result, changed, conformance_lines, journal_lines, near, one_of_each, result_of,
};
use crate::records::{LINES, START};
use crate::records_as_data;

fn validator(schema: &Value) -> Validator {
    jsonschema::draft202012::new(schema).unwrap()
}

/// With the variable `TALLYFOLD_BLESS` the committed files are written anew.
#[test]
fn the_committed_schemas_are_those_of_the_types() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema");
    for (name, schema) in schema::all() {
        assert!(jsonschema::meta::is_valid(&schema), "{name} is no schema");
        let file = folder.join(name);
        if std::env::var_os("TALLYFOLD_BLESS").is_some() {
            fs::write(&file, serde_json::to_string_pretty(&schema).unwrap() + "\n").unwrap();
        }
        let committed = fs::read(&file).unwrap();
        assert_eq!(serde_json::from_slice::<Value>(&committed).unwrap(), schema, "{name}");
    }
    assert_eq!(fs::read_dir(folder).unwrap().count(), schema::all().len());
}

/// Whether JSON Schema cannot tell that a value is wrong. The module's documentation lists why.
fn is_beyond_schemas(reason: &Reason, value: &Value) -> bool {
    let said = reason.to_string();
    matches!(reason, Reason::GivenTwice(_) | Reason::TooLong)
        || said.contains("duplicate field")
        || said.contains("a term starts before it ends")
        || has_whole_float(value)
}

fn has_whole_float(value: &Value) -> bool {
    match value {
        Value::Number(it) => it.is_f64() && it.as_f64().is_some_and(|it| it.fract() == 0.0),
        Value::Array(items) => items.iter().any(has_whole_float),
        Value::Object(fields) => fields.values().any(has_whole_float),
        _ => false,
    }
}

/// Of the lines that are JSON, 14,741 are events. Of the others the schema refuses 136, and cannot refuse 21.
#[test]
fn lines_of_the_conformance_logs_are_valid_where_they_are_events() {
    let events = validator(&schema::events());
    let (mut valid, mut refused, mut beyond) = (0, 0, 0);
    for line in conformance_lines() {
        let Ok(value) = serde_json::from_str::<Value>(&line) else { continue };
        match (parse_line_strictly(line.as_bytes()), events.is_valid(&value)) {
            (Ok(_), is_valid) => {
                assert!(is_valid, "{line}\n{:?}", events.validate(&value));
                valid += 1;
            }
            (Err(_), false) => refused += 1,
            (Err(malformed), true) => {
                let is_at_the_edge = malformed.reason.to_string().contains("an instant lies from");
                let is_beyond = is_beyond_schemas(&malformed.reason, &value) || is_at_the_edge;
                assert!(is_beyond, "{line}\n{malformed}");
                beyond += 1;
            }
        }
    }
    assert_eq!((valid, refused, beyond), (14_741, 136, 21));
}

/// The schema and the reader take the same values, but for those that no schema can refuse.
fn assert_agree(
    schema: &Validator,
    values: impl Iterator<Item = Value>,
    refusal: impl Fn(&[u8]) -> Option<Malformed>,
) {
    let (mut valid, mut refused) = (0, 0);
    for value in values {
        let line = value.to_string();
        match (refusal(line.as_bytes()), schema.is_valid(&value)) {
            (None, is_valid) => {
                assert!(is_valid, "{line}\n{:?}", schema.validate(&value));
                valid += 1;
            }
            (Some(_), false) => refused += 1,
            (Some(malformed), true) => {
                assert!(is_beyond_schemas(&malformed.reason, &value), "{line}\n{malformed}");
            }
        }
    }
    assert!(valid > 1_000 && refused > 10_000, "{valid} valid, {refused} refused");
}

#[test]
fn events_with_one_field_more_less_or_other_are_valid_where_they_are_events() {
    let events = validator(&schema::events());
    let values = one_of_each();
    assert_agree(&events, values.iter().flat_map(near), |line| parse_line_strictly(line).err());
}

#[test]
fn lines_of_journals_are_valid_where_they_are_records() {
    let journal = validator(&schema::journal());
    for line in journal_lines() {
        let value = serde_json::from_str(&line).unwrap();
        assert!(journal.is_valid(&value), "{line}\n{:?}", journal.validate(&value));
    }
    let values = LINES.iter().flat_map(|end| records_as_data::near(&format!("{START}{end}")));
    assert_agree(&journal, values, |line| parse_record(line).err());
}

#[test]
fn results_are_valid_where_they_are_read() {
    let result = validator(&schema::result());
    for case in CASES {
        let value = result_of(case);
        assert!(result.is_valid(&value), "{}: {:?}", case.name, result.validate(&value));
    }
    let good = a_result();
    for value in near_results(&good) {
        let is_read = serde_json::from_value::<ReplayResult>(value.clone()).is_ok();
        assert_eq!(result.is_valid(&value), is_read, "{value}");
    }
}

/// A result of which one field, wherever it is, is missing, of another type, or beside one that nothing has.
fn near_results(result: &Value) -> Vec<Value> {
    match result {
        Value::Object(fields) => {
            let mut near = vec![changed(fields, "other", Some(&json!(1)))];
            for (name, value) in fields {
                near.push(changed(fields, name, None));
                let values = [json!(null), json!(true), json!(-1), json!([7]), json!({"other": 1})];
                let values = values.into_iter().chain(near_results(value));
                near.extend(values.map(|value| changed(fields, name, Some(&value))));
            }
            near.into_iter().map(Value::Object).collect()
        }
        Value::Array(items) => {
            let first = items.first().map(near_results).unwrap_or_default();
            first.into_iter().map(|item| json!([item])).collect()
        }
        _ => Vec::new(),
    }
}

/// Texts that are nearly instants, and two that only their offset takes out of the range.
#[test]
fn instants_are_valid_where_they_are_read() {
    let texts = [
        "2026-01-05T09:00:00Z",
        "2026-01-05t10:00:00.250+01:00",
        "2026-01-05T09:00:00.123456789z",
        "2026-01-05T09:00:00.1234567890Z",
        "2026-01-05T09:00:00.Z",
        "2026-01-05 09:00:00Z",
        "2026-01-05T09:00:00",
        "2026-01-05T09:00Z",
        "2026-01-05T24:00:00Z",
        "2026-01-05T23:60:00Z",
        "2026-01-05T23:59:60Z",
        "2026-01-05T23:59:59+24:00",
        "2026-01-05T23:59:59-23:59",
        "2026-13-05T09:00:00Z",
        "2026-00-05T09:00:00Z",
        "2026-04-31T09:00:00Z",
        "2026-02-30T09:00:00Z",
        "2024-02-29T09:00:00Z",
        "2026-12-32T09:00:00Z",
        "2026-12-00T09:00:00Z",
        "1700-01-01T00:00:00Z",
        "1699-12-31T23:30:00-01:00",
        "1699-12-30T23:30:00-01:00",
        "2199-12-31T23:59:59.999999999Z",
        "2200-01-01T00:30:00+01:00",
        "2200-01-02T00:30:00+01:00",
        "0000-01-01T00:00:00Z",
        "20260105T090000Z",
        "",
        "today",
        "2026-01-05T09:00:00Z\n",
        "\n2026-01-05T09:00:00Z",
        "٢026-01-05T09:00:00Z",
    ];
    let beyond = ["2026-02-29T09:00:00Z", "2200-01-01T00:00:00Z", "1699-12-31T23:30:00Z"];
    let event = |at: &str| json!({"type": "FlexAssigned", "at": at, "account": "a", "user": "u"});
    assert_alike(&texts.map(event), &beyond.map(event));
}

#[test]
fn amounts_are_valid_where_they_are_read() {
    let written = [
        "0",
        "-0",
        "7",
        "-7",
        "0.5",
        "-0.5",
        "0.000001",
        "0.0000001",
        "1.250000",
        "0.0",
        "-0.0",
        "0.0000000",
        "007",
        "+7",
        "1.",
        ".5",
        "1e2",
        " 7",
        "",
        "-",
        "1,5",
        "999999999.999999",
        "1000000000",
        "1000000000.0",
        "1000000000.000001",
        "-1000000000",
        "1000000001",
        "٣",
        "10000000000",
    ];
    let whole = [0, 1, -1, 1_000_000_000, 1_000_000_001, -1_000_000_000, -1_000_000_001];
    let amounts: Vec<_> =
        written.map(Value::from).into_iter().chain(whole.map(Value::from)).collect();
    let of = |event: Value| {
        let fields = event.as_object().unwrap().clone();
        amounts.iter().map(|it| Value::Object(changed(&fields, "tokens", Some(it)))).collect()
    };
    let at = "2026-01-05T09:00:00Z";
    let pack: Vec<_> = of(json!({"type": "PackPurchased", "at": at, "account": "a", "pack": "P"}));
    let rate: Vec<_> = of(json!({"type": "RatePublished", "at": at, "product": "p"}));
    let adjusted: Vec<_> =
        of(json!({"type": "TokensAdjusted", "at": at, "account": "a", "pack": "P", "reason": ""}));
    assert_alike(&[pack, rate, adjusted].concat(), &[]);
}

#[test]
fn names_and_texts_are_valid_where_they_are_read() {
    let named = |name: String| json!({"type": "FlexAssigned", "at": "2026-01-05T09:00:00Z", "account": "a", "user": name});
    let texts = |text: String| json!({"type": "TokensAdjusted", "at": "2026-01-05T09:00:00Z", "account": "a", "pack": "P", "tokens": 1, "reason": text});
    let names =
        ["", " ", "a\tb", "\u{7f}", "\u{85}", "\u{9f}", "\u{a0}", "zoë\u{202e}", "\u{0}", "a\n"];
    let mut events: Vec<_> =
        names.iter().flat_map(|it| [named(it.to_string()), texts(it.to_string())]).collect();
    events.extend([0, 1, 255, 256, 257].map(|length| named("n".repeat(length))));
    events.extend([0, 1_024, 1_025].map(|length| texts("n".repeat(length))));
    assert_alike(&events, &[named("ë".repeat(129)), texts("ë".repeat(513))]);
}

/// Schema and reader take the same of these; of those beyond schemas the reader takes none.
fn assert_alike(events: &[Value], beyond: &[Value]) {
    let schema = validator(&schema::events());
    for event in events {
        let is_read = parse_line_strictly(event.to_string().as_bytes()).is_ok();
        assert_eq!(schema.is_valid(event), is_read, "{event}");
    }
    for event in beyond {
        assert!(parse_line_strictly(event.to_string().as_bytes()).is_err(), "{event}");
        assert!(schema.is_valid(event), "{event} is not beyond the schema");
    }
}
