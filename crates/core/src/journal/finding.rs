//! Findings: why an event could not be applied.

use std::num::NonZeroU64;

use serde::{Deserialize, Serialize};

use crate::event::Timestamp;

/// Where the clock of an account, or of the catalog, stands (T1, T2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogClock {
    /// The latest instant of an applied event.
    pub at: Timestamp,
    /// The line of the first event at that instant, where lines were given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<NonZeroU64>,
}

/// Why an event could not be applied. It changed nothing, not even the account's clock (T1).
///
/// Of several, the first in this order is reported, save that every event's own checks come in
/// the order that its rule gives.
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
pub enum Finding {
    /// Earlier than the clock of the account, or of the catalog (T1, T2).
    #[error("earlier than an event that was already applied")]
    LateEvent,
    /// An event of this id was applied at this instant already (T7).
    #[error("an event of this id was already applied at this instant")]
    DuplicateEvent,
    /// The pack id is taken (P2).
    #[error("a pack of this id exists already")]
    DuplicatePack,
    /// No such pack (P6).
    #[error("no pack has this id")]
    UnknownPack,
    /// The pack is not usable any more (P6).
    #[error("the pack has expired")]
    PackExpired,
    /// More would be taken than the pack holds (P6).
    #[error("the pack holds less than what is taken")]
    Overdrawn,
    /// No such charge (X1).
    #[error("no charge has this number")]
    UnknownCharge,
    /// The charge is of another user or product (X1).
    #[error("the charge is of another user or product")]
    ChargeMismatch,
    /// The charge took nothing, or was given back already (X1).
    #[error("the charge took nothing or was already refunded")]
    NothingToRefund,
    /// The session id is live already (C1).
    #[error("a session of this id is live")]
    DuplicateSession,
    /// No live session has this id (C1).
    #[error("no live session has this id")]
    UnknownSession,
    /// The subscription id is taken (S1).
    #[error("a subscription of this id exists already")]
    DuplicateSubscription,
    /// No such subscription (S3).
    #[error("no subscription has this id")]
    UnknownSubscription,
    /// The user holds the seat, or bears the mark, already (S3, A1).
    #[error("the user has it already")]
    AlreadyAssigned,
    /// Every seat is taken (S3).
    #[error("all seats are taken")]
    NoFreeSeat,
    /// The user does not hold the seat, or bears the other mark already (S3, A1).
    #[error("the user does not have it")]
    NotHeld,
}

impl Finding {
    /// The finding as reports write it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Finding::LateEvent => "late_event",
            Finding::DuplicateEvent => "duplicate_event",
            Finding::DuplicatePack => "duplicate_pack",
            Finding::UnknownPack => "unknown_pack",
            Finding::PackExpired => "pack_expired",
            Finding::Overdrawn => "overdrawn",
            Finding::UnknownCharge => "unknown_charge",
            Finding::ChargeMismatch => "charge_mismatch",
            Finding::NothingToRefund => "nothing_to_refund",
            Finding::DuplicateSession => "duplicate_session",
            Finding::UnknownSession => "unknown_session",
            Finding::DuplicateSubscription => "duplicate_subscription",
            Finding::UnknownSubscription => "unknown_subscription",
            Finding::AlreadyAssigned => "already_assigned",
            Finding::NoFreeSeat => "no_free_seat",
            Finding::NotHeld => "not_held",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_what_serde_writes() {
        let codes = "late_event duplicate_event duplicate_pack unknown_pack pack_expired overdrawn \
            unknown_charge charge_mismatch nothing_to_refund duplicate_session unknown_session \
            duplicate_subscription unknown_subscription already_assigned no_free_seat not_held";
        for code in codes.split_whitespace() {
            let finding: Finding = serde_json::from_value(code.into()).unwrap();
            assert_eq!(finding.code(), code);
        }
    }
}
