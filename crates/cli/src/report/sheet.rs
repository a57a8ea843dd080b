//! A report as a sheet: named columns and typed cells, whatever it is written as.

use serde::Serialize;
use serde_json::{Map, Value};
use tallyfold_core::Tokens;

use crate::text::grouped;

/// What the cells of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Words, or several of them.
    Text,
    /// A number of things, or an exact amount.
    Number,
    /// A fraction of 1 with three decimals, shown to people as percent.
    Share,
    /// An instant or a day.
    Time,
}

/// A column: the field of the row that it shows, and what its cells are.
pub(crate) type Column = (&'static str, Kind);

/// Rows under their columns.
#[derive(Clone, Debug)]
pub(crate) struct Sheet {
    /// The report, as it is asked for: `token by-product`.
    pub(crate) name: &'static str,
    pub(crate) columns: &'static [Column],
    pub(crate) rows: Vec<Row>,
}

/// The cells of a row, in the order of the columns; none where the row has no such field.
pub(crate) type Row = Box<[Option<Value>]>;

impl Sheet {
    /// A sheet of rows that serialize to objects with the columns as fields.
    pub(crate) fn new<T: Serialize>(
        name: &'static str,
        columns: &'static [Column],
        rows: impl IntoIterator<Item = T>,
    ) -> serde_json::Result<Sheet> {
        let cells = |row| {
            let mut fields = serde_json::to_value(row)?;
            let mut cell = |(name, _): &Column| fields.get_mut(*name).map(Value::take);
            Ok(columns.iter().map(&mut cell).collect())
        };
        let rows = rows.into_iter().map(cells).collect::<serde_json::Result<_>>()?;
        Ok(Sheet { name, columns, rows })
    }

    /// The texts of a row, as formats without types have them.
    pub(crate) fn texts(row: &Row) -> impl Iterator<Item = String> {
        row.iter().map(|cell| text(cell.as_ref()))
    }

    /// A row as an object.
    pub(crate) fn object(&self, row: &Row) -> Map<String, Value> {
        let field = |((name, _), cell): (&Column, &Option<Value>)| {
            cell.clone().map(|value| ((*name).to_owned(), value))
        };
        self.columns.iter().zip(row).filter_map(field).collect()
    }

    /// The texts of a row as people read them: thousands told apart, shares as percent.
    pub(crate) fn shown(&self, row: &Row) -> impl Iterator<Item = String> {
        Sheet::texts(row).zip(self.columns).map(|(text, (_, kind))| match kind {
            Kind::Number => grouped(&text),
            Kind::Share => percent(&text),
            Kind::Text | Kind::Time => text,
        })
    }

    /// The one row that is too long for a line, which people read as a list.
    pub(crate) fn record(&self) -> Option<&Row> {
        match &self.rows[..] {
            [row] if self.columns.len() > 16 => Some(row),
            _ => None,
        }
    }

    /// The sum of the column `tokens_used`, where there is one.
    pub(crate) fn tokens_used(&self) -> Option<Tokens> {
        let column = self.columns.iter().position(|(name, _)| *name == "tokens_used")?;
        let amount = |row: &Row| serde_json::from_value(row[column].clone()?).ok();
        Some(self.rows.iter().filter_map(amount).sum())
    }
}

/// A cell as a text: a list is its items.
pub(crate) fn text(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(items)) => {
            let items: Vec<_> = items.iter().map(|item| text(Some(item))).collect();
            items.join("; ")
        }
        Some(other) => other.to_string(),
    }
}

/// `0.125` as `12.5 %`: the point goes two places to the right.
fn percent(fraction: &str) -> String {
    let (whole, thousandths) = fraction.split_once('.').unwrap_or((fraction, ""));
    let permille = format!("{whole}{thousandths:0<3}").parse::<u64>().unwrap_or_default();
    format!("{}.{} %", permille / 10, permille % 10)
}

/// A text that a spreadsheet would take for a formula is made a text again
/// (OWASP, CSV Injection).
pub(crate) fn neutralised(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}
