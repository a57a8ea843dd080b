//! A report as one self-contained page: tiles, daily use, use by product, packs and the report.

mod chart;

use std::fmt::Write as _;
use std::io::Write;

use tallyfold_core::Tokens;

use super::evidence::Evidence;
use super::fold::Folded;
use super::sheet::{Kind, Sheet};
use crate::text::{grouped, printable, tokens};

const STYLE: &str = include_str!("page.css");

/// Writes the page. Nothing in it comes from elsewhere.
pub(crate) fn write(
    out: &mut impl Write,
    folded: &Folded,
    sheets: &[Sheet],
    evidence: &Evidence,
) -> anyhow::Result<()> {
    let title = sheets.first().map_or("report", |sheet| sheet.name);
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{0} · tallyfold</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n\
         <header><h1>{0}</h1><p>{1} · {2} · as of {3}</p></header>\n",
        escaped(title),
        escaped(&evidence.period),
        escaped(&evidence.time_zone),
        evidence.as_of,
    );
    tiles(&mut page, folded)?;
    chart::daily_use(&mut page, &folded.usage.token_by_day(folded.period), folded.period)?;
    chart::by_product(&mut page, &folded.usage.token_by_product(folded.period, &folded.facts))?;
    chart::packs(&mut page, &folded.packs, evidence.as_of)?;
    for sheet in sheets {
        table(&mut page, sheet)?;
    }
    evidence_list(&mut page, &evidence.lines())?;
    page.push_str("</main>\n</body>\n</html>\n");
    out.write_all(page.as_bytes())?;
    Ok(())
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

fn tiles(page: &mut String, folded: &Folded) -> std::fmt::Result {
    let summary = folded.summary();
    let run_out = summary.run_out.map_or("never".to_owned(), |it| it.to_string());
    let pace = if summary.run_out.is_some() { "at this pace" } else { "before they expire" };
    let next = summary.next_expiry.map_or("none".to_owned(), |at| at.to_string()[..10].to_owned());
    page.push_str("<section class=\"tiles\">\n");
    for (name, value, note) in [
        ("Available", tokens(summary.tokens_available), "tokens in usable packs"),
        ("Used", tokens(summary.tokens_used), "tokens in this period"),
        ("A month", tokens(rounded(summary.monthly_average)), "tokens on average"),
        ("Days of use", grouped(&summary.days_of_use.to_string()), "paid with tokens"),
        ("Users", grouped(&summary.users.to_string()), "on tokens"),
        ("Run out", run_out, pace),
        ("Next expiry", next, "of a pack with tokens"),
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
    page.push_str("<div class=\"wide\"><table>\n<thead><tr>");
    for (name, kind) in sheet.columns {
        write!(page, "<th{}>{}</th>", class(*kind), name.replace('_', " "))?;
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

fn class(kind: Kind) -> &'static str {
    match kind {
        Kind::Number | Kind::Share => " class=\"number\"",
        Kind::Text | Kind::Time => "",
    }
}

fn evidence_list(page: &mut String, lines: &[(String, String)]) -> std::fmt::Result {
    page.push_str("<section class=\"evidence\">\n<h2>evidence</h2>\n<dl>\n");
    for (name, value) in lines {
        writeln!(page, "<dt>{}</dt><dd>{}</dd>", escaped(name), escaped(value))?;
    }
    page.push_str("</dl>\n</section>\n");
    Ok(())
}
