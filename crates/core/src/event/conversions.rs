//! What events are made of by hand: texts and numbers that are checked, and why one does not fit.

use std::convert::Infallible;

use super::{
    AdjustmentTokens, Name, NameError, OutOfRange, OverrideOutOfRange, PackTokens, RateTokens,
    Text, TextTooLong, TimestampError, Tokens, TokensError, TooManyProducts,
};

/// Why a value does not fit an event: every error of making one, as one type.
///
/// Non-exhaustive: events to come may be made of other values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ValueError {
    /// Not a name.
    #[error(transparent)]
    Name(#[from] NameError),
    /// Not a free text.
    #[error(transparent)]
    Text(#[from] TextTooLong),
    /// Not a list of products.
    #[error(transparent)]
    Products(#[from] TooManyProducts),
    /// Not an amount of tokens.
    #[error(transparent)]
    Tokens(#[from] TokensError),
    /// Not an instant.
    #[error(transparent)]
    Timestamp(#[from] TimestampError),
    /// A number or a term that the event may not have.
    #[error(transparent)]
    OutOfRange(#[from] OutOfRange),
    /// A number that a rulebook key may not have.
    #[error(transparent)]
    Override(#[from] OverrideOutOfRange),
    /// The number of a charge is 0; charges are counted from 1.
    #[error("charges are numbered from 1")]
    ChargeNumber,
}

impl From<Infallible> for ValueError {
    fn from(never: Infallible) -> ValueError {
        match never {}
    }
}

/// What a name is made of: a `Name`, or a text that is checked.
pub trait IntoName<'a> {
    /// The name.
    ///
    /// # Errors
    ///
    /// [`ValueError::Name`] where the text is not one.
    fn into_name(self) -> Result<Name<'a>, ValueError>;
}

impl<'a, T: TryInto<Name<'a>, Error: Into<ValueError>>> IntoName<'a> for T {
    fn into_name(self) -> Result<Name<'a>, ValueError> {
        self.try_into().map_err(Into::into)
    }
}

/// What a free text is made of: a `Text`, or a text of which the length is checked.
pub trait IntoText<'a> {
    /// The text.
    ///
    /// # Errors
    ///
    /// [`ValueError::Text`] where it is too long.
    fn into_text(self) -> Result<Text<'a>, ValueError>;
}

impl<'a, T: TryInto<Text<'a>, Error: Into<ValueError>>> IntoText<'a> for T {
    fn into_text(self) -> Result<Text<'a>, ValueError> {
        self.try_into().map_err(Into::into)
    }
}

macro_rules! amounts_of {
    ($($name:ident),*) => {$(
        impl TryFrom<Tokens> for $name {
            type Error = OutOfRange;

            fn try_from(tokens: Tokens) -> Result<$name, OutOfRange> {
                $name::new(tokens)
            }
        }

        impl TryFrom<i32> for $name {
            type Error = OutOfRange;

            fn try_from(tokens: i32) -> Result<$name, OutOfRange> {
                $name::whole(tokens.into())
            }
        }

        impl TryFrom<i64> for $name {
            type Error = OutOfRange;

            fn try_from(tokens: i64) -> Result<$name, OutOfRange> {
                $name::whole(tokens)
            }
        }

        impl TryFrom<&str> for $name {
            type Error = ValueError;

            /// Reads a decimal, such as `"0.5"`.
            fn try_from(tokens: &str) -> Result<$name, ValueError> {
                Ok($name::new(tokens.parse()?)?)
            }
        }

        impl $name {
            /// A whole number of tokens.
            ///
            /// # Errors
            ///
            #[doc = concat!("[`OutOfRange::", stringify!($name), "`] where it does not fit.")]
            pub fn whole(tokens: i64) -> Result<$name, OutOfRange> {
                $name::new(Tokens::whole(tokens))
            }
        }
    )*};
}

amounts_of!(PackTokens, RateTokens, AdjustmentTokens);
