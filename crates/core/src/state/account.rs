//! One account: all that is remembered of it.

use serde::{Deserialize, Serialize};

use crate::event::{Plan, Timestamp};
use crate::journal::Level;
use crate::state::access::OpenProducts;
use crate::state::catalog::{Catalog, Seen};
use crate::state::charges::Charges;
use crate::state::coded::{Coded, RestoreError, coded_choice};
use crate::state::ids::{SessionId, VersionId, ids};
use crate::state::names::{HashKey, Names};
use crate::state::packs::{MakeBurnOrder, Packs};
use crate::state::recent_ids::RecentIds;
use crate::state::subscriptions::Subscriptions;
use crate::state::timers::{Timed, Timers};
use crate::state::usage::{Counts, HashedUse, KnownUse, Usage};
use crate::state::users::Users;

/// A team: one pool of tokens, one set of users.
///
/// In this order in memory: what every event needs comes first, so that it takes few cache lines.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[repr(C, align(64))]
pub(crate) struct Account {
    /// The instant of the last applied event (T1).
    pub(crate) clock: Timestamp,
    /// The line that moved the clock there; 0 where it is not known.
    pub(crate) clock_line: u64,
    #[serde(skip)]
    pub(crate) timers: Timers,
    /// What the last applied event saw of the catalog (T2).
    pub(crate) seen: Seen,
    pub(crate) usage: Usage,
    /// The ids of the events that were applied at the clock (T7).
    pub(crate) recent_ids: RecentIds,
    pub(crate) users: Users,
    pub(crate) packs: Packs,
    pub(crate) level: Option<Level>,
    pub(crate) charges: Charges,
    pub(crate) versions: Names<VersionId>,
    pub(crate) subscriptions: Subscriptions,
    pub(crate) open_products: Option<OpenProducts>,
    pub(crate) chosen_plan: Plan,
}

coded_choice!(Level: Ok = 0, Low = 1, Empty = 2);
coded_choice!(Plan: Standard = 0, Premium = 1);

impl Account {
    /// An account as it is before its first event.
    pub(crate) fn new() -> Account {
        Account {
            clock: Timestamp::EARLIEST,
            clock_line: 0,
            timers: Timers::default(),
            seen: Seen::default(),
            usage: Usage::default(),
            recent_ids: RecentIds::default(),
            users: Users::default(),
            packs: Packs::default(),
            level: None,
            charges: Charges::default(),
            versions: Names::default(),
            subscriptions: Subscriptions::default(),
            open_products: None,
            chosen_plan: Plan::Standard,
        }
    }

    /// What is known of a user and of their use of a product.
    #[inline(always)]
    pub(crate) fn find_use(&self, names: &HashedUse<'_>) -> KnownUse {
        self.usage.find(&self.users, names)
    }

    /// The names of the user and the product of a session.
    pub(crate) fn names_of(&self, session: SessionId) -> (&str, &str) {
        let it = self.usage.of(session);
        (self.users.name(it.user), self.usage.product(it.product))
    }

    /// The version of a session, where it has one.
    pub(crate) fn version_of(&self, session: SessionId) -> Option<&str> {
        self.usage.opening(session).version.map(|version| self.versions.name(version))
    }

    /// Whether no token was lost or made, in any pack (P7).
    pub(crate) fn is_conserved(&self) -> bool {
        self.packs.iter().all(|pack| pack.balance.is_conserved())
    }

    /// What it is, but for its charges, as [`Coded`].
    pub(crate) fn encode(&self, bytes: &mut Vec<u8>) {
        self.clock.encode(bytes);
        self.seen.encode(bytes);
        self.level.encode(bytes);
        self.chosen_plan.encode(bytes);
        self.open_products.encode(bytes);
        self.recent_ids.encode(bytes);
        self.packs.encode(bytes);
        self.subscriptions.encode(bytes);
        self.versions.encode(bytes);
        self.users.encode(bytes);
        self.usage.encode(bytes);
    }

    pub(crate) fn decode(bytes: &mut &[u8]) -> Result<Account, RestoreError> {
        let (clock, seen) = Coded::decode(bytes)?;
        let (level, (chosen_plan, open_products)) = Coded::decode(bytes)?;
        Ok(Account {
            clock,
            seen,
            level,
            chosen_plan,
            open_products,
            recent_ids: RecentIds::decode(bytes)?,
            packs: Packs::decode(bytes)?,
            subscriptions: Subscriptions::decode(bytes)?,
            versions: Names::decode(bytes)?,
            users: Users::decode(bytes)?,
            usage: Usage::decode(bytes)?,
            ..Account::new()
        })
    }

    /// Builds the indexes and timers anew after a snapshot was read.
    pub(crate) fn restore(
        &mut self,
        key: &HashKey,
        catalog: &Catalog,
        order: MakeBurnOrder,
    ) -> Result<(), RestoreError> {
        RestoreError::unless(catalog.holds(self.seen), "an account saw what is not there")?;
        let fits = self.open_products.as_ref().is_none_or(OpenProducts::is_restorable);
        RestoreError::unless(fits, "a list of open products is out of order")?;
        self.recent_ids.restore(key)?;
        self.packs.restore(key, order)?;
        self.versions.restore(key)?;
        self.users.restore(key)?;
        self.subscriptions.restore(key, self.users.held_seats())?;
        let counts = Counts {
            rulebooks: catalog.rulebook_count(),
            subscriptions: self.subscriptions.len(),
            versions: self.versions.len(),
        };
        self.charges.restore(self.users.len(), self.usage.product_count(), &self.packs)?;
        self.usage.restore(key, &mut self.users, &self.charges, &counts)?;
        self.set_timers();
        Ok(())
    }

    fn set_timers(&mut self) {
        for (id, pack) in ids(self.packs.len()).zip(self.packs.iter()) {
            if let Some(at) = pack.notice_at {
                self.timers.set(at, Timed::Notice(id));
            }
            if !pack.retired {
                self.timers.set(pack.expires_at, Timed::Expiry(id));
            }
        }
        for (session, at) in self.usage.set_lapse_timers() {
            self.timers.set(at, Timed::Lapse(session));
        }
    }
}
