//! A snapshot of a ledger: it changes the cost of a replay, never its meaning.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::account::Account;
use crate::ledger::Ledger;
use crate::state::catalog::Catalog;
use crate::state::names::{HashKey, Names};
use crate::state::timers::TimerKind;

/// All that a ledger knows, in a form that serde can write and read.
///
/// Folding on after [`Ledger::restore`] gives the same journal as never having stopped. The form
/// is bound to this version of the crate: a snapshot is a cache, not an archive.
///
/// ```
/// use tallyfold_core::{HashKey, Ledger, Snapshot};
///
/// let ledger = Ledger::default();
/// let json = serde_json::to_string(&ledger.snapshot())?;
/// let snapshot: Snapshot<'_> = serde_json::from_str(&json)?;
/// let restored = Ledger::restore(snapshot, HashKey::default())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Snapshot<'a> {
    version: u32,
    catalog: Cow<'a, Catalog>,
    names: Cow<'a, Names>,
    accounts: Cow<'a, [Account]>,
}

impl Snapshot<'_> {
    /// Which form of state a snapshot holds. It changes whenever the same log would be folded into
    /// another state.
    pub const VERSION: u32 = 4;
}

/// Why a snapshot cannot be restored: it is damaged, or of another version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the snapshot cannot be used: {0}; replay the log from its start instead")]
pub struct RestoreError(pub(crate) &'static str);

impl RestoreError {
    pub(crate) fn unless(holds: bool, problem: &'static str) -> Result<(), RestoreError> {
        if holds { Ok(()) } else { Err(RestoreError(problem)) }
    }
}

impl Ledger {
    /// All that the ledger knows.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot<'_> {
        Snapshot {
            version: Snapshot::VERSION,
            catalog: Cow::Borrowed(&self.catalog),
            names: Cow::Borrowed(&self.names),
            accounts: Cow::Borrowed(&self.accounts),
        }
    }

    /// The ledger as it was when the snapshot was taken.
    ///
    /// # Errors
    ///
    /// [`RestoreError`] where the snapshot is of another version, or does not fit together.
    pub fn restore(snapshot: Snapshot<'_>, key: HashKey) -> Result<Ledger, RestoreError> {
        RestoreError::unless(snapshot.version == Snapshot::VERSION, "it is of another version")?;
        let mut ledger = Ledger {
            key: key.clone(),
            catalog: snapshot.catalog.into_owned(),
            names: snapshot.names.into_owned(),
            accounts: snapshot.accounts.into_owned(),
            new_account: Account::new(),
        };
        ledger.catalog.restore(&key)?;
        ledger.names.restore(&key)?;
        let fits = ledger.names.len() == ledger.accounts.len();
        RestoreError::unless(fits, "accounts and names differ")?;
        for account in &mut ledger.accounts {
            account.restore(&key, &ledger.catalog)?;
        }
        Ok(ledger)
    }
}

impl Account {
    /// Builds the indexes and timers anew.
    pub(crate) fn restore(&mut self, key: &HashKey, catalog: &Catalog) -> Result<(), RestoreError> {
        RestoreError::unless(catalog.holds(self.seen), "an account saw what is not there")?;
        let fits = self.open_products.as_ref().is_none_or(|open| open.is_restorable());
        RestoreError::unless(fits, "a list of open products is out of order")?;
        self.applied.restore(key)?;
        self.packs.restore(key)?;
        self.versions.restore(key)?;
        self.subscriptions.restore(key, self.uses.held_seats())?;
        let rulebooks = catalog.rulebook_count();
        self.uses.restore(key, rulebooks, self.subscriptions.len(), &self.charges)?;
        let (users, products) = (self.uses.users.len(), self.uses.products.len());
        self.charges.restore(users, products, &self.packs)?;
        self.sessions.restore(key, self.versions.len(), &self.uses.chains())?;
        self.set_timers();
        Ok(())
    }

    fn set_timers(&mut self) {
        for number in 0..self.packs.len() as u32 {
            let pack = self.packs.get(number);
            if let Some(at) = pack.notice_at {
                self.timers.set(at, TimerKind::Notice, number);
            }
            if !self.packs.is_retired(number) {
                self.timers.set(pack.expires_at, TimerKind::Expiry, number);
            }
        }
        for (session, at) in self.sessions.set_timers() {
            self.timers.set(at, TimerKind::Lapse, session);
        }
    }
}
