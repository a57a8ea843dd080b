//! Names that stand in a text as they are.

use std::borrow::Cow;

use super::Name;

/// A name that is printable ASCII throughout, without `"` and `\`, borrowed from a text in which it
/// stands in quotation marks. Nearly all names of a log are such, and are found quickly.
///
/// ```
/// use tallyfold_core::{Name, PlainName};
///
/// let (name, rest) = PlainName::split("\"ana\",7").ok_or("no plain name")?;
/// assert_eq!((Name::from(name), rest), (Name::new("ana")?, ",7"));
/// assert_eq!(PlainName::split("\"zo\u{eb}\",7"), None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlainName<'a>(&'a str);

impl<'a> PlainName<'a> {
    /// Splits a text that starts with such a name, in quotation marks, into the name and what
    /// comes behind them.
    #[must_use]
    pub fn split(text: &'a str) -> Option<(PlainName<'a>, &'a str)> {
        let text = text.strip_prefix("\"")?;
        let (name, rest) = text.split_at_checked(plain_length(text.as_bytes()))?;
        let rest = rest.strip_prefix("\"")?;
        (1..=Name::MAX_BYTES).contains(&name.len()).then_some((PlainName(name), rest))
    }
}

impl<'a> From<PlainName<'a>> for Name<'a> {
    fn from(PlainName(name): PlainName<'a>) -> Name<'a> {
        Name(Cow::Borrowed(name))
    }
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
    fn a_plain_name_is_a_name_in_quotation_marks() {
        for length in [0, 1, 2, 255, 256, 257] {
            let name = "n".repeat(length);
            let text = format!("\"{name}\"rest");
            let expected = Name::new(&*name).ok().map(|name| (name, "rest"));
            let split = PlainName::split(&text);
            assert_eq!(split.map(|(name, rest)| (Name::from(name), rest)), expected);
        }
        for text in ["", "a", "a\"", "\"a", "\"a\u{7f}\"", "\"a\\\"", "\"\u{80}\""] {
            assert_eq!(PlainName::split(text), None, "{text:?}");
        }
    }
}
