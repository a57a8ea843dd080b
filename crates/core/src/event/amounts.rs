//! Amounts, counts and terms, as far as an event may have them.

#[cfg(doc)]
use crate::spec::*;

use serde::Serialize;

use super::{Timestamp, Tokens};

/// Why a number or a term does not fit the event that it was given for.
///
/// Non-exhaustive: events to come may have other numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OutOfRange {
    /// A pack of no tokens, or of more than the largest amount.
    #[error("a pack holds more than 0 and at most 1,000,000,000 tokens")]
    PackTokens,
    /// A negative rate, or one over the largest amount.
    #[error("a rate is from 0 to 1,000,000,000 tokens")]
    RateTokens,
    /// An adjustment by nothing, or by more than the largest amount.
    #[error("an adjustment is not 0 and at most 1,000,000,000 tokens in magnitude")]
    AdjustmentTokens,
    /// No result, or too many at once.
    #[error("a quantity is from 1 to 1,000,000")]
    Quantity,
    /// No seat, or too many at once.
    #[error("a subscription has from 1 to 1,000,000 seats")]
    Seats,
    /// A term that ends before it starts, or at once.
    #[error("a term starts before it ends")]
    Term,
}

macro_rules! amounts {
    ($($(#[$doc:meta])* $name:ident if $fits:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(Tokens);

        impl $name {
            /// Takes an amount.
            ///
            /// # Errors
            ///
            #[doc = concat!("[`OutOfRange::", stringify!($name), "`] where it does not fit.")]
            pub fn new(tokens: Tokens) -> Result<Self, OutOfRange> {
                let fits: fn(Tokens) -> bool = $fits;
                if fits(tokens) && tokens.magnitude() <= Tokens::MAX_AMOUNT {
                    Ok(Self(tokens))
                } else {
                    Err(OutOfRange::$name)
                }
            }

            /// The amount.
            #[must_use]
            pub const fn get(self) -> Tokens {
                self.0
            }
        }
    )*};
}

amounts! {
    /// The size of a pack: more than 0 ([P1]).
    ///
    /// ```
    /// use tallyfold_core::{OutOfRange, PackTokens};
    ///
    /// assert_eq!(PackTokens::whole(100)?.get().to_string(), "100");
    /// assert_eq!(PackTokens::whole(0), Err(OutOfRange::PackTokens));
    /// # Ok::<(), OutOfRange>(())
    /// ```
    PackTokens if |tokens| tokens > Tokens::ZERO;
    /// The height of a rate: 0 or more ([R1]).
    ///
    /// ```
    /// use tallyfold_core::{RateTokens, ValueError};
    ///
    /// assert_eq!(RateTokens::try_from("0.5")?.get().to_string(), "0.5");
    /// assert!(RateTokens::whole(-1).is_err());
    /// # Ok::<(), ValueError>(())
    /// ```
    RateTokens if |tokens| tokens >= Tokens::ZERO;
    /// A signed correction: not 0 ([P6]).
    ///
    /// ```
    /// use tallyfold_core::{AdjustmentTokens, OutOfRange};
    ///
    /// assert_eq!(AdjustmentTokens::whole(-7)?.get().to_string(), "-7");
    /// assert!(AdjustmentTokens::whole(0).is_err());
    /// # Ok::<(), OutOfRange>(())
    /// ```
    AdjustmentTokens if |tokens| !tokens.is_zero();
}

macro_rules! counts {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(u32);

        impl $name {
            /// The largest count.
            pub const MAX: u32 = 1_000_000;

            /// Takes a count.
            ///
            /// # Errors
            ///
            #[doc = concat!("[`OutOfRange::", stringify!($name), "`] outside 1 to 1,000,000.")]
            pub const fn new(count: u32) -> Result<Self, OutOfRange> {
                if 1 <= count && count <= Self::MAX {
                    Ok(Self(count))
                } else {
                    Err(OutOfRange::$name)
                }
            }

            /// The count.
            #[must_use]
            pub const fn get(self) -> u32 {
                self.0
            }
        }

        impl TryFrom<u32> for $name {
            type Error = OutOfRange;

            fn try_from(count: u32) -> Result<Self, OutOfRange> {
                Self::new(count)
            }
        }
    )*};
}

counts! {
    /// How many results were produced at once: 1 to 1,000,000 ([R2]).
    ///
    /// ```
    /// use tallyfold_core::Quantity;
    ///
    /// assert_eq!(Quantity::new(12)?.get(), 12);
    /// assert!(Quantity::new(0).is_err());
    /// # Ok::<(), tallyfold_core::OutOfRange>(())
    /// ```
    Quantity;
    /// How many seats a subscription has: 1 to 1,000,000 ([S1]).
    ///
    /// ```
    /// use tallyfold_core::Seats;
    ///
    /// assert_eq!(Seats::new(5)?.get(), 5);
    /// assert!(Seats::new(1_000_001).is_err());
    /// # Ok::<(), tallyfold_core::OutOfRange>(())
    /// ```
    Seats;
}

impl Quantity {
    /// One result: the default.
    pub const ONE: Quantity = Quantity(1);

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
    pub(super) fn is_one(&self) -> bool {
        *self == Quantity::ONE
    }
}

/// When a subscription is valid: `[starts, ends)` ([S1]).
///
/// ```
/// use tallyfold_core::{OutOfRange, Term};
///
/// let (starts, ends) = ("2026-01-01T00:00:00Z".parse()?, "2027-01-01T00:00:00Z".parse()?);
/// assert_eq!(Term::new(starts, ends)?.ends(), ends);
/// assert_eq!(Term::new(ends, starts), Err(OutOfRange::Term));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Term {
    starts: Timestamp,
    ends: Timestamp,
}

impl Term {
    /// The term `[starts, ends)`.
    ///
    /// # Errors
    ///
    /// [`OutOfRange::Term`] unless `starts` < `ends`.
    pub fn new(starts: Timestamp, ends: Timestamp) -> Result<Term, OutOfRange> {
        if starts < ends { Ok(Term { starts, ends }) } else { Err(OutOfRange::Term) }
    }

    /// The first instant of the term.
    #[must_use]
    pub const fn starts(self) -> Timestamp {
        self.starts
    }

    /// The first instant after the term.
    #[must_use]
    pub const fn ends(self) -> Timestamp {
        self.ends
    }

    /// Whether the term holds `at`.
    #[must_use]
    pub fn holds(self, at: Timestamp) -> bool {
        self.starts <= at && at < self.ends
    }
}
