//! What to buy: tokens that will be needed, and the cheapest packs that cover them.

use serde::Serialize;
use tallyfold_core::{Instant, Span, Tokens};

use crate::money::Money;
use crate::ratio::{Tenths, portion};

/// So many users who will use a product so many days a month for so many months.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Need {
    /// The product.
    pub product: String,
    /// How many people.
    pub users: u64,
    /// Days a month, each of them.
    pub days_a_month: Tenths,
    /// For how many months from now.
    pub months: u64,
    /// What a day costs.
    pub rate: Tokens,
}

impl Need {
    /// The most users that are estimated for.
    pub const MOST_USERS: u64 = 1_000_000_000;
    /// The most months: a hundred years.
    pub const MOST_MONTHS: u64 = 1_200;

    /// Whether there are so many users, days and months; more cannot be meant.
    fn is_sane(&self) -> bool {
        self.users <= Need::MOST_USERS
            && self.days_a_month <= Tenths::of(31, 1)
            && self.months <= Need::MOST_MONTHS
    }

    /// What it takes a month.
    #[must_use]
    pub fn tokens_a_month(&self) -> Tokens {
        portion(self.rate, self.users.saturating_mul(self.days_a_month.tenths()), 10)
    }

    /// What it takes in all.
    #[must_use]
    pub fn tokens(&self) -> Tokens {
        portion(self.tokens_a_month(), self.months, 1)
    }
}

/// A pack that can be bought.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Offer {
    /// How many tokens it holds.
    pub size: u64,
    /// What it costs.
    pub price: Money,
}

/// What will be needed, what is there, and what to buy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Estimate {
    /// Tokens needed in the first month.
    pub needed_a_month: Tokens,
    /// Tokens needed in all.
    pub needed: Tokens,
    /// What is left in usable packs.
    pub available: Tokens,
    /// How much of the need the present packs cover before they expire.
    pub covered: Tokens,
    /// What of the present packs expires unused.
    pub expiring_unused: Tokens,
    /// What must be bought.
    pub missing: Tokens,
    /// The cheapest packs that cover it, the largest first, with how many of each.
    pub packs: Vec<(Offer, u64)>,
    /// What they cost; `None` where no pack is on offer.
    pub price: Option<Money>,
    /// What they hold more than is missing; `None` where no pack is on offer.
    pub left_over: Option<Tokens>,
}

/// What is missing cannot be bought.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EstimateError {
    /// Tokens are missing and no pack is on offer.
    #[error("no pack on offer holds a token")]
    NoOffer,
    /// A row is out of bounds.
    #[error("a row has at most 1,000,000,000 users, 31 days a month and 1,200 months")]
    TooMuch,
    /// The sizes differ so little that the cheapest set takes too long to find.
    #[error(
        "the cheapest of so many sets of packs cannot be found exactly; offer fewer, or rounder, sizes"
    )]
    TooFine,
}

/// Estimates what to buy.
///
/// `packs` are the present ones, as expiry and what is left. Months are 30.4375 days; within one
/// the need is even.
///
/// # Errors
///
/// [`EstimateError`] where a row is out of bounds, or the cheapest packs are too hard to find. With
/// no pack on offer the estimate says what is missing, and no price.
///
/// ```
/// use tallyfold_core::Tokens;
/// use tallyfold_projections::estimate::{Need, Offer, estimate};
/// use tallyfold_projections::Tenths;
///
/// let need = Need {
///     product: "AutoCAD".into(),
///     users: 10,
///     days_a_month: Tenths::of(4, 1),
///     months: 3,
///     rate: Tokens::whole(7),
/// };
/// let offers = [
///     Offer { size: 500, price: "1500".parse()? },
///     Offer { size: 100, price: "330".parse()? },
/// ];
/// let estimate = estimate(&[need], &[], "2026-01-01T00:00:00Z".parse()?, &offers)?;
/// assert_eq!(estimate.needed, Tokens::whole(840));
/// // 500 + 4 × 100 costs 2,820; two packs of 500 would be 3,000.
/// assert_eq!(estimate.price, Some("2820".parse()?));
/// assert_eq!(estimate.left_over, Some(Tokens::whole(60)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn estimate(
    needs: &[Need],
    packs: &[(Instant, Tokens)],
    now: Instant,
    offers: &[Offer],
) -> Result<Estimate, EstimateError> {
    if !needs.iter().all(Need::is_sane) {
        return Err(EstimateError::TooMuch);
    }
    let needed = needs.iter().map(Need::tokens).sum();
    let available: Tokens = packs.iter().map(|(_, left)| *left).sum();
    let covered = covered(needs, packs, now);
    let missing = needed - covered;
    let packs = if offers.is_empty() { Vec::new() } else { cheapest(missing, offers)? };
    let price = packs.iter().fold(Money::ZERO, |sum, (offer, n)| sum + offer.price.many(*n));
    let bought: Tokens = packs.iter().map(|(it, n)| portion(whole(it.size), *n, 1)).sum();
    let is_offered = !offers.is_empty();
    Ok(Estimate {
        needed_a_month: needs.iter().filter(|it| it.months > 0).map(Need::tokens_a_month).sum(),
        needed,
        available,
        covered,
        expiring_unused: available - covered,
        missing,
        packs,
        price: is_offered.then_some(price),
        left_over: is_offered.then(|| bought - missing),
    })
}

fn whole(tokens: u64) -> Tokens {
    Tokens::from_micros(i128::from(tokens) * 1_000_000)
}

/// 30.4375 days.
const MONTH: Span = Span::hours(730);
const REST_OF_MONTH: Span = Span::minutes(30);

/// How much of the need present packs cover, the earliest-expiring first.
fn covered(needs: &[Need], packs: &[(Instant, Tokens)], now: Instant) -> Tokens {
    let mut packs = packs.to_vec();
    packs.sort_unstable();
    let months = needs.iter().map(|need| need.months).max().unwrap_or(0);
    let (mut from, mut covered) = (now, Tokens::ZERO);
    for month in 0..months {
        if packs.iter().all(|(expires_at, left)| left.is_zero() || *expires_at <= from) {
            break;
        }
        let needed =
            needs.iter().filter(|need| month < need.months).map(Need::tokens_a_month).sum();
        let to = from + MONTH + REST_OF_MONTH;
        covered += cover_month(&mut packs, needed, from, to);
        from = to;
    }
    covered
}

/// Takes a month's need from packs, evenly over the month: from each what it can give until it
/// expires.
fn cover_month(
    packs: &mut [(Instant, Tokens)],
    needed: Tokens,
    from: Instant,
    to: Instant,
) -> Tokens {
    let month = (to - from).nanos().unsigned_abs();
    let mut taken = Tokens::ZERO;
    for (expires_at, left) in packs.iter_mut().filter(|(expires_at, _)| *expires_at > from) {
        let until = ((*expires_at).min(to) - from).nanos().unsigned_abs();
        let by_then = portion(needed, until, month);
        let part = (*left).min((by_then - taken).max(Tokens::ZERO));
        *left -= part;
        taken += part;
    }
    taken
}

/// The largest table that is worked out: some 160 megabytes.
const MOST_STEPS: u64 = 5_000_000;
/// The most entries that are compared for it: a second or two.
const MOST_CHOICES: u64 = 100_000_000;

/// The cheapest packs that hold at least so much; of those the fewest packs, and of those the most
/// of the earlier offers.
///
/// Exact. The pack with the best price a token fills what is far from the end: among as many other
/// packs as it has units, some add up to a multiple of its size (pigeonhole principle) and can be
/// swapped for it at no higher price. The rest is a dynamic program over sizes.
fn cheapest(missing: Tokens, offers: &[Offer]) -> Result<Vec<(Offer, u64)>, EstimateError> {
    let offers: Vec<Offer> = offers.iter().copied().filter(|offer| offer.size > 0).collect();
    if missing <= Tokens::ZERO {
        return Ok(Vec::new());
    }
    let best = (0..offers.len())
        .min_by(|&a, &b| {
            let unit = |it: usize, over: usize| offers[it].price.many(offers[over].size);
            unit(a, b).cmp(&unit(b, a)).then(offers[b].size.cmp(&offers[a].size))
        })
        .ok_or(EstimateError::NoOffer)?;
    let unit = offers.iter().fold(0, |unit, offer| gcd(unit, offer.size));
    let sizes: Vec<u64> = offers.iter().map(|offer| offer.size / unit).collect();
    let missing =
        u64::try_from(missing.micros() / 1_000_000 + i128::from(missing.micros() % 1_000_000 > 0));
    let steps = missing.map_err(|_| EstimateError::TooFine)?.div_ceil(unit);
    let largest = sizes.iter().copied().max().unwrap_or(1);
    let near = sizes[best].saturating_mul(largest);
    let bulk = steps.saturating_sub(near) / sizes[best];
    let rest = steps - bulk * sizes[best];
    if is_too_fine(rest, offers.len() as u64) {
        return Err(EstimateError::TooFine);
    }
    let mut counts = cheapest_steps(rest as usize, &sizes, &offers);
    counts[best] += bulk;
    let mut packs: Vec<_> = offers.into_iter().zip(counts).filter(|(_, n)| *n > 0).collect();
    packs.sort_by_key(|(offer, _)| std::cmp::Reverse(offer.size));
    Ok(packs)
}

/// Whether so many steps with so many offers are more than is worked out.
fn is_too_fine(steps: u64, offers: u64) -> bool {
    steps > MOST_STEPS || steps.saturating_mul(offers) > MOST_CHOICES
}

/// How many of each offer cover so many steps most cheaply.
fn cheapest_steps(steps: usize, sizes: &[u64], offers: &[Offer]) -> Vec<u64> {
    let mut best: Vec<(Money, u64, usize)> = vec![(Money::ZERO, 0, 0); steps + 1];
    for step in 1..=steps {
        let with = |(offer, size): (usize, &u64)| {
            let (price, packs, _) = best[step.saturating_sub(*size as usize)];
            (price + offers[offer].price, packs + 1, offer)
        };
        if let Some(choice) = sizes.iter().enumerate().map(with).min() {
            best[step] = choice;
        }
    }
    let mut counts = vec![0; offers.len()];
    let mut step = steps;
    while step > 0 {
        let offer = best[step].2;
        counts[offer] += 1;
        step = step.saturating_sub(sizes[offer] as usize);
    }
    counts
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer(size: u64, price: &str) -> Offer {
        Offer { size, price: price.parse().unwrap() }
    }

    /// Every combination of up to so many of each, for comparison.
    fn brute_force(missing: u64, offers: &[Offer]) -> Money {
        fn search(missing: i64, offers: &[Offer]) -> Money {
            let Some((first, others)) = offers.split_first() else {
                let far = Money::ZERO + "1000000000".parse().unwrap();
                return if missing <= 0 { Money::ZERO } else { far };
            };
            let most = missing.max(0) as u64 / first.size + 1;
            let with =
                |n: u64| first.price.many(n) + search(missing - (n * first.size) as i64, others);
            (0..=most).map(with).min().unwrap()
        }
        search(missing as i64, offers)
    }

    #[test]
    fn the_cheapest_set_is_found_exactly() {
        let offers = [offer(100, "330"), offer(500, "1500"), offer(700, "1999.5")];
        for missing in (1..6_000).step_by(37) {
            let packs = cheapest(Tokens::whole(missing), &offers).unwrap();
            let price = packs.iter().fold(Money::ZERO, |sum, (it, n)| sum + it.price.many(*n));
            assert_eq!(price, brute_force(missing as u64, &offers), "{missing}");
            let size: u64 = packs.iter().map(|(it, n)| it.size * n).sum();
            assert!(size >= missing as u64);
        }
    }

    /// A congruential generator (Knuth's MMIX), so that every run tries the same.
    fn dice(state: &mut u64, below: u64) -> u64 {
        *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (*state >> 33) % below
    }

    #[test]
    fn nothing_is_cheaper_whatever_is_on_offer() {
        let mut state = 1;
        for round in 0..400 {
            let offers: Vec<Offer> = (0..=dice(&mut state, 3))
                .map(|_| {
                    let (size, price) = (1 + dice(&mut state, 12), dice(&mut state, 40));
                    offer(size, &price.to_string())
                })
                .collect();
            let missing = 1 + dice(&mut state, 60);
            let packs = cheapest(whole(missing), &offers).unwrap();
            let price = packs.iter().fold(Money::ZERO, |sum, (it, n)| sum + it.price.many(*n));
            let size: u64 = packs.iter().map(|(it, n)| it.size * n).sum();
            assert!(size >= missing, "{round}: {missing} of {offers:?}");
            assert_eq!(price, brute_force(missing, &offers), "{round}: {missing} of {offers:?}");
        }
    }

    #[test]
    fn what_cannot_be_meant_is_refused_and_not_worked_out() {
        let now: Instant = "2026-01-01T00:00:00Z".parse().unwrap();
        let need = |users, days, months| Need {
            product: "p".into(),
            users,
            days_a_month: Tenths::of(days, 1),
            months,
            rate: Tokens::whole(1_000_000_000),
        };
        for wrong in [need(u64::MAX, 1, 1), need(1, 32, 1), need(1, 1, u64::MAX)] {
            assert_eq!(estimate(&[wrong], &[], now, &[]), Err(EstimateError::TooMuch));
        }
        let many: Vec<_> = (1..=50_000).map(|size| offer(size, "1")).collect();
        assert_eq!(cheapest(Tokens::whole(5_000_000), &many), Err(EstimateError::TooFine));
        let most = need(Need::MOST_USERS, 31, Need::MOST_MONTHS);
        let offers = [offer(1_000_000_000, "1000000000"), offer(999_999_937, "999999937")];
        assert_eq!(estimate(&[most], &[], now, &offers), Err(EstimateError::TooFine));
    }

    #[test]
    fn a_huge_need_is_filled_with_the_best_pack() {
        let offers = [offer(100, "330"), offer(500, "1500")];
        let packs = cheapest(Tokens::whole(1_000_000_000), &offers).unwrap();
        assert_eq!(packs, [(offer(500, "1500"), 2_000_000)]);
        assert_eq!(cheapest(Tokens::ZERO, &[]), Ok(vec![]));
        assert_eq!(cheapest(Tokens::whole(1), &[]), Err(EstimateError::NoOffer));
    }

    #[test]
    fn packs_that_expire_cover_only_what_is_used_before() {
        let now: Instant = "2026-01-01T00:00:00Z".parse().unwrap();
        let need = |months| Need {
            product: "p".into(),
            users: 1,
            days_a_month: Tenths::of(10, 1),
            months,
            rate: Tokens::whole(10),
        };
        let half_a_month = now + Span::hours(365) + Span::minutes(15);
        let packs =
            [(half_a_month, Tokens::whole(100)), (now + Span::days(300), Tokens::whole(70))];
        let estimate = estimate(&[need(2)], &packs, now, &[offer(100, "1")]).unwrap();
        assert_eq!(estimate.needed, Tokens::whole(200));
        assert_eq!(estimate.covered, Tokens::whole(50 + 70));
        assert_eq!(estimate.expiring_unused, Tokens::whole(50));
        assert_eq!(estimate.needed_a_month, Tokens::whole(100));
        assert_eq!(
            (estimate.missing, estimate.left_over),
            (Tokens::whole(80), Some(Tokens::whole(20)))
        );
        assert_eq!(estimate.price, Some(offer(100, "1").price));
    }

    #[test]
    fn of_equal_price_the_fewest_packs_are_bought() {
        let offers = [offer(100, "1"), offer(200, "2")];
        assert_eq!(cheapest(whole(200), &offers), Ok(vec![(offer(200, "2"), 1)]));
    }

    #[test]
    fn a_part_of_a_token_needs_a_whole_one_and_an_empty_pack_holds_none() {
        let missing = Tokens::from_micros(1_500_000);
        let one = offer(1, "1");
        assert_eq!(cheapest(missing, &[offer(0, "0"), one]), Ok(vec![(one, 2)]));
        assert_eq!(cheapest(missing, &[offer(0, "0")]), Err(EstimateError::NoOffer));
    }

    #[test]
    fn what_is_too_fine_depends_on_the_common_measure_of_the_sizes() {
        let (more, less) = (offer(10_000_000, "10"), offer(9_990_000, "9"));
        let bought = vec![(more, 1), (less, 1)];
        assert_eq!(cheapest(whole(19_990_000), &[more, less]), Ok(bought));
        let fine = [offer(3_000, "10"), offer(2_999, "9")];
        assert_eq!(cheapest(whole(9_000_000), &fine), Err(EstimateError::TooFine));
    }

    #[test]
    fn the_very_limits_are_worked_out() {
        let offers = MOST_CHOICES / MOST_STEPS;
        assert_eq!(offers * MOST_STEPS, MOST_CHOICES);
        assert!(!is_too_fine(MOST_STEPS, offers));
        assert!(is_too_fine(MOST_STEPS + 1, 1));
        assert!(is_too_fine(MOST_STEPS, offers + 1));
    }

    /// One product is needed for two months and one for one; the first pack ends in mid-month.
    #[test]
    fn each_need_lasts_its_own_months() {
        let now: Instant = "2026-01-01T00:00:00Z".parse().unwrap();
        let need = |months| Need {
            product: "p".into(),
            users: 1,
            days_a_month: Tenths::of(10, 1),
            months,
            rate: Tokens::whole(10),
        };
        let packs = [
            (now + Span::hours(365) + Span::minutes(15), Tokens::whole(100)),
            (now + Span::days(300), Tokens::whole(500)),
        ];
        let needs = [need(2), need(1), need(0)];
        let estimate = estimate(&needs, &packs, now, &[offer(100, "1")]).unwrap();
        assert_eq!(estimate.needed_a_month, Tokens::whole(200));
        assert_eq!(estimate.needed, Tokens::whole(300));
        assert_eq!(estimate.covered, Tokens::whole(300));
        assert_eq!(estimate.expiring_unused, Tokens::whole(300));
    }
}
