//! Tables for people.

use anstyle::Style;
use comfy_table::{Cell, CellAlignment, ContentArrangement, Table, presets};

use crate::text::{count, printable};

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

/// How a column is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Column<'a> {
    /// Words, set to the left.
    Text(&'a str),
    /// Numbers, set to the right.
    Number(&'a str),
}

/// What is said where not every row is shown.
pub(crate) fn and_more(rows: u64) -> String {
    if rows == 0 {
        String::new()
    } else {
        format!("… and {} more; all with --format json\n", count(rows))
    }
}

/// Sets rows under their headers, with a title above. What is shown is safe for a terminal.
pub(crate) fn render(title: &str, columns: &[Column<'_>], rows: &[Vec<String>]) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(
        columns.iter().map(|column| Cell::new(column.name()).set_alignment(column.alignment())),
    );
    for row in rows {
        table.add_row(
            row.iter()
                .zip(columns)
                .map(|(text, column)| Cell::new(printable(text)).set_alignment(column.alignment())),
        );
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    let lines: Vec<String> = table.lines().map(|line| line.trim_end().to_owned()).collect();
    let (header, rows) = lines.split_first().map_or(("", &[][..]), |(it, rows)| (it, rows));
    format!("{BOLD}{title}{BOLD:#}\n{DIM}{header}{DIM:#}\n{}\n", rows.join("\n"))
}

/// Sets one long row as a record: a line for each of its fields.
pub(crate) fn render_record(title: &str, columns: &[Column<'_>], row: &[String]) -> String {
    let chars = |text: &str| text.chars().count();
    let values: Vec<_> = row.iter().map(|value| printable(value)).collect();
    let label_width = columns.iter().map(|column| chars(column.name())).max().unwrap_or(0);
    let width = values.iter().map(|value| chars(value)).max().unwrap_or(0);
    let mut text = format!("{BOLD}{title}{BOLD:#}\n");
    for (column, value) in columns.iter().zip(values) {
        let line = format!("{DIM}{:<label_width$}{DIM:#}  {value:>width$}", column.name());
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

impl<'a> Column<'a> {
    /// The column of a report under this label.
    pub(crate) fn of((column, label): (&tallyfold_projections::Column, &'a String)) -> Column<'a> {
        if column.is_number() { Column::Number(label) } else { Column::Text(label) }
    }

    fn name(&self) -> &'a str {
        let (Column::Text(name) | Column::Number(name)) = self;
        name
    }

    fn alignment(self) -> CellAlignment {
        match self {
            Column::Text(_) => CellAlignment::Left,
            Column::Number(_) => CellAlignment::Right,
        }
    }
}
