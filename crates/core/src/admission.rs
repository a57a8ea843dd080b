//! May this user open this product, and what will it cost: an open, asked but not made (W2).

use crate::account::Account;
use crate::ledger::Ledger;
use crate::refusal::{Finding, Refusal};
use crate::rules::Cover;
use crate::state::index::NOWHERE;
use crate::time::Instant;
use crate::tokens::Tokens;
use crate::turn::View;

/// What an open would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admission<'a> {
    /// It joins a window in force, free.
    Joins {
        /// The charge of the window.
        charge: u64,
        /// The first instant after the window.
        until: Instant,
    },
    /// A subscription covers it: a charge of 0 tokens.
    Covered {
        /// The subscription.
        subscription: &'a str,
        /// The first instant after the window.
        until: Instant,
    },
    /// It costs tokens.
    Charged {
        /// How many.
        tokens: Tokens,
        /// From which packs, in burn order.
        postings: Vec<(&'a str, Tokens)>,
        /// The first instant after the window.
        until: Instant,
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
        at: Instant,
    ) -> Result<Admission<'_>, Finding> {
        let view = self.view_seen(self.catalog.seen_at(at));
        let account = self.account_or_new(account);
        if at < account.clock {
            return Err(Finding::LateEvent);
        }
        Ok(account.admit(view, user, product, at))
    }
}

impl Account {
    fn admit(&self, view: View<'_>, user: &str, product: &str, at: Instant) -> Admission<'_> {
        let (user, product) = (view.key.hashed(user), view.key.hashed(product));
        let known = self.uses.find((user, product), NOWHERE);
        if let Some(window) = self.window_to_join(known, at) {
            return Admission::Joins { charge: window.charge, until: window.ends };
        }
        let mut takings = Vec::new();
        let until = at + view.rulebook().window();
        match self.cover(view, known.user, product, at, &mut takings) {
            Err(refusal) => Admission::Refused(refusal),
            Ok(Cover::Subscription(number)) => Admission::Covered {
                subscription: self.subscriptions.name(number),
                until: until.min(self.subscriptions.get(number).ends),
            },
            Ok(Cover::Tokens(tokens)) => {
                let named = takings.iter().map(|&(pack, part)| (self.packs.name(pack), part));
                Admission::Charged { tokens, postings: named.collect(), until }
            }
        }
    }
}
