//! Reports as tables, CSV, JSON and JSON Lines.

use std::io::{self, Write};

use anstyle::Style;
use serde::ser::{Serialize, SerializeMap, Serializer};
use tallyfold_projections::{Column, csv, json};

use super::evidence::Evidence;
use super::fold::Report;
use super::sheet::Sheet;
use crate::table;
use crate::text::printable;

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
    let columns: Vec<_> = sheet.columns.iter().zip(&labels).map(table::Column::of).collect();
    let totals = sheet.totals();
    let all = sheet.rows().chain(totals);
    let rows: Vec<Vec<String>> = all.map(|row| sheet.shown_row(&row)).collect();
    match rows.first() {
        Some(row) if sheet.is_record() => table::render_record(title, &columns, row),
        Some(_) => table::render(title, &columns, &rows),
        None => format!("{title}: nothing in this period\n"),
    }
}

/// CSV (RFC 4180).
pub(crate) fn csv(out: &mut impl Write, sheet: &Sheet) -> io::Result<()> {
    csv::write_cells(out, sheet.columns, sheet.rows())
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
            report.serialize_entry(&sheet.key(), sheet)?;
        }
        report.end()
    }
}

/// Each row, a line each.
pub(crate) fn jsonl(out: &mut impl Write, sheet: &Sheet) -> io::Result<()> {
    sheet.objects().try_for_each(|row| json::write_line(&mut *out, &row))
}

/// The evidence as a line, for above JSON Lines.
pub(crate) fn evidence_line(out: &mut impl Write, evidence: &Evidence) -> io::Result<()> {
    serde_json::to_writer(&mut *out, &serde_json::json!({ "evidence": evidence }))?;
    writeln!(out)
}

/// The evidence as a file of its own.
pub(crate) fn evidence_file(out: &mut impl Write, evidence: &Evidence) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, evidence)?;
    writeln!(out)
}
