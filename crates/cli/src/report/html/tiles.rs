//! The few numbers of a report that are read first.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use tallyfold_core::Tokens;
use tallyfold_projections::Cell;

use super::escaped;
use crate::report::Name;
use crate::report::sheet::{Cells, Sheet};
use crate::text::{count, tokens};

/// A name, a value and what it is of.
type Tile = (&'static str, String, String);

pub(super) fn write(page: &mut String, name: Name, sheets: &[Sheet]) -> std::fmt::Result {
    let tiles = tiles(name, sheets);
    if tiles.is_empty() {
        return Ok(());
    }
    page.push_str("<section class=\"tiles\">\n");
    for (name, value, note) in tiles {
        let (value, note) = (escaped(&value), escaped(&note));
        writeln!(
            page,
            "<div class=\"tile\"><h2>{name}</h2><strong>{value}</strong><p>{note}</p></div>"
        )?;
    }
    page.push_str("</section>\n");
    Ok(())
}

fn tiles(name: Name, sheets: &[Sheet]) -> Vec<Tile> {
    let Some(sheet) = sheets.first().filter(|sheet| !sheet.is_empty()) else {
        return Vec::new();
    };
    match name {
        Name::TokenSummary => summary(sheet, &sheet.row(0)),
        Name::TokenByDay => by_day(sheet),
        Name::TokenByProduct | Name::TokenByVersion => vec![
            sum(sheet, "Used", "tokens_used", "tokens in this period"),
            distinct(sheet, "Products", "product", "used with tokens"),
        ],
        Name::TokenByUser => vec![
            sum(sheet, "Used", "tokens_used", "tokens in this period"),
            sum(sheet, "Days of use", "days_of_use", "paid with tokens"),
            distinct(sheet, "Users", "user", "on tokens"),
        ],
        Name::SeatByUser => vec![
            sum(sheet, "Days of use", "days_of_use", "covered by seats"),
            distinct(sheet, "Users", "user", "on seats"),
        ],
        Name::SeatSummary => sheets.get(1).map_or_else(Vec::new, seats),
        Name::UserSummary => people(sheet),
        Name::UserDetail => vec![
            sum(sheet, "Used", "tokens", "tokens, refunds not taken off"),
            sum(sheet, "Refunded", "refunded", "tokens"),
            ("Charges", count(sheet.len() as u64), "in this period".to_owned()),
        ],
        Name::Advice => advice(sheet),
        Name::TokenEvents | Name::SeatByProduct | Name::UsageExport => Vec::new(),
    }
}

/// The balance, what was used of it, and how long it lasts.
fn summary(sheet: &Sheet, row: &[Cell<'_>]) -> Vec<Tile> {
    let [available, used] = ["tokens_available", "tokens_used"].map(|name| sheet.amount(row, name));
    let (run_out, pace) = match &*sheet.text(row, "run_out") {
        "" if available.is_zero() => ("now".to_owned(), "no tokens are left"),
        "" if used.is_zero() => ("never".to_owned(), "none were used"),
        "" if sheet.text(row, "monthly_average").is_empty() => {
            ("–".to_owned(), "too little was observed")
        }
        "" => ("never".to_owned(), "they expire before"),
        day => (day.to_owned(), "at this pace"),
    };
    let balance = match &*sheet.text(row, "level") {
        "empty" => "no tokens are left",
        "low" => "tokens, which is low",
        _ => "tokens in usable packs",
    };
    let next = sheet.text(row, "next_expiry");
    let next = next.get(..10).unwrap_or("none").to_owned();
    let average = match &*sheet.text(row, "monthly_average") {
        "" => "–".to_owned(),
        _ => whole(sheet.amount(row, "monthly_average")),
    };
    let expiring = whole(sheet.amount(row, "expiring_90"));
    let tile = |name, value, note: &str| (name, value, note.to_owned());
    vec![
        tile("Available", whole(available), balance),
        tile("Used", whole(used), "tokens in this period"),
        tile("A month", average, "tokens on average"),
        tile("Run out", run_out, pace),
        tile("Days of use", sheet.shown(row, "days_of_use"), "paid with tokens"),
        tile("Users", sheet.shown(row, "users"), "on tokens"),
        tile("Next expiry", next, "of a pack with tokens"),
        tile("Expiring", expiring, "tokens within 90 days"),
    ]
}

fn by_day(sheet: &Sheet) -> Vec<Tile> {
    let most = sheet.rows().rev().max_by_key(|row| sheet.amount(row, "tokens_used"));
    let most = most.filter(|row| !sheet.amount(row, "tokens_used").is_zero()).map(|row| {
        let note = format!("tokens, on {}", sheet.text(&row, "date"));
        ("Most on a day", whole(sheet.amount(&row, "tokens_used")), note)
    });
    let end = sheet.rows().next_back().map(|row| {
        let note = format!("tokens at the end of {}", sheet.text(&row, "date"));
        ("Balance", whole(sheet.amount(&row, "balance_end")), note)
    });
    let used = sum(sheet, "Used", "tokens_used", "tokens in this period");
    let days = sum(sheet, "Days of use", "days_of_use", "paid with tokens");
    [Some(used), Some(days), most, end].into_iter().flatten().collect()
}

fn seats(totals: &Sheet) -> Vec<Tile> {
    let Some(row) = totals.rows().next() else { return Vec::new() };
    let tile = |name, column, note: &str| (name, totals.shown(&row, column), note.to_owned());
    vec![
        tile("Subscriptions", "subscriptions", "in term"),
        tile("Seats", "seats", "in term"),
        tile("Assigned", "assigned", "seats"),
        tile("Free", "unassigned", "seats"),
    ]
}

fn people(sheet: &Sheet) -> Vec<Tile> {
    let inactive = |row: &Cells<'_>| {
        sheet.text(row, "days_inactive").parse::<u64>().is_ok_and(|days| days > 30)
    };
    let refused = |row: &Cells<'_>| !sheet.amount(row, "denied").is_zero();
    let number = |of: usize| count(of as u64);
    let tile = |name, value, note: &str| (name, value, note.to_owned());
    vec![
        tile("People", number(sheet.len()), "known"),
        tile("Inactive", number(sheet.rows().filter(inactive).count()), "for over 30 days"),
        tile("Refused", number(sheet.rows().filter(refused).count()), "in this period"),
    ]
}

fn advice(sheet: &Sheet) -> Vec<Tile> {
    let change_to = |access: &str| {
        let differs = |row: &Cells<'_>| {
            sheet.text(row, "recommended") == access && sheet.text(row, "access_now") != access
        };
        count(sheet.rows().filter(differs).count() as u64)
    };
    let rows = count(sheet.len() as u64);
    let tile = |name, value, note: &str| (name, value, note.to_owned());
    vec![
        tile("To a subscription", change_to("seat"), "rows that recommend the change"),
        tile("To tokens", change_to("flex"), "rows that recommend the change"),
        tile("Looked at", rows, "users and products"),
    ]
}

fn sum(sheet: &Sheet, name: &'static str, column: &str, note: &str) -> Tile {
    let sum: Tokens = sheet.rows().map(|row| sheet.amount(&row, column)).sum();
    (name, tokens(sum), note.to_owned())
}

fn distinct(sheet: &Sheet, name: &'static str, column: &str, note: &str) -> Tile {
    let names: BTreeSet<String> = sheet.rows().map(|row| sheet.text(&row, column)).collect();
    (name, count(names.len() as u64), note.to_owned())
}

/// Whole tokens, halves away from zero.
fn whole(amount: Tokens) -> String {
    let half = 500_000 * amount.micros().signum();
    tokens(Tokens::from_micros((amount.micros() + half) / 1_000_000 * 1_000_000))
}
