//! Rows as the history has them: who used a product goes on using it.

use std::collections::BTreeMap;

use tallyfold_core::Tokens;

use super::{DaysAMonth, Need};
use crate::cells::Cell;
use crate::reports::{ReportedAccount, Reports};
use crate::row::{row, words};
use crate::tally::{Counted, Tally};

/// What the history proposes, and what of it no row stands for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proposal {
    /// A row for each product that was used on some day and has a rate per day.
    pub needs: Vec<Need>,
    /// Tokens that the period used and no row stands for.
    pub left_out: Vec<LeftOut>,
}

row! {
    /// Tokens of a product that an estimate leaves out.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct LeftOut {
        /// The product.
        pub product: String,
        /// How many tokens the period used for it.
        pub tokens_used: Tokens,
        /// Why.
        pub why: WhyLeftOut,
    }
}

/// Why an estimate leaves something out.
///
/// Exhaustive: who shows an estimate must be able to say why something is not in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WhyLeftOut {
    /// They were for results, of which no row tells how many there will be.
    Results,
    /// The product has no rate per day.
    NoRate,
}

words!(WhyLeftOut { Results = "results", NoRate = "no_rate" });

impl Reports<'_> {
    /// Proposes rows for so many months, at these rates per day. Days a month are those of
    /// `docs/reports.md`, as an average over the users with a day of use.
    #[must_use]
    pub fn proposal(&self, rates: &BTreeMap<String, Tokens>, months: u64) -> Proposal {
        let mut proposal = Proposal::default();
        for account in self.accounts() {
            let name = |cell: &Cell| self.usage.product_name(self.usage.product(cell));
            for (product, tally) in account.tallies(account.token_cells(), name) {
                let rate = rates.get(product).copied();
                proposal.add(account, product, tally, (rate, months));
            }
        }
        proposal
    }
}

impl Proposal {
    fn add(
        &mut self,
        account: &ReportedAccount<'_>,
        product: &str,
        mut tally: Tally,
        (rate, months): (Option<Tokens>, u64),
    ) {
        let Counted { days_of_use, days_by_user, .. } = tally.count();
        let users = days_by_user.iter().filter(|days| **days > 0).count();
        let mut leave_out = |tokens_used, why| {
            self.left_out.push(LeftOut { product: product.to_owned(), tokens_used, why });
        };
        if tally.results > 0 {
            leave_out(tally.tokens_used - tally.tokens_of_days, WhyLeftOut::Results);
        }
        match rate {
            _ if users == 0 => {}
            None => leave_out(tally.tokens_of_days, WhyLeftOut::NoRate),
            Some(rate) => {
                let days = account.observed.days_per_month(days_of_use).over(users as u128);
                let (product, users) = (product.to_owned(), users as u64);
                let days_a_month = DaysAMonth::of(days);
                self.needs.push(Need { product, users, days_a_month, months, rate });
            }
        }
    }
}
