//! Rows as CSV (RFC 4180), safe to open in a spreadsheet.

use std::borrow::Cow;
use std::io::{self, Write};

use crate::row::{Cell, Column, Row};

/// Writes rows below a line with the names of their columns.
///
/// Lines end with `\n`; a cell is quoted where it must be; an absent one is empty; the items of a
/// list have `; ` between them. Texts are [`neutralised`]. For Excel write a byte order mark
/// (`"\u{feff}"`) first, because it takes a file without one for another encoding.
///
/// # Errors
///
/// Whatever writing to `out` fails with.
///
/// ```
/// use tallyfold_core::{Ledger, PackPurchased, RatePublished, SessionOpened, Timestamp};
/// use tallyfold_projections::{Facts, PeriodSpec, TimeZone, Usage, csv};
///
/// let monday: Timestamp = "2026-01-05T09:00:00Z".parse()?;
/// let (mut ledger, mut usage) = (Ledger::default(), Usage::new(TimeZone::UTC));
/// for event in [
///     RatePublished::per_day("AutoCAD", 7)?.from(monday),
///     PackPurchased::new("P1", 100)?.on("acme", monday)?,
///     SessionOpened::new("s1", "ana", "AutoCAD")?.on("acme", monday)?,
/// ] {
///     ledger.apply(&event, &mut usage)?;
/// }
/// let facts = Facts::of(&ledger, monday);
/// let rows = usage.reports(PeriodSpec::HISTORY, &facts).token_by_version();
///
/// let mut text = Vec::new();
/// csv::write(&mut text, &rows)?;
/// assert_eq!(
///     String::from_utf8(text)?,
///     "account,product,version,tokens_used,users,days_of_use\nacme,AutoCAD,,7,1,1\n",
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write<R: Row>(out: impl Write, rows: &[R]) -> io::Result<()> {
    write_cells(out, R::COLUMNS, rows.iter().map(R::cells))
}

/// Writes cells, as [`write()`] does, below the names of these columns. Cells of a row that are
/// more than the columns are left out.
///
/// # Errors
///
/// As [`write()`], and where a row has fewer cells than there are columns.
pub fn write_cells<'a>(
    out: impl Write,
    columns: &[Column],
    rows: impl IntoIterator<Item = Vec<Cell<'a>>>,
) -> io::Result<()> {
    let mut csv = ::csv::Writer::from_writer(out);
    csv.write_record(columns.iter().map(|column| column.name))?;
    for row in rows {
        for cell in row.iter().take(columns.len()) {
            csv.write_field(&*text(cell))?;
        }
        csv.write_record(None::<&str>)?;
    }
    csv.flush()
}

/// The text of a cell. Numbers and times start no formula: a sign before a digit is that of a number.
fn text<'a>(cell: &Cell<'a>) -> Cow<'a, str> {
    match cell {
        Cell::Text(text) => neutralised(text),
        Cell::Texts(_) => neutralised(&cell.to_string()).into_owned().into(),
        _ => cell.to_string().into(),
    }
}

/// A text that a spreadsheet would take for a formula is made a text again (OWASP, CSV Injection):
/// an apostrophe stands before `=`, `+`, `-`, `@`, tab and CR, at the start and where a program that
/// splits cells at other separators would start a cell.
///
/// ```
/// use tallyfold_projections::csv::neutralised;
///
/// assert_eq!(neutralised("=HYPERLINK(\"http://x\")"), "'=HYPERLINK(\"http://x\")");
/// assert_eq!(neutralised("a;=1"), "a;'=1");
/// assert_eq!(neutralised("a=1"), "a=1");
/// ```
#[must_use]
pub fn neutralised(text: &str) -> Cow<'_, str> {
    let mut safe = String::new();
    let (mut copied, mut starts_a_cell) = (0, true);
    for (at, c) in text.char_indices() {
        if starts_a_cell && matches!(c, '=' | '+' | '-' | '@' | '\t' | '\r') {
            safe.push_str(&text[copied..at]);
            safe.push('\'');
            copied = at;
        }
        starts_a_cell = matches!(c, ';' | '\t' | '\n' | '\r');
    }
    if copied == 0 && safe.is_empty() {
        return Cow::Borrowed(text);
    }
    safe.push_str(&text[copied..]);
    Cow::Owned(safe)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::row::CellKind;

    #[test]
    fn no_cell_starts_like_a_formula() {
        for (text, safe) in [
            ("=1+1", "'=1+1"),
            ("a=1", "a=1"),
            ("a;=1;-b; @c", "a;'=1;'-b; @c"),
            ("a\n+1\t@b", "a\n'+1\t'@b"),
            ("\t\r=x", "'\t'\r'=x"),
            ("'=1", "'=1"),
            ("ä;-ö", "ä;'-ö"),
            ("", ""),
        ] {
            assert_eq!(neutralised(text), safe, "{text:?}");
        }
    }

    fn written(columns: &[Column], rows: Vec<Vec<Cell<'_>>>) -> io::Result<String> {
        let mut out = Vec::new();
        write_cells(&mut out, columns, rows)?;
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn texts_are_neutralised_and_numbers_are_not() {
        let columns = [("a", CellKind::Text), ("b", CellKind::Texts), ("c", CellKind::Count)];
        let columns = columns.map(|(name, kind)| Column::new(name, kind));
        let list = ["=b".to_owned(), "+c, \"d\"".to_owned()];
        let row = vec![Cell::Text("-a\nb"), Cell::Texts(&list), Cell::Count(-1)];
        let absent = vec![Cell::Absent; 3];
        assert_eq!(
            written(&columns, vec![row, absent]).unwrap(),
            "a,b,c\n\"'-a\nb\",\"'=b; +c, \"\"d\"\"\",-1\n,,\n"
        );
    }

    #[test]
    fn cells_without_a_column_are_left_out_and_missing_ones_refused() {
        let column = [Column::new("a", CellKind::Count)];
        let [one, two] = [1, 2].map(Cell::Count);
        assert_eq!(written(&column, vec![vec![one, two]]).unwrap(), "a\n1\n");
        assert!(written(&column, vec![vec![]]).is_err());
        assert_eq!(written(&column, vec![]).unwrap(), "a\n");
    }
}
