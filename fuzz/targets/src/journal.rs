//! Any bytes: what is a journal record is written and read back as itself.

use tallyfold_log::parse_record;

use crate::common::assert_record_read_back;

/// Reads any bytes as lines of a journal.
pub fn journal(lines: &[u8]) {
    for line in lines.split(|byte| *byte == b'\n') {
        if let Ok(record) = parse_record(line) {
            assert_record_read_back(&record);
        }
    }
}
