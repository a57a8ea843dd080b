//! A log that is still being written: in log order it is folded as it comes.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tallyfold_core::{Consumer, FoldedEvent, Record};
use tallyfold_engine::{Log, Replay};
use tallyfold_log::LogSource;

const LINES: u64 = 5;
const LINE: &[u8] =
    b"{\"type\":\"FlexAssigned\",\"at\":\"2026-01-05T09:00:00Z\",\"account\":\"acme\",\"user\":\"ana\"}\n";

/// How many events were folded.
#[derive(Clone, Debug, Default)]
struct Folded(Arc<AtomicU64>);

impl Consumer for Folded {
    const EVENTS: bool = true;

    fn record(&mut self, _: &Record<'_>) {}

    fn event(&mut self, _: &FoldedEvent<'_, '_>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn merge(&mut self, _: Folded) {}
}

/// Writes one line after another, and the next only when nearly all before it were folded.
#[derive(Debug)]
struct Writer {
    folded: Folded,
    written: u64,
}

impl Read for Writer {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.written == LINES {
            return Ok(0);
        }
        // The first line or two are read to see whether it is a log.
        let folded = self.folded.0.load(Ordering::Relaxed);
        assert!(folded + 2 >= self.written, "{folded} of {} were folded", self.written);
        self.written += 1;
        buffer[..LINE.len()].copy_from_slice(LINE);
        Ok(LINE.len())
    }
}

impl LogSource for Folded {
    fn name(&self) -> String {
        "slowly".to_owned()
    }

    fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(Writer { folded: self.clone(), written: 0 }))
    }
}

#[test]
fn in_log_order_lines_are_folded_as_they_come() {
    let folded = Folded::default();
    let consumer = || folded.clone();
    let run = Replay::of(Log::of(folded.clone())).in_log_order().run(consumer).unwrap();
    assert_eq!((run.event_count(), folded.0.load(Ordering::Relaxed)), (LINES, LINES));
}
