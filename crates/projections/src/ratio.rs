//! Fractions of integers, rounded half up: no number of a report depends on a float.

use std::fmt;

use serde::{Serialize, Serializer};
use tallyfold_core::Tokens;

/// Days in a month, in ten-thousandths: 30.4375 (`docs/reports.md`, Definitions).
pub(crate) const MONTH_TEN_THOUSANDTHS: u64 = 304_375;

/// A number with one decimal, rounded half up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tenths(u64);

impl Tenths {
    /// A fraction to one decimal; 0 where the divisor is.
    #[must_use]
    pub fn of(dividend: u64, divisor: u64) -> Tenths {
        Tenths(rounded(u128::from(dividend) * 10, u128::from(divisor)) as u64)
    }

    /// So many days of use in a period, as days in a month.
    #[must_use]
    pub fn days_per_month(days_of_use: u64, days_in_period: u64) -> Tenths {
        Tenths::of(days_of_use * MONTH_TEN_THOUSANDTHS, days_in_period * 10_000)
    }

    /// The number in tenths.
    #[must_use]
    pub const fn tenths(self) -> u64 {
        self.0
    }
}

impl fmt::Display for Tenths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}.{}", self.0 / 10, self.0 % 10))
    }
}

impl Serialize for Tenths {
    /// A string such as `"4.3"`, because no number of ours is a float.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A part of a whole in thousandths, rounded half up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Permille(u32);

impl Permille {
    /// A part of a whole; 0 where the whole is.
    #[must_use]
    pub fn of(part: Tokens, whole: Tokens) -> Permille {
        let (part, whole) = (part.micros().unsigned_abs(), whole.micros().unsigned_abs());
        Permille(rounded(part.saturating_mul(1_000), whole) as u32)
    }

    /// The part in thousandths.
    #[must_use]
    pub const fn permille(self) -> u32 {
        self.0
    }
}

impl fmt::Display for Permille {
    /// As percent: `12.5 %`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}.{} %", self.0 / 10, self.0 % 10))
    }
}

impl Serialize for Permille {
    /// A string such as `"0.125"`: a fraction of 1, which needs no unit beside it.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{}.{:03}", self.0 / 1_000, self.0 % 1_000))
    }
}

/// An amount of tokens times a fraction, rounded half up to a micro-token.
pub(crate) fn portion(tokens: Tokens, times: u64, over: u64) -> Tokens {
    let product = tokens.micros().saturating_mul(i128::from(times));
    let rounded = rounded(product.unsigned_abs(), u128::from(over)) as i128;
    Tokens::from_micros(if product < 0 { -rounded } else { rounded })
}

/// Rounds half up; 0 where the divisor is.
fn rounded(dividend: u128, divisor: u128) -> u128 {
    (dividend + divisor / 2).checked_div(divisor).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_rounded_up() {
        assert_eq!(Tenths::of(1, 4).to_string(), "0.3");
        assert_eq!(Tenths::of(1, 5).to_string(), "0.2");
        assert_eq!(Tenths::of(1, 0).to_string(), "0.0");
        assert_eq!(Tenths::days_per_month(7, 30).to_string(), "7.1");
        let eighth = Permille::of(Tokens::whole(1), Tokens::whole(8));
        assert_eq!((eighth.permille(), eighth.to_string().as_str()), (125, "12.5 %"));
        assert_eq!(portion(Tokens::whole(1), 1, 3).to_string(), "0.333333");
        assert_eq!(portion(Tokens::whole(-1), 1, 3).to_string(), "-0.333333");
    }
}
