//! Text for people: what came from a log, made safe for a terminal, and numbers made readable.

use std::borrow::Cow;

use tallyfold_core::Tokens;

/// A text without anything that a terminal could take for a command or that would disguise other
/// text: control characters, and the marks that turn the direction of writing, are shown as
/// escapes.
pub(crate) fn printable(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hostile) {
        return Cow::Borrowed(text);
    }
    let escape = |c: char| {
        if is_hostile(c) { c.escape_unicode().to_string() } else { c.to_string() }
    };
    Cow::Owned(text.chars().map(escape).collect())
}

/// Control characters, and the bidirectional controls of Unicode (UAX #9, 2.1 to 2.6).
fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}')
        || ('\u{202a}'..='\u{202e}').contains(&c)
        || ('\u{2066}'..='\u{2069}').contains(&c)
}

/// `tokens used` as `Tokens used`.
pub(crate) fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(letters).collect()
}

/// A number of tokens with its thousands told apart: `1,234.5`.
pub(crate) fn tokens(amount: Tokens) -> String {
    grouped(&amount.to_string())
}

/// A count with its thousands told apart: `12,345`.
pub(crate) fn count(count: u64) -> String {
    grouped(&count.to_string())
}

/// A number as it is written, with its thousands told apart.
pub(crate) fn grouped(number: &str) -> String {
    let (sign, digits) = number.strip_prefix('-').map_or(("", number), |digits| ("-", digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let mut text = sign.to_owned();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    if !fraction.is_empty() {
        text.push('.');
        text.push_str(fraction);
    }
    text
}

/// Bytes as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_steers_a_terminal_is_left() {
        assert_eq!(printable("äna"), "äna");
        assert_eq!(printable("\u{1b}[31mred\u{9b}1m"), "\\u{1b}[31mred\\u{9b}1m");
        assert_eq!(printable("a\u{202e}b\n"), "a\\u{202e}b\\u{a}");
    }

    #[test]
    fn thousands_are_told_apart() {
        for (amount, text) in [("0", "0"), ("-1234567.25", "-1,234,567.25"), ("999", "999")] {
            assert_eq!(tokens(amount.parse().unwrap()), text);
        }
        assert_eq!(count(1_000), "1,000");
    }
}
