//! Parts of a ledger: some of its accounts, and the whole catalog.

use std::collections::BTreeMap;
use std::mem;

use crate::event::Timestamp;
use crate::ledger::Ledger;
use crate::state::account::Account;
use crate::state::ids::{AccountId, Id, ids};
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

    /// The same, by the names of the accounts.
    pub(crate) fn by_name<T>(&self, accounts: BTreeMap<AccountId, T>) -> Vec<(String, T)> {
        let named = |(id, it)| (self.names.name(id).to_owned(), it);
        accounts.into_iter().map(named).collect()
    }

    /// Lets the ledger be as it was as of an instant: these accounts as they were before it, or not
    /// there yet, and the catalog without what came after it.
    pub(crate) fn go_back(
        &mut self,
        at: Timestamp,
        mut before: BTreeMap<AccountId, Option<Box<Account>>>,
    ) {
        self.catalog.forget_after(self.catalog.seen_at(at));
        if before.is_empty() {
            return;
        }
        let (names, accounts) = (mem::take(&mut self.names), mem::take(&mut self.accounts));
        for (id, account) in ids(accounts.len()).zip(accounts) {
            match before.remove(&id) {
                None => self.add_account(names.name(id), account),
                Some(Some(account)) => self.add_account(names.name(id), *account),
                Some(None) => {}
            }
        }
    }
}
