//! Reports as tables, CSV, JSON and JSON Lines.

use std::io::{self, Write};

use anstyle::Style;
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::json;

use super::evidence::Evidence;
use super::fold::Report;
use super::sheet::{CellKind, Column, Sheet};
use crate::table;
use crate::text::{neutralised, printable};

const DIM: Style = Style::new().dimmed();

/// Tables for people; one line of the evidence is the last, above it all of it where it is wanted.
pub(crate) fn table(
    out: &mut impl Write,
    report: &Report<'_>,
    with_evidence: bool,
) -> io::Result<()> {
    let Report { sheets, evidence, user, .. } = report;
    let shortened: Vec<String> = evidence.shortened().collect();
    for observed in &shortened {
        writeln!(out, "{DIM}{}{DIM:#}", printable(observed))?;
    }
    if !shortened.is_empty() {
        writeln!(out)?;
    }
    for sheet in sheets {
        let title = match user {
            Some(user) => format!("{}: {}", sheet.name, printable(user)),
            None => sheet.name.to_owned(),
        };
        writeln!(out, "{}", sheet_as_table(&title, sheet))?;
    }
    if with_evidence {
        for (name, said) in evidence.lines(usize::MAX) {
            writeln!(out, "{DIM}{name:<16}{DIM:#} {}", printable(&said.to_string()))?;
        }
        writeln!(out)?;
    }
    writeln!(out, "{DIM}{}{DIM:#}", evidence.line())
}

fn sheet_as_table(title: &str, sheet: &Sheet) -> String {
    let labels: Vec<String> = sheet.columns.iter().map(Column::label).collect();
    let columns: Vec<_> = sheet.columns.iter().zip(&labels).map(column).collect();
    let totals = sheet.totals();
    let all = sheet.rows.iter().chain(&totals);
    let rows: Vec<Vec<String>> = all.map(|row| sheet.shown_row(row).collect()).collect();
    match rows.first() {
        Some(row) if sheet.record().is_some() => table::render_record(title, &columns, row),
        Some(_) => table::render(title, &columns, &rows),
        None => format!("{title}: nothing in this period\n"),
    }
}

fn column<'a>((column, label): (&Column, &'a String)) -> table::Column<'a> {
    if column.is_number() { table::Column::Number(label) } else { table::Column::Text(label) }
}

/// CSV (RFC 4180).
pub(crate) fn csv(out: &mut impl Write, sheet: &Sheet) -> anyhow::Result<()> {
    let mut csv = ::csv::Writer::from_writer(out);
    csv.write_record(sheet.columns.iter().map(|column| column.name))?;
    for row in &sheet.rows {
        let cells = Sheet::texts(row).zip(sheet.columns);
        csv.write_record(cells.map(|(text, column)| match column.kind {
            CellKind::Text => neutralised(&text),
            _ => text,
        }))?;
    }
    csv.flush()?;
    Ok(())
}

/// The evidence as comments, for above CSV.
pub(crate) fn comments(out: &mut impl Write, evidence: &Evidence) -> io::Result<()> {
    for (name, said) in evidence.lines(usize::MAX) {
        writeln!(out, "# {name}: {}", printable(&said.to_string()))?;
    }
    Ok(())
}

/// One JSON object.
pub(crate) fn json(out: &mut impl Write, report: &Report<'_>) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &Tables(report))?;
    writeln!(out)
}

/// The evidence, and then the rows of each sheet under its name.
struct Tables<'a>(&'a Report<'a>);

impl Serialize for Tables<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Report { sheets, evidence, .. } = self.0;
        let mut report = serializer.serialize_map(Some(1 + sheets.len()))?;
        report.serialize_entry("evidence", evidence)?;
        for sheet in sheets {
            report.serialize_entry(&sheet.key(), &sheet.objects().collect::<Vec<_>>())?;
        }
        report.end()
    }
}

/// Each row, a line each.
pub(crate) fn jsonl(out: &mut impl Write, sheet: &Sheet) -> io::Result<()> {
    for row in sheet.objects() {
        serde_json::to_writer(&mut *out, &row)?;
        writeln!(out)?;
    }
    Ok(())
}

/// The evidence as a line, for above JSON Lines.
pub(crate) fn evidence_line(out: &mut impl Write, evidence: &Evidence) -> io::Result<()> {
    serde_json::to_writer(&mut *out, &json!({ "evidence": evidence }))?;
    writeln!(out)
}

/// The evidence as a file of its own.
pub(crate) fn evidence_file(out: &mut impl Write, evidence: &Evidence) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, evidence)?;
    writeln!(out)
}
