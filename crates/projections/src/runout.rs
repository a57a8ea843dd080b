//! When the tokens run out at an even daily use, or what expires before it is used.

use chrono::NaiveDate;
use tallyfold_core::Tokens;

use crate::ratio::Exact;

/// A pack that holds tokens at the as-of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PackLeft {
    /// The last day that begins before the pack expires.
    pub(crate) last_day: NaiveDate,
    pub(crate) available: Tokens,
}

/// What becomes of the packs when the use goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RunOut {
    /// From this day on they hold less than a day's use.
    On(NaiveDate),
    /// All expire first; so much of them was not used.
    Expires(Tokens),
}

impl RunOut {
    pub(crate) fn day(self) -> Option<NaiveDate> {
        match self {
            RunOut::On(day) => Some(day),
            RunOut::Expires(_) => None,
        }
    }

    pub(crate) fn unused(self) -> Option<Tokens> {
        match self {
            RunOut::Expires(tokens) => Some(tokens),
            RunOut::On(_) => None,
        }
    }
}

/// What becomes of packs, in burn order, when `used` tokens in `days` days go on being used from
/// the day after `today` on. A pack is used on every day that begins before it expires.
pub(crate) fn run_out(packs: &[PackLeft], used: Tokens, days: u64, today: NaiveDate) -> RunOut {
    let held: Tokens = packs.iter().map(|pack| pack.available).sum();
    let tomorrow = today.succ_opt().unwrap_or(today);
    if used.is_zero() {
        return RunOut::Expires(held);
    }
    if held.is_zero() {
        return RunOut::On(tomorrow);
    }
    let mut burning = Burning::of(packs, used, days);
    let mut day = tomorrow;
    while let Some(last_day) = burning.next_expiry(day) {
        let lasts = burning.days_it_lasts();
        let until_then = last_day.signed_duration_since(day).num_days().unsigned_abs() + 1;
        if lasts < u128::from(until_then) {
            return RunOut::On(later(day, lasts));
        }
        burning.burn(until_then);
        day = later(day, until_then.into());
    }
    RunOut::Expires(burning.unused())
}

/// Packs as they burn. Amounts are in micro-tokens times the days of the average, so that each
/// day burns a whole number.
struct Burning {
    /// In burn order: the last day, and what is left.
    packs: Vec<(NaiveDate, u128)>,
    /// Each day in days of the average.
    a_day: u128,
    days: u128,
    expired: u128,
}

impl Burning {
    fn of(packs: &[PackLeft], used: Tokens, days: u64) -> Burning {
        let days = u128::from(days);
        let scaled = |tokens: Tokens| tokens.micros().unsigned_abs().saturating_mul(days);
        let packs = packs.iter().map(|pack| (pack.last_day, scaled(pack.available))).collect();
        Burning { packs, a_day: used.micros().unsigned_abs(), days, expired: 0 }
    }

    /// Lets expire what has as the day begins; the last day of the pack that expires next.
    fn next_expiry(&mut self, day: NaiveDate) -> Option<NaiveDate> {
        let Burning { packs, expired, .. } = self;
        packs.retain(|(last_day, left)| {
            let is_usable = day <= *last_day;
            *expired += if is_usable { 0 } else { *left };
            is_usable
        });
        packs.iter().map(|(last_day, _)| *last_day).min()
    }

    /// On how many days there is a day's use in the packs.
    fn days_it_lasts(&self) -> u128 {
        let held: u128 = self.packs.iter().map(|(_, left)| left).sum();
        held / self.a_day
    }

    fn burn(&mut self, days: u64) {
        let mut rest = self.a_day.saturating_mul(days.into());
        for (_, left) in &mut self.packs {
            let part = rest.min(*left);
            *left -= part;
            rest -= part;
        }
    }

    fn unused(&self) -> Tokens {
        Exact::of(self.expired, self.days).tokens()
    }
}

fn later(day: NaiveDate, days: u128) -> NaiveDate {
    let days = chrono::Days::new(u64::try_from(days).unwrap_or(u64::MAX));
    day.checked_add_days(days).unwrap_or(NaiveDate::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn left(packs: &[(&str, i64)]) -> Vec<PackLeft> {
        let pack = |(last_day, tokens): &(&str, i64)| PackLeft {
            last_day: day(last_day),
            available: Tokens::whole(*tokens),
        };
        packs.iter().map(pack).collect()
    }

    /// One token a day, as of the first of January.
    fn at_one_a_day(packs: &[(&str, i64)]) -> RunOut {
        run_out(&left(packs), Tokens::whole(31), 31, day("2026-01-01"))
    }

    #[test]
    fn tokens_run_out_on_the_first_day_that_is_not_paid_for() {
        // Ten tokens are used from the 2nd to the 11th.
        assert_eq!(at_one_a_day(&[("2026-12-31", 10)]), RunOut::On(day("2026-01-12")));
        assert_eq!(at_one_a_day(&[]), RunOut::On(day("2026-01-02")));
        // On the 6th the first pack is used up, on the 7th the second is begun.
        let packs = [("2026-01-20", 5), ("2026-12-31", 5)];
        assert_eq!(at_one_a_day(&packs), RunOut::On(day("2026-01-12")));
        // The first pack expires with 46 left; then there are 5 more days.
        let packs = [("2026-01-05", 50), ("2026-12-31", 5)];
        assert_eq!(at_one_a_day(&packs), RunOut::On(day("2026-01-11")));
    }

    #[test]
    fn what_expires_before_it_is_used_is_told() {
        let tokens = |tokens| RunOut::Expires(Tokens::whole(tokens));
        assert_eq!(at_one_a_day(&[("2026-01-11", 11)]), tokens(1));
        assert_eq!(at_one_a_day(&[("2026-01-11", 10)]), tokens(0));
        assert_eq!(at_one_a_day(&[("2026-01-01", 10)]), tokens(10));
        assert_eq!(at_one_a_day(&[("2026-01-03", 10), ("2026-01-05", 10)]), tokens(8 + 8));
        let nothing_used =
            run_out(&left(&[("2026-01-11", 3)]), Tokens::ZERO, 31, day("2026-01-01"));
        assert_eq!(nothing_used, tokens(3));
    }

    #[test]
    fn a_pack_with_half_a_days_use_does_not_pay_for_the_day() {
        let packs = left(&[("2026-12-31", 5)]);
        // Two thirds of a token a day: seven days take 4.666667.
        let third = run_out(&packs, Tokens::whole(20), 30, day("2026-01-01"));
        assert_eq!(third, RunOut::On(day("2026-01-09")));
        let expires =
            run_out(&left(&[("2026-01-02", 1)]), Tokens::whole(10), 30, day("2026-01-01"));
        assert_eq!(expires, RunOut::Expires(Tokens::from_micros(666_667)));
    }
}
