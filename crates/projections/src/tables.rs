//! The tables that reports are made of.

use crate::premium::{
    AdviceRow, DetailRow, ExportRow, SeatUserRow, TokenUserRow, UserRow, WeekRow,
};
use crate::row::{Column, ReportRow};
use crate::standard::{
    DayRow, MovementRow, ProductRow, SeatProductRow, SeatSummaryRow, SeatTotals, TokenSummary,
    VersionRow,
};

/// A table of a report: what it is called, and its columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Table {
    /// The report, as it is asked for: `token by-product`.
    pub report: &'static str,
    /// Its columns, in order.
    pub columns: &'static [Column],
}

impl Table {
    const fn of<R: ReportRow>() -> Table {
        Table { report: R::REPORT, columns: R::COLUMNS }
    }
}

/// Every table of every report, in the order of `docs/reports.md`. The last column of `advice` is
/// for who gives prices.
///
/// ```
/// use tallyfold_projections::{CellKind, TABLES};
///
/// let export = TABLES.iter().find(|table| table.report == "usage export").ok_or("no such table")?;
/// assert_eq!(export.columns[4].name, "day_used");
/// assert_eq!(export.columns[4].kind, CellKind::Date);
/// # Ok::<(), &str>(())
/// ```
pub const TABLES: &[Table] = &[
    Table::of::<TokenSummary>(),
    Table::of::<DayRow>(),
    Table::of::<MovementRow>(),
    Table::of::<ProductRow>(),
    Table::of::<VersionRow>(),
    Table::of::<SeatSummaryRow>(),
    Table::of::<SeatTotals>(),
    Table::of::<SeatProductRow>(),
    Table::of::<TokenUserRow>(),
    Table::of::<SeatUserRow>(),
    Table::of::<UserRow>(),
    Table::of::<DetailRow>(),
    Table::of::<WeekRow>(),
    Table::of::<AdviceRow>(),
    Table::of::<ExportRow>(),
];
