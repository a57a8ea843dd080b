//! The thirteen journal entries and their fields (`docs/events.md`, Journal format).

use std::borrow::Cow;

use serde_json::value::RawValue;
use tallyfold_core::{
    Action, ChargeReason, Charged, ChargedWindow, Entry, Name, Noted, Notice, Posting, Record,
    Refunded, SessionEnd, Timestamp, Tokens,
};

use super::body::{self, Body};
use super::object::{Object, Wrong};
use super::value;
use crate::malformed::{Malformed, Reason, excerpt};

type Read<'a, T> = Result<T, Wrong<'a>>;

/// Reads one line of a journal, as [`write_record`](crate::write_record) writes it.
///
/// As strict as the reader of events: every field that the entry has must be there, and no other
/// but `line`, the number of the log line that caused it, which is no part of the record. The order
/// of the fields and the spaces between them do not matter. Whether records fit together is not
/// asked. Names and texts are borrowed from the line unless they are written with escapes.
///
/// # Errors
///
/// [`Malformed`] says what is wrong and, where that is known, in which column.
///
/// ```
/// use tallyfold_core::{Entry, Tokens};
/// use tallyfold_log::{parse_record, write_record};
///
/// let line = br#"{"account":"acme","at":"2027-01-05T09:00:00Z","entry":"pack_expired","pack":"P","tokens":3}"#;
/// let record = parse_record(line)?;
/// assert_eq!(record.account, "acme");
/// assert_eq!(record.entry, Entry::PackExpired { pack: "P".into(), tokens: Tokens::whole(3) });
///
/// let mut written = Vec::new();
/// write_record(&mut written, &record)?;
/// assert_eq!(written.trim_ascii_end(), line);
///
/// let malformed = parse_record(br#"{"account":"acme","entry":"pack_burnt"}"#).unwrap_err();
/// assert_eq!(malformed.to_string(), "there is no journal entry `pack_burnt`");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn parse_record(line: &[u8]) -> Result<Record<'_>, Malformed> {
    let text = super::text(line)?;
    let pairs = super::pairs(text)?;
    read(Object::new(&pairs)).map_err(|wrong| wrong.in_line(text))
}

fn read<'a>(mut object: Object<'a, '_>) -> Read<'a, Record<'a>> {
    let entry = entry(&mut object)?;
    let record =
        Record { account: name(&mut object, "account")?, at: instant(&mut object, "at")?, entry };
    let _line = object.optional("line", value::ordinal)?;
    object.check_all_taken()?;
    Ok(record)
}

fn entry<'a>(o: &mut Object<'a, '_>) -> Read<'a, Entry<'a>> {
    let kind = o.required("entry", value::string)?;
    Ok(match &*kind {
        "pack_added" => Entry::PackAdded {
            pack: name(o, "pack")?,
            tokens: tokens(o, "tokens")?,
            expires_at: instant(o, "expires_at")?,
        },
        "pack_expired" => {
            Entry::PackExpired { pack: name(o, "pack")?, tokens: tokens(o, "tokens")? }
        }
        "adjusted" => Entry::Adjusted {
            pack: name(o, "pack")?,
            tokens: tokens(o, "tokens")?,
            reason: o.required("reason", value::text)?.into(),
        },
        "charged" => Entry::Charged(charged(o)?),
        "refunded" => Entry::Refunded(refunded(o)?),
        "window_ended" => Entry::WindowEnded {
            charge: charge(o)?,
            user: name(o, "user")?,
            product: name(o, "product")?,
            reason: o.required("reason", value::derived_string)?,
        },
        "result_denied" => Entry::ResultDenied {
            user: name(o, "user")?,
            product: name(o, "product")?,
            quantity: o.required("quantity", value::quantity)?.get(),
            reason: o.required("reason", value::derived_string)?,
        },
        "notice" => Entry::Notice(notice(o)?),
        "noted" => Entry::Noted(noted(o)?),
        kind => session_entry(kind, o)?,
    })
}

/// The entries that are about one session.
fn session_entry<'a>(kind: &str, o: &mut Object<'a, '_>) -> Read<'a, Entry<'a>> {
    if !["unpaid", "session_opened", "session_denied", "session_closed"].contains(&kind) {
        return Err(Wrong::somewhere(Reason::UnknownEntry(excerpt(kind))));
    }
    let (session, user, product) = (name(o, "session")?, name(o, "user")?, name(o, "product")?);
    Ok(match kind {
        "session_opened" => {
            let version = optional_name(o, "version")?;
            Entry::SessionOpened { session, user, product, version, charge: charge(o)? }
        }
        "session_denied" => {
            let version = optional_name(o, "version")?;
            let reason = o.required("reason", value::derived_string)?;
            Entry::SessionDenied { session, user, product, version, reason }
        }
        "session_closed" => {
            let reason = o.required("reason", value::derived_string)?;
            let because = (reason == SessionEnd::LockedOut)
                .then(|| o.required("because", value::derived_string));
            let because = because.transpose()?;
            Entry::SessionClosed { session, user, product, reason, because }
        }
        _ => {
            let reason = o.required("reason", value::derived_string)?;
            Entry::Unpaid { user, product, session, reason }
        }
    })
}

/// A charge names its session and its window, or else how many results it is for (W9, R2).
fn charged<'a>(o: &mut Object<'a, '_>) -> Read<'a, Charged<'a>> {
    let charged = Charged {
        charge: charge(o)?,
        user: name(o, "user")?,
        product: name(o, "product")?,
        reason: o.required("reason", value::derived_string)?,
        tokens: tokens(o, "tokens")?,
        postings: o.optional("postings", postings)?.unwrap_or_default(),
        session: None,
        version: None,
        subscription: None,
        window: None,
        quantity: None,
    };
    if charged.reason == ChargeReason::Result {
        let quantity = o.required("quantity", value::quantity)?.get();
        return Ok(Charged { quantity: Some(quantity), ..charged });
    }
    let (starts_at, ends_at) = (instant(o, "starts_at")?, instant(o, "ends_at")?);
    Ok(Charged {
        session: Some(name(o, "session")?),
        version: optional_name(o, "version")?,
        subscription: optional_name(o, "subscription")?,
        window: Some(ChargedWindow { starts_at, ends_at }),
        ..charged
    })
}

fn refunded<'a>(o: &mut Object<'a, '_>) -> Read<'a, Refunded<'a>> {
    Ok(Refunded {
        charge: charge(o)?,
        reason: o.required("reason", value::derived_string)?,
        tokens: tokens(o, "tokens")?,
        postings: o.required("postings", postings)?,
        forfeited: tokens(o, "forfeited")?,
        note: o.optional("note", value::text)?.map(Into::into),
    })
}

fn postings(value: &RawValue) -> Result<Cow<'_, [Posting<'_>]>, Reason> {
    let list = value::list(value, "a list of postings")?;
    list.into_iter().map(posting).collect()
}

fn posting(value: &RawValue) -> Result<Posting<'_>, Reason> {
    let pairs = super::pairs(value.get()).map_err(|malformed| malformed.reason)?;
    let mut o = Object::new(&pairs);
    let posting = Posting {
        pack: name(&mut o, "pack").map_err(Wrong::into_reason)?,
        tokens: tokens(&mut o, "tokens").map_err(Wrong::into_reason)?,
    };
    o.check_all_taken().map_err(Wrong::into_reason)?;
    Ok(posting)
}

fn notice<'a>(o: &mut Object<'a, '_>) -> Read<'a, Notice<'a>> {
    #[derive(Clone, Copy)]
    enum NoticeKind {
        LowBalance,
        NoTokens,
        Expiring,
    }

    let words = [
        ("low_balance", NoticeKind::LowBalance),
        ("no_tokens", NoticeKind::NoTokens),
        ("expiring", NoticeKind::Expiring),
    ];
    Ok(match o.required("notice", |v| value::word(v, &words))? {
        NoticeKind::LowBalance => Notice::LowBalance { available: tokens(o, "available")? },
        NoticeKind::NoTokens => Notice::NoTokens { available: tokens(o, "available")? },
        NoticeKind::Expiring => {
            Notice::Expiring { pack: name(o, "pack")?, tokens: tokens(o, "tokens")? }
        }
    })
}

/// An event's own fields, as the reader of events reads them.
fn noted<'a>(o: &mut Object<'a, '_>) -> Read<'a, Noted<'a>> {
    let kind = o.required("event", value::string)?;
    let Body::Account(action) = body::read_kind(&kind, o)? else {
        return Err(Wrong::somewhere(Reason::NeverNoted(excerpt(&kind))));
    };
    Ok(match action {
        Action::SubscriptionPurchased(it) => Noted::SubscriptionPurchased(it),
        Action::SubscriptionAssigned(it) => Noted::SubscriptionAssigned(it),
        Action::SubscriptionUnassigned(it) => Noted::SubscriptionUnassigned(it),
        Action::FlexAssigned(it) => Noted::FlexAssigned(it),
        Action::FlexUnassigned(it) => Noted::FlexUnassigned(it),
        Action::FlexAccessSet(it) => Noted::FlexAccessSet(it),
        Action::PlanSelected(it) => Noted::PlanSelected(it),
        _ => return Err(Wrong::somewhere(Reason::NeverNoted(excerpt(&kind)))),
    })
}

fn name<'a>(o: &mut Object<'a, '_>, field: &'static str) -> Read<'a, Cow<'a, str>> {
    o.name(field).map(Into::into)
}

fn optional_name<'a>(
    o: &mut Object<'a, '_>,
    field: &'static str,
) -> Read<'a, Option<Cow<'a, str>>> {
    let name: Option<Name<'a>> = o.optional(field, value::name)?;
    Ok(name.map(Into::into))
}

fn charge<'a>(o: &mut Object<'a, '_>) -> Read<'a, u64> {
    Ok(o.required("charge", value::ordinal)?.get())
}

/// An amount, which may be a sum of those that events carry.
fn tokens<'a>(o: &mut Object<'a, '_>, field: &'static str) -> Read<'a, Tokens> {
    o.required(field, value::derived)
}

/// An instant, which may be a deadline beyond those that events carry.
fn instant<'a>(o: &mut Object<'a, '_>, field: &'static str) -> Read<'a, Timestamp> {
    o.required(field, value::derived_string)
}
