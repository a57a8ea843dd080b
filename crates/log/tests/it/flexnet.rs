//! The FlexNet importer: small logs for each point, and the whole real one.

use std::collections::HashMap;
use std::fs;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use serde_json::Value;
use tallyfold_core::{Name, PackTokens, Tokens};
use tallyfold_log::flexnet::{
    Error, Importer, Options, ProductNames, Rates, Report, ServerZone, UserNaming, import,
};

use crate::json::to_json;

pub(crate) const BEGIN: &str =
    "8:00:00 (lmgrd) FlexNet Licensing started on srv (IBM PC) (5/5/2022)\n";

pub(crate) fn options() -> Options {
    let mut options = Options::new(Name::new("acme").unwrap());
    options.user_naming = UserNaming::Login;
    options
}

fn imported(log: &[u8], options: Options) -> Result<(Vec<Value>, Report), Error> {
    let mut events = Vec::new();
    let report = import(log, options, |event| {
        events.push(to_json(&event));
        Ok(())
    })?;
    Ok((events, report))
}

/// Each event as `day time type session-or-product`, and the report. Sessions are called s1, s2… in
/// order of their opening.
pub(crate) fn story_of(log: &str, options: Options) -> (Vec<String>, Report) {
    story_of_logs(&[log], options)
}

/// The same of several logs.
pub(crate) fn story_of_logs(logs: &[&str], options: Options) -> (Vec<String>, Report) {
    let (events, report) = events_of_logs(logs, options);
    let mut sessions: Vec<String> = Vec::new();
    let mut told = |event: &Value| {
        let text = |key: &str| event[key].as_str().unwrap_or_default().to_owned();
        let mut session = text("session");
        if !session.is_empty() {
            let known = sessions.iter().position(|it| *it == session);
            let number = known.unwrap_or_else(|| {
                sessions.push(session.clone());
                sessions.len() - 1
            });
            session = format!("s{}", number + 1);
        }
        let what = [session, text("user"), text("product"), text("version")];
        let at = text("at")[8..19].replace('T', " ");
        format!("{at} {} {}", text("type"), what.join(" ")).trim_end().to_owned()
    };
    (events.iter().map(&mut told).collect(), report)
}

/// The events of several logs, which are called 1.log, 2.log….
pub(crate) fn events_of_logs(logs: &[&str], options: Options) -> (Vec<Value>, Report) {
    let mut importer = Importer::new(options).unwrap();
    for (number, log) in (1..).zip(logs) {
        importer.read(&format!("{number}.log"), log.as_bytes()).unwrap();
    }
    let mut events = Vec::new();
    let report = importer.finish(|event| {
        events.push(to_json(&event));
        Ok(())
    });
    (events, report.unwrap())
}

pub(crate) fn story(lines: &str) -> (Vec<String>, Report) {
    story_of(&format!("{BEGIN}{lines}"), options())
}

#[test]
fn a_pair_opens_one_session_of_the_versioned_feature() {
    let (events, report) = story(
        "8:01:00 (adskflex) OUT: \"64300ACD_F\" Ana@PC1\n\
         8:01:00 (adskflex) OUT: \"87545ACD_2022_0F\" Ana@PC1\n\
         9:00:00 (adskflex) IN: \"87545ACD_2022_0F\" ANA@pc1  (EXITING)\n\
         9:00:00 (adskflex) IN: \"64300ACD_F\" ana@pc1  (EXITING)\n",
    );
    assert_eq!(
        events,
        ["05 08:01:00 SessionOpened s1 ana AutoCAD 2022", "05 09:00:00 SessionClosed s1",]
    );
    assert_eq!(report.packages.iter().collect::<Vec<_>>(), [("64300ACD_F", 1)]);
}

#[test]
fn a_check_in_closes_the_oldest_of_its_connection() {
    let (events, report) = story(
        "8:01:00 (d) OUT: \"F\" ana@pc1\n\
         8:02:00 (d) OUT: \"F\" ana@pc2  (2 licenses)\n\
         8:03:00 (d) OUT: \"F\" ana@pc1\n\
         8:04:00 (d) IN: \"F\" ana@pc1\n\
         8:05:00 (d) IN: \"F\" ana@pc2  (2 licenses)\n\
         8:06:00 (d) IN: \"F\" ana@pc2\n\
         8:07:00 (d) IN: \"G\" ana@pc1\n",
    );
    assert_eq!(
        events[3..],
        [
            "05 08:04:00 SessionClosed s1",
            "05 08:05:00 SessionClosed s2",
            "05 08:07:00 Heartbeat s3",
        ]
    );
    assert_eq!((report.in_without_out, report.still_open), (2, 1));
    assert_eq!(report.unknown.iter().collect::<Vec<_>>(), [("F", 3)]);
}

#[test]
fn events_of_one_instant_are_written_by_session() {
    let (events, _) = story(
        "8:01:00 (d) OUT: \"F\" ana@pc1\n\
         8:02:00 (d) OUT: \"G\" ana@pc1\n\
         9:00:00 (d) OUT: \"F\" ben@pc2\n\
         9:00:00 (d) IN: \"G\" ana@pc1\n\
         9:00:00 (d) IN: \"F\" ben@pc2\n\
         9:00:00 (d) IN: \"F\" ana@pc1\n",
    );
    assert_eq!(
        events[2..],
        [
            "05 09:00:00 SessionClosed s1",
            "05 09:00:00 SessionClosed s2",
            "05 09:00:00 SessionOpened s3 ben F",
            "05 09:00:00 SessionClosed s3",
        ]
    );
}

#[test]
fn heartbeats_come_in_order_of_time_while_the_connection_is_held() {
    let (events, report) = story(
        "8:01:00 (d) OUT: \"F\" ana@pc1\n\
         9:00:00 (d) OUT: \"F\" ben@pc2\n\
         20:01:00 (d) IN: \"F\" ana@pc1\n\
         21:00:00 (d) noise\n\
         2:00:00 (d) midnight has passed\n\
         3:00:00 (d) TIMESTAMP 5/6/2022\n",
    );
    assert_eq!(
        events[2..],
        [
            "05 14:01:00 Heartbeat s1",
            "05 15:00:00 Heartbeat s2",
            "05 20:01:00 SessionClosed s1",
            "05 21:00:00 Heartbeat s2",
            "06 03:00:00 Heartbeat s2",
        ]
    );
    assert_eq!((report.heartbeats, report.still_open), (4, 1));
}

#[test]
fn a_restart_lets_go_of_what_was_held_until_the_line_before() {
    let begin = "8:01:00 (d) OUT: \"F\" ana@pc1\n14:01:00 (d) TIMESTAMP 5/5/2022\n";
    for restart in [
        "20:30:00 (lmgrd) FlexNet started on srv (IBM PC) (5/6/2022)",
        "20:30:00 (lmgrd) Started d (pid 7)",
        "20:30:00 (d) FlexNet Licensing version v11.18",
        "20:30:00 (d) Server started on srv for: F",
        "14:01:00 (lmgrd) TIMESTAMP 6/6/2022",
    ] {
        let (events, report) =
            story(&format!("{begin}{restart}\n21:00:00 (d) IN: \"F\" ana@pc1\n"));
        assert_eq!(events[1..], ["05 14:01:00 Heartbeat s1"], "{restart}");
        assert_eq!((report.cut_off, report.in_without_out), (1, 1), "{restart}");
    }
    let (_, report) = story(&format!("{begin}20:30:00 (lmgrd) Started other (pid 7)\n"));
    assert_eq!((report.cut_off, report.still_open), (0, 1));
}

#[test]
fn what_is_no_check_out_is_counted() {
    let (events, report) = story(
        "8:01:00 (d) DENIED: \"F\" ana@pc1  (Licensed number of users already reached. (-4,342))\n\
         8:01:00 (d) UNSUPPORTED: \"F\" (00B0 EF6E ) ana@pc1  (No such feature exists. (-5,346))\n\
         8:01:00 (d) QUEUED: \"F\" ana@pc1\n\
         8:01:00 (d) DEQUEUED: \"F\" ana@pc1\n\
         8:01:00 (d) SERVER-OUT: Failed\n\
         8:01:00 (d) OUT: \"F\" nobody\n\
         8:01:00 (d) OUT: \"\u{7}\" ana@pc1\n\
         \tcontinued\n\
         \n\
         8:01:00 (d) TIMESTAMP 5/1/2022\n",
    );
    assert_eq!(events.len(), 0);
    assert_eq!((report.denied, report.unsupported), (1, 1));
    assert_eq!((report.queued, report.dequeued), (1, 1));
    assert_eq!((report.not_understood.total(), report.log_lines_not_understood), (3, 2));
    assert!(!report.is_mostly_not_understood());
    let shown = report.to_string();
    assert!(shown.starts_with("11 lines: 0 sessions opened"), "{shown}");
    let first = "\nnot understood: 2 check-outs and check-ins without feature, user and host, first \
                 1.log:7: 8:01:00 (d) OUT: \"F\" nobody\n";
    assert!(shown.contains(first), "{shown}");
}

#[test]
fn no_event_goes_without_a_date() {
    let log = "\u{feff} 8:00:00 (lmgrd) hello\r\n 8:01:00 (d) OUT: \"F\" ana@pc1\r\n";
    let error = imported(log.as_bytes(), options()).unwrap_err();
    assert!(matches!(error, Error::NoDate { line: 2, .. }), "{error}");
    assert!(error.to_string().contains("--start-date"), "{error}");
    let mut options = options();
    options.start_date = NaiveDate::from_ymd_opt(2022, 5, 5);
    let (events, _) = story_of(log, options);
    assert_eq!(events, ["05 08:01:00 SessionOpened s1 ana F"]);
}

#[test]
fn users_may_be_told_apart_by_host_and_times_be_local() {
    let log = format!("{BEGIN}8:01:00 (d) OUT: \"F\" Ana Mar\u{ed}a@PC1\n");
    let latin1: Vec<u8> = log.chars().map(|c| u8::try_from(c).unwrap()).collect();
    for log in [log.as_bytes(), &latin1] {
        let mut options = options();
        options.user_naming = UserNaming::LoginAtHost;
        options.zone = Some(ServerZone::Offset("+02:00".parse().unwrap()));
        let (events, _) = imported(log, options).unwrap();
        assert_eq!(events[0]["user"], "ana maría@pc1");
        assert_eq!(events[0]["at"], "2022-05-05T06:01:00Z");
    }
}

#[test]
fn rates_and_a_pack_go_before_the_first_session() {
    let mut options = options();
    options.rates = Rates::read(&b"product,tokens_per_day\nZ,0.5\nA,7\n"[..], "r").unwrap();
    options.pack = Some(PackTokens::new(Tokens::whole(100)).unwrap());
    options.products = ProductNames::read(&b"feature,product\nF,Fine\n"[..], "p").unwrap();
    let log = format!("{BEGIN}8:00:00 (d) IN: \"F\" a@b\n8:01:00 (d) OUT: \"F\" a@b\n");
    let (events, _) = story_of(&log, options);
    assert_eq!(
        events,
        [
            "05 08:01:00 RatePublished   Z",
            "05 08:01:00 RatePublished   A",
            "05 08:01:00 PackPurchased",
            "05 08:01:00 SessionOpened s1 a Fine",
        ]
    );
}

#[test]
fn a_clock_that_leaves_the_known_years_is_an_error() {
    let log = "23:00:00 (d) TIMESTAMP 12/31/2199\n1:00:00 (d) DENIED: x\n";
    let error = imported(log.as_bytes(), options()).unwrap_err();
    assert!(matches!(error, Error::OutOfRange { line: 2, .. }), "{error}");
}

#[test]
fn no_bytes_make_it_panic() {
    let log = format!(
        "{BEGIN}8:01:00 (d) OUT: \"87545ACD_2022_0F\" Ana@PC1 [x] (2 licenses)\n\
         9:00:00 (lmgrd) TIMESTAMP 5/6/2022\n9:01:00 (d) IN: \"87545ACD_2022_0F\" Ana@PC1\n"
    );
    let mut state = 1_u32;
    let mut random = |below: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as usize % below
    };
    for _ in 0..5_000 {
        let mut log = log.clone().into_bytes();
        for _ in 0..=random(4) {
            let place = random(log.len());
            log[place] = b"\"@()/:\n 9\xff\0"[random(11)];
        }
        let _ = imported(&log, options());
    }
}

/// The folder beside the repository that holds real logs, where there is one.
fn shared() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    folder.is_dir().then_some(folder)
}

#[test]
fn the_real_log_gives_what_an_independent_importer_gave() {
    let Some(shared) = shared() else { return };
    let open = |path: &str| BufReader::new(fs::File::open(shared.join(path)).unwrap());
    let mut options = Options::new(Name::new("upm").unwrap());
    options.rates = Rates::read(open("data/rates-example.csv"), "rates-example.csv").unwrap();
    options.pack = Some(PackTokens::new(Tokens::whole(1_000_000)).unwrap());
    let mut events = Vec::new();
    let report = import(open("data/adskflex-2022.log"), options, |event| {
        events.push(to_json(&event));
        Ok(())
    })
    .unwrap();
    let path = shared.join("conformance/real/adskflex-2022.events.jsonl");
    let expected = fs::read_to_string(path).unwrap();
    let expected: Vec<Value> =
        expected.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (ours, theirs) = (without_own_names(events), without_own_names(expected));
    for (number, (event, expected)) in ours.iter().zip(&theirs).enumerate() {
        assert_eq!(event, expected, "event {}", number + 1);
    }
    assert_eq!((ours.len(), theirs.len()), (9_119, 9_119));
    assert_eq!((report.opened, report.closed, report.still_open), (4_556, 4_555, 1));
    assert_eq!((report.in_without_out, report.not_understood.total()), (0, 1), "{report}");
    assert_eq!((report.users_by_login, report.users_by_login_at_host), (18, 972));
    assert_eq!((report.without_rate.total(), report.unused_rates.len()), (0, 0));
}

#[test]
fn the_real_log_in_parts_gives_what_it_gives_whole() {
    let Some(shared) = shared() else { return };
    let log = fs::read_to_string(shared.join("data/adskflex-2022.log")).unwrap();
    let cut = |at: usize| at + log[at..].find('\n').unwrap() + 1;
    let (first, second) = (cut(log.len() / 3), cut(log.len() / 2));
    let parts = [&log[second..], &log[..first], &log[first..second]];
    assert_eq!(events_of_logs(&parts, options()).0, events_of_logs(&[&log], options()).0);
}

/// Events without heartbeats, sessions called s1, s2… and the pack by one name: two importers agree
/// on who opened what and when it was closed, not on ids and on how often there is a contact.
fn without_own_names(events: Vec<Value>) -> Vec<Value> {
    let mut sessions: HashMap<String, String> = HashMap::new();
    let rename = |mut event: Value| {
        if let Some(session) = event["session"].as_str() {
            let number = sessions.len() + 1;
            let name = sessions.entry(session.to_owned()).or_insert_with(|| format!("s{number}"));
            event["session"] = name.as_str().into();
        }
        if event["type"] == "PackPurchased" {
            event["pack"] = "imported".into();
        }
        event
    };
    events.into_iter().filter(|event| event["type"] != "Heartbeat").map(rename).collect()
}
