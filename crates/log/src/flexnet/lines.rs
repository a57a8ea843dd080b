//! Lines of a reader, in bounded memory.

use std::io::{self, BufRead};

/// How long a line may be. A debug log's are a few hundred bytes.
const MAX_BYTES: usize = 65_536;

/// Calls `take` with each line, without its `\n`; with nothing for one that is too long.
pub(super) fn for_each_line<E: From<io::Error>>(
    mut reader: impl BufRead,
    mut take: impl FnMut(Option<&[u8]>) -> Result<(), E>,
) -> Result<(), E> {
    let (mut line, mut too_long, mut begun) = (Vec::new(), false, false);
    loop {
        let buffer = reader.fill_buf()?;
        if buffer.is_empty() {
            break;
        }
        let end = buffer.iter().position(|byte| *byte == b'\n');
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
}
