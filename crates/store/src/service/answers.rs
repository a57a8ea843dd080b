//! What a service answers, read off the journal entries that the fold decided.

use tallyfold_core::{
    Admission, ChargeReason, Charged, Entry, Finding, Record, Refusal, SessionEnd, Timestamp,
    Tokens,
};

use crate::error::{AppendError, NewEventError, StoreError};
use crate::place::Position;

/// A request that was recorded, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded<T> {
    /// Where its event stands in the log.
    pub position: Position,
    /// When it took effect, by the service's clock (T1).
    pub at: Timestamp,
    /// Whether it had been recorded already, under the same id; then this is the first answer.
    pub is_repeat: bool,
    /// What was decided for the one who asked.
    pub outcome: T,
    /// All that was decided, timers that fired before it included.
    pub journal: Vec<Record<'static>>,
}

/// What came of opening a session (W2). A denied one is recorded too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opened {
    /// The session is live.
    Admitted(Admitted),
    /// The session never becomes live, for this reason (W1).
    Denied(Refusal),
}

/// The window in which a session runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admitted {
    /// The charge that pays for the window.
    pub charge: u64,
    /// What this open cost.
    pub cover: OpenCover,
    /// The first instant after the window.
    pub until: Timestamp,
}

/// What covers an open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OpenCover {
    /// A window in force, which it joins free.
    Joined,
    /// A seat of this subscription.
    Subscription(String),
    /// Tokens.
    Tokens {
        /// How many.
        tokens: Tokens,
        /// From which packs, in burn order.
        postings: Vec<(String, Tokens)>,
    },
}

impl OpenCover {
    /// What covers an open that is admitted; the refusal of one that is not.
    pub(crate) fn of(admission: Admission<'_>) -> Result<(OpenCover, Timestamp), Refusal> {
        match admission {
            Admission::Joins { until, .. } => Ok((OpenCover::Joined, until)),
            Admission::Covered { subscription, until } => {
                Ok((OpenCover::Subscription(subscription.to_owned()), until))
            }
            Admission::Charged { tokens, postings, until } => {
                let owned = postings.into_iter().map(|(pack, part)| (pack.to_owned(), part));
                Ok((OpenCover::Tokens { tokens, postings: owned.collect() }, until))
            }
            Admission::Refused(refusal) => Err(refusal),
        }
    }
}

/// What came of a heartbeat (W3, W4, W7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Contact {
    /// The session runs on in the window it was in, or without one while it is idle.
    Free,
    /// A new window was charged.
    Charged(ChargeMade),
    /// The session is not live any more: the window that was due is refused.
    LockedOut(Refusal),
}

/// What came of a close (W4, W5, W6).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Closed {
    /// The window that was still due.
    pub charged: Option<ChargeMade>,
    /// Why the window that was still due is not paid.
    pub unpaid: Option<Refusal>,
    /// What was given back.
    pub refunded: Option<Tokens>,
}

/// What came of producing results (R2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Produced {
    /// They were charged.
    Charged(ChargeMade),
    /// They are refused.
    Denied(Refusal),
}

/// A charge that was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChargeMade {
    /// Its number in the account.
    pub charge: u64,
    /// What led to it.
    pub reason: ChargeReason,
    /// How much it took: 0 where a subscription covers.
    pub tokens: Tokens,
    /// The first instant after the window; none for results.
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

/// Why a request was not recorded.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// It could not be applied, so it is not appended: the caller asked for what cannot be.
    #[error(transparent)]
    Finding(#[from] Finding),
    /// Another request has this id.
    #[error("the event at position {position} has the id `{id}` and says something else")]
    IdTaken {
        /// The id.
        id: String,
        /// Where the other one's event stands.
        position: Position,
    },
    /// Others appended to the account again and again meanwhile. Ask again.
    #[error("the account changed {attempts} times while this was decided; ask again")]
    Contended {
        /// How often it was tried.
        attempts: u32,
    },
    /// It is no event that can be stored.
    #[error(transparent)]
    Event(#[from] NewEventError),
    /// It was not appended.
    #[error(transparent)]
    Append(AppendError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
