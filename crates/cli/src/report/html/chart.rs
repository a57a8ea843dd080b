//! Charts as inline SVG, worked out in integers.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use chrono::{Days, NaiveDate};
use tallyfold_core::{Instant, Tokens};
use tallyfold_projections::Period;
use tallyfold_projections::standard::{DayRow, ProductRow};

use super::escaped;
use crate::report::fold::PackLeft;
use crate::text::tokens;

/// The daily chart, in its own units: it is stretched to the page.
const WIDTH: i64 = 1_000;
const HEIGHT: i64 = 200;
/// How many dates are written below it, where there are as many days.
const DATES: u64 = 5;
/// How many products and packs are drawn.
const SHOWN: usize = 12;

/// Tokens used, a line over the days of the period.
pub(super) fn daily_use(page: &mut String, days: &[DayRow], period: Period) -> std::fmt::Result {
    let Some(most) = days.iter().max_by_key(|day| day.tokens_used) else {
        return Ok(());
    };
    if most.tokens_used <= Tokens::ZERO {
        return Ok(());
    }
    let (top, steps) = scale(most.tokens_used);
    page.push_str(
        "<section>\n<h2>tokens used a day</h2>\n<figure>\n<div class=\"plot\"><div class=\"y\">",
    );
    for step in (0..=steps).rev() {
        write!(page, "<span>{}</span>", tokens(part_of(top, step, steps)))?;
    }
    write!(
        page,
        "</div>\n<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" preserveAspectRatio=\"none\" role=\"img\" \
         aria-label=\"tokens used a day\">\n"
    )?;
    for step in 0..=steps {
        let y = HEIGHT * step / steps;
        writeln!(page, "<path class=\"grid\" d=\"M0 {y}H{WIDTH}\"/>")?;
    }
    let line = line(days, period, top);
    writeln!(page, "<path class=\"area\" d=\"M0 {HEIGHT}L{line}L{WIDTH} {HEIGHT}Z\"/>")?;
    writeln!(page, "<path class=\"line\" d=\"M{line}\"/>")?;
    days.iter().try_for_each(|day| hint(page, day, period))?;
    page.push_str("</svg></div>\n");
    dates(page, period)?;
    writeln!(
        page,
        "<figcaption>Most on one day: {} tokens, on {}.</figcaption>\n</figure>\n</section>",
        tokens(most.tokens_used),
        most.date,
    )
}

/// The top of a scale on which an amount fits, and in how many steps it is told: each 1, 2 or 5
/// times a power of ten.
fn scale(most: Tokens) -> (Tokens, i64) {
    let mut power = 1_i128;
    let step = loop {
        let fits = |step: &i128| step * 4 >= most.micros();
        match [power, 2 * power, 5 * power].into_iter().find(fits) {
            Some(step) => break step,
            None => power *= 10,
        }
    };
    let steps = (most.micros() + step - 1) / step;
    (Tokens::from_micros(steps * step), i64::try_from(steps).unwrap_or(1))
}

fn part_of(top: Tokens, step: i64, steps: i64) -> Tokens {
    Tokens::from_micros(top.micros() * i128::from(step) / i128::from(steps))
}

/// The points of the line: days with use, and the days without on either side of them.
fn line(days: &[DayRow], period: Period, top: Tokens) -> String {
    let mut points = BTreeMap::from([(period.from(), 0)]);
    points.extend(period.to().pred_opt().map(|last| (last, 0)));
    for day in days {
        let beside = [day.date.pred_opt(), day.date.succ_opt()].into_iter().flatten();
        for beside in beside.filter(|it| period.holds(*it)) {
            points.entry(beside).or_insert(0);
        }
        points.insert(day.date, scaled(day.tokens_used, top, HEIGHT * 10));
    }
    if let ([(_, height)], true) = (Vec::from_iter(&points).as_slice(), period.days() == 1) {
        let y = tenths(HEIGHT * 10 - *height);
        return format!("0 {y}H{WIDTH}");
    }
    let last = i64::try_from(period.days()).unwrap_or(i64::MAX).saturating_sub(1).max(1);
    let point = |(day, height): (NaiveDate, i64)| {
        let place = day.signed_duration_since(period.from()).num_days();
        format!("{} {}", tenths(WIDTH * 10 * place / last), tenths(HEIGHT * 10 - height))
    };
    points.into_iter().map(point).collect::<Vec<_>>().join("L")
}

/// What a day used, where the pointer rests on it.
fn hint(page: &mut String, day: &DayRow, period: Period) -> std::fmt::Result {
    let last = i64::try_from(period.days()).unwrap_or(i64::MAX).saturating_sub(1).max(1);
    let place = day.date.signed_duration_since(period.from()).num_days();
    let (width, middle) = (WIDTH * 10 / last, WIDTH * 10 * place / last);
    writeln!(
        page,
        "<rect class=\"hint\" x=\"{}\" width=\"{}\" height=\"{HEIGHT}\">\
         <title>{}: {} tokens</title></rect>",
        tenths((middle - width / 2).max(0)),
        tenths(width.max(1)),
        day.date,
        tokens(day.tokens_used),
    )
}

/// Dates at even distances, the first and the last day among them.
fn dates(page: &mut String, period: Period) -> std::fmt::Result {
    let last = period.days().saturating_sub(1);
    let gaps = last.min(DATES - 1);
    page.push_str("<div class=\"x\">");
    for place in 0..=gaps {
        let days = (last * place).checked_div(gaps).unwrap_or(0);
        if let Some(date) = period.from().checked_add_days(Days::new(days)) {
            write!(page, "<span>{date}</span>")?;
        }
    }
    page.push_str("</div>\n");
    Ok(())
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
    and_more(page, rows.len())?;
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
        let name = match &pack.account {
            Some(account) => format!("{account}: {}", pack.pack),
            None => pack.pack.clone(),
        };
        bar(page, &name, pack.available, pack.bought, &note)?;
    }
    and_more(page, packs.len())?;
    page.push_str("</div>\n</section>\n");
    Ok(())
}

fn and_more(page: &mut String, all: usize) -> std::fmt::Result {
    match all.saturating_sub(SHOWN) {
        0 => Ok(()),
        more => writeln!(page, "<p>… and {more} more</p>"),
    }
}

fn bar(page: &mut String, name: &str, part: Tokens, whole: Tokens, note: &str) -> std::fmt::Result {
    writeln!(
        page,
        "<div class=\"row\"><span title=\"{0}\">{0}</span><svg viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\" \
         aria-hidden=\"true\"><rect class=\"track\" width=\"1000\" height=\"10\"/>\
         <rect class=\"bar\" width=\"{1}\" height=\"10\"/></svg><em>{2}</em></div>",
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

fn tenths(number: i64) -> String {
    format!("{}.{}", number / 10, number % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_has_round_steps_and_holds_the_most() {
        for (most, top, steps) in
            [("1294", "1500", 3), ("4", "4", 4), ("7", "8", 4), ("0.3", "0.3", 3)]
        {
            let (top, most): (Tokens, Tokens) = (top.parse().unwrap(), most.parse().unwrap());
            assert_eq!(scale(most), (top, steps), "{most}");
        }
        assert_eq!(scale(Tokens::from_micros(1)), (Tokens::from_micros(1), 1));
    }
}
