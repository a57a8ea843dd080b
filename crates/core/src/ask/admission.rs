//! May this user open this product, and what will it cost: an open, asked but not made (W2).

#[cfg(doc)]
use crate::spec::*;

use std::borrow::Cow;

use serde::{Serialize, Serializer};

use crate::event::own::owned;
use crate::event::{Timestamp, Tokens};
use crate::journal::{Finding, Posting, Refusal};
use crate::ledger::Ledger;
use crate::rules;
use crate::rules::context::EventView;
use crate::rules::cover::Cover;
use crate::state::account::Account;
use crate::state::usage::HashedUse;

owned! {
    /// What an open would do.
    ///
    /// ```
    /// use tallyfold_core::{Admission, Ledger, PackPurchased, RatePublished};
    ///
    /// let at = "2026-01-05T09:00:00Z".parse()?;
    /// let mut ledger = Ledger::default();
    /// ledger.apply(&RatePublished::per_day("AutoCAD", 7)?.from(at), &mut ())?;
    /// ledger.apply(&PackPurchased::new("P1", 100)?.on("acme", at)?, &mut ())?;
    ///
    /// let admission: Admission<'static> = ledger.admit("acme", "ana", "AutoCAD", at)?.into_owned();
    /// drop(ledger);
    /// assert_eq!(
    ///     serde_json::to_string(&admission)?,
    ///     r#"{"outcome":"admitted","cover":{"by":"tokens","tokens":7,"postings":[{"pack":"P1","tokens":7}]},"until":"2026-01-06T09:00:00Z"}"#,
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// Exhaustive: it says all that an open can come to ([W1], [W2]), and who asks must deal with each.
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
            subscription: Cow<'a, str>,
            /// The first instant after the window.
            until: Timestamp,
        },
        /// It costs tokens.
        Charged {
            /// How many.
            tokens: Tokens,
            /// From which packs, in burn order.
            postings: Vec<Posting<'a>>,
            /// The first instant after the window.
            until: Timestamp,
        },
        /// It is refused.
        Refused(Refusal),
    }
}

impl Serialize for Admission<'_> {
    /// An `outcome` that is `admitted`, with what covers the open, `until` when, and the `charge` of the
    /// window that it joins, if it does; or `denied`, with the `reason` and its `explanation` for people.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(tag = "outcome", rename_all = "snake_case")]
        enum Outcome<'a> {
            Admitted {
                #[serde(skip_serializing_if = "Option::is_none")]
                charge: Option<u64>,
                cover: CoveredBy<'a>,
                until: Timestamp,
            },
            Denied {
                reason: Refusal,
                explanation: String,
            },
        }

        #[derive(Serialize)]
        #[serde(tag = "by", rename_all = "snake_case")]
        enum CoveredBy<'a> {
            Joined,
            Subscription { subscription: &'a str },
            Tokens { tokens: Tokens, postings: &'a [Posting<'a>] },
        }

        let (charge, cover, until) = match self {
            Admission::Joins { charge, until } => (Some(*charge), CoveredBy::Joined, *until),
            Admission::Covered { subscription, until } => {
                (None, CoveredBy::Subscription { subscription }, *until)
            }
            Admission::Charged { tokens, postings, until } => {
                (None, CoveredBy::Tokens { tokens: *tokens, postings }, *until)
            }
            Admission::Refused(reason) => {
                let explanation = reason.to_string();
                return Outcome::Denied { reason: *reason, explanation }.serialize(serializer);
            }
        };
        Outcome::Admitted { charge, cover, until }.serialize(serializer)
    }
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
            subscription: account.subscriptions.name(id).into(),
            until: until.min(account.subscriptions.get(id).ends),
        },
        Ok(Cover::Tokens(takings)) => {
            let tokens = takings.total();
            let named = takings
                .iter()
                .map(|it| Posting { pack: account.packs.name(it.pack).into(), tokens: it.tokens });
            Admission::Charged { tokens, postings: named.collect(), until }
        }
    }
}
