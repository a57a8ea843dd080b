//! The clock of one log: which day each line was written on.
//!
//! Most lines have a time of day alone. Lines that tell a date are marks; the lines between two
//! marks are dated from the first one, a time that falls by more than [`SLACK`] being the next
//! day. Where that arrives later than the second mark says, some of the falls were no midnights:
//! the clock was set back there, or a single line is astray. The falls that would leave the longest
//! silence are taken for those.

mod marks;

use chrono::NaiveDate;

use super::line::Told;
use super::stamp::Stamp;

const DAY: i64 = 24 * 60 * 60;
/// How far a line's time may lie behind the line above without midnight in between: daemons
/// write side by side, and in autumn clocks are put back by an hour.
const SLACK: i64 = 2 * 60 * 60;
/// How far two times lie apart that are the same, for all that lines tell.
const NOW: i64 = 5 * 60;

/// A line, as far as the clock is concerned.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading {
    pub(super) stamp: Stamp,
    pub(super) told: Option<Told>,
}

/// What was not followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Astray {
    /// The time of a line that stands alone among others.
    Time,
    /// A date that the lines around it contradict.
    Date,
}

/// The local time of each line in seconds since 1970, and the positions of what was not followed.
#[derive(Debug)]
pub(super) struct Dated {
    pub(super) local: Vec<i64>,
    pub(super) astray: Vec<(usize, Astray)>,
}

/// Dates lines; nothing where none of them tells a date and `start_date` is not given.
pub(super) fn date(readings: &[Reading], start_date: Option<NaiveDate>) -> Option<Dated> {
    let told = marks::told(readings, start_date);
    let (marks, mut astray) = marks::believed(readings, &told);
    let (&(first, at), &(last, _)) = (marks.first()?, marks.last()?);
    let mut local = vec![0; readings.len()];
    local[first] = at;
    for position in (0..first).rev() {
        local[position] = before(local[position + 1], readings[position].stamp);
    }
    for pair in marks.windows(2) {
        let &[(from, _), (to, at)] = pair else { continue };
        flow(&mut local, readings, from, to);
        fit(&mut local, from, to, at, &mut astray);
    }
    flow(&mut local, readings, last, readings.len() - 1);
    astray.sort_unstable();
    Some(Dated { local, astray })
}

/// The next time at which a clock shows `stamp`, from [`SLACK`] before `local` on.
fn after(local: i64, stamp: Stamp) -> i64 {
    let earliest = local - SLACK;
    earliest + (stamp.time_of_day() - earliest).rem_euclid(DAY)
}

/// The last time at which a clock shows `stamp`, until [`SLACK`] after `local`.
fn before(local: i64, stamp: Stamp) -> i64 {
    let latest = local + SLACK;
    latest - (latest - stamp.time_of_day()).rem_euclid(DAY)
}

/// Dates the lines behind `from` up to `to`, each as early as can be.
fn flow(local: &mut [i64], readings: &[Reading], from: usize, to: usize) {
    for position in from + 1..=to {
        local[position] = after(local[position - 1], readings[position].stamp);
    }
}

/// Moves the lines between two marks so that they do not arrive after the second one, `at`. Where they
/// arrive before it, the days without a line lie right above it.
fn fit(local: &mut [i64], from: usize, to: usize, at: i64, astray: &mut Vec<(usize, Astray)>) {
    let too_late = (local[to] - at).div_euclid(DAY);
    if too_late > 0 {
        for position in step_back(local, from, to, too_late) {
            settle(local, from, position, to, astray);
        }
    }
    local[to] = at;
}

/// Takes away so many days at the midnights that leave the longest silences; where there are too
/// few, the rest at the longest one. Gives the positions, in order.
fn step_back(local: &mut [i64], from: usize, to: usize, days: i64) -> Vec<usize> {
    let mut midnights: Vec<(i64, usize)> = (from + 1..=to)
        .filter(|position| local[*position].div_euclid(DAY) > local[*position - 1].div_euclid(DAY))
        .map(|position| (local[position] - local[position - 1], position))
        .collect();
    midnights.sort_unstable_by_key(|(silence, position)| (-silence, *position));
    midnights.truncate(usize::try_from(days).unwrap_or(usize::MAX));
    let longest = midnights.first().map_or(to, |(_, position)| *position);
    let rest = days - i64::try_from(midnights.len()).unwrap_or(days);
    let mut positions: Vec<usize> = midnights.into_iter().map(|(_, position)| position).collect();
    positions.sort_unstable();
    let mut steps = positions.iter().copied().peekable();
    let mut taken = 0;
    for (position, time) in local.iter_mut().enumerate().take(to + 1).skip(from + 1) {
        taken += i64::from(steps.next_if_eq(&position).is_some());
        taken += if position == longest { rest } else { 0 };
        *time -= taken * DAY;
    }
    positions
}

/// Tells a line that is astray from a clock that was set back: the lines around it go on as if it
/// were not there. Such a line gets the time of the one above.
fn settle(
    local: &mut [i64],
    from: usize,
    position: usize,
    to: usize,
    astray: &mut Vec<(usize, Astray)>,
) {
    let begin =
        |at: usize| (from..at).rev().find(|it| local[*it] != local[at]).map_or(from, |it| it + 1);
    let end = |at: usize| (at..=to).find(|it| local[*it] != local[at]);
    let returns = end(position).filter(|next| local[*next] >= local[position - 1] - NOW);
    let was_ahead = begin(position - 1);
    if let Some(next) = returns {
        let above = local[position - 1];
        local[position..next].fill(above);
        astray.extend((position..next).map(|it| (it, Astray::Time)));
    } else if was_ahead > from && local[position] >= local[was_ahead - 1] - NOW {
        let above = local[was_ahead - 1];
        local[was_ahead..position].fill(above);
        astray.extend((was_ahead..position).map(|it| (it, Astray::Time)));
    }
}

/// Gives lines that stand alone, far from the time at which the lines around them go on, the time of the
/// line above. A date stamp may be astray too. Gives their positions.
pub(super) fn follow_neighbours(times: &mut [i64]) -> Vec<usize> {
    let mut astray = Vec::new();
    let mut position = 1;
    while position < times.len() {
        let (above, time) = (times[position - 1], times[position]);
        let run = times[position..].iter().take_while(|it| **it == time).count();
        let Some(&below) = times.get(position + run) else { break };
        let is_far = time < above - SLACK || time > below + SLACK;
        if is_far && below >= above - NOW {
            times[position..position + run].fill(above);
            astray.extend(position..position + run);
        }
        position += run;
    }
    astray
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(text: &str) -> i64 {
        text.parse::<chrono::NaiveDateTime>().unwrap().and_utc().timestamp()
    }

    /// Each line is `h:mm`, and perhaps a date: `8:00 2026-03-02`.
    fn readings(lines: &[&str]) -> Vec<Reading> {
        let read = |line: &&str| {
            let (time, day) =
                line.split_once(' ').map_or((*line, None), |(it, day)| (it, Some(day)));
            let (hours, minutes) = time.split_once(':').unwrap();
            let seconds =
                (hours.parse::<u32>().unwrap() * 60 + minutes.parse::<u32>().unwrap()) * 60;
            let told = day.map(|day| Told::Day(day.parse().unwrap()));
            Reading { stamp: Stamp::TimeOfDay(seconds), told }
        };
        lines.iter().map(read).collect()
    }

    fn dated(lines: &[&str]) -> (Vec<String>, Vec<(usize, Astray)>) {
        let Dated { local, astray } = date(&readings(lines), None).unwrap();
        let shown = |local: &i64| {
            let shown =
                chrono::DateTime::from_timestamp(*local, 0).unwrap().naive_utc().to_string();
            format!("{} {}", &shown[8..10], &shown[11..16])
        };
        (local.iter().map(shown).collect(), astray)
    }

    #[test]
    fn the_clock_passes_midnight_and_daemons_overlap() {
        for (from, to, shows) in [
            ("8:00", "9:30", "05 09:30"),
            ("23:59", "0:01", "06 00:01"),
            ("14:00", "9:00", "06 09:00"),
            ("3:00", "2:00", "05 02:00"),
            ("0:01", "23:59", "04 23:59"),
            ("0:01", "21:00", "05 21:00"),
        ] {
            let from = format!("{from} 2022-05-05");
            assert_eq!(dated(&[&from, to]).0[1], shows, "{from} {to}");
        }
    }

    #[test]
    fn lines_above_the_first_date_are_dated_backwards() {
        let (shown, _) = dated(&["20:00", "23:50", "0:10", "0:20 2022-05-05"]);
        assert_eq!(shown, ["04 20:00", "04 23:50", "05 00:10", "05 00:20"]);
        assert!(date(&readings(&["8:00"]), None).is_none());
        let start = NaiveDate::from_ymd_opt(2022, 5, 5);
        let dated = date(&readings(&["8:00", "7:00", "3:00"]), start).unwrap();
        assert_eq!(dated.local[2], moment("2022-05-06T03:00:00"));
    }

    #[test]
    fn days_without_a_line_lie_above_the_date_that_tells_of_them() {
        let (shown, _) = dated(&["18:00 2022-05-05", "20:00", "8:00", "8:05 2022-05-09", "9:00"]);
        assert_eq!(shown, ["05 18:00", "05 20:00", "06 08:00", "09 08:05", "09 09:00"]);
    }

    #[test]
    fn one_line_astray_does_not_move_the_rest() {
        let (shown, astray) =
            dated(&["8:00 2022-05-05", "14:00", "9:00", "14:05", "18:00 2022-05-05"]);
        assert_eq!(shown, ["05 08:00", "05 14:00", "05 14:00", "05 14:05", "05 18:00"]);
        assert_eq!(astray, [(2, Astray::Time)]);
        let (shown, astray) =
            dated(&["8:00 2022-05-05", "9:00", "20:00", "9:05", "12:00 2022-05-05"]);
        assert_eq!(shown, ["05 08:00", "05 09:00", "05 09:00", "05 09:05", "05 12:00"]);
        assert_eq!(astray, [(2, Astray::Time)]);
        let (shown, _) =
            dated(&["8:00 2022-05-05", "14:00", "9:00", "14:05", "20:00", "2:00 2022-05-06"]);
        assert_eq!(shown[2..], ["05 14:00", "05 14:05", "05 20:00", "06 02:00"]);
    }

    #[test]
    fn a_date_stamp_astray_takes_the_time_of_the_line_above() {
        for (times, followed, astray) in [
            ([100_000, 100_010, 0, 100_020], [100_000, 100_010, 100_010, 100_020], &[2][..]),
            ([100_000, 100_010, 900_000, 100_020], [100_000, 100_010, 100_010, 100_020], &[2]),
            ([100_000, 900_000, 900_000, 100_020], [100_000, 100_000, 100_000, 100_020], &[1, 2]),
            ([100_000, 0, 10, 20], [100_000, 0, 10, 20], &[]),
            ([100_000, 200_000, 300_000, 400_000], [100_000, 200_000, 300_000, 400_000], &[]),
            ([0, 100_000, 100_001, 900_000], [0, 100_000, 100_001, 900_000], &[]),
        ] {
            let mut times = times;
            assert_eq!(follow_neighbours(&mut times), astray, "{followed:?}");
            assert_eq!(times, followed);
        }
    }

    #[test]
    fn a_clock_that_is_set_back_goes_on_from_the_date_that_follows() {
        let (shown, astray) =
            dated(&["12:00 2022-05-10", "15:00", "10:00", "10:30", "11:00 2022-05-10", "12:00"]);
        assert_eq!(shown, ["10 12:00", "10 15:00", "10 10:00", "10 10:30", "10 11:00", "10 12:00"]);
        assert_eq!(astray, []);
        let (shown, astray) =
            dated(&["12:00 2022-05-10", "15:00", "10:00", "11:00 2022-05-07", "12:00"]);
        assert_eq!(shown, ["10 12:00", "10 15:00", "07 10:00", "07 11:00", "07 12:00"]);
        assert_eq!(astray, []);
    }

    #[test]
    fn an_absurd_date_is_not_followed() {
        for absurd in
            ["18:00 2099-01-01", "18:00 1980-01-01", "18:00 2022-05-01", "18:00 2022-06-01"]
        {
            let lines = [
                "12:00 2022-05-05",
                "13:00",
                absurd,
                "19:00",
                "0:00 2022-05-06",
                "6:00 2022-05-06",
            ];
            let (shown, astray) = dated(&lines);
            assert_eq!(
                shown,
                ["05 12:00", "05 13:00", "05 18:00", "05 19:00", "06 00:00", "06 06:00"],
                "{absurd}"
            );
            assert_eq!(astray, [(2, Astray::Date)], "{absurd}");
        }
        for absurd in ["18:00 2099-01-01", "18:00 1980-01-01"] {
            let (shown, astray) = dated(&["12:00 2022-05-05", absurd, "19:00"]);
            assert_eq!(shown, ["05 12:00", "05 18:00", "05 19:00"], "{absurd}");
            assert_eq!(astray, [(1, Astray::Date)], "{absurd}");
        }
        let (shown, astray) =
            dated(&["12:00 2099-05-05", "13:00", "18:00 2022-05-05", "0:00 2022-05-06"]);
        assert_eq!(shown, ["05 12:00", "05 13:00", "05 18:00", "06 00:00"]);
        assert_eq!(astray, [(0, Astray::Date)]);
    }
}
