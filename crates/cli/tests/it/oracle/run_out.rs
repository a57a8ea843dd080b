//! When the tokens run out, or what of them expires unused.

use chrono::NaiveDate;

use super::account::Pack;
use super::calendar::{DAY, Zone, day_after};
use super::fraction::Fraction;
use super::view::{View, used};

/// The packs of the as-of as they burn at the average daily use: `run_out` and `expires_unused`.
pub(crate) fn run_out(view: &View<'_>) -> (Option<NaiveDate>, Option<Fraction>) {
    let charges = view.paid_with_tokens();
    let Some(average) = view.average_per_day(used(&charges)) else { return (None, None) };
    let available = Fraction::amount(view.account.available());
    if average.is_zero() {
        return (None, Some(available));
    }
    let tomorrow = day_after(view.today());
    if available.is_zero() {
        return (Some(tomorrow), None);
    }
    let mut packs = burning(view);
    let mut day = tomorrow;
    loop {
        if packs.iter().all(|pack| pack.gone_on <= day) {
            return (None, Some(sum(&packs)));
        }
        let burns: Vec<_> = packs.iter_mut().filter(|pack| pack.gone_on > day).collect();
        let held = burns.iter().fold(Fraction::ZERO, |sum, pack| sum.plus(pack.holds));
        if held.is_less_than(average) {
            return (Some(day), None);
        }
        let mut due = average;
        for pack in burns {
            let taken = if pack.holds.is_less_than(due) { pack.holds } else { due };
            (pack.holds, due) = (pack.holds.minus(taken), due.minus(taken));
        }
        day = day_after(day);
    }
}

/// A pack that holds tokens at the as-of.
struct Burning {
    holds: Fraction,
    /// The first day that begins when it has expired.
    gone_on: NaiveDate,
}

/// The packs that hold tokens, in burn order (P3): the UTC date of expiry, then the smaller as bought, then the earlier
/// expiry, then log order.
fn burning(view: &View<'_>) -> Vec<Burning> {
    let mut packs: Vec<&Pack> =
        view.account.packs.iter().filter(|pack| pack.available > 0).collect();
    packs.sort_by_key(|pack| (pack.expires_at.div_euclid(DAY), pack.size, pack.expires_at));
    let burning = |pack: &Pack| Burning {
        holds: Fraction::amount(pack.available),
        gone_on: first_day_without(pack, view.zone),
    };
    packs.into_iter().map(burning).collect()
}

fn first_day_without(pack: &Pack, zone: Zone) -> NaiveDate {
    let mut day = zone.date(pack.expires_at).pred_opt().unwrap();
    while zone.start_of(day) < pack.expires_at {
        day = day_after(day);
    }
    day
}

fn sum(packs: &[Burning]) -> Fraction {
    packs.iter().fold(Fraction::ZERO, |sum, pack| sum.plus(pack.holds))
}
