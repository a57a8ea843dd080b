//! What a replay result says of an account (`docs/events.md`, Replay result).

#[cfg(doc)]
use crate::spec::*;

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize};

use crate::event::values::{given, object, word};
use crate::event::{Plan, Timestamp, Tokens};
use crate::journal::Level;
use crate::state::packs::Balance;

/// An account as it is settled at an instant, all of it.
///
/// ```
/// use tallyfold_core::{AccountStatement, Ledger, PackPurchased};
///
/// let mut ledger = Ledger::default();
/// let bought = PackPurchased::new("P1", 100)?.on("acme", "2026-01-05T09:00:00Z".parse()?)?;
/// ledger.apply(&bought, &mut ())?;
/// let acme = ledger.account("acme").ok_or("no such account")?.at_last_event().statement();
///
/// let json = serde_json::to_string(&acme)?;
/// assert_eq!(serde_json::from_str::<AccountStatement>(&json)?, acme);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountStatement<'a> {
    /// The account.
    pub account: Cow<'a, str>,
    /// The instant at which it is settled.
    pub settled_at: Timestamp,
    /// Where its tokens are: the sums over its packs.
    #[serde(deserialize_with = "object")]
    pub tokens: Balance,
    /// The plan in force ([N1]).
    #[serde(deserialize_with = "plan")]
    pub plan: Plan,
    /// How full the usable packs are ([N2]); none before the first pack.
    #[serde(default, deserialize_with = "word", skip_serializing_if = "Option::is_none")]
    pub level: Option<Level>,
    /// Its packs in burn order ([P3]), expired ones included.
    pub packs: Vec<PackState<'a>>,
    /// The live sessions, in order of opening.
    pub live_sessions: Vec<LiveSession<'a>>,
    /// The windows in force, in order of charge.
    pub windows: Vec<WindowState<'a>>,
    /// How many charges were made.
    pub charges: u64,
}

fn plan<'de, D: Deserializer<'de>>(value: D) -> Result<Plan, D::Error> {
    word(value).map(Option::unwrap_or_default)
}

/// A pack as it is at an instant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PackState<'a> {
    /// The pack.
    pub pack: Cow<'a, str>,
    /// When it was bought.
    pub purchased_at: Timestamp,
    /// The first instant at which it is not usable any more.
    pub expires_at: Timestamp,
    /// Where its tokens are.
    #[serde(flatten)]
    pub balance: Balance,
}

impl<'de> Deserialize<'de> for PackState<'_> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Flat {
            pack: String,
            purchased_at: Timestamp,
            expires_at: Timestamp,
            purchased: Tokens,
            adjusted: Tokens,
            burned: Tokens,
            expired: Tokens,
            available: Tokens,
        }

        let Flat {
            pack,
            purchased_at,
            expires_at,
            purchased,
            adjusted,
            burned,
            expired,
            available,
        } = object(deserializer)?;
        let balance = Balance { purchased, adjusted, burned, expired, available };
        Ok(PackState { pack: pack.into(), purchased_at, expires_at, balance })
    }
}

/// A live session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LiveSession<'a> {
    /// The session.
    pub session: Cow<'a, str>,
    /// Who opened it.
    pub user: Cow<'a, str>,
    /// What was opened.
    pub product: Cow<'a, str>,
    /// The version of the product.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub version: Option<Cow<'a, str>>,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it was last known to be running.
    pub last_contact: Timestamp,
}

/// A window in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WindowState<'a> {
    /// Whose window it is.
    pub user: Cow<'a, str>,
    /// What it is for.
    pub product: Cow<'a, str>,
    /// The charge that opened it.
    pub charge: u64,
    /// Its first instant.
    pub starts_at: Timestamp,
    /// The first instant after it.
    pub ends_at: Timestamp,
}
