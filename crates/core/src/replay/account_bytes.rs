//! One account as bytes: what it is, in an order that is written down here.

use crate::ledger::Ledger;
use crate::rules;
use crate::state::RestoreError;
use crate::state::account::Account;
use crate::state::catalog::Catalog;
use crate::state::charges::ChargePart;
use crate::state::names::{HashKey, Names};

/// An account and what it sees of the catalog, to be written as bytes.
///
/// The bytes say what the account is: they do not depend on how it lies in memory, on the hash key,
/// or on whether it was read from bytes before. Two accounts with the same bytes answer every event
/// alike. What grows with every charge is written in parts, so that a snapshot need only write
/// those that changed.
///
/// ```
/// use tallyfold_core::*;
///
/// let mut ledger = Ledger::default();
/// ledger.apply(
///     &Event::Account(AccountEvent {
///         account: Name::new("acme")?,
///         at: "2026-01-02T00:00:00Z".parse()?,
///         id: None,
///         action: Action::PackPurchased(PackPurchased {
///             pack: Name::new("P1")?,
///             tokens: PackTokens::new(Tokens::whole(100))?,
///         }),
///     }),
///     &mut (),
/// )?;
/// let bytes = ledger.account_bytes("acme").ok_or("no such account")?;
/// let parts: Vec<Vec<u8>> = (0..bytes.charge_parts().count()).map(|it| bytes.charges(it)).collect();
/// let parts = parts.iter().map(|part| &part[..]);
/// let key = HashKey::default();
/// let read = Ledger::from_account_bytes("acme", &bytes.catalog(), &bytes.body(), parts, key)?;
/// assert_eq!(read.account("acme").map(|it| it.at_last_event().tokens().available), Some(Tokens::whole(100)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct AccountBytes<'a> {
    account: &'a Account,
    catalog: &'a Catalog,
}

impl AccountBytes<'_> {
    /// Which form the bytes have. It changes when the same account would be written otherwise.
    pub const FORM: u32 = 1;

    /// The catalog that the account sees.
    #[must_use]
    pub fn catalog(self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.catalog.encode(&mut bytes);
        bytes
    }

    /// The account, but for its charges.
    #[must_use]
    pub fn body(self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.account.encode(&mut bytes);
        bytes
    }

    /// The parts in which the charges are written. One whose value here is as it was has not changed.
    pub fn charge_parts(self) -> impl Iterator<Item = ChargePart> {
        self.account.charges.parts()
    }

    /// One part of the charges.
    #[must_use]
    pub fn charges(self, part: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.account.charges.encode_part(part, &mut bytes);
        bytes
    }
}

impl Ledger {
    /// An account, to be written as bytes. `None` where no event was applied to it.
    #[must_use]
    pub fn account_bytes(&self, account: &str) -> Option<AccountBytes<'_>> {
        let account = self.get(self.find(account)?);
        Some(AccountBytes { account, catalog: &self.catalog })
    }

    /// The ledger of one account and of the catalog that it saw, read from its bytes.
    ///
    /// # Errors
    ///
    /// [`RestoreError`] where the bytes are of another form, or do not fit together.
    pub fn from_account_bytes<'b>(
        account: &str,
        catalog: &[u8],
        body: &[u8],
        charges: impl IntoIterator<Item = &'b [u8]>,
        key: HashKey,
    ) -> Result<Ledger, RestoreError> {
        let mut catalog = whole(catalog, Catalog::decode)?;
        catalog.restore(&key)?;
        let mut it = whole(body, Account::decode)?;
        for part in charges {
            it.charges.decode_part(part)?;
        }
        it.restore(&key, &catalog, rules::packs::burn_order)?;
        let mut names = Names::default();
        names.find_or_add(key.hashed(account));
        Ok(Ledger { key, catalog, names, accounts: vec![it], new_account: Account::new() })
    }
}

/// Reads something that takes all the bytes.
fn whole<T>(
    mut bytes: &[u8],
    read: impl FnOnce(&mut &[u8]) -> Result<T, RestoreError>,
) -> Result<T, RestoreError> {
    let value = read(&mut bytes)?;
    RestoreError::unless(bytes.is_empty(), "it is longer than it should be")?;
    Ok(value)
}
