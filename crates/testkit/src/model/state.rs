//! What the model remembers: plain lists, in log order.

use tallyfold_core::{
    Balance, ChargeReason, EventId, FlexAccessSet, Level, Plan, RefundReason, Rulebook,
    SubscriptionPurchased, Timestamp, Tokens,
};

/// One account.
#[derive(Clone, Debug, Default)]
pub(super) struct ModelAccount {
    pub name: String,
    /// The instant of the last applied event; none before the first (T1).
    pub clock: Option<Timestamp>,
    /// Where a settle has brought the account since (T3).
    pub settled_at: Option<Timestamp>,
    /// How many catalog entries the last applied event saw (T2).
    pub seen: usize,
    /// The ids of applied events, with their instants (T7).
    pub ids: Vec<(Timestamp, EventId<'static>)>,
    pub packs: Vec<ModelPack>,
    /// Charge n is at place n - 1.
    pub charges: Vec<ModelCharge>,
    /// The live ones, in order of opening.
    pub sessions: Vec<ModelSession>,
    pub subscriptions: Vec<SubscriptionPurchased<'static>>,
    /// The seats that are held, in order of assignment (S3).
    pub seats: Vec<Seat>,
    /// The users' marks: whether they are assigned (A1).
    pub marks: Vec<(String, bool)>,
    /// What was set for the account and for users, one for each (A3).
    pub access: Vec<FlexAccessSet<'static>>,
    /// The plan chosen last (N1).
    pub plan: Plan,
    pub level: Option<Level>,
}

/// A lot of tokens bought at once (P1).
#[derive(Clone, Debug)]
pub(super) struct ModelPack {
    pub name: String,
    pub purchased_at: Timestamp,
    pub expires_at: Timestamp,
    /// When to give notice; none where never, or where it was time already (N3).
    pub notice_at: Option<Timestamp>,
    /// Whether the expiry has fired (P5).
    pub is_expired: bool,
    pub balance: Balance,
}

/// The pair (user, product): charging is per use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Use {
    pub user: String,
    pub product: String,
}

impl Use {
    pub(super) fn new(user: &str, product: &str) -> Use {
        Use { user: user.to_owned(), product: product.to_owned() }
    }
}

/// What was taken for a window or a result.
#[derive(Clone, Debug)]
pub(super) struct ModelCharge {
    pub of: Use,
    /// The version that the session which was charged runs; none for a result (W9).
    pub version: Option<String>,
    pub reason: ChargeReason,
    pub tokens: Tokens,
    /// The places of the packs that paid, with their parts (P4).
    pub postings: Vec<(usize, Tokens)>,
    pub subscription: Option<String>,
    /// `[starts, ends)`; none for a result.
    pub window: Option<(Timestamp, Timestamp)>,
    /// The rulebook that the charge saw (T5).
    pub rulebook: Rulebook,
    /// Whether the use had no live session when the charge was made (W6).
    pub was_alone: bool,
    pub refund: Option<RefundReason>,
}

/// A live session.
#[derive(Clone, Debug)]
pub(super) struct ModelSession {
    pub name: String,
    pub of: Use,
    pub version: Option<String>,
    pub opened_at: Timestamp,
    pub last_contact: Timestamp,
    /// Whether the last contact was an inactive heartbeat (W7).
    pub was_inactive: bool,
    /// When it lapses, as fixed at the last contact (C2, T5).
    pub lapses_at: Timestamp,
}

/// A seat that a user holds.
#[derive(Clone, Debug)]
pub(super) struct Seat {
    pub subscription: String,
    pub user: String,
}
