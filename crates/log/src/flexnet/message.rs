//! What servers say besides check-outs: starts, ends, and text without bearing.

use super::line::{SERVER, Said, Told};
use super::stamp;

/// Beginnings of what a licence server or a vendor daemon writes while it starts.
const START_UP: [&str; 30] = [
    "Copyright",
    "World Wide Web",
    "License file(s)",
    "lmdown/lmreread",
    "lmgrd tcp-port",
    "Starting vendor daemon",
    "Using vendor daemon port",
    "Using license file",
    "Using options file",
    "Detecting other l",
    "Done rereading",
    "Rereading",
    "...Finished",
    "SLOG:",
    "pid ",
    "EXTERNAL FILTER",
    "Vendor Daemon Version",
    "All FEATURE lines",
    "Vendor daemon",
    "(@",
    "Starting diagnostics",
    "Listener Thread",
    "DPLT:",
    "DRQT:",
    "===",
    "---",
    "processes...",
    "Server restart",
    "Updating feature",
    "INCREMENT",
];

/// Beginnings of what they write while they run, and of what has no bearing on who holds what.
const NOISE: [&str; 56] = [
    "UPGRADE",
    "EXPIRED",
    "RESERV",
    "RESERVE",
    "INFO:",
    "WARNING",
    "Warning",
    "NOTICE",
    "ERROR",
    "Error",
    "SERVER-OUT",
    "TCP_NODELAY",
    "Client ",
    "Checkin",
    "Checkout",
    "Connected",
    "CONNECTED",
    "Connection",
    "Lost connection",
    "Lost quorum",
    "LOST",
    "lost",
    "Quorum",
    "MASTER",
    "Master",
    "master",
    "Shutdown",
    "SHUTDOWN",
    "Shutting down",
    "shutting down",
    "daemon shutdown",
    "lmgrd will",
    "lmremove",
    "lmreread",
    "lmswitch",
    "lmdown",
    "Log file",
    "LOG",
    "Logging",
    "REMOVE",
    "REMOVED",
    "Removing",
    "Redirect",
    "Request",
    "Retrying",
    "Internal",
    "Cannot",
    "Can't",
    "cannot",
    "BORROW",
    "BORROWED",
    "RETURN",
    "INACTIVE",
    "TIMEOUT",
    "License",
    "Invalid",
];

/// What a line says that is no check-out, and the date that it tells.
pub(super) fn read<'a>(daemon: &'a str, text: &'a str) -> (Said<'a>, Option<Told>) {
    if let Some(moment) =
        after(text, "Start-Date:").or_else(|| after(text, "System Date and Time:"))
    {
        let told = stamp::spelled_moment(moment).map(Told::Moment);
        let begins = daemon == SERVER && !text.starts_with("(@");
        return (if begins { Said::ServerStarting } else { Said::StartUp }, told);
    }
    let said = match daemon == SERVER {
        true => {
            if let Some((host, day)) = server_started(text) {
                return (Said::ServerStarted { host }, day.map(Told::Day));
            }
            server_said(text)
        }
        false => daemon_said(daemon, text),
    };
    let said = said.unwrap_or_else(|| without_bearing(text));
    match said {
        // Whatever the licence server says besides, it never checks out.
        Said::Message if daemon == SERVER => (Said::Noise, None),
        said => (said, None),
    }
}

fn after<'a>(text: &'a str, mark: &str) -> Option<&'a str> {
    Some(text.split_once(mark)?.1)
}

/// Host and date of `… started on HOST (IBM PC) (5/5/2022)`.
fn server_started(text: &str) -> Option<(&str, Option<chrono::NaiveDate>)> {
    let (_, place_and_date) = text.split_once(" started on ")?;
    let host = place_and_date.split_ascii_whitespace().next()?;
    let day = place_and_date.strip_suffix(')').and_then(|text| text.rsplit_once('('));
    Some((host, day.and_then(|(_, day)| stamp::slashed_date(day))))
}

/// The licence server tells that it starts, that it started a vendor daemon, or that it lost one.
fn server_said(text: &str) -> Option<Said<'_>> {
    if text.starts_with("Please Note") {
        return Some(Said::ServerStarting);
    }
    let (first, rest) = text.split_once(' ')?;
    match first {
        "Started" | "Restarted" | "REStarted" => {
            let daemon = rest.split_ascii_whitespace().next()?;
            Some(Said::DaemonStarted { daemon, host: None })
        }
        _ => rest.starts_with("exited").then_some(Said::DaemonEnded { daemon: first }),
    }
}

/// A vendor daemon tells that it starts or goes.
fn daemon_said<'a>(daemon: &'a str, text: &'a str) -> Option<Said<'a>> {
    let begins =
        |mark: &str| text.get(..mark.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(mark));
    if let Some(place) = text.strip_prefix("Server started on ") {
        let host = place.split_ascii_whitespace().next();
        return Some(Said::DaemonStarted { daemon, host });
    }
    if begins("FlexNet Licensing version") || begins("FLEXlm version") {
        return Some(Said::DaemonStarted { daemon, host: None });
    }
    begins("EXITING").then_some(Said::DaemonEnded { daemon })
}

fn without_bearing<'a>(text: &str) -> Said<'a> {
    let begins_one_of = |marks: &[&str]| marks.iter().any(|mark| text.starts_with(mark));
    let is_feature_list = text.contains("(consisting of");
    if text.is_empty() || is_feature_list || begins_one_of(&START_UP) {
        Said::StartUp
    } else if begins_one_of(&NOISE) {
        Said::Noise
    } else {
        Said::Message
    }
}

#[cfg(test)]
mod tests {
    use super::super::line::parse;
    use super::*;

    #[test]
    fn what_servers_say_of_themselves() {
        let daemon = "adskflex";
        for (text, said) in [
            (
                "(lmgrd) FlexNet Licensing (v11 x64_n6) started on srv (IBM PC) (5/5/2022)",
                Said::ServerStarted { host: "srv" },
            ),
            (
                "(lmgrd) FLEXlm (v7.2c) started on srv (Sun) (6/15/99)",
                Said::ServerStarted { host: "srv" },
            ),
            ("(lmgrd)   Please Note:", Said::ServerStarting),
            (
                "(lmgrd) Server's System Date and Time: Mon Mar 02 2026 08:00:00 CET",
                Said::ServerStarting,
            ),
            ("(lmgrd) Started adskflex (pid 44)", Said::DaemonStarted { daemon, host: None }),
            (
                "(lmgrd) REStarted adskflex (internet tcp_port 2080)",
                Said::DaemonStarted { daemon, host: None },
            ),
            (
                "(adskflex) FlexNet Licensing version v11.18",
                Said::DaemonStarted { daemon, host: None },
            ),
            (
                "(adskflex) FLEXnet Licensing version v11.9",
                Said::DaemonStarted { daemon, host: None },
            ),
            (
                "(adskflex) Server started on srv for:\tF",
                Said::DaemonStarted { daemon, host: Some("srv") },
            ),
            ("(lmgrd) adskflex exited with status 27 ()", Said::DaemonEnded { daemon }),
            ("(adskflex) EXITING DUE TO SIGNAL 15", Said::DaemonEnded { daemon }),
            ("(adskflex) Exiting with code 28", Said::DaemonEnded { daemon }),
            ("(lmgrd) TIMESTAMP 5/5/2022", Said::Date),
            ("(adskflex) (@adskflex-SLOG@) === x ===", Said::StartUp),
            ("(@adskflex-SLOG@) === x ===", Said::StartUp),
            ("(adskflex) UPGRADE: \"F\" ana@pc (1->2 licenses)", Said::Noise),
            ("(adskflex) grüße", Said::Message),
            ("(a) DENIED: \"F\" ana@pc (x)", Said::Denied),
            ("(a) UNSUPPORTED: \"F\" (00B0 ) ana@pc (x)", Said::Unsupported),
            ("(a) QUEUED: \"F\" ana@pc", Said::Queued),
            ("(a) DEQUEUED: \"F\" ana@pc", Said::Dequeued),
        ] {
            assert_eq!(parse(&format!("8:00:00 {text}")).unwrap().said, said, "{text}");
        }
    }
}
