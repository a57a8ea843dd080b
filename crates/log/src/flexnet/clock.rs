//! The log's clock: times of day made instants, never moving back.

use chrono::{NaiveDate, NaiveTime};
use tallyfold_core::{Instant, InstantError};

use super::options::UtcOffset;

const SECONDS_PER_DAY: i64 = 24 * 60 * 60;
const NANOS_PER_SECOND: i64 = 1_000_000_000;
/// How far a line's time may lie behind the line above without midnight in between: daemons
/// write side by side, and in autumn clocks are put back by an hour.
const SLACK_SECONDS: i64 = 2 * 60 * 60;

/// Knows the date, once the log has told it, and the latest time of day.
#[derive(Debug)]
pub(super) struct Clock {
    offset: UtcOffset,
    start_date: Option<NaiveDate>,
    /// Local seconds since 1970.
    local: Option<i64>,
}

impl Clock {
    pub(super) const fn new(start_date: Option<NaiveDate>, offset: UtcOffset) -> Clock {
        Clock { offset, start_date, local: None }
    }

    /// The latest instant, once a date is known.
    pub(super) fn now(&self) -> Result<Option<Instant>, InstantError> {
        let instant = |local: i64| {
            let utc = local - self.offset.seconds();
            Instant::from_unix_nanos(utc.saturating_mul(NANOS_PER_SECOND))
        };
        self.local.map(instant).transpose()
    }

    /// Moves on to a time of day: the next one from [`SLACK_SECONDS`] ago on.
    pub(super) fn pass(&mut self, time: u32) {
        let time = i64::from(time);
        match (self.local, self.start_date) {
            (Some(local), _) => {
                let earliest = local - SLACK_SECONDS;
                let ahead = (time - earliest).rem_euclid(SECONDS_PER_DAY);
                self.local = Some(local.max(earliest + ahead));
            }
            (None, Some(date)) => self.local = Some(midnight(date) + time),
            (None, None) => {}
        }
    }

    /// Moves on to a date and time of day. Says whether the log's date moved back, which is not
    /// followed.
    pub(super) fn set(&mut self, date: NaiveDate, time: u32) -> bool {
        let told = midnight(date) + i64::from(time);
        let local = self.local.unwrap_or(told);
        self.local = Some(local.max(told));
        told < local - SLACK_SECONDS
    }
}

/// Seconds from 1970 to the first moment of a date.
fn midnight(date: NaiveDate) -> i64 {
    date.and_time(NaiveTime::MIN).and_utc().timestamp()
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(hours: u32, minutes: u32) -> u32 {
        (hours * 60 + minutes) * 60
    }

    fn clock_at(day: u32, time: u32) -> Clock {
        let mut clock = Clock::new(None, UtcOffset::UTC);
        clock.set(NaiveDate::from_ymd_opt(2022, 5, day).unwrap(), time);
        clock
    }

    fn shown(clock: &Clock) -> String {
        clock.now().unwrap().unwrap().to_string()
    }

    #[test]
    fn the_clock_passes_midnight_and_never_moves_back() {
        for (from, to, shows) in [
            (at(8, 0), at(9, 30), "2022-05-05T09:30:00Z"),
            (at(23, 59), at(0, 1), "2022-05-06T00:01:00Z"),
            (at(14, 0), at(9, 0), "2022-05-06T09:00:00Z"),
            (at(3, 0), at(2, 0), "2022-05-05T03:00:00Z"),
            (at(0, 1), at(23, 59), "2022-05-05T00:01:00Z"),
            (at(0, 1), at(21, 0), "2022-05-05T21:00:00Z"),
        ] {
            let mut clock = clock_at(5, from);
            clock.pass(to);
            assert_eq!(shown(&clock), shows);
        }
    }

    #[test]
    fn dates_only_move_forward() {
        let mut clock = clock_at(5, at(8, 0));
        let day = |day| NaiveDate::from_ymd_opt(2022, 5, day).unwrap();
        assert!(!clock.set(day(9), at(7, 0)));
        assert_eq!(shown(&clock), "2022-05-09T07:00:00Z");
        assert!(clock.set(day(6), at(7, 0)));
        assert!(!clock.set(day(9), at(6, 0)));
        assert_eq!(shown(&clock), "2022-05-09T07:00:00Z");
    }

    #[test]
    fn without_a_date_there_is_no_instant() {
        let mut clock = Clock::new(None, UtcOffset::UTC);
        clock.pass(at(8, 0));
        assert_eq!(clock.now(), Ok(None));
        let mut clock = Clock::new(NaiveDate::from_ymd_opt(2022, 5, 5), UtcOffset::UTC);
        clock.pass(at(8, 0));
        assert_eq!(shown(&clock), "2022-05-05T08:00:00Z");
    }

    #[test]
    fn the_offset_is_taken_away() {
        let mut clock = Clock::new(None, "+02:00".parse().unwrap());
        clock.set(NaiveDate::from_ymd_opt(2022, 5, 5).unwrap(), at(1, 0));
        assert_eq!(shown(&clock), "2022-05-04T23:00:00Z");
    }
}
