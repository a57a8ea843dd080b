//! Amounts from and to `rust_decimal` (feature `rust_decimal`), exact both ways.

use rust_decimal::Decimal;

use super::{AdjustmentTokens, PackTokens, RateTokens, Tokens, TokensError, ValueError};

/// How many decimals an amount of tokens has.
const DECIMALS: u32 = 6;

impl TryFrom<Decimal> for Tokens {
    type Error = TokensError;

    /// The same amount. As of a text, at most six decimals count, and at most [`Tokens::MAX_AMOUNT`] in
    /// magnitude.
    ///
    /// ```
    /// use rust_decimal::Decimal;
    /// use tallyfold_core::{RatePublished, Tokens, TokensError};
    ///
    /// let price = Decimal::new(750, 2);
    /// assert_eq!(Tokens::try_from(price)?, "7.5".parse()?);
    /// assert_eq!(RatePublished::per_day("AutoCAD", price)?.tokens.get(), "7.5".parse()?);
    /// assert_eq!(Tokens::try_from(price / Decimal::from(7)), Err(TokensError::Syntax));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    fn try_from(decimal: Decimal) -> Result<Tokens, TokensError> {
        let shortest = decimal.normalize();
        let missing = DECIMALS.checked_sub(shortest.scale()).ok_or(TokensError::Syntax)?;
        // 96 bits times a million fit 128.
        let tokens = Tokens::from_micros(shortest.mantissa() * 10_i128.pow(missing));
        if tokens.magnitude() > Tokens::MAX_AMOUNT {
            return Err(TokensError::TooLarge);
        }
        Ok(tokens)
    }
}

impl TryFrom<Tokens> for Decimal {
    type Error = TokensError;

    /// The same amount, without zeros at its end.
    ///
    /// # Errors
    ///
    /// [`TokensError::TooLarge`] where it does not fit: a sum of more than 79 × 10^21 tokens.
    fn try_from(tokens: Tokens) -> Result<Decimal, TokensError> {
        let decimal = Decimal::try_from_i128_with_scale(tokens.micros(), DECIMALS);
        decimal.map(|it| it.normalize()).map_err(|_| TokensError::TooLarge)
    }
}

macro_rules! amounts {
    ($($name:ident),*) => {$(
        impl TryFrom<Decimal> for $name {
            type Error = ValueError;

            fn try_from(decimal: Decimal) -> Result<$name, ValueError> {
                Ok($name::new(decimal.try_into()?)?)
            }
        }
    )*};
}

amounts!(PackTokens, RateTokens, AdjustmentTokens);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_go_to_decimals_and_back() {
        for text in ["0", "7", "-7", "0.5", "-1.25", "0.000001", "1000000000", "-999999999.999999"]
        {
            let (tokens, decimal) = (text.parse::<Tokens>().unwrap(), text.parse().unwrap());
            assert_eq!(Tokens::try_from(decimal), Ok(tokens), "{text}");
            let written = Decimal::try_from(tokens).unwrap();
            assert_eq!((written, written.to_string()), (decimal, text.to_owned()));
        }
    }

    #[test]
    fn zeros_at_the_end_and_the_sign_of_zero_say_nothing() {
        let tokens = |text: &str| Tokens::try_from(text.parse::<Decimal>().unwrap());
        assert_eq!(tokens("7.500000000000"), Ok(Tokens::from_micros(7_500_000)));
        assert_eq!(tokens("-0.00"), Ok(Tokens::ZERO));
        assert_eq!(tokens("0.0000000000000000000000000000"), Ok(Tokens::ZERO));
    }

    #[test]
    fn what_is_no_amount_is_refused_and_never_rounded() {
        let tokens = |text: &str| Tokens::try_from(text.parse::<Decimal>().unwrap());
        assert_eq!(tokens("0.0000001"), Err(TokensError::Syntax));
        assert_eq!(tokens("1000000000.0000001"), Err(TokensError::Syntax));
        assert_eq!(tokens("1000000000.000001"), Err(TokensError::TooLarge));
        for most in [Decimal::MAX, Decimal::MIN] {
            assert_eq!(Tokens::try_from(most), Err(TokensError::TooLarge));
        }
        assert!(PackTokens::try_from(Decimal::ZERO).is_err());
        assert!(RateTokens::try_from(Decimal::NEGATIVE_ONE).is_err());
        assert!(AdjustmentTokens::try_from(Decimal::NEGATIVE_ONE).is_ok());
    }

    #[test]
    fn a_sum_that_no_decimal_holds_is_refused() {
        let most = Tokens::from_micros(Decimal::MAX.mantissa());
        assert_eq!(Decimal::try_from(most).unwrap().mantissa(), most.micros());
        for over in [most + Tokens::from_micros(1), Tokens::from_micros(i128::MIN)] {
            assert_eq!(Decimal::try_from(over), Err(TokensError::TooLarge));
        }
    }
}
