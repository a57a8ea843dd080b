//! Exact fractions, rounded once when they are shown: no number of a report depends on a float.

use std::cmp::Ordering;
use std::fmt;

use serde::{Serialize, Serializer};
use tallyfold_core::Tokens;

/// A fraction that is not negative, kept exactly. A divisor of 0 makes it 0.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Exact {
    dividend: u128,
    divisor: u128,
}

impl Exact {
    pub(crate) const ZERO: Exact = Exact { dividend: 0, divisor: 1 };

    pub(crate) fn of(dividend: u128, divisor: u128) -> Exact {
        match divisor {
            0 => Exact::ZERO,
            _ => Exact { dividend, divisor },
        }
    }

    /// An amount that is not negative, in micro-tokens.
    pub(crate) fn micros(tokens: Tokens) -> Exact {
        Exact::of(tokens.micros().unsigned_abs(), 1)
    }

    pub(crate) fn times(self, by: u128) -> Exact {
        Exact { dividend: self.dividend.saturating_mul(by), ..self }
    }

    pub(crate) fn over(self, by: u128) -> Exact {
        Exact::of(self.dividend, self.divisor.saturating_mul(by))
    }

    /// The sum, in lowest terms, so that a divisor does not grow with the number of summands.
    pub(crate) fn plus(self, other: Exact) -> Exact {
        let (one, two) = (self.in_lowest_terms(), other.in_lowest_terms());
        let (of_one, of_two) = {
            let common = greatest_common_divisor(one.divisor, two.divisor);
            (two.divisor / common, one.divisor / common)
        };
        Exact {
            dividend: one.times(of_one).dividend.saturating_add(two.times(of_two).dividend),
            divisor: one.divisor.saturating_mul(of_one),
        }
    }

    fn in_lowest_terms(self) -> Exact {
        let common = greatest_common_divisor(self.dividend, self.divisor);
        Exact { dividend: self.dividend / common, divisor: self.divisor / common }
    }

    /// What is more than another that is not greater.
    pub(crate) fn minus(self, other: Exact) -> Exact {
        let (one, two) = (self.times(other.divisor), other.times(self.divisor));
        Exact {
            dividend: one.dividend.saturating_sub(two.dividend),
            divisor: self.divisor.saturating_mul(other.divisor),
        }
    }

    /// The nearest whole number, halves away from zero.
    pub(crate) fn rounded(self) -> u128 {
        let (whole, rest) = (self.dividend / self.divisor, self.dividend % self.divisor);
        whole + u128::from(rest >= self.divisor - rest)
    }

    /// The amount of so many micro-tokens.
    pub(crate) fn tokens(self) -> Tokens {
        Tokens::from_micros(i128::try_from(self.rounded()).unwrap_or(i128::MAX))
    }

    pub(crate) fn compare(self, other: Exact) -> Ordering {
        self.times(other.divisor).dividend.cmp(&other.times(self.divisor).dividend)
    }
}

/// Of two numbers that are not both 0.
fn greatest_common_divisor(one: u128, other: u128) -> u128 {
    if other == 0 { one } else { greatest_common_divisor(other, one % other) }
}

/// A number with one decimal, halves rounded away from zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tenths(u64);

impl Tenths {
    /// A fraction to one decimal; 0 where the divisor is.
    #[must_use]
    pub fn of(dividend: u64, divisor: u64) -> Tenths {
        Exact::of(dividend.into(), divisor.into()).into()
    }

    /// The number in tenths.
    #[must_use]
    pub const fn tenths(self) -> u64 {
        self.0
    }
}

impl From<Exact> for Tenths {
    fn from(exact: Exact) -> Tenths {
        Tenths(u64::try_from(exact.times(10).rounded()).unwrap_or(u64::MAX))
    }
}

impl fmt::Display for Tenths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}.{}", self.0 / 10, self.0 % 10))
    }
}

impl Serialize for Tenths {
    /// A number such as `4.3`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize_decimal(&self.to_string(), serializer)
    }
}

/// A part of a whole in thousandths, halves rounded up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Permille(u32);

impl Permille {
    /// A part of a whole; 0 where the whole is.
    #[must_use]
    pub fn of(part: Tokens, whole: Tokens) -> Permille {
        let share = Exact::micros(part).over(whole.micros().unsigned_abs());
        Permille(u32::try_from(share.times(1_000).rounded()).unwrap_or(u32::MAX))
    }

    /// The part in thousandths.
    #[must_use]
    pub const fn permille(self) -> u32 {
        self.0
    }

    /// The part as a fraction of 1, with one to three decimals: `0.125`, `0.5`, `1.0`.
    pub(crate) fn fraction(self) -> String {
        let mut fraction = format!("{}.{:03}", self.0 / 1_000, self.0 % 1_000);
        while fraction.ends_with('0') && !fraction.ends_with(".0") {
            fraction.pop();
        }
        fraction
    }
}

impl fmt::Display for Permille {
    /// As percent: `12.5 %`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}.{} %", self.0 / 10, self.0 % 10))
    }
}

impl Serialize for Permille {
    /// A number such as `0.125`: a fraction of 1, which needs no unit beside it.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize_decimal(&self.fraction(), serializer)
    }
}

/// Writes a decimal number as a number. Its digits are exact; the float only carries them.
fn serialize_decimal<S: Serializer>(decimal: &str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(decimal.parse().unwrap_or(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_rounded_away_from_zero() {
        assert_eq!(Tenths::of(1, 4).to_string(), "0.3");
        assert_eq!(Tenths::of(1, 5).to_string(), "0.2");
        assert_eq!(Tenths::of(1, 0).to_string(), "0.0");
        let eighth = Permille::of(Tokens::whole(1), Tokens::whole(8));
        assert_eq!((eighth.permille(), eighth.to_string().as_str()), (125, "12.5 %"));
        assert_eq!(Permille::of(Tokens::whole(1), Tokens::ZERO).permille(), 0);
        let fractions = [0, 1, 125, 500, 1_000, 1_010].map(|it| Permille(it).fraction());
        assert_eq!(fractions, ["0.0", "0.001", "0.125", "0.5", "1.0", "1.01"]);
        let third = Exact::micros(Tokens::whole(1)).over(3);
        assert_eq!(third.tokens().to_string(), "0.333333");
        assert_eq!(Exact::of(u128::MAX, 1).rounded(), u128::MAX);
    }

    #[test]
    fn numbers_are_written_as_numbers() {
        let written = |value: f64| value.to_string();
        for (tenths, text) in [(75, 7.5), (70, 7.0), (123_456_789, 12_345_678.9)] {
            assert_eq!(Tenths(tenths).to_string().parse::<f64>().map(written), Ok(written(text)));
        }
    }

    #[test]
    fn fractions_are_added_and_compared_exactly() {
        let (third, half) = (Exact::of(1, 3), Exact::of(1, 2));
        assert_eq!(third.plus(half).compare(Exact::of(5, 6)), Ordering::Equal);
        assert_eq!(third.plus(third).compare(Exact::of(2, 3)), Ordering::Equal);
        assert_eq!(third.compare(half), Ordering::Less);
        assert_eq!(half.minus(third).compare(Exact::of(1, 6)), Ordering::Equal);
    }
}
