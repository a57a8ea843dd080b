//! The lines that nearly all are, with their fields in the order in which
//! [`write_event`](crate::write_event) writes them: read straight through, several fields' names at
//! a time. Of any other line nothing is said.

use super::any_order::{ActionKind, SessionFields, instant, number, once};
use super::name::quoted;

/// Reads the object that a text starts with, and answers what comes behind it.
#[inline(always)]
pub(super) fn read(text: &str) -> Option<(SessionFields<'_>, &str)> {
    let mut fields = SessionFields::default();
    let rest = read_action(&mut fields, text.strip_prefix("{\"type\":\"")?)?;
    let rest = once(&mut fields.at, instant(rest.strip_prefix(",\"at\":")?)?)?;
    let rest = once(&mut fields.account, quoted(rest.strip_prefix(",\"account\":")?)?)?;
    let rest = match rest.strip_prefix(",\"id\":") {
        Some(id) => once(&mut fields.id, quoted(id)?)?,
        None => rest,
    };
    Some((fields, rest.strip_prefix("}")?))
}

/// Reads what says what happened, and answers what comes behind it.
#[inline(always)]
fn read_action<'a>(fields: &mut SessionFields<'a>, text: &'a str) -> Option<&'a str> {
    if let Some(session) = text.strip_prefix("Heartbeat\",\"session\":") {
        fields.kind = Some(ActionKind::Heartbeat);
        let rest = once(&mut fields.session, quoted(session)?)?;
        let inactive = rest.strip_prefix(",\"active\":false");
        fields.is_active = inactive.map(|_| false);
        Some(inactive.unwrap_or(rest))
    } else if let Some(session) = text.strip_prefix("SessionOpened\",\"session\":") {
        fields.kind = Some(ActionKind::SessionOpened);
        let rest = once(&mut fields.session, quoted(session)?)?;
        let rest = read_use(fields, rest.strip_prefix(",\"user\":")?)?;
        match rest.strip_prefix(",\"version\":") {
            Some(version) => once(&mut fields.version, quoted(version)?),
            None => Some(rest),
        }
    } else if let Some(session) = text.strip_prefix("SessionClosed\",\"session\":") {
        fields.kind = Some(ActionKind::SessionClosed);
        once(&mut fields.session, quoted(session)?)
    } else {
        let user = text.strip_prefix("ResultProduced\",\"user\":")?;
        fields.kind = Some(ActionKind::ResultProduced);
        let rest = read_use(fields, user)?;
        let Some(quantity) = rest.strip_prefix(",\"quantity\":") else {
            return Some(rest);
        };
        once(&mut fields.quantity, number(quantity)?)
    }
}

/// Reads the names of user and product.
#[inline(always)]
fn read_use<'a>(fields: &mut SessionFields<'a>, user: &'a str) -> Option<&'a str> {
    let rest = once(&mut fields.user, quoted(user)?)?;
    once(&mut fields.product, quoted(rest.strip_prefix(",\"product\":")?)?)
}
