//! Reports as a workbook: typed cells, frozen headers, and a sheet for the evidence.

use std::io::Write;

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, FormatAlign, Workbook, Worksheet};
use serde_json::Value;

use super::evidence::Evidence;
use super::sheet::{Kind, Sheet, neutralised, text};

/// The widest a column is made, in characters.
const WIDEST: usize = 48;
/// How a day is shown.
const DATE: &str = "yyyy-mm-dd";
/// How an instant is shown, as the journal writes it.
const INSTANT: &str = "yyyy-mm-dd\"T\"hh:mm:ss\"Z\"";
/// How one with milliseconds is shown.
const INSTANT_MILLIS: &str = "yyyy-mm-dd\"T\"hh:mm:ss.000\"Z\"";
/// The largest whole number that a cell holds exactly: a cell is an IEEE 754 double.
const LARGEST_EXACT: u64 = 1 << 53;

/// Writes a workbook. The same report gives the same bytes: no wall clock is asked.
pub(crate) fn write(
    out: &mut impl Write,
    sheets: &[Sheet],
    evidence: &Evidence,
) -> anyhow::Result<()> {
    let mut workbook = Workbook::new();
    let made = ExcelDateTime::from_ymd(2000, 1, 1)?;
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&made));
    let header = Format::new().set_bold();
    for sheet in sheets {
        write_sheet(workbook.add_worksheet(), sheet, &header)?;
    }
    let page = workbook.add_worksheet().set_name("evidence")?;
    for (row, (name, value)) in (0..).zip(evidence.lines()) {
        page.write_with_format(row, 0, name, &header)?;
        page.write_string(row, 1, neutralised(&value))?;
    }
    page.set_column_width(0, 18)?.set_column_width(1, 90)?;
    out.write_all(&workbook.save_to_buffer()?)?;
    Ok(())
}

fn write_sheet(page: &mut Worksheet, sheet: &Sheet, header: &Format) -> anyhow::Result<()> {
    page.set_name(sheet.name)?.set_freeze_panes(1, 0)?;
    for (place, (name, kind)) in sheet.columns.iter().enumerate() {
        let column = place as u16;
        page.write_with_format(0, column, *name, header)?;
        let mut width = name.len();
        for (row, cells) in (1..).zip(&sheet.rows) {
            let value = cells[place].as_ref();
            width = width.max(text(value).chars().count());
            write_cell(page, (row, column), value, *kind)?;
        }
        page.set_column_width(column, width.min(WIDEST) as u32 + 2)?;
    }
    Ok(())
}

/// Numbers and times that a cell holds exactly are numbers and times; all else is text.
fn write_cell(
    page: &mut Worksheet,
    (row, column): (u32, u16),
    value: Option<&Value>,
    kind: Kind,
) -> anyhow::Result<()> {
    let written = text(value);
    match (kind, value) {
        (_, None | Some(Value::Null)) => {}
        (Kind::Share, Some(_)) => {
            let percent = Format::new().set_num_format("0.0%");
            page.write_number_with_format(row, column, written.parse::<f64>()?, &percent)?;
        }
        (Kind::Time, Some(_)) if is_exact_time(&written) => {
            let form = match written.contains('.') {
                true => INSTANT_MILLIS,
                false if written.len() == DATE.len() => DATE,
                false => INSTANT,
            };
            let format = Format::new().set_num_format(form).set_align(FormatAlign::Left);
            let time = ExcelDateTime::parse_from_str(written.trim_end_matches('Z'))?;
            page.write_datetime_with_format(row, column, &time, &format)?;
        }
        (Kind::Number, Some(_)) if is_exact(&written) => {
            let format = Format::new().set_num_format("#,##0.######");
            page.write_number_with_format(row, column, written.parse::<f64>()?, &format)?;
        }
        _ => {
            page.write_string(row, column, neutralised(&written))?;
        }
    }
    Ok(())
}

/// Whether a workbook tells this day or instant (UTC) from its neighbours: from March 1900 on,
/// and to the millisecond.
fn is_exact_time(time: &str) -> bool {
    time >= "1900-03-01" && time.len() <= "2026-01-05T09:00:00.250Z".len()
}

/// Whether a double tells a decimal number apart from its neighbours.
fn is_exact(number: &str) -> bool {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    digits.parse::<u64>().is_ok_and(|digits| digits < LARGEST_EXACT)
}
