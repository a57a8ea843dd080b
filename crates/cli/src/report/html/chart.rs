//! Charts as inline SVG, worked out in integers.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use chrono::NaiveDate;
use tallyfold_core::Tokens;
use tallyfold_projections::TimeZone;

use super::escaped;
use crate::report::fold::PackLeft;
use crate::report::sheet::{Cells, Sheet};
use crate::text::{count, tokens};

/// The daily chart, in its own units: it is stretched to the page.
const WIDTH: usize = 1_000;
const HEIGHT: i64 = 200;
/// Up to so many days each has a column of its own; more are a line.
const COLUMNS: usize = 100;
/// How many dates are written below it, where there are as many days.
const DATES: usize = 5;
/// With more days a date is wider than its slot.
const WIDE_SLOTS: usize = 10;
/// How many bars are drawn.
const SHOWN: usize = 12;

/// Tokens used on each day. Every day has a slot of the same width, and its date stands below the
/// middle of the slot.
pub(super) fn daily_use(page: &mut String, by_day: &Sheet) -> std::fmt::Result {
    let day = |row: Cells<'_>| (by_day.text(&row, "date"), by_day.amount(&row, "tokens_used"));
    let days: Vec<(String, Tokens)> = by_day.rows().map(day).collect();
    let Some((date, most)) = days.iter().rev().max_by_key(|(_, used)| *used) else {
        return Ok(());
    };
    if *most <= Tokens::ZERO {
        return Ok(());
    }
    let (top, steps) = scale(*most);
    page.push_str(
        "<section>\n<h2>Tokens used a day</h2>\n<figure>\n<div class=\"plot\"><div class=\"y\">",
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
    if days.len() > COLUMNS {
        line(page, &days, top)?;
    } else {
        (0..)
            .zip(&days)
            .try_for_each(|(place, day)| column(page, day, (place, days.len()), top))?;
    }
    page.push_str("</svg></div>\n");
    dates(page, &days)?;
    let most = tokens(*most);
    writeln!(
        page,
        "<figcaption>Most on one day: {most} tokens, on {date}.</figcaption>\n</figure>\n</section>"
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

/// The middle of a day's slot, in tenths of a unit out of `width` units.
fn middle(place: usize, days: usize, width: usize) -> usize {
    width * 10 * (2 * place + 1) / (2 * days)
}

/// A day as a column; what it used is said where the pointer rests on it.
fn column(
    page: &mut String,
    (date, used): &(String, Tokens),
    (place, days): (usize, usize),
    top: Tokens,
) -> std::fmt::Result {
    let slot = WIDTH * 10 / days;
    let width = (slot * 7 / 10).min(600);
    let height = scaled(*used, top, HEIGHT * 10);
    writeln!(
        page,
        "<rect class=\"day\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\">\
         <title>{date}: {} tokens</title></rect>",
        tenths(middle(place, days, WIDTH) - width / 2),
        tenths((HEIGHT * 10 - height).unsigned_abs() as usize),
        tenths(width),
        tenths(height.unsigned_abs() as usize),
        tokens(*used),
    )
}

/// Many days as a line through the middles of their slots.
fn line(page: &mut String, days: &[(String, Tokens)], top: Tokens) -> std::fmt::Result {
    let mut points = Vec::with_capacity(days.len());
    for (place, (_, used)) in days.iter().enumerate() {
        let height = HEIGHT * 10 - scaled(*used, top, HEIGHT * 10);
        let x = tenths(middle(place, days.len(), WIDTH));
        points.push(format!("{x} {}", tenths(height.unsigned_abs() as usize)));
    }
    let [first, last] = [0, days.len() - 1].map(|it| tenths(middle(it, days.len(), WIDTH)));
    let points = points.join("L");
    writeln!(page, "<path class=\"area\" d=\"M{first} {HEIGHT}L{points}L{last} {HEIGHT}Z\"/>")?;
    writeln!(page, "<path class=\"line\" d=\"M{points}\"/>")
}

/// Dates below the middles of their slots, at even distances, the first and the last among them.
fn dates(page: &mut String, days: &[(String, Tokens)]) -> std::fmt::Result {
    let gaps = (days.len() - 1).min(DATES - 1);
    let slots = if days.len() > WIDE_SLOTS { "x narrow" } else { "x" };
    write!(page, "<div class=\"{slots}\">")?;
    for gap in 0..=gaps {
        let place = ((days.len() - 1) * gap).checked_div(gaps).unwrap_or(0);
        let left = tenths(middle(place, days.len(), 100));
        write!(page, "<span style=\"left:{left}%\"><i>{}</i></span>", days[place].0)?;
    }
    page.push_str("</div>\n");
    Ok(())
}

/// Tokens used by product, most first; a full bar is all that the account used.
pub(super) fn by_product(page: &mut String, sheet: &Sheet) -> std::fmt::Result {
    let used = |row: Cells<'_>| (sheet.text(&row, "product"), sheet.amount(&row, "tokens_used"));
    shares(page, "By product", sheet.rows().map(used).collect())
}

/// Tokens used by user, the power users first; a full bar is what the first of them used.
pub(super) fn by_user(page: &mut String, sheet: &Sheet) -> std::fmt::Result {
    let mut users: BTreeMap<String, Tokens> = BTreeMap::new();
    for row in sheet.rows() {
        *users.entry(sheet.text(&row, "user")).or_default() += sheet.amount(&row, "tokens_used");
    }
    let mut users: Vec<_> = users.into_iter().collect();
    most_first(&mut users);
    let most = users.first().map(|(_, used)| *used).unwrap_or_default();
    let bar = |(name, part): (String, Tokens)| Bar {
        name,
        part,
        whole: most,
        notes: [tokens(part), String::new()],
    };
    let bars = users.into_iter().filter(|(_, used)| !used.is_zero()).map(bar);
    bars_of(page, "Power users", &bars.collect::<Vec<_>>())
}

fn most_first(parts: &mut [(String, Tokens)]) {
    parts.sort_by(|one, next| next.1.cmp(&one.1).then_with(|| one.0.cmp(&next.0)));
}

fn shares(page: &mut String, title: &str, mut parts: Vec<(String, Tokens)>) -> std::fmt::Result {
    let whole: Tokens = parts.iter().map(|(_, used)| *used).sum();
    if whole <= Tokens::ZERO {
        return Ok(());
    }
    most_first(&mut parts);
    let bars: Vec<Bar> = parts
        .into_iter()
        .map(|(name, used)| {
            let permille = scaled(used, whole, 1_000);
            let notes = [tokens(used), format!("{}.{} %", permille / 10, permille % 10)];
            Bar { name, part: used, whole, notes }
        })
        .collect();
    bars_of(page, title, &bars)
}

/// What is left in each pack, and when it expires: in how many days by the calendar.
pub(super) fn packs(
    page: &mut String,
    packs: &[PackLeft],
    zone: TimeZone,
    today: NaiveDate,
) -> std::fmt::Result {
    let bar = |pack: &PackLeft| {
        let (left, bought) = (tokens(pack.available), tokens(pack.bought));
        let date = zone.day(pack.expires_at);
        let when = match date.signed_duration_since(today).num_days() {
            0 => "today".to_owned(),
            1 => "tomorrow".to_owned(),
            days => format!("in {} days", count(days.unsigned_abs())),
        };
        let notes = [format!("{left} of {bought}"), format!("expires {date}, {when}")];
        Bar { name: pack.pack.clone(), part: pack.available, whole: pack.bought, notes }
    };
    bars_of(page, "Packs, in burn order", &packs.iter().map(bar).collect::<Vec<_>>())
}

/// How many seats of each subscription are held.
pub(super) fn seats(page: &mut String, sheet: &Sheet) -> std::fmt::Result {
    let bar = |row: Cells<'_>| {
        let [part, whole] = ["assigned", "seats"].map(|name| sheet.amount(&row, name));
        let held = format!("{} of {} assigned", tokens(part), tokens(whole));
        let notes = [held, sheet.text(&row, "offering")];
        Bar { name: sheet.text(&row, "subscription"), part, whole, notes }
    };
    bars_of(page, "Assigned seats", &sheet.rows().map(bar).collect::<Vec<_>>())
}

/// A part of a whole, and what is said of it.
struct Bar {
    name: String,
    part: Tokens,
    whole: Tokens,
    notes: [String; 2],
}

/// Bars below each other, on tracks of one length.
fn bars_of(page: &mut String, title: &str, bars: &[Bar]) -> std::fmt::Result {
    if bars.is_empty() {
        return Ok(());
    }
    write!(page, "<section>\n<h2>{title}</h2>\n<div class=\"bars\">\n")?;
    for Bar { name, part, whole, notes: [amount, note] } in bars.iter().take(SHOWN) {
        writeln!(
            page,
            "<span>{}</span><svg viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\" \
             aria-hidden=\"true\"><rect class=\"track\" width=\"1000\" height=\"10\"/>\
             <rect class=\"bar\" width=\"{}\" height=\"10\"/></svg><em>{}</em><em>{}</em>",
            escaped(name),
            scaled(*part, *whole, 1_000),
            escaped(amount),
            escaped(note),
        )?;
    }
    page.push_str("</div>\n");
    match bars.len().saturating_sub(SHOWN) {
        0 => {}
        more => writeln!(page, "<p class=\"none\">… and {} more</p>", count(more as u64))?,
    }
    page.push_str("</section>\n");
    Ok(())
}

/// A part of a whole on a scale of so many units, to the nearest.
fn scaled(part: Tokens, whole: Tokens, units: i64) -> i64 {
    let (part, whole) = (part.micros().max(0), whole.micros().max(1));
    let scaled = (part.saturating_mul(i128::from(units)) + whole / 2) / whole;
    i64::try_from(scaled).unwrap_or(units).min(units)
}

fn tenths(number: usize) -> String {
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

    #[test]
    fn a_date_stands_below_the_middle_of_its_day() {
        assert_eq!([0, 1, 2, 3].map(|day| middle(day, 4, 100)), [125, 375, 625, 875]);
        assert_eq!(middle(0, 1, 100), 500);
        let mut page = String::new();
        let days: Vec<_> =
            (1..=3).map(|day| (format!("2026-01-0{day}"), Tokens::whole(day))).collect();
        dates(&mut page, &days).unwrap();
        assert!(page.contains("left:16.6%") && page.contains("left:50.0%"), "{page}");
        page.clear();
        column(&mut page, &days[1], (1, 3), Tokens::whole(3)).unwrap();
        // From 38.4 % to 61.6 % of the width: around the same middle.
        assert!(page.contains("x=\"470.0\"") && page.contains("width=\"60.0\""), "{page}");
    }
}
