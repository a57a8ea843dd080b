//! What a replay shows of an account (`docs/events.md`, LogFold result).

#[cfg(doc)]
use tallyfold_core::spec::*;

use std::borrow::Cow;

use serde::Serialize;
use tallyfold_core::{
    AccountAt, Balance, Level, LiveSession, PackState, Plan, Timestamp, WindowState,
};

use super::moment::Moment;

/// An account as it is settled at an instant. Written as JSON it is an account of a replay result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SettledAccount {
    /// The account's name.
    pub account: String,
    /// The instant at which it is settled.
    pub settled_at: Timestamp,
    /// Sums over all packs ([P7]).
    pub tokens: Balance,
    /// The plan in force ([N1]).
    pub plan: Plan,
    /// The level of the balance ([N2]); none before the first pack.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<Level>,
    /// All packs in burn order ([P3]).
    pub packs: Vec<SettledPack>,
    /// The live sessions, in order of opening.
    pub live_sessions: Vec<SettledSession>,
    /// The windows in force, in order of charge number.
    pub windows: Vec<SettledWindow>,
    /// How many charges were made.
    pub charges: u64,
}

/// A pack, expired or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SettledPack {
    /// The pack's name.
    pub pack: String,
    /// When it was bought.
    pub purchased_at: Timestamp,
    /// The first instant at which it is not usable any more ([P1]).
    pub expires_at: Timestamp,
    /// Where its tokens are ([P7]).
    #[serde(flatten)]
    pub balance: Balance,
}

/// A live session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SettledSession {
    /// The session's name.
    pub session: String,
    /// Who opened it.
    pub user: String,
    /// What was opened.
    pub product: String,
    /// The version of the product.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// The last proof that it was running.
    pub last_contact: Timestamp,
}

/// A window in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SettledWindow {
    /// Whose window it is.
    pub user: String,
    /// What it is for.
    pub product: String,
    /// The charge that opened it.
    pub charge: u64,
    /// Its first instant.
    pub starts_at: Timestamp,
    /// The first instant after it.
    pub ends_at: Timestamp,
}

impl From<AccountAt<'_>> for SettledAccount {
    /// What the core answers, to be compared with what the model answers.
    fn from(settled: AccountAt<'_>) -> SettledAccount {
        SettledAccount {
            account: settled.account().to_owned(),
            settled_at: settled.at(),
            tokens: settled.tokens(),
            plan: settled.plan(),
            level: settled.level(),
            packs: settled.packs().map(SettledPack::from).collect(),
            live_sessions: settled.live_sessions().map(SettledSession::from).collect(),
            windows: settled.windows().map(SettledWindow::from).collect(),
            charges: settled.charge_count(),
        }
    }
}

impl From<PackState<'_>> for SettledPack {
    fn from(it: PackState<'_>) -> SettledPack {
        let PackState { pack, purchased_at, expires_at, balance } = it;
        SettledPack { pack: pack.into_owned(), purchased_at, expires_at, balance }
    }
}

impl From<LiveSession<'_>> for SettledSession {
    fn from(it: LiveSession<'_>) -> SettledSession {
        SettledSession {
            session: it.session.into_owned(),
            user: it.user.into_owned(),
            product: it.product.into_owned(),
            version: it.version.map(Cow::into_owned),
            opened_at: it.opened_at,
            last_contact: it.last_contact,
        }
    }
}

impl From<WindowState<'_>> for SettledWindow {
    fn from(it: WindowState<'_>) -> SettledWindow {
        let WindowState { user, product, charge, starts_at, ends_at } = it;
        let (user, product) = (user.into_owned(), product.into_owned());
        SettledWindow { user, product, charge, starts_at, ends_at }
    }
}

impl Moment<'_> {
    /// The account as it is now. Its timers have fired.
    pub(super) fn shown(&self) -> SettledAccount {
        let mut tokens = Balance::default();
        for pack in &self.account.packs {
            tokens.purchased += pack.balance.purchased;
            tokens.adjusted += pack.balance.adjusted;
            tokens.burned += pack.balance.burned;
            tokens.expired += pack.balance.expired;
            tokens.available += pack.balance.available;
        }
        SettledAccount {
            account: self.account.name.clone(),
            settled_at: self.at,
            tokens,
            plan: self.plan_in_force(),
            level: self.account.level,
            packs: self.shown_packs(),
            live_sessions: self.shown_sessions(),
            windows: self.shown_windows(),
            charges: self.account.charges.len() as u64,
        }
    }

    fn shown_packs(&self) -> Vec<SettledPack> {
        let packs = self.burn_order().into_iter().map(|place| &self.account.packs[place]);
        let shown = packs.map(|pack| SettledPack {
            pack: pack.name.clone(),
            purchased_at: pack.purchased_at,
            expires_at: pack.expires_at,
            balance: pack.balance,
        });
        shown.collect()
    }

    fn shown_sessions(&self) -> Vec<SettledSession> {
        let shown = self.account.sessions.iter().map(|session| SettledSession {
            session: session.name.clone(),
            user: session.of.user.clone(),
            product: session.of.product.clone(),
            version: session.version.clone(),
            opened_at: session.opened_at,
            last_contact: session.last_contact,
        });
        shown.collect()
    }

    fn shown_windows(&self) -> Vec<SettledWindow> {
        let numbered = (1..).zip(&self.account.charges);
        let in_force = numbered.filter(|(_, charge)| self.is_in_force(charge));
        let shown = in_force.filter_map(|(number, charge)| {
            let (starts_at, ends_at) = charge.window?;
            let (user, product) = (charge.of.user.clone(), charge.of.product.clone());
            Some(SettledWindow { user, product, charge: number, starts_at, ends_at })
        });
        shown.collect()
    }
}
