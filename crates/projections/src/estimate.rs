//! What to buy: tokens that will be needed, and the cheapest packs that cover them.

mod cheapest;
mod proposed;

use std::fmt;

use serde::Serialize;
use tallyfold_core::{Span, Timestamp, Tokens};

use cheapest::cheapest;
pub use proposed::{LeftOut, Proposal, WhyLeftOut};

use crate::amounts;
use crate::money::Money;
use crate::ratio::{Exact, Tenths};
use crate::row::{Cell, CellKind, Column, Field, Row};

/// So many users who will use a product so many days a month for so many months.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// The product.
    pub product: String,
    /// How many people.
    pub users: u64,
    /// Days a month, each of them.
    pub days_a_month: DaysAMonth,
    /// For how many months from now.
    pub months: u64,
    /// What a day costs.
    pub rate: Tokens,
}

impl Row for Need {
    /// The fields, and what they take a month and in all.
    const COLUMNS: &'static [Column] = &[
        Column::new("product", CellKind::Text),
        Column::new("users", CellKind::Count),
        Column::new("days_a_month", CellKind::Decimal),
        Column::new("months", CellKind::Count),
        Column::new("rate", CellKind::Tokens),
        Column::new("tokens_a_month", CellKind::Tokens),
        Column::new("tokens", CellKind::Tokens),
    ];

    fn cells(&self) -> Vec<Cell<'_>> {
        vec![
            Cell::Text(&self.product),
            self.users.cell(),
            Cell::Decimal(self.days_a_month.shown()),
            self.months.cell(),
            Cell::Tokens(self.rate),
            Cell::Tokens(self.tokens_a_month()),
            Cell::Tokens(self.tokens()),
        ]
    }
}

/// Days a month, exactly; shown to one decimal.
#[derive(Clone, Copy, Debug)]
pub struct DaysAMonth(Exact);

impl DaysAMonth {
    /// So many tenths of a day.
    #[must_use]
    pub fn of_tenths(tenths: u64) -> DaysAMonth {
        DaysAMonth(Exact::of(tenths.into(), 10))
    }

    pub(crate) fn of(days: Exact) -> DaysAMonth {
        DaysAMonth(days)
    }

    fn shown(self) -> Tenths {
        self.0.into()
    }
}

impl PartialEq for DaysAMonth {
    fn eq(&self, other: &DaysAMonth) -> bool {
        self.0.compare(other.0).is_eq()
    }
}

impl Eq for DaysAMonth {}

impl fmt::Display for DaysAMonth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shown().fmt(f)
    }
}

impl Serialize for DaysAMonth {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.shown().serialize(serializer)
    }
}

impl Need {
    /// The most users that are estimated for.
    pub const MOST_USERS: u64 = 1_000_000_000;
    /// The most months: a hundred years.
    pub const MOST_MONTHS: u64 = 1_200;

    /// Whether there are so many users, days and months; more cannot be meant.
    fn is_sane(&self) -> bool {
        self.users <= Need::MOST_USERS
            && self.days_a_month.0.compare(Exact::of(31, 1)).is_le()
            && self.months <= Need::MOST_MONTHS
    }

    /// What it takes a month.
    #[must_use]
    pub fn tokens_a_month(&self) -> Tokens {
        self.exact_a_month().tokens()
    }

    /// What it takes in all.
    #[must_use]
    pub fn tokens(&self) -> Tokens {
        self.exact().tokens()
    }

    fn exact(&self) -> Exact {
        self.exact_a_month().times(self.months.into())
    }

    fn exact_a_month(&self) -> Exact {
        let rate = self.rate.micros().unsigned_abs();
        self.days_a_month.0.times(rate).times(self.users.into())
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
    #[serde(with = "amounts")]
    pub needed_a_month: Tokens,
    /// Tokens needed in all.
    #[serde(with = "amounts")]
    pub needed: Tokens,
    /// What is left in usable packs.
    #[serde(with = "amounts")]
    pub available: Tokens,
    /// How much of the need the present packs cover before they expire.
    #[serde(with = "amounts")]
    pub covered: Tokens,
    /// What of the present packs expires unused.
    #[serde(with = "amounts")]
    pub expiring_unused: Tokens,
    /// What must be bought.
    #[serde(with = "amounts")]
    pub missing: Tokens,
    /// The cheapest packs that cover it, the largest first, with how many of each.
    pub packs: Vec<(Offer, u64)>,
    /// What they cost; `None` where no pack is on offer.
    pub price: Option<Money>,
    /// What they hold more than is missing; `None` where no pack is on offer.
    #[serde(with = "amounts::optional")]
    pub left_over: Option<Tokens>,
}

/// What is missing cannot be bought.
///
/// Non-exhaustive: other rows may come to be refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
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
/// `packs` are the present ones in burn order, as expiry and what is left. Months are 30.4375 days; within one
/// the need is even.
///
/// # Errors
///
/// [`EstimateError`] where a row is out of bounds, or the cheapest packs are too hard to find. With
/// no pack on offer the estimate says what is missing, and no price.
///
/// ```
/// use tallyfold_core::Tokens;
/// use tallyfold_projections::estimate::{DaysAMonth, Need, Offer, estimate};
///
/// let need = Need {
///     product: "AutoCAD".into(),
///     users: 10,
///     days_a_month: DaysAMonth::of_tenths(40),
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
    packs: &[(Timestamp, Tokens)],
    now: Timestamp,
    offers: &[Offer],
) -> Result<Estimate, EstimateError> {
    if !needs.iter().all(Need::is_sane) {
        return Err(EstimateError::TooMuch);
    }
    let needed = sum(needs.iter().map(Need::exact));
    let available: Tokens = packs.iter().map(|(_, left)| *left).sum();
    // Months are rounded one by one, so that their sum may be a little more.
    let covered = covered(needs, packs, now).min(needed);
    let missing = needed - covered;
    let packs = if offers.is_empty() { Vec::new() } else { cheapest(missing, offers)? };
    let price = packs.iter().fold(Money::ZERO, |sum, (offer, n)| sum + offer.price.many(*n));
    let bought: Tokens = packs.iter().map(|(it, n)| portion(whole(it.size), *n, 1)).sum();
    let is_offered = !offers.is_empty();
    Ok(Estimate {
        needed_a_month: sum(needs.iter().filter(|it| it.months > 0).map(Need::exact_a_month)),
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

/// Adds up exactly, and rounds once.
fn sum(needed: impl Iterator<Item = Exact>) -> Tokens {
    needed.fold(Exact::ZERO, Exact::plus).tokens()
}

/// An amount of tokens times a fraction, to the nearest micro-token.
fn portion(tokens: Tokens, times: u64, over: u64) -> Tokens {
    Exact::micros(tokens).times(times.into()).over(over.into()).tokens()
}

fn whole(tokens: u64) -> Tokens {
    Tokens::from_micros(i128::from(tokens) * 1_000_000)
}

/// 30.4375 days.
const MONTH: Span = Span::hours(730);
const REST_OF_MONTH: Span = Span::minutes(30);

/// How much of the need present packs cover, in burn order.
fn covered(needs: &[Need], packs: &[(Timestamp, Tokens)], now: Timestamp) -> Tokens {
    let mut packs = packs.to_vec();
    let months = needs.iter().map(|need| need.months).max().unwrap_or(0);
    let (mut from, mut covered) = (now, Tokens::ZERO);
    for month in 0..months {
        if packs.iter().all(|(expires_at, left)| left.is_zero() || *expires_at <= from) {
            break;
        }
        let needed = sum(needs.iter().filter(|need| month < need.months).map(Need::exact_a_month));
        let to = from + MONTH + REST_OF_MONTH;
        covered += cover_month(&mut packs, needed, from, to);
        from = to;
    }
    covered
}

/// Takes a month's need from packs, evenly over the month: from each what it can give until it
/// expires.
fn cover_month(
    packs: &mut [(Timestamp, Tokens)],
    needed: Tokens,
    from: Timestamp,
    to: Timestamp,
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

#[cfg(test)]
mod tests {
    use super::*;

    fn offer(size: u64, price: &str) -> Offer {
        Offer { size, price: price.parse().unwrap() }
    }

    #[test]
    fn what_cannot_be_meant_is_refused_and_not_worked_out() {
        let now: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let need = |users, days: u64, months| Need {
            product: "p".into(),
            users,
            days_a_month: DaysAMonth::of_tenths(days * 10),
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

    /// Half a micro-token of each of two products is one micro-token, not two.
    #[test]
    fn a_sum_is_rounded_once() {
        let need = |product: &str| Need {
            product: product.into(),
            users: 1,
            days_a_month: DaysAMonth::of_tenths(5),
            months: 1,
            rate: Tokens::from_micros(1),
        };
        let now: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let estimate = estimate(&[need("a"), need("b")], &[], now, &[]).unwrap();
        assert_eq!(estimate.needed_a_month, Tokens::from_micros(1));
        assert_eq!(estimate.needed, Tokens::from_micros(1));
    }

    #[test]
    fn packs_that_expire_cover_only_what_is_used_before() {
        let now: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let need = |months| Need {
            product: "p".into(),
            users: 1,
            days_a_month: DaysAMonth::of_tenths(100),
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

    /// One product is needed for two months and one for one; the first pack ends in mid-month.
    #[test]
    fn each_need_lasts_its_own_months() {
        let now: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let need = |months| Need {
            product: "p".into(),
            users: 1,
            days_a_month: DaysAMonth::of_tenths(100),
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
