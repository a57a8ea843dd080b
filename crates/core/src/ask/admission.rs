//! May this user open this product, and what will it cost: an open, asked but not made (W2).

use crate::event::{Timestamp, Tokens};
use crate::journal::{Finding, Refusal};
use crate::ledger::Ledger;
use crate::rules;
use crate::rules::context::EventView;
use crate::rules::cover::Cover;
use crate::state::account::Account;
use crate::state::usage::HashedUse;

/// What an open would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admission<'a> {
    /// It joins a window in force, free.
    Joins {
        /// The charge of the window.
        charge: u64,
        /// The first instant after the window.
        until: Timestamp,
    },
    /// A subscription covers it: a charge of 0 tokens.
    Covered {
        /// The subscription.
        subscription: &'a str,
        /// The first instant after the window.
        until: Timestamp,
    },
    /// It costs tokens.
    Charged {
        /// How many.
        tokens: Tokens,
        /// From which packs, in burn order.
        postings: Vec<(&'a str, Tokens)>,
        /// The first instant after the window.
        until: Timestamp,
    },
    /// It is refused.
    Refused(Refusal),
}

impl Ledger {
    /// What an open would do at `at`, decided by the code that decides the real one. Changes
    /// nothing.
    ///
    /// # Errors
    ///
    /// [`Finding::LateEvent`] where `at` is before the account's clock.
    pub fn admit(
        &self,
        account: &str,
        user: &str,
        product: &str,
        at: Timestamp,
    ) -> Result<Admission<'_>, Finding> {
        let catalog = self.catalog_view(self.catalog.seen_at(at));
        let account = self.account_or_new(account);
        if at < account.clock {
            return Err(Finding::LateEvent);
        }
        let (user, product) = (self.key.hashed(user), self.key.hashed(product));
        let names = HashedUse { user, product, hint: None };
        Ok(admit(account, &EventView::at(at, catalog), &names))
    }
}

fn admit<'a>(account: &'a Account, view: &EventView<'_>, names: &HashedUse<'_>) -> Admission<'a> {
    let known = account.find_use(names);
    if let Some(window) = rules::windows::to_join(account, known, view.at) {
        return Admission::Joins { charge: window.charge.0, until: window.ends };
    }
    let until = view.at + view.rulebook().window();
    match rules::cover::of(account, view, known.user, names.product) {
        Err(refusal) => Admission::Refused(refusal),
        Ok(Cover::Subscription(id)) => Admission::Covered {
            subscription: account.subscriptions.name(id),
            until: until.min(account.subscriptions.get(id).ends),
        },
        Ok(Cover::Tokens(takings)) => {
            let tokens = takings.total();
            let named = takings.iter().map(|it| (account.packs.name(it.pack), it.tokens));
            Admission::Charged { tokens, postings: named.collect(), until }
        }
    }
}
