//! What happened on which day, other than charges of windows.

use chrono::NaiveDate;
use tallyfold_core::Tokens;

use crate::period::Period;

/// What happened on a day, other than charges of windows.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Day {
    pub(crate) day: NaiveDate,
    pub(crate) denied_opens: u64,
    /// Results that were denied, by their quantity.
    pub(crate) denied_results: u64,
    pub(crate) locked_out: u64,
    pub(crate) unpaid: u64,
    /// How many results were charged.
    pub(crate) results: u64,
    pub(crate) expired: Tokens,
    /// What was available after the last entry of that day.
    pub(crate) balance_end: Tokens,
}

/// The days of an account on which anything happened, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Days(Vec<Day>);

impl Days {
    /// A day, which comes to be if it was not. Nearly always it is the last.
    pub(crate) fn on(&mut self, day: NaiveDate) -> &mut Day {
        let place = match self.0.last() {
            Some(last) if last.day == day => self.0.len() - 1,
            _ => self.place(day),
        };
        &mut self.0[place]
    }

    fn place(&mut self, day: NaiveDate) -> usize {
        let place = self.0.partition_point(|it| it.day < day);
        if self.0.get(place).is_none_or(|it| it.day != day) {
            let balance_end =
                place.checked_sub(1).map_or(Tokens::ZERO, |it| self.0[it].balance_end);
            self.0.insert(place, Day { day, balance_end, ..Day::default() });
        }
        place
    }

    /// The days of a period.
    pub(crate) fn during(&self, period: Period) -> &[Day] {
        let place = |day: NaiveDate| self.0.partition_point(|it| it.day < day);
        &self.0[place(period.from())..place(period.to())]
    }

    /// What was available at the end of a day; nothing before the first.
    pub(crate) fn balance_at_end_of(&self, day: NaiveDate) -> Tokens {
        let later = self.0.partition_point(|it| it.day <= day);
        later.checked_sub(1).map_or(Tokens::ZERO, |place| self.0[place].balance_end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// In Alaska the 18th of October 1867 came twice.
    #[test]
    fn days_are_in_order_and_there_once_in_whatever_order_they_come() {
        let day = |of_year| NaiveDate::from_yo_opt(1867, of_year).unwrap_or_default();
        let mut days = Days::default();
        for (of_year, balance) in [(290, 1), (292, 2), (291, 3), (292, 4), (290, 5)] {
            days.on(day(of_year)).balance_end = Tokens::whole(balance);
        }
        let listed: Vec<_> = days.0.iter().map(|it| (it.day, it.balance_end)).collect();
        let expected = [(290, 5), (291, 3), (292, 4)];
        assert_eq!(listed, expected.map(|(of_year, n)| (day(of_year), Tokens::whole(n))));
        assert_eq!(days.on(day(293)).balance_end, Tokens::whole(4));
    }
}
