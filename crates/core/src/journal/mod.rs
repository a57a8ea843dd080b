//! The journal: everything the fold decided, in order (`events.md`, Journal format).

mod as_data;
mod consumer;
mod finding;
mod refusal;
mod sink;

#[cfg(doc)]
use crate::spec::*;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::event::{
    FlexAccessSet, FlexAssigned, FlexUnassigned, PlanSelected, SubscriptionAssigned,
    SubscriptionPurchased, SubscriptionUnassigned, Timestamp, Tokens,
};

use crate::event::own::{own_as_they_are, owned};

pub use consumer::{BoxedConsumer, Consumer, FoldedEvent, Rejection};
pub use finding::{Finding, LogClock, Obstacle};
pub use refusal::Refusal;
pub use sink::{Feed, Sink, SinkFn, sink_fn};

owned! {
    /// One line of the journal.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize)]
    pub struct Record<'a> {
        /// The account in which it was decided.
        pub account: Cow<'a, str>,
        /// The instant at which it was decided.
        pub at: Timestamp,
        /// What was decided.
        #[serde(flatten)]
        pub entry: Entry<'a>,
    }
}

owned! {
    /// What was decided.
    ///
    /// Exhaustive: whoever derives balances from a journal must deal with every decision there is.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize)]
    #[serde(tag = "entry", rename_all = "snake_case")]
    pub enum Entry<'a> {
        /// A pack was added ([P1]).
        PackAdded {
            /// The pack.
            pack: Cow<'a, str>,
            /// Its size.
            tokens: Tokens,
            /// The first instant at which it is not usable any more.
            expires_at: Timestamp,
        },
        /// A pack expired ([P5]).
        PackExpired {
            /// The pack.
            pack: Cow<'a, str>,
            /// What was left in it.
            tokens: Tokens,
        },
        /// A pack was corrected by hand ([P6]).
        Adjusted {
            /// The pack.
            pack: Cow<'a, str>,
            /// What was added, or taken away where negative.
            tokens: Tokens,
            /// Why.
            reason: Cow<'a, str>,
        },
        /// A window or results were charged ([W1], [R2]).
        Charged(Charged<'a>),
        /// A charge was given back ([W6], [X1]).
        Refunded(Refunded<'a>),
        /// A window ended before its time ([W5], [W8]).
        WindowEnded {
            /// The charge that opened the window.
            charge: u64,
            /// Whose window it was.
            user: Cow<'a, str>,
            /// What it was for.
            product: Cow<'a, str>,
            /// Why it ended.
            reason: WindowEnd,
        },
        /// A session closed although the window that was due was refused ([W4]).
        Unpaid {
            /// Who used the product.
            user: Cow<'a, str>,
            /// What was used.
            product: Cow<'a, str>,
            /// The session that closed.
            session: Cow<'a, str>,
            /// Why the window was refused.
            reason: Refusal,
        },
        /// A session went live ([W2]).
        SessionOpened {
            /// The session.
            session: Cow<'a, str>,
            /// Who opened it.
            user: Cow<'a, str>,
            /// What was opened.
            product: Cow<'a, str>,
            /// The version of the product.
            #[serde(skip_serializing_if = "Option::is_none")]
            version: Option<Cow<'a, str>>,
            /// The charge of the window that it runs in.
            charge: u64,
        },
        /// A session was refused ([W2], [W4]).
        SessionDenied {
            /// The session.
            session: Cow<'a, str>,
            /// Who tried to open it.
            user: Cow<'a, str>,
            /// What was to be opened.
            product: Cow<'a, str>,
            /// The version of the product.
            #[serde(skip_serializing_if = "Option::is_none")]
            version: Option<Cow<'a, str>>,
            /// Why it was refused.
            reason: Refusal,
        },
        /// A session ended ([W4], [W5], [C2]).
        SessionClosed {
            /// The session.
            session: Cow<'a, str>,
            /// Who had opened it.
            user: Cow<'a, str>,
            /// What had been opened.
            product: Cow<'a, str>,
            /// How it ended.
            reason: SessionEnd,
            /// Why cover was refused; with [`SessionEnd::LockedOut`] only.
            #[serde(skip_serializing_if = "Option::is_none")]
            because: Option<Refusal>,
        },
        /// Results were refused ([R2]).
        ResultDenied {
            /// Who produced them.
            user: Cow<'a, str>,
            /// With what.
            product: Cow<'a, str>,
            /// How many.
            quantity: u32,
            /// Why they were refused.
            reason: Refusal,
        },
        /// The balance got worse, or a pack is about to expire ([N2], [N3]).
        Notice(Notice<'a>),
        /// A subscription, access or plan event was applied.
        Noted(Noted<'a>),
    }
}

owned! {
    /// What a charge took, from which packs, for what.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize)]
    pub struct Charged<'a> {
        /// The number of the charge: 1, 2, 3… per account.
        pub charge: u64,
        /// Who is charged.
        pub user: Cow<'a, str>,
        /// For which product.
        pub product: Cow<'a, str>,
        /// The session whose event made the charge ([W9]); none for a result.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub session: Option<Cow<'a, str>>,
        /// The version of that session ([W9]).
        #[serde(skip_serializing_if = "Option::is_none")]
        pub version: Option<Cow<'a, str>>,
        /// What led to the charge.
        pub reason: ChargeReason,
        /// How much it took.
        pub tokens: Tokens,
        /// From which packs, in burn order; empty for a charge of 0 tokens.
        #[serde(skip_serializing_if = "<[_]>::is_empty")]
        pub postings: Cow<'a, [Posting<'a>]>,
        /// The subscription that covers instead of tokens ([S2]).
        #[serde(skip_serializing_if = "Option::is_none")]
        pub subscription: Option<Cow<'a, str>>,
        /// The window that it opens; none for a result.
        #[serde(flatten)]
        pub window: Option<ChargedWindow>,
        /// How many results; none for a window.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub quantity: Option<u32>,
    }
}

/// The window that a charge opens: `[starts_at, ends_at)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChargedWindow {
    /// Its first instant.
    pub starts_at: Timestamp,
    /// The first instant after it.
    pub ends_at: Timestamp,
}

owned! {
    /// The part of a charge taken from one pack.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize)]
    pub struct Posting<'a> {
        /// The pack.
        pub pack: Cow<'a, str>,
        /// How much of the charge.
        pub tokens: Tokens,
    }
}

owned! {
    /// What was given back.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize)]
    pub struct Refunded<'a> {
        /// The number of the charge.
        pub charge: u64,
        /// Why.
        pub reason: RefundReason,
        /// How much: all that the charge took.
        pub tokens: Tokens,
        /// To which packs.
        pub postings: Cow<'a, [Posting<'a>]>,
        /// How much of it expired at once, because its pack had ([X2]).
        pub forfeited: Tokens,
        /// The text of the reversal ([X1]).
        #[serde(skip_serializing_if = "Option::is_none")]
        pub note: Option<Cow<'a, str>>,
    }
}

/// What led to a charge.
///
/// Exhaustive: rules.md names them all, and a report that does not know one would count wrongly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChargeReason {
    /// A product was opened ([W2]).
    Opened,
    /// It was left open when a new window was due ([W3]).
    Renewed,
    /// It was used again after all its sessions had been idle ([W7]).
    Resumed,
    /// Results were produced ([R2]).
    Result,
}

impl ChargeReason {
    /// The reason as the journal writes it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            ChargeReason::Opened => "opened",
            ChargeReason::Renewed => "renewed",
            ChargeReason::Resumed => "resumed",
            ChargeReason::Result => "result",
        }
    }
}

/// Why a charge was given back.
///
/// Exhaustive: rules.md names them all, and a report that does not know one would count wrongly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundReason {
    /// The product was closed within the grace time ([W6]).
    Grace,
    /// The charge was taken back by hand ([X1]).
    Reversed,
}

/// Why a window ended before its time.
///
/// Exhaustive: rules.md names them all, and a new one would be a new rule that must be dealt with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WindowEnd {
    /// The last live session of its use ended ([W5]).
    Closed,
    /// The seat that covered it was given back ([W8]).
    CoverEnded,
}

/// How a session ended.
///
/// Exhaustive: rules.md names them all, and a new one would be a new rule that must be dealt with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionEnd {
    /// It was closed.
    Closed,
    /// It was out of contact for too long ([C2]).
    Lapsed,
    /// The next window was refused ([W4]).
    LockedOut,
}

owned! {
    /// Something that an admin should know.
    ///
    /// Exhaustive: rules.md names them all ([N2], [N3]); who sends mail wants to hear of another.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize)]
    #[serde(tag = "notice", rename_all = "snake_case")]
    pub enum Notice<'a> {
        /// The balance became low ([N2]).
        LowBalance {
            /// What is left in usable packs.
            available: Tokens,
        },
        /// Nothing is left ([N2]).
        NoTokens {
            /// What is left in usable packs: nothing.
            available: Tokens,
        },
        /// A pack is about to expire ([N3]).
        Expiring {
            /// The pack.
            pack: Cow<'a, str>,
            /// What it holds.
            tokens: Tokens,
        },
    }
}

owned! {
    /// An applied event that moves no tokens, as it was given.
    ///
    /// Exhaustive: they are the event types that move no tokens (events.md), and a new one is a new
    /// format.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize)]
    #[serde(tag = "event")]
    pub enum Noted<'a> {
        /// Seats were bought ([S1]).
        SubscriptionPurchased(SubscriptionPurchased<'a>),
        /// A user took a seat ([S3]).
        SubscriptionAssigned(SubscriptionAssigned<'a>),
        /// A user gave a seat back ([S3]).
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

/// How full the usable packs are ([N2]).
///
/// Exhaustive: a balance is enough, low or nothing ([N2]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Enough.
    Ok,
    /// Less than a part (20 %) of what they started with.
    Low,
    /// Nothing.
    Empty,
}

impl Level {
    /// The level as the journal writes it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Level::Ok => "ok",
            Level::Low => "low",
            Level::Empty => "empty",
        }
    }
}

own_as_they_are!(ChargeReason, ChargedWindow, RefundReason, Refusal, SessionEnd, WindowEnd,);
