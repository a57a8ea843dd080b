//! The seventeen event types of `events.md`, owned or borrowed from an input buffer.
//!
//! A value of these types is well-formed by construction: amounts, names, counts and terms are
//! checked where they are made, so the fold never meets one that the format forbids.

mod amounts;
mod as_data;
mod by_hand;
mod conversions;
#[cfg(feature = "rust_decimal")]
mod decimal;
pub(crate) mod fields;
pub(crate) mod kinds;
mod name;
pub(crate) mod own;
mod rulebook;
mod timestamp;
mod tokens;
pub(crate) mod values;

#[cfg(doc)]
use crate::spec::*;

use std::num::NonZeroU64;

use serde::Serialize;

use own::owned;

pub use amounts::{AdjustmentTokens, OutOfRange, PackTokens, Quantity, RateTokens, Seats, Term};
pub use as_data::CloudEvent;
pub use conversions::{IntoName, IntoText, ValueError};
pub use name::*;
pub use rulebook::{Assignment, OverrideOutOfRange, Overrides, Preset, Rulebook};
pub use timestamp::{Span, Timestamp, TimestampError};
pub use tokens::{Tokens, TokensError};

owned! {
    /// One immutable event.
    ///
    /// Exhaustive: an event is of the catalog or of an account.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub enum Event<'a> {
        /// Rulebook, rates and collections: the same for all accounts.
        Catalog(CatalogEvent<'a>),
        /// Something that happened in one account.
        Account(AccountEvent<'a>),
    }
}

impl<'a> Event<'a> {
    /// The instant at which the event takes effect ([T1]).
    #[must_use]
    pub fn at(&self) -> Timestamp {
        match self {
            Event::Catalog(event) => event.at,
            Event::Account(event) => event.at,
        }
    }

    /// The account in which it happened; none of an event of the catalog.
    #[must_use]
    pub fn account(&self) -> Option<&Name<'a>> {
        match self {
            Event::Catalog(_) => None,
            Event::Account(event) => Some(&event.account),
        }
    }

    /// The event's name, for idempotency ([T7]).
    #[must_use]
    pub fn id(&self) -> Option<&EventId<'a>> {
        match self {
            Event::Catalog(event) => event.id.as_ref(),
            Event::Account(event) => event.id.as_ref(),
        }
    }

    /// The type of the event as the log format names it.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Event::Catalog(event) => event.change.kind(),
            Event::Account(event) => event.action.kind(),
        }
    }
}

impl<'e, 'n> From<&'e Event<'n>> for (u64, &'e Event<'n>) {
    /// An event that is on no line of a log.
    fn from(event: &'e Event<'n>) -> (u64, &'e Event<'n>) {
        (0, event)
    }
}

owned! {
    /// A change of the catalog.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct CatalogEvent<'a> {
        /// When it takes effect ([T1]).
        pub at: Timestamp,
        /// The event's name, for idempotency ([T7]).
        pub id: Option<EventId<'a>>,
        /// What changes.
        pub change: CatalogChange<'a>,
    }
}

owned! {
    /// Something that happened in one account.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct AccountEvent<'a> {
        /// The account in which it happened.
        pub account: Name<'a>,
        /// When the licensing service accepted it, by the service's clock ([T1]).
        pub at: Timestamp,
        /// The event's name, for idempotency ([T7]).
        pub id: Option<EventId<'a>>,
        /// What happened.
        pub action: Action<'a>,
    }
}

owned! {
    /// The name of an event. A plain one never equals one from a CloudEvents envelope.
    ///
    /// Exhaustive: events.md knows plain events and envelopes.
    #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum EventId<'a> {
        /// The field `id` of a plain event.
        Plain(Name<'a>),
        /// The pair `source`, `id` of a CloudEvents envelope.
        Sourced {
            /// Where the event comes from: any text.
            source: std::borrow::Cow<'a, str>,
            /// The name that the source gave it.
            id: Name<'a>,
        },
    }
}

owned! {
    /// What a catalog event changes.
    ///
    /// Exhaustive: they are the event types of events.md, and a fold must deal with each.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize)]
    #[serde(tag = "type")]
    pub enum CatalogChange<'a> {
        /// From now on these rules hold (rules.md, Rulebooks).
        RulebookAdopted(RulebookAdopted),
        /// From now on a product costs this ([R1]).
        RatePublished(RatePublished<'a>),
        /// From now on a collection holds these products; replaces an earlier definition.
        CollectionDefined(CollectionDefined<'a>),
    }
}

owned! {
    /// What happened in an account.
    ///
    /// Exhaustive: they are the event types of events.md, and a fold must deal with each.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize)]
    #[serde(tag = "type")]
    pub enum Action<'a> {
        /// A pack of tokens was bought ([P1]).
        PackPurchased(PackPurchased<'a>),
        /// A pack was corrected by hand ([P6]).
        TokensAdjusted(TokensAdjusted<'a>),
        /// A charge was taken back ([X1]).
        ChargeReversed(ChargeReversed<'a>),
        /// A user opened a product ([W2]).
        SessionOpened(SessionOpened<'a>),
        /// A session is still running ([W3]).
        Heartbeat(Heartbeat<'a>),
        /// A session ended ([W5]).
        SessionClosed(SessionClosed<'a>),
        /// A product that is paid by result produced some ([R2]).
        ResultProduced(ResultProduced<'a>),
        /// Seats were bought ([S1]).
        SubscriptionPurchased(SubscriptionPurchased<'a>),
        /// A user took a seat ([S3]).
        SubscriptionAssigned(SubscriptionAssigned<'a>),
        /// A user gave a seat back ([S3], [W8]).
        SubscriptionUnassigned(SubscriptionUnassigned<'a>),
        /// A user was marked as one who may use tokens ([A1]).
        FlexAssigned(FlexAssigned<'a>),
        /// A user was marked as one who may not use tokens ([A1]).
        FlexUnassigned(FlexUnassigned<'a>),
        /// The products open to tokens were set ([A3]).
        FlexAccessSet(FlexAccessSet<'a>),
        /// The team chose its plan ([N1]).
        PlanSelected(PlanSelected),
    }
}

/// A rulebook comes into force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RulebookAdopted {
    #[serde(rename = "rulebook")]
    preset: Preset,
    #[serde(skip_serializing_if = "Overrides::is_empty")]
    overrides: Overrides,
    #[serde(skip)]
    rulebook: Rulebook,
}

impl RulebookAdopted {
    /// Adopts a preset with some changes.
    ///
    /// # Errors
    ///
    /// [`OverrideOutOfRange`] where a number is outside what rules.md allows for its key.
    pub fn new(
        preset: Preset,
        overrides: Overrides,
    ) -> Result<RulebookAdopted, OverrideOutOfRange> {
        let rulebook = overrides.applied_to(preset)?;
        Ok(RulebookAdopted { preset, overrides, rulebook })
    }

    /// Adopts a preset as it is.
    #[must_use]
    pub const fn preset_only(preset: Preset) -> RulebookAdopted {
        RulebookAdopted { preset, overrides: Overrides::NONE, rulebook: preset.rulebook() }
    }

    /// The preset that the rulebook starts from.
    #[must_use]
    pub const fn preset(&self) -> Preset {
        self.preset
    }

    /// What differs from the preset.
    #[must_use]
    pub const fn overrides(&self) -> Overrides {
        self.overrides
    }

    /// The rules that hold from now on.
    #[must_use]
    pub const fn rulebook(&self) -> Rulebook {
        self.rulebook
    }
}

owned! {
    /// A rate comes into force ([R1]).
    #[derive(Clone, Debug, PartialEq, Eq, Serialize)]
    pub struct RatePublished<'a> {
        /// The product that it prices.
        pub product: Name<'a>,
        /// Tokens a day or a result.
        pub tokens: RateTokens,
        /// What the tokens buy.
        #[serde(skip_serializing_if = "Per::is_day")]
        pub per: Per,
    }
}

/// What a rate is counted by.
///
/// Exhaustive: rules.md names both ([R1]), and a price must deal with each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Per {
    /// A window of 24 h (`window_hours`).
    #[default]
    Day,
    /// One result.
    Result,
}

impl Per {
    /// What the rate is for, as events write it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Per::Day => "day",
            Per::Result => "result",
        }
    }

    fn is_day(&self) -> bool {
        *self == Per::Day
    }
}

owned! {
    /// A collection holds these products from now on ([S2]).
    #[derive(Clone, Debug, PartialEq, Eq, Serialize)]
    pub struct CollectionDefined<'a> {
        /// The collection.
        pub collection: Name<'a>,
        /// Its products.
        pub products: Products<'a>,
    }
}

owned! {
    /// A pack was bought ([P1]).
    #[derive(Clone, Debug, PartialEq, Eq, Serialize)]
    pub struct PackPurchased<'a> {
        /// The new pack's name.
        pub pack: Name<'a>,
        /// Its size.
        pub tokens: PackTokens,
    }
}

owned! {
    /// A pack was corrected by hand ([P6]).
    #[derive(Clone, Debug, PartialEq, Eq, Serialize)]
    pub struct TokensAdjusted<'a> {
        /// The pack.
        pub pack: Name<'a>,
        /// What is added, or taken away where negative.
        pub tokens: AdjustmentTokens,
        /// Why.
        pub reason: Text<'a>,
    }
}

owned! {
    /// A charge was taken back ([X1]).
    #[derive(Clone, Debug, PartialEq, Eq, Serialize)]
    pub struct ChargeReversed<'a> {
        /// The number of the charge.
        pub charge: NonZeroU64,
        /// Whose charge it is.
        pub user: Name<'a>,
        /// What it paid for.
        pub product: Name<'a>,
        /// Why.
        pub reason: Text<'a>,
    }
}

owned! {
    /// A user opened a product ([W2]).
    #[derive(Clone, Debug, PartialEq, Eq, Serialize)]
    pub struct SessionOpened<'a> {
        /// The new session's name.
        pub session: Name<'a>,
        /// Who opened it.
        pub user: Name<'a>,
        /// What was opened.
        pub product: Name<'a>,
        /// The version of the product.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub version: Option<Name<'a>>,
    }
}

owned! {
    /// A session is still running ([W3], [W7]).
    #[derive(Clone, Debug, PartialEq, Eq, Serialize)]
    pub struct Heartbeat<'a> {
        /// The session.
        pub session: Name<'a>,
        /// Whether there was meaningful use since the session's previous contact.
        #[serde(skip_serializing_if = "is_true")]
        pub active: bool,
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_true(active: &bool) -> bool {
    *active
}

owned! {
    /// A session ended ([W5]).
    #[derive(Clone, Debug, PartialEq, Eq, Serialize)]
    pub struct SessionClosed<'a> {
        /// The session.
        pub session: Name<'a>,
    }
}

owned! {
    /// Results were produced ([R2]).
    #[derive(Clone, Debug, PartialEq, Eq, Serialize)]
    pub struct ResultProduced<'a> {
        /// Who produced them.
        pub user: Name<'a>,
        /// With what.
        pub product: Name<'a>,
        /// How many.
        #[serde(skip_serializing_if = "Quantity::is_one")]
        pub quantity: Quantity,
    }
}

owned! {
    /// Seats were bought ([S1]).
    #[derive(Clone, Debug, PartialEq, Eq, Serialize)]
    pub struct SubscriptionPurchased<'a> {
        /// The new subscription's name.
        pub subscription: Name<'a>,
        /// A product, or a collection of products.
        pub offering: Name<'a>,
        /// How many users may hold it at once.
        pub seats: Seats,
        /// When it is valid.
        #[serde(flatten)]
        pub term: Term,
    }
}

owned! {
    /// A user took a seat ([S3]).
    #[derive(Clone, Debug, PartialEq, Eq, Serialize)]
    pub struct SubscriptionAssigned<'a> {
        /// The subscription.
        pub subscription: Name<'a>,
        /// Who takes the seat.
        pub user: Name<'a>,
    }
}

owned! {
    /// A user gave a seat back ([S3], [W8]).
    #[derive(Clone, Debug, PartialEq, Eq, Serialize)]
    pub struct SubscriptionUnassigned<'a> {
        /// The subscription.
        pub subscription: Name<'a>,
        /// Who gives the seat back.
        pub user: Name<'a>,
    }
}

owned! {
    /// A user was marked as one who may use tokens ([A1]).
    #[derive(Clone, Debug, PartialEq, Eq, Serialize)]
    pub struct FlexAssigned<'a> {
        /// The user.
        pub user: Name<'a>,
    }
}

owned! {
    /// A user was marked as one who may not use tokens ([A1]).
    #[derive(Clone, Debug, PartialEq, Eq, Serialize)]
    pub struct FlexUnassigned<'a> {
        /// The user.
        pub user: Name<'a>,
    }
}

owned! {
    /// The products open to tokens were set, for the account or for one user ([A3]).
    #[derive(Clone, Debug, PartialEq, Eq, Serialize)]
    pub struct FlexAccessSet<'a> {
        /// Which products.
        #[serde(flatten)]
        pub access: FlexAccess<'a>,
        /// For whom; the whole account where absent.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub user: Option<Name<'a>>,
    }
}

owned! {
    /// Which products may be opened with tokens ([A3]).
    ///
    /// Exhaustive: rules.md names them all ([A3]).
    #[derive(Clone, Debug, PartialEq, Eq, Serialize)]
    #[serde(tag = "mode", content = "products", rename_all = "snake_case")]
    pub enum FlexAccess<'a> {
        /// Every product but these.
        AllExcept(Products<'a>),
        /// These and no other.
        Only(Products<'a>),
        /// What holds where nothing was set.
        Default,
    }
}

/// The team chose its plan ([N1]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct PlanSelected {
    /// The plan.
    pub plan: Plan,
}

/// What reports a team may see ([N1]).
///
/// Exhaustive: rules.md names both ([N1]).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Plan {
    /// Usage without names.
    #[default]
    Standard,
    /// Usage by user as well.
    Premium,
}
