//! Journal records as canonical lines.
//!
//! What sessions make is nearly all of a journal and is written here field by field; the rest is
//! left to serde. Both give the same bytes, which a test asserts.

use std::borrow::Cow;
use std::io::{self, Write};

use serde::Serialize;
use tallyfold_core::{Charged, Entry, Posting, Record, Timestamp, Tokens};

/// A field's name as it stands between two fields.
macro_rules! key {
    ($name:literal) => {
        concat!(",\"", $name, "\":")
    };
}

/// The same, and the quotation mark that a string begins with.
macro_rules! text_key {
    ($name:literal) => {
        concat!(",\"", $name, "\":\"")
    };
}

/// What says which entry it is.
macro_rules! entry {
    ($entry:literal) => {
        concat!(",\"entry\":\"", $entry, "\"")
    };
}

pub(super) fn write(out: &mut impl Write, record: &Record<'_>) -> io::Result<()> {
    match &record.entry {
        Entry::Charged(it) => {
            let mut line = RecordLine::begin(out, record, entry!("charged"))?;
            charged(&mut line, it)?;
            line.end()
        }
        Entry::SessionOpened { session, user, product, version, charge } => {
            let mut line = RecordLine::begin(out, record, entry!("session_opened"))?;
            line.session(session, user, product)?;
            line.optional_text(text_key!("version"), version)?;
            line.number(key!("charge"), *charge)?;
            line.end()
        }
        Entry::SessionDenied { session, user, product, version, reason } => {
            let mut line = RecordLine::begin(out, record, entry!("session_denied"))?;
            line.session(session, user, product)?;
            line.optional_text(text_key!("version"), version)?;
            line.value(key!("reason"), reason)?;
            line.end()
        }
        Entry::SessionClosed { session, user, product, reason, because } => {
            let mut line = RecordLine::begin(out, record, entry!("session_closed"))?;
            line.session(session, user, product)?;
            line.value(key!("reason"), reason)?;
            because.iter().try_for_each(|because| line.value(key!("because"), because))?;
            line.end()
        }
        _ => Ok(serde_json::to_writer(out, record)?),
    }
}

fn charged<W: Write>(line: &mut RecordLine<'_, W>, it: &Charged<'_>) -> io::Result<()> {
    line.number(key!("charge"), it.charge)?;
    line.text(text_key!("user"), &it.user)?;
    line.text(text_key!("product"), &it.product)?;
    line.optional_text(text_key!("session"), &it.session)?;
    line.optional_text(text_key!("version"), &it.version)?;
    line.value(key!("reason"), &it.reason)?;
    line.tokens(key!("tokens"), it.tokens)?;
    line.postings(&it.postings)?;
    line.optional_text(text_key!("subscription"), &it.subscription)?;
    if let Some(window) = it.window {
        line.instant(text_key!("starts_at"), window.starts_at)?;
        line.instant(text_key!("ends_at"), window.ends_at)?;
    }
    it.quantity.iter().try_for_each(|quantity| line.number(key!("quantity"), (*quantity).into()))
}

/// A line that is being written: a JSON object.
struct RecordLine<'a, W> {
    out: &'a mut W,
}

impl<'a, W: Write> RecordLine<'a, W> {
    fn begin(out: &'a mut W, record: &Record<'_>, entry: &str) -> io::Result<RecordLine<'a, W>> {
        let mut line = RecordLine { out };
        line.text("{\"account\":\"", &record.account)?;
        line.instant(text_key!("at"), record.at)?;
        line.out.write_all(entry.as_bytes())?;
        Ok(line)
    }

    fn end(self) -> io::Result<()> {
        self.out.write_all(b"}")
    }

    fn session(&mut self, session: &str, user: &str, product: &str) -> io::Result<()> {
        self.text(text_key!("session"), session)?;
        self.text(text_key!("user"), user)?;
        self.text(text_key!("product"), product)
    }

    fn optional_text(&mut self, key: &str, text: &Option<Cow<'_, str>>) -> io::Result<()> {
        text.iter().try_for_each(|text| self.text(key, text))
    }

    /// A field that is a string; its key ends with the first quotation mark.
    fn text(&mut self, key: &str, text: &str) -> io::Result<()> {
        if text.bytes().fold(false, |any, byte| any | needs_escape(byte)) {
            return self.value(key.trim_end_matches('"'), text);
        }
        self.quoted(key, text.as_bytes())
    }

    fn instant(&mut self, key: &str, at: Timestamp) -> io::Result<()> {
        self.quoted(key, at.encode_rfc3339(&mut [0; 30]))
    }

    fn quoted(&mut self, key: &str, text: &[u8]) -> io::Result<()> {
        self.out.write_all(key.as_bytes())?;
        self.out.write_all(text)?;
        self.out.write_all(b"\"")
    }

    fn number(&mut self, key: &str, number: u64) -> io::Result<()> {
        self.out.write_all(key.as_bytes())?;
        self.out.write_all(itoa::Buffer::new().format(number).as_bytes())
    }

    fn tokens(&mut self, key: &str, tokens: Tokens) -> io::Result<()> {
        match tokens.as_small_whole() {
            Some(whole) => self.number(key, whole),
            None => self.value(key, &tokens),
        }
    }

    fn postings(&mut self, postings: &[Posting<'_>]) -> io::Result<()> {
        let mut before = ",\"postings\":[{\"pack\":\"";
        for Posting { pack, tokens } in postings {
            self.text(before, pack)?;
            self.tokens(key!("tokens"), *tokens)?;
            before = "},{\"pack\":\"";
        }
        if postings.is_empty() { Ok(()) } else { self.out.write_all(b"}]") }
    }

    fn value(&mut self, key: &str, value: &(impl Serialize + ?Sized)) -> io::Result<()> {
        self.out.write_all(key.as_bytes())?;
        Ok(serde_json::to_writer(&mut *self.out, value)?)
    }
}

/// Whether a byte of a string is not written as it is (RFC 8259, section 7).
fn needs_escape(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}
