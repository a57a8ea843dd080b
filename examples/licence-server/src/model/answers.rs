//! What is answered, and why.

use serde::Serialize;
use tallyfold_core::{Admission, ChargeReason, Refusal, Tokens};
use tallyfold_store::{
    Admitted, ChargeMade, Closed, Contact, OpenCover, Opened, Produced, Recorded,
};
use utoipa::ToSchema;

use super::{Amount, At};

/// A request that was recorded, and what came of it.
#[derive(Serialize, ToSchema)]
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

impl<T: ToSchema> Answer<T> {
    pub(crate) fn of<R: Into<T>>(recorded: Recorded<R>) -> Answer<T> {
        Answer {
            position: recorded.position.get(),
            at: At(recorded.at),
            is_repeat: recorded.is_repeat,
            outcome: recorded.outcome.into(),
        }
    }
}

/// What an answer is counted as.
pub(crate) trait Outcome {
    /// A word for the metrics.
    fn word(&self) -> &'static str;
}

impl<T: ToSchema + Outcome> Outcome for Answer<T> {
    fn word(&self) -> &'static str {
        if self.is_repeat { "repeated" } else { self.outcome.word() }
    }
}

/// It is recorded; nothing was decided for the one who asked.
#[derive(Serialize, ToSchema)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum RecordedOnly {
    /// It took effect
    Recorded,
}

impl From<()> for RecordedOnly {
    fn from((): ()) -> RecordedOnly {
        RecordedOnly::Recorded
    }
}

impl Outcome for RecordedOnly {
    fn word(&self) -> &'static str {
        "recorded"
    }
}

/// What came of opening a session.
#[derive(Serialize, ToSchema)]
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

impl From<Opened> for OpenOutcome {
    fn from(opened: Opened) -> OpenOutcome {
        match opened {
            Opened::Admitted(Admitted { charge, cover, until }) => {
                OpenOutcome::Admitted { charge, cover: cover.into(), until: At(until) }
            }
            Opened::Denied(refusal) => OpenOutcome::Denied(refusal.into()),
        }
    }
}

impl Outcome for OpenOutcome {
    fn word(&self) -> &'static str {
        match self {
            OpenOutcome::Admitted { .. } => "admitted",
            OpenOutcome::Denied(_) => "denied",
        }
    }
}

/// What an open would do; nothing is recorded.
#[derive(Serialize, ToSchema)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum AdmissionAnswer {
    /// It would be admitted
    Admitted {
        /// What it would cost
        cover: CoverAnswer,
        /// The first instant after the window
        until: At,
    },
    /// It would be denied
    Denied(Denial),
}

impl From<Admission<'_>> for AdmissionAnswer {
    fn from(admission: Admission<'_>) -> AdmissionAnswer {
        let (cover, until) = match admission {
            Admission::Joins { until, .. } => (CoverAnswer::Joined, until),
            Admission::Covered { subscription, until } => {
                (CoverAnswer::Subscription { subscription: subscription.to_owned() }, until)
            }
            Admission::Charged { tokens, postings, until } => {
                let postings = postings.into_iter().map(|(pack, part)| (pack.to_owned(), part));
                (CoverAnswer::tokens(tokens, postings), until)
            }
            Admission::Refused(refusal) => return AdmissionAnswer::Denied(refusal.into()),
        };
        AdmissionAnswer::Admitted { cover, until: At(until) }
    }
}

/// What covers an open.
#[derive(Serialize, ToSchema)]
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
#[derive(Serialize, ToSchema)]
pub(crate) struct PostingAnswer {
    pack: String,
    tokens: Amount,
}

impl CoverAnswer {
    fn tokens(tokens: Tokens, postings: impl IntoIterator<Item = (String, Tokens)>) -> CoverAnswer {
        let posting = |(pack, tokens)| PostingAnswer { pack, tokens: Amount(tokens) };
        let postings = postings.into_iter().map(posting).collect();
        CoverAnswer::Tokens { tokens: Amount(tokens), postings }
    }
}

impl From<OpenCover> for CoverAnswer {
    fn from(cover: OpenCover) -> CoverAnswer {
        match cover {
            OpenCover::Joined => CoverAnswer::Joined,
            OpenCover::Subscription(subscription) => CoverAnswer::Subscription { subscription },
            OpenCover::Tokens { tokens, postings } => CoverAnswer::tokens(tokens, postings),
        }
    }
}

/// Why something is denied.
#[derive(Serialize, ToSchema)]
pub(crate) struct Denial {
    /// For programs
    reason: Reason,
    /// For people
    explanation: String,
}

/// The first check that failed.
#[derive(Clone, Copy, Serialize, ToSchema)]
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

impl From<Refusal> for Denial {
    fn from(refusal: Refusal) -> Denial {
        let reason = match refusal {
            Refusal::NotAssigned => Reason::NotAssigned,
            Refusal::ProductExcluded => Reason::ProductExcluded,
            Refusal::NoRate => Reason::NoRate,
            Refusal::InsufficientTokens => Reason::InsufficientTokens,
        };
        Denial { reason, explanation: refusal.to_string() }
    }
}

/// What came of a heartbeat.
#[derive(Serialize, ToSchema)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum BeatOutcome {
    /// The session runs on in its window, or is idle
    Free,
    /// A new window was charged
    Charged(ChargeAnswer),
    /// The session is not live any more: the window that was due is refused
    LockedOut(Denial),
}

impl From<Contact> for BeatOutcome {
    fn from(contact: Contact) -> BeatOutcome {
        match contact {
            Contact::Free => BeatOutcome::Free,
            Contact::Charged(charge) => BeatOutcome::Charged(charge.into()),
            Contact::LockedOut(refusal) => BeatOutcome::LockedOut(refusal.into()),
        }
    }
}

impl Outcome for BeatOutcome {
    fn word(&self) -> &'static str {
        match self {
            BeatOutcome::Free => "free",
            BeatOutcome::Charged(_) => "charged",
            BeatOutcome::LockedOut(_) => "locked_out",
        }
    }
}

/// A charge that was made.
#[derive(Serialize, ToSchema)]
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
#[derive(Serialize, ToSchema)]
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

impl From<ChargeMade> for ChargeAnswer {
    fn from(charge: ChargeMade) -> ChargeAnswer {
        let reason = match charge.reason {
            ChargeReason::Opened => ChargeReasonName::Opened,
            ChargeReason::Renewed => ChargeReasonName::Renewed,
            ChargeReason::Resumed => ChargeReasonName::Resumed,
            ChargeReason::Result => ChargeReasonName::Result,
        };
        let (tokens, until) = (Amount(charge.tokens), charge.until.map(At));
        ChargeAnswer { charge: charge.charge, reason, tokens, until }
    }
}

/// What came of a close.
#[derive(Serialize, ToSchema)]
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

impl From<Closed> for CloseOutcome {
    fn from(closed: Closed) -> CloseOutcome {
        CloseOutcome::Closed {
            charged: closed.charged.map(Into::into),
            unpaid: closed.unpaid.map(Into::into),
            refunded: closed.refunded.map(Amount),
        }
    }
}

impl Outcome for CloseOutcome {
    fn word(&self) -> &'static str {
        match self {
            CloseOutcome::Closed { refunded: Some(_), .. } => "refunded",
            CloseOutcome::Closed { unpaid: Some(_), .. } => "unpaid",
            CloseOutcome::Closed { .. } => "closed",
        }
    }
}

/// What came of producing results.
#[derive(Serialize, ToSchema)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum ResultOutcome {
    /// They were charged
    Charged(ChargeAnswer),
    /// They are refused
    Denied(Denial),
}

impl From<Produced> for ResultOutcome {
    fn from(produced: Produced) -> ResultOutcome {
        match produced {
            Produced::Charged(charge) => ResultOutcome::Charged(charge.into()),
            Produced::Denied(refusal) => ResultOutcome::Denied(refusal.into()),
        }
    }
}

impl Outcome for ResultOutcome {
    fn word(&self) -> &'static str {
        match self {
            ResultOutcome::Charged(_) => "charged",
            ResultOutcome::Denied(_) => "denied",
        }
    }
}
