//! The cheapest set of packs.

use tallyfold_core::Tokens;

use super::{EstimateError, Offer};
use crate::money::Money;

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
pub(super) fn cheapest(
    missing: Tokens,
    offers: &[Offer],
) -> Result<Vec<(Offer, u64)>, EstimateError> {
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
    use super::super::whole;
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
    fn a_huge_need_is_filled_with_the_best_pack() {
        let offers = [offer(100, "330"), offer(500, "1500")];
        let packs = cheapest(Tokens::whole(1_000_000_000), &offers).unwrap();
        assert_eq!(packs, [(offer(500, "1500"), 2_000_000)]);
        assert_eq!(cheapest(Tokens::ZERO, &[]), Ok(vec![]));
        assert_eq!(cheapest(Tokens::whole(1), &[]), Err(EstimateError::NoOffer));
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
}
