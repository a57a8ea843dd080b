//! An auditor's books: what log and journal have said so far, and nothing else.
//!
//! The laws look at an entry and at the books as they were before it. Whatever a journal says, the
//! books only write it down; the laws judge it.

mod account;
mod catalog;

use account::entry;
pub(crate) use account::{BookedAccount, BookedPack, BookedSession, Use, Window};
pub(crate) use catalog::Catalog;

use std::collections::HashMap;

use tallyfold_core::{Event, Finding, Record};

/// The books of all accounts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Books {
    pub(crate) catalog: Catalog,
    accounts: HashMap<String, BookedAccount>,
    nobody: BookedAccount,
}

impl Books {
    pub(crate) fn new(first_rulebook: tallyfold_core::Rulebook) -> Books {
        Books { catalog: Catalog::new(first_rulebook), ..Books::default() }
    }

    /// The books of an account; empty ones where it was not heard of.
    pub(crate) fn account(&self, name: &str) -> &BookedAccount {
        self.accounts.get(name).unwrap_or(&self.nobody)
    }

    /// Takes in the books of other accounts.
    pub(crate) fn merge(&mut self, other: Books) {
        self.accounts.extend(other.accounts);
    }

    /// Writes down an entry, decided by the event of line `line`, or by settling.
    pub(crate) fn post(&mut self, line: u64, event: Option<&Event<'_>>, record: &Record<'_>) {
        let seen = event.map(|event| *self.catalog.rulebook(event.at()));
        let account = entry(&mut self.accounts, &record.account);
        account.post(line, seen, record);
    }

    /// Writes down an event whose entries were all posted.
    pub(crate) fn close_turn(&mut self, event: &Event<'_>, result: Result<(), Finding>) {
        if result.is_err() {
            return;
        }
        match event {
            Event::Catalog(event) => self.catalog.change(event),
            Event::Account(event) => {
                let seen = *self.catalog.rulebook(event.at);
                entry(&mut self.accounts, &event.account).contact(event, seen);
            }
        }
    }
}
