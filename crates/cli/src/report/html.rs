//! A report as one self-contained page: tiles, daily use, use by product, packs and the report.

mod chart;

use std::fmt::Write as _;
use std::io::Write;

use tallyfold_core::{Level, Tokens};
use tallyfold_projections::Period;
use tallyfold_projections::standard::TokenSummary;

use super::fold::{Folded, Report};
use super::sheet::{Kind, Sheet};
use crate::text::{count, printable, tokens};

const STYLE: &str = include_str!("page.css");

/// Writes the page. Nothing in it comes from elsewhere.
pub(crate) fn write(
    out: &mut impl Write,
    folded: &Folded,
    report: &Report<'_>,
) -> anyhow::Result<()> {
    let Report { reports, sheets, evidence } = report;
    let title = sheets.first().map_or("report", |sheet| sheet.name);
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{0} · tallyfold</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n\
         <header><h1>{0}</h1><p>{1} · {2} · as of {3}</p></header>\n",
        escaped(title),
        days(reports.period()),
        escaped(&evidence.time_zone),
        evidence.as_of,
    );
    for summary in reports.token_summary() {
        tiles(&mut page, &summary)?;
    }
    chart::daily_use(&mut page, &reports.token_by_day(), reports.period())?;
    chart::by_product(&mut page, &reports.token_by_product())?;
    chart::packs(&mut page, &folded.packs, evidence.as_of.at())?;
    for sheet in sheets {
        table(&mut page, sheet)?;
    }
    evidence_list(&mut page, &evidence.lines())?;
    page.push_str("</main>\n</body>\n</html>\n");
    out.write_all(page.as_bytes())?;
    Ok(())
}

/// A period as people say it: the last day included.
fn days(period: Period) -> String {
    match period.to().pred_opt() {
        Some(last) if last > period.from() => format!("{} to {last}", period.from()),
        _ => period.from().to_string(),
    }
}

/// A text that no browser takes for markup, and that steers no terminal or reading direction.
fn escaped(text: &str) -> String {
    let text = printable(text);
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

fn tiles(page: &mut String, summary: &TokenSummary) -> std::fmt::Result {
    let (run_out, pace) = match summary.run_out {
        Some(day) => (day.to_string(), "at this pace"),
        None if summary.tokens_available.is_zero() => ("now".to_owned(), "no tokens are left"),
        None if summary.tokens_used.is_zero() => ("never".to_owned(), "none were used"),
        None => ("never".to_owned(), "they expire before"),
    };
    let next = summary.next_expiry.map_or("none".to_owned(), |at| at.to_string()[..10].to_owned());
    let balance = match summary.level {
        Some(Level::Empty) => "no tokens are left",
        Some(Level::Low) => "tokens, which is low",
        Some(Level::Ok) | None => "tokens in usable packs",
    };
    let monthly = summary.monthly_average.map_or("–".to_owned(), |it| tokens(rounded(it)));
    page.push_str("<section class=\"tiles\">\n");
    for (name, value, note) in [
        ("Available", tokens(rounded(summary.tokens_available)), balance),
        ("Used", tokens(rounded(summary.tokens_used)), "tokens in this period"),
        ("A month", monthly, "tokens on average"),
        ("Run out", run_out, pace),
        ("Days of use", count(summary.days_of_use), "paid with tokens"),
        ("Users", count(summary.users), "on tokens"),
        ("Next expiry", next, "of a pack with tokens"),
        ("Expiring", tokens(rounded(summary.expiring_90)), "tokens within 90 days"),
    ] {
        writeln!(
            page,
            "<div class=\"tile\"><h2>{name}</h2><strong>{value}</strong><p>{note}</p></div>"
        )?;
    }
    page.push_str("</section>\n");
    Ok(())
}

/// Whole tokens, for tiles.
fn rounded(amount: Tokens) -> Tokens {
    Tokens::from_micros((amount.micros() + 500_000).div_euclid(1_000_000) * 1_000_000)
}

fn table(page: &mut String, sheet: &Sheet) -> std::fmt::Result {
    write!(page, "<section>\n<h2>{}</h2>\n", escaped(sheet.name))?;
    if let Some(row) = sheet.record() {
        let cells = sheet.columns.iter().map(|(name, _)| label(name));
        list(page, "record", cells.zip(sheet.shown(row)))?;
        page.push_str("</section>\n");
        return Ok(());
    }
    if sheet.rows.is_empty() {
        page.push_str("<p class=\"none\">Nothing in this period.</p>\n</section>\n");
        return Ok(());
    }
    page.push_str("<div class=\"wide\"><table>\n<thead><tr>");
    for (name, kind) in sheet.columns {
        write!(page, "<th{}>{}</th>", class(*kind), label(name))?;
    }
    page.push_str("</tr></thead>\n<tbody>\n");
    for row in &sheet.rows {
        page.push_str("<tr>");
        for (text, (_, kind)) in sheet.shown(row).zip(sheet.columns) {
            write!(page, "<td{}>{}</td>", class(*kind), escaped(&text))?;
        }
        page.push_str("</tr>\n");
    }
    page.push_str("</tbody></table></div>\n</section>\n");
    Ok(())
}

/// A column as people read it: `tokens used`, `2–3 days`.
fn label(column: &str) -> String {
    match column.strip_prefix("days_").filter(|it| it.starts_with(|c: char| c.is_ascii_digit())) {
        Some("1") => "1 day".to_owned(),
        Some("16") => "16 or more days".to_owned(),
        Some(days) => format!("{} days", days.replace('_', "–")),
        None => column.replace('_', " "),
    }
}

fn class(kind: Kind) -> &'static str {
    match kind {
        Kind::Number | Kind::Share => " class=\"number\"",
        Kind::Time => " class=\"time\"",
        Kind::Text => "",
    }
}

fn evidence_list(page: &mut String, lines: &[(String, String)]) -> std::fmt::Result {
    page.push_str("<section class=\"evidence\">\n<h2>evidence</h2>\n");
    list(page, "lines", lines.iter().cloned())?;
    page.push_str("</section>\n");
    Ok(())
}

/// Names and values.
fn list(
    page: &mut String,
    class: &str,
    pairs: impl Iterator<Item = (String, String)>,
) -> std::fmt::Result {
    writeln!(page, "<dl class=\"{class}\">")?;
    for (name, value) in pairs {
        let value = if value.is_empty() { "–" } else { &value };
        writeln!(page, "<dt>{}</dt><dd>{}</dd>", escaped(&name), escaped(value))?;
    }
    page.push_str("</dl>\n");
    Ok(())
}
