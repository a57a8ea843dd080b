//! Questions about one account: as it is after its last event, or as it will be settled (T3).

#[cfg(doc)]
use crate::spec::*;

use serde::Serialize;

use crate::event::{Plan, Rulebook, Timestamp};
use crate::journal::Level;
use crate::ledger::Ledger;
use crate::rules;
use crate::rules::context::CatalogView;
use crate::rules::windows::Moment;
use crate::state::account::Account;
use crate::state::ids::AccountId;
use crate::state::packs::Balance;

use super::statement::{AccountStatement, LiveSession, PackState, WindowState};

impl Ledger {
    /// An account, to be asked. `None` where no event was applied to it.
    #[must_use]
    pub fn account(&self, name: &str) -> Option<AccountView<'_>> {
        self.find(name).map(|id| self.view(id))
    }

    /// All accounts, in byte order of their names.
    pub fn accounts(&self) -> impl Iterator<Item = AccountView<'_>> {
        self.in_name_order().into_iter().map(|id| self.view(id))
    }

    fn view(&self, id: AccountId) -> AccountView<'_> {
        self.view_as(id, self.get(id))
    }

    /// An account as if it were this one.
    pub(crate) fn view_as<'a>(&'a self, id: AccountId, account: &'a Account) -> AccountView<'a> {
        AccountView { name: self.names.name(id), account, ledger: self }
    }
}

/// An account, to be asked.
#[derive(Clone, Copy, Debug)]
pub struct AccountView<'a> {
    name: &'a str,
    account: &'a Account,
    ledger: &'a Ledger,
}

impl<'a> AccountView<'a> {
    /// The account's name.
    #[must_use]
    pub fn name(self) -> &'a str {
        self.name
    }

    /// The instant of the last event that was applied ([T1]).
    #[must_use]
    pub fn clock(self) -> Timestamp {
        self.account.clock
    }

    /// How many charges were made.
    #[must_use]
    pub fn charge_count(self) -> u64 {
        self.account.charges.count()
    }

    /// The account as it is settled at its clock: the instant of its last event.
    #[must_use]
    pub fn at_last_event(self) -> AccountAt<'a> {
        self.at(self.account.clock)
    }

    /// The account as if every timer due up to `at` had fired ([T3]). Before the account's clock
    /// there is nothing to settle: an earlier instant is answered as the clock.
    #[must_use]
    pub fn at(self, at: Timestamp) -> AccountAt<'a> {
        AccountAt { view: self, at: at.max(self.account.clock) }
    }
}

/// An account as it is settled at an instant. Every answer is worked out when it is asked for;
/// nothing is copied.
#[derive(Clone, Copy, Debug)]
pub struct AccountAt<'a> {
    view: AccountView<'a>,
    at: Timestamp,
}

impl<'a> AccountAt<'a> {
    /// The account's name.
    #[must_use]
    pub fn account(self) -> &'a str {
        self.view.name
    }

    /// The instant of this answer.
    #[must_use]
    pub fn at(self) -> Timestamp {
        self.at
    }

    /// Where the account's tokens are: the sums over its packs.
    #[must_use]
    pub fn tokens(self) -> Balance {
        let packs = &self.state().packs;
        let mut sum = Balance::default();
        packs.iter().for_each(|pack| sum += rules::packs::balance_at(pack, self.at));
        sum
    }

    /// All packs in burn order ([P3]), expired ones included.
    pub fn packs(self) -> impl Iterator<Item = PackState<'a>> {
        let packs = &self.state().packs;
        packs.in_burn_order().map(move |id| {
            let pack = packs.get(id);
            PackState {
                pack: packs.name(id).into(),
                purchased_at: pack.purchased_at,
                expires_at: pack.expires_at,
                balance: rules::packs::balance_at(pack, self.at),
            }
        })
    }

    /// How full the usable packs are ([N2]); `None` before the first pack.
    #[must_use]
    pub fn level(self) -> Option<Level> {
        let packs = &self.state().packs;
        if rules::packs::is_expiry_due(packs, self.at) {
            let usable = rules::packs::usable_at(packs, self.at);
            return Some(rules::notices::level_of(usable, self.rulebook()));
        }
        self.state().level
    }

    /// The plan in force ([N1]).
    #[must_use]
    pub fn plan(self) -> Plan {
        rules::plan::in_force(self.state(), self.at, self.rulebook())
    }

    /// The seats of the subscriptions whose term holds the instant: Premium needs
    /// `premium_min_seats` of the [`rulebook`](AccountAt::rulebook) ([N1]).
    #[must_use]
    pub fn seats_in_force(self) -> u64 {
        rules::subscriptions::seats_in_force(self.state(), self.at)
    }

    /// The rulebook that decides plan and level: the one that the last applied event saw ([T2]).
    #[must_use]
    pub fn rulebook(self) -> &'a Rulebook {
        self.catalog_view().rulebook()
    }

    /// The live sessions, in order of opening.
    pub fn live_sessions(self) -> impl Iterator<Item = LiveSession<'a>> {
        let account = self.state();
        let moment = Moment::settled(self.at);
        let live = account.usage.sessions();
        let mut live: Vec<_> = live.filter(|(_, it)| !moment.has_lapsed(it.lapses_at)).collect();
        live.sort_unstable_by_key(|&(id, _)| account.usage.opening(id).order);
        live.into_iter().map(move |(id, session)| {
            let (user, product) = account.names_of(id);
            LiveSession {
                session: (&*session.name).into(),
                user: user.into(),
                product: product.into(),
                version: account.version_of(id).map(Into::into),
                opened_at: account.usage.opening(id).at,
                last_contact: session.last_contact,
            }
        })
    }

    /// The windows in force, in order of charge.
    pub fn windows(self) -> impl Iterator<Item = WindowState<'a>> {
        let account = self.state();
        let moment = Moment::settled(self.at);
        let in_force = account.usage.uses().filter_map(|(id, usage)| {
            rules::windows::in_force(account, id, moment).map(|window| (usage, window))
        });
        let mut in_force: Vec<_> = in_force.collect();
        in_force.sort_unstable_by_key(|(_, window)| window.charge);
        in_force.into_iter().map(move |(usage, window)| WindowState {
            user: account.users.name(usage.user).into(),
            product: account.usage.product(usage.product).into(),
            charge: window.charge.0,
            starts_at: window.starts,
            ends_at: window.ends,
        })
    }

    /// How many charges were made.
    #[must_use]
    pub fn charge_count(self) -> u64 {
        self.view.charge_count()
    }

    /// All of it, as a replay result has it.
    #[must_use]
    pub fn statement(self) -> AccountStatement<'a> {
        AccountStatement {
            account: self.account().into(),
            settled_at: self.at,
            tokens: self.tokens(),
            plan: self.plan(),
            level: self.level(),
            packs: self.packs().collect(),
            live_sessions: self.live_sessions().collect(),
            windows: self.windows().collect(),
            charges: self.charge_count(),
        }
    }

    fn state(self) -> &'a Account {
        self.view.account
    }

    fn catalog_view(self) -> CatalogView<'a> {
        self.view.ledger.catalog_view(self.view.account.seen)
    }
}

impl Serialize for AccountAt<'_> {
    /// The account's [statement](AccountAt::statement).
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.statement().serialize(serializer)
    }
}
