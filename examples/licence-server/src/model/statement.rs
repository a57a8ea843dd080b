//! How an account stands, as it is described: the library writes it.

use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use tallyfold_core::{Balance, Ledger, LiveSession, Per, Plan, Timestamp, Tokens};
use utoipa::ToSchema;

use super::{Amount, At};

/// JSON that is written while the ledger is at hand.
pub(crate) type Written = Result<Box<RawValue>, serde_json::Error>;

/// How an account stands at an instant. One without any event has nothing yet.
pub(crate) fn statement_at(ledger: &Ledger, account: &str, settled_at: Timestamp) -> Written {
    #[derive(Serialize)]
    struct NothingYet<'a> {
        account: &'a str,
        settled_at: Timestamp,
        tokens: Balance,
        plan: Plan,
        packs: [(); 0],
        live_sessions: [(); 0],
        windows: [(); 0],
        charges: u64,
    }

    if let Some(view) = ledger.account(account) {
        return to_raw_value(&view.at(settled_at));
    }
    let (tokens, plan, charges) = (Balance::default(), Plan::default(), 0);
    let (packs, live_sessions, windows) = ([], [], []);
    let nothing =
        NothingYet { account, settled_at, tokens, plan, packs, live_sessions, windows, charges };
    to_raw_value(&nothing)
}

/// The live sessions of an account at an instant.
pub(crate) fn live_sessions_at(ledger: &Ledger, account: &str, at: Timestamp) -> Written {
    #[derive(Serialize)]
    struct Live<'a> {
        live_sessions: Vec<LiveSession<'a>>,
    }

    let view = ledger.account(account);
    let live_sessions = view.into_iter().flat_map(|view| view.at(at).live_sessions());
    to_raw_value(&Live { live_sessions: live_sessions.collect() })
}

/// The rates in force at an instant.
pub(crate) fn rates_at(ledger: &Ledger, at: Timestamp) -> Written {
    #[derive(Serialize)]
    struct InForce<'a> {
        rates: Vec<Of<'a>>,
    }

    #[derive(Serialize)]
    struct Of<'a> {
        product: &'a str,
        tokens: Tokens,
        per: Per,
    }

    let of = |(product, rate): (_, tallyfold_core::Rate)| Of {
        product,
        tokens: rate.tokens,
        per: rate.per,
    };
    to_raw_value(&InForce { rates: ledger.rates(at).into_iter().map(of).collect() })
}

/// An account as it is settled now: balance, packs, sessions and windows.
#[derive(ToSchema)]
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

/// The live sessions of an account, in order of opening.
#[derive(ToSchema)]
pub(crate) struct Sessions {
    live_sessions: Vec<SessionAnswer>,
}

/// Where tokens are: always purchased + adjusted = available + burned + expired.
#[derive(ToSchema)]
pub(crate) struct BalanceAnswer {
    purchased: Amount,
    adjusted: Amount,
    burned: Amount,
    expired: Amount,
    available: Amount,
}

#[derive(ToSchema)]
struct PackAnswer {
    pack: String,
    purchased_at: At,
    /// The first instant at which it is not usable any more
    expires_at: At,
    #[serde(flatten)]
    balance: BalanceAnswer,
}

#[derive(ToSchema)]
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

#[derive(ToSchema)]
struct WindowAnswer {
    user: String,
    product: String,
    charge: u64,
    starts_at: At,
    /// The first instant after it
    ends_at: At,
}

/// What reports an account may see.
#[derive(ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PlanName {
    /// Usage without names
    Standard,
    /// Usage by user as well
    Premium,
}

/// How full the usable packs are.
#[derive(ToSchema)]
#[serde(rename_all = "snake_case")]
enum LevelName {
    Ok,
    Low,
    Empty,
}

/// What a rate is counted by.
#[derive(ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PerName {
    /// A window, which is a day where the rulebook says nothing else
    Day,
    /// One result
    Result,
}

/// The rates in force, in byte order of the products.
#[derive(ToSchema)]
pub(crate) struct Rates {
    rates: Vec<RateAnswer>,
}

#[derive(ToSchema)]
struct RateAnswer {
    product: String,
    tokens: Amount,
    per: PerName,
}
