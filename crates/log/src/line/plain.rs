//! The lines that nearly all are, read in one pass: sessions that open, beat and close, written
//! without escapes.
//!
//! Of any other line, and of any that is not well-formed, nothing is said; the strict reader then
//! decides. So a line is never read otherwise than the strict reader reads it, which a property
//! and a fuzz target assert.

use tallyfold_core::{
    AccountEvent, Action, Event, EventId, Heartbeat, Instant, Name, SessionClosed, SessionOpened,
};

/// Reads a line that is one of these.
pub(super) fn read(line: &str) -> Option<Event<'_>> {
    let mut fields = Fields::default();
    fields.read(line)?;
    let action = match fields.kind {
        Kind::Heartbeat => {
            fields.check(TYPE | AT | ACCOUNT | SESSION, ID | ACTIVE)?;
            let active = !fields.is_inactive;
            Action::Heartbeat(Heartbeat { session: fields.name(SESSION)?, active })
        }
        Kind::SessionOpened => {
            fields.check(TYPE | AT | ACCOUNT | SESSION | USER | PRODUCT, ID | VERSION)?;
            Action::SessionOpened(SessionOpened {
                session: fields.name(SESSION)?,
                user: fields.name(USER)?,
                product: fields.name(PRODUCT)?,
                version: fields.optional_name(VERSION)?,
            })
        }
        Kind::SessionClosed => {
            fields.check(TYPE | AT | ACCOUNT | SESSION, ID)?;
            Action::SessionClosed(SessionClosed { session: fields.name(SESSION)? })
        }
    };
    let at: Instant = fields.text(AT).parse().ok()?;
    let (account, id) = (fields.name(ACCOUNT)?, fields.optional_name(ID)?.map(EventId::Plain));
    Some(Event::Account(AccountEvent { account, at, id, action }))
}

/// Which of these lines it is.
#[derive(Clone, Copy, Default)]
enum Kind {
    #[default]
    Heartbeat,
    SessionOpened,
    SessionClosed,
}

/// A set of fields, one bit each.
type Set = u16;

const AT: Set = 1 << 0;
const ACCOUNT: Set = 1 << 1;
const SESSION: Set = 1 << 2;
const USER: Set = 1 << 3;
const PRODUCT: Set = 1 << 4;
const VERSION: Set = 1 << 5;
const ID: Set = 1 << 6;
const TYPE: Set = 1 << 7;
const ACTIVE: Set = 1 << 8;
/// How many of them are any string.
const TEXTS: usize = 7;

/// The field that comes next, and what is behind its colon.
fn field(rest: &str) -> Option<(Set, &str)> {
    let named = |field: Set, name: &str| Some((field, rest.strip_prefix(name)?));
    match rest.as_bytes().get(1)? {
        b't' => named(TYPE, "\"type\":"),
        b's' => named(SESSION, "\"session\":"),
        b'a' => named(AT, "\"at\":")
            .or_else(|| named(ACCOUNT, "\"account\":"))
            .or_else(|| named(ACTIVE, "\"active\":")),
        b'u' => named(USER, "\"user\":"),
        b'p' => named(PRODUCT, "\"product\":"),
        b'v' => named(VERSION, "\"version\":"),
        b'i' => named(ID, "\"id\":"),
        _ => None,
    }
}

/// The fields of a line.
#[derive(Default)]
struct Fields<'a> {
    given: Set,
    kind: Kind,
    /// By the number of their bit.
    texts: [&'a str; TEXTS],
    is_inactive: bool,
}

impl<'a> Fields<'a> {
    /// Reads an object of these fields, each given at most once.
    fn read(&mut self, line: &'a str) -> Option<()> {
        let mut rest = line.strip_prefix("{")?;
        loop {
            let (field, value) = field(rest)?;
            if self.given & field != 0 {
                return None;
            }
            self.given |= field;
            rest = self.read_value(field, after_space(value))?;
            match rest.strip_prefix(",") {
                Some(next) => rest = after_space(next),
                None => return (rest == "}").then_some(()),
            }
        }
    }

    /// Takes the value of a field, and answers what comes behind it.
    fn read_value(&mut self, field: Set, value: &'a str) -> Option<&'a str> {
        let rest;
        match field {
            TYPE => (self.kind, rest) = kind(value)?,
            ACTIVE => (self.is_inactive, rest) = is_false(value)?,
            _ => (self.texts[field.trailing_zeros() as usize], rest) = string(value)?,
        }
        Some(rest)
    }

    /// Whether all that is required is given, and nothing but that and what is optional.
    fn check(&self, required: Set, optional: Set) -> Option<()> {
        (self.given & !optional == required).then_some(())
    }

    fn text(&self, field: Set) -> &'a str {
        self.texts[field.trailing_zeros() as usize]
    }

    fn name(&self, field: Set) -> Option<Name<'a>> {
        Name::new(self.text(field)).ok()
    }

    /// A name that may be there; nothing where it is there and is none.
    fn optional_name(&self, field: Set) -> Option<Option<Name<'a>>> {
        if self.given & field == 0 { Some(None) } else { self.name(field).map(Some) }
    }
}

/// Many writers put a space behind colon and comma.
fn after_space(text: &str) -> &str {
    text.strip_prefix(" ").unwrap_or(text)
}

fn kind(rest: &str) -> Option<(Kind, &str)> {
    if let Some(rest) = rest.strip_prefix("\"Heartbeat\"") {
        Some((Kind::Heartbeat, rest))
    } else if let Some(rest) = rest.strip_prefix("\"SessionOpened\"") {
        Some((Kind::SessionOpened, rest))
    } else {
        Some((Kind::SessionClosed, rest.strip_prefix("\"SessionClosed\"")?))
    }
}

fn is_false(rest: &str) -> Option<(bool, &str)> {
    match rest.strip_prefix("true") {
        Some(rest) => Some((false, rest)),
        None => Some((true, rest.strip_prefix("false")?)),
    }
}

/// Splits a string that is written without escapes from what follows it.
fn string(rest: &str) -> Option<(&str, &str)> {
    let rest = rest.strip_prefix("\"")?;
    let (text, rest) = rest.split_at_checked(plain_length(rest.as_bytes()))?;
    Some((text, rest.strip_prefix("\"")?))
}

/// How many bytes come before the first `"` or `\`.
fn plain_length(text: &[u8]) -> usize {
    let (words, rest) = text.as_chunks();
    for (number, word) in words.iter().enumerate() {
        let special = special_bytes(u64::from_le_bytes(*word));
        if special != 0 {
            return number * 8 + special.trailing_zeros() as usize / 8;
        }
    }
    let is_special = |byte: &u8| matches!(byte, b'"' | b'\\');
    text.len() - rest.len() + rest.iter().position(is_special).unwrap_or(rest.len())
}

/// Marks the lowest of eight bytes that is `"` or `\` by its highest bit; those above it may be
/// marked for nothing.
fn special_bytes(word: u64) -> u64 {
    const EACH: u64 = 0x0101_0101_0101_0101;
    let zero = |word: u64| word.wrapping_sub(EACH) & !word;
    let equal = |byte: u8| zero(word ^ (EACH * u64::from(byte)));
    (equal(b'"') | equal(b'\\')) & (EACH * 0x80)
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;
    use crate::generate::{Generator, Settings};
    use crate::write_event;

    #[test]
    fn nearly_all_lines_of_a_log_take_the_short_cut() {
        let (mut all, mut short) = (0, 0);
        let settings = Settings { accounts: NonZeroU32::MIN, ..Settings::new(5_000, 1) };
        for event in Generator::new(settings) {
            let mut line = Vec::new();
            write_event(&mut line, &event).unwrap();
            let line = str::from_utf8(&line).unwrap().trim_end();
            all += 1;
            short += usize::from(read(line) == Some(event));
        }
        assert!(short * 100 > all * 90, "{short} of {all}");
    }

    #[test]
    fn other_lines_are_left_to_the_strict_reader() {
        for line in [
            "",
            "{}",
            r#"{"type":"Heartbeat"}"#,
            r#"{"type":"SessionClosed","at":"2026-01-05T09:00:00Z","account":"a","session":"s","active":true}"#,
            r#"{"type":"Heartbeat","at":"2026-01-05T09:00:00Z","account":"a","session":"\u0073"}"#,
            r#"{"type":"Heartbeat","at":"2026-01-05T09:00:00Z","account":"a","session":"s"} "#,
            r#"{"type":"Heartbeat","at":"2026-01-05T09:00:00Z","account":"a","session":"s",}"#,
        ] {
            assert_eq!(read(line), None, "{line}");
        }
    }
}
