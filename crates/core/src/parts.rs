//! Parts of a ledger: some of its accounts, and the whole catalog.

use std::mem;

use crate::account::Account;
use crate::ledger::Ledger;
use crate::state::names::Names;

impl Ledger {
    /// Parts the accounts. Each part knows the whole catalog.
    pub(crate) fn part(self, parts: usize, part_of: impl Fn(&str) -> usize) -> Vec<Ledger> {
        let Ledger { key, catalog, names, accounts, new_account } = self;
        let empty =
            Ledger { key, catalog, names: Names::default(), accounts: Vec::new(), new_account };
        let mut ledgers = vec![empty; parts];
        for (number, account) in (0..).zip(accounts) {
            let name = names.name(number);
            ledgers[part_of(name)].take_in(name, account);
        }
        ledgers
    }

    /// Takes in the accounts of another part.
    pub(crate) fn absorb(&mut self, part: Ledger) {
        self.accounts.reserve(part.accounts.len());
        for (number, account) in (0..).zip(part.accounts) {
            self.take_in(part.names.name(number), account);
        }
    }

    /// Puts the accounts in byte order of their names, so that nothing shows in which they came.
    pub(crate) fn sort(&mut self) {
        let order = self.in_name_order();
        let names = mem::take(&mut self.names);
        let mut accounts: Vec<_> = mem::take(&mut self.accounts).into_iter().map(Some).collect();
        for number in order {
            if let Some(account) = accounts[number as usize].take() {
                self.take_in(names.name(number), account);
            }
        }
    }

    fn take_in(&mut self, name: &str, account: Account) {
        let number = self.names.number(self.key.hashed(name));
        assert_eq!(number as usize, self.accounts.len(), "two parts have an account `{name}`");
        self.accounts.push(account);
    }
}
