//! A log, line by line, in constant memory.

use std::io::{self, Read};
use std::mem;

use crate::blocks::Blocks;
use crate::lines::{BYTE_ORDER_MARK, Line, Place, WholeLines};
use crate::malformed::Malformed;
use crate::upcast::Upcast;

/// Reads the lines of a log.
///
/// Lines end with `\n` or `\r\n`; the last one may do without. Lines of only spaces and tabs are
/// counted and passed over. A line that is too long is passed over without being kept. The log is of the
/// present format, unless it is said to be of [another](LogReader::upcast).
///
/// The input needs no buffer of its own: it is asked for much at once.
///
/// ```
/// use tallyfold_log::LogReader;
///
/// let log = "\n{\"type\":\"Nope\",\"at\":\"2026-01-01T00:00:00Z\"}\n";
/// let mut reader = LogReader::new(log.as_bytes());
/// let line = reader.next_line()?.ok_or("no line")?;
/// assert_eq!(line.number, 2);
/// assert_eq!(line.event.unwrap_err().to_string(), "there is no event type `Nope`");
/// assert!(reader.next_line()?.is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct LogReader<R> {
    blocks: Blocks<R>,
    /// The lines that were read last.
    block: HeldLines,
    /// How far they were handed out.
    place: Place,
    /// Where the log is of an older format.
    old: Option<OldLines>,
}

impl<R: Read> LogReader<R> {
    /// Reads a log from its start.
    pub fn new(input: R) -> LogReader<R> {
        let block = HeldLines::Text(String::new());
        LogReader { blocks: Blocks::new(input), block, place: Place::default(), old: None }
    }

    /// Reads a log of an older format: each line is brought to the present one first. A line that an
    /// upcaster refuses is malformed; lines keep their numbers.
    #[must_use]
    pub fn upcast(self, upcast: Upcast) -> LogReader<R> {
        let old = (!upcast.is_identity()).then(|| OldLines::of(upcast));
        LogReader { old, ..self }
    }

    /// Goes on with the count of lines where another input of the same log stopped.
    #[must_use]
    pub fn after_line(mut self, lines: u64) -> LogReader<R> {
        self.place.lines = lines;
        self
    }

    /// How many lines were read, blank ones and those before this input included.
    pub fn line_count(&self) -> u64 {
        self.place.lines
    }

    /// The next line that says something; `None` at the end.
    ///
    /// # Errors
    ///
    /// What the input answers. A line that is not an event is no such error.
    pub fn next_line(&mut self) -> io::Result<Option<Line<'_>>> {
        while !self.place.find_line(self.block.lines().bytes()) {
            if let Some(refused) = self.old.as_mut().and_then(|old| old.refused.take()) {
                self.place.lines += 1;
                return Ok(Some(Line { number: self.place.lines, event: Err(refused) }));
            }
            if !self.read_block()? {
                return Ok(None);
            }
        }
        Ok(Some(self.place.read_line(self.block.lines())))
    }

    /// Puts the next lines in place of those that were handed out.
    fn read_block(&mut self) -> io::Result<bool> {
        let mut bytes = mem::replace(&mut self.block, HeldLines::Text(String::new())).into_bytes();
        self.place.offset = 0;
        bytes.clear();
        let is_more = match &mut self.old {
            None => self.blocks.next(&mut bytes)?,
            Some(old) => old.next(&mut self.blocks, &mut bytes)?,
        };
        self.block = String::from_utf8(bytes)
            .map_or_else(|error| HeldLines::Bytes(error.into_bytes()), HeldLines::Text);
        Ok(is_more)
    }
}

/// Lines of an older format, on their way to the present one.
#[derive(Debug)]
struct OldLines {
    upcast: Upcast,
    text: Vec<u8>,
    /// How much of the text was brought to the present format.
    read: usize,
    /// Whether the input was begun, which may start with a byte order mark.
    is_inside: bool,
    /// Why the line behind those that were handed out last was refused.
    refused: Option<Malformed>,
}

impl OldLines {
    fn of(upcast: Upcast) -> OldLines {
        OldLines { upcast, text: Vec::new(), read: 0, is_inside: false, refused: None }
    }

    /// Adds the next lines up to one that is refused, and says whether there was any.
    fn next<R: Read>(&mut self, blocks: &mut Blocks<R>, lines: &mut Vec<u8>) -> io::Result<bool> {
        if self.read == self.text.len() {
            self.read = 0;
            if !blocks.next(&mut self.text)? {
                return Ok(false);
            }
            if !mem::replace(&mut self.is_inside, true) && self.text.starts_with(BYTE_ORDER_MARK) {
                self.read = BYTE_ORDER_MARK.len();
            }
        }
        let progress = self.upcast.lines(&self.text[self.read..], lines);
        self.read += progress.bytes;
        self.refused = progress.refused;
        Ok(true)
    }
}

/// A [`WholeLines`] that is not borrowed.
#[derive(Debug)]
enum HeldLines {
    Text(String),
    Bytes(Vec<u8>),
}

impl HeldLines {
    fn lines(&self) -> WholeLines<'_> {
        match self {
            HeldLines::Text(text) => WholeLines::Text(text),
            HeldLines::Bytes(bytes) => WholeLines::Bytes(bytes),
        }
    }

    fn into_bytes(self) -> Vec<u8> {
        match self {
            HeldLines::Text(text) => text.into_bytes(),
            HeldLines::Bytes(bytes) => bytes,
        }
    }
}
