//! Parts of a ledger: some of its accounts, and the whole catalog.

use std::mem;

use crate::ledger::Ledger;
use crate::state::account::Account;
use crate::state::ids::{Id, ids};
use crate::state::names::Names;

impl Ledger {
    /// Splits the accounts. Each part knows the whole catalog.
    pub(crate) fn split(self, parts: usize, part_of: impl Fn(&str) -> usize) -> Vec<Ledger> {
        let Ledger { key, catalog, names, accounts, new_account } = self;
        let empty =
            Ledger { key, catalog, names: Names::default(), accounts: Vec::new(), new_account };
        let mut ledgers = vec![empty; parts];
        for (id, account) in ids(accounts.len()).zip(accounts) {
            let name = names.name(id);
            ledgers[part_of(name)].add_account(name, account);
        }
        ledgers
    }

    /// Takes in the accounts of another part.
    pub(crate) fn merge(&mut self, part: Ledger) {
        self.accounts.reserve(part.accounts.len());
        for (id, account) in ids(part.accounts.len()).zip(part.accounts) {
            self.add_account(part.names.name(id), account);
        }
    }

    /// Puts the accounts in byte order of their names, so that nothing shows in which they came.
    pub(crate) fn sort(&mut self) {
        let order = self.in_name_order();
        let names = mem::take(&mut self.names);
        let mut accounts: Vec<_> = mem::take(&mut self.accounts).into_iter().map(Some).collect();
        for id in order {
            if let Some(account) = accounts[id.place()].take() {
                self.add_account(names.name(id), account);
            }
        }
    }

    fn add_account(&mut self, name: &str, account: Account) {
        let id = self.names.find_or_add(self.key.hashed(name));
        assert_eq!(id.place(), self.accounts.len(), "two parts have an account `{name}`");
        self.accounts.push(account);
    }
}
