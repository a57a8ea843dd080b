//! The lines of a log as bytes, divided as the reader of logs divides them.

use std::io::{self, BufRead, Read as _};

use tallyfold_log::MAX_LINE_BYTES;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
/// A line with what may stand before and behind it.
const LONGEST: usize = BYTE_ORDER_MARK.len() + MAX_LINE_BYTES + b"\r\n".len();

/// The lines of one file that say something, without byte order mark and terminators.
///
/// Of a line that is too long to be an event as much is kept as shows that it is.
pub(super) struct Lines<R> {
    input: R,
    line: Vec<u8>,
    /// How many lines of the file were read.
    number: u64,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(input: R) -> Lines<R> {
        Lines { input, line: Vec::new(), number: 0 }
    }

    /// The next line; `None` at the end.
    ///
    /// # Errors
    ///
    /// What the input answers.
    pub(super) fn next(&mut self) -> io::Result<Option<&[u8]>> {
        loop {
            self.line.clear();
            (&mut self.input).take(LONGEST as u64).read_until(b'\n', &mut self.line)?;
            if self.line.is_empty() {
                return Ok(None);
            }
            self.number += 1;
            let is_cut = self.line.len() == LONGEST && !self.line.ends_with(b"\n");
            let rest_is_blank = !is_cut || self.pass_over_rest()?;
            if !(rest_is_blank && is_blank(content(&self.line, self.number == 1))) {
                break;
            }
        }
        let content = content(&self.line, self.number == 1);
        Ok(Some(&content[..content.len().min(MAX_LINE_BYTES + 1)]))
    }

    /// Reads to the end of a line that is too long. Whether there was nothing but space.
    fn pass_over_rest(&mut self) -> io::Result<bool> {
        let (mut rest, mut is_all_blank) = (Vec::new(), true);
        loop {
            rest.clear();
            (&mut self.input).take(LONGEST as u64).read_until(b'\n', &mut rest)?;
            is_all_blank &= rest.iter().all(|byte| b" \t\r\n".contains(byte));
            if rest.is_empty() || rest.ends_with(b"\n") {
                return Ok(is_all_blank);
            }
        }
    }
}

fn is_blank(content: &[u8]) -> bool {
    content.iter().all(|byte| matches!(byte, b' ' | b'\t'))
}

fn content(line: &[u8], is_first: bool) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    match is_first {
        true => line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line),
        false => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(log: &[u8]) -> Vec<(u64, Vec<u8>)> {
        let mut lines = Lines::new(log);
        let mut all = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            let line = line.to_vec();
            all.push((lines.number, line));
        }
        all
    }

    #[test]
    fn lines_are_divided_as_the_reader_divides_them() {
        let long = "x".repeat(MAX_LINE_BYTES);
        let log = format!("\u{feff}a\r\n \t\n\u{feff}b\r\r\n\r\n{long}\r\n  c");
        let said = [(1, "a"), (3, "\u{feff}b\r"), (5, &long), (6, "  c")];
        let said = said.map(|(number, line)| (number, line.as_bytes().to_vec()));
        assert_eq!(lines(log.as_bytes()), said);
        let mut reader = tallyfold_log::LogReader::new(log.as_bytes());
        for (number, _) in said {
            assert_eq!(reader.next_line().unwrap().unwrap().number, number);
        }
        assert!(reader.next_line().unwrap().is_none());
    }

    #[test]
    fn of_a_line_that_is_too_long_the_beginning_is_kept() {
        let (long, blank) = ("x".repeat(300_000), " ".repeat(300_000));
        let log = format!("{long}\n{blank}\n{blank}x\nend");
        let kept: Vec<_> = lines(log.as_bytes()).into_iter().map(|(n, it)| (n, it.len())).collect();
        assert_eq!(kept, [(1, MAX_LINE_BYTES + 1), (3, MAX_LINE_BYTES + 1), (4, 3)]);
        let malformed = tallyfold_log::parse_line(&lines(log.as_bytes())[0].1).unwrap_err();
        assert_eq!(malformed.reason, tallyfold_log::Reason::TooLong);
    }
}
