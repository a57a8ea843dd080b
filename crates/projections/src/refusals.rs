//! Who was refused what, and on which day.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::period::Period;

/// Denied opens and results of an account, results by their quantity.
#[derive(Clone, Debug, Default)]
pub(crate) struct Refusals(BTreeMap<(u32, NaiveDate), u64>);

impl Refusals {
    pub(crate) fn add(&mut self, user: u32, day: NaiveDate, quantity: u64) {
        *self.0.entry((user, day)).or_default() += quantity;
    }

    /// Everybody who was ever refused something.
    pub(crate) fn users(&self) -> impl Iterator<Item = u32> + '_ {
        self.0.keys().map(|(user, _)| *user)
    }

    /// How much a user was refused in a period.
    pub(crate) fn during(&self, user: u32, period: Period) -> u64 {
        let days = (user, period.from())..(user, period.to());
        self.0.range(days).map(|(_, quantity)| quantity).sum()
    }
}
