//! Lines of a reader, in bounded memory.

use std::io::{self, BufRead, Read};

/// How long a line may be. A debug log's are a few hundred bytes.
const MAX_BYTES: usize = 65_536;

/// Calls `take` with each line, without its `\n`; with nothing for one that is too long. A text that
/// begins with the byte order mark of UTF-16 is read as that.
pub(super) fn for_each_line<E: From<io::Error>>(
    mut reader: impl BufRead,
    take: impl FnMut(Option<&[u8]>) -> Result<(), E>,
) -> Result<(), E> {
    match reader.fill_buf()? {
        [0xff, 0xfe, ..] => lines(Utf16Reader::new(reader, u16::from_le_bytes), take),
        [0xfe, 0xff, ..] => lines(Utf16Reader::new(reader, u16::from_be_bytes), take),
        _ => lines(reader, take),
    }
}

fn lines<E: From<io::Error>>(
    mut reader: impl BufRead,
    mut take: impl FnMut(Option<&[u8]>) -> Result<(), E>,
) -> Result<(), E> {
    let (mut line, mut too_long, mut begun) = (Vec::new(), false, false);
    loop {
        let buffer = reader.fill_buf()?;
        if buffer.is_empty() {
            break;
        }
        let end = memchr::memchr(b'\n', buffer);
        let part = &buffer[..end.unwrap_or(buffer.len())];
        too_long |= line.len() + part.len() > MAX_BYTES;
        if !too_long {
            line.extend_from_slice(part);
        }
        let used = end.map_or(buffer.len(), |end| end + 1);
        reader.consume(used);
        begun = end.is_none();
        if !begun {
            take((!too_long).then_some(&line))?;
            line.clear();
            too_long = false;
        }
    }
    if begun {
        take((!too_long).then_some(&line))?;
    }
    Ok(())
}

/// UTF-16 as UTF-8. What is not UTF-16 becomes U+FFFD.
struct Utf16Reader<R> {
    reader: R,
    unit: fn([u8; 2]) -> u16,
    /// The first half of a character that was cut by the end of a block.
    half: Option<u16>,
    text: Vec<u8>,
    used: usize,
}

impl<R: BufRead> Utf16Reader<R> {
    fn new(reader: R, unit: fn([u8; 2]) -> u16) -> Utf16Reader<R> {
        Utf16Reader { reader, unit, half: None, text: Vec::new(), used: 0 }
    }

    /// Makes the next block UTF-8.
    fn refill(&mut self) -> io::Result<()> {
        const BLOCK_BYTES: u64 = 1 << 16;
        let mut bytes = Vec::new();
        self.reader.by_ref().take(BLOCK_BYTES).read_to_end(&mut bytes)?;
        let (pairs, _odd_byte) = bytes.as_chunks::<2>();
        let mut units: Vec<u16> = self
            .half
            .take()
            .into_iter()
            .chain(pairs.iter().map(|pair| (self.unit)(*pair)))
            .collect();
        let is_high_half = |unit: &mut u16| (0xd800..0xdc00).contains(unit);
        self.half = if pairs.is_empty() { None } else { units.pop_if(is_high_half) };
        let text = char::decode_utf16(units).map(|it| it.unwrap_or(char::REPLACEMENT_CHARACTER));
        self.text = text.collect::<String>().into_bytes();
        self.used = 0;
        Ok(())
    }
}

impl<R: BufRead> Read for Utf16Reader<R> {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        let length = self.fill_buf()?.read(target)?;
        self.consume(length);
        Ok(length)
    }
}

impl<R: BufRead> BufRead for Utf16Reader<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.used == self.text.len() {
            self.refill()?;
        }
        Ok(&self.text[self.used..])
    }

    fn consume(&mut self, amount: usize) {
        self.used += amount;
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    #[test]
    fn lines_of_any_length_are_taken_one_by_one() {
        let text = format!("a\r\n\n{}\nlast", "x".repeat(MAX_BYTES + 1));
        let mut lines = Vec::new();
        for_each_line(BufReader::with_capacity(7, text.as_bytes()), |line| {
            lines.push(line.map(<[u8]>::to_vec));
            Ok::<(), io::Error>(())
        })
        .unwrap();
        let expected: [Option<&[u8]>; 4] = [Some(b"a\r"), Some(b""), None, Some(b"last")];
        assert_eq!(lines, expected.map(|line| line.map(<[u8]>::to_vec)));
    }

    #[test]
    fn utf_16_is_read_whatever_is_cut() {
        let text = format!("\u{feff}a\n{}\u{1f600}\nlast", "é".repeat(32_700));
        let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        for cut in [0, 1] {
            let mut lines = Vec::new();
            for_each_line(BufReader::new(&bytes[..bytes.len() - cut]), |line| {
                lines.push(String::from_utf8(line.unwrap_or_default().to_vec()).unwrap());
                Ok::<(), io::Error>(())
            })
            .unwrap();
            let last = if cut == 0 { "last" } else { "las" };
            assert_eq!(lines.join("\n"), format!("{}{last}", text.strip_suffix("last").unwrap()));
        }
    }
}
