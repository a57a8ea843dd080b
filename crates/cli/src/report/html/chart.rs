//! Charts as inline SVG, worked out in integers.

use std::fmt::Write as _;

use tallyfold_core::{Instant, Tokens};
use tallyfold_projections::Period;
use tallyfold_projections::standard::{DayRow, ProductRow};

use super::escaped;
use crate::report::fold::PackLeft;
use crate::text::tokens;

/// The daily chart, in its own units.
const WIDTH: i64 = 960;
const HEIGHT: i64 = 180;
/// How many products and packs are drawn.
const SHOWN: usize = 12;

/// Tokens used, a bar for each day.
pub(super) fn daily_use(page: &mut String, days: &[DayRow], period: Period) -> std::fmt::Result {
    let most = days.iter().map(|day| day.tokens_used).max().unwrap_or_default();
    if most <= Tokens::ZERO {
        return Ok(());
    }
    let count = i64::try_from(period.days()).unwrap_or(i64::MAX).max(1);
    write!(
        page,
        "<section>\n<h2>daily use</h2>\n<figure>\n\
         <svg viewBox=\"0 0 {WIDTH} {}\" role=\"img\" aria-label=\"tokens used a day\">\n\
         <line class=\"axis\" x1=\"0\" y1=\"{HEIGHT}\" x2=\"{WIDTH}\" y2=\"{HEIGHT}\"/>\n",
        HEIGHT + 1,
    )?;
    for day in days {
        let place = day.date.signed_duration_since(period.from()).num_days();
        // In thousandths of a unit, so that many days still lie where they belong.
        let x = place * WIDTH * 1_000 / count;
        let width = (WIDTH * 1_000 / count * 4 / 5).max(1_000);
        let height = scaled(day.tokens_used, most, HEIGHT);
        writeln!(
            page,
            "<rect class=\"bar\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{height}\">\
             <title>{}: {} tokens</title></rect>",
            thousandths(x),
            HEIGHT - height,
            thousandths(width),
            day.date,
            tokens(day.tokens_used),
        )?;
    }
    writeln!(
        page,
        "</svg>\n<figcaption><span>{}</span><span>at most {} on a day</span><span>{}</span>\
         </figcaption>\n</figure>\n</section>",
        period.from(),
        tokens(most),
        period.to().pred_opt().unwrap_or(period.to()),
    )
}

/// Tokens used by product, most first.
pub(super) fn by_product(page: &mut String, rows: &[ProductRow]) -> std::fmt::Result {
    let most = rows.first().map(|row| row.tokens_used).unwrap_or_default();
    if most <= Tokens::ZERO {
        return Ok(());
    }
    page.push_str("<section>\n<h2>by product</h2>\n<div class=\"bars\">\n");
    for row in rows.iter().take(SHOWN) {
        let note = format!("{} · {}", tokens(row.tokens_used), row.share);
        bar(page, &row.product, row.tokens_used, most, &note)?;
    }
    page.push_str("</div>\n</section>\n");
    Ok(())
}

/// What is left in each pack, and when it expires.
pub(super) fn packs(page: &mut String, packs: &[PackLeft], as_of: Instant) -> std::fmt::Result {
    if packs.is_empty() {
        return Ok(());
    }
    page.push_str("<section>\n<h2>packs, in burn order</h2>\n<div class=\"bars\">\n");
    for pack in packs.iter().take(SHOWN) {
        let days = (pack.expires_at - as_of).nanos() / 86_400_000_000_000;
        let expiry = &pack.expires_at.to_string()[..10];
        let (left, bought) = (tokens(pack.available), tokens(pack.bought));
        let note = format!("{left} of {bought} · expires {expiry}, in {days} days");
        bar(page, &pack.pack, pack.available, pack.bought, &note)?;
    }
    if packs.len() > SHOWN {
        write!(page, "<p>… and {} more</p>", packs.len() - SHOWN)?;
    }
    page.push_str("</div>\n</section>\n");
    Ok(())
}

fn bar(page: &mut String, name: &str, part: Tokens, whole: Tokens, note: &str) -> std::fmt::Result {
    writeln!(
        page,
        "<div class=\"row\"><span>{}</span><svg viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\" \
         aria-hidden=\"true\"><rect class=\"track\" width=\"1000\" height=\"10\"/>\
         <rect class=\"bar\" width=\"{}\" height=\"10\"/></svg><em>{}</em></div>",
        escaped(name),
        scaled(part, whole, 1_000),
        escaped(note),
    )
}

/// A part of a whole on a scale of so many units.
fn scaled(part: Tokens, whole: Tokens, units: i64) -> i64 {
    let (part, whole) = (part.micros().max(0), whole.micros().max(1));
    i64::try_from(part.saturating_mul(i128::from(units)) / whole).unwrap_or(units).min(units)
}

fn thousandths(number: i64) -> String {
    format!("{}.{:03}", number / 1_000, number % 1_000)
}
