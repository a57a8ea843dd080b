//! Histories as text that people read and tests run.

use std::fmt::Write;

use serde_json::{Map, Value};
use tallyfold_core::{Event, EventId};

/// Events as a scenario: one a line, `INSTANT [ACCOUNT] TYPE key=value…`.
///
/// This is the format of `crates/cli/tests/scenarios/`, so that what a generator found can be
/// pasted there and kept. An id from a CloudEvents envelope, for which the format has no place, is
/// written `source#id`.
///
/// ```
/// use tallyfold_core::*;
///
/// let event = Event::Account(AccountEvent {
///     account: Name::new("acme")?,
///     at: "2026-01-02T00:00:00Z".parse()?,
///     id: None,
///     action: Action::PackPurchased(PackPurchased {
///         pack: Name::new("P")?,
///         tokens: PackTokens::new("0.5".parse()?)?,
///     }),
/// });
/// let text = tallyfold_testkit::scenario(&[event]);
/// assert_eq!(text, "2026-01-02T00:00:00Z acme PackPurchased pack=P tokens=\"0.5\"\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn scenario(events: &[Event<'_>]) -> String {
    let mut text = String::new();
    for event in events {
        write_event(&mut text, event);
    }
    text
}

fn write_event(text: &mut String, event: &Event<'_>) {
    let mut fields = body(event);
    let kind = fields.remove("type").unwrap_or_default();
    let (account, id) = match event {
        Event::Catalog(event) => (None, event.id.as_ref()),
        Event::Account(event) => (Some(event.account.as_str()), event.id.as_ref()),
    };
    text.push_str(&event.at().to_string());
    if let Some(account) = account {
        text.push(' ');
        text.push_str(account);
    }
    text.push(' ');
    text.push_str(kind.as_str().unwrap_or_default());
    for (key, value) in &fields {
        // Writing to a string cannot fail.
        let _ = write!(text, " {key}={}", word(key, value));
    }
    if let Some(id) = id {
        let _ = write!(text, " id={}", word("id", &Value::String(id_text(id))));
    }
    text.push('\n');
}

/// An event's type and own fields, as `events.md` names them.
pub(crate) fn body(event: &Event<'_>) -> Map<String, Value> {
    let body = match event {
        Event::Catalog(event) => serde_json::to_value(&event.change),
        Event::Account(event) => serde_json::to_value(&event.action),
    };
    match body {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    }
}

fn id_text(id: &EventId<'_>) -> String {
    match id {
        EventId::Plain(id) => id.to_string(),
        EventId::Sourced { source, id } => format!("{source}#{id}"),
    }
}

/// A value as a word: quoted where it would be read as something else.
fn word(key: &str, value: &Value) -> String {
    match value {
        Value::String(text) if is_plain(key, text) => text.clone(),
        other => other.to_string(),
    }
}

fn is_plain(key: &str, text: &str) -> bool {
    let is_one_word = !text.is_empty() && !text.contains([' ', '"', '[', ']', '{', '}']);
    is_one_word && (key == "version" || serde_json::from_str::<Value>(text).is_err())
}
