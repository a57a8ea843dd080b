//! What is asked, as it is described: the fields of the event that it becomes, which core reads. Only where
//! the path says some of them there is a body to read here.

use serde::Deserialize;
use tallyfold_core::{Name, Tokens, TokensAdjusted, ValueError};
use utoipa::{IntoParams, ToSchema};

use super::{Amount, At, NameText};

/// Opens a session
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OpenSession {
    /// The new session
    session: NameText,
    /// Who opens it
    user: NameText,
    /// What is opened
    product: NameText,
    /// The version of the product
    #[schema(required = false)]
    version: NameText,
}

/// Whose open is asked about
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct AskAdmission {
    /// Who would open it
    pub(crate) user: String,
    /// What would be opened
    pub(crate) product: String,
}

/// Says that a session is still running
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Beat {
    /// Whether there was meaningful use since the session's previous contact
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub(crate) active: bool,
}

fn yes() -> bool {
    true
}

/// No fields
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {}

/// Charges for results
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProduceResult {
    /// Who produced them
    user: NameText,
    /// With what
    product: NameText,
    /// How many, 1 if absent
    #[schema(minimum = 1, maximum = 1_000_000, required = false)]
    quantity: u32,
}

/// Adds a pack
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Purchase {
    /// The new pack
    pack: NameText,
    /// Its size, more than 0
    tokens: Amount,
}

/// Corrects a pack by hand
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Adjust {
    /// What is added, or taken away where negative; not 0
    #[schema(value_type = Amount)]
    tokens: Tokens,
    /// Why, in at most 1,024 bytes
    #[schema(max_length = 1_024)]
    reason: String,
}

impl Adjust {
    pub(crate) fn of(self, pack: Name<'static>) -> Result<TokensAdjusted<'static>, ValueError> {
        TokensAdjusted::new(pack, self.tokens, self.reason)
    }
}

/// Takes a charge back
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reverse {
    /// Whose charge it is
    #[schema(value_type = NameText)]
    pub(crate) user: Name<'static>,
    /// What it paid for
    #[schema(value_type = NameText)]
    pub(crate) product: Name<'static>,
    /// Why, in at most 1,024 bytes
    #[schema(max_length = 1_024)]
    pub(crate) reason: String,
}

/// Adds seats
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Subscribe {
    /// The new subscription
    subscription: NameText,
    /// A product, or a collection of products
    offering: NameText,
    /// How many users may hold it at once
    #[schema(minimum = 1, maximum = 1_000_000)]
    seats: u32,
    /// The first instant of its term
    starts: At,
    /// The first instant after its term
    ends: At,
}

/// Sets which products may be opened with tokens
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetAccess {
    /// How the products are meant
    mode: AccessMode,
    /// With `all_except` and `only`
    #[schema(max_items = 10_000, required = false)]
    products: Vec<NameText>,
    /// For whom; the whole account if absent
    #[schema(required = false)]
    user: NameText,
}

#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum AccessMode {
    /// Every product but these
    AllExcept,
    /// These and no other
    Only,
    /// What holds where nothing was set
    Default,
}

/// Chooses what reports the account may see
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SelectPlan {
    /// The plan
    plan: super::PlanName,
}

/// Publishes a rate
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PublishRate {
    /// What it prices
    product: NameText,
    /// Tokens a day or a result, 0 or more
    tokens: Amount,
    /// What the tokens buy, a day if absent
    #[schema(required = false)]
    per: super::PerName,
}

/// The rulebooks that have a name.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum PresetName {
    /// The rules of the product's launch in 2021
    Launch,
    /// The rules of today
    Current,
}

/// Adopts a rulebook
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AdoptRulebook {
    /// The rulebook that it starts from
    rulebook: PresetName,
    /// What differs from it, by key (docs/rules.md, Rulebooks)
    #[schema(value_type = Object, required = false)]
    overrides: (),
}

/// Defines a collection
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DefineCollection {
    /// The collection
    collection: NameText,
    /// Its products; an earlier definition is replaced
    #[schema(max_items = 10_000)]
    products: Vec<NameText>,
}
