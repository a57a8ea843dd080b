//! Whose a line is, found without reading all of it, so that lines can be sorted by account first.

use std::borrow::Cow;

use memchr::{memchr2, memchr3, memrchr};
use tallyfold_core::{CatalogEvent, Event};

use crate::line::{is_of_catalog, parse_line};

/// Whose a line is.
///
/// Of a line that is an event this is exact. What is malformed is of no known account, or seems to be some
/// account's: that is seen when it is read.
///
/// Exhaustive: who sorts lines must put each somewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineAccount<'a> {
    /// An event of the account of this name, in UTF-8.
    Account(Cow<'a, [u8]>),
    /// An event of the catalog: everybody's. It had to be read to see that.
    Catalog(Box<CatalogEvent<'a>>),
    /// Not an event.
    Unknown,
}

impl LineAccount<'_> {
    /// Whose a line is, which comes without its end.
    ///
    /// ```
    /// use tallyfold_log::LineAccount;
    ///
    /// let line = br#"{"type":"FlexAssigned","user":"ana","at":"2026-01-05T09:00:00Z","account":"acme"}"#;
    /// assert_eq!(LineAccount::of(line), LineAccount::Account(b"acme"[..].into()));
    /// assert_eq!(LineAccount::of(b"{}"), LineAccount::Unknown);
    /// ```
    #[must_use]
    pub fn of(line: &[u8]) -> LineAccount<'_> {
        let account = written_last(line).or_else(|| found_among_fields(line));
        match account {
            Some(account) => LineAccount::Account(account.into()),
            None => read(line),
        }
    }
}

/// The account of a line that ends as we write it, with the account and perhaps an id, and has
/// neither escapes nor a second object. In such a line every quotation mark begins or ends a
/// string, and every name of a field is the event's own.
fn written_last(line: &[u8]) -> Option<&[u8]> {
    let fields = line.strip_prefix(b"{")?.strip_suffix(b"\"}")?;
    if memchr2(b'\\', b'{', fields).is_some() {
        return None;
    }
    let (before, last) = last_string(fields)?;
    match before.strip_suffix(b"\"account\":") {
        Some(_) => Some(last),
        None => {
            let (before, last) = last_string(before.strip_suffix(b"\",\"id\":")?)?;
            before.ends_with(b"\"account\":").then_some(last)
        }
    }
}

/// Splits a text that lacks the quotation mark at its end before its last string.
fn last_string(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let start = memrchr(b'"', text)?;
    Some((&text[..start], &text[start + 1..]))
}

/// The account as the event's own fields name it, wherever they stand. `None` where that is not
/// plain to see.
fn found_among_fields(line: &[u8]) -> Option<&[u8]> {
    let mut fields = Fields::default();
    let (mut depth, mut rest) = (0_usize, line);
    while let Some(place) = memchr3(b'"', b'{', b'}', rest) {
        let mark = rest[place];
        rest = &rest[place + 1..];
        match mark {
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            _ => {
                let (text, behind) = split_string(rest)?;
                let is_name = behind.trim_ascii_start().starts_with(b":");
                match (depth, is_name) {
                    (1, true) => fields.begin(text)?,
                    (1, false) => fields.fill(text),
                    _ => {}
                }
                rest = behind;
            }
        }
    }
    fields.account()
}

/// An event's own fields, as far as they are strings and say whose it is.
#[derive(Default)]
struct Fields<'a> {
    /// The name of the field that comes next.
    name: &'a [u8],
    kind: &'a [u8],
    account: Option<&'a [u8]>,
    subject: Option<&'a [u8]>,
    is_enveloped: bool,
}

impl<'a> Fields<'a> {
    /// A field begins. What has escapes in its name may be any.
    fn begin(&mut self, name: &'a [u8]) -> Option<()> {
        self.is_enveloped |= name == b"specversion";
        self.name = name;
        (!name.contains(&b'\\')).then_some(())
    }

    fn fill(&mut self, value: &'a [u8]) {
        match self.name {
            b"type" => self.kind = value,
            b"account" => self.account = Some(value),
            b"subject" => self.subject = Some(value),
            _ => {}
        }
    }

    /// In an envelope the account is the subject, which a catalog event may have for nothing.
    fn account(&self) -> Option<&'a [u8]> {
        let may_be_of_catalog = self.kind.contains(&b'\\') || is_of_catalog(self.kind);
        let account = match self.is_enveloped {
            true => self.subject.filter(|_| !may_be_of_catalog),
            false => self.account,
        };
        account.filter(|account| !account.contains(&b'\\'))
    }
}

/// Splits a text behind the first quotation mark of a string into the string, as it is written, and
/// what comes behind it.
fn split_string(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut end = 0;
    loop {
        end += memchr2(b'"', b'\\', text.get(end..)?)?;
        if text[end] == b'"' {
            return Some((&text[..end], &text[end + 1..]));
        }
        end += 2;
    }
}

/// Whose a line is, by reading it.
fn read(line: &[u8]) -> LineAccount<'_> {
    match parse_line(line) {
        Ok(Event::Account(event)) => LineAccount::Account(match event.account.into() {
            Cow::Borrowed(account) => Cow::Borrowed(str::as_bytes(account)),
            Cow::Owned(account) => Cow::Owned(String::into_bytes(account)),
        }),
        Ok(Event::Catalog(event)) => LineAccount::Catalog(Box::new(event)),
        Err(_) => LineAccount::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: &str = r#""type":"FlexAssigned","user":"u","at":"2026-01-05T09:00:00Z""#;

    fn quickly(line: &str) -> Option<String> {
        let account = written_last(line.as_bytes()).or_else(|| found_among_fields(line.as_bytes()));
        account.map(|account| String::from_utf8_lossy(account).into_owned())
    }

    #[test]
    fn the_account_is_found_where_it_stands() {
        for line in [
            format!(r#"{{{START},"account":"acme"}}"#),
            format!(r#"{{{START},"account":"acme","id":"e 1"}}"#),
            format!(r#"{{"account":"acme",{START},"id":"e"}}"#),
            format!(r#"{{{START}, "account" : "acme" }}"#),
            format!(r#"{{{START},"account":"acme","id":"a \" b"}}"#),
            format!(r#"{{{START},"account":"acme","meta":{{"account":"no","b":{{}}}}}}"#),
            format!(r#"{{"meta":{{"account":"no"}},{START},"account":"acme"}}"#),
        ] {
            assert_eq!(quickly(&line).as_deref(), Some("acme"), "{line}");
        }
    }

    #[test]
    fn the_account_of_an_envelope_is_its_subject() {
        let attributes = r#""specversion":"1.0","type":"FlexAssigned","source":"s","id":"e","time":"2026-01-05T09:00:00Z""#;
        for line in [
            format!(r#"{{{attributes},"subject":"acme","data":{{"user":"u"}}}}"#),
            format!(r#"{{"data":{{"user":"u"}},"subject":"acme",{attributes},"account":"no"}}"#),
        ] {
            assert_eq!(quickly(&line).as_deref(), Some("acme"), "{line}");
            assert_eq!(LineAccount::of(line.as_bytes()), read(line.as_bytes()));
        }
    }

    #[test]
    fn what_is_not_plain_to_see_is_read() {
        for (line, owner) in [
            (format!(r#"{{{START},"account":"zo\u00eb"}}"#), "zoë"),
            (format!(r#"{{{START},"acc\u006funt":"acme"}}"#), "acme"),
            (
                r#"{"specversi\u006fn":"1.0","type":"FlexAssigned","source":"s","id":"e","time":"2026-01-05T09:00:00Z","subject":"acme","account":"no","data":{"user":"u"}}"#
                    .to_owned(),
                "acme",
            ),
        ] {
            assert_eq!(quickly(&line), None, "{line}");
            assert_eq!(LineAccount::of(line.as_bytes()), LineAccount::Account(owner.as_bytes().into()));
        }
        for line in [
            r#"{"type":"RulebookAdopted","at":"2026-01-05T09:00:00Z","rulebook":"launch"}"#,
            r#"{"specversion":"1.0","type":"RulebookAdopted","source":"s","id":"e","time":"2026-01-05T09:00:00Z","subject":"acme","data":{"rulebook":"launch"}}"#,
            r#"{"specversion":"1.0","type":"Rulebook\u0041dopted","source":"s","id":"e","time":"2026-01-05T09:00:00Z","subject":"acme","data":{"rulebook":"launch"}}"#,
        ] {
            assert_eq!(quickly(line), None, "{line}");
            assert!(matches!(LineAccount::of(line.as_bytes()), LineAccount::Catalog(_)), "{line}");
        }
        for line in ["", "{", "{}", "\"}", "{\"", "{\"\\", r#"{"account":"#, "\u{feff}"] {
            assert_eq!(LineAccount::of(line.as_bytes()), LineAccount::Unknown, "{line}");
        }
    }
}
