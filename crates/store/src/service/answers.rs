//! What a service answers, read off the journal entries that the fold decided.
//!
//! As JSON an answer has the words and amounts of the journal, and `outcome` says what came of the
//! request.

#[cfg(doc)]
use tallyfold_core::spec::*;

use serde::ser::{Serialize, SerializeStruct, Serializer};
use tallyfold_core::{
    Admission, ChargeReason, Charged, Entry, Finding, Posting, Record, Refusal, SessionEnd,
    Timestamp, Tokens,
};

use crate::place::Position;

/// A request that was recorded, and what came of it.
///
/// As JSON it is one object: `position`, `at`, `is_repeat`, what its outcome says, and the `journal`
/// where there is one.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Recorded<T> {
    /// Where its event stands in the log.
    pub position: Position,
    /// When it took effect ([T1]): by the service's clock, or as the event says that was
    /// [ingested](crate::LedgerService::ingest).
    pub at: Timestamp,
    /// Whether it had been recorded already, under the same id; then this is the first answer.
    pub is_repeat: bool,
    /// What was decided for the one who asked.
    #[serde(flatten)]
    pub outcome: T,
    /// All that was decided, timers that fired before it included.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub journal: Vec<Record<'static>>,
}

/// It took effect; nothing was decided for the one who asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Applied;

impl Serialize for Applied {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Applied", 1)?;
        fields.serialize_field("outcome", self.code())?;
        fields.end()
    }
}

/// What came of opening a session ([W2]). A denied one is recorded too.
///
/// Exhaustive, as all answers are: an open is admitted or denied, and who asked must deal with both.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Opened {
    /// The session is live.
    Admitted(Admitted),
    /// The session never becomes live, for this reason ([W1]).
    #[serde(serialize_with = "denial")]
    Denied(Refusal),
}

/// The window in which a session runs.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Admitted {
    /// The charge that pays for the window.
    pub charge: u64,
    /// What this open cost.
    pub cover: OpenCover,
    /// The first instant after the window.
    pub until: Timestamp,
}

/// What covers an open ([W1], [W2]).
///
/// Exhaustive: the rules know no other cover.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum OpenCover {
    /// A window in force, which it joins free.
    Joined,
    /// A seat.
    Subscription {
        /// The subscription that has it.
        subscription: String,
    },
    /// Tokens.
    Tokens {
        /// How many.
        tokens: Tokens,
        /// From which packs, in burn order.
        postings: Vec<Posting<'static>>,
    },
}

impl OpenCover {
    /// What covers an open that is admitted; the refusal of one that is not.
    pub(crate) fn of(admission: Admission<'_>) -> Result<(OpenCover, Timestamp), Refusal> {
        match admission {
            Admission::Joins { until, .. } => Ok((OpenCover::Joined, until)),
            Admission::Covered { subscription, until } => {
                Ok((OpenCover::Subscription { subscription: subscription.into_owned() }, until))
            }
            Admission::Charged { tokens, postings, until } => {
                let postings = postings.into_iter().map(Posting::into_owned).collect();
                Ok((OpenCover::Tokens { tokens, postings }, until))
            }
            Admission::Refused(refusal) => Err(refusal),
        }
    }
}

/// What came of a heartbeat ([W3], [W4], [W7]).
///
/// Exhaustive, as [`Opened`] is.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Contact {
    /// The session runs on in the window it was in, or without one while it is idle.
    Free,
    /// A new window was charged.
    Charged(ChargeMade),
    /// The session is not live any more: the window that was due is refused.
    #[serde(serialize_with = "denial")]
    LockedOut(Refusal),
}

/// What came of a close ([W4], [W5], [W6]).
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(tag = "outcome", rename = "closed")]
pub struct Closed {
    /// The window that was still due.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub charged: Option<ChargeMade>,
    /// Why the window that was still due is not paid.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "denial_of")]
    pub unpaid: Option<Refusal>,
    /// What was given back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refunded: Option<Tokens>,
}

/// What came of producing results ([R2]).
///
/// Exhaustive, as [`Opened`] is.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Produced {
    /// They were charged.
    Charged(ChargeMade),
    /// They are refused.
    #[serde(serialize_with = "denial")]
    Denied(Refusal),
}

/// What came of an event that another system recorded ([`LedgerService::ingest`]).
///
/// Exhaustive: an event is of one of these sorts, or cannot be applied.
///
/// [`LedgerService::ingest`]: crate::LedgerService::ingest
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(untagged)]
pub enum Outcome {
    /// Of a session that was opened.
    Opened(Opened),
    /// Of a heartbeat.
    Contact(Contact),
    /// Of a session that was closed.
    Closed(Closed),
    /// Of results that were produced.
    Produced(Produced),
    /// Any other event took effect: packs, seats, access, corrections, the plan, the catalog.
    Applied(Applied),
    /// It stays in the log and changes nothing: it is late ([T1]), or is about what is not there.
    #[serde(serialize_with = "not_applied")]
    NotApplied(Finding),
}

/// A charge that was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct ChargeMade {
    /// Its number in the account.
    pub charge: u64,
    /// What led to it.
    pub reason: ChargeReason,
    /// How much it took: 0 where a subscription covers.
    pub tokens: Tokens,
    /// The first instant after the window; none for results.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

impl From<&Charged<'_>> for ChargeMade {
    fn from(charged: &Charged<'_>) -> ChargeMade {
        let until = charged.window.map(|window| window.ends_at);
        ChargeMade { charge: charged.charge, reason: charged.reason, tokens: charged.tokens, until }
    }
}

/// The charge among what was decided, if one was made.
fn charge(journal: &[Record<'_>]) -> Option<ChargeMade> {
    journal.iter().find_map(|record| match &record.entry {
        Entry::Charged(charged) => Some(charged.into()),
        _ => None,
    })
}

impl Contact {
    pub(crate) fn of(session: &str, journal: &[Record<'_>]) -> Contact {
        let locked_out = journal.iter().find_map(|record| match &record.entry {
            Entry::SessionClosed {
                session: it, reason: SessionEnd::LockedOut, because, ..
            } if it == session => *because,
            _ => None,
        });
        match (locked_out, charge(journal)) {
            (Some(refusal), _) => Contact::LockedOut(refusal),
            (None, Some(charge)) => Contact::Charged(charge),
            (None, None) => Contact::Free,
        }
    }
}

impl Closed {
    pub(crate) fn of(journal: &[Record<'_>]) -> Closed {
        let mut closed = Closed { charged: charge(journal), ..Closed::default() };
        for record in journal {
            match &record.entry {
                Entry::Unpaid { reason, .. } => closed.unpaid = Some(*reason),
                Entry::Refunded(refunded) => closed.refunded = Some(refunded.tokens),
                _ => {}
            }
        }
        closed
    }
}

impl Produced {
    pub(crate) fn of(journal: &[Record<'_>]) -> Option<Produced> {
        journal.iter().find_map(|record| match &record.entry {
            Entry::Charged(charged) => Some(Produced::Charged(charged.into())),
            Entry::ResultDenied { reason, .. } => Some(Produced::Denied(*reason)),
            _ => None,
        })
    }
}

/// What an answer says in one word.
pub(crate) trait Code {
    fn code(&self) -> &'static str;
}

/// Declares the words of answers, for everybody and for [`Code`].
macro_rules! codes {
    ($($name:ident($it:ident) $code:expr;)*) => {$(
        impl $name {
            /// A word for it that does not change: what it is counted as.
            #[must_use]
            pub const fn code(&self) -> &'static str {
                let $it = self;
                $code
            }
        }

        impl Code for $name {
            fn code(&self) -> &'static str {
                self.code()
            }
        }
    )*};
}

codes! {
    Applied(_it) "recorded";
    Opened(it) match it {
        Opened::Admitted(_) => "admitted",
        Opened::Denied(_) => "denied",
    };
    Contact(it) match it {
        Contact::Free => "free",
        Contact::Charged(_) => "charged",
        Contact::LockedOut(_) => "locked_out",
    };
    Closed(it) match it {
        Closed { refunded: Some(_), .. } => "refunded",
        Closed { unpaid: Some(_), .. } => "unpaid",
        Closed { .. } => "closed",
    };
    Produced(it) match it {
        Produced::Charged(_) => "charged",
        Produced::Denied(_) => "denied",
    };
    Outcome(it) match it {
        Outcome::Opened(opened) => opened.code(),
        Outcome::Contact(contact) => contact.code(),
        Outcome::Closed(closed) => closed.code(),
        Outcome::Produced(produced) => produced.code(),
        Outcome::Applied(applied) => applied.code(),
        Outcome::NotApplied(finding) => finding.code(),
    };
}

impl<T: Code> Code for Recorded<T> {
    fn code(&self) -> &'static str {
        if self.is_repeat { "repeated" } else { self.outcome.code() }
    }
}

/// Why something is denied: for programs, and for people.
fn denial<S: Serializer>(refusal: &Refusal, serializer: S) -> Result<S::Ok, S::Error> {
    let mut fields = serializer.serialize_struct("Denial", 2)?;
    fields.serialize_field("reason", refusal)?;
    fields.serialize_field("explanation", &refusal.to_string())?;
    fields.end()
}

fn denial_of<S: Serializer>(refusal: &Option<Refusal>, serializer: S) -> Result<S::Ok, S::Error> {
    match refusal {
        Some(refusal) => denial(refusal, serializer),
        None => serializer.serialize_none(),
    }
}

fn not_applied<S: Serializer>(finding: &Finding, serializer: S) -> Result<S::Ok, S::Error> {
    let mut fields = serializer.serialize_struct("NotApplied", 3)?;
    fields.serialize_field("outcome", "not_applied")?;
    fields.serialize_field("finding", finding)?;
    fields.serialize_field("explanation", &finding.to_string())?;
    fields.end()
}
