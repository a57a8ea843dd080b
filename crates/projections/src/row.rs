//! Rows of reports as cells under columns: what every format writes.

mod cell;
mod column;
mod declare;
mod fields;

pub use cell::Cell;
pub use column::{CellKind, Column};
pub(crate) use column::{count, joined};
pub(crate) use declare::{columns_of, put_cells, row, words};
pub(crate) use fields::Field;

/// A row of a report: named columns, and a cell for each of them.
///
/// Every format is written from these two, so a column has one name and one kind everywhere:
/// [`csv::write`](crate::csv::write), [`json::write`](crate::json::write), and tables of your own.
///
/// ```
/// use tallyfold_core::{Ledger, PackPurchased, Timestamp, Tokens};
/// use tallyfold_projections::standard::MovementRow;
/// use tallyfold_projections::{Facts, PeriodSpec, Row, TimeZone, Usage};
///
/// let at: Timestamp = "2026-01-05T09:00:00Z".parse()?;
/// let (mut ledger, mut usage) = (Ledger::default(), Usage::new(TimeZone::UTC));
/// ledger.apply(&PackPurchased::new("P1", 100)?.on("acme", at)?, &mut usage)?;
/// let facts = Facts::of(&ledger, at);
/// let rows = usage.reports(PeriodSpec::HISTORY, &facts).token_events();
/// for (column, cell) in MovementRow::COLUMNS.iter().zip(rows[0].cells()) {
///     println!("{:<16} {cell}", column.label());
/// }
/// assert_eq!(MovementRow::COLUMNS[4].name, "tokens");
/// assert_eq!(rows[0].cells()[4].amount(), Some(Tokens::whole(100)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A row of your own is written by the same writers:
///
/// ```
/// use tallyfold_core::Tokens;
/// use tallyfold_projections::{Cell, CellKind, Column, Row, csv};
///
/// struct TeamRow {
///     team: String,
///     tokens_used: Tokens,
/// }
///
/// impl Row for TeamRow {
///     const COLUMNS: &'static [Column] = &[
///         Column::new("team", CellKind::Text),
///         Column::new("tokens_used", CellKind::Tokens).summed(),
///     ];
///
///     fn cells(&self) -> Vec<Cell<'_>> {
///         vec![Cell::Text(&self.team), Cell::Tokens(self.tokens_used)]
///     }
/// }
///
/// let mut text = Vec::new();
/// csv::write(&mut text, &[TeamRow { team: "CAD, Lyon".into(), tokens_used: Tokens::whole(7) }])?;
/// assert_eq!(text, b"team,tokens_used\n\"CAD, Lyon\",7\n");
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Why rows are not `Serialize`
///
/// A row may hold lists, which a flat format such as CSV cannot take from serde: `serialize` of a
/// `csv::Writer` would compile, and fail when it runs. Nor would it neutralise formulas. So it does
/// not compile:
///
/// ```compile_fail,E0277
/// fn write(row: &tallyfold_projections::standard::DayRow) -> csv::Result<()> {
///     csv::Writer::from_writer(Vec::new()).serialize(row)
/// }
/// ```
///
/// For serde's nested formats a row is a [`json::Object`](crate::json::Object).
pub trait Row {
    /// The columns, in order.
    const COLUMNS: &'static [Column];

    /// The cells, one for each column, in the same order.
    fn cells(&self) -> Vec<Cell<'_>>;
}

impl<R: Row> Row for &R {
    const COLUMNS: &'static [Column] = R::COLUMNS;

    fn cells(&self) -> Vec<Cell<'_>> {
        R::cells(self)
    }
}

/// A row of a report that `docs/reports.md` defines.
pub trait ReportRow: Row {
    /// The report, as it is asked for: `token by-product`.
    const REPORT: &'static str;
}
