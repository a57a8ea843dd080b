//! An input in blocks of whole lines.

use std::io::{self, Read};

use memchr::memrchr;

use crate::line::MAX_LINE_BYTES;
use crate::lines::{BYTE_ORDER_MARK, is_blank};

/// How much is asked of the input at once, at first and at most.
const FIRST_BYTES: usize = 1 << 13;
const MOST_BYTES: usize = 1 << 17;
/// A line that may have a byte order mark before it and a carriage return behind it.
const LONGEST_KEPT: usize = BYTE_ORDER_MARK.len() + MAX_LINE_BYTES + 1;

/// Reads an input in blocks of whole lines, in constant memory.
///
/// A line that is too long does not grow a block without bound: it comes cut, but still too long.
#[derive(Debug)]
pub(crate) struct Blocks<R> {
    input: R,
    /// What was read of a line whose end was not.
    rest: Vec<u8>,
    /// How much to ask of the input.
    ask: usize,
}

impl<R: Read> Blocks<R> {
    pub(crate) fn new(input: R) -> Blocks<R> {
        Blocks { input, rest: Vec::new(), ask: FIRST_BYTES }
    }

    /// Puts the next lines in place of those in `block`, and says whether there are any. As soon
    /// as a line is there it is handed out. Only the last may lack its end.
    pub(crate) fn next(&mut self, block: &mut Vec<u8>) -> io::Result<bool> {
        loop {
            let searched = self.rest.len();
            let is_end = self.read()? == 0;
            let last = memrchr(b'\n', &self.rest[searched..]);
            if is_end || last.is_some() {
                let end = last.map_or(self.rest.len(), |last| searched + last + 1);
                std::mem::swap(&mut self.rest, block);
                self.rest.clear();
                self.rest.extend_from_slice(&block[end..]);
                block.truncate(end);
                return Ok(!block.is_empty());
            }
            if self.rest.len() > LONGEST_KEPT {
                cut(&mut self.rest);
            }
        }
    }

    /// Reads on, and says how much there was.
    fn read(&mut self) -> io::Result<usize> {
        let start = self.rest.len();
        // Rounded up, so that a line that comes byte by byte is not moved with each.
        let room = (start + self.ask).next_multiple_of(FIRST_BYTES) - start;
        self.rest.reserve_exact(room);
        self.rest.resize(start + self.ask, 0);
        let read = loop {
            match self.input.read(&mut self.rest[start..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read,
            }
        };
        let length = *read.as_ref().unwrap_or(&0);
        self.rest.truncate(start + length);
        self.ask = (2 * length).clamp(FIRST_BYTES, MOST_BYTES);
        read
    }
}

/// Cuts a line that is too long so that it is just too long, and is blank if it was.
fn cut(line: &mut Vec<u8>) {
    let content = line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line);
    let last = match line.last() {
        Some(last) if is_blank(content) => *last,
        _ => b'x',
    };
    line.truncate(LONGEST_KEPT);
    line.push(last);
}
