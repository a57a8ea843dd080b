//! An input in blocks of whole lines.

use std::io::{self, Read};

use memchr::{memchr_iter, memrchr};

use crate::line::MAX_LINE_BYTES;
use crate::line_account::LineAccount;
use crate::lines::{BYTE_ORDER_MARK, Lines, Place, is_blank};
use crate::malformed::Malformed;
use crate::upcast::Upcast;

/// How much is asked of the input at once, at first and at most.
const FIRST_BYTES: usize = 1 << 13;
const MOST_BYTES: usize = 1 << 17;
/// How many bytes a block of a [`BlockReader`] has at least, before the end.
const BLOCK_BYTES: usize = 1 << 19;
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
    /// How many bytes a block has at least, before the end.
    least: usize,
    /// How much to ask of the input.
    ask: usize,
}

impl<R: Read> Blocks<R> {
    /// Blocks that are handed out as soon as a line is there.
    pub(crate) fn new(input: R) -> Blocks<R> {
        Blocks::of_at_least(1, input)
    }

    fn of_at_least(least: usize, input: R) -> Blocks<R> {
        Blocks { input, rest: Vec::new(), least, ask: FIRST_BYTES }
    }

    /// Puts the next lines in place of those in `block`, and says whether there are any. Only the
    /// last may lack its end.
    pub(crate) fn next(&mut self, block: &mut Vec<u8>) -> io::Result<bool> {
        let mut end = 0;
        loop {
            let searched = self.rest.len();
            let is_end = self.read()? == 0;
            if is_end {
                end = self.rest.len();
            } else if let Some(last) = memrchr(b'\n', &self.rest[searched..]) {
                end = searched + last + 1;
            }
            if is_end || end >= self.least {
                std::mem::swap(&mut self.rest, block);
                self.rest.clear();
                self.rest.extend_from_slice(&block[end..]);
                block.truncate(end);
                return Ok(!block.is_empty());
            }
            cut_line(&mut self.rest, end);
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

/// Cuts the line that starts somewhere, if it is too long to be kept, so that it is just too long,
/// and is blank if it was.
fn cut_line(text: &mut Vec<u8>, start: usize) {
    let line = &text[start..];
    if line.len() <= LONGEST_KEPT {
        return;
    }
    let content = line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line);
    let last = match line.last() {
        Some(last) if is_blank(content) => *last,
        _ => b'x',
    };
    text.truncate(start + LONGEST_KEPT);
    text.push(last);
}

/// Some lines of a log, as bytes. Each ends with `\n`.
#[derive(Clone, Debug, Default)]
pub struct Block {
    text: Vec<u8>,
    refused: Vec<(u64, Malformed)>,
}

impl Block {
    /// The bytes of the lines.
    #[must_use]
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// How many lines it has, blank ones included.
    #[must_use]
    pub fn line_count(&self) -> u64 {
        memchr_iter(b'\n', &self.text).count() as u64
    }

    /// Drops whole lines from the start of the block: so many bytes.
    ///
    /// # Panics
    ///
    /// Where the block has not so many.
    pub fn drop_front(&mut self, bytes: usize) {
        let lines = memchr_iter(b'\n', &self.text[..bytes]).count() as u64;
        self.text.drain(..bytes);
        self.refused.retain(|(number, _)| *number > lines);
        self.refused.iter_mut().for_each(|(number, _)| *number -= lines);
    }

    /// Lines of an older format that are malformed, and which of the block's lines they are. In the text
    /// each is blank. None where the log is of the present format: its lines say themselves what they are.
    #[must_use]
    pub fn refused(&self) -> &[(u64, Malformed)] {
        &self.refused
    }

    /// Brings its lines to the present format, one for one.
    fn upcast(&mut self, upcast: &Upcast) {
        let old = std::mem::take(&mut self.text);
        let (mut read, mut lines) = (0, 0);
        while read < old.len() {
            let progress = upcast.lines(&old[read..], &mut self.text);
            read += progress.bytes;
            lines += progress.lines;
            if let Some(malformed) = progress.refused {
                self.text.push(b'\n');
                self.refused.push((lines, malformed));
            }
        }
    }

    /// The lines that say something, counted from the start of the block.
    #[must_use]
    pub fn lines(&self) -> Lines<'_> {
        Lines::after_line(&self.text, 0)
    }

    /// The bytes of those lines and which of the block's lines they are, without terminators. Of a
    /// line that is too long to be an event as much is given as shows that it is.
    pub fn texts(&self) -> impl Iterator<Item = (u64, &[u8])> {
        let cut = |line: &'_ [u8]| line.len().min(MAX_LINE_BYTES + 1);
        self.whole_lines().map(move |(number, _, line)| (number, &line[..cut(line)]))
    }

    /// Those lines as they are, with their ends, which of the block's lines they are, and whose.
    ///
    /// Put together in another order they still are lines that say the same.
    pub fn lines_with_account(&self) -> impl Iterator<Item = (u64, &[u8], LineAccount<'_>)> {
        self.whole_lines().map(|(number, whole, line)| (number, whole, LineAccount::of(line)))
    }

    /// Those lines: which of the block's they are, with their ends, and without.
    fn whole_lines(&self) -> impl Iterator<Item = (u64, &[u8], &[u8])> {
        let mut place = Place { is_inside: true, ..Place::default() };
        std::iter::from_fn(move || {
            let is_more = place.find_line(&self.text);
            let start = place.offset;
            let line = is_more.then(|| place.take_line(&self.text))?;
            let end = place.offset.min(self.text.len());
            Some((place.lines, &self.text[start..end], line))
        })
    }
}

/// Cuts a log into blocks, which say the same as what [`LogReader`](crate::LogReader) reads and can
/// be read beside one another.
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
/// assert!(reader.is_unterminated());
/// assert!(!reader.read_into(&mut block)?);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct BlockReader<R> {
    blocks: Blocks<R>,
    is_at_start: bool,
    is_unterminated: bool,
    /// Where the log is of an older format.
    upcast: Option<Upcast>,
}

impl<R: Read> BlockReader<R> {
    /// Reads a log from its start.
    pub fn new(input: R) -> BlockReader<R> {
        BlockReader::of(Blocks::of_at_least(BLOCK_BYTES, input))
    }

    /// Reads a log from its start, in blocks that are handed out as soon as a line is there: for an input
    /// that is still being written.
    ///
    /// ```
    /// use std::io::Read;
    /// use tallyfold_log::{Block, BlockReader};
    ///
    /// let mut reader = BlockReader::as_it_comes(b"{}\n".chain(&b"{}\n{}\n"[..]));
    /// let mut block = Block::default();
    /// assert!(reader.read_into(&mut block)?);
    /// assert_eq!(block.text(), b"{}\n");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn as_it_comes(input: R) -> BlockReader<R> {
        BlockReader::of(Blocks::new(input))
    }

    fn of(blocks: Blocks<R>) -> BlockReader<R> {
        BlockReader { blocks, is_at_start: true, is_unterminated: false, upcast: None }
    }

    /// Reads a log of an older format: each line is brought to the present one. Those that are malformed
    /// are [told apart](Block::refused).
    #[must_use]
    pub fn upcast(self, upcast: Upcast) -> BlockReader<R> {
        let upcast = Some(upcast).filter(|upcast| !upcast.is_identity());
        BlockReader { upcast, ..self }
    }

    /// Reads the next lines into a block, in place of what it held. `false` at the end.
    ///
    /// # Errors
    ///
    /// What the input answers.
    pub fn read_into(&mut self, block: &mut Block) -> io::Result<bool> {
        block.refused.clear();
        let text = &mut block.text;
        self.blocks.next(text)?;
        if std::mem::take(&mut self.is_at_start) && text.starts_with(BYTE_ORDER_MARK) {
            text.drain(..BYTE_ORDER_MARK.len());
        }
        self.is_unterminated = !text.is_empty() && !text.ends_with(b"\n");
        if self.is_unterminated {
            text.push(b'\n');
        }
        if let Some(upcast) = &self.upcast {
            block.upcast(upcast);
        }
        Ok(!block.text.is_empty())
    }

    /// Whether the last line of the block that was read last had no end: who writes the log may not have
    /// finished it. Only the last block of a log can be so.
    #[must_use]
    pub fn is_unterminated(&self) -> bool {
        self.is_unterminated
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{LogReader, Reason, parse_line};

    fn texts(log: &[u8]) -> Vec<(u64, Vec<u8>)> {
        let (mut reader, mut block) = (BlockReader::new(log), Block::default());
        let (mut all, mut before) = (Vec::new(), 0);
        while reader.read_into(&mut block).unwrap() {
            all.extend(block.texts().map(|(number, text)| (before + number, text.to_vec())));
            before += block.text().iter().filter(|byte| **byte == b'\n').count() as u64;
        }
        all
    }

    #[test]
    fn lines_are_divided_as_the_reader_divides_them() {
        let long = "x".repeat(MAX_LINE_BYTES);
        let log = format!("\u{feff}a\r\n \t\n\u{feff}b\r\r\n\r\n{long}\r\n  c");
        let said = [(1, "a"), (3, "\u{feff}b\r"), (5, &long), (6, "  c")];
        let said = said.map(|(number, line)| (number, line.as_bytes().to_vec()));
        assert_eq!(texts(log.as_bytes()), said);
        let mut reader = LogReader::new(log.as_bytes());
        for (number, _) in said {
            assert_eq!(reader.next_line().unwrap().unwrap().number, number);
        }
        assert!(reader.next_line().unwrap().is_none());
    }

    #[test]
    fn blocks_join_to_the_log_that_they_were_cut_from() {
        let line = "\u{feff}".repeat(99) + "\n";
        for (start, end) in [("", "\n"), ("a\n", "\n"), ("\u{feff}", ""), ("\u{feff}a\n", "")] {
            let lines = line.repeat(2 * BLOCK_BYTES / line.len());
            let log = format!("{start}{lines}last{end}");
            let mut reader = BlockReader::new(log.as_bytes());
            let (mut joined, mut block, mut blocks) = (String::new(), Block::default(), 0);
            while reader.read_into(&mut block).unwrap() {
                joined += str::from_utf8(block.text()).unwrap();
                blocks += 1;
            }
            let expected = log.strip_prefix('\u{feff}').unwrap_or(&log).trim_end().to_owned();
            assert!(joined == expected + "\n" && blocks > 1, "{start:?} {end:?}");
        }
    }

    #[test]
    fn a_byte_order_mark_in_the_middle_is_part_of_its_line() {
        let block = Block { text: b"\xef\xbb\xbfa\nb\n".to_vec(), ..Block::default() };
        let texts: Vec<_> = block.texts().collect();
        assert_eq!(texts, [(1, &b"\xef\xbb\xbfa"[..]), (2, b"b")]);
    }

    #[test]
    fn lines_are_dropped_from_the_front() {
        let mut block = Block { text: b"a\nb\nc\n".to_vec(), ..Block::default() };
        block.drop_front(2);
        assert_eq!(block.texts().collect::<Vec<_>>(), [(1, &b"b"[..]), (2, b"c")]);
    }

    #[test]
    fn a_line_of_the_greatest_length_is_kept_whole() {
        let content = "x".repeat(MAX_LINE_BYTES);
        let line = format!("\u{feff}{content}\r");
        assert_eq!(line.len(), LONGEST_KEPT);
        let log = std::io::Read::chain(line.as_bytes(), &b"\n"[..]);
        let (mut reader, mut block) = (BlockReader::new(log), Block::default());
        assert!(reader.read_into(&mut block).unwrap());
        assert!(block.text() == format!("{content}\r\n").as_bytes());
    }

    #[test]
    fn of_a_line_that_is_too_long_the_beginning_is_kept() {
        let (long, blank) = ("x".repeat(300_000), " ".repeat(300_000));
        let log = format!("{long}\n{blank}\n{blank}x{blank}\nend");
        let kept: Vec<_> = texts(log.as_bytes()).into_iter().map(|(n, it)| (n, it.len())).collect();
        assert_eq!(kept, [(1, MAX_LINE_BYTES + 1), (3, MAX_LINE_BYTES + 1), (4, 3)]);
        let malformed = parse_line(&texts(log.as_bytes())[0].1).unwrap_err();
        assert_eq!(malformed.reason, Reason::TooLong);
    }
}
