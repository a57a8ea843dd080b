//! Rows as JSON: objects with the columns as fields.

use std::io::{self, Write};

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::row::{Cell, Column, Row};

/// A row as a JSON object: fields in the order of the columns, `null` where a cell is absent.
///
/// ```
/// use tallyfold_projections::estimate::{LeftOut, WhyLeftOut};
/// use tallyfold_projections::json::Object;
///
/// let row = LeftOut {
///     product: "Revit".into(),
///     tokens_used: "10.5".parse()?,
///     why: WhyLeftOut::NoRate,
/// };
/// assert_eq!(
///     serde_json::to_string(&Object::of(&row))?,
///     r#"{"product":"Revit","tokens_used":"10.5","why":"no_rate"}"#,
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Object<'a> {
    columns: &'a [Column],
    cells: Vec<Cell<'a>>,
}

impl<'a> Object<'a> {
    /// The object of a row.
    #[must_use]
    pub fn of<R: Row>(row: &'a R) -> Object<'a> {
        Object::of_cells(R::COLUMNS, row.cells())
    }

    /// The object of cells under these columns. Those that are more than the others are left out.
    #[must_use]
    pub fn of_cells(columns: &'a [Column], cells: Vec<Cell<'a>>) -> Object<'a> {
        Object { columns, cells }
    }
}

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let fields = self.columns.iter().zip(&self.cells);
        let mut object = serializer.serialize_map(Some(fields.len()))?;
        for (column, cell) in fields {
            object.serialize_entry(column.name, cell)?;
        }
        object.end()
    }
}

/// Serializes rows as an array of objects: for a field of a struct of yours.
///
/// ```
/// use tallyfold_projections::standard::ProductRow;
///
/// #[derive(serde::Serialize)]
/// struct Answer {
///     account: &'static str,
///     #[serde(serialize_with = "tallyfold_projections::json::serialize")]
///     rows: Vec<ProductRow>,
/// }
///
/// let answer = Answer { account: "acme", rows: Vec::new() };
/// assert_eq!(serde_json::to_string(&answer)?, r#"{"account":"acme","rows":[]}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// # Errors
///
/// Whatever the serializer fails with.
pub fn serialize<R: Row, S: Serializer>(rows: &[R], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(rows.iter().map(Object::of))
}

/// Rows as an array.
struct Rows<'a, R>(&'a [R]);

impl<R: Row> Serialize for Rows<'_, R> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize(self.0, serializer)
    }
}

/// Writes rows as one JSON array, indented, with a line end behind it.
///
/// # Errors
///
/// Whatever writing to `out` fails with.
///
/// ```
/// use tallyfold_core::{Ledger, PackPurchased, Timestamp};
/// use tallyfold_projections::{Facts, PeriodSpec, TimeZone, Usage, json};
///
/// let at: Timestamp = "2026-01-05T09:00:00Z".parse()?;
/// let (mut ledger, mut usage) = (Ledger::default(), Usage::new(TimeZone::UTC));
/// ledger.apply(&PackPurchased::new("P1", 100)?.on("acme", at)?, &mut usage)?;
/// let facts = Facts::of(&ledger, at);
/// let rows = usage.reports(PeriodSpec::HISTORY, &facts).token_events();
///
/// let mut text = Vec::new();
/// json::write(&mut text, &rows)?;
/// let rows: serde_json::Value = serde_json::from_slice(&text)?;
/// assert_eq!(rows[0]["pack"], "P1");
/// assert_eq!(rows[0]["tokens"], "100");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write<R: Row>(mut out: impl Write, rows: &[R]) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut out, &Rows(rows))?;
    writeln!(out)
}

/// Writes rows as JSON Lines: an object a line.
///
/// # Errors
///
/// Whatever writing to `out` fails with.
///
/// ```
/// use tallyfold_projections::estimate::{LeftOut, WhyLeftOut};
/// use tallyfold_projections::json;
///
/// let row = |product: &str| LeftOut {
///     product: product.into(),
///     tokens_used: Default::default(),
///     why: WhyLeftOut::Results,
/// };
/// let mut text = Vec::new();
/// json::write_lines(&mut text, &[row("Render"), row("Cloud")])?;
/// assert!(text.starts_with(br#"{"product":"Render","tokens_used":"0","why":"results"}"#));
/// assert_eq!(text.iter().filter(|byte| **byte == b'\n').count(), 2);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn write_lines<R: Row>(mut out: impl Write, rows: &[R]) -> io::Result<()> {
    rows.iter().try_for_each(|row| write_line(&mut out, &Object::of(row)))
}

/// Writes one object and a line end.
///
/// # Errors
///
/// Whatever writing to `out` fails with.
pub fn write_line(mut out: impl Write, object: &Object<'_>) -> io::Result<()> {
    serde_json::to_writer(&mut out, object)?;
    writeln!(out)
}
