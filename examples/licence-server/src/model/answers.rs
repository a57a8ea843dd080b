//! What is answered, as it is described: the library writes it.

use utoipa::ToSchema;

use super::{Amount, At};

/// A request that was recorded, and what came of it.
#[derive(ToSchema)]
pub(crate) struct Answer<T: ToSchema> {
    /// Where its event stands in the log
    position: u64,
    /// When it took effect
    at: At,
    /// Whether it had been recorded already, under the same Idempotency-Key
    is_repeat: bool,
    /// What was decided
    #[serde(flatten)]
    outcome: T,
}

/// It is recorded; nothing was decided for the one who asked.
#[derive(ToSchema)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum RecordedOnly {
    /// It took effect
    Recorded,
}

/// What came of opening a session.
#[derive(ToSchema)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum OpenOutcome {
    /// The session is live
    Admitted {
        /// The charge that pays for the window
        charge: u64,
        /// What this open cost
        cover: CoverAnswer,
        /// The first instant after the window
        until: At,
    },
    /// The session does not become live
    Denied(Denial),
}

/// What an open would do; nothing is recorded.
#[derive(ToSchema)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum AdmissionAnswer {
    /// It would be admitted
    Admitted {
        /// The charge of the window that it joins, if it does
        #[serde(skip_serializing_if = "Option::is_none")]
        charge: Option<u64>,
        /// What it would cost
        cover: CoverAnswer,
        /// The first instant after the window
        until: At,
    },
    /// It would be denied
    Denied(Denial),
}

/// What covers an open.
#[derive(ToSchema)]
#[serde(tag = "by", rename_all = "snake_case")]
pub(crate) enum CoverAnswer {
    /// A window in force, which it joins free
    Joined,
    /// A seat
    Subscription {
        /// The subscription that has it
        subscription: String,
    },
    /// Tokens
    Tokens {
        /// How many
        tokens: Amount,
        /// From which packs, in burn order
        postings: Vec<PostingAnswer>,
    },
}

/// The part of a charge taken from one pack.
#[derive(ToSchema)]
pub(crate) struct PostingAnswer {
    pack: String,
    tokens: Amount,
}

/// Why something is denied.
#[derive(ToSchema)]
pub(crate) struct Denial {
    /// For programs
    reason: Reason,
    /// For people
    explanation: String,
}

/// The first check that failed.
#[derive(ToSchema)]
#[serde(rename_all = "snake_case")]
enum Reason {
    /// The user may not use tokens
    NotAssigned,
    /// The product is not open to tokens
    ProductExcluded,
    /// The product has no rate of the kind that is needed
    NoRate,
    /// Not enough tokens are usable
    InsufficientTokens,
}

/// What came of a heartbeat.
#[derive(ToSchema)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum BeatOutcome {
    /// The session runs on in its window, or is idle
    Free,
    /// A new window was charged
    Charged(ChargeAnswer),
    /// The session is not live any more: the window that was due is refused
    LockedOut(Denial),
}

/// A charge that was made.
#[derive(ToSchema)]
pub(crate) struct ChargeAnswer {
    /// Its number in the account
    charge: u64,
    /// What led to it
    reason: ChargeReasonName,
    /// How much it took: 0 where a subscription covers
    tokens: Amount,
    /// The first instant after the window; none for results
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<At>,
}

/// What led to a charge.
#[derive(ToSchema)]
#[serde(rename_all = "snake_case")]
enum ChargeReasonName {
    /// A product was opened
    Opened,
    /// It was left open when a new window was due
    Renewed,
    /// It was used again after all its sessions had been idle
    Resumed,
    /// Results were produced
    Result,
}

/// What came of a close.
#[derive(ToSchema)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum CloseOutcome {
    /// The session is not live any more
    Closed {
        /// The window that was still due
        #[serde(skip_serializing_if = "Option::is_none")]
        charged: Option<ChargeAnswer>,
        /// Why the window that was still due is not paid
        #[serde(skip_serializing_if = "Option::is_none")]
        unpaid: Option<Denial>,
        /// What was given back
        #[serde(skip_serializing_if = "Option::is_none")]
        refunded: Option<Amount>,
    },
}

/// What came of producing results.
#[derive(ToSchema)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum ResultOutcome {
    /// They were charged
    Charged(ChargeAnswer),
    /// They are refused
    Denied(Denial),
}
