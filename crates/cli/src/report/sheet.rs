//! A report as a sheet: named columns and typed cells, whatever it is written as.

use std::collections::BTreeMap;

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;
use tallyfold_core::Tokens;

use crate::text::grouped;

/// What the cells of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CellKind {
    /// Words, or several of them.
    Text,
    /// A number of things.
    Count,
    /// A number with one decimal.
    Decimal,
    /// Tokens or money, exact.
    Amount,
    /// Tokens or money, rounded to six decimals.
    Average,
    /// A fraction of 1 with three decimals, shown to people as percent.
    Share,
    /// An instant.
    Timestamp,
    /// A day.
    Date,
}

/// A column: the field of the row that it shows, and what its cells are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) kind: CellKind,
    /// Whether the sum over the rows of an account is a number of the account.
    pub(crate) is_summed: bool,
}

impl Column {
    pub(crate) const fn text(name: &'static str) -> Column {
        Column::of(name, CellKind::Text)
    }

    pub(crate) const fn count(name: &'static str) -> Column {
        Column::of(name, CellKind::Count)
    }

    pub(crate) const fn decimal(name: &'static str) -> Column {
        Column::of(name, CellKind::Decimal)
    }

    pub(crate) const fn amount(name: &'static str) -> Column {
        Column::of(name, CellKind::Amount)
    }

    pub(crate) const fn average(name: &'static str) -> Column {
        Column::of(name, CellKind::Average)
    }

    pub(crate) const fn share(name: &'static str) -> Column {
        Column::of(name, CellKind::Share)
    }

    pub(crate) const fn instant(name: &'static str) -> Column {
        Column::of(name, CellKind::Timestamp)
    }

    pub(crate) const fn date(name: &'static str) -> Column {
        Column::of(name, CellKind::Date)
    }

    /// The same column, with a total below it.
    pub(crate) const fn summed(self) -> Column {
        Column { is_summed: true, ..self }
    }

    const fn of(name: &'static str, kind: CellKind) -> Column {
        Column { name, kind, is_summed: false }
    }

    /// The header that people read: `tokens used`, `2–3 days`, `expiring within 30 days`.
    pub(crate) fn label(&self) -> String {
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

    pub(crate) fn is_number(&self) -> bool {
        !matches!(self.kind, CellKind::Text | CellKind::Timestamp | CellKind::Date)
    }
}

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
            let mut cell = |column: &Column| {
                fields.get_mut(column.name).map(Value::take).filter(|value| !value.is_null())
            };
            Ok(columns.iter().map(&mut cell).collect())
        };
        let rows = rows.into_iter().map(cells).collect::<serde_json::Result<_>>()?;
        Ok(Sheet { name, columns, rows })
    }

    /// The name as a field of JSON: `token_by_product`.
    pub(crate) fn key(&self) -> String {
        self.name.replace([' ', '-'], "_")
    }

    /// The name as one of a file: `token-by-product`.
    pub(crate) fn file_name(&self) -> String {
        self.name.replace(' ', "-")
    }

    /// The texts of a row, as formats without types have them.
    pub(crate) fn texts(row: &Row) -> impl Iterator<Item = String> {
        row.iter().map(|cell| text(cell.as_ref()))
    }

    /// Each row as a JSON object.
    pub(crate) fn objects(&self) -> impl Iterator<Item = RowObject<'_>> {
        self.rows.iter().map(|row| RowObject { columns: self.columns, row })
    }

    /// The texts of a row as people read them: thousands told apart, shares as percent.
    pub(crate) fn shown_row(&self, row: &Row) -> impl Iterator<Item = String> {
        let shown =
            |(cell, column): (&Option<Value>, &Column)| shown(column.kind, words(cell.as_ref()));
        row.iter().zip(self.columns).map(shown)
    }

    /// A cell as people read it at a glance: averages to two decimals.
    pub(crate) fn shown_rounded(&self, row: &Row, place: usize) -> String {
        let text = words(row[place].as_ref());
        match self.columns[place].kind {
            CellKind::Average => shown(CellKind::Average, rounded(&text)),
            kind => shown(kind, text),
        }
    }

    /// Where a column is.
    pub(crate) fn place(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// A cell as a text; nothing where there is none.
    pub(crate) fn text(&self, row: &Row, name: &str) -> String {
        self.place(name).map(|place| text(row[place].as_ref())).unwrap_or_default()
    }

    /// A cell as people read it.
    pub(crate) fn shown(&self, row: &Row, name: &str) -> String {
        self.place(name).map(|place| self.shown_rounded(row, place)).unwrap_or_default()
    }

    /// A cell as an amount; 0 where it is none.
    pub(crate) fn amount(&self, row: &Row, name: &str) -> Tokens {
        self.place(name).map(|place| self.amount_at(row, place)).unwrap_or_default()
    }

    /// The same of a column whose place is known.
    pub(crate) fn amount_at(&self, row: &Row, place: usize) -> Tokens {
        amount(row[place].as_ref())
    }

    /// The one row that is too long for a line, which people read as a list.
    pub(crate) fn record(&self) -> Option<&Row> {
        match &self.rows[..] {
            [row] if self.columns.len() > 16 => Some(row),
            _ => None,
        }
    }

    /// A row for each account with the sums of its rows, where there are several rows to add up.
    pub(crate) fn totals(&self) -> Vec<Row> {
        let has_sums = self.columns.iter().any(|column| column.is_summed);
        if self.rows.len() < 2 || !has_sums {
            return Vec::new();
        }
        let account = self.place("account");
        let mut accounts: BTreeMap<String, Vec<Tokens>> = BTreeMap::new();
        for row in &self.rows {
            let name = account.map(|place| text(row[place].as_ref())).unwrap_or_default();
            let sums = accounts.entry(name).or_insert_with(|| vec![Tokens::ZERO; row.len()]);
            let summed = row.iter().zip(self.columns).zip(sums);
            for ((cell, _), sum) in summed.filter(|((_, column), _)| column.is_summed) {
                *sum += amount(cell.as_ref());
            }
        }
        accounts.into_iter().map(|(name, sums)| self.total(account, name, sums)).collect()
    }

    fn total(&self, account: Option<usize>, name: String, sums: Vec<Tokens>) -> Row {
        let sum = |(column, sum): (&Column, Tokens)| {
            column.is_summed.then(|| Value::String(sum.to_string()))
        };
        let mut row: Row = self.columns.iter().zip(sums).map(sum).collect();
        let is_label =
            |(place, column): &(usize, &Column)| Some(*place) != account && !column.is_number();
        if let Some((label, _)) = self.columns.iter().enumerate().find(is_label) {
            row[label] = Some("total".into());
        }
        if let Some(account) = account {
            row[account] = Some(name.into());
        }
        row
    }

    /// The sum of the tokens over the rows, where they have tokens.
    pub(crate) fn sum_of_tokens(&self) -> Option<Tokens> {
        let column = self.place("tokens_used").or_else(|| self.place("tokens"))?;
        Some(self.rows.iter().map(|row| self.amount_at(row, column)).sum())
    }
}

/// A row as a JSON object: fields in the order of the columns, `null` where a cell has no value.
pub(crate) struct RowObject<'a> {
    columns: &'static [Column],
    row: &'a Row,
}

impl Serialize for RowObject<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(Some(self.columns.len()))?;
        for (column, cell) in self.columns.iter().zip(self.row) {
            object.serialize_entry(column.name, cell)?;
        }
        object.end()
    }
}

/// A cell as an amount; 0 where it is none.
fn amount(cell: Option<&Value>) -> Tokens {
    cell.and_then(|value| serde_json::from_value(value.clone()).ok()).unwrap_or_default()
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

/// A cell as a text for people: of a switch only that it is on.
fn words(value: Option<&Value>) -> String {
    match value {
        Some(Value::Bool(is_on)) => if *is_on { "yes" } else { "" }.to_owned(),
        _ => text(value),
    }
}

/// A cell's text as people read it.
fn shown(kind: CellKind, text: String) -> String {
    match kind {
        CellKind::Count | CellKind::Decimal | CellKind::Amount | CellKind::Average => {
            grouped(&text)
        }
        CellKind::Share if !text.is_empty() => percent(&text),
        CellKind::Text | CellKind::Share | CellKind::Timestamp | CellKind::Date => text,
    }
}

/// An amount to two decimals, halves away from zero; as it is where that would be nothing.
fn rounded(amount: &str) -> String {
    const HUNDREDTH: i128 = 10_000;
    let Ok(exact) = amount.parse::<Tokens>().map(Tokens::micros) else {
        return amount.to_owned();
    };
    let hundredths = (exact + HUNDREDTH / 2 * exact.signum()) / HUNDREDTH;
    match hundredths {
        0 => amount.to_owned(),
        _ => Tokens::from_micros(hundredths * HUNDREDTH).to_string(),
    }
}

/// `0.125` as `12.5 %`: the point goes two places to the right.
fn percent(fraction: &str) -> String {
    let (whole, thousandths) = fraction.split_once('.').unwrap_or((fraction, ""));
    let permille = format!("{whole}{thousandths:0<3}").parse::<u64>().unwrap_or_default();
    format!("{}.{} %", permille / 10, permille % 10)
}
