//! Columns: what they are called, and what their cells are.

use super::Field;

/// What the cells of a column are.
///
/// Exhaustive: who writes a format deals with each of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CellKind {
    /// Words.
    Text,
    /// Several texts.
    Texts,
    /// Several whole numbers.
    Numbers,
    /// Yes or no.
    Switch,
    /// A number of things.
    Count,
    /// A number with one decimal.
    Decimal,
    /// A fraction of 1 with three decimals, shown to people as percent.
    Share,
    /// Tokens, to six decimals.
    Tokens,
    /// Money, to six decimals.
    Money,
    /// An instant, in the report's time zone.
    Instant,
    /// A day.
    Date,
}

/// A column of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Column {
    /// The name, as CSV and JSON have it: `tokens_used`.
    pub name: &'static str,
    /// What its cells are.
    pub kind: CellKind,
    /// Whether a cell may be absent.
    pub is_optional: bool,
    /// Whether the sum over the rows of an account is a number of the account.
    pub is_summed: bool,
    /// Whether its amounts are averages, of which people read two decimals.
    pub is_average: bool,
}

impl Column {
    /// A column whose cells are never absent.
    #[must_use]
    pub const fn new(name: &'static str, kind: CellKind) -> Column {
        Column { name, kind, is_optional: false, is_summed: false, is_average: false }
    }

    /// The column of a field.
    pub(crate) const fn of<F: Field>(name: &'static str) -> Column {
        Column { is_optional: F::IS_OPTIONAL, ..Column::new(name, F::KIND) }
    }

    /// The same column, with cells that may be absent.
    #[must_use]
    pub const fn optional(self) -> Column {
        Column { is_optional: true, ..self }
    }

    /// The same column, with a total below it.
    #[must_use]
    pub const fn summed(self) -> Column {
        Column { is_summed: true, ..self }
    }

    /// The same column, of averages.
    #[must_use]
    pub const fn average(self) -> Column {
        Column { is_average: true, ..self }
    }

    /// Whether its cells are numbers, which are set to the right.
    #[must_use]
    pub const fn is_number(&self) -> bool {
        match self.kind {
            CellKind::Count
            | CellKind::Decimal
            | CellKind::Share
            | CellKind::Tokens
            | CellKind::Money => true,
            CellKind::Text
            | CellKind::Texts
            | CellKind::Numbers
            | CellKind::Switch
            | CellKind::Instant
            | CellKind::Date => false,
        }
    }

    /// The header that people read: `tokens used`, `2–3 days`, `expiring within 30 days`.
    #[must_use]
    pub fn label(&self) -> String {
        let number = |prefix: &str| {
            let number = self.name.strip_prefix(prefix)?;
            number.starts_with(|c: char| c.is_ascii_digit()).then_some(number)
        };
        match (number("days_"), number("expiring_")) {
            (Some("1"), _) => "1 day".to_owned(),
            (Some("16"), _) => "16+ days".to_owned(),
            (Some(days), _) => format!("{} days", days.replace('_', "–")),
            (_, Some(days)) => format!("expiring within {days} days"),
            (None, None) => self.name.replace('_', " "),
        }
    }
}

/// How many columns several lists have together.
pub(crate) const fn count(lists: &[&[Column]]) -> usize {
    let (mut count, mut list) = (0, 0);
    while list < lists.len() {
        count += lists[list].len();
        list += 1;
    }
    count
}

/// Several lists of columns as one, of their [`count`].
pub(crate) const fn joined<const N: usize>(lists: &[&[Column]]) -> [Column; N] {
    let mut joined = [Column::new("", CellKind::Text); N];
    let (mut at, mut list) = (0, 0);
    while list < lists.len() {
        let mut place = 0;
        while place < lists[list].len() {
            joined[at] = lists[list][place];
            (at, place) = (at + 1, place + 1);
        }
        list += 1;
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_the_name_as_people_read_it() {
        for (name, label) in [
            ("tokens_used", "tokens used"),
            ("days_of_use", "days of use"),
            ("days_1", "1 day"),
            ("days_2_3", "2–3 days"),
            ("days_16", "16+ days"),
            ("expiring_30", "expiring within 30 days"),
        ] {
            assert_eq!(Column::new(name, CellKind::Count).label(), label);
        }
    }
}
