//! A log in blocks of whole lines, which can be read beside one another.

use std::io::{self, Read};

use memchr::{memchr, memrchr};

use crate::lines::{BYTE_ORDER_MARK, Lines};

/// How many bytes a block has, about. Several of the longest lines have room in one.
const BLOCK_BYTES: usize = 1 << 19;
/// How much is read at once of a line that is too long to be kept.
const PART_BYTES: usize = 1 << 16;

/// Some lines of a log, as bytes. Each ends with `\n`.
#[derive(Clone, Debug, Default)]
pub struct Block {
    text: Vec<u8>,
}

impl Block {
    /// The bytes of the lines.
    #[must_use]
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// The lines that say something, counted from the start of the block.
    #[must_use]
    pub fn lines(&self) -> Lines<'_> {
        Lines::after_line(&self.text, 0)
    }
}

/// Cuts a log into blocks, which say the same as what [`LogReader`](crate::LogReader) reads.
///
/// A byte order mark at its start is left out, and a last line without an end is given one. Of a
/// line that is too long to be kept, so much is kept that it is too long.
///
/// ```
/// use tallyfold_log::{Block, BlockReader};
///
/// let mut reader = BlockReader::new(&b"\xef\xbb\xbf\n{}"[..]);
/// let mut block = Block::default();
/// assert!(reader.read_into(&mut block)?);
/// assert_eq!(block.text(), b"\n{}\n");
/// assert_eq!(block.lines().next().map(|line| line.number), Some(2));
/// assert!(!reader.read_into(&mut block)?);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct BlockReader<R> {
    input: R,
    is_at_start: bool,
    is_at_end: bool,
    /// The start of a line that goes on in the next block.
    rest: Vec<u8>,
}

impl<R: Read> BlockReader<R> {
    /// Reads a log from its start.
    pub fn new(input: R) -> BlockReader<R> {
        BlockReader { input, is_at_start: true, is_at_end: false, rest: Vec::new() }
    }

    /// Reads the next lines into a block, in place of what it held. `false` at the end.
    ///
    /// # Errors
    ///
    /// What the input answers.
    pub fn read_into(&mut self, block: &mut Block) -> io::Result<bool> {
        let text = &mut block.text;
        text.clear();
        text.append(&mut self.rest);
        if self.is_at_end {
            return Ok(!text.is_empty());
        }
        self.fill(text)?;
        if std::mem::take(&mut self.is_at_start) && text.starts_with(BYTE_ORDER_MARK) {
            text.drain(..BYTE_ORDER_MARK.len());
        }
        match memrchr(b'\n', text) {
            _ if self.is_at_end => {
                if !text.is_empty() && !text.ends_with(b"\n") {
                    text.push(b'\n');
                }
            }
            Some(last) => {
                self.rest.extend_from_slice(&text[last + 1..]);
                text.truncate(last + 1);
            }
            None => self.pass_over_line(text)?,
        }
        Ok(!text.is_empty())
    }

    /// Reads until the block is full, or to the end of the input.
    fn fill(&mut self, text: &mut Vec<u8>) -> io::Result<()> {
        let mut filled = text.len();
        text.resize(BLOCK_BYTES, 0);
        while filled < text.len() && !self.is_at_end {
            filled += self.read(&mut text[filled..])?;
        }
        text.truncate(filled);
        Ok(())
    }

    /// Reads something; nothing only at the end.
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.input.read(into) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
                Ok(read) => {
                    self.is_at_end = read == 0;
                    return Ok(read);
                }
            }
        }
    }

    /// Goes on to the end of a line that is already too long. Kept of the rest is only what tells
    /// whether it is blank: the first byte that is no space or tab, and the one after it, since a
    /// carriage return is blank at the very end alone.
    fn pass_over_line(&mut self, line: &mut Vec<u8>) -> io::Result<()> {
        let mut buffer = vec![0; PART_BYTES];
        let mut telling = usize::from(line.ends_with(b"\r"));
        while !line.ends_with(b"\n") {
            let read = self.read(&mut buffer)?;
            let end = memchr(b'\n', &buffer[..read]);
            for &byte in &buffer[..end.unwrap_or(read)] {
                if telling == 1 || telling == 0 && !matches!(byte, b' ' | b'\t') {
                    line.push(byte);
                    telling += 1;
                }
            }
            if let Some(end) = end {
                self.rest.extend_from_slice(&buffer[end + 1..read]);
            }
            if end.is_some() || self.is_at_end {
                line.push(b'\n');
            }
        }
        Ok(())
    }
}
