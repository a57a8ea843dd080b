//! When a line was written, as far as the line itself says: `h:mm:ss`, or a whole date and time.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};

/// How long a text before a line's own time may be: a host, a process and its number.
const MAX_PREFIX_BYTES: usize = 100;

/// When a line says that it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stamp {
    /// Seconds since midnight of a day that the line does not tell.
    TimeOfDay(u32),
    /// A date and time by the server's clock, in seconds since 1970.
    Local(i64),
    /// The same with the clock's distance from UTC in seconds: exact.
    Exact { local: i64, offset: i32 },
}

impl Stamp {
    /// Seconds since midnight.
    pub(super) fn time_of_day(self) -> i64 {
        match self {
            Stamp::TimeOfDay(seconds) => seconds.into(),
            Stamp::Local(local) | Stamp::Exact { local, .. } => local.rem_euclid(24 * 60 * 60),
        }
    }
}

/// Splits a line into its stamp, the daemon in parentheses and the text after it.
///
/// `-datestamp` writes a date before the daemon. A system log or a container writes a date, a host
/// or a process before the line; the line's own time is then the last word before the daemon.
pub(super) fn split(line: &str) -> Option<(Stamp, &str, &str)> {
    let open = line.find('(')?;
    let (before, rest) = (line[..open].trim_ascii(), &line[open + 1..]);
    let (daemon, text) = rest.split_once(')')?;
    let stamp = match date_stamp(before) {
        Some((stamp, _)) => stamp,
        None => Stamp::TimeOfDay(last_word_as_time(before)?),
    };
    let named = !daemon.is_empty() && daemon.len() <= MAX_PREFIX_BYTES;
    (named && before.len() <= MAX_PREFIX_BYTES).then_some((stamp, daemon, text.trim_ascii()))
}

/// Whether a line begins like one of a log: with a digit, and a word in parentheses soon after.
pub(super) fn looks_like_log_line(line: &str) -> bool {
    let word = |open: usize| line[open + 1..].split_once(')').map(|(word, _)| word);
    let is_word = |word: &str| {
        !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    line.starts_with(|first: char| first.is_ascii_digit())
        && line.find('(').filter(|open| *open < 32).and_then(word).is_some_and(is_word)
}

fn last_word_as_time(before: &str) -> Option<u32> {
    time_of_day(before.rsplit(|c: char| c.is_ascii_whitespace()).next()?)
}

/// Seconds since midnight of `h:mm:ss`.
pub(super) fn time_of_day(text: &str) -> Option<u32> {
    let mut parts = text.split(':');
    let (hours, minutes, seconds) = (parts.next()?, parts.next()?, parts.next()?);
    let two_digits = minutes.len() == 2 && seconds.len() == 2 && parts.next().is_none();
    let (hours, minutes, seconds) = (number(hours)?, number(minutes)?, number(seconds)?);
    (two_digits && hours < 24 && minutes < 60 && seconds < 60)
        .then_some((hours * 60 + minutes) * 60 + seconds)
}

/// Reads `2026-03-02T09:00:00+0100 …`: `T` or a space between, fractions of a second dropped, the
/// offset `+0100`, `+01:00`, `+01`, `Z` or none. Gives what follows it as well.
fn date_stamp(text: &str) -> Option<(Stamp, &str)> {
    let (day, rest) = text.split_at_checked(10)?;
    let mut parts = day.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let whole = year.len() == 4 && month.len() == 2 && parts.next().is_none();
    let day = date_of(number(year)?, number(month)?, number(day)?).filter(|_| whole)?;
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let (time, rest) = rest.split_at_checked(8)?;
    let time = time_of_day(time)?;
    let rest = rest
        .strip_prefix(['.', ','])
        .map_or(rest, |fraction| fraction.trim_start_matches(|digit: char| digit.is_ascii_digit()));
    let local = midnight(day) + i64::from(time);
    Some(match offset(rest) {
        Some((offset, rest)) => (Stamp::Exact { local, offset }, rest),
        None => (Stamp::Local(local), rest),
    })
}

/// Seconds ahead of UTC, and what follows.
fn offset(text: &str) -> Option<(i32, &str)> {
    if let Some(rest) = text.strip_prefix(['Z', 'z']) {
        return Some((0, rest));
    }
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let digits = text.strip_prefix(['+', '-'])?;
    let (hours, rest) = digits.split_at_checked(2)?;
    let after_colon = rest.strip_prefix(':').unwrap_or(rest);
    let minutes = after_colon.split_at_checked(2).and_then(|(it, rest)| Some((number(it)?, rest)));
    let (minutes, rest) = minutes.unwrap_or((0, rest));
    let (hours, minutes) = (number(hours)?, minutes);
    let seconds = i32::try_from((hours * 60 + minutes) * 60).ok()?;
    (hours < 24 && minutes < 60).then_some((sign * seconds, rest))
}

/// Reads `m/d/yyyy`, or a year of two digits as old servers wrote it.
pub(super) fn slashed_date(text: &str) -> Option<NaiveDate> {
    let mut parts = text.trim_ascii().split('/');
    let (month, day, year) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let year = match number(year)? {
        year @ 0..70 => 2_000 + year,
        year @ 70..100 => 1_900 + year,
        year => year,
    };
    date_of(year, number(month)?, number(day)?)
}

/// Reads `d-m-yyyy`, as verbose lines write it; `m-d-yyyy` where that alone is a date.
pub(super) fn dashed_date(text: &str) -> Option<NaiveDate> {
    let mut parts = text.split('-');
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    let whole = year.len() == 4 && parts.next().is_none();
    let (day, month, year) = (number(day)?, number(month)?, number(year).filter(|_| whole)?);
    date_of(year, month, day).or_else(|| date_of(year, day, month))
}

/// Reads `Mon Mar 02 2026 08:00:04 CET`.
pub(super) fn spelled_moment(text: &str) -> Option<NaiveDateTime> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let mut words = text.split_ascii_whitespace();
    let (_weekday, month) = (words.next()?, words.next()?);
    let (day, year, time) = (words.next()?, words.next()?, words.next()?);
    let month = (1..).zip(MONTHS).find(|(_, name)| *name == month)?.0;
    let day = date_of(number(year)?, month, number(day)?)?;
    let time = NaiveTime::from_num_seconds_from_midnight_opt(time_of_day(time)?, 0)?;
    Some(day.and_time(time))
}

/// A date of the years in which there are licence servers.
fn date_of(year: u32, month: u32, day: u32) -> Option<NaiveDate> {
    let year = Some(year).filter(|year| (1970..2200).contains(year))?;
    NaiveDate::from_ymd_opt(year.cast_signed(), month, day)
}

/// The number of at most four digits that `text` spells.
fn number(text: &str) -> Option<u32> {
    let digits = (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

/// Seconds from 1970 to the first moment of a date.
pub(super) fn midnight(date: NaiveDate) -> i64 {
    date.and_time(NaiveTime::MIN).and_utc().timestamp()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(line: &str) -> Option<(String, &str, &str)> {
        let (stamp, daemon, text) = split(line)?;
        let local = |local| chrono::DateTime::from_timestamp(local, 0).unwrap().naive_utc();
        let stamp = match stamp {
            Stamp::TimeOfDay(seconds) => seconds.to_string(),
            Stamp::Local(at) => local(at).to_string(),
            Stamp::Exact { local: at, offset } => format!("{} {offset:+}", local(at)),
        };
        Some((stamp, daemon, text))
    }

    #[test]
    fn every_way_to_write_the_time_is_read() {
        for (prefix, stamp) in [
            (" 8:00:01", "28801"),
            ("08:00:01", "28801"),
            ("2026-03-02T08:00:01+0100", "2026-03-02 08:00:01 +3600"),
            ("2026-03-02T08:00:01+01:00", "2026-03-02 08:00:01 +3600"),
            ("2026-03-02T08:00:01-03", "2026-03-02 08:00:01 -10800"),
            ("2026-03-02T08:00:01-0330", "2026-03-02 08:00:01 -12600"),
            ("2026-03-02T08:00:01Z", "2026-03-02 08:00:01 +0"),
            ("2026-03-02T08:00:01.123456789Z", "2026-03-02 08:00:01 +0"),
            ("2026-03-02 08:00:01", "2026-03-02 08:00:01"),
            ("2026-03-02T08:00:01Z  9:00:01", "2026-03-02 08:00:01 +0"),
            ("2026-03-02T08:00:01+0100 srv lmgrd[44]:  8:00:01", "2026-03-02 08:00:01 +3600"),
            ("Mar  2 08:00:01 srv lmgrd[44]:  8:00:01", "28801"),
        ] {
            let line = format!("{prefix} (lmgrd) text (1)");
            assert_eq!(shown(&line), Some((stamp.to_owned(), "lmgrd", "text (1)")), "{line}");
        }
    }

    #[test]
    fn what_is_no_time_is_none() {
        for prefix in [
            "8:00",
            "24:00:00",
            "8:0:00",
            "8:00:00:00",
            "-8:00:00",
            "99999999999:00:00",
            "8:60:00",
            "2026-13-02T08:00:00Z",
            "2026-03-02T25:00:00Z",
            "1/2 8:00",
            "",
        ] {
            assert_eq!(shown(&format!("{prefix} (lmgrd) x")), None, "{prefix}");
        }
        assert_eq!(shown("8:00:00 (lmgrd"), None);
        assert_eq!(shown("8:00:00 () x"), None);
    }

    #[test]
    fn lines_of_other_managers_look_like_log_lines() {
        for (line, looks) in [
            ("03/02 09:00 (isv) OUT: x", true),
            ("25:00:00 (adskflex) OUT: x", true),
            ("{\"type\": \"(x)\"}", false),
            ("0x44 (a b) c", false),
            ("plain", false),
        ] {
            assert_eq!(looks_like_log_line(line), looks, "{line}");
        }
    }

    #[test]
    fn dates_are_read() {
        let day = NaiveDate::from_ymd_opt(2026, 3, 2);
        assert_eq!(slashed_date(" 3/2/2026"), day);
        assert_eq!(slashed_date("3/2/26"), day);
        assert_eq!(slashed_date("6/15/99"), NaiveDate::from_ymd_opt(1999, 6, 15));
        assert_eq!(dashed_date("2-3-2026"), day);
        assert_eq!(dashed_date("2-27-2026"), NaiveDate::from_ymd_opt(2026, 2, 27));
        let moment = spelled_moment("Mon Mar 02 2026 08:00:04 Hora de verano romance").unwrap();
        assert_eq!(moment.to_string(), "2026-03-02 08:00:04");
        for text in ["31/1/2022", "1/1/9999", "1/1", "1/1/2022/1", "", "1/1/-1"] {
            assert_eq!(slashed_date(text), None, "{text}");
        }
    }
}
