//! Names that stand in a text as they are.

/// Reads a text in quotation marks that is ASCII throughout and has no escapes, and answers what comes
/// after it. Nearly all names of a log are such, and their end is found quickly. Whether it is a name
/// is not asked here.
#[inline(always)]
pub(super) fn quoted(text: &str) -> Option<(&str, &str)> {
    let text = text.strip_prefix("\"")?;
    let (name, rest) = text.split_at_checked(plain_length(text.as_bytes()))?;
    Some((name, rest.strip_prefix("\"")?))
}

/// How many bytes come before the first that a plain name does not have.
fn plain_length(text: &[u8]) -> usize {
    let (words, rest) = text.as_chunks();
    for (number, word) in words.iter().enumerate() {
        let marks = marks(u64::from_le_bytes(*word));
        if marks != 0 {
            return number * 8 + marks.trailing_zeros() as usize / 8;
        }
    }
    let is_plain = |byte: &u8| byte.is_ascii() && !b"\"\\".contains(byte);
    text.len() - rest.len() + rest.iter().take_while(|byte| is_plain(byte)).count()
}

/// Marks by its highest bit the lowest of eight bytes that is `"`, `\`, or no ASCII. Those above it may
/// be marked for nothing, because differences spill into them.
fn marks(word: u64) -> u64 {
    const EACH: u64 = 0x0101_0101_0101_0101;
    // Of what is no ASCII either marks nearly all, and the other the rest.
    let quotation_mark = (word ^ (EACH * b'"' as u64)).wrapping_sub(EACH);
    let backslash = (word ^ (EACH * b'\\' as u64)).wrapping_sub(EACH);
    (quotation_mark | backslash) & (EACH * 0x80)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_name_ends_at_the_first_byte_that_is_none_of_its_own() {
        for length in 0..20 {
            for byte in 0..=u8::MAX {
                let mut text = vec![b'a'; length];
                text.extend([byte, b'a', 0xff, b'"', 0x1f]);
                let is_plain = byte.is_ascii() && !b"\"\\".contains(&byte);
                let expected = if is_plain { length + 2 } else { length };
                assert_eq!(plain_length(&text), expected, "{byte:#x} behind {length}");
            }
            assert_eq!(plain_length(&vec![b'~'; length][..]), length);
        }
    }

    #[test]
    fn a_quoted_name_is_read_where_it_is_plain() {
        for length in [0, 1, 2, 255, 256, 257] {
            let name = "n".repeat(length);
            let text = format!("\"{name}\"rest");
            assert_eq!(quoted(&text), Some((&*name, "rest")));
        }
        for text in ["", "a", "a\"", "\"a", "\"a\\\"", "\"\u{80}\""] {
            assert_eq!(quoted(text), None, "{text:?}");
        }
    }
}
