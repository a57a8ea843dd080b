//! A report as one self-contained page: tiles and charts that belong to it, its tables, and the
//! evidence.

mod chart;
mod table;
mod tiles;

use std::fmt::Write as _;
use std::io::Write;

use tallyfold_projections::premium::Prices;

use super::Name;
use super::evidence::Evidence;
use super::fold::{Folded, Report};
use crate::text::{count, printable};

const STYLE: &str = include_str!("page.css");
/// How many accounts the evidence on a page lists.
const ACCOUNTS: usize = 20;

/// Writes the page. Nothing in it comes from elsewhere.
pub(crate) fn write(
    out: &mut impl Write,
    folded: &Folded,
    report: &Report<'_>,
) -> anyhow::Result<()> {
    let Report { name, sheets, evidence, .. } = report;
    let (title, subject) = (name.title(), subject(report));
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{subject} · {title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n\
         <header><p>{title}</p><h1>{subject}</h1><p>{}</p></header>\n",
        scope(report),
    );
    notices(&mut page, evidence)?;
    // Nothing is pooled: tiles and charts are of one account.
    if evidence.accounts.len() == 1 {
        tiles::write(&mut page, *name, sheets)?;
        charts(&mut page, folded, report)?;
    }
    for (place, sheet) in sheets.iter().enumerate() {
        let title = match (place, name) {
            (0, _) => title,
            (_, Name::UserDetail) => "Days of use per week",
            _ => "Seats in term",
        };
        table::write(&mut page, (*name, title), sheet, evidence.accounts.len() == 1)?;
    }
    evidence_list(&mut page, evidence)?;
    page.push_str("</main>\n</body>\n</html>\n");
    out.write_all(page.as_bytes())?;
    Ok(())
}

/// Whom the report is about: the account, or the user of it.
fn subject(report: &Report<'_>) -> String {
    if let Some(user) = &report.user {
        return escaped(user);
    }
    match &report.evidence.accounts[..] {
        [] => "no account".to_owned(),
        [one] => escaped(&one.account),
        several => format!("{} accounts", count(several.len() as u64)),
    }
}

/// Of whose user, of which days, as of when; each of them on one line.
fn scope(report: &Report<'_>) -> String {
    let evidence = &report.evidence;
    let period = report.reports.period();
    let days = match period.to().pred_opt() {
        Some(last) if last > period.from() => format!("{} to {last}", period.from()),
        _ => period.from().to_string(),
    };
    let account = match (&report.user, &evidence.accounts[..]) {
        (Some(_), [one]) => Some(one.account.clone()),
        _ => None,
    };
    let as_of = format!("as of {}", evidence.as_of);
    let parts = account.into_iter().chain([days, evidence.time_zone.clone(), as_of]);
    let parts: Vec<_> = parts.map(|it| format!("<span>{}</span>", escaped(&it))).collect();
    parts.join(" · ")
}

/// What to know before the numbers are read: what was not observed, and what may be missing.
fn notices(page: &mut String, evidence: &Evidence) -> std::fmt::Result {
    let stale =
        evidence.accounts.iter().filter(|account| account.stale).map(|account| {
            format!("{}: last event {}", account.account, account.last_event_text())
        });
    let notices: Vec<String> = evidence.shortened().chain(stale).collect();
    for notice in notices.iter().take(ACCOUNTS) {
        writeln!(page, "<p class=\"notice\">{}</p>", escaped(notice))?;
    }
    match notices.len().saturating_sub(ACCOUNTS) {
        0 => Ok(()),
        more => writeln!(page, "<p class=\"notice\">… and {} more</p>", count(more as u64)),
    }
}

/// The charts that belong to a report.
fn charts(page: &mut String, folded: &Folded, report: &Report<'_>) -> anyhow::Result<()> {
    let other = |name| folded.report(name, &Prices::default()).map(|report| report.sheets);
    let (rows, packs) = (report.sheets.first(), &folded.packs);
    let Some(rows) = rows else { return Ok(()) };
    let today = report.reports.today();
    match report.name {
        Name::TokenSummary => {
            chart::daily_use(page, &other(Name::TokenByDay)?[0])?;
            chart::by_product(page, &other(Name::TokenByProduct)?[0])?;
            chart::packs(page, packs, folded.time_zone(), today)?;
        }
        Name::TokenByDay => chart::daily_use(page, rows)?,
        Name::TokenEvents => chart::packs(page, packs, folded.time_zone(), today)?,
        Name::TokenByProduct => chart::by_product(page, rows)?,
        Name::TokenByUser => chart::by_user(page, rows)?,
        Name::SeatSummary => chart::seats(page, rows)?,
        _ => {}
    }
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

fn evidence_list(page: &mut String, evidence: &Evidence) -> std::fmt::Result {
    page.push_str("<section class=\"evidence\">\n<h2>Evidence</h2>\n");
    let lines = evidence.lines(ACCOUNTS).into_iter();
    list(page, "lines", lines.map(|(name, said)| (name.to_owned(), said.to_string())))?;
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
