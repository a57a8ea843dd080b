//! Money: fixed point with six decimals, in whatever currency prices are given.

use std::fmt;
use std::ops::{Add, Sub};
use std::str::FromStr;

use serde::{Serialize, Serializer};
use tallyfold_core::{Tokens, TokensError};

/// An amount of money, exact to the sixth decimal, never a float.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money(i128);

impl Money {
    /// No money.
    pub const ZERO: Money = Money(0);

    /// So many millionths.
    pub(crate) fn from_micros(micros: u128) -> Money {
        Money(i128::try_from(micros).unwrap_or(i128::MAX))
    }

    /// A price in millionths: it is not negative.
    pub(crate) fn micros(self) -> u128 {
        self.0.unsigned_abs()
    }

    /// This many times over.
    #[must_use]
    pub fn many(self, times: u64) -> Money {
        Money(self.0.saturating_mul(i128::from(times)))
    }
}

impl Add for Money {
    type Output = Money;
    fn add(self, other: Money) -> Money {
        Money(self.0 + other.0)
    }
}

impl Sub for Money {
    type Output = Money;
    fn sub(self, other: Money) -> Money {
        Money(self.0 - other.0)
    }
}

/// A text that is no amount of money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a price is a number with up to six decimals such as 3 or 2.95")]
pub struct MoneyError;

impl FromStr for Money {
    type Err = MoneyError;

    /// Reads a price: 0 or more.
    fn from_str(text: &str) -> Result<Money, MoneyError> {
        let amount = text.parse::<Tokens>().map_err(|_: TokensError| MoneyError)?;
        if amount < Tokens::ZERO { Err(MoneyError) } else { Ok(Money(amount.micros())) }
    }
}

impl fmt::Display for Money {
    /// At least two decimals, as prices are written.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let micros = self.0.unsigned_abs();
        let (whole, fraction) = (micros / 1_000_000, format!("{:06}", micros % 1_000_000));
        let decimals = fraction.trim_end_matches('0').len().max(2);
        f.pad_integral(self.0 >= 0, "", &format!("{whole}.{}", &fraction[..decimals]))
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(text: &str) -> Money {
        text.parse().unwrap()
    }

    #[test]
    fn prices_are_multiplied_and_added() {
        assert_eq!(money("2.95").many(3), money("8.85"));
        assert_eq!(money("2.95") + money("0.1"), money("3.05"));
        assert_eq!(Money::from_micros(money("2.95").micros()), money("2.95"));
    }

    #[test]
    fn prices_have_two_decimals_at_least() {
        let written = ["3", "2.95", "0.000001"].map(|text| money(text).to_string());
        assert_eq!(written, ["3.00", "2.95", "0.000001"]);
        assert_eq!((Money::ZERO - money("1.5")).to_string(), "-1.50");
        assert_eq!("-1".parse::<Money>(), Err(MoneyError));
    }
}
