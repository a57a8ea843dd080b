//! Findings: why an event could not be applied.

#[cfg(doc)]
use crate::spec::*;

use std::num::NonZeroU64;

use serde::{Deserialize, Serialize};

use crate::event::Timestamp;

/// Where the clock of an account, or of the catalog, stands ([T1], [T2]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogClock {
    /// The latest instant of an applied event.
    pub at: Timestamp,
    /// The line of the first event at that instant, where lines were given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<NonZeroU64>,
}

/// Why an event could not be applied. It changed nothing, not even the account's clock ([T1]).
///
/// Of several, the first in this order is reported, save that every event's own checks come in
/// the order that its rule gives.
///
/// Exhaustive: rules.md names them all, and a new one would be a new rule that must be dealt with.
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
    /// Earlier than the clock of the account, or of the catalog ([T1], [T2]).
    #[error("earlier than an event that was already applied")]
    LateEvent,
    /// An event of this id was applied at this instant already ([T7]).
    #[error("an event of this id was already applied at this instant")]
    DuplicateEvent,
    /// The pack id is taken ([P2]).
    #[error("a pack of this id exists already")]
    DuplicatePack,
    /// No such pack ([P6]).
    #[error("no pack has this id")]
    UnknownPack,
    /// The pack is not usable any more ([P6]).
    #[error("the pack has expired")]
    PackExpired,
    /// More would be taken than the pack holds ([P6]).
    #[error("the pack holds less than what is taken")]
    Overdrawn,
    /// No such charge ([X1]).
    #[error("no charge has this number")]
    UnknownCharge,
    /// The charge is of another user or product ([X1]).
    #[error("the charge is of another user or product")]
    ChargeMismatch,
    /// The charge took nothing, or was given back already ([X1]).
    #[error("the charge took nothing or was already refunded")]
    NothingToRefund,
    /// The session id is live already ([C1]).
    #[error("a session of this id is live")]
    DuplicateSession,
    /// No live session has this id ([C1]).
    #[error("no live session has this id")]
    UnknownSession,
    /// The subscription id is taken ([S1]).
    #[error("a subscription of this id exists already")]
    DuplicateSubscription,
    /// No such subscription ([S3]).
    #[error("no subscription has this id")]
    UnknownSubscription,
    /// The user holds the seat, or bears the mark, already ([S3], [A1]).
    #[error("the user has it already")]
    AlreadyAssigned,
    /// Every seat is taken ([S3]).
    #[error("all seats are taken")]
    NoFreeSeat,
    /// The user does not hold the seat, or bears the other mark already ([S3], [A1]).
    #[error("the user does not have it")]
    NotHeld,
}

impl Finding {
    /// The finding as a log's findings name it.
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

    /// What stands in the event's way.
    #[must_use]
    pub const fn kind(self) -> Obstacle {
        match self {
            Finding::LateEvent => Obstacle::Late,
            Finding::DuplicateEvent => Obstacle::Repeated,
            Finding::UnknownPack
            | Finding::UnknownCharge
            | Finding::UnknownSession
            | Finding::UnknownSubscription => Obstacle::Missing,
            Finding::DuplicatePack
            | Finding::PackExpired
            | Finding::Overdrawn
            | Finding::ChargeMismatch
            | Finding::NothingToRefund
            | Finding::DuplicateSession
            | Finding::DuplicateSubscription
            | Finding::AlreadyAssigned
            | Finding::NoFreeSeat
            | Finding::NotHeld => Obstacle::Conflict,
        }
    }

    /// Whether the same request may be granted after a while, because what stands in its way passes in
    /// the ordinary course of an account: a session ends ([C1], [C2]), a seat becomes free ([S3]), tokens are
    /// added to a pack ([P6]).
    ///
    /// Everything else is final. What is late stays late ([T1]), ids of packs and subscriptions are taken
    /// for good ([P2], [S1]), an expired pack stays so ([P1]); and where something is named that is not there,
    /// or a user already has what is asked for, the request is the fault.
    #[must_use]
    pub const fn is_retryable(self) -> bool {
        matches!(self, Finding::Overdrawn | Finding::DuplicateSession | Finding::NoFreeSeat)
    }
}

/// What stands in the way of an event, in a few words: enough to choose what to answer.
///
/// ```
/// use tallyfold_core::{Finding, Obstacle};
///
/// let status = |finding: Finding| match finding.kind() {
///     Obstacle::Missing => 404,
///     Obstacle::Late | Obstacle::Repeated | Obstacle::Conflict => 409,
/// };
/// assert_eq!(status(Finding::UnknownPack), 404);
/// ```
///
/// Exhaustive: whoever answers callers by it wants to hear of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Obstacle {
    /// It comes too late ([T1], [T2]).
    Late,
    /// It was applied already ([T7]).
    Repeated,
    /// What it names is not there.
    Missing,
    /// It does not fit what there is.
    Conflict,
}
