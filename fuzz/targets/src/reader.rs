//! Any bytes: every line is an event or malformed, whichever way it is read, and an event that is
//! written is read back.

use tallyfold_log::{LogReader, parse_line, parse_line_strictly};

use crate::common::assert_read_back;

/// Reads any bytes as a log.
pub fn reader(log: &[u8]) {
    for line in log.split(|byte| *byte == b'\n') {
        assert_eq!(parse_line(line), parse_line_strictly(line));
    }
    let mut reader = LogReader::new(log);
    let mut last = 0;
    while let Some(line) = reader.next_line().expect("a slice can be read") {
        assert!(line.number > last, "line numbers grow");
        last = line.number;
        if let Ok(event) = &line.event {
            assert_read_back(event);
        }
    }
}
