//! The grammar of one line: a time, a daemon in parentheses, and what it says.

use std::borrow::Cow;
use std::net::IpAddr;

use chrono::{NaiveDate, NaiveDateTime};

use super::message;
use super::stamp::{self, Stamp};

/// The name under which the licence server itself writes, besides its vendor daemons.
pub(super) const SERVER: &str = "lmgrd";
/// What stands before and behind the fields that verbose lines add.
const VERBOSE: &str = "^^^";

/// A line that begins with a time and a daemon.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct DebugLine<'a> {
    pub(super) stamp: Stamp,
    /// Who wrote it.
    pub(super) daemon: &'a str,
    pub(super) said: Said<'a>,
    /// The day or moment that it tells besides.
    pub(super) told: Option<Told>,
}

/// What a line says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Said<'a> {
    /// A licence was checked out.
    Out(Checkout<'a>),
    /// A licence was checked in.
    In(Checkout<'a>),
    /// A check-out was refused.
    Denied,
    /// A feature was asked for that the server does not have.
    Unsupported,
    /// A user waits for a licence.
    Queued,
    /// A user waits no more.
    Dequeued,
    /// The licence server begins to start: it has not held anything since.
    ServerStarting,
    /// The licence server has started on this host.
    ServerStarted { host: &'a str },
    /// The vendor daemon has started; on this host, where the line tells it.
    DaemonStarted { daemon: &'a str, host: Option<&'a str> },
    /// The vendor daemon is gone, or goes.
    DaemonEnded { daemon: &'a str },
    /// Today's date, and nothing else.
    Date,
    /// What is known to have no bearing, and may be written while a server starts.
    StartUp,
    /// What is known to have no bearing.
    Noise,
    /// Text that is not known.
    Message,
}

/// A date that a line tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// Today.
    Day(NaiveDate),
    /// Now, to the second; or a moment that is long past where the clock shows another time.
    Moment(NaiveDateTime),
    /// The same in a form in which day and month can be mistaken.
    Unsure(NaiveDateTime),
}

/// Who checked out, or in, what. Without a host where the line has none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Checkout<'a> {
    pub(super) feature: &'a str,
    pub(super) user: Cow<'a, str>,
    pub(super) host: &'a str,
}

/// Why a line cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Flaw {
    /// It begins without a time and a daemon.
    NoLogLine,
    /// It begins like a log line, but not with `h:mm:ss (daemon)`.
    Time,
    /// A check-out or check-in that does not name feature, user and host.
    Checkout,
    /// A `TIMESTAMP` without a date.
    Date,
}

/// Reads a line.
pub(super) fn parse(line: &str) -> Result<DebugLine<'_>, Flaw> {
    let line = line.trim_ascii();
    let Some((stamp, daemon, text)) = stamp::split(line) else {
        let looks = stamp::looks_like_log_line(line);
        return Err(if looks { Flaw::Time } else { Flaw::NoLogLine });
    };
    let (said, told) = said(daemon, text)?;
    Ok(DebugLine { stamp, daemon, said, told })
}

fn said<'a>(daemon: &'a str, text: &'a str) -> Result<(Said<'a>, Option<Told>), Flaw> {
    let (verb, rest) = match text.find([':', ' ']) {
        Some(end) => text.split_at(end + 1),
        None => (text, ""),
    };
    Ok(match verb {
        "OUT:" => (Said::Out(checkout(rest).ok_or(Flaw::Checkout)?), verbose_moment(rest)),
        "IN:" => (Said::In(checkout(rest).ok_or(Flaw::Checkout)?), verbose_moment(rest)),
        "DENIED:" => (Said::Denied, None),
        "UNSUPPORTED:" => (Said::Unsupported, None),
        "QUEUED:" => (Said::Queued, None),
        "DEQUEUED:" => (Said::Dequeued, None),
        "TIMESTAMP " => {
            let day = stamp::slashed_date(rest).ok_or(Flaw::Date)?;
            (Said::Date, Some(Told::Day(day)))
        }
        _ => message::read(daemon, text),
    })
}

/// Reads `"FEATURE" user@host …`. What follows the host (`(EXITING)`, `[…]`, a count of licences)
/// does not matter. A user's name may hold spaces, or be an address and hold an `@`; a verbose line
/// may name the user in its fields alone; a line of an old server has neither quotes nor host.
fn checkout(text: &str) -> Option<Checkout<'_>> {
    let (text, fields) = text.split_once(VERBOSE).unwrap_or((text, ""));
    let (feature, rest) = feature(text.trim_ascii())?;
    let rest = rest.trim_ascii();
    let rest = rest.strip_prefix("by ").unwrap_or(rest);
    let (user, host) = match rest.find('@') {
        Some(at_sign) => {
            let end = rest[at_sign..].find(char::is_whitespace);
            let end = end.map_or(rest.len(), |length| at_sign + length);
            rest[..end].rsplit_once('@')?
        }
        None => (rest.split_once('(').filter(|(_, count)| count.contains("license"))?.0, "-"),
    };
    let (user, host) = (user.trim_ascii(), host.trim_matches('-'));
    let user = if user.is_empty() { verbose_user(fields)? } else { user.into() };
    let complete =
        !feature.is_empty() && !user.is_empty() && (!host.is_empty() || !rest.contains('@'));
    complete.then_some(Checkout { feature, user, host })
}

/// The feature, in straight or typographic quotes or in none, and what follows it.
fn feature(text: &str) -> Option<(&str, &str)> {
    match text.strip_prefix(['"', '\u{201c}']) {
        Some(quoted) => quoted.split_once(['"', '\u{201d}', '\u{201c}']),
        None => text.split_once(' ').filter(|(feature, _)| !feature.contains(['"', '@'])),
    }
}

/// The user among `version user address process …`.
fn verbose_user(fields: &str) -> Option<Cow<'_, str>> {
    let words: Vec<&str> = fields.split_ascii_whitespace().skip(1).collect();
    let address = words.iter().position(|word| word.parse::<IpAddr>().is_ok())?;
    Some(words[..address].join(" ").into())
}

/// The moment among the fields of a verbose line: `… 27-2-2026 12:44:15 …`.
fn verbose_moment(text: &str) -> Option<Told> {
    let (_, fields) = text.split_once(VERBOSE)?;
    let words: Vec<&str> = fields.split_ascii_whitespace().collect();
    words.windows(2).find_map(|pair| {
        let seconds = stamp::time_of_day(pair[1])?;
        let time = chrono::NaiveTime::from_num_seconds_from_midnight_opt(seconds, 0)?;
        Some(Told::Unsure(stamp::dashed_date(pair[0])?.and_time(time)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said_by(line: &str) -> Result<Said<'_>, Flaw> {
        parse(line).map(|line| line.said)
    }

    #[test]
    fn users_hosts_and_what_follows_them() {
        for (text, user, host) in [
            (r#"OUT: "F" ana@pc1  "#, "ana", "pc1"),
            (r#"OUT: "F" Ana María@pc1"#, "Ana María", "pc1"),
            (r#"OUT: "F" ana@acme.com@pc1"#, "ana@acme.com", "pc1"),
            (r#"OUT: "F" ACME\ana@pc1"#, r"ACME\ana", "pc1"),
            (r#"OUT: "F" ana@pc1  (2 licenses)"#, "ana", "pc1"),
            (r#"OUT: "F" ana@pc1 [x@y] (EXITING)"#, "ana", "pc1"),
            (r#"OUT: "F" ana@PC(2)  (2 licenses)"#, "ana", "PC(2)"),
            (r#"OUT: "F" ana@fe80::1%eth0"#, "ana", "fe80::1%eth0"),
            (r#"OUT: "F" ana@[2001:db8::1] [4711]"#, "ana", "[2001:db8::1]"),
            ("OUT: F ana@pc1 [G] ", "ana", "pc1"),
            ("OUT: F by ana@pc1", "ana", "pc1"),
            ("OUT: \u{201c}F\u{201d} ana@pc1", "ana", "pc1"),
            (r#"OUT: "F" ana (2 licenses)"#, "ana", ""),
            (
                r#"OUT: "F" ana@pc1 ^^^ 1.0 ana 10.0.0.1 44 0x1 1 9 p 11 19 2-3-2026 8:00:00 NO ^^^"#,
                "ana",
                "pc1",
            ),
            (
                r#"OUT: "F" @pc1 (2) ^^^ 1.0 Ana M 10.0.0.1 44 0x1 1 9 p 11 19 2-3-2026 8:00:00 NO ^^^"#,
                "Ana M",
                "pc1",
            ),
        ] {
            let line = format!(" 8:00:00 (adskflex) {text}");
            let expected = Checkout { feature: "F", user: user.into(), host };
            assert_eq!(said_by(&line), Ok(Said::Out(expected)), "{text}");
        }
    }

    #[test]
    fn a_verbose_line_tells_its_moment() {
        let line = r#"8:00:00 (a) IN: "F" @pc ^^^ 1 ana ::1 44 0x1 1 9 a p 11 19 27-2-2026 8:00:00 NO ^^^"#;
        let Some(Told::Unsure(moment)) = parse(line).unwrap().told else { panic!("no moment") };
        assert_eq!(moment.to_string(), "2026-02-27 08:00:00");
    }

    #[test]
    fn what_is_broken_is_told_by_kind() {
        for (line, flaw) in [
            ("", Flaw::NoLogLine),
            ("8:00:00", Flaw::NoLogLine),
            ("continued", Flaw::NoLogLine),
            ("8:00 (a) x", Flaw::Time),
            ("24:00:00 (a) x", Flaw::Time),
            ("8:00:00 (a) OUT: \"F ana@pc", Flaw::Checkout),
            ("8:00:00 (a) OUT: \"F\" ana", Flaw::Checkout),
            ("8:00:00 (a) OUT: \"F\" @pc", Flaw::Checkout),
            ("8:00:00 (a) IN: \"F\" ana@ pc", Flaw::Checkout),
            ("8:00:00 (a) IN: \"\" ana@pc", Flaw::Checkout),
            ("8:00:00 (a) IN:", Flaw::Checkout),
            ("8:00:00 (a) TIMESTAMP 31/1/2022", Flaw::Date),
            ("8:00:00 (a) TIMESTAMP 1/1/9999", Flaw::Date),
        ] {
            assert_eq!(parse(line), Err(flaw), "{line}");
        }
    }
}
