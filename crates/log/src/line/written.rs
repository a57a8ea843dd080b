//! The lines that nearly all are, with their fields in the order in which
//! [`write_event`](crate::write_event) writes them: read straight through, several fields' names at
//! a time. Of any other line nothing is said.

use tallyfold_core::PlainName;

use super::plain::{Kind, PlainFields, after_end, instant, number};

/// Reads the line that a text starts with, and answers what comes behind its end.
#[inline(always)]
pub(super) fn read_line(text: &str) -> Option<(PlainFields<'_>, &str)> {
    let (fields, rest) = read(text)?;
    Some((fields, after_end(rest)?))
}

#[inline(always)]
fn read(text: &str) -> Option<(PlainFields<'_>, &str)> {
    let mut fields = PlainFields::default();
    let rest = read_action(&mut fields, text.strip_prefix("{\"type\":\"")?)?;
    let (at, rest) = instant(rest.strip_prefix(",\"at\":")?)?;
    fields.at = Some(at);
    let rest = name(&mut fields.account, rest.strip_prefix(",\"account\":")?)?;
    let rest = match rest.strip_prefix(",\"id\":") {
        Some(id) => name(&mut fields.id, id)?,
        None => rest,
    };
    Some((fields, rest.strip_prefix("}")?))
}

/// Reads what says what happened, and answers what comes behind it.
#[inline(always)]
fn read_action<'a>(fields: &mut PlainFields<'a>, text: &'a str) -> Option<&'a str> {
    if let Some(session) = text.strip_prefix("Heartbeat\",\"session\":") {
        fields.kind = Some(Kind::Heartbeat);
        let rest = name(&mut fields.session, session)?;
        let inactive = rest.strip_prefix(",\"active\":false");
        fields.is_active = inactive.map(|_| false);
        Some(inactive.unwrap_or(rest))
    } else if let Some(session) = text.strip_prefix("SessionOpened\",\"session\":") {
        fields.kind = Some(Kind::SessionOpened);
        let rest = name(&mut fields.session, session)?;
        let rest = read_use(fields, rest.strip_prefix(",\"user\":")?)?;
        match rest.strip_prefix(",\"version\":") {
            Some(version) => name(&mut fields.version, version),
            None => Some(rest),
        }
    } else if let Some(session) = text.strip_prefix("SessionClosed\",\"session\":") {
        fields.kind = Some(Kind::SessionClosed);
        name(&mut fields.session, session)
    } else {
        let user = text.strip_prefix("ResultProduced\",\"user\":")?;
        fields.kind = Some(Kind::ResultProduced);
        let rest = read_use(fields, user)?;
        let Some(quantity) = rest.strip_prefix(",\"quantity\":") else {
            return Some(rest);
        };
        let (quantity, rest) = number(quantity)?;
        fields.quantity = Some(quantity);
        Some(rest)
    }
}

/// Reads the names of user and product.
#[inline(always)]
fn read_use<'a>(fields: &mut PlainFields<'a>, user: &'a str) -> Option<&'a str> {
    let rest = name(&mut fields.user, user)?;
    name(&mut fields.product, rest.strip_prefix(",\"product\":")?)
}

#[inline(always)]
fn name<'a>(place: &mut Option<PlainName<'a>>, text: &'a str) -> Option<&'a str> {
    let (name, rest) = PlainName::split(text)?;
    *place = Some(name);
    Some(rest)
}
