//! The grammar of one line: `h:mm:ss (daemon) …`.

use chrono::NaiveDate;

/// The name under which the licence server itself writes, besides its vendor daemons.
const SERVER: &str = "lmgrd";

/// A line that begins with a time and a daemon.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line<'a> {
    /// Seconds since midnight.
    pub(super) time: u32,
    /// Who wrote it.
    pub(super) daemon: &'a str,
    /// What it says.
    pub(super) said: Said<'a>,
}

/// What a line says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Said<'a> {
    /// Today's date.
    Date(NaiveDate),
    /// The whole server has just started, on this day.
    ServerStarted(NaiveDate),
    /// This vendor daemon has just started, or is gone.
    DaemonRestarted(&'a str),
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
    /// Anything else.
    Noise,
}

/// Who checked out, or in, what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Checkout<'a> {
    pub(super) feature: &'a str,
    pub(super) user: &'a str,
    pub(super) host: &'a str,
}

/// Reads a line; nothing where it is not one of a debug log, or is broken off.
pub(super) fn parse(line: &str) -> Option<Line<'_>> {
    let (time, rest) = line.trim_ascii_start().split_once(" (")?;
    let (daemon, text) = rest.split_once(')')?;
    Some(Line { time: time_of_day(time)?, daemon, said: said(daemon, text.trim_ascii())? })
}

/// Seconds since midnight of `h:mm:ss`.
fn time_of_day(text: &str) -> Option<u32> {
    let mut parts = text.trim_ascii_end().split(':');
    let (hours, minutes, seconds) = (parts.next()?, parts.next()?, parts.next()?);
    let two_digits = minutes.len() == 2 && seconds.len() == 2 && parts.next().is_none();
    let (hours, minutes, seconds) = (number(hours)?, number(minutes)?, number(seconds)?);
    (two_digits && hours < 24 && minutes < 60 && seconds < 60)
        .then_some((hours * 60 + minutes) * 60 + seconds)
}

/// The number of at most four digits that `text` spells.
fn number(text: &str) -> Option<u32> {
    let digits = (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

fn said<'a>(daemon: &'a str, text: &'a str) -> Option<Said<'a>> {
    let (verb, rest) = text.split_once(' ').unwrap_or((text, ""));
    Some(match verb {
        "OUT:" => Said::Out(checkout(rest)?),
        "IN:" => Said::In(checkout(rest)?),
        "DENIED:" => Said::Denied,
        "UNSUPPORTED:" => Said::Unsupported,
        "QUEUED:" => Said::Queued,
        "DEQUEUED:" => Said::Dequeued,
        "TIMESTAMP" => Said::Date(date(rest)?),
        _ => started(text)
            .map(Said::ServerStarted)
            .or_else(|| restarted(daemon, text).map(Said::DaemonRestarted))
            .unwrap_or(Said::Noise),
    })
}

/// The date of `… started on HOST (IBM PC) (5/5/2022)`.
fn started(text: &str) -> Option<NaiveDate> {
    let (_, place_and_date) = text.split_once(" started on ")?;
    let (_, date_text) = place_and_date.strip_suffix(')')?.rsplit_once('(')?;
    date(date_text)
}

/// The vendor daemon that the server started, started again or lost, or that says farewell.
fn restarted<'a>(daemon: &'a str, text: &'a str) -> Option<&'a str> {
    if daemon != SERVER {
        return text.starts_with("EXITING").then_some(daemon);
    }
    let (first, rest) = text.split_once(' ')?;
    match first {
        "Started" | "Restarted" | "REStarted" => rest.split_ascii_whitespace().next(),
        _ => rest.starts_with("exited").then_some(first),
    }
}

/// Reads `m/d/yyyy`.
fn date(text: &str) -> Option<NaiveDate> {
    let mut parts = text.trim_ascii().split('/');
    let (month, day, year) = (parts.next()?, parts.next()?, parts.next()?);
    let year = number(year).filter(|year| (1970..2200).contains(year) && parts.next().is_none())?;
    NaiveDate::from_ymd_opt(year.cast_signed(), number(month)?, number(day)?)
}

/// Reads `"FEATURE" user name@host …`; what follows the host (`(EXITING)`, `[…]`, a licence
/// count) does not matter. A user's name may hold spaces, or be an address and hold an `@`.
fn checkout(text: &str) -> Option<Checkout<'_>> {
    let quoted = text.trim_ascii_start().strip_prefix('"')?;
    let (feature, rest) = quoted.split_once('"')?;
    let rest = rest.trim_ascii_start();
    let at_sign = rest.find('@')?;
    let end =
        rest[at_sign..].find(char::is_whitespace).map_or(rest.len(), |length| at_sign + length);
    let (user, host) = rest[..end].rsplit_once('@')?;
    let complete = !feature.is_empty() && !user.is_empty() && !host.is_empty();
    complete.then_some(Checkout { feature, user, host })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said_by(line: &str) -> Option<Said<'_>> {
        parse(line).map(|line| line.said)
    }

    #[test]
    fn users_hosts_and_what_follows_them() {
        for (text, user, host) in [
            (r#"OUT: "F" ana@pc1  "#, "ana", "pc1"),
            (r#"OUT: "F" Ana María@pc1"#, "Ana María", "pc1"),
            (r#"OUT: "F" ana@acme.com@pc1"#, "ana@acme.com", "pc1"),
            (r#"OUT: "F" ana@pc1  (2 licenses)"#, "ana", "pc1"),
            (r#"OUT: "F" ana@pc1 [x@y] (EXITING)"#, "ana", "pc1"),
        ] {
            let line = format!(" 8:00:00 (adskflex) {text}");
            let expected = Checkout { feature: "F", user, host };
            assert_eq!(said_by(&line), Some(Said::Out(expected)), "{text}");
        }
    }

    #[test]
    fn what_the_server_says_of_itself() {
        let day = NaiveDate::from_ymd_opt(2022, 5, 5).unwrap();
        for (text, said) in [
            ("(lmgrd) TIMESTAMP 5/5/2022", Said::Date(day)),
            (
                "(lmgrd) FlexNet Licensing (v11 x64_n6) started on srv (IBM PC) (5/5/2022)",
                Said::ServerStarted(day),
            ),
            ("(adskflex) Server started on srv for:\t", Said::Noise),
            ("(adskflex) SERVER-OUT: Failed", Said::Noise),
            ("(@adskflex-SLOG@) === x ===", Said::Noise),
            ("(lmgrd) Started adskflex (pid 44)", Said::DaemonRestarted("adskflex")),
            ("(lmgrd) adskflex exited with status 27 ()", Said::DaemonRestarted("adskflex")),
            ("(adskflex) EXITING DUE TO SIGNAL 15", Said::DaemonRestarted("adskflex")),
            ("(a) DENIED: \"F\" ana@pc (x)", Said::Denied),
            ("(a) UNSUPPORTED: \"F\" (00B0 ) ana@pc (x)", Said::Unsupported),
            ("(a) QUEUED: \"F\" ana@pc", Said::Queued),
            ("(a) DEQUEUED: \"F\" ana@pc", Said::Dequeued),
        ] {
            assert_eq!(said_by(&format!("8:00:00 {text}")), Some(said), "{text}");
        }
    }

    #[test]
    fn what_is_broken_is_no_line() {
        for line in [
            "",
            "8:00:00",
            "8:00 (a) x",
            "24:00:00 (a) x",
            "8:0:00 (a) x",
            "8:00:00:00 (a) x",
            "-8:00:00 (a) x",
            "8:00:00 (a",
            "99999999999:00:00 (a) x",
            "8:00:00 (a) OUT: F ana@pc",
            "8:00:00 (a) OUT: \"F ana@pc",
            "8:00:00 (a) OUT: \"F\" ana",
            "8:00:00 (a) OUT: \"F\" @pc",
            "8:00:00 (a) IN: \"F\" ana@ pc",
            "8:00:00 (a) IN: \"\" ana@pc",
            "8:00:00 (a) TIMESTAMP 31/1/2022",
            "8:00:00 (a) TIMESTAMP 1/1/9999",
        ] {
            assert_eq!(parse(line), None, "{line}");
        }
    }
}
