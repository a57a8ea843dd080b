//! Cells: one value of a row, typed.

use std::fmt::{self, Display};

use chrono::NaiveDate;
use serde::{Serialize, Serializer};
use tallyfold_core::Tokens;

use crate::money::Money;
use crate::ratio::{Permille, Tenths};
use crate::zone::LocalInstant;

/// A cell of a row, of its column's [`CellKind`](super::CellKind) or absent.
///
/// Displayed it is the text that formats without types have: nothing where it is absent, a list
/// with `; ` between its items, numbers without separators, a share as a fraction. Serialized it is
/// a value of JSON: `null`, arrays, amounts as strings, because a reader may make a float of a number.
///
/// Exhaustive, as [`CellKind`](super::CellKind) is.
///
/// ```
/// use tallyfold_core::Tokens;
/// use tallyfold_projections::Cell;
///
/// let versions = ["2025".to_owned(), "2026".to_owned()];
/// assert_eq!(Cell::Texts(&versions).to_string(), "2025; 2026");
/// assert_eq!(serde_json::to_string(&Cell::Texts(&versions))?, r#"["2025","2026"]"#);
/// assert_eq!(serde_json::to_string(&Cell::Tokens(Tokens::whole(7)))?, r#""7""#);
/// assert_eq!(Cell::Absent.to_string(), "");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell<'a> {
    /// No value.
    Absent,
    /// Words.
    Text(&'a str),
    /// Several texts.
    Texts(&'a [String]),
    /// Several whole numbers.
    Numbers(&'a [u64]),
    /// Yes or no.
    Switch(bool),
    /// A number of things.
    Count(i64),
    /// A number with one decimal.
    Decimal(Tenths),
    /// A fraction of 1.
    Share(Permille),
    /// Tokens.
    Tokens(Tokens),
    /// Money.
    Money(Money),
    /// An instant.
    Instant(LocalInstant),
    /// A day.
    Date(NaiveDate),
}

impl Cell<'_> {
    /// Whether there is no value.
    #[must_use]
    pub const fn is_absent(&self) -> bool {
        matches!(self, Cell::Absent)
    }

    /// Tokens, or a number of things as whole ones: what can be added up exactly. `None` for
    /// anything else.
    #[must_use]
    pub const fn amount(&self) -> Option<Tokens> {
        match self {
            Cell::Tokens(tokens) => Some(*tokens),
            Cell::Count(count) => Some(Tokens::whole(*count)),
            _ => None,
        }
    }
}

impl Display for Cell<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cell::Absent => Ok(()),
            Cell::Text(text) => f.write_str(text),
            Cell::Texts(texts) => write_list(f, texts),
            Cell::Numbers(numbers) => write_list(f, numbers),
            Cell::Switch(is_on) => is_on.fmt(f),
            Cell::Count(count) => count.fmt(f),
            Cell::Decimal(decimal) => decimal.fmt(f),
            Cell::Share(share) => f.write_str(&share.fraction()),
            Cell::Tokens(tokens) => tokens.fmt(f),
            Cell::Money(money) => money.fmt(f),
            Cell::Instant(instant) => instant.fmt(f),
            Cell::Date(date) => date.fmt(f),
        }
    }
}

fn write_list(f: &mut fmt::Formatter<'_>, items: &[impl Display]) -> fmt::Result {
    for (place, item) in items.iter().enumerate() {
        let between = if place == 0 { "" } else { "; " };
        write!(f, "{between}{item}")?;
    }
    Ok(())
}

impl Serialize for Cell<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Cell::Absent => serializer.serialize_none(),
            Cell::Text(text) => serializer.serialize_str(text),
            Cell::Texts(texts) => serializer.collect_seq(*texts),
            Cell::Numbers(numbers) => serializer.collect_seq(*numbers),
            Cell::Switch(is_on) => serializer.serialize_bool(*is_on),
            Cell::Count(count) => serializer.serialize_i64(*count),
            Cell::Decimal(decimal) => decimal.serialize(serializer),
            Cell::Share(share) => share.serialize(serializer),
            Cell::Tokens(tokens) => serializer.collect_str(tokens),
            Cell::Money(money) => money.serialize(serializer),
            Cell::Instant(instant) => instant.serialize(serializer),
            Cell::Date(date) => serializer.collect_str(date),
        }
    }
}
