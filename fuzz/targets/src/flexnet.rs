//! Any licence server's log: the importer writes events that the strict reader reads, in order of
//! time, and loses no session.

use std::io;
use std::num::NonZeroU16;

use tallyfold_core::{Event, Instant, Name, PackTokens, Tokens};
use tallyfold_log::flexnet::{Options, UserNaming, import};

use crate::common::assert_read_back;

/// After so many events an import is broken off: connections that are held for centuries are many
/// heartbeats.
const MAX_EVENTS: usize = 2_000;

/// Imports any bytes as a debug log, under options that the first byte chooses.
pub fn flexnet(input: &[u8]) {
    let Some((choice, log)) = input.split_first() else { return };
    let (mut last, mut events) = (Instant::EARLIEST, 0);
    let report = import(log, options(*choice), |event: Event<'_>| {
        assert!(last <= event.at(), "events are written in order of time");
        last = event.at();
        assert_read_back(&event);
        events += 1;
        if events < MAX_EVENTS { Ok(()) } else { Err(io::ErrorKind::FileTooLarge.into()) }
    });
    if let Ok(report) = report {
        let ended = report.closed + report.cut_off + report.still_open;
        assert_eq!(report.opened, ended, "every session is closed, cut off or open");
    }
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
        options.utc_offset = if is(3) { "+23:59" } else { "-23:59" }.parse().expect("an offset");
    }
    if is(4) {
        options.heartbeat_hours = if is(5) { NonZeroU16::MAX } else { NonZeroU16::MIN };
    }
    options
}
