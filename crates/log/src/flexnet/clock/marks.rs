//! The dates that a log tells, and which of them are believed.

use chrono::{NaiveDate, NaiveDateTime};

use super::{Astray, DAY, NOW, Reading, SLACK, after};
use crate::flexnet::line::Told;
use crate::flexnet::stamp::{Stamp, midnight};

/// A date so far from the lines around it is believed only where a later one agrees.
const FAR: i64 = 366 * DAY;
/// 1 January 1990. A clock that shows an earlier year was never set: FLEXlm is not older.
const FIRST_SERVERS: i64 = 631_152_000;
/// How many later dates are asked about one that does not fit.
const WITNESSES: usize = 4;

/// The position of a line that tells a date, and the local time that follows from it.
pub(super) type Mark = (usize, i64);

/// Every mark of a log. What is unsure counts only in a log that tells no date otherwise.
pub(super) fn told(readings: &[Reading], start_date: Option<NaiveDate>) -> Vec<Mark> {
    let sure = |reading: &Reading| match (reading.stamp, reading.told) {
        (Stamp::Local(local) | Stamp::Exact { local, .. }, _) => Some(local),
        (stamp, Some(Told::Day(day))) => Some(midnight(day) + stamp.time_of_day()),
        (stamp, Some(Told::Moment(moment))) => now(stamp, moment),
        (_, Some(Told::Unsure(_)) | None) => None,
    };
    let unsure = |reading: &Reading| match reading.told {
        Some(Told::Unsure(moment)) => now(reading.stamp, moment),
        _ => None,
    };
    let mut marks = all(readings, sure);
    if marks.is_empty() {
        marks = all(readings, unsure);
    }
    let first = readings.first().zip(start_date);
    if let Some((first, day)) = first.filter(|_| marks.first().is_none_or(|(first, _)| *first > 0))
    {
        marks.insert(0, (0, midnight(day) + first.stamp.time_of_day()));
    }
    marks
}

fn all(readings: &[Reading], tell: impl Fn(&Reading) -> Option<i64>) -> Vec<Mark> {
    let marks = readings.iter().enumerate();
    marks.filter_map(|(position, reading)| Some((position, tell(reading)?))).collect()
}

/// The line's own time on the day of a moment, where both are the same time.
fn now(stamp: Stamp, moment: NaiveDateTime) -> Option<i64> {
    let moment = moment.and_utc().timestamp();
    let apart = (stamp.time_of_day() - moment + DAY / 2).rem_euclid(DAY) - DAY / 2;
    (apart.abs() <= NOW).then_some(moment + apart)
}

/// The marks that are believed, and the others.
pub(super) fn believed(readings: &[Reading], told: &[Mark]) -> (Vec<Mark>, Vec<(usize, Astray)>) {
    let mut kept: Vec<Mark> = Vec::new();
    let mut astray = Vec::new();
    let mut flow = Flow { readings, position: 0, local: 0 };
    for (number, mark) in told.iter().enumerate() {
        let later = &told[number + 1..];
        let later = &later[..later.len().min(WITNESSES)];
        let is_believed = match kept.last() {
            _ if matches!(readings[mark.0].stamp, Stamp::Exact { .. } | Stamp::Local(_)) => true,
            Some(last) => is_believed(&mut flow, last.1, *mark, later),
            None => !is_absurd_beginning(*mark, later),
        };
        if is_believed {
            kept.push(*mark);
            flow = Flow { readings, position: mark.0, local: mark.1 };
        } else {
            astray.push((mark.0, Astray::Date));
        }
    }
    (kept, astray)
}

/// Whether the first mark is later by more than a year than those that follow.
fn is_absurd_beginning(first: Mark, later: &[Mark]) -> bool {
    let is_earlier = |(_, at): &Mark| first.1 - at > FAR && *at >= FIRST_SERVERS;
    !later.is_empty() && later.iter().all(is_earlier)
}

/// Whether a mark is believed, where `flow` began at the last one, of the time `last`: it fits the
/// lines since, or no later mark fits them.
fn is_believed(flow: &mut Flow<'_>, last: i64, mark: Mark, later: &[Mark]) -> bool {
    let departure = mark.1 - flow.reach(mark.0);
    let is_in_order = mark.1 >= last - SLACK;
    if departure == 0 || (departure < 0 && is_in_order) {
        return true;
    }
    let mut without = *flow;
    let contradicted = later.iter().any(|(position, at)| {
        let fits_without = *at >= without.reach(*position) - SLACK;
        fits_without && (departure < 0 || *at < mark.1 - SLACK)
    });
    let is_far = departure.abs() > FAR || (mark.1 - last).abs() > FAR;
    let is_confirmed = later.iter().any(|(_, at)| (at - mark.1).abs() <= FAR);
    !contradicted && (is_confirmed || !is_far)
}

/// The time that the lines behind a mark arrive at, each as early as can be.
#[derive(Clone, Copy)]
struct Flow<'a> {
    readings: &'a [Reading],
    position: usize,
    local: i64,
}

impl Flow<'_> {
    fn reach(&mut self, position: usize) -> i64 {
        let passed = self.readings.iter().take(position + 1).skip(self.position + 1);
        self.local = passed.fold(self.local, |local, reading| after(local, reading.stamp));
        self.position = position;
        self.local
    }
}
