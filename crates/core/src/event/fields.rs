//! The fields of events, and which of them each type of event takes.

use std::num::NonZeroU64;

use serde::Deserialize;
use serde::de::{self, Deserializer};

use super::kinds::{actions, catalog_changes};
use super::values::{given, given_object, instant, object, word};
use super::{
    ChargeReversed, CollectionDefined, FlexAccess, FlexAccessSet, FlexAssigned, FlexUnassigned,
    Heartbeat, Name, Overrides, PackPurchased, Per, Plan, PlanSelected, Preset, Quantity,
    RatePublished, ResultProduced, RulebookAdopted, SessionClosed, SessionOpened,
    SubscriptionAssigned, SubscriptionPurchased, SubscriptionUnassigned, Term, Timestamp, Tokens,
    TokensAdjusted,
};

/// Any object: its content is nobody's business.
#[derive(Deserialize)]
pub(crate) struct Meta {}

/// Declares the fields that an object can have, and says which of them was not taken.
macro_rules! fields {
    ($(#[$doc:meta])* $of:ident { $($name:ident: $type:ty = $with:literal;)* }) => {
        $(#[$doc])*
        #[derive(Default, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub(crate) struct $of {
            $(
                #[serde(default, deserialize_with = $with)]
                pub(crate) $name: Option<$type>,
            )*
        }

        impl $of {
            /// An error unless all fields were taken that were given.
            pub(crate) fn check_all_taken<E: serde::de::Error>(&self, kind: &str) -> Result<(), E> {
                $(if self.$name.is_some() {
                    let field = stringify!($name).trim_start_matches("r#");
                    return Err(E::custom(format_args!("`{kind}` has no field `{field}`")));
                })*
                Ok(())
            }
        }
    };
}

pub(crate) use fields;

/// Takes a field that must be there, as the type that the place needs.
macro_rules! required {
    ($fields:ident.$name:ident) => {{
        let missing =
            || serde::de::Error::missing_field(stringify!($name).trim_start_matches("r#"));
        $fields.$name.take().ok_or_else(missing)?.try_into().map_err(serde::de::Error::custom)?
    }};
}

pub(crate) use required;

fields! {
    /// What a plain event, or the data of an envelope, was given.
    Fields {
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
}

/// What takes its fields from those that were given.
pub(crate) trait Take: Sized {
    fn take<E: de::Error>(given: &mut Fields) -> Result<Self, E>;
}

/// Types of which every field must be there.
macro_rules! take_all {
    ($($name:ident $(<$life:lifetime>)? { $($field:ident),* })*) => {$(
        impl $(<$life>)? Take for $name $(<$life>)? {
            fn take<E: de::Error>(given: &mut Fields) -> Result<Self, E> {
                Ok($name { $($field: required!(given.$field)),* })
            }
        }
    )*};
}

take_all! {
    CollectionDefined<'a> { collection, products }
    PackPurchased<'a> { pack, tokens }
    TokensAdjusted<'a> { pack, tokens, reason }
    ChargeReversed<'a> { charge, user, product, reason }
    SessionClosed<'a> { session }
    SubscriptionAssigned<'a> { subscription, user }
    SubscriptionUnassigned<'a> { subscription, user }
    FlexAssigned<'a> { user }
    FlexUnassigned<'a> { user }
    PlanSelected { plan }
}

impl Take for RulebookAdopted {
    fn take<E: de::Error>(given: &mut Fields) -> Result<Self, E> {
        let overrides = given.overrides.take().unwrap_or(Overrides::NONE);
        RulebookAdopted::new(required!(given.rulebook), overrides).map_err(E::custom)
    }
}

impl Take for RatePublished<'_> {
    fn take<E: de::Error>(given: &mut Fields) -> Result<Self, E> {
        Ok(RatePublished {
            product: required!(given.product),
            tokens: required!(given.tokens),
            per: given.per.take().unwrap_or_default(),
        })
    }
}

impl Take for SessionOpened<'_> {
    fn take<E: de::Error>(given: &mut Fields) -> Result<Self, E> {
        Ok(SessionOpened {
            session: required!(given.session),
            user: required!(given.user),
            product: required!(given.product),
            version: given.version.take(),
        })
    }
}

impl Take for Heartbeat<'_> {
    fn take<E: de::Error>(given: &mut Fields) -> Result<Self, E> {
        let active = given.active.take().unwrap_or(true);
        Ok(Heartbeat { session: required!(given.session), active })
    }
}

impl Take for ResultProduced<'_> {
    fn take<E: de::Error>(given: &mut Fields) -> Result<Self, E> {
        let quantity = given.quantity.take().map(Quantity::new).transpose().map_err(E::custom)?;
        Ok(ResultProduced {
            user: required!(given.user),
            product: required!(given.product),
            quantity: quantity.unwrap_or(Quantity::ONE),
        })
    }
}

impl Take for SubscriptionPurchased<'_> {
    fn take<E: de::Error>(given: &mut Fields) -> Result<Self, E> {
        let term = Term::new(required!(given.starts), required!(given.ends)).map_err(E::custom)?;
        Ok(SubscriptionPurchased {
            subscription: required!(given.subscription),
            offering: required!(given.offering),
            seats: required!(given.seats),
            term,
        })
    }
}

impl Take for FlexAccessSet<'_> {
    fn take<E: de::Error>(given: &mut Fields) -> Result<Self, E> {
        let mode: String = required!(given.mode);
        let access = match &*mode {
            "all_except" => FlexAccess::AllExcept(required!(given.products)),
            "only" => FlexAccess::Only(required!(given.products)),
            "default" => FlexAccess::Default,
            mode => return Err(E::unknown_variant(mode, &["all_except", "only", "default"])),
        };
        Ok(FlexAccessSet { access, user: given.user.take() })
    }
}

/// Reads what an event says by itself: the fields that it is written with.
macro_rules! alone {
    ($of:ident: $($name:ident $(<$life:lifetime>)?),* $(,)?) => {$(
        impl<$($life,)? 'de> Deserialize<'de> for $name $(<$life>)? {
            /// Reads the fields of the event's own, as strictly as a log's reader.
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let mut given: Fields = object(deserializer)?;
                let alone = Take::take(&mut given)?;
                given.check_all_taken(stringify!($name))?;
                Ok(alone)
            }
        }
    )*};
}

actions!(alone);
catalog_changes!(alone);
