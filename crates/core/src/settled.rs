//! Questions that change nothing: an account as it is, or as it will be settled (T3).

use serde::{Deserialize, Serialize};

use crate::account::Account;
use crate::event::Plan;
use crate::ledger::Ledger;
use crate::rulebook::Rulebook;
use crate::rules::level_of;
use crate::state::packs::Balance;
use crate::time::Instant;
use crate::turn::{Moment, View};

/// How full the usable packs are (N2).
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

/// An account, to be asked.
#[derive(Clone, Copy, Debug)]
pub struct AccountView<'a> {
    name: &'a str,
    account: &'a Account,
    ledger: &'a Ledger,
}

impl<'a> AccountView<'a> {
    pub(crate) fn new(name: &'a str, account: &'a Account, ledger: &'a Ledger) -> Self {
        AccountView { name, account, ledger }
    }

    /// The account's name.
    #[must_use]
    pub fn name(self) -> &'a str {
        self.name
    }

    /// The instant of the last event that was applied (T1).
    #[must_use]
    pub fn clock(self) -> Instant {
        self.account.clock
    }

    /// How many charges were made.
    #[must_use]
    pub fn charges(self) -> u64 {
        self.account.charges.count()
    }

    /// The account as it is settled at its clock.
    #[must_use]
    pub fn now(self) -> Settled<'a> {
        self.settled(self.account.clock)
    }

    /// The account as if every timer due up to `at` had fired (T3). Before the account's clock
    /// there is nothing to settle: an earlier instant is answered as the clock.
    #[must_use]
    pub fn settled(self, at: Instant) -> Settled<'a> {
        Settled { view: self, at: at.max(self.account.clock) }
    }
}

/// An account as it is settled at an instant. Every answer is worked out when it is asked for;
/// nothing is copied.
#[derive(Clone, Copy, Debug)]
pub struct Settled<'a> {
    view: AccountView<'a>,
    at: Instant,
}

/// A pack as it is at an instant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PackState<'a> {
    /// The pack.
    pub pack: &'a str,
    /// When it was bought.
    pub purchased_at: Instant,
    /// The first instant at which it is not usable any more.
    pub expires_at: Instant,
    /// Where its tokens are.
    #[serde(flatten)]
    pub balance: Balance,
}

/// A live session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LiveSession<'a> {
    /// The session.
    pub session: &'a str,
    /// Who opened it.
    pub user: &'a str,
    /// What was opened.
    pub product: &'a str,
    /// The version of the product.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<&'a str>,
    /// When it was opened.
    pub opened_at: Instant,
    /// When it was last known to be running.
    pub last_contact: Instant,
}

/// A window in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WindowState<'a> {
    /// Whose window it is.
    pub user: &'a str,
    /// What it is for.
    pub product: &'a str,
    /// The charge that opened it.
    pub charge: u64,
    /// Its first instant.
    pub starts_at: Instant,
    /// The first instant after it.
    pub ends_at: Instant,
}

impl<'a> Settled<'a> {
    /// The account's name.
    #[must_use]
    pub fn account(self) -> &'a str {
        self.view.name
    }

    /// The instant of this answer.
    #[must_use]
    pub fn at(self) -> Instant {
        self.at
    }

    /// Where the account's tokens are: the sums over its packs.
    #[must_use]
    pub fn tokens(self) -> Balance {
        let packs = &self.state().packs;
        let mut sum = Balance::default();
        for pack in 0..packs.len() as u32 {
            sum += packs.get(pack).balance_at(self.at);
        }
        sum
    }

    /// All packs in burn order (P3), expired ones included.
    pub fn packs(self) -> impl Iterator<Item = PackState<'a>> {
        let packs = &self.state().packs;
        packs.in_burn_order().map(move |number| {
            let pack = packs.get(number);
            PackState {
                pack: packs.name(number),
                purchased_at: pack.purchased_at,
                expires_at: pack.expires_at,
                balance: pack.balance_at(self.at),
            }
        })
    }

    /// How full the usable packs are (N2); `None` before the first pack.
    #[must_use]
    pub fn level(self) -> Option<Level> {
        let packs = &self.state().packs;
        if packs.any_expiry_due(self.at) {
            return Some(level_of(packs.usable_at(self.at), self.rulebook()));
        }
        self.state().level
    }

    /// The plan in force (N1).
    #[must_use]
    pub fn plan(self) -> Plan {
        self.state().plan_at(self.at, self.rulebook())
    }

    /// The seats of the subscriptions whose term holds the instant: Premium needs
    /// `premium_min_seats` of the [`rulebook`](Settled::rulebook) (N1).
    #[must_use]
    pub fn seats_in_force(self) -> u64 {
        self.state().subscriptions.seats_in_force(self.at)
    }

    /// The rulebook that decides plan and level: the one that the last applied event saw (T2).
    #[must_use]
    pub fn rulebook(self) -> &'a Rulebook {
        self.catalog_view().rulebook()
    }

    /// The live sessions, in order of opening.
    pub fn live_sessions(self) -> impl Iterator<Item = LiveSession<'a>> {
        let account = self.state();
        let moment = Moment::settled(self.at);
        let live = account.sessions.live();
        let mut live: Vec<_> = live.filter(|(_, it)| !moment.has_lapsed(it.lapses_at)).collect();
        live.sort_unstable_by_key(|&(number, _)| account.sessions.opening(number).order);
        live.into_iter().map(move |(number, session)| {
            let (user, product) = account.uses.names(session.in_use);
            LiveSession {
                session: &session.name,
                user,
                product,
                version: account.version(number),
                opened_at: account.sessions.opening(number).at,
                last_contact: session.last_contact,
            }
        })
    }

    /// The windows in force, in order of charge.
    pub fn windows(self) -> impl Iterator<Item = WindowState<'a>> {
        let account = self.state();
        let moment = Moment::settled(self.at);
        let in_force = account.uses.all().filter_map(|(number, _)| {
            account.window_in_force(number, moment).map(|window| (number, window))
        });
        let mut in_force: Vec<_> = in_force.collect();
        in_force.sort_unstable_by_key(|(_, window)| window.charge);
        in_force.into_iter().map(move |(number, window)| {
            let (user, product) = account.uses.names(number);
            WindowState {
                user,
                product,
                charge: window.charge,
                starts_at: window.starts,
                ends_at: window.ends,
            }
        })
    }

    /// How many charges were made.
    #[must_use]
    pub fn charges(self) -> u64 {
        self.view.charges()
    }

    fn state(self) -> &'a Account {
        self.view.account
    }

    fn catalog_view(self) -> View<'a> {
        self.view.ledger.view_seen(self.view.account.seen)
    }
}

impl Serialize for Settled<'_> {
    /// The account in a replay result (`events.md`, Replay result).
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Statement<'a> {
            account: &'a str,
            settled_at: Instant,
            tokens: Balance,
            plan: Plan,
            #[serde(skip_serializing_if = "Option::is_none")]
            level: Option<Level>,
            packs: Vec<PackState<'a>>,
            live_sessions: Vec<LiveSession<'a>>,
            windows: Vec<WindowState<'a>>,
            charges: u64,
        }

        Statement {
            account: self.account(),
            settled_at: self.at,
            tokens: self.tokens(),
            plan: self.plan(),
            level: self.level(),
            packs: self.packs().collect(),
            live_sessions: self.live_sessions().collect(),
            windows: self.windows().collect(),
            charges: self.charges(),
        }
        .serialize(serializer)
    }
}
