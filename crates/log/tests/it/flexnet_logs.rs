//! The kinds of licence-server logs that docs/flexnet.md lists, one small log each.

use tallyfold_log::flexnet::{ClockNoteKind, Error, Importer, Options, ServerZone};

use crate::flexnet::{BEGIN, events_of_logs, options, story, story_of, story_of_logs};

fn in_zone(name: &str) -> Options {
    let mut options = options();
    options.zone = Some(name.parse().unwrap());
    options
}

/// Starts of a session as `day time`.
fn opened(events: &[String]) -> Vec<&str> {
    events
        .iter()
        .filter(|event| event.contains("SessionOpened"))
        .map(|event| &event[..11])
        .collect()
}

fn closed(events: &[String]) -> Vec<&str> {
    events
        .iter()
        .filter(|event| event.contains("SessionClosed"))
        .map(|event| &event[..11])
        .collect()
}

#[test]
fn date_stamps_are_exact() {
    let (events, report) = story_of(
        "2026-03-02T09:00:00+0100 (d) OUT: \"F\" ana@pc\n\
         2026-03-02T17:00:00+01:00 (d) IN: \"F\" ana@pc\n\
         2026-03-29T01:30:00+0100 (d) OUT: \"F\" ana@pc\n\
         2026-03-29T03:30:00+0200 (d) IN: \"F\" ana@pc\n\
         2026-03-30T00:00:00Z (d) OUT: \"F\" ana@pc\n",
        in_zone("Asia/Tokyo"),
    );
    assert_eq!(opened(&events), ["02 08:00:00", "29 00:30:00", "30 00:00:00"]);
    assert_eq!(closed(&events), ["02 16:00:00", "29 01:30:00"]);
    assert_eq!(report.assumed, [""; 0]);
}

#[test]
fn date_stamps_may_begin_at_any_line() {
    let (events, report) = story_of(
        "23:00:00 (d) OUT: \"F\" ana@pc\n\
         0:10:00 (d) IN: \"F\" ana@pc\n\
         2026-03-02T09:00:00+0100 (d) OUT: \"F\" ana@pc\n\
         10:00:00 (d) IN: \"F\" ana@pc\n",
        options(),
    );
    assert_eq!(opened(&events), ["01 22:00:00", "02 08:00:00"]);
    assert_eq!(closed(&events), ["01 23:10:00", "02 09:00:00"]);
    assert!(report.assumed[0].contains("UTC+01:00, as its date stamps say"), "{report}");
}

#[test]
fn lines_may_come_through_a_system_log_or_a_container() {
    for prefix in ["Mar  2 08:00:00 srv lmgrd[44]: ", "2026-03-02T07:00:01.123Z "] {
        let log = format!(
            "{prefix}  8:00:00 (lmgrd) TIMESTAMP 3/2/2026\n{prefix}  8:00:00 (d) OUT: \"F\" ana@pc\n"
        );
        let (events, _) = story_of(&log, options());
        assert_eq!(events.len(), 1, "{prefix}");
    }
}

#[test]
fn start_up_banners_prove_nothing() {
    let (events, report) = story(
        "8:01:00 (d) OUT: \"F\" ana@pc\n\
         18:00:30 (d) DENIED: \"F\" ben@pc\n\
         9:00:20 (lmgrd) -----------------------------------------------\n\
         9:00:20 (lmgrd)   Please Note:\n\
         9:00:20 (lmgrd)   This log is intended for debug purposes only.\n\
         9:00:20 (lmgrd) Server's System Date and Time: Fri May 06 2022 09:00:20 CET\n\
         9:00:20 (lmgrd) SLOG: Summary LOG statistics is enabled.\n\
         9:00:23 (lmgrd) Done rereading\n\
         9:00:23 (lmgrd) FlexNet Licensing started on srv (IBM PC) (5/6/2022)\n",
    );
    assert_eq!(events.last().unwrap(), "05 18:00:30 Heartbeat s1");
    assert_eq!((report.cut_off, report.not_understood.total()), (1, 0), "{report}");
}

#[test]
fn a_vendor_daemons_own_log_tells_its_date_and_its_start() {
    let (events, report) = story_of(
        "8:00:02 (d) FlexNet Licensing version v11.18.0.0\n\
         8:00:04 (d) Server started on licsrv for:\tF\n\
         8:00:04 (d) G H (consisting of: I)\n\
         8:00:04 (d) (@d-SLOG@) Start-Date: Mon Mar 02 2026 08:00:04 CET\n\
         9:00:00 (d) OUT: \"F\" ana@pc\n\
         20:05:00 (d) TIMESTAMP 3/2/2026\n\
         7:30:02 (d) FlexNet Licensing version v11.18.0.0\n\
         7:30:02 (d) SLOG: Summary LOG statistics is enabled.\n\
         7:30:04 (d) Server started on licsrv for:\tF\n\
         9:00:00 (d) OUT: \"F\" ben@pc\n",
        options(),
    );
    assert_eq!(opened(&events), ["02 09:00:00", "03 09:00:00"]);
    assert!(events.contains(&"02 20:05:00 Heartbeat s1".to_owned()), "{events:?}");
    assert_eq!((report.cut_off, report.still_open), (1, 1));
    assert_eq!(report.not_understood.total(), 0, "{report}");
}

#[test]
fn an_old_start_date_is_no_date_of_today() {
    let (events, _) = story(
        "9:00:00 (d) OUT: \"F\" ana@pc\n\
         14:00:00 (d) (@d-SLOG@) Start-Date: Mon Mar 02 2020 08:00:04 CET\n\
         15:00:00 (d) IN: \"F\" ana@pc\n",
    );
    assert_eq!(closed(&events), ["05 15:00:00"]);
}

#[test]
fn check_ins_after_exiting_close_and_the_next_start_cuts_off() {
    let (events, report) = story(
        "9:00:00 (d) OUT: \"F\" ana@pc\n\
         9:10:00 (d) OUT: \"F\" ben@pc\n\
         10:00:00 (d) EXITING DUE TO SIGNAL 15\n\
         10:00:02 (d) IN: \"F\" ana@pc (SHUTDOWN)\n\
         10:00:05 (lmgrd) d exited with status 15\n\
         11:00:00 (lmgrd) TIMESTAMP 5/5/2022\n\
         12:00:00 (lmgrd) Started d (pid 9)\n\
         12:10:00 (d) IN: \"F\" ben@pc\n",
    );
    assert_eq!(closed(&events), ["05 10:00:02"]);
    assert!(events.contains(&"05 10:00:00 Heartbeat s2".to_owned()), "{events:?}");
    assert_eq!((report.cut_off, report.in_without_out), (1, 1));
}

#[test]
fn a_log_that_ends_proves_what_is_open_to_its_last_line() {
    let (events, report) = story(
        "9:00:00 (d) OUT: \"F\" ana@pc\n\
         12:30:00 (lmgrd) TIMESTAMP 5/5/2022\n",
    );
    assert_eq!(events[1..], ["05 12:30:00 Heartbeat s1"]);
    assert_eq!(report.still_open, 1);
}

const ROTATED: [&str; 2] = [
    "8:00:00 (lmgrd) FlexNet Licensing started on licsrv (IBM PC) (3/2/2026)\n\
     20:00:00 (d) OUT: \"F\" ana@pc1\n\
     23:50:00 (lmgrd) TIMESTAMP 3/2/2026\n",
    "0:10:00 (lmgrd) TIMESTAMP 3/3/2026\n\
     9:00:00 (d) OUT: \"F\" ben@pc2\n\
     9:05:00 (d) IN: \"F\" ana@pc1\n\
     17:00:00 (d) IN: \"F\" ben@pc2\n",
];

#[test]
fn rotated_logs_are_one_in_any_order() {
    let [first, second] = ROTATED;
    let (events, report) = story_of_logs(&[first, second], options());
    assert_eq!(opened(&events), ["02 20:00:00", "03 09:00:00"]);
    assert_eq!(closed(&events), ["03 09:05:00", "03 17:00:00"]);
    assert_eq!(report.in_without_out, 0);
    assert!(report.to_string().contains("2.log names no server"), "{report}");
    assert_eq!(story_of_logs(&[second, first], options()).0, events);
}

#[test]
fn what_overlapping_logs_both_tell_counts_once() {
    let [first, second] = ROTATED;
    let whole = format!("{first}{second}");
    let alone = events_of_logs(&[&whole], options()).0;
    for logs in [[&whole, second], [&whole, first], [second, &whole]] {
        let (events, report) = events_of_logs(&logs, options());
        assert_eq!(events, alone);
        assert!(report.to_string().contains("they count once"), "{report}");
    }
    let (events, report) = events_of_logs(&[&whole, &whole], options());
    assert_eq!(events, alone);
    assert!(report.to_string().contains("2.log says what 1.log says; it counts once"), "{report}");
}

#[test]
fn servers_are_apart_and_their_sessions_have_ids_of_their_own() {
    let log = |host: &str| {
        format!(
            "8:00:00 (lmgrd) FlexNet Licensing started on {host} (linux) (3/2/2026)\n\
             9:00:00 (d) OUT: \"F\" ana@pc\n\
             10:00:00 (d) IN: \"F\" ana@pc\n"
        )
    };
    let (one, other) = (log("one"), log("other"));
    let (events, report) = events_of_logs(&[&one, &other], options());
    assert_eq!((report.opened, report.closed), (2, 2));
    let ids = |events: &[serde_json::Value]| {
        let mut ids: Vec<String> =
            events.iter().map(|event| event["session"].as_str().unwrap().to_owned()).collect();
        ids.sort();
        ids.dedup();
        ids
    };
    let mut alone = ids(&events_of_logs(&[&one], options()).0);
    alone.extend(ids(&events_of_logs(&[&other], options()).0));
    alone.sort();
    assert_eq!(ids(&events), alone, "an id does not depend on what else is imported");
    assert_eq!(alone.len(), 2);
}

#[test]
fn a_restart_of_one_server_cuts_nothing_off_another() {
    let (events, report) = story_of_logs(
        &[
            "8:00:00 (lmgrd) FlexNet started on one (linux) (3/2/2026)\n\
             9:00:00 (d) OUT: \"F\" ana@pc\n\
             11:00:00 (lmgrd) TIMESTAMP 3/2/2026\n",
            "8:00:00 (lmgrd) FlexNet started on other (linux) (3/2/2026)\n\
             10:00:00 (lmgrd) FlexNet started on other (linux) (3/2/2026)\n",
        ],
        options(),
    );
    assert_eq!((report.cut_off, report.still_open), (0, 1));
    assert_eq!(events.last().unwrap(), "02 11:00:00 Heartbeat s1");
}

#[test]
fn logs_without_a_name_are_of_two_servers_where_one_daemon_writes_both() {
    let log = |user: &str| {
        format!(
            "8:00:00 (d) TIMESTAMP 3/2/2026\n9:00:00 (d) OUT: \"F\" {user}@pc\n\
             10:00:00 (d) IN: \"F\" {user}@pc\n"
        )
    };
    let restarted =
        format!("{}9:30:00 (d) TIMESTAMP 3/2/2026\n", "8:30:00 (d) OUT: \"F\" ben@pc\n");
    let (_, report) = story_of_logs(&[&log("ana"), &log("ben")], options());
    assert_eq!((report.opened, report.closed), (2, 2));
    assert_eq!(report.assumed.len(), 1, "only the time zone is assumed: {report}");
    let (_, report) = story_of_logs(&[&log("ana"), &restarted], options());
    assert_eq!(report.still_open, 1);
}

#[test]
fn the_log_of_lmgrd_and_that_of_a_daemon_are_of_one_server() {
    let (events, report) = story_of_logs(
        &[
            "8:00:00 (lmgrd) FlexNet started on licsrv (linux) (3/2/2026)\n\
             8:00:01 (lmgrd) Started d (pid 4)\n\
             12:00:00 (lmgrd) d exited with status 1\n\
             12:00:01 (lmgrd) Started d (pid 5)\n\
             18:00:00 (lmgrd) TIMESTAMP 3/2/2026\n",
            "9:00:00 (d) OUT: \"F\" ana@pc\n\
             11:00:00 (d) TIMESTAMP 3/2/2026\n",
        ],
        options(),
    );
    assert_eq!(report.cut_off, 1);
    assert_eq!(events.last().unwrap(), "02 12:00:00 Heartbeat s1");
}

#[test]
fn a_line_astray_is_told_and_does_not_move_the_rest() {
    let (events, report) = story(
        "9:00:00 (d) OUT: \"F\" ana@pc\n\
         14:00:00 (d) OUT: \"G\" ana@pc\n\
         10:00:00 (d) DENIED: \"G\" ben@pc\n\
         14:05:00 (d) IN: \"G\" ana@pc\n\
         17:00:00 (d) IN: \"F\" ana@pc\n\
         18:00:00 (lmgrd) TIMESTAMP 5/5/2022\n",
    );
    assert_eq!(closed(&events), ["05 14:05:00", "05 17:00:00"]);
    let note = report.clock.iter().next().unwrap();
    assert_eq!((note.line, note.kind), (4, ClockNoteKind::TimeNotFollowed));
}

#[test]
fn an_absurd_date_stamp_is_told_and_moves_nothing() {
    for absurd in ["1970-01-01T00:00:00Z", "2099-01-01T00:00:00Z", "2026-03-02T05:00:00Z"] {
        let (events, report) = story_of(
            &format!(
                "2026-03-02T09:00:00Z (d) OUT: \"F\" ana@pc\n\
                 {absurd} (d) DENIED: \"F\" ben@pc\n\
                 2026-03-02T12:00:00Z (d) OUT: \"F\" ben@pc\n\
                 2026-03-02T17:00:00Z (d) IN: \"F\" ana@pc\n"
            ),
            options(),
        );
        assert_eq!(closed(&events), ["02 17:00:00"], "{absurd}");
        let note = report.clock.iter().next().unwrap();
        assert_eq!((note.line, note.kind), (2, ClockNoteKind::TimeNotFollowed), "{absurd}");
    }
}

#[test]
fn an_absurd_date_is_told_and_not_followed() {
    for absurd in ["1/1/1970", "1/1/2099", "5/5/2032"] {
        let (events, report) = story(&format!(
            "9:00:00 (d) OUT: \"F\" ana@pc\n\
             12:00:00 (lmgrd) TIMESTAMP {absurd}\n\
             14:00:00 (d) OUT: \"G\" ana@pc\n\
             18:00:00 (lmgrd) TIMESTAMP 5/5/2022\n\
             19:00:00 (d) IN: \"F\" ana@pc\n",
        ));
        assert_eq!(opened(&events), ["05 09:00:00", "05 14:00:00"], "{absurd}");
        assert_eq!(closed(&events), ["05 19:00:00"], "{absurd}");
        let note = report.clock.iter().next().unwrap();
        assert_eq!((note.line, note.kind), (3, ClockNoteKind::DateNotFollowed), "{absurd}");
    }
}

#[test]
fn a_clock_set_back_goes_on_and_no_session_ends_before_it_began() {
    let (events, report) = story(
        "9:00:00 (d) OUT: \"F\" ana@pc\n\
         15:00:00 (d) OUT: \"G\" ana@pc\n\
         10:00:00 (d) IN: \"F\" ana@pc\n\
         10:30:00 (d) IN: \"G\" ana@pc\n\
         10:40:00 (lmgrd) TIMESTAMP 5/3/2022\n\
         11:00:00 (d) OUT: \"F\" ana@pc\n",
    );
    assert_eq!(opened(&events), ["03 11:00:00", "05 09:00:00", "05 15:00:00"]);
    assert_eq!(closed(&events), ["05 15:00:00", "05 15:00:00"]);
    let note = report.clock.iter().next().unwrap();
    assert_eq!(note.line, 4);
    assert!(report.to_string().contains("1.log:4: the clock was set back"), "{report}");
}

#[test]
fn summer_time_is_that_of_the_zone() {
    let (events, report) = story_of(
        "0:30:00 (d) TIMESTAMP 10/25/2026\n\
         2:30:00 (d) OUT: \"F\" ana@pc\n\
         2:10:00 (d) IN: \"F\" ana@pc\n\
         3:00:00 (d) OUT: \"F\" ana@pc\n\
         0:20:00 (d) TIMESTAMP 12/1/2026\n\
         0:30:00 (d) IN: \"F\" ana@pc\n",
        in_zone("Europe/Madrid"),
    );
    assert_eq!(opened(&events), ["25 00:30:00", "25 02:00:00"]);
    assert_eq!(closed(&events)[0], "25 01:10:00", "2:10 is the second one");
    assert_eq!(report.assumed, [""; 0]);
    let (_, report) = story("");
    assert!(report.to_string().contains("assumed: times are read as UTC"), "{report}");
}

#[test]
fn an_hour_that_is_skipped_is_read_before_the_change() {
    let log = "1:00:00 (d) TIMESTAMP 3/29/2026\n2:30:00 (d) OUT: \"F\" ana@pc\n";
    let (events, _) = story_of(log, in_zone("Europe/Madrid"));
    assert_eq!(opened(&events), ["29 01:30:00"]);
}

#[test]
fn lost_check_ins_are_named_and_may_be_closed() {
    let log = format!(
        "{BEGIN}9:00:00 (d) OUT: \"F\" ana@pc\n\
         9:00:00 (d) TIMESTAMP 5/15/2022\n10:00:00 (d) IN: \"F\" ana@pc\n"
    );
    let (events, report) = story_of(&log, options());
    assert_eq!(closed(&events), ["15 10:00:00"]);
    let shown = report.to_string();
    let named = "\n  ana@pc held F from 2022-05-05T09:00:00Z to 2022-05-15T10:00:00Z";
    assert!(shown.contains(named), "{shown}");
    let mut options = options();
    options.max_hours = std::num::NonZeroU32::new(48);
    let (events, report) = story_of(&log, options);
    assert_eq!(closed(&events), ["07 09:00:00"]);
    assert_eq!((report.closed, report.closed_by_limit, report.in_without_out), (0, 1, 0));
    assert!(report.to_string().contains(named));
}

#[test]
fn verbose_lines_are_read_and_tell_the_date_where_nothing_else_does() {
    let (events, report) = story_of(
        "8:41:54 (demo) OUT: \"f1\" @pc ^^^ 1.0 ana 127.0.0.1 29865 0x12CE 1 9 p 11 19 27-2-2026 8:41:54 NO ^^^\n\
         9:41:54 (demo) IN: \"f1\" ana@pc ^^^ 1.0 ana 127.0.0.1 29865 0x12CE 0 9 p 11 19 27-2-2026 9:41:54 NO ^^^\n",
        options(),
    );
    assert_eq!(events, ["27 08:41:54 SessionOpened s1 ana f1", "27 09:41:54 SessionClosed s1"]);
    assert_eq!(report.not_understood.total(), 0);
}

#[test]
fn the_daemons_name_may_end_in_the_number_of_a_fork() {
    let (events, _) = story(
        "9:00:00 (d) OUT: \"F\" ana@pc\n\
         10:00:00 (d_1) IN: \"F\" ana@pc\n",
    );
    assert_eq!(closed(&events), ["05 10:00:00"]);
}

#[test]
fn what_is_not_understood_is_counted_by_kind_with_its_first_line() {
    let (_, report) = story(
        "9:00:00 (d) AUS: \"F\" ana@pc\n\
         9:00:00 (d) OUT: F\n\
         25:00:00 (d) OUT: \"F\" ana@pc\n\
         9:00:00 (d) TIMESTAMP 31/31/2022\n\
         what is this\n",
    );
    let kinds: Vec<(&str, u64, u64)> =
        report.not_understood.iter().map(|(kind, it)| (kind, it.count, it.line)).collect();
    assert_eq!(
        kinds,
        [
            ("TIMESTAMP lines without a date", 1, 5),
            ("check-outs and check-ins without feature, user and host", 1, 3),
            ("lines whose time is not h:mm:ss", 1, 4),
            ("lines without a time and a daemon", 1, 6),
            ("messages that are not known", 1, 2),
        ]
    );
    assert!(report.is_mostly_not_understood());
    assert!(report.to_string().contains("4 of 5 lines that look like log lines"), "{report}");
}

#[test]
fn a_file_that_is_no_debug_log_is_refused() {
    for file in [
        "{\"type\":\"PackPurchased\"}\n",
        "product,tokens\na,1\n",
        "PK\u{3}\u{4}",
        "03/02 09:00 (isv) OUT: x v1 by ana@pc\n",
    ] {
        let mut importer = Importer::new(options()).unwrap();
        let error = importer.read("x.txt", file.as_bytes()).unwrap_err();
        assert!(matches!(error, Error::NotALog { .. }), "{file}: {error}");
        assert!(error.to_string().starts_with("x.txt is no debug log"), "{error}");
    }
    let mut importer = Importer::new(options()).unwrap();
    assert!(importer.read("empty", &b"\n \n"[..]).is_ok());
}

#[test]
fn a_log_that_was_saved_as_utf_16_is_read() {
    let log = format!("{BEGIN}9:00:00 (d) OUT: \"F\" Zoë@pc\r\n");
    let little: Vec<u8> =
        "\u{feff}".encode_utf16().chain(log.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> =
        "\u{feff}".encode_utf16().chain(log.encode_utf16()).flat_map(u16::to_be_bytes).collect();
    for bytes in [little, big] {
        let mut importer = Importer::new(options()).unwrap();
        importer.read("utf16", &bytes[..]).unwrap();
        let mut users = Vec::new();
        importer
            .finish(|event| {
                users.push(format!("{event:?}"));
                Ok(())
            })
            .unwrap();
        assert!(users[0].contains("zoë"), "{users:?}");
    }
}

#[test]
fn offsets_and_zones_have_names() {
    assert_eq!(ServerZone::UTC.to_string(), "UTC");
    assert_eq!(in_zone("Europe/Madrid").zone.unwrap().to_string(), "Europe/Madrid");
}
