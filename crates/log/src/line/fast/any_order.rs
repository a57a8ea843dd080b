//! The lines that nearly all are, read in one pass: sessions that open, beat and close, and results,
//! written without escapes; in any order of fields.
//!
//! Of any other line, and of any that is not well-formed, nothing is said; the strict reader then
//! decides. So a line is never read otherwise than the strict reader reads it, which a property
//! and a fuzz target assert.

use tallyfold_core::{
    AccountEvent, Action, Event, EventId, Heartbeat, Name, Quantity, ResultProduced, SessionClosed,
    SessionOpened, Timestamp,
};

use super::name::quoted;

/// Which of these lines it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum ActionKind {
    Heartbeat,
    SessionOpened,
    SessionClosed,
    ResultProduced,
}

/// The fields of a line.
///
/// All that reads them is inlined, so that they stay in registers and the event is made where the
/// caller has it: copying it about once took a quarter of the time.
#[derive(Default)]
pub(in crate::line) struct SessionFields<'a> {
    pub(super) kind: Option<ActionKind>,
    pub(super) at: Option<Timestamp>,
    pub(super) account: Option<&'a str>,
    pub(super) session: Option<&'a str>,
    pub(super) user: Option<&'a str>,
    pub(super) product: Option<&'a str>,
    pub(super) version: Option<&'a str>,
    pub(super) id: Option<&'a str>,
    pub(super) is_active: Option<bool>,
    pub(super) quantity: Option<Quantity>,
}

impl<'a> SessionFields<'a> {
    /// Reads an object of these fields, each given at most once, and answers what comes behind it.
    #[inline(always)]
    pub(super) fn read(text: &'a str) -> Option<(SessionFields<'a>, &'a str)> {
        let mut fields = SessionFields::default();
        let mut rest = text.strip_prefix("{")?;
        loop {
            rest = fields.read_field(rest)?;
            match rest.strip_prefix(",") {
                Some(next) => rest = after_space(next),
                None => return Some((fields, rest.strip_prefix("}")?)),
            }
        }
    }

    /// Reads a field, and answers what comes behind it.
    #[inline(always)]
    fn read_field(&mut self, text: &'a str) -> Option<&'a str> {
        let value = |name| text.strip_prefix(name).map(after_space);
        match text.as_bytes().get(1)? {
            b't' => once(&mut self.kind, kind(value("\"type\":")?)?),
            b's' => once(&mut self.session, quoted(value("\"session\":")?)?),
            b'u' => once(&mut self.user, quoted(value("\"user\":")?)?),
            b'p' => once(&mut self.product, quoted(value("\"product\":")?)?),
            b'v' => once(&mut self.version, quoted(value("\"version\":")?)?),
            b'i' => once(&mut self.id, quoted(value("\"id\":")?)?),
            b'q' => once(&mut self.quantity, number(value("\"quantity\":")?)?),
            _ => {
                if let Some(value) = value("\"at\":") {
                    once(&mut self.at, instant(value)?)
                } else if let Some(value) = value("\"account\":") {
                    once(&mut self.account, quoted(value)?)
                } else {
                    once(&mut self.is_active, boolean(value("\"active\":")?)?)
                }
            }
        }
    }

    /// The event, if it has all fields that are required and none that it does not know.
    #[inline(always)]
    pub(in crate::line) fn event(self) -> Option<Event<'a>> {
        let action = match self.kind? {
            ActionKind::Heartbeat => self.heartbeat()?,
            ActionKind::SessionOpened => self.session_opened()?,
            ActionKind::SessionClosed => self.session_closed()?,
            ActionKind::ResultProduced => self.result_produced()?,
        };
        let (at, account, id) = (self.at?, name(self.account?)?, optional_name(self.id)?);
        Some(Event::Account(AccountEvent { account, at, id: id.map(EventId::Plain), action }))
    }

    #[inline(always)]
    fn heartbeat(&self) -> Option<Action<'a>> {
        let SessionFields { user: None, product: None, version: None, quantity: None, .. } = self
        else {
            return None;
        };
        let active = self.is_active.unwrap_or(true);
        Some(Action::Heartbeat(Heartbeat { session: name(self.session?)?, active }))
    }

    #[inline(always)]
    fn session_opened(&self) -> Option<Action<'a>> {
        let SessionFields { is_active: None, quantity: None, .. } = self else {
            return None;
        };
        Some(Action::SessionOpened(SessionOpened {
            session: name(self.session?)?,
            user: name(self.user?)?,
            product: name(self.product?)?,
            version: optional_name(self.version)?,
        }))
    }

    #[inline(always)]
    fn session_closed(&self) -> Option<Action<'a>> {
        let SessionFields {
            user: None,
            product: None,
            version: None,
            is_active: None,
            quantity: None,
            ..
        } = self
        else {
            return None;
        };
        Some(Action::SessionClosed(SessionClosed { session: name(self.session?)? }))
    }

    #[inline(always)]
    fn result_produced(&self) -> Option<Action<'a>> {
        let SessionFields { session: None, version: None, is_active: None, .. } = self else {
            return None;
        };
        Some(Action::ResultProduced(ResultProduced {
            user: name(self.user?)?,
            product: name(self.product?)?,
            quantity: self.quantity.unwrap_or(Quantity::ONE),
        }))
    }
}

#[inline(always)]
fn name(text: &str) -> Option<Name<'_>> {
    Name::try_from(text).ok()
}

/// A name that may be missing. `None` where the text is none.
#[inline(always)]
fn optional_name(text: Option<&str>) -> Option<Option<Name<'_>>> {
    match text {
        Some(text) => name(text).map(Some),
        None => Some(None),
    }
}

/// Takes a value that is not there yet, and answers what comes behind it.
#[inline(always)]
pub(super) fn once<'a, T>(place: &mut Option<T>, (value, rest): (T, &'a str)) -> Option<&'a str> {
    if place.is_some() {
        return None;
    }
    *place = Some(value);
    Some(rest)
}

/// Many writers put a space behind colon and comma.
fn after_space(text: &str) -> &str {
    text.strip_prefix(" ").unwrap_or(text)
}

/// Reads an instant. Most have milliseconds, so where it then ends is looked at first.
#[inline(always)]
pub(super) fn instant(rest: &str) -> Option<(Timestamp, &str)> {
    let rest = rest.strip_prefix("\"")?;
    let length = match rest.as_bytes().get(24) {
        Some(b'"') => 24,
        _ => rest.bytes().position(|byte| byte == b'"')?,
    };
    let (text, rest) = rest.split_at_checked(length)?;
    Some((text.parse().ok()?, rest.strip_prefix("\"")?))
}

fn kind(rest: &str) -> Option<(ActionKind, &str)> {
    if let Some(rest) = rest.strip_prefix("\"Heartbeat\"") {
        Some((ActionKind::Heartbeat, rest))
    } else if let Some(rest) = rest.strip_prefix("\"SessionOpened\"") {
        Some((ActionKind::SessionOpened, rest))
    } else if let Some(rest) = rest.strip_prefix("\"SessionClosed\"") {
        Some((ActionKind::SessionClosed, rest))
    } else {
        Some((ActionKind::ResultProduced, rest.strip_prefix("\"ResultProduced\"")?))
    }
}

/// Reads a number of results. JSON has no leading zeros.
pub(super) fn number(rest: &str) -> Option<(Quantity, &str)> {
    let length = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, rest) = rest.split_at_checked(length)?;
    let number = if digits.starts_with('0') { None } else { digits.parse().ok() };
    Some((Quantity::new(number?).ok()?, rest))
}

fn boolean(rest: &str) -> Option<(bool, &str)> {
    match rest.strip_prefix("true") {
        Some(rest) => Some((true, rest)),
        None => Some((false, rest.strip_prefix("false")?)),
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::super::canonical;
    use super::*;
    use crate::generate::{Generator, Settings};
    use crate::write_event;

    fn short_cut(line: &str) -> Option<Event<'_>> {
        let (fields, rest) = SessionFields::read(line)?;
        if rest.is_empty() { fields.event() } else { None }
    }

    #[test]
    fn nearly_all_lines_of_a_log_take_both_short_cuts() {
        let (mut all, mut short, mut straight) = (0, 0, 0);
        let settings = Settings { accounts: NonZeroU32::MIN, ..Settings::new(5_000, 1) };
        for event in Generator::new(settings) {
            let mut line = Vec::new();
            write_event(&mut line, &event).unwrap();
            let line = str::from_utf8(&line).unwrap().trim_end();
            let event = Some(event);
            let read = canonical::read(line).filter(|(_, rest)| rest.is_empty());
            all += 1;
            short += usize::from(short_cut(line) == event);
            straight += usize::from(read.and_then(|(fields, _)| fields.event()) == event);
        }
        assert!(short * 100 > all * 95, "{short} of {all}");
        assert_eq!(straight, short);
    }

    const HEARTBEAT: &str =
        r#""type":"Heartbeat","at":"2026-01-05T09:00:00Z","account":"a","session":"s""#;
    const OPENED: &str = r#""type":"SessionOpened","at":"2026-01-05T09:00:00Z","account":"a","session":"s","user":"u","product":"p""#;
    const RESULTS: &str = r#""type":"ResultProduced","at":"2026-01-05T09:00:00Z","account":"a","user":"u","product":"p""#;
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
            format!("{{{RESULTS}}}"),
            format!(r#"{{"quantity":1000000,{RESULTS}}}"#),
            format!("{{{CLOSED}}}"),
            format!(r#"{{{CLOSED},"id":"e"}}"#).replace("\":", "\": ").replace(",\"", ", \""),
        ] {
            let event = crate::line::read(&line).unwrap();
            assert_eq!(short_cut(&line), Some(event), "{line}");
        }
    }

    #[test]
    fn no_field_may_be_missing_or_added_or_given_twice() {
        let [user, product, version, active, quantity, session] = [
            r#""user":"u""#,
            r#""product":"p""#,
            r#""version":"v""#,
            r#""active":true"#,
            r#""quantity":2"#,
            r#""session":"s""#,
        ];
        for (fields, more) in [
            (HEARTBEAT, &[user, product, version, quantity][..]),
            (OPENED, &[active, quantity]),
            (CLOSED, &[user, product, version, active, quantity]),
            (RESULTS, &[session, version, active]),
        ] {
            for more in more.iter().copied().chain(fields.split(',')) {
                assert_eq!(short_cut(&format!("{{{fields},{more}}}")), None, "{fields} and {more}");
            }
            for left_out in fields.split(',') {
                let rest: Vec<_> = fields.split(',').filter(|field| *field != left_out).collect();
                assert_eq!(short_cut(&format!("{{{}}}", rest.join(","))), None, "{left_out}");
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
            r#"{"type":"ResultProduced","at":"2026-01-05T09:00:00Z","account":"a","user":"u","product":"p","quantity":0}"#,
            r#"{"type":"ResultProduced","at":"2026-01-05T09:00:00Z","account":"a","user":"u","product":"p","quantity":02}"#,
            r#"{"type":"ResultProduced","at":"2026-01-05T09:00:00Z","account":"a","user":"u","product":"p","quantity":2.0}"#,
            r#"{"type":"Heartbeat","at":"2026-01-05T09:00:00Z","account":"a","session":"\u0073"}"#,
            r#"{"type":"Heartbeat","at":"2026-01-05T09:00:00Z","account":"a","session":"\\n"}"#,
            r#"{"type":"Heartbeat","at":"2026-01-05T09:00:00Z","account":"a","session":"s","id":""}"#,
            r#"{"type":"Heartbeat","at":"2026-01-05T09:00:00Z","account":"a","session":"s"} "#,
            r#"{"type":"Heartbeat","at":"2026-01-05T09:00:00Z","account":"a","session":"s",}"#,
        ] {
            assert_eq!(short_cut(line), None, "{line}");
        }
    }
}
