//! One line of a log or of a journal: the strict reader (`docs/events.md`).

mod body;
mod envelope;
mod fast;
mod object;
mod record;
mod value;

use tallyfold_core::{AccountEvent, CatalogEvent, Event, EventId};

use crate::malformed::{Malformed, Reason};
use body::Body;
pub(crate) use body::is_of_catalog;
use object::{Object, Pair, Pairs, Wrong};
pub use record::parse_record;

/// How many bytes a line may have, its terminator not counted.
pub const MAX_LINE_BYTES: usize = 65_536;

/// Reads one line: a plain event, or one in a CloudEvents 1.0 envelope.
///
/// The line comes without its terminator and without a byte order mark. Names and texts are
/// borrowed from it unless they are written with escapes.
///
/// # Errors
///
/// [`Malformed`] says what is wrong and, where that is known, in which column.
///
/// ```
/// use tallyfold_log::parse_line;
///
/// let line = r#"{"type":"Heartbeat","at":"2026-01-05T09:00:00Z","account":"acme","session":7}"#;
/// let malformed = parse_line(line.as_bytes()).unwrap_err();
/// assert_eq!(malformed.to_string(), "column 76: `session` must be a string");
/// ```
pub fn parse_line(line: &[u8]) -> Result<Event<'_>, Malformed> {
    let text = event_text(line)?;
    if let Some((fields, "")) = fast::read(text)
        && let Some(event) = fields.event()
    {
        return Ok(event);
    }
    read(text)
}

/// Reads the line that a text starts with, and answers what comes behind its end, if it is one of
/// those that nearly all are; none of them is near to being too long.
#[inline(always)]
pub(crate) fn short_cut(text: &str) -> Option<(Event<'_>, &str)> {
    let (fields, rest) = fast::read(text)?;
    let rest = rest.strip_prefix("\r").unwrap_or(rest).strip_prefix("\n")?;
    Some((fields.event()?, rest))
}

/// Reads one line as [`parse_line`] does, without its short cut for the lines that nearly all are.
///
/// The two answer the same of every line. This one is for whoever wants to see that.
///
/// # Errors
///
/// [`Malformed`], as `parse_line` answers it.
pub fn parse_line_strictly(line: &[u8]) -> Result<Event<'_>, Malformed> {
    read(event_text(line)?)
}

fn event_text(line: &[u8]) -> Result<&str, Malformed> {
    if line.len() > MAX_LINE_BYTES {
        return Err(Malformed::somewhere(Reason::TooLong));
    }
    text(line)
}

fn read(text: &str) -> Result<Event<'_>, Malformed> {
    let pairs = pairs(text)?;
    let object = Object::new(&pairs);
    let event = if pairs.iter().any(|(name, _)| name == "specversion") {
        envelope::read(object)
    } else {
        read_plain(object)
    };
    event.map_err(|wrong| wrong.in_line(text))
}

fn text(line: &[u8]) -> Result<&str, Malformed> {
    str::from_utf8(line).map_err(|error| Malformed::at(error.valid_up_to() + 1, Reason::NotUtf8))
}

/// The fields of the object that a line is.
fn pairs(text: &str) -> Result<Vec<Pair<'_>>, Malformed> {
    let Pairs(pairs) = serde_json::from_str(text).map_err(|error| Malformed::json(&error, 0))?;
    Ok(pairs)
}

/// An event outside an envelope.
fn read_plain<'a>(mut object: Object<'a, '_>) -> Result<Event<'a>, Wrong<'a>> {
    let body = body::read(&mut object)?;
    let at = object.instant("at")?;
    let id = object.optional("id", value::name)?.map(EventId::Plain);
    let event = match body {
        Body::Catalog(change) => Event::Catalog(CatalogEvent { at, id, change }),
        Body::Account(action) => {
            let account = object.name("account")?;
            Event::Account(AccountEvent { account, at, id, action })
        }
    };
    object.finish()?;
    Ok(event)
}
