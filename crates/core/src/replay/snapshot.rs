//! A snapshot of a ledger: it changes the cost of a replay, never its meaning.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::ledger::Ledger;
use crate::rules;
use crate::state::RestoreError;
use crate::state::account::Account;
use crate::state::catalog::Catalog;
use crate::state::ids::AccountId;
use crate::state::names::{HashKey, Names};

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
    names: Cow<'a, Names<AccountId>>,
    accounts: Cow<'a, [Account]>,
}

impl Snapshot<'_> {
    /// Which form of state a snapshot holds. It changes whenever the same log would be folded into
    /// another state.
    pub const VERSION: u32 = 5;
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
            account.restore(&key, &ledger.catalog, rules::packs::burn_order)?;
        }
        Ok(ledger)
    }
}
