//! What is asked about a log: periods of every form, zones, instants, accounts and prices.

use chrono::{Datelike, NaiveDate, TimeDelta};

use super::Question;
use super::advice::{Prices, price};
use super::calendar::{At, DAY, SECOND, Zone};
use super::log::Log;
use super::office::Dice;

const ZONES: [&str; 9] = [
    "UTC",
    "UTC",
    "Europe/Madrid",
    "Asia/Kathmandu",
    "America/Los_Angeles",
    "Pacific/Apia",
    "Pacific/Kiritimati",
    "America/Sao_Paulo",
    "America/St_Johns",
];

/// A question about a log, as the dice will.
pub(crate) fn question(log: &Log, dice: &mut Dice) -> Option<Question> {
    let (accounts, zone) = (log.accounts(), (*dice.pick(&ZONES)).to_owned());
    let (first, last) = (log.earliest(&accounts)?, log.latest(&accounts)?);
    let accounts: Vec<String> = accounts.into_iter().collect();
    let account = dice.chance(3).then(|| dice.pick(&accounts).clone());
    let as_of = as_of(first, last, &zone, dice);
    let period = period(first, last, Zone::named(&zone), dice);
    Some(Question { account, period, zone, as_of, prices: prices(dice) })
}

/// The last instant of a log: a nanosecond before 2200.
const LATEST: At = 84_006 * DAY - 1;

/// None, an instant or a date: before the first event, between, at, or after the last.
fn as_of(first: At, last: At, zone: &str, dice: &mut Dice) -> Option<String> {
    let between = first + (last - first) / 8 * At::try_from(dice.roll(9)).unwrap();
    let at = match dice.roll(12) {
        0..=3 => return None,
        4 => first - DAY,
        5 => (last + 40 * DAY).min(LATEST),
        6 => (last + SECOND).min(LATEST),
        7 => last,
        8 => first,
        _ => between,
    };
    let is_date = dice.chance(2) && at < LATEST - 2 * DAY;
    let zone = Zone::named(if is_date { zone } else { "UTC" });
    Some(if is_date { zone.date(at).to_string() } else { zone.written(at) })
}

fn period(first: At, last: At, zone: Zone, dice: &mut Dice) -> Option<String> {
    let (first, last) = (zone.date(first), zone.date(last));
    let days = u64::try_from((last - first).num_days()).unwrap();
    let day = |dice: &mut Dice| {
        let offset = i64::try_from(dice.roll(days + 12)).unwrap() - 6;
        first + TimeDelta::days(offset)
    };
    let some_day = day(dice);
    let range = |one: NaiveDate, other: NaiveDate, dice: &mut Dice| {
        let (from, to) = (one.min(other), one.max(other) + TimeDelta::days(370));
        let to = if dice.chance(2) { other.max(one) } else { to };
        if from == to { format!("{from}..") } else { format!("{from}..{to}") }
    };
    let months = ["1", "2", "3", "12", "120"];
    Some(match dice.roll(18) {
        0..=2 => return None,
        3 => some_day.to_string(),
        4 => some_day.format("%G-W%V").to_string(),
        5 => some_day.format("%Y-%m").to_string(),
        6 => format!("{}-Q{}", some_day.year(), some_day.month0() / 3 + 1),
        7 => some_day.year().to_string(),
        8..=10 => range(some_day, day(dice), dice),
        11 => format!("{}..{}", some_day.year(), some_day.year() + 1),
        12 => format!("..{some_day}"),
        13 => format!("{some_day}.."),
        14 => format!("past-{}-days", dice.pick(&["1", "7", "28", "30", "90", "3660"])),
        15 => format!("past-{}-months", dice.pick(&months)),
        16 => format!("rolling-{}-months", dice.pick(&months)),
        _ => (*dice.pick(&["this-month", "last-month"])).to_owned(),
    })
}

fn prices(dice: &mut Dice) -> Prices {
    let token = dice.pick(&["3", "2.85", "0.000001", "40"]);
    let token = (!dice.chance(3)).then(|| price(token));
    let mut offerings = Vec::new();
    for offering in ["AutoCAD", "Revit", "AEC", "Odd", "Free", "Render"] {
        if dice.chance(2) {
            let monthly = dice.pick(&["1", "168", "60.9", "1000.01", "0.5"]);
            offerings.push((offering.to_owned(), price(monthly)));
        }
    }
    if dice.chance(4) { Prices::default() } else { Prices { token, offerings } }
}
