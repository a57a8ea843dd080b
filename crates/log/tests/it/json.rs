//! Events as JSON values.

use serde_json::{Map, Value, json};
use tallyfold_core::{Event, EventId};

/// The event as `events.md` writes it.
pub(crate) fn to_json(event: &Event<'_>) -> Value {
    let (at, id, change) = match event {
        Event::Catalog(it) => (it.at, &it.id, serde_json::to_value(&it.change)),
        Event::Account(it) => (it.at, &it.id, serde_json::to_value(&it.action)),
    };
    let Value::Object(mut fields) = change.unwrap() else {
        panic!("an event is an object");
    };
    put(&mut fields, "at", json!(at));
    if let Event::Account(it) = event {
        put(&mut fields, "account", json!(it.account));
    }
    match id {
        Some(EventId::Plain(id)) => put(&mut fields, "id", json!(id)),
        Some(EventId::Sourced { .. }) => panic!("only plain ids are written here"),
        None => {}
    }
    Value::Object(fields)
}

fn put(fields: &mut Map<String, Value>, key: &str, value: Value) {
    assert_eq!(fields.insert(key.to_owned(), value), None, "{key} twice");
}
