//! What is asked, with the fields of the event that it becomes.

use serde::Deserialize;
use tallyfold_core::{
    Action, AdjustmentTokens, CatalogChange, CollectionDefined, FlexAccess, FlexAccessSet,
    Heartbeat, Name, OutOfRange, Overrides, PackPurchased, PackTokens, Per, Plan, PlanSelected,
    Preset, Products, Quantity, RatePublished, RateTokens, ResultProduced, RulebookAdopted, Seats,
    SessionOpened, SubscriptionPurchased, Term, Text, TokensAdjusted,
};
use utoipa::{IntoParams, ToSchema};

use super::{Amount, At, NameText};
use crate::problem::Problem;

type Named = Name<'static>;

/// Opens a session
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OpenSession {
    /// The new session
    #[schema(value_type = NameText)]
    session: Named,
    /// Who opens it
    #[schema(value_type = NameText)]
    user: Named,
    /// What is opened
    #[schema(value_type = NameText)]
    product: Named,
    /// The version of the product
    #[schema(value_type = Option<NameText>)]
    version: Option<Named>,
}

impl From<OpenSession> for SessionOpened<'static> {
    fn from(body: OpenSession) -> Self {
        let OpenSession { session, user, product, version } = body;
        SessionOpened { session, user, product, version }
    }
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
    active: bool,
}

fn yes() -> bool {
    true
}

impl Beat {
    pub(crate) fn of(self, session: Named) -> Heartbeat<'static> {
        Heartbeat { session, active: self.active }
    }
}

/// No fields
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {}

/// Charges for results
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProduceResult {
    /// Who produced them
    #[schema(value_type = NameText)]
    user: Named,
    /// With what
    #[schema(value_type = NameText)]
    product: Named,
    /// How many, 1 if absent
    #[schema(minimum = 1, maximum = 1_000_000)]
    quantity: Option<u32>,
}

impl TryFrom<ProduceResult> for ResultProduced<'static> {
    type Error = OutOfRange;

    fn try_from(body: ProduceResult) -> Result<Self, OutOfRange> {
        let quantity = body.quantity.map_or(Ok(Quantity::ONE), Quantity::new)?;
        Ok(ResultProduced { user: body.user, product: body.product, quantity })
    }
}

/// Adds a pack
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Purchase {
    /// The new pack
    #[schema(value_type = NameText)]
    pack: Named,
    /// Its size, more than 0
    tokens: Amount,
}

impl TryFrom<Purchase> for PackPurchased<'static> {
    type Error = OutOfRange;

    fn try_from(body: Purchase) -> Result<Self, OutOfRange> {
        Ok(PackPurchased { pack: body.pack, tokens: PackTokens::new(body.tokens.0)? })
    }
}

/// Corrects a pack by hand
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Adjust {
    /// What is added, or taken away where negative; not 0
    tokens: Amount,
    /// Why, in at most 1,024 bytes
    #[schema(max_length = 1_024)]
    reason: String,
}

impl Adjust {
    pub(crate) fn of(self, pack: Named) -> Result<Action<'static>, Problem> {
        let tokens = AdjustmentTokens::new(self.tokens.0).map_err(Problem::invalid)?;
        let reason = reason(self.reason)?;
        Ok(Action::TokensAdjusted(TokensAdjusted { pack, tokens, reason }))
    }
}

/// Takes a charge back
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reverse {
    /// Whose charge it is
    #[schema(value_type = NameText)]
    pub(crate) user: Named,
    /// What it paid for
    #[schema(value_type = NameText)]
    pub(crate) product: Named,
    /// Why, in at most 1,024 bytes
    #[schema(max_length = 1_024)]
    pub(crate) reason: String,
}

/// A text that goes with a correction.
pub(crate) fn reason(text: String) -> Result<Text<'static>, Problem> {
    Text::new(text).map_err(Problem::invalid)
}

/// Adds seats
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Subscribe {
    /// The new subscription
    #[schema(value_type = NameText)]
    subscription: Named,
    /// A product, or a collection of products
    #[schema(value_type = NameText)]
    offering: Named,
    /// How many users may hold it at once
    #[schema(minimum = 1, maximum = 1_000_000)]
    seats: u32,
    /// The first instant of its term
    starts: At,
    /// The first instant after its term
    ends: At,
}

impl TryFrom<Subscribe> for SubscriptionPurchased<'static> {
    type Error = OutOfRange;

    fn try_from(body: Subscribe) -> Result<Self, OutOfRange> {
        let Subscribe { subscription, offering, seats, starts, ends } = body;
        let term = Term::new(starts.0, ends.0)?;
        Ok(SubscriptionPurchased { subscription, offering, seats: Seats::new(seats)?, term })
    }
}

/// Sets which products may be opened with tokens
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetAccess {
    /// How the products are meant
    mode: AccessMode,
    /// With `all_except` and `only`
    #[schema(value_type = Option<Vec<NameText>>, max_items = 10_000)]
    products: Option<Vec<Named>>,
    /// For whom; the whole account if absent
    #[schema(value_type = Option<NameText>)]
    user: Option<Named>,
}

#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum AccessMode {
    /// Every product but these
    AllExcept,
    /// These and no other
    Only,
    /// What holds where nothing was set
    Default,
}

impl TryFrom<SetAccess> for Action<'static> {
    type Error = Problem;

    fn try_from(body: SetAccess) -> Result<Self, Problem> {
        let products = body.products.map(Products::new).transpose().map_err(Problem::invalid)?;
        let access = match (body.mode, products) {
            (AccessMode::AllExcept, Some(products)) => FlexAccess::AllExcept(products),
            (AccessMode::Only, Some(products)) => FlexAccess::Only(products),
            (AccessMode::Default, None) => FlexAccess::Default,
            _ => {
                let why =
                    "`products` go with the modes `all_except` and `only`, and only with them";
                return Err(Problem::invalid(why));
            }
        };
        Ok(Action::FlexAccessSet(FlexAccessSet { access, user: body.user }))
    }
}

/// Chooses what reports the account may see
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SelectPlan {
    /// The plan
    #[schema(value_type = super::PlanName)]
    plan: Plan,
}

impl From<SelectPlan> for Action<'static> {
    fn from(body: SelectPlan) -> Self {
        Action::PlanSelected(PlanSelected { plan: body.plan })
    }
}

/// Publishes a rate
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PublishRate {
    /// What it prices
    #[schema(value_type = NameText)]
    product: Named,
    /// Tokens a day or a result, 0 or more
    tokens: Amount,
    /// What the tokens buy, a day if absent
    #[serde(default)]
    #[schema(value_type = super::PerName, required = false)]
    per: Per,
}

impl TryFrom<PublishRate> for CatalogChange<'static> {
    type Error = OutOfRange;

    fn try_from(body: PublishRate) -> Result<Self, OutOfRange> {
        let tokens = RateTokens::new(body.tokens.0)?;
        let PublishRate { product, per, .. } = body;
        Ok(CatalogChange::RatePublished(RatePublished { product, tokens, per }))
    }
}

/// The rulebooks that have a name.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "it is only described")]
enum PresetName {
    /// The rules of the product's launch in 2021
    Launch,
    /// The rules of today
    Current,
}

/// Adopts a rulebook
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AdoptRulebook {
    /// The rulebook that it starts from
    #[schema(value_type = PresetName)]
    rulebook: Preset,
    /// What differs from it, by key (docs/rules.md, Rulebooks)
    #[serde(default)]
    #[schema(value_type = Object, required = false)]
    overrides: Overrides,
}

impl TryFrom<AdoptRulebook> for CatalogChange<'static> {
    type Error = Problem;

    fn try_from(body: AdoptRulebook) -> Result<Self, Problem> {
        let adopted = RulebookAdopted::new(body.rulebook, body.overrides);
        adopted.map(CatalogChange::RulebookAdopted).map_err(Problem::invalid)
    }
}

/// Defines a collection
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DefineCollection {
    /// The collection
    #[schema(value_type = NameText)]
    collection: Named,
    /// Its products; an earlier definition is replaced
    #[schema(value_type = Vec<NameText>, max_items = 10_000)]
    products: Vec<Named>,
}

impl TryFrom<DefineCollection> for CatalogChange<'static> {
    type Error = Problem;

    fn try_from(body: DefineCollection) -> Result<Self, Problem> {
        let products = Products::new(body.products).map_err(Problem::invalid)?;
        let collection = body.collection;
        Ok(CatalogChange::CollectionDefined(CollectionDefined { collection, products }))
    }
}

impl From<OutOfRange> for Problem {
    fn from(error: OutOfRange) -> Problem {
        Problem::invalid(error)
    }
}
