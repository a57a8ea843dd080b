//! Any bytes: every line is an event or malformed, and an event that is written is read back.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tallyfold_log::{LogReader, parse_line, write_event};

fuzz_target!(|log: &[u8]| {
    let mut reader = LogReader::new(log);
    let mut last = 0;
    while let Some(line) = reader.next_line().expect("a slice can be read") {
        assert!(line.number > last, "line numbers grow");
        last = line.number;
        if let Ok(event) = line.event {
            let mut written = Vec::new();
            write_event(&mut written, &event).expect("a vector can be written");
            let written = written.trim_ascii_end();
            assert_eq!(parse_line(written).as_ref(), Ok(&event));
        }
    }
});
