//! Token amounts: fixed point with six decimals, never a float.

#[cfg(doc)]
use crate::spec::*;

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// How many micro-tokens make one token.
const MICROS_PER_TOKEN: i128 = 1_000_000;

/// An amount of tokens, exact to the sixth decimal.
///
/// Held as a whole number of micro-tokens in 128 bits. No single amount of an event exceeds
/// [`Tokens::MAX_AMOUNT`] in magnitude, so neither a product with a quantity nor a sum over any
/// log that fits on a disk can wrap (`events.md`, token amounts).
///
/// ```
/// use tallyfold_core::Tokens;
///
/// let rate: Tokens = "0.5".parse()?;
/// assert_eq!(rate.times(3).to_string(), "1.5");
/// assert_eq!(Tokens::whole(7) + rate, "7.5".parse()?);
/// assert!("1.0000001".parse::<Tokens>().is_err(), "more than six decimals");
/// # Ok::<(), tallyfold_core::TokensError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tokens(i128);

impl Tokens {
    /// No tokens.
    pub const ZERO: Tokens = Tokens(0);
    /// The largest magnitude that an amount in an event may have: a thousand million tokens.
    pub const MAX_AMOUNT: Tokens = Tokens::whole(1_000_000_000);

    /// A whole number of tokens.
    #[must_use]
    pub const fn whole(tokens: i64) -> Tokens {
        Tokens(tokens as i128 * MICROS_PER_TOKEN)
    }

    /// A number of micro-tokens: millionths of a token.
    #[must_use]
    pub const fn from_micros(micros: i128) -> Tokens {
        Tokens(micros)
    }

    /// The amount in micro-tokens: millionths of a token.
    #[must_use]
    pub const fn micros(self) -> i128 {
        self.0
    }

    /// The number of tokens, where it is whole, not negative and below 2^64 / 10^6; most are.
    #[must_use]
    pub fn as_small_whole(self) -> Option<u64> {
        let micros = u64::try_from(self.0).ok()?;
        const PER_TOKEN: u64 = MICROS_PER_TOKEN as u64;
        micros.is_multiple_of(PER_TOKEN).then_some(micros / PER_TOKEN)
    }

    /// Whether the amount is exactly zero.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// This amount `quantity` times over ([R2]).
    #[must_use]
    pub const fn times(self, quantity: u32) -> Tokens {
        Tokens(self.0 * quantity as i128)
    }

    /// The amount without its sign.
    #[must_use]
    pub const fn magnitude(self) -> Tokens {
        Tokens(self.0.abs())
    }
}

impl Add for Tokens {
    type Output = Tokens;
    fn add(self, other: Tokens) -> Tokens {
        Tokens(self.0 + other.0)
    }
}

impl Sub for Tokens {
    type Output = Tokens;
    fn sub(self, other: Tokens) -> Tokens {
        Tokens(self.0 - other.0)
    }
}

impl Neg for Tokens {
    type Output = Tokens;
    fn neg(self) -> Tokens {
        Tokens(-self.0)
    }
}

impl AddAssign for Tokens {
    fn add_assign(&mut self, other: Tokens) {
        self.0 += other.0;
    }
}

impl SubAssign for Tokens {
    fn sub_assign(&mut self, other: Tokens) {
        self.0 -= other.0;
    }
}

impl Sum for Tokens {
    fn sum<I: Iterator<Item = Tokens>>(amounts: I) -> Tokens {
        amounts.fold(Tokens::ZERO, Add::add)
    }
}

impl fmt::Display for Tokens {
    /// An integer where whole, else the shortest decimal: `7`, `0.5`, `-1.25`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let magnitude = self.0.unsigned_abs();
        let per_token = MICROS_PER_TOKEN.unsigned_abs();
        let (whole, fraction) = (magnitude / per_token, magnitude % per_token);
        let mut text = whole.to_string();
        if fraction != 0 {
            text.push('.');
            text.push_str(format!("{fraction:06}").trim_end_matches('0'));
        }
        f.pad_integral(self.0 >= 0, "", &text)
    }
}

/// Why a text is not a token amount.
///
/// Non-exhaustive: more texts may come to be told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokensError {
    /// Not `-?(0|[1-9][0-9]*)(\.[0-9]{1,6})?`.
    #[error(
        "a token amount is a whole number, or a string with up to six decimals such as \"0.5\""
    )]
    Syntax,
    /// More than [`Tokens::MAX_AMOUNT`] in magnitude.
    #[error("a token amount is at most 1,000,000,000 in magnitude")]
    TooLarge,
}

impl FromStr for Tokens {
    type Err = TokensError;

    /// Reads `-?(0|[1-9][0-9]*)(\.[0-9]{1,6})?`, at most [`Tokens::MAX_AMOUNT`] in magnitude.
    fn from_str(text: &str) -> Result<Tokens, TokensError> {
        let amount = decimal(text)?;
        if amount.magnitude() > Tokens::MAX_AMOUNT {
            return Err(TokensError::TooLarge);
        }
        Ok(amount)
    }
}

/// How many digits the whole part of a sum may have: as many as a 64-bit integer.
const MAX_DIGITS: usize = 19;

/// The amount that a text spells. It may be a sum, larger than an event's amounts.
fn decimal(text: &str) -> Result<Tokens, TokensError> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = match digits.split_once('.') {
        Some((_, "")) => return Err(TokensError::Syntax),
        Some(parts) => parts,
        None => (digits, ""),
    };
    let canonical = whole == "0" || !whole.is_empty() && !whole.starts_with('0');
    let all_digits = whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit());
    if !canonical || !all_digits || fraction.len() > 6 {
        return Err(TokensError::Syntax);
    }
    if whole.len() > MAX_DIGITS {
        return Err(TokensError::TooLarge);
    }
    let number = |digits: &str| digits.bytes().fold(0, |n, b| n * 10 + i128::from(b - b'0'));
    let scale = 10_i128.pow(6 - fraction.len() as u32);
    let magnitude = Tokens(number(whole) * MICROS_PER_TOKEN + number(fraction) * scale);
    Ok(if negative { -magnitude } else { magnitude })
}

impl Serialize for Tokens {
    /// For people's formats an integer where whole, else the shortest decimal string; for binary
    /// ones the micro-tokens.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !serializer.is_human_readable() {
            return serializer.serialize_i128(self.0);
        }
        match i64::try_from(self.0 / MICROS_PER_TOKEN) {
            Ok(whole) if self.0 % MICROS_PER_TOKEN == 0 => serializer.serialize_i64(whole),
            Err(_) if self.0 % MICROS_PER_TOKEN == 0 => {
                serializer.serialize_i128(self.0 / MICROS_PER_TOKEN)
            }
            _ => serializer.collect_str(self),
        }
    }
}

impl<'de> Deserialize<'de> for Tokens {
    /// Reads what [`Serialize`] writes. Sums may exceed [`Tokens::MAX_AMOUNT`].
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Tokens, D::Error> {
        if deserializer.is_human_readable() {
            deserializer.deserialize_any(TokensVisitor)
        } else {
            i128::deserialize(deserializer).and_then(sum)
        }
    }
}

/// A sum that was read: of a magnitude that no log reaches, so that sums of it do not wrap.
fn sum<E: de::Error>(micros: i128) -> Result<Tokens, E> {
    match i64::try_from(micros / MICROS_PER_TOKEN) {
        Ok(_) => Ok(Tokens(micros)),
        Err(_) => Err(E::custom("more tokens than all the events of any log can hold")),
    }
}

struct TokensVisitor;

impl de::Visitor<'_> for TokensVisitor {
    type Value = Tokens;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number of tokens, or a decimal string with up to six decimals")
    }

    fn visit_i64<E: de::Error>(self, tokens: i64) -> Result<Tokens, E> {
        Ok(Tokens::whole(tokens))
    }

    fn visit_u64<E: de::Error>(self, tokens: u64) -> Result<Tokens, E> {
        sum(i128::from(tokens) * MICROS_PER_TOKEN)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Tokens, E> {
        decimal(text).map_err(E::custom).and_then(|amount| sum(amount.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_read_and_written_back_in_its_shortest_form() {
        for (text, written) in [
            ("7", "7"),
            ("7.000000", "7"),
            ("0.5", "0.5"),
            ("-1.250000", "-1.25"),
            ("0.000001", "0.000001"),
            ("-0", "0"),
            ("1000000000", "1000000000"),
        ] {
            assert_eq!(text.parse::<Tokens>().unwrap().to_string(), written, "{text}");
        }
    }

    #[test]
    fn sums_are_read_as_they_are_written() {
        let most = i128::from(i64::MAX) * MICROS_PER_TOKEN;
        for micros in [0, -1, 1_500_000_000_000_001, most, most + 1] {
            let sum = Tokens::from_micros(micros);
            let json = serde_json::to_string(&sum).unwrap();
            assert_eq!(serde_json::from_str::<Tokens>(&json).unwrap(), sum, "{json}");
        }
        for (micros, json) in [
            (7_000_000, "7"),
            (-7_000_000, "-7"),
            (7_500_000, "\"7.5\""),
            (i128::from(i64::MAX) * MICROS_PER_TOKEN + 1, "\"9223372036854775807.000001\""),
            (i128::from(u64::MAX) * MICROS_PER_TOKEN, "18446744073709551615"),
            (i128::from(u64::MAX) * MICROS_PER_TOKEN + 1, "\"18446744073709551615.000001\""),
        ] {
            assert_eq!(serde_json::to_string(&Tokens::from_micros(micros)).unwrap(), json);
        }
        let error = serde_json::from_str::<Tokens>("true").unwrap_err().to_string();
        assert!(error.contains("a whole number of tokens, or a decimal string"), "{error}");
        for json in ["1.5", "1e3", "9223372036854775808", "\"9999999999999999999.5\"", "\"01\""] {
            serde_json::from_str::<Tokens>(json).unwrap_err();
        }
    }

    #[test]
    fn what_is_not_an_amount_is_refused() {
        for text in ["", "-", "+7", "007", "1.", ".5", "1e2", " 7", "0.0000001", "٣", "1.5x"] {
            assert_eq!(text.parse::<Tokens>(), Err(TokensError::Syntax), "{text}");
        }
        for text in ["1000000001", "1000000000.000001", "99999999999999999999999999"] {
            assert_eq!(text.parse::<Tokens>(), Err(TokensError::TooLarge), "{text}");
        }
        assert_eq!("9".repeat(5_000).parse::<Tokens>(), Err(TokensError::TooLarge));
    }

    #[test]
    fn amounts_are_added_and_taken_away() {
        let (seven, half) = (Tokens::whole(7), Tokens::from_micros(500_000));
        assert_eq!(seven - half, Tokens::from_micros(6_500_000));
        assert_eq!(seven - half + half, seven);
        let whole = [seven, half, -seven].map(Tokens::as_small_whole);
        assert_eq!(whole, [Some(7), None, None]);
    }
}
