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
    if line.bytes().fold(false, |any, byte| any | needs_care(byte)) {
        return None;
    }
    let fields = Fields::of(line)?;
    let action = match fields.text(TYPE) {
        "Heartbeat" => {
            fields.check(TYPE | AT | ACCOUNT | SESSION, ID | ACTIVE)?;
            let active = !fields.is_inactive;
            Action::Heartbeat(Heartbeat { session: fields.name(SESSION)?, active })
        }
        "SessionOpened" => {
            fields.check(TYPE | AT | ACCOUNT | SESSION | USER | PRODUCT, ID | VERSION)?;
            Action::SessionOpened(SessionOpened {
                session: fields.name(SESSION)?,
                user: fields.name(USER)?,
                product: fields.name(PRODUCT)?,
                version: fields.optional_name(VERSION)?,
            })
        }
        "SessionClosed" => {
            fields.check(TYPE | AT | ACCOUNT | SESSION, ID)?;
            Action::SessionClosed(SessionClosed { session: fields.name(SESSION)? })
        }
        _ => return None,
    };
    let at: Instant = fields.text(AT).parse().ok()?;
    let (account, id) = (fields.name(ACCOUNT)?, fields.optional_name(ID)?.map(EventId::Plain));
    Some(Event::Account(AccountEvent { account, at, id, action }))
}

/// Whether a byte stands for something else, or may not stand in a string (RFC 8259, section 7).
fn needs_care(byte: u8) -> bool {
    byte < 0x20 || byte == b'\\'
}

/// A set of fields, one bit each.
type Set = u16;

const TYPE: Set = 1 << 0;
const AT: Set = 1 << 1;
const ACCOUNT: Set = 1 << 2;
const SESSION: Set = 1 << 3;
const USER: Set = 1 << 4;
const PRODUCT: Set = 1 << 5;
const VERSION: Set = 1 << 6;
const ID: Set = 1 << 7;
const ACTIVE: Set = 1 << 8;
/// How many of them are strings.
const STRINGS: usize = 8;

fn field_named(name: &str) -> Option<Set> {
    Some(match name {
        "type" => TYPE,
        "at" => AT,
        "account" => ACCOUNT,
        "session" => SESSION,
        "user" => USER,
        "product" => PRODUCT,
        "version" => VERSION,
        "id" => ID,
        "active" => ACTIVE,
        _ => return None,
    })
}

/// The fields of a line.
#[derive(Default)]
struct Fields<'a> {
    given: Set,
    /// By the number of their bit.
    texts: [&'a str; STRINGS],
    is_inactive: bool,
}

impl<'a> Fields<'a> {
    /// Reads an object of strings, and of `active`, each given once.
    fn of(line: &'a str) -> Option<Fields<'a>> {
        let mut fields = Fields::default();
        let mut rest = line.strip_prefix('{')?;
        loop {
            let (name, value) = rest.strip_prefix('"')?.split_once('"')?;
            let field = field_named(name)?;
            if fields.given & field != 0 {
                return None;
            }
            fields.given |= field;
            let value = after_space(value.strip_prefix(':')?);
            rest = if field == ACTIVE {
                fields.is_inactive = value.starts_with("false");
                value.strip_prefix(if fields.is_inactive { "false" } else { "true" })?
            } else {
                let (text, rest) = value.strip_prefix('"')?.split_once('"')?;
                fields.texts[field.trailing_zeros() as usize] = text;
                rest
            };
            match rest.strip_prefix(',') {
                Some(next) => rest = after_space(next),
                None => return (rest == "}").then_some(fields),
            }
        }
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
    text.strip_prefix(' ').unwrap_or(text)
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

    const HEARTBEAT: &str =
        r#""type":"Heartbeat","at":"2026-01-05T09:00:00Z","account":"a","session":"s""#;
    const OPENED: &str = r#""type":"SessionOpened","at":"2026-01-05T09:00:00Z","account":"a","session":"s","user":"u","product":"p""#;
    const CLOSED: &str =
        r#""type":"SessionClosed","at":"2026-01-05T09:00:00Z","account":"a","session":"s""#;

    #[test]
    fn each_field_is_read_as_the_strict_reader_reads_it() {
        for line in [
            format!("{{{HEARTBEAT}}}"),
            format!(r#"{{{HEARTBEAT},"id":"a space, a comma","active":true}}"#),
            format!(r#"{{{HEARTBEAT},"active":false,"id":"e"}}"#),
            format!("{{{OPENED}}}"),
            format!(r#"{{"id":"e","version":"v",{OPENED}}}"#),
            format!("{{{CLOSED}}}"),
            format!(r#"{{{CLOSED},"id":"e"}}"#).replace("\":", "\": ").replace(",\"", ", \""),
        ] {
            let event = crate::line::read(&line).unwrap();
            assert_eq!(read(&line), Some(event), "{line}");
        }
    }

    #[test]
    fn no_field_may_be_missing_or_added_or_given_twice() {
        let more = [r#""user":"u""#, r#""product":"p""#, r#""version":"v""#, r#""active":true"#];
        for (fields, more) in [(HEARTBEAT, &more[..3]), (OPENED, &more[3..]), (CLOSED, &more[..])] {
            for more in more.iter().copied().chain(fields.split(',')) {
                assert_eq!(read(&format!("{{{fields},{more}}}")), None, "{fields} and {more}");
            }
            for left_out in fields.split(',') {
                let rest: Vec<_> = fields.split(',').filter(|field| *field != left_out).collect();
                assert_eq!(read(&format!("{{{}}}", rest.join(","))), None, "{left_out}");
            }
        }
    }

    #[test]
    fn other_lines_are_left_to_the_strict_reader() {
        for line in [
            "",
            "{}",
            r#"{"type":"Heartbeat"}"#,
            r#"{"type":"SessionClosed","at":"2026-01-05T09:00:00Z","account":"a","session":"s","active":true}"#,
            r#"{"type":"Heartbeat","at":"2026-01-05T09:00:00Z","account":"a","session":"\u0073"}"#,
            r#"{"type":"Heartbeat","at":"2026-01-05T09:00:00Z","account":"a","session":"\\n"}"#,
            r#"{"type":"Heartbeat","at":"2026-01-05T09:00:00Z","account":"a","session":"s","id":""}"#,
            r#"{"type":"Heartbeat","at":"2026-01-05T09:00:00Z","account":"a","session":"s"} "#,
            r#"{"type":"Heartbeat","at":"2026-01-05T09:00:00Z","account":"a","session":"s",}"#,
        ] {
            assert_eq!(read(line), None, "{line}");
        }
    }
}
