//! A sheet as a table, or as a list where it is one long row.

use std::cmp::Reverse;
use std::fmt::Write as _;

use tallyfold_projections::{Cell, CellKind, Column};

use super::{escaped, list};
use crate::report::Name;
use crate::report::sheet::{Cells, Sheet};
use crate::text::{capitalised, count};

/// How many rows a page shows; a browser holds no million of them.
const MOST_ROWS: usize = 200;

/// How long a text in a table is, such as a list of charges.
const MOST_CHARS: usize = 300;

/// Writes a sheet. The account is left out where the page is of one.
pub(super) fn write(
    page: &mut String,
    (name, title): (Name, &str),
    sheet: &Sheet,
    is_of_one: bool,
) -> std::fmt::Result {
    write!(page, "<section>\n<h2>{title}</h2>\n")?;
    let columns = columns(sheet, is_of_one);
    if sheet.is_record() {
        let row = sheet.row(0);
        let cells = columns.iter().map(|&place| {
            (capitalised(&sheet.columns[place].label()), sheet.shown_rounded(&row, place))
        });
        list(page, "record", cells)?;
    } else if sheet.is_empty() {
        page.push_str("<p class=\"none\">Nothing in this period.</p>\n");
    } else {
        let (rows, note) = shown_rows(sheet, name);
        let mut totals = sheet.totals();
        totals.truncate(if totals.len() > MOST_ROWS { 0 } else { MOST_ROWS });
        rows_table(page, sheet, &columns, (&rows, &totals))?;
        if let Some(note) = note {
            let totals = if totals.is_empty() { "" } else { " Totals are of all rows." };
            writeln!(page, "<p class=\"none\">{}{totals}</p>", escaped(&note))?;
        }
    }
    page.push_str("</section>\n");
    Ok(())
}

/// The places of the columns that say something. Advice without any recommendation says so.
fn columns(sheet: &Sheet, is_of_one: bool) -> Vec<usize> {
    let says = |place: &usize| match sheet.columns[*place].name {
        "account" if is_of_one => false,
        "recommended" => true,
        _ => sheet.rows().any(|row| !sheet.shown_rounded(&row, *place).is_empty()),
    };
    (0..sheet.columns.len()).filter(says).collect()
}

fn rows_table(
    page: &mut String,
    sheet: &Sheet,
    columns: &[usize],
    (rows, totals): (&[Cells<'_>], &[Cells<'_>]),
) -> std::fmt::Result {
    page.push_str("<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"table\"><table>\n<thead><tr>");
    for &place in columns {
        let column = &sheet.columns[place];
        // A word joiner on both sides keeps `8–15` on one line.
        let label = capitalised(&column.label()).replace('–', "\u{2060}–\u{2060}");
        write!(page, "<th{}>{label}</th>", class(column))?;
    }
    page.push_str("</tr></thead>\n<tbody>\n");
    for row in rows {
        cells(page, sheet, columns, row, |page, cell, class| {
            let cell = if cell.is_empty() { "–".to_owned() } else { escaped(&shortened(cell)) };
            write!(page, "<td{class}>{cell}</td>")
        })?;
    }
    page.push_str("</tbody>\n");
    if !totals.is_empty() {
        page.push_str("<tfoot>\n");
        for row in totals {
            cells(page, sheet, columns, row, |page, cell, class| {
                write!(page, "<td{class}>{}</td>", capitalised(&escaped(&cell)))
            })?;
        }
        page.push_str("</tfoot>\n");
    }
    page.push_str("</table></div>\n");
    Ok(())
}

fn cells(
    page: &mut String,
    sheet: &Sheet,
    columns: &[usize],
    row: &[Cell<'_>],
    write: impl Fn(&mut String, String, &str) -> std::fmt::Result,
) -> std::fmt::Result {
    page.push_str("<tr>");
    for &place in columns {
        write(page, sheet.shown_rounded(row, place), class(&sheet.columns[place]))?;
    }
    page.push_str("</tr>\n");
    Ok(())
}

/// A text that is not longer than a table can show.
fn shortened(text: String) -> String {
    match text.char_indices().nth(MOST_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

fn class(column: &Column) -> &'static str {
    match column.kind {
        CellKind::Instant | CellKind::Date => " class=\"time\"",
        _ if column.is_number() => " class=\"number\"",
        _ => "",
    }
}

/// The rows that are shown, and where the others are: those with the most use, or the latest.
fn shown_rows(sheet: &Sheet, name: Name) -> (Vec<Cells<'_>>, Option<String>) {
    let all = sheet.len();
    if all <= MOST_ROWS {
        return (sheet.rows().collect(), None);
    }
    let is_in_order_of_time =
        matches!(name, Name::TokenByDay | Name::TokenEvents | Name::UserDetail);
    let by = ["tokens_used", "days_of_use"];
    let most = by.iter().find_map(|name| Some((*name, sheet.place(name)?)));
    let (rows, which): (Vec<_>, _) = match most {
        Some((name, place)) if !is_in_order_of_time => {
            let mut places: Vec<usize> = (0..all).collect();
            let use_of = |it: &usize| sheet.row(*it)[place].amount().unwrap_or_default();
            places.sort_by_cached_key(|it| Reverse(use_of(it)));
            places.truncate(MOST_ROWS);
            let rows = places.into_iter().map(|place| sheet.row(place)).collect();
            (rows, format!("with the most {}, most first,", name.replace('_', " ")))
        }
        _ => (sheet.rows().skip(all - MOST_ROWS).collect(), "that are the latest".to_owned()),
    };
    let (shown, all, file) = (count(MOST_ROWS as u64), count(all as u64), sheet.file_name());
    let note = format!(
        "The {shown} rows {which} are shown, of {all}. All of them are in the other formats: \
         -o {file}.xlsx or -o {file}.csv."
    );
    (rows, Some(note))
}
