//! RFC 3339 as `events.md` narrows it. A log has an instant on every line, so this is quick.

use super::{NANOS_PER_DAY, NANOS_PER_SECOND, TimestampError};

/// Nanoseconds since 1970 of an RFC 3339 text, whatever its year.
pub(super) fn unix_nanos(text: &str) -> Result<i64, TimestampError> {
    let text = text.as_bytes();
    if let Some((local, nanos)) = text.try_into().ok().and_then(in_milliseconds) {
        return local.unix_nanos(nanos, 0);
    }
    let (local, rest) = text.split_first_chunk().ok_or(TimestampError::Syntax)?;
    let local = Local::read(local).ok_or(TimestampError::Syntax)?;
    let (nanos, offset) = fraction(rest)?;
    local.unix_nanos(nanos, offset_minutes(offset)?)
}

/// Reads `2026-01-05T09:00:00.123Z`, as most writers put it, in three words: what comes before the
/// fraction, and the fraction in nanoseconds. Of any other text it says nothing.
#[inline(always)]
fn in_milliseconds(text: &[u8; 24]) -> Option<(Local, u32)> {
    let [century, _, year, _, _, month, ..] = pairs(text.first_chunk()?, b"0000-00-")?;
    let [day, _, _, hour, _, _, minute, _] = pairs(text[8..].first_chunk()?, b"00T00:00")?;
    let [_, second, _, _, hundredths, _, thousandths, _] = pairs(text.last_chunk()?, b":00.000Z")?;
    let year = u32::from(century) * 100 + u32::from(year);
    let nanos = u32::from(hundredths) * 10_000_000 + u32::from(thousandths) * 100_000;
    Some((Local { year, month, day, hour, minute, second }, nanos))
}

/// What a text says before its fraction and its offset; it need not exist.
#[derive(Debug, PartialEq, Eq)]
struct Local {
    year: u32,
    month: u8,
    day: u8,
    hour: u8,
    minute: u8,
    second: u8,
}

impl Local {
    /// Reads `2026-01-05T09:00:00`.
    fn read(text: &[u8; 19]) -> Option<Local> {
        let [century, _, year, _, _, month, ..] = pairs(text.first_chunk()?, b"0000-00-")?;
        let [day, _, _, hour, ..] = pairs(text[8..].first_chunk()?, b"00T00:00")?;
        let [_, _, _, minute, _, _, second, _] = pairs(text.last_chunk()?, b"00:00:00")?;
        let year = u32::from(century) * 100 + u32::from(year);
        Some(Local { year, month, day, hour, minute, second })
    }

    /// The number of days from 1970-01-01, if there is such a day.
    fn unix_day(&self) -> Option<i64> {
        let leap_day_from = |month| self.is_in_leap_year() && self.month >= month;
        let start = BEFORE_MONTH.get(usize::from(self.month).checked_sub(1)?)?
            + u32::from(leap_day_from(3));
        let end = BEFORE_MONTH.get(usize::from(self.month))? + u32::from(leap_day_from(2));
        let day = start + u32::from(self.day);
        if self.day == 0 || day > end {
            return None;
        }
        // Counted from 400 years before the year 1, so that no number is negative.
        let years = self.year + 399;
        let days = years * 365 + years / 4 - years / 100 + years / 400 + day;
        Some(i64::from(days) - DAYS_BEFORE_1970)
    }

    fn is_in_leap_year(&self) -> bool {
        let is_every = |years| self.year.is_multiple_of(years);
        is_every(4) && (!is_every(100) || is_every(400))
    }

    /// The nanoseconds since 1970 with a fraction and an offset, if there is such a time.
    fn unix_nanos(&self, nanos: u32, offset_minutes: i64) -> Result<i64, TimestampError> {
        let day = self.unix_day().ok_or(TimestampError::NoSuchTime)?;
        let second = self.second_of_day().ok_or(TimestampError::NoSuchTime)?;
        let nanos = (second - offset_minutes * 60) * NANOS_PER_SECOND + i64::from(nanos);
        let day_nanos = day.checked_mul(NANOS_PER_DAY);
        day_nanos.and_then(|day| day.checked_add(nanos)).ok_or(TimestampError::OutOfRange)
    }

    fn second_of_day(&self) -> Option<i64> {
        let [hour, minute, second] = [self.hour, self.minute, self.second].map(i64::from);
        let exists = hour < 24 && minute < 60 && second < 60;
        exists.then_some((hour * 60 + minute) * 60 + second)
    }
}

/// How many days of a common year lie before each month, and in all.
const BEFORE_MONTH: [u32; 13] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365];
/// From the last day of the year -400 to 1970-01-01.
const DAYS_BEFORE_1970: i64 = 719_163 + 146_097;

/// Reads text like a pattern in which `0` stands for any digit, `T` also for `t`, and all else for
/// itself. For each place it gives the number that the two digits from there on spell.
///
/// All eight bytes are worked on as one number: none ever gets so large as to spill into the next,
/// except where the text is not like the pattern anyway.
fn pairs(text: &[u8; 8], pattern: &[u8; 8]) -> Option<[u8; 8]> {
    const HIGHEST_BITS: u64 = 0x8080_8080_8080_8080;
    let each = |of: fn(u8) -> u8| u64::from_le_bytes(pattern.map(of));
    let case = each(|it| if it == b'T' { b'T' ^ b't' } else { 0 });
    // What sets the highest bit of a byte that is larger than it may be.
    let margin = each(|it| if it == b'0' { 0x7f - 9 } else { 0x7f });
    let digits = (u64::from_le_bytes(*text) ^ each(|it| it)) & !case;
    if (digits | digits.wrapping_add(margin)) & HIGHEST_BITS != 0 {
        return None;
    }
    Some((digits * 10 + (digits >> 8)).to_le_bytes())
}

/// The number that `text` spells, if it is digits and nothing else.
fn digits(text: &[u8]) -> Option<u32> {
    text.iter().try_fold(0, |number, byte| {
        byte.is_ascii_digit().then(|| number * 10 + u32::from(byte - b'0'))
    })
}

/// Splits `.123Z` into the nanoseconds and the offset that follows.
fn fraction(text: &[u8]) -> Result<(u32, &[u8]), TimestampError> {
    /// What a unit of the last of so many digits is worth.
    const NANOS: [u32; 10] =
        [0, 100_000_000, 10_000_000, 1_000_000, 100_000, 10_000, 1_000, 100, 10, 1];
    let Some(text) = text.strip_prefix(b".") else {
        return Ok((0, text));
    };
    let mut value = 0;
    for (length, byte) in text.iter().enumerate() {
        if !byte.is_ascii_digit() {
            return match NANOS[length] {
                0 => Err(TimestampError::Syntax),
                nanos => Ok((value * nanos, &text[length..])),
            };
        }
        if length == 9 {
            return Err(TimestampError::TooPrecise);
        }
        value = value * 10 + u32::from(byte - b'0');
    }
    Err(TimestampError::Syntax)
}

/// The offset from UTC in minutes: `Z`, `z`, `+01:00` or `-00:30`.
fn offset_minutes(text: &[u8]) -> Result<i64, TimestampError> {
    let (sign, hours, minutes) = match text {
        [b'Z' | b'z'] => return Ok(0),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => (*sign, [*h1, *h2], [*m1, *m2]),
        _ => return Err(TimestampError::Syntax),
    };
    let (Some(hours), Some(minutes)) = (digits(&hours), digits(&minutes)) else {
        return Err(TimestampError::Syntax);
    };
    if hours > 23 || minutes > 59 {
        return Err(TimestampError::NoSuchTime);
    }
    let total = i64::from(hours * 60 + minutes);
    Ok(if sign == b'-' { -total } else { total })
}

#[cfg(test)]
mod tests {
    use chrono::{Datelike, NaiveDate};

    use super::*;

    #[test]
    fn the_calendar_is_the_one_that_chrono_knows() {
        let first = NaiveDate::from_ymd_opt(1970, 1, 1).unwrap().num_days_from_ce();
        for year in 0..=9_999 {
            for (month, day) in (0..14).flat_map(|month| (0..33).map(move |day| (month, day))) {
                let local = Local { year, month, day, hour: 0, minute: 0, second: 0 };
                let date = NaiveDate::from_ymd_opt(year as i32, month.into(), day.into());
                let expected = date.map(|date| i64::from(date.num_days_from_ce() - first));
                assert_eq!(local.unix_day(), expected, "{year}-{month}-{day}");
            }
        }
    }

    /// A text with each byte in each place: the place, the byte, and the text.
    fn with_any_byte<const N: usize>(text: [u8; N]) -> impl Iterator<Item = (usize, u8, [u8; N])> {
        let bytes = |place| (0..=u8::MAX).map(move |byte| (place, byte));
        (0..N).flat_map(bytes).map(move |(place, byte)| {
            let mut text = text;
            text[place] = byte;
            (place, byte, text)
        })
    }

    #[test]
    fn milliseconds_are_read_in_words_as_all_else_is_read() {
        let good = *b"1987-12-30T21:43:56.789Z";
        for (place, byte, text) in with_any_byte(good) {
            let Some((local, nanos)) = in_milliseconds(&text) else {
                continue;
            };
            let read = Local::read(text.first_chunk().unwrap()).zip(fraction(&text[19..]).ok());
            assert_eq!(read, Some((local, (nanos, &b"Z"[..]))), "{byte} at {place}");
        }
        assert!(in_milliseconds(&good).is_some());
    }

    #[test]
    fn every_byte_of_every_place_is_read_or_refused() {
        let good = *b"1987-12-30T21:43:56";
        for (place, byte, text) in with_any_byte(good) {
            let fits = match good[place] {
                b'T' => b"Tt".contains(&byte),
                digit if digit.is_ascii_digit() => byte.is_ascii_digit(),
                separator => byte == separator,
            };
            let Some(local) = Local::read(&text) else {
                assert!(!fits, "{byte} at {place}");
                continue;
            };
            let Local { year, month, day, hour, minute, second } = local;
            let written =
                format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}");
            assert!(fits && written.as_bytes() == text.to_ascii_uppercase());
        }
    }
}
