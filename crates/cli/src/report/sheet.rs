//! A report as a sheet: named columns and typed cells, whatever it is written as.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};
use tallyfold_core::Tokens;
use tallyfold_projections::json::Object;
use tallyfold_projections::{Cell, Column, ReportRow, Row};

use crate::text::grouped;

/// Rows under their columns.
pub(crate) struct Sheet {
    /// The report, as it is asked for: `token by-product`.
    pub(crate) name: &'static str,
    pub(crate) columns: &'static [Column],
    rows: Box<dyn Rows>,
}

/// The cells of a row, one for each column of the sheet.
pub(crate) type Cells<'a> = Vec<Cell<'a>>;

/// Rows of whatever type.
trait Rows {
    fn len(&self) -> usize;
    fn cells(&self, place: usize) -> Cells<'_>;
}

impl<R: Row> Rows for Vec<R> {
    fn len(&self) -> usize {
        Vec::len(self)
    }

    fn cells(&self, place: usize) -> Cells<'_> {
        self[place].cells()
    }
}

impl Sheet {
    /// The sheet of a report's rows.
    pub(crate) fn new<R: ReportRow + 'static>(rows: Vec<R>) -> Sheet {
        Sheet { name: R::REPORT, columns: R::COLUMNS, rows: Box::new(rows) }
    }

    /// The same without the last column.
    pub(crate) fn without_last_column(self) -> Sheet {
        let columns = self.columns.split_last().map_or(self.columns, |(_, others)| others);
        Sheet { columns, ..self }
    }

    /// The name as a field of JSON: `token_by_product`.
    pub(crate) fn key(&self) -> String {
        self.name.replace([' ', '-'], "_")
    }

    /// The name as one of a file: `token-by-product`.
    pub(crate) fn file_name(&self) -> String {
        self.name.replace(' ', "-")
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn rows(&self) -> impl DoubleEndedIterator<Item = Cells<'_>> + ExactSizeIterator {
        (0..self.len()).map(|place| self.row(place))
    }

    /// The row at a place.
    pub(crate) fn row(&self, place: usize) -> Cells<'_> {
        let mut cells = self.rows.cells(place);
        cells.truncate(self.columns.len());
        cells
    }

    /// Each row as a JSON object.
    pub(crate) fn objects(&self) -> impl Iterator<Item = Object<'_>> {
        self.rows().map(|cells| Object::of_cells(self.columns, cells))
    }

    /// The texts of a row as people read them: thousands told apart, shares as percent.
    pub(crate) fn shown_row(&self, row: &[Cell<'_>]) -> Vec<String> {
        row.iter().zip(self.columns).map(|(cell, column)| shown(column, cell)).collect()
    }

    /// A cell as people read it at a glance: averages to two decimals.
    pub(crate) fn shown_rounded(&self, row: &[Cell<'_>], place: usize) -> String {
        match &self.columns[place] {
            column if column.is_average => grouped(&rounded(&row[place].to_string())),
            column => shown(column, &row[place]),
        }
    }

    /// Where a column is.
    pub(crate) fn place(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// A cell as a text; nothing where there is none.
    pub(crate) fn text(&self, row: &[Cell<'_>], name: &str) -> String {
        self.place(name).map(|place| row[place].to_string()).unwrap_or_default()
    }

    /// A cell as people read it.
    pub(crate) fn shown(&self, row: &[Cell<'_>], name: &str) -> String {
        self.place(name).map(|place| self.shown_rounded(row, place)).unwrap_or_default()
    }

    /// A cell as an amount; 0 where it is none.
    pub(crate) fn amount(&self, row: &[Cell<'_>], name: &str) -> Tokens {
        self.place(name).and_then(|place| row[place].amount()).unwrap_or_default()
    }

    /// Whether its one row is too long for a line, so that people read it as a list.
    pub(crate) fn is_record(&self) -> bool {
        self.len() == 1 && self.columns.len() > 16
    }

    /// A row for each account with the sums of its rows, where there are several rows to add up.
    pub(crate) fn totals(&self) -> Vec<Cells<'_>> {
        let has_sums = self.columns.iter().any(|column| column.is_summed);
        if self.len() < 2 || !has_sums {
            return Vec::new();
        }
        let account = self.place("account");
        let mut accounts: BTreeMap<&str, Vec<Tokens>> = BTreeMap::new();
        for row in self.rows() {
            let name = match account.map(|place| row[place]) {
                Some(Cell::Text(name)) => name,
                _ => "",
            };
            let sums = accounts.entry(name).or_insert_with(|| vec![Tokens::ZERO; row.len()]);
            for (cell, sum) in row.iter().zip(sums) {
                *sum += cell.amount().unwrap_or_default();
            }
        }
        accounts.into_iter().map(|(name, sums)| self.total(account, name, sums)).collect()
    }

    fn total<'a>(&self, account: Option<usize>, name: &'a str, sums: Vec<Tokens>) -> Cells<'a> {
        let sum = |(column, sum): (&Column, Tokens)| {
            if column.is_summed { Cell::Tokens(sum) } else { Cell::Absent }
        };
        let mut row: Cells<'a> = self.columns.iter().zip(sums).map(sum).collect();
        let is_label =
            |(place, column): &(usize, &Column)| Some(*place) != account && !column.is_number();
        if let Some((label, _)) = self.columns.iter().enumerate().find(is_label) {
            row[label] = Cell::Text("total");
        }
        if let Some(account) = account {
            row[account] = Cell::Text(name);
        }
        row
    }

    /// The sum of the tokens over the rows, where they have tokens.
    pub(crate) fn sum_of_tokens(&self) -> Option<Tokens> {
        let column = self.place("tokens_used").or_else(|| self.place("tokens"))?;
        Some(self.rows().filter_map(|row| row[column].amount()).sum())
    }
}

impl Serialize for Sheet {
    /// The rows, as objects.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.objects())
    }
}

/// A cell as people read it: of a switch only that it is on.
fn shown(column: &Column, cell: &Cell<'_>) -> String {
    match cell {
        Cell::Switch(is_on) => if *is_on { "yes" } else { "" }.to_owned(),
        Cell::Share(share) => share.to_string(),
        _ if column.is_number() => grouped(&cell.to_string()),
        _ => cell.to_string(),
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
