//! How an account stands.

use std::borrow::Cow;

use serde::Serialize;
use tallyfold_core::{
    AccountAt, Balance, Ledger, Level, LiveSession, PackState, Per, Plan, Timestamp, WindowState,
};
use utoipa::ToSchema;

use super::{Amount, At};

/// An account as it is settled now: balance, packs, sessions and windows.
#[derive(Serialize, ToSchema)]
pub(crate) struct Statement {
    account: String,
    /// The instant of this answer
    settled_at: At,
    /// The sums over its packs
    tokens: BalanceAnswer,
    plan: PlanName,
    /// How full the usable packs are; absent before the first pack
    #[serde(skip_serializing_if = "Option::is_none")]
    level: Option<LevelName>,
    /// In burn order, expired ones included
    packs: Vec<PackAnswer>,
    /// In order of opening
    live_sessions: Vec<SessionAnswer>,
    /// Those in force, in order of charge
    windows: Vec<WindowAnswer>,
    /// How many charges were made
    charges: u64,
}

impl Statement {
    /// How an account stands at an instant. One without any event has nothing yet.
    pub(crate) fn of(ledger: &Ledger, account: &str, at: Timestamp) -> Statement {
        match ledger.account(account) {
            Some(view) => view.at(at).into(),
            None => Statement {
                account: account.to_owned(),
                settled_at: At(at),
                tokens: Balance::default().into(),
                plan: Plan::default().into(),
                level: None,
                packs: Vec::new(),
                live_sessions: Vec::new(),
                windows: Vec::new(),
                charges: 0,
            },
        }
    }

    pub(crate) fn live_sessions(self) -> Sessions {
        Sessions { live_sessions: self.live_sessions }
    }
}

impl From<AccountAt<'_>> for Statement {
    fn from(settled: AccountAt<'_>) -> Statement {
        Statement {
            account: settled.account().to_owned(),
            settled_at: At(settled.at()),
            tokens: settled.tokens().into(),
            plan: settled.plan().into(),
            level: settled.level().map(Into::into),
            packs: settled.packs().map(Into::into).collect(),
            live_sessions: settled.live_sessions().map(Into::into).collect(),
            windows: settled.windows().map(Into::into).collect(),
            charges: settled.charges(),
        }
    }
}

/// The live sessions of an account, in order of opening.
#[derive(Serialize, ToSchema)]
pub(crate) struct Sessions {
    live_sessions: Vec<SessionAnswer>,
}

/// Where tokens are: always purchased + adjusted = available + burned + expired.
#[derive(Serialize, ToSchema)]
pub(crate) struct BalanceAnswer {
    purchased: Amount,
    adjusted: Amount,
    burned: Amount,
    expired: Amount,
    available: Amount,
}

impl From<Balance> for BalanceAnswer {
    fn from(balance: Balance) -> BalanceAnswer {
        BalanceAnswer {
            purchased: Amount(balance.purchased),
            adjusted: Amount(balance.adjusted),
            burned: Amount(balance.burned),
            expired: Amount(balance.expired),
            available: Amount(balance.available),
        }
    }
}

#[derive(Serialize, ToSchema)]
struct PackAnswer {
    pack: String,
    purchased_at: At,
    /// The first instant at which it is not usable any more
    expires_at: At,
    #[serde(flatten)]
    balance: BalanceAnswer,
}

impl From<PackState<'_>> for PackAnswer {
    fn from(pack: PackState<'_>) -> PackAnswer {
        PackAnswer {
            pack: pack.pack.into_owned(),
            purchased_at: At(pack.purchased_at),
            expires_at: At(pack.expires_at),
            balance: pack.balance.into(),
        }
    }
}

#[derive(Serialize, ToSchema)]
struct SessionAnswer {
    session: String,
    user: String,
    product: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    opened_at: At,
    /// When it was last known to be running
    last_contact: At,
}

impl From<LiveSession<'_>> for SessionAnswer {
    fn from(session: LiveSession<'_>) -> SessionAnswer {
        SessionAnswer {
            session: session.session.into_owned(),
            user: session.user.into_owned(),
            product: session.product.into_owned(),
            version: session.version.map(Cow::into_owned),
            opened_at: At(session.opened_at),
            last_contact: At(session.last_contact),
        }
    }
}

#[derive(Serialize, ToSchema)]
struct WindowAnswer {
    user: String,
    product: String,
    charge: u64,
    starts_at: At,
    /// The first instant after it
    ends_at: At,
}

impl From<WindowState<'_>> for WindowAnswer {
    fn from(window: WindowState<'_>) -> WindowAnswer {
        WindowAnswer {
            user: window.user.into_owned(),
            product: window.product.into_owned(),
            charge: window.charge,
            starts_at: At(window.starts_at),
            ends_at: At(window.ends_at),
        }
    }
}

/// What reports an account may see.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PlanName {
    /// Usage without names
    Standard,
    /// Usage by user as well
    Premium,
}

impl From<Plan> for PlanName {
    fn from(plan: Plan) -> PlanName {
        match plan {
            Plan::Standard => PlanName::Standard,
            Plan::Premium => PlanName::Premium,
        }
    }
}

/// How full the usable packs are.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum LevelName {
    Ok,
    Low,
    Empty,
}

impl From<Level> for LevelName {
    fn from(level: Level) -> LevelName {
        match level {
            Level::Ok => LevelName::Ok,
            Level::Low => LevelName::Low,
            Level::Empty => LevelName::Empty,
        }
    }
}

/// What a rate is counted by.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PerName {
    /// A window, which is a day where the rulebook says nothing else
    Day,
    /// One result
    Result,
}

impl From<Per> for PerName {
    fn from(per: Per) -> PerName {
        match per {
            Per::Day => PerName::Day,
            Per::Result => PerName::Result,
        }
    }
}

/// The rates in force, in byte order of the products.
#[derive(Serialize, ToSchema)]
pub(crate) struct Rates {
    rates: Vec<RateAnswer>,
}

#[derive(Serialize, ToSchema)]
struct RateAnswer {
    product: String,
    tokens: Amount,
    per: PerName,
}

impl Rates {
    pub(crate) fn of(ledger: &Ledger, at: Timestamp) -> Rates {
        let rate = |(product, rate): (&str, tallyfold_core::Rate)| RateAnswer {
            product: product.to_owned(),
            tokens: Amount(rate.tokens),
            per: rate.per.into(),
        };
        Rates { rates: ledger.rates(at).into_iter().map(rate).collect() }
    }
}
