//! Refusals: why a user may not use a product.

#[cfg(doc)]
use crate::spec::*;

use serde::{Deserialize, Serialize};

/// Why a user may not use a product. The first failing check in this order is the reason ([W1]).
///
/// Exhaustive: rules.md names them all ([W1]); who shows one to people wants to hear of another.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    thiserror::Error,
)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// The user may not use tokens ([A2]).
    #[error("the user may not use tokens")]
    NotAssigned,
    /// The product is not open to tokens ([A3]).
    #[error("the product is not open to tokens")]
    ProductExcluded,
    /// The product has no rate of the kind that is needed ([R3]).
    #[error("the product has no rate of the kind that is needed")]
    NoRate,
    /// Less than the charge is usable ([P4]).
    #[error("not enough tokens are usable")]
    InsufficientTokens,
}

impl Refusal {
    /// The reason as the journal writes it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Refusal::NotAssigned => "not_assigned",
            Refusal::ProductExcluded => "product_excluded",
            Refusal::NoRate => "no_rate",
            Refusal::InsufficientTokens => "insufficient_tokens",
        }
    }

    /// Whether the same may be admitted after a while, because what stands in its way passes in the
    /// ordinary course of an account: tokens are bought, or given back ([P1], [W6]).
    ///
    /// The other reasons were decided by somebody, who would have to decide otherwise: who may use
    /// tokens ([A2]), for which products ([A3]), and what a product costs ([R3]).
    #[must_use]
    pub const fn is_retryable(self) -> bool {
        matches!(self, Refusal::InsufficientTokens)
    }
}
