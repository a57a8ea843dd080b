//! Reports as a workbook: typed cells under headers that stay and filter, totals, printed on pages
//! one sheet wide, and a sheet for the evidence.

use std::io::Write;

use anyhow::bail;
use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet,
};
use tallyfold_projections::csv::neutralised;
use tallyfold_projections::{Cell, CellKind, Column};

use super::evidence::{Evidence, Said};
use super::fold::Report;
use super::sheet::{Cells, Sheet};
use crate::text::{capitalised, count};

/// The widest a column is made, in characters.
const WIDEST: usize = 48;
/// How a day is shown.
const DATE: &str = "yyyy-mm-dd";
/// How an instant is shown, as the journal writes it; `Z` or the offset follows.
const INSTANT: &str = "yyyy-mm-dd\"T\"hh:mm:ss";
/// How one with milliseconds is shown.
const INSTANT_MILLIS: &str = "yyyy-mm-dd\"T\"hh:mm:ss.000";
/// The largest whole number that a cell holds exactly: a cell is an IEEE 754 double.
const LARGEST_EXACT: u64 = 1 << 53;
/// How many rows a worksheet has.
const MOST_ROWS: usize = 1 << 20;
/// How many characters a cell holds, with room for an ellipsis.
const MOST_CHARS: usize = 32_700;
/// How many accounts the evidence of a workbook lists.
const ACCOUNTS: usize = 100_000;
/// The height of a line, in points.
const LINE_HEIGHT: u32 = 15;
/// How long each half of a page's header is: Excel takes 255 characters in all.
const HEADER_CHARS: usize = 110;

/// Writes a workbook. The same report gives the same bytes: no wall clock is asked.
pub(crate) fn write(out: &mut impl Write, report: &Report<'_>) -> anyhow::Result<()> {
    let mut workbook = Workbook::new();
    let made = ExcelDateTime::from_ymd(2000, 1, 1)?;
    let title = report.title();
    workbook.set_properties(&DocProperties::new().set_title(&title).set_creation_datetime(&made));
    for sheet in &report.sheets {
        let page = workbook.add_worksheet();
        set_up(page, sheet.name, &title, &report.evidence)?;
        if sheet.is_record() {
            write_record(page, sheet, &report.evidence)?;
        } else {
            write_table(page, sheet)?;
        }
    }
    let page = workbook.add_worksheet();
    set_up(page, "evidence", &title, &report.evidence)?;
    write_evidence(page, &title, &report.evidence)?;
    out.write_all(&workbook.save_to_buffer()?)?;
    Ok(())
}

/// Names a sheet and says how it is printed: as many pages as it needs, each as wide as the sheet.
fn set_up(
    page: &mut Worksheet,
    name: &str,
    title: &str,
    evidence: &Evidence,
) -> anyhow::Result<()> {
    let observed = evidence.shortened().next().unwrap_or_default();
    page.set_name(name)?
        .set_landscape()
        .set_paper_size(9)
        .set_print_fit_to_pages(1, 0)
        .set_header(format!("&L{}&R{}", printed(title), printed(&observed)))
        .set_footer(format!("&L{}, as of {}&R&P of &N", evidence.period, evidence.as_of));
    Ok(())
}

/// A text for a page's header, in which `&` begins a command.
fn printed(text: &str) -> String {
    let mut printed = String::new();
    for c in text.chars().take_while(|c| !c.is_control()) {
        if printed.chars().count() >= HEADER_CHARS {
            return printed + "…";
        }
        printed.push(c);
        if c == '&' {
            printed.push('&');
        }
    }
    printed
}

/// Rows under their headers, totals below.
fn write_table(page: &mut Worksheet, sheet: &Sheet) -> anyhow::Result<()> {
    let header = header().set_text_wrap();
    let (totals, mut header_lines) = (sheet.totals(), 1);
    let needed = 1 + sheet.len() + totals.len();
    if needed > MOST_ROWS {
        let (rows, most) = (count(needed as u64), count(MOST_ROWS as u64));
        bail!("{} has {rows} rows, a worksheet {most}: write it as .csv", sheet.name);
    }
    let rows: Vec<Cells<'_>> = sheet.rows().collect();
    for (place, column) in sheet.columns.iter().enumerate() {
        let at = place as u16;
        let label = column.label();
        let (format, plain) = (ColumnFormat::of(column, place, &rows), alignment(column));
        page.write_with_format(0, at, capitalised(&label), &header.merge(&plain))?;
        let longest_word = label.split(' ').map(|word| word.chars().count()).max();
        let mut width = longest_word.unwrap_or_default() + 2;
        for (row, cell) in (1..).zip(rows.iter().map(|row| row[place])) {
            width = width.max(cell.to_string().chars().count());
            format.write(page, (row, at), cell, &plain)?;
        }
        header_lines = header_lines.max(wrapped_lines(&label, width + 2));
        let total = plain.set_bold().set_border_top(FormatBorder::Thin);
        for (row, cells) in (rows.len() as u32 + 1..).zip(&totals) {
            page.write_blank(row, at, &total)?;
            format.write(page, (row, at), cells[place], &total)?;
        }
        page.set_column_width(at, width.min(WIDEST) as u32 + 2)?;
    }
    page.set_row_height(0, LINE_HEIGHT * header_lines)?;
    page.set_freeze_panes(1, 0)?.set_repeat_rows(0, 0)?;
    if let (Some(last), rows @ 1..) = (sheet.columns.len().checked_sub(1), rows.len()) {
        page.autofilter(0, 0, rows as u32, last as u16)?;
    }
    Ok(())
}

/// One long row: names and values, below each other.
fn write_record(page: &mut Worksheet, sheet: &Sheet, evidence: &Evidence) -> anyhow::Result<()> {
    let rows = [sheet.row(0)];
    page.write_with_format(0, 0, "Name", &header())?.write_with_format(0, 1, "Value", &header())?;
    for (place, column) in sheet.columns.iter().enumerate() {
        let at = place as u32 + 1;
        page.write_string(at, 0, capitalised(&column.label()))?;
        let format = Format::new().set_align(FormatAlign::Right);
        ColumnFormat::of(column, place, &rows).write(page, (at, 1), rows[0][place], &format)?;
    }
    for (at, observed) in (sheet.columns.len() as u32 + 2..).zip(evidence.shortened()) {
        page.write_string(at, 0, cell_text(&observed))?;
    }
    page.set_column_width(0, 28)?.set_column_width(1, 28)?.set_freeze_panes(1, 0)?;
    Ok(())
}

fn write_evidence(page: &mut Worksheet, title: &str, evidence: &Evidence) -> anyhow::Result<()> {
    page.write_with_format(0, 0, "Name", &header())?.write_with_format(0, 1, "Value", &header())?;
    let words = Format::new().set_text_wrap().set_align(FormatAlign::Top);
    let report = ("report", Said::Text(title.to_owned()));
    for (row, (name, said)) in (1..).zip([report].into_iter().chain(evidence.lines(ACCOUNTS))) {
        page.write_with_format(row, 0, capitalised(name), &words)?;
        match &said {
            Said::Text(text) => page.write_with_format(row, 1, cell_text(text), &words)?,
            Said::Count(number) => write_number(page, (row, 1), &number.to_string(), 0, &left())?,
            Said::Amount(amount) => {
                let written = amount.to_string();
                write_number(page, (row, 1), &written, decimals(&written), &left())?
            }
        };
    }
    page.set_column_width(0, 20)?.set_column_width(1, 100)?.set_freeze_panes(1, 0)?;
    Ok(())
}

fn header() -> Format {
    Format::new().set_bold().set_border_bottom(FormatBorder::Thin).set_align(FormatAlign::Top)
}

/// Numbers to the right; words and times to the left, with a gap before them.
fn alignment(column: &Column) -> Format {
    if column.is_number() {
        Format::new().set_align(FormatAlign::Right)
    } else {
        left().set_indent(1)
    }
}

/// A text as a cell holds it: no formula, and not too long.
fn cell_text(text: &str) -> String {
    let text = neutralised(text);
    match text.char_indices().nth(MOST_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.into_owned(),
    }
}

/// On how many lines a text stands where so many characters fit on one.
fn wrapped_lines(text: &str, width: usize) -> u32 {
    let (mut lines, mut used) = (1, 0);
    for word in text.split(' ').map(|word| word.chars().count()) {
        if used > 0 && used + 1 + word > width {
            (lines, used) = (lines + 1, word);
        } else {
            used += usize::from(used > 0) + word;
        }
    }
    lines
}

fn left() -> Format {
    Format::new().set_align(FormatAlign::Left)
}

/// How the cells of a column are written: amounts have as many decimals as the one with the most.
struct ColumnFormat {
    kind: CellKind,
    decimals: usize,
}

impl ColumnFormat {
    fn of(column: &Column, place: usize, rows: &[Cells<'_>]) -> ColumnFormat {
        let most = || rows.iter().map(|row| decimals(&row[place].to_string())).max();
        let decimals = match column.kind {
            CellKind::Tokens | CellKind::Money if column.is_average => 2,
            CellKind::Tokens | CellKind::Money => most().unwrap_or(0),
            CellKind::Decimal => 1,
            _ => 0,
        };
        ColumnFormat { kind: column.kind, decimals }
    }

    /// Numbers and times that a cell holds exactly are numbers and times; all else is text.
    fn write(
        &self,
        page: &mut Worksheet,
        (row, column): (u32, u16),
        cell: Cell<'_>,
        format: &Format,
    ) -> anyhow::Result<()> {
        let written = cell.to_string();
        match self.kind {
            _ if cell.is_absent() => {}
            CellKind::Share if is_exact(&written) => {
                let percent = format.clone().set_num_format("0.0%");
                page.write_number_with_format(row, column, written.parse::<f64>()?, &percent)?;
            }
            CellKind::Instant | CellKind::Date if is_exact_time(&written) => {
                write_time(page, (row, column), &written, format)?;
            }
            CellKind::Count | CellKind::Decimal | CellKind::Tokens | CellKind::Money => {
                write_number(page, (row, column), &written, self.decimals, format)?;
            }
            _ => {
                page.write_string_with_format(row, column, cell_text(&written), format)?;
            }
        }
        Ok(())
    }
}

/// A number with so many decimals shown, or its text where a cell cannot hold it exactly.
fn write_number<'a>(
    page: &'a mut Worksheet,
    (row, column): (u32, u16),
    written: &str,
    decimals: usize,
    format: &Format,
) -> anyhow::Result<&'a mut Worksheet> {
    match written.parse::<f64>() {
        Ok(number) if is_exact(written) => {
            let point = if decimals > 0 { "." } else { "" };
            let shown = format!("#,##0{point}{}", "0".repeat(decimals));
            let format = format.clone().set_num_format(shown);
            Ok(page.write_number_with_format(row, column, number, &format)?)
        }
        _ => Ok(page.write_string_with_format(row, column, cell_text(written), format)?),
    }
}

/// A day or an instant, shown as it is written: with its own offset.
fn write_time(
    page: &mut Worksheet,
    (row, column): (u32, u16),
    written: &str,
    format: &Format,
) -> anyhow::Result<()> {
    let (local, offset) = without_offset(written);
    let shown = match (offset, local.contains('.')) {
        ("", _) => DATE.to_owned(),
        (offset, true) => format!("{INSTANT_MILLIS}\"{offset}\""),
        (offset, false) => format!("{INSTANT}\"{offset}\""),
    };
    let format = format.clone().set_num_format(shown);
    let time = ExcelDateTime::parse_from_str(local)?;
    page.write_datetime_with_format(row, column, &time, &format)?;
    Ok(())
}

/// An instant as local time and `Z` or its offset; a day has none.
fn without_offset(time: &str) -> (&str, &str) {
    let clock = time.find('T').unwrap_or(time.len());
    let offset = time[clock..].find(['Z', '+', '-']).map_or(time.len(), |at| clock + at);
    time.split_at(offset)
}

/// Whether a workbook tells this day or instant from its neighbours: from March 1900 on, and to
/// the millisecond.
fn is_exact_time(time: &str) -> bool {
    let is_time = time.starts_with(|c: char| c.is_ascii_digit());
    is_time
        && time >= "1900-03-01"
        && without_offset(time).0.len() <= "2026-01-05T09:00:00.250".len()
}

/// Whether a double tells a decimal number apart from its neighbours.
fn is_exact(number: &str) -> bool {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    digits.parse::<u64>().is_ok_and(|digits| digits < LARGEST_EXACT)
}

/// How many digits follow the point.
fn decimals(number: &str) -> usize {
    number.split_once('.').map_or(0, |(_, decimals)| decimals.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_parted_from_its_offset() {
        for (time, parts) in [
            ("2026-01-05", ("2026-01-05", "")),
            ("2026-01-05T09:00:00Z", ("2026-01-05T09:00:00", "Z")),
            ("2026-01-05T09:00:00.250+01:00", ("2026-01-05T09:00:00.250", "+01:00")),
            ("2026-01-05T09:00:00-03:30", ("2026-01-05T09:00:00", "-03:30")),
        ] {
            assert_eq!(without_offset(time), parts);
        }
    }
}
