//! Cells added up, and people and days of use counted.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use tallyfold_core::Tokens;

use crate::cells::Cell;
use crate::uses::Use;

/// Who used what on which day; no day for results.
type Seen = (u32, u32, Option<NaiveDate>);

/// Cells of an account as they are added up. Twelve bytes a cell until it is counted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) tokens_used: Tokens,
    /// The part of it that was not for results.
    pub(crate) tokens_of_days: Tokens,
    pub(crate) refunded: Tokens,
    pub(crate) charges: u64,
    pub(crate) results: u64,
    seen: Vec<Seen>,
}

impl Tally {
    pub(crate) fn add(&mut self, usage: &Use, cell: &Cell) {
        self.tokens_used += cell.tokens_used();
        self.refunded += cell.refunded;
        self.charges += u64::from(cell.charges);
        self.results += cell.results;
        if !cell.is_result() {
            self.tokens_of_days += cell.tokens_used();
        }
        self.seen.push((usage.user, usage.product, cell.day_of_use()));
    }

    /// Counts people and days of use.
    pub(crate) fn count(&mut self) -> Counted {
        self.seen.sort_unstable();
        self.seen.dedup();
        let people = self.seen.chunk_by(|one, next| one.0 == next.0);
        let days = |of: &[Seen]| of.iter().filter(|(.., day)| day.is_some()).count() as u64;
        let days_by_user: Vec<u64> = people.map(days).collect();
        let products: BTreeSet<u32> = self.seen.iter().map(|(_, product, _)| *product).collect();
        Counted {
            users: days_by_user.len() as u64,
            products: products.len() as u64,
            days_of_use: days_by_user.iter().sum(),
            days_by_user,
        }
    }
}

/// How many people and days of use (`docs/reports.md`, How use is counted).
#[derive(Clone, Debug)]
pub(crate) struct Counted {
    /// People with at least one day of use or one result.
    pub(crate) users: u64,
    /// Products that somebody used.
    pub(crate) products: u64,
    /// Distinct (user, product, day) to which a charge other than for results belongs.
    pub(crate) days_of_use: u64,
    /// Days of use of each user; none of one who only had results.
    pub(crate) days_by_user: Vec<u64>,
}
