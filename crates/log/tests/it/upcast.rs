//! Logs of older formats: each line is brought to the present one, and keeps its number.

use std::borrow::Cow;

use tallyfold_log::{
    Block, BlockReader, FormatVersion, Line, LogReader, Malformed, Reason, Upcast, UpcastError,
    Upcasters,
};

const V0: FormatVersion = FormatVersion::new(0);

/// In version 0 accounts were called teams, and lines that begin with `#` were remarks.
fn from_version_0(line: &[u8]) -> Result<Cow<'_, [u8]>, UpcastError> {
    let text = str::from_utf8(line)?;
    if text.starts_with('#') {
        return Ok(Cow::Borrowed(b""));
    }
    if text.starts_with("same ") || text.contains("\"type\":\"RatePublished\"") {
        return Ok(Cow::Borrowed(line));
    }
    let (start, end) = text.split_once("\"team\"").ok_or("it has no `team`")?;
    Ok(format!("{start}\"account\"{end}").into_bytes().into())
}

fn upcast() -> Upcast {
    Upcasters::new().register(V0, from_version_0).from_version(V0).unwrap()
}

fn close(account: &str) -> String {
    format!(
        r#"{{"type":"SessionClosed","at":"2026-01-05T09:00:00Z","{account}":"acme","session":"s"}}"#
    )
}

/// What each line says, in short.
fn said((number, event): (u64, Result<(), Malformed>)) -> String {
    match event {
        Ok(()) => format!("{number} event"),
        Err(malformed) => format!("{number} {malformed}"),
    }
}

fn by_reader(log: &[u8]) -> Vec<String> {
    let (mut reader, mut all) = (LogReader::new(log).upcast(upcast()), Vec::new());
    while let Some(Line { number, event }) = reader.next_line().unwrap() {
        all.push(said((number, event.map(|_| ()))));
    }
    all
}

/// The same by blocks, whose malformed lines are told beside their text.
fn by_blocks(log: &[u8]) -> Vec<String> {
    let (mut reader, mut block) = (BlockReader::new(log).upcast(upcast()), Block::default());
    let (mut all, mut before) = (Vec::new(), 0);
    while reader.read_into(&mut block).unwrap() {
        for Line { number, event } in block.lines() {
            assert!(event.is_ok(), "what is malformed is no part of the text");
            all.push((before + number, Ok(())));
        }
        let refused = block.refused().iter().cloned();
        all.extend(refused.map(|(number, malformed)| (before + number, Err(malformed))));
        before += block.line_count();
    }
    all.sort_by_key(|(number, _)| *number);
    all.into_iter().map(said).collect()
}

#[test]
fn lines_keep_their_numbers_and_what_is_wrong_with_them() {
    let (old, new) = (close("team"), close("account"));
    let nameless = old.replace("acme", "");
    let long = "x".repeat(70_000);
    let log = format!(
        "\u{feff}{old}\r\n\n# a remark\n{new}\n \t\r\n{old}\nsame {{}}\n{nameless}\n{long}\n\r\r\n{old}"
    );
    let right = [
        "1 event",
        "4 not a line of format 0: it has no `team`",
        "6 event",
        "7 column 1: this line is not JSON",
        // The column would be one of a line that is not in the log.
        "8 `account`: a name is not empty",
        "9 a line has at most 65,536 bytes",
        "10 not a line of format 0: it has no `team`",
        "11 event",
    ];
    assert_eq!(by_reader(log.as_bytes()), right);
    assert_eq!(by_blocks(log.as_bytes()), right);
}

#[test]
fn a_long_log_is_read_across_blocks() {
    let (old, new) = (close("team"), close("account"));
    let mut log = String::new();
    for place in 0..20_000 {
        log += if place % 1_000 == 7 { &new } else { &old };
        log += "\n";
    }
    let read = by_reader(log.as_bytes());
    assert_eq!(read.len(), 20_000);
    assert_eq!(read.iter().filter(|said| said.ends_with("it has no `team`")).count(), 20);
    assert!(read[7].starts_with("8 not a line"), "{}", read[7]);
    assert_eq!(by_blocks(log.as_bytes()), read);
}

#[test]
fn lines_that_are_dropped_from_a_block_take_what_was_wrong_with_them_along() {
    let (old, new) = (close("team"), close("account"));
    let log = format!("{new}\n{old}\n{new}\n");
    let (mut reader, mut block) =
        (BlockReader::new(log.as_bytes()).upcast(upcast()), Block::default());
    assert!(reader.read_into(&mut block).unwrap());
    let numbers =
        |block: &Block| block.refused().iter().map(|(number, _)| *number).collect::<Vec<_>>();
    assert_eq!(numbers(&block), [1, 3]);
    block.drop_front(1 + new.len() + 1);
    assert_eq!(numbers(&block), [1]);
    assert!(!reader.read_into(&mut block).unwrap());
    assert_eq!(numbers(&block), [0; 0]);
}

#[test]
fn an_upcaster_that_answers_several_lines_is_refused() {
    let upcasters =
        Upcasters::new().register(V0, |line| Ok([line, b"\n".as_slice(), line].concat().into()));
    let refused = upcasters.from_version(V0).unwrap().line(b"{}").unwrap_err();
    let why = "its upcaster answered several lines".to_owned();
    assert_eq!(refused.reason, Reason::Refused { version: V0, why });
}

#[test]
fn the_present_version_needs_no_upcaster() {
    let line = close("account");
    let same = Upcasters::new().from_version(FormatVersion::CURRENT).unwrap();
    assert_eq!(same.line(line.as_bytes()).unwrap(), Cow::Borrowed(line.as_bytes()));
    let mut reader = LogReader::new(line.as_bytes()).upcast(same);
    assert!(reader.next_line().unwrap().unwrap().event.is_ok());
}

#[test]
fn a_version_without_an_upcaster_is_not_read() {
    let why = |version| Upcasters::new().from_version(version).unwrap_err().to_string();
    let said = "format 0 cannot be read: no upcaster from it is registered, and this version reads format 1";
    assert_eq!(why(V0), said);
    let newer = FormatVersion::new(2);
    let registered = Upcasters::new().register(newer, |line| Ok(line.into()));
    assert_eq!(registered.from_version(newer).unwrap_err().from, newer);
    assert!(why(newer).starts_with("format 2 cannot be read"));
}
