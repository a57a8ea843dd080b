//! Events as data: what serde writes and reads is the log format (`docs/events.md`).
//!
//! A field that an event does not have, that is missing, `null`, or given twice is an error, as it is to
//! the reader of logs.

use std::num::NonZeroU64;

use serde::de::{self, Deserializer, IgnoredAny};
use serde::ser::{SerializeMap, Serializer};
use serde::{Deserialize, Serialize};

use super::values::{given, given_object, object, word};
use super::{
    AccountEvent, Action, AdjustmentTokens, CatalogChange, CatalogEvent, ChargeReversed,
    CollectionDefined, Event, EventId, FlexAccess, FlexAccessSet, FlexAssigned, FlexUnassigned,
    Heartbeat, Name, Overrides, PackPurchased, PackTokens, Per, Plan, PlanSelected, Preset,
    Products, Quantity, RatePublished, RateTokens, ResultProduced, RulebookAdopted, Seats,
    SessionClosed, SessionOpened, SubscriptionAssigned, SubscriptionPurchased,
    SubscriptionUnassigned, Term, Text, Timestamp, Tokens, TokensAdjusted,
};

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
    let kind = match event {
        Event::Catalog(it) => it.change.kind(),
        Event::Account(it) => it.action.kind(),
    };
    let mut map = serializer.serialize_map(None)?;
    map.serialize_entry("specversion", "1.0")?;
    map.serialize_entry("type", kind)?;
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

/// Declares the types of events, each named as the log format names it.
macro_rules! kinds {
    ($($of:ident { $($name:ident),* $(,)? })*) => {
        $(
            impl $of<'_> {
                /// The types of these events as the log format names them.
                pub const KINDS: &'static [&'static str] = &[$(stringify!($name)),*];

                /// The type of the event as the log format names it.
                #[must_use]
                pub const fn kind(&self) -> &'static str {
                    match self {
                        $($of::$name(_) => stringify!($name),)*
                    }
                }

                /// The fields of the event's own.
                fn serialize_fields<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    match self {
                        $($of::$name(it) => it.serialize(serializer),)*
                    }
                }
            }
        )*
    };
}

kinds! {
    Action {
        PackPurchased,
        TokensAdjusted,
        ChargeReversed,
        SessionOpened,
        Heartbeat,
        SessionClosed,
        ResultProduced,
        SubscriptionPurchased,
        SubscriptionAssigned,
        SubscriptionUnassigned,
        FlexAssigned,
        FlexUnassigned,
        FlexAccessSet,
        PlanSelected,
    }
    CatalogChange { RulebookAdopted, RatePublished, CollectionDefined }
}

impl Serialize for Data<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Event::Catalog(event) => event.change.serialize_fields(serializer),
            Event::Account(event) => event.action.serialize_fields(serializer),
        }
    }
}

/// An instant that an event may carry.
fn instant<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Timestamp>, D::Error> {
    let at = Timestamp::deserialize(value)?;
    let at = Timestamp::from_unix_nanos(at.unix_nanos()).map_err(de::Error::custom)?;
    Ok(Some(at))
}

/// Any object: its content is nobody's business.
#[derive(Deserialize)]
struct Meta {}

/// Declares the fields that events can have, and says which of them was not taken.
macro_rules! fields {
    ($($name:ident: $type:ty = $with:literal;)*) => {
        #[derive(Default, Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Fields {
            $(
                #[serde(default, deserialize_with = $with)]
                $name: Option<$type>,
            )*
        }

        impl Fields {
            /// A field that is still there: the event has none of that name.
            fn left(&self) -> Option<&'static str> {
                $(if self.$name.is_some() {
                    return Some(stringify!($name).trim_start_matches("r#"));
                })*
                None
            }
        }
    };
}

fields! {
    r#type: String = "given";
    at: Timestamp = "instant";
    account: Name<'static> = "given";
    id: Name<'static> = "given";
    meta: Meta = "given_object";
    rulebook: Preset = "word";
    overrides: Overrides = "given_object";
    product: Name<'static> = "given";
    tokens: Tokens = "given";
    per: Per = "word";
    collection: Name<'static> = "given";
    products: Vec<Name<'static>> = "given";
    pack: Name<'static> = "given";
    reason: String = "given";
    charge: NonZeroU64 = "given";
    user: Name<'static> = "given";
    session: Name<'static> = "given";
    version: Name<'static> = "given";
    active: bool = "given";
    quantity: u32 = "given";
    subscription: Name<'static> = "given";
    offering: Name<'static> = "given";
    seats: u32 = "given";
    starts: Timestamp = "instant";
    ends: Timestamp = "instant";
    mode: String = "given";
    plan: Plan = "word";
}

/// A field that must be there.
macro_rules! required {
    ($fields:ident.$name:ident) => {
        $fields
            .$name
            .take()
            .ok_or_else(|| de::Error::missing_field(stringify!($name).trim_start_matches("r#")))
    };
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
        let kind = required!(self.r#type)?;
        let body = self.body(&kind)?;
        let at = required!(self.at)?;
        self.meta = None;
        let event = match body {
            Body::Catalog(change) => Event::Catalog(CatalogEvent { at, id, change }),
            Body::Account(action) => {
                let account = required!(self.account)?;
                Event::Account(AccountEvent { account, at, id, action })
            }
        };
        match self.left() {
            None => Ok(event),
            Some(field) => Err(E::custom(format_args!("`{kind}` has no field `{field}`"))),
        }
    }

    fn body<E: de::Error>(&mut self, kind: &str) -> Result<Body, E> {
        if let Some(change) = self.change(kind)? {
            return Ok(Body::Catalog(change));
        }
        let action = match self.session_action(kind)? {
            Some(action) => Some(action),
            None => self.other_action(kind)?,
        };
        let unknown = || E::custom(format_args!("there is no event type `{kind}`"));
        action.map(Body::Account).ok_or_else(unknown)
    }

    fn change<E: de::Error>(&mut self, kind: &str) -> Result<Option<CatalogChange<'static>>, E> {
        Ok(Some(match kind {
            "RulebookAdopted" => {
                let (preset, overrides) = (required!(self.rulebook)?, self.overrides.take());
                let overrides = overrides.unwrap_or(Overrides::NONE);
                let adopted = RulebookAdopted::new(preset, overrides).map_err(E::custom)?;
                CatalogChange::RulebookAdopted(adopted)
            }
            "RatePublished" => CatalogChange::RatePublished(RatePublished {
                product: required!(self.product)?,
                tokens: RateTokens::new(required!(self.tokens)?).map_err(E::custom)?,
                per: self.per.take().unwrap_or_default(),
            }),
            "CollectionDefined" => CatalogChange::CollectionDefined(CollectionDefined {
                collection: required!(self.collection)?,
                products: self.products()?,
            }),
            _ => return Ok(None),
        }))
    }

    fn products<E: de::Error>(&mut self) -> Result<Products<'static>, E> {
        Products::new(required!(self.products)?).map_err(E::custom)
    }

    fn reason<E: de::Error>(&mut self) -> Result<Text<'static>, E> {
        Text::new(required!(self.reason)?).map_err(E::custom)
    }

    fn session_action<E: de::Error>(&mut self, kind: &str) -> Result<Option<Action<'static>>, E> {
        Ok(Some(match kind {
            "SessionOpened" => Action::SessionOpened(SessionOpened {
                session: required!(self.session)?,
                user: required!(self.user)?,
                product: required!(self.product)?,
                version: self.version.take(),
            }),
            "Heartbeat" => Action::Heartbeat(Heartbeat {
                session: required!(self.session)?,
                active: self.active.take().unwrap_or(true),
            }),
            "SessionClosed" => {
                Action::SessionClosed(SessionClosed { session: required!(self.session)? })
            }
            "ResultProduced" => Action::ResultProduced(ResultProduced {
                user: required!(self.user)?,
                product: required!(self.product)?,
                quantity: match self.quantity.take() {
                    Some(quantity) => Quantity::new(quantity).map_err(E::custom)?,
                    None => Quantity::ONE,
                },
            }),
            _ => return Ok(None),
        }))
    }

    fn other_action<E: de::Error>(&mut self, kind: &str) -> Result<Option<Action<'static>>, E> {
        Ok(Some(match kind {
            "PackPurchased" => Action::PackPurchased(PackPurchased {
                pack: required!(self.pack)?,
                tokens: PackTokens::new(required!(self.tokens)?).map_err(E::custom)?,
            }),
            "TokensAdjusted" => Action::TokensAdjusted(TokensAdjusted {
                pack: required!(self.pack)?,
                tokens: AdjustmentTokens::new(required!(self.tokens)?).map_err(E::custom)?,
                reason: self.reason()?,
            }),
            "ChargeReversed" => Action::ChargeReversed(ChargeReversed {
                charge: required!(self.charge)?,
                user: required!(self.user)?,
                product: required!(self.product)?,
                reason: self.reason()?,
            }),
            "SubscriptionPurchased" => Action::SubscriptionPurchased(self.subscription()?),
            "SubscriptionAssigned" => Action::SubscriptionAssigned(SubscriptionAssigned {
                subscription: required!(self.subscription)?,
                user: required!(self.user)?,
            }),
            "SubscriptionUnassigned" => Action::SubscriptionUnassigned(SubscriptionUnassigned {
                subscription: required!(self.subscription)?,
                user: required!(self.user)?,
            }),
            "FlexAssigned" => Action::FlexAssigned(FlexAssigned { user: required!(self.user)? }),
            "FlexUnassigned" => {
                Action::FlexUnassigned(FlexUnassigned { user: required!(self.user)? })
            }
            "FlexAccessSet" => Action::FlexAccessSet(FlexAccessSet {
                access: self.access()?,
                user: self.user.take(),
            }),
            "PlanSelected" => Action::PlanSelected(PlanSelected { plan: required!(self.plan)? }),
            _ => return Ok(None),
        }))
    }

    fn subscription<E: de::Error>(&mut self) -> Result<SubscriptionPurchased<'static>, E> {
        let (starts, ends) = (required!(self.starts)?, required!(self.ends)?);
        Ok(SubscriptionPurchased {
            subscription: required!(self.subscription)?,
            offering: required!(self.offering)?,
            seats: Seats::new(required!(self.seats)?).map_err(E::custom)?,
            term: Term::new(starts, ends).map_err(E::custom)?,
        })
    }

    fn access<E: de::Error>(&mut self) -> Result<FlexAccess<'static>, E> {
        match &*required!(self.mode)? {
            "all_except" => Ok(FlexAccess::AllExcept(self.products()?)),
            "only" => Ok(FlexAccess::Only(self.products()?)),
            "default" => Ok(FlexAccess::Default),
            mode => Err(E::unknown_variant(mode, &["all_except", "only", "default"])),
        }
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
