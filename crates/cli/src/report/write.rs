//! Reports as tables, CSV, JSON and JSON Lines.

use std::io::{self, Write};

use anstyle::Style;
use serde_json::{Map, json};

use super::evidence::Evidence;
use super::sheet::{Kind, Sheet, neutralised};
use crate::table;
use crate::text::printable;

const DIM: Style = Style::new().dimmed();

/// Tables for people, the evidence below.
pub(crate) fn table(out: &mut impl Write, sheets: &[Sheet], evidence: &Evidence) -> io::Result<()> {
    for sheet in sheets {
        let columns: Vec<_> =
            sheet.columns.iter().map(|(name, kind)| column(name, *kind)).collect();
        let rows: Vec<Vec<String>> =
            sheet.rows.iter().map(|row| sheet.shown(row).collect()).collect();
        let text = match rows.first() {
            Some(row) if sheet.record().is_some() => {
                table::render_record(sheet.name, &columns, row)
            }
            Some(_) => table::render(sheet.name, &columns, &rows),
            None => format!("{}: nothing in this period\n", sheet.name),
        };
        writeln!(out, "{text}")?;
    }
    for (name, value) in evidence.lines() {
        writeln!(out, "{DIM}{name:<16}{DIM:#} {}", printable(&value))?;
    }
    Ok(())
}

fn column(name: &'static str, kind: Kind) -> table::Column {
    match kind {
        Kind::Text | Kind::Time => table::Column::Text(name),
        Kind::Number | Kind::Share => table::Column::Number(name),
    }
}

/// CSV (RFC 4180), the evidence in comments above.
pub(crate) fn csv(
    out: &mut impl Write,
    sheets: &[Sheet],
    evidence: &Evidence,
) -> anyhow::Result<()> {
    for (name, value) in evidence.lines() {
        writeln!(out, "# {name}: {}", printable(&value))?;
    }
    for (place, sheet) in sheets.iter().enumerate() {
        if place > 0 {
            writeln!(out, "\n# {}", sheet.name)?;
        }
        let mut csv = ::csv::Writer::from_writer(&mut *out);
        csv.write_record(sheet.columns.iter().map(|(name, _)| name))?;
        for row in &sheet.rows {
            let cells = Sheet::texts(row).zip(sheet.columns);
            csv.write_record(cells.map(|(text, (_, kind))| match kind {
                Kind::Text => neutralised(&text),
                _ => text,
            }))?;
        }
        csv.flush()?;
    }
    Ok(())
}

/// One JSON object.
pub(crate) fn json(out: &mut impl Write, sheets: &[Sheet], evidence: &Evidence) -> io::Result<()> {
    let mut report = Map::new();
    report.insert("evidence".into(), serde_json::to_value(evidence)?);
    for sheet in sheets {
        report.insert(
            sheet.name.replace([' ', '-'], "_"),
            sheet.rows.iter().map(|row| sheet.object(row)).collect(),
        );
    }
    serde_json::to_writer_pretty(&mut *out, &report)?;
    writeln!(out)
}

/// The evidence and then each row, a line each.
pub(crate) fn jsonl(out: &mut impl Write, sheets: &[Sheet], evidence: &Evidence) -> io::Result<()> {
    serde_json::to_writer(&mut *out, &json!({ "evidence": evidence }))?;
    writeln!(out)?;
    for sheet in sheets {
        for row in &sheet.rows {
            let mut line = sheet.object(row);
            line.insert("report".into(), sheet.name.into());
            serde_json::to_writer(&mut *out, &line)?;
            writeln!(out)?;
        }
    }
    Ok(())
}
