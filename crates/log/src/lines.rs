//! The lines of a log that lies in memory.

use memchr::memchr;
use tallyfold_core::Event;

use crate::line::{parse_line, short_cut};
use crate::malformed::Malformed;

/// A leading byte order mark is accepted.
pub(crate) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A line that says something.
#[derive(Debug)]
pub struct Line<'a> {
    /// Which line of the log it is, counted from 1.
    pub number: u64,
    /// The event, or what is wrong with the line.
    pub event: Result<Event<'a>, Malformed>,
}

/// The lines of a log, or of a part of one, that lies in memory; else as a
/// [`LogReader`](crate::LogReader) reads them.
///
/// ```
/// use tallyfold_log::Lines;
///
/// let log = "\n{\"type\":\"Nope\",\"at\":\"2026-01-01T00:00:00Z\"}\n";
/// let numbers: Vec<_> = Lines::new(log.as_bytes()).map(|line| line.number).collect();
/// assert_eq!(numbers, [2]);
/// ```
#[derive(Clone, Debug)]
pub struct Lines<'a> {
    block: WholeLines<'a>,
    place: Place,
    /// What comes behind the block.
    rest: &'a [u8],
}

impl<'a> Lines<'a> {
    /// The lines of a whole log.
    #[must_use]
    pub fn new(log: &'a [u8]) -> Lines<'a> {
        Lines { block: WholeLines::Text(""), place: Place::default(), rest: log }
    }

    /// The lines of a part of a log, of which so many lines come before it.
    #[must_use]
    pub fn after_line(part: &'a [u8], lines: u64) -> Lines<'a> {
        let place = Place { lines, is_inside: true, ..Place::default() };
        Lines { place, ..Lines::new(part) }
    }

    /// How many lines were read, blank ones and those before this part included.
    #[must_use]
    pub fn line_count(&self) -> u64 {
        self.place.lines
    }

    /// Goes on to the next lines, few enough to stay in the processor's cache.
    fn take_block(&mut self) {
        let least = self.rest.len().min(BLOCK_BYTES);
        let end =
            memchr(b'\n', &self.rest[least..]).map_or(self.rest.len(), |more| least + more + 1);
        let (block, rest) = self.rest.split_at(end);
        self.rest = rest;
        self.block = str::from_utf8(block).map_or(WholeLines::Bytes(block), WholeLines::Text);
        self.place.offset = 0;
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Line<'a>> {
        while !self.place.find_line(self.block.bytes()) {
            if self.rest.is_empty() {
                return None;
            }
            self.take_block();
        }
        Some(self.place.read_line(self.block))
    }
}

/// How much is checked to be UTF-8 at once.
const BLOCK_BYTES: usize = 1 << 16;

/// Whole lines: text where all of it is UTF-8, which is checked once and not for each line.
#[derive(Clone, Copy, Debug)]
pub(crate) enum WholeLines<'a> {
    Text(&'a str),
    Bytes(&'a [u8]),
}

impl<'a> WholeLines<'a> {
    pub(crate) fn bytes(self) -> &'a [u8] {
        match self {
            WholeLines::Text(text) => text.as_bytes(),
            WholeLines::Bytes(bytes) => bytes,
        }
    }
}

/// A place in a log: in a block of it, at the start of a line.
#[derive(Clone, Debug, Default)]
pub(crate) struct Place {
    /// How many lines lie before it.
    pub(crate) lines: u64,
    /// How many bytes of the block lie before it.
    pub(crate) offset: usize,
    /// Whether it is behind the start of its input, where a byte order mark may be.
    pub(crate) is_inside: bool,
}

impl Place {
    /// Goes on to the next line that is not blank, if there is one.
    pub(crate) fn find_line(&mut self, block: &[u8]) -> bool {
        if !self.is_inside && block[self.offset..].starts_with(BYTE_ORDER_MARK) {
            self.offset += BYTE_ORDER_MARK.len();
        }
        self.is_inside |= self.offset < block.len();
        while let Some(first) = block.get(self.offset) {
            if *first > b' ' || !is_blank(line_at(block, self.offset)) {
                return true;
            }
            self.pass(line_at(block, self.offset));
        }
        false
    }

    /// Reads the line that was found. Inlined, so that the event is made where the caller has it.
    #[inline(always)]
    pub(crate) fn read_line<'a>(&mut self, block: WholeLines<'a>) -> Line<'a> {
        if let WholeLines::Text(text) = block
            && let Some((event, rest)) = short_cut(&text[self.offset..])
        {
            self.offset = text.len() - rest.len();
            self.lines += 1;
            return Line { number: self.lines, event: Ok(event) };
        }
        let event = parse_line(self.take_line(block.bytes()));
        Line { number: self.lines, event }
    }

    /// The bytes of the line that was found, without its end.
    pub(crate) fn take_line<'a>(&mut self, block: &'a [u8]) -> &'a [u8] {
        let line = line_at(block, self.offset);
        self.pass(line);
        line.strip_suffix(b"\r").unwrap_or(line)
    }

    fn pass(&mut self, line: &[u8]) {
        self.lines += 1;
        self.offset += line.len() + 1;
    }
}

/// The line that starts somewhere, without its end.
fn line_at(block: &[u8], offset: usize) -> &[u8] {
    let rest = &block[offset..];
    &rest[..memchr(b'\n', rest).unwrap_or(rest.len())]
}

/// Whether a line, which may end with a carriage return, has only spaces and tabs.
pub(crate) fn is_blank(line: &[u8]) -> bool {
    line.strip_suffix(b"\r").unwrap_or(line).iter().all(|byte| b" \t".contains(byte))
}
