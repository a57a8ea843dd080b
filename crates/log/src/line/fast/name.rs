//! Names that stand in a text as they are.

use tallyfold_core::Name;

/// Reads a name in quotation marks that is printable ASCII throughout, without `"` and `\`, and
/// answers what comes after it. Nearly all names of a log are such, and their end is found quickly.
/// Whether it is a name at all says [`Name::new`].
#[inline(always)]
pub(super) fn quoted(text: &str) -> Option<(&str, &str)> {
    let text = text.strip_prefix("\"")?;
    let (name, rest) = text.split_at_checked(plain_length(text.as_bytes()))?;
    Some((name, rest.strip_prefix("\"")?))
}

/// A text as a name.
#[inline(always)]
pub(super) fn named(text: &str) -> Option<Name<'_>> {
    Name::new(text).ok()
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
    let is_plain = |byte: &u8| matches!(byte, 0x20..0x7f) && !b"\"\\".contains(byte);
    text.len() - rest.len() + rest.iter().take_while(|byte| is_plain(byte)).count()
}

/// Marks by its highest bit the lowest of eight bytes that a plain name does not have: a control
/// character, `"`, `\`, or one from 0x7f. Those above it may be marked for nothing, because sums
/// and differences spill into them.
fn marks(word: u64) -> u64 {
    const EACH: u64 = 0x0101_0101_0101_0101;
    // Changing this bit swaps `"` and the space: what is not wanted is now what is below `!`.
    let swapped = word ^ (EACH * (b'"' ^ b' ') as u64);
    let below_0x21 = swapped.wrapping_sub(EACH * 0x21);
    // Marks nearly all from 0x80 as well; 0xdc, which it does not, is marked by the one before.
    let backslash = (word ^ (EACH * b'\\' as u64)).wrapping_sub(EACH);
    let is_0x7f = word.wrapping_add(EACH);
    (below_0x21 | backslash | is_0x7f) & (EACH * 0x80)
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
                let is_plain = (b' '..=b'~').contains(&byte) && !b"\"\\".contains(&byte);
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
            assert_eq!(named(&name), Name::new(&*name).ok());
        }
        for text in ["", "a", "a\"", "\"a", "\"a\u{7f}\"", "\"a\\\"", "\"\u{80}\""] {
            assert_eq!(quoted(text), None, "{text:?}");
        }
    }
}
