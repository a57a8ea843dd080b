//! A log, line by line, in constant memory.

use std::io::{self, BufRead};

use memchr::memchr;
use tallyfold_core::Event;

use crate::line::{MAX_LINE_BYTES, parse_line};
use crate::malformed::{Malformed, Reason};

/// A leading byte order mark is accepted.
pub(crate) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Reads the lines of a log.
///
/// Lines end with `\n` or `\r\n`; the last one may do without. Lines of only spaces and tabs are
/// counted and passed over. A line that is too long is passed over without being kept.
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
    input: R,
    /// How many lines were read.
    lines: u64,
    is_at_start: bool,
    /// How many bytes of the input's buffer the last line took; they are let go with the next.
    unread: usize,
    /// A line that does not lie in the input's buffer whole.
    spill: Vec<u8>,
}

/// A line that says something.
#[derive(Debug)]
pub struct Line<'a> {
    /// Which line of the log it is, counted from 1.
    pub number: u64,
    /// The event, or what is wrong with the line.
    pub event: Result<Event<'a>, Malformed>,
}

/// Where the next line lies.
enum Found {
    /// So many bytes at the start of the input's buffer, terminator not counted.
    Buffered(usize),
    /// In the spill.
    Spilled,
    /// Nowhere: it was too long to be kept. Whether it was all blank.
    TooLong(bool),
}

impl<R: BufRead> LogReader<R> {
    /// Reads a log from its start.
    pub fn new(input: R) -> LogReader<R> {
        LogReader { input, lines: 0, is_at_start: true, unread: 0, spill: Vec::new() }
    }

    /// Goes on with the count of lines where another input of the same log stopped.
    #[must_use]
    pub fn after_line(self, lines: u64) -> LogReader<R> {
        LogReader { lines, ..self }
    }

    /// How many lines were read, blank ones and those before this input included.
    pub fn lines(&self) -> u64 {
        self.lines
    }

    /// The next line that says something; `None` at the end.
    ///
    /// # Errors
    ///
    /// What the input answers. A line that is not an event is no such error.
    pub fn next_line(&mut self) -> io::Result<Option<Line<'_>>> {
        loop {
            let Some(found) = self.find_line()? else {
                return Ok(None);
            };
            self.lines += 1;
            let is_first = std::mem::take(&mut self.is_at_start);
            let is_blank = match found {
                Found::TooLong(is_blank) => is_blank,
                Found::Buffered(length) => is_blank(&self.input.fill_buf()?[..length], is_first),
                Found::Spilled => is_blank(&self.spill, is_first),
            };
            if !is_blank {
                return self.read_line(found, is_first).map(Some);
            }
        }
    }

    fn read_line(&mut self, found: Found, is_first: bool) -> io::Result<Line<'_>> {
        let number = self.lines;
        let line = match found {
            Found::TooLong(_) => {
                let event = Err(Malformed::somewhere(Reason::TooLong));
                return Ok(Line { number, event });
            }
            Found::Buffered(length) => &self.input.fill_buf()?[..length],
            Found::Spilled => &self.spill[..],
        };
        Ok(Line { number, event: parse_line(content(line, is_first)) })
    }

    /// Finds the next line and takes it off the input, save for what is still borrowed from it.
    fn find_line(&mut self) -> io::Result<Option<Found>> {
        self.input.consume(std::mem::take(&mut self.unread));
        let buffer = fill(&mut self.input)?;
        if buffer.is_empty() {
            return Ok(None);
        }
        if let Some(length) = memchr(b'\n', buffer) {
            self.unread = length + 1;
            return Ok(Some(Found::Buffered(length)));
        }
        self.spill_line().map(Some)
    }

    /// Puts together a line that goes beyond the input's buffer.
    fn spill_line(&mut self) -> io::Result<Found> {
        self.spill.clear();
        let (mut is_too_long, mut is_all_blank) = (false, true);
        loop {
            let buffer = fill(&mut self.input)?;
            let end = memchr(b'\n', buffer);
            let part = &buffer[..end.unwrap_or(buffer.len())];
            is_all_blank &= part.iter().all(|byte| b" \t\r".contains(byte));
            is_too_long |= self.spill.len() + part.len() > LONGEST_KEPT;
            if !is_too_long {
                self.spill.extend_from_slice(part);
            }
            let is_last = buffer.is_empty() || end.is_some();
            let read = part.len() + usize::from(end.is_some());
            self.input.consume(read);
            if is_last {
                break;
            }
        }
        Ok(if is_too_long { Found::TooLong(is_all_blank) } else { Found::Spilled })
    }
}

/// A line that may have a byte order mark before it and a carriage return behind it.
const LONGEST_KEPT: usize = BYTE_ORDER_MARK.len() + MAX_LINE_BYTES + 1;

/// The input's buffer, filled again after an interruption; empty at the end.
fn fill<R: BufRead>(input: &mut R) -> io::Result<&[u8]> {
    loop {
        match input.fill_buf() {
            Ok([]) => return Ok(&[]),
            Ok(_) => break,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    input.fill_buf()
}

/// A line without its byte order mark and carriage return.
pub(crate) fn content(line: &[u8], is_first: bool) -> &[u8] {
    let line = match is_first {
        true => line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line),
        false => line,
    };
    line.strip_suffix(b"\r").unwrap_or(line)
}

pub(crate) fn is_blank(line: &[u8], is_first: bool) -> bool {
    let first = if is_first { content(line, true) } else { line };
    match first.first() {
        None | Some(b' ' | b'\t' | b'\r') => {
            content(first, false).iter().all(|byte| matches!(byte, b' ' | b'\t'))
        }
        Some(_) => false,
    }
}
