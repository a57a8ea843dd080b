//! Events as data: what serde writes and reads is the log format (`docs/events.md`).
//!
//! A field that an event does not have, that is missing, `null`, or given twice is an error, as it is to
//! the reader of logs.

use serde::de::{self, Deserializer, IgnoredAny};
use serde::ser::{SerializeMap, Serializer};
use serde::{Deserialize, Serialize};

use super::fields::{Fields, required};
use super::kinds::{actions, catalog_changes, kinds};
use super::values::{given, instant, object};
use super::{AccountEvent, Action, CatalogChange, CatalogEvent, Event, EventId, Name, Timestamp};

actions!(kinds);
catalog_changes!(kinds);

/// An event in a CloudEvents 1.0 envelope: `time` is its instant, `subject` its account, `source` and
/// `id` together its id, and `data` holds the rest. Other attributes are ignored.
///
/// An [`Event`] whose id has a source is written so by itself; this type reads one.
///
/// ```
/// use tallyfold_core::{CloudEvent, Event};
///
/// let json = r#"{"specversion":"1.0","type":"FlexAssigned","source":"/gate","id":"e1",
///     "time":"2026-01-05T09:00:00Z","subject":"acme","data":{"user":"ana"}}"#;
/// let CloudEvent(event) = serde_json::from_str(json)?;
/// assert_eq!(event.at().to_string(), "2026-01-05T09:00:00Z");
/// let written = serde_json::to_string(&event)?;
/// assert_eq!(serde_json::from_str::<CloudEvent<'_>>(&written)?.0, event);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloudEvent<'a>(pub Event<'a>);

impl Serialize for Event<'_> {
    /// A plain event; in a CloudEvents envelope where its id has a source.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Plain<'a, T> {
            #[serde(flatten)]
            body: &'a T,
            at: Timestamp,
            #[serde(skip_serializing_if = "Option::is_none")]
            account: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            id: Option<&'a Name<'a>>,
        }

        let (id, account) = match self {
            Event::Catalog(it) => (&it.id, None),
            Event::Account(it) => (&it.id, Some(it.account.as_str())),
        };
        let (id, at) = match id {
            Some(EventId::Sourced { source, id }) => {
                return envelope(self, source, id, account, serializer);
            }
            Some(EventId::Plain(id)) => (Some(id), self.at()),
            None => (None, self.at()),
        };
        match self {
            Event::Catalog(it) => Plain { body: &it.change, at, account, id }.serialize(serializer),
            Event::Account(it) => Plain { body: &it.action, at, account, id }.serialize(serializer),
        }
    }
}

fn envelope<S: Serializer>(
    event: &Event<'_>,
    source: &str,
    id: &Name<'_>,
    account: Option<&str>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(None)?;
    map.serialize_entry("specversion", "1.0")?;
    map.serialize_entry("type", event.kind())?;
    map.serialize_entry("source", source)?;
    map.serialize_entry("id", id)?;
    map.serialize_entry("time", &event.at())?;
    if let Some(account) = account {
        map.serialize_entry("subject", account)?;
    }
    map.serialize_entry("data", &Data(event))?;
    map.end()
}

/// What an event says, without what its envelope says.
struct Data<'a>(&'a Event<'a>);

/// Lets an enum write the fields of its variant, without what says which it is.
macro_rules! serialize_fields {
    ($of:ident: $($name:ident $(<$life:lifetime>)?),* $(,)?) => {
        impl $of<'_> {
            fn serialize_fields<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    $($of::$name(it) => it.serialize(serializer),)*
                }
            }
        }
    };
}

actions!(serialize_fields);
catalog_changes!(serialize_fields);

impl Serialize for Data<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Event::Catalog(event) => event.change.serialize_fields(serializer),
            Event::Account(event) => event.action.serialize_fields(serializer),
        }
    }
}

/// What an event says, without when, where and under which id.
enum Body {
    Catalog(CatalogChange<'static>),
    Account(Action<'static>),
}

impl Fields {
    /// A field that an envelope has, where its data has it too.
    fn of_envelope(&self) -> Option<&'static str> {
        let given = [
            ("type", self.r#type.is_some()),
            ("at", self.at.is_some()),
            ("account", self.account.is_some()),
            ("id", self.id.is_some()),
        ];
        given.into_iter().find_map(|(name, is_given)| is_given.then_some(name))
    }

    /// The event that the fields are of, once the envelope, if there is one, has said the rest.
    fn event<E: de::Error>(mut self, id: Option<EventId<'static>>) -> Result<Event<'static>, E> {
        let kind: String = required!(self.r#type);
        let body = self.body(&kind)?;
        let at = required!(self.at);
        self.meta = None;
        let event = match body {
            Body::Catalog(change) => Event::Catalog(CatalogEvent { at, id, change }),
            Body::Account(action) => {
                let account = required!(self.account);
                Event::Account(AccountEvent { account, at, id, action })
            }
        };
        self.check_all_taken(&kind)?;
        Ok(event)
    }

    fn body<E: de::Error>(&mut self, kind: &str) -> Result<Body, E> {
        if let Some(change) = CatalogChange::of_kind(kind, self)? {
            return Ok(Body::Catalog(change));
        }
        let unknown = || E::custom(format_args!("there is no event type `{kind}`"));
        Action::of_kind(kind, self)?.map(Body::Account).ok_or_else(unknown)
    }
}

impl<'de> Deserialize<'de> for Event<'_> {
    /// Reads a plain event. [`CloudEvent`] reads one in an envelope.
    ///
    /// What is JSON is an event here where it is one in a log, but for this. A log refuses a line of more than
    /// 65,536 bytes, a `meta` of more than 100 levels, and an attribute of an envelope that is given twice though
    /// it is not read. It takes `-0` for 0, and a lone surrogate in a name in `meta` or in a `subject` that is not
    /// read, which serde refuses.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut fields: Fields = object(deserializer)?;
        let id = fields.id.take().map(EventId::Plain);
        fields.event(id)
    }
}

/// The subject of an envelope: the account, or anything where the event is of the catalog.
#[derive(Deserialize)]
#[serde(untagged)]
enum Subject {
    Account(Name<'static>),
    Other(IgnoredAny),
}

#[derive(Deserialize)]
struct Envelope {
    specversion: String,
    r#type: String,
    source: String,
    id: Name<'static>,
    #[serde(deserialize_with = "instant")]
    time: Option<Timestamp>,
    #[serde(default, deserialize_with = "given")]
    subject: Option<Subject>,
    #[serde(deserialize_with = "object")]
    data: Fields,
}

impl Envelope {
    fn event<E: de::Error>(self) -> Result<Event<'static>, E> {
        if self.specversion != "1.0" {
            return Err(E::custom("`specversion` must be \"1.0\""));
        }
        if let Some(field) = self.data.of_envelope() {
            return Err(E::custom(format_args!("`{field}` stands outside of `data`")));
        }
        let is_of_catalog = CatalogChange::KINDS.contains(&&*self.r#type);
        let account = match self.subject {
            _ if is_of_catalog => None,
            None => None,
            Some(Subject::Account(account)) => Some(account),
            Some(Subject::Other(_)) => return Err(E::custom("`subject` is no name")),
        };
        let id = EventId::Sourced { source: self.source.into(), id: self.id };
        Fields { r#type: Some(self.r#type), at: self.time, account, ..self.data }.event(Some(id))
    }
}

impl<'de> Deserialize<'de> for CloudEvent<'_> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        object::<_, Envelope>(deserializer)?.event().map(CloudEvent)
    }
}
