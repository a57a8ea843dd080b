//! Any licence servers' logs: the importer writes events that the strict reader reads, in order of
//! time, and loses no session.

use std::io;
use std::num::NonZeroU32;

use tallyfold_core::{Event, Name, PackTokens, Timestamp, Tokens};
use tallyfold_log::flexnet::{
    Error, HeartbeatHours, Importer, Options, Report, ServerZone, UserNaming,
};

use crate::common::assert_read_back;

/// After so many events an import is broken off: connections that are held for centuries are many
/// heartbeats.
const MAX_EVENTS: usize = 2_000;

/// Imports any bytes as debug logs, one after each form feed, under options that the first byte
/// chooses.
pub fn flexnet(input: &[u8]) {
    let Some((choice, logs)) = input.split_first() else { return };
    let (mut last, mut events) = (Timestamp::EARLIEST, 0);
    let sink = |event: Event<'_>| {
        assert!(last <= event.at(), "events are written in order of time");
        last = event.at();
        assert_read_back(&event);
        events += 1;
        if events < MAX_EVENTS { Ok(()) } else { Err(io::ErrorKind::FileTooLarge.into()) }
    };
    if let Ok(report) = imported(options(*choice), logs, sink) {
        let ended = report.closed + report.cut_off + report.still_open + report.closed_by_limit;
        assert_eq!(report.opened, ended, "every session is closed, cut off or open");
        assert!(!report.to_string().is_empty());
    }
}

fn imported(
    options: Options,
    logs: &[u8],
    sink: impl FnMut(Event<'_>) -> io::Result<()>,
) -> Result<Report, Error> {
    let mut importer = Importer::new(options)?;
    for log in logs.split(|byte| *byte == b'\x0c') {
        importer.read("log", log)?;
    }
    importer.finish(sink)
}

fn options(choice: u8) -> Options {
    let is = |bit: u8| choice >> bit & 1 == 1;
    let mut options = Options::new(Name::new("acme").expect("a word is a name"));
    if is(0) {
        options.user_naming = UserNaming::Login;
    }
    if is(1) {
        options.pack = PackTokens::new(Tokens::whole(5)).ok();
    }
    if is(2) {
        let offset = if is(3) { "+23:59" } else { "-23:59" }.parse().expect("an offset");
        options.zone = Some(ServerZone::Offset(offset));
    } else if is(3) {
        options.zone = Some("Europe/Madrid".parse().expect("a zone"));
    }
    if is(4) {
        let hours = if is(5) { 24 } else { 1 };
        options.heartbeat = HeartbeatHours::new(hours).expect("hours within the limit");
    }
    if is(6) {
        options.max_hours = Some(NonZeroU32::MIN);
    }
    if is(7) {
        options.session_prefix = "a/".to_owned();
    }
    options
}
