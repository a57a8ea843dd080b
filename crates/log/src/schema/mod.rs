//! JSON Schemas (2020-12) of events, journal and replay result, for programs that are not in Rust.
//!
//! No schema is written by hand. Each is learnt from the types' own `Deserialize`, which is as strict as the reader
//! of logs: it is handed objects that lack a field, have one more, or an unknown word, and what it says of them is
//! the schema. So a field, a word or a bound has one home: the reader. Only the patterns of instants, names
//! and decimals, and the envelope of CloudEvents, are spelt out here; tests hold them against the reader.
//!
//! What a schema takes that the reader refuses, because JSON Schema cannot say it:
//!
//! - a field given twice, a lone surrogate, a line over [`MAX_LINE_BYTES`](crate::MAX_LINE_BYTES), a `meta` of
//!   more than 100 levels;
//! - names and texts that have too many bytes, but not too many characters;
//! - 29 February of a common year, and instants that only their offset takes out of the range;
//! - a term that ends before it starts;
//! - whole numbers written as floats: `7.0` or `1e3`.
//!
//! The committed schemas are in `crates/log/schema`. That of reports is made by `tallyfold-projections`.
//!
//! ```
//! let events = tallyfold_log::schema::events();
//! let opened = &events["$defs"]["SessionOpened"];
//! assert_eq!(opened["properties"]["user"]["$ref"], "#/$defs/name");
//! ```

mod learner;
mod probe;
mod values;

use serde_json::{Map, Value, json};
use tallyfold_core::{Action, CatalogChange, Event, Finding, Record};

use crate::ReplayResult;
use learner::{Field, Learner, Shape, Words, any_of, learn, object, one_of};
use probe::{Fields, Probe};

/// All schemas of this crate, each with the name of its file.
#[must_use]
pub fn all() -> Vec<(&'static str, Value)> {
    vec![
        ("events.schema.json", events()),
        ("journal.schema.json", journal()),
        ("result.schema.json", result()),
    ]
}

/// The schema of a line of a log: a plain event, or one in a CloudEvents envelope.
#[must_use]
pub fn events() -> Value {
    let mut lines = Map::new();
    for &kind in CatalogChange::KINDS.iter().chain(Action::KINDS) {
        let given: Fields = vec![("type", Probe::Text(kind.to_owned()))];
        let shapes = learn::<Event<'_>, _>(&Words::new(), |event| event.shapes(given));
        let envelopes = shapes.iter().map(|shape| in_envelope(kind, shape)).collect();
        let plain = shapes.into_iter().map(|shape| tagged("type", kind, shape)).collect();
        lines.insert(kind.to_owned(), any_of(plain));
        lines.insert(format!("{kind}InEnvelope"), any_of(envelopes));
    }
    document("events", "A line of a log (events.md, Event log format).", lines)
}

/// The schema of a line of a journal.
#[must_use]
pub fn journal() -> Value {
    let mut lines = Map::new();
    let entries =
        |record: &Learner<'_>| record.with_field(&Fields::new(), "entry", |it| it.words());
    for kind in learn::<Record<'_>, _>(&Words::new(), entries).unwrap_or_default() {
        let given: Fields = vec![("entry", Probe::Text(kind.to_owned()))];
        let shapes = learn::<Record<'_>, _>(&Words::new(), |record| record.shapes(given));
        let shapes = shapes.into_iter().map(|shape| tagged("entry", kind, shape)).collect();
        lines.insert(kind.to_owned(), any_of(shapes));
    }
    document("journal", "A line of a journal (events.md, Journal format).", lines)
}

/// The schema of a replay result.
#[must_use]
pub fn result() -> Value {
    let findings = learn::<Finding, _>(&Words::new(), |it| it.words()).unwrap_or_default();
    let kinds = ["malformed"].into_iter().chain(findings).collect();
    let result = learn::<ReplayResult, _>(&vec![("kind", kinds)], |it| it.schema());
    let lines = Map::from_iter([("result".to_owned(), result)]);
    document("result", "The result of a replay (events.md, Replay result).", lines)
}

/// An object with the word that says what it is.
fn tagged(tag: &'static str, word: &str, mut shape: Shape) -> Value {
    shape.insert(0, Field { name: tag, is_required: true, schema: one_of(&[word]) });
    object(shape)
}

/// The same event in a CloudEvents 1.0 envelope, which may have further attributes.
fn in_envelope(kind: &str, plain: &Shape) -> Value {
    let is_outside = |field: &&Field| ["at", "account", "id"].contains(&field.name);
    let (outside, data): (Vec<_>, Vec<_>) = plain.iter().partition(is_outside);
    let of = |name| outside.iter().find(|field| field.name == name).map(|field| &field.schema);
    let mut envelope = json!({
        "type": "object",
        "properties": {
            "specversion": {"const": "1.0"},
            "type": {"const": kind},
            "source": {"type": "string"},
            "id": of("id"),
            "time": of("at"),
            "data": object(data.into_iter().cloned().collect()),
        },
        "required": ["specversion", "type", "source", "id", "time", "data"],
    });
    if let Some(account) = of("account") {
        envelope["properties"]["subject"] = account.clone();
        envelope["required"] =
            json!(["specversion", "type", "source", "id", "time", "subject", "data"]);
    }
    envelope
}

/// A schema of what is one of some things.
fn document(name: &str, description: &str, things: Map<String, Value>) -> Value {
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": format!("urn:tallyfold:{name}:1"),
        "title": format!("tallyfold {name}, version 1"),
        "description": description,
        "anyOf": things.keys().map(|it| json!({"$ref": format!("#/$defs/{it}")})).collect::<Vec<_>>(),
    });
    let things = Value::Object(things);
    let mut definitions = values::kinds_in(&things);
    if let Value::Object(things) = things {
        definitions.extend(things);
    }
    schema["$defs"] = Value::Object(definitions);
    schema
}
