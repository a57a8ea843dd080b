//! Any bytes: every line is an event or malformed, whichever way it is read, and an event that is
//! written is read back.

use tallyfold_core::Event;
use tallyfold_log::{LineAccount, Lines, LogReader, Malformed, parse_line, parse_line_strictly};

use crate::common::assert_read_back;

/// Reads any bytes as a log.
pub fn reader(log: &[u8]) {
    let mut strict = lines_strictly(log);
    let mut in_memory = Lines::new(log);
    let mut reader = LogReader::new(log);
    while let Some(line) = reader.next_line().expect("a slice can be read") {
        let (number, text) = strict.next().expect("no more lines than there are");
        let expected = parse_line_strictly(text);
        assert_eq!((line.number, &line.event), (number, &expected));
        assert_eq!(parse_line(text), expected);
        assert_owner(text, &expected);
        let same = in_memory.next().expect("as many lines in memory");
        assert_eq!((same.number, &same.event), (number, &expected));
        if let Ok(event) = &line.event {
            assert_read_back(event);
        }
    }
    assert!(strict.next().is_none() && in_memory.next().is_none(), "no line is left out");
}

/// The lines that say something, as the format tells them apart.
fn lines_strictly(log: &[u8]) -> impl Iterator<Item = (u64, &[u8])> {
    let log = log.strip_prefix(b"\xef\xbb\xbf").unwrap_or(log);
    let lines =
        log.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let is_blank = |line: &[u8]| line.iter().all(|byte| b" \t".contains(byte));
    (1..).zip(lines).filter(move |(_, line)| !is_blank(line))
}

/// That an event is of the account that was found without reading all of it.
fn assert_owner(line: &[u8], event: &Result<Event<'_>, Malformed>) {
    match event {
        Ok(Event::Account(event)) => {
            assert_eq!(
                LineAccount::of(line),
                LineAccount::Account(event.account.as_bytes().into())
            );
        }
        Ok(Event::Catalog(event)) => {
            assert_eq!(LineAccount::of(line), LineAccount::Catalog(Box::new(event.clone())));
        }
        Err(_) => assert!(!matches!(LineAccount::of(line), LineAccount::Catalog(_))),
    }
}
