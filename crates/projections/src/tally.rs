//! Cells added up, and people and days of use counted.

use chrono::NaiveDate;
use tallyfold_core::Tokens;

use crate::cells::{Access, Cell};

/// Who used what on which day; no day for results.
type Seen = (u32, u32, u32, Option<NaiveDate>);

/// Cells as they are added up. Sixteen bytes a cell until it is counted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) tokens_used: Tokens,
    pub(crate) refunded: Tokens,
    pub(crate) charges: u64,
    seen: Vec<Seen>,
}

impl Tally {
    /// Adds a cell of an account; accounts are told apart by a number.
    pub(crate) fn add(&mut self, account: u32, product: u32, cell: &Cell) {
        let is_result = cell.access() == Access::Result;
        self.tokens_used += cell.tokens_used();
        self.refunded += cell.refunded;
        self.charges += u64::from(cell.charges);
        let day = (!is_result).then_some(cell.day);
        self.seen.push((account, cell.user, product, day));
    }

    /// Counts people and days of use.
    pub(crate) fn count(&mut self) -> Counted {
        self.seen.sort_unstable();
        self.seen.dedup();
        let people = self.seen.chunk_by(|one, next| (one.0, one.1) == (next.0, next.1));
        let days = |of: &[Seen]| of.iter().filter(|(.., day)| day.is_some()).count() as u64;
        let days_by_user: Vec<u64> = people.map(days).collect();
        Counted {
            users: days_by_user.len() as u64,
            days_of_use: days_by_user.iter().sum(),
            days_by_user,
        }
    }
}

/// How many people and days of use (`docs/reports.md`, Definitions).
#[derive(Clone, Debug)]
pub(crate) struct Counted {
    /// People with at least one day of use or one result.
    pub(crate) users: u64,
    /// Distinct (user, product, day) to which a charge other than for results belongs.
    pub(crate) days_of_use: u64,
    /// Days of use of each user; none of one who only had results.
    pub(crate) days_by_user: Vec<u64>,
}
