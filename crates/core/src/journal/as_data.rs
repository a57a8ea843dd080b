//! Entries as data: what serde reads is a line of the journal (`docs/events.md`, Journal format).
//!
//! As strict as the reader of events: every field that the entry has must be there, and no other.

use std::num::NonZeroU64;

use serde::Deserialize;
use serde::de::{Deserializer, Error, IntoDeserializer};

use super::{
    ChargeReason, Charged, ChargedWindow, Entry, Noted, Notice, Posting, Record, Refunded, Refusal,
    SessionEnd,
};
use crate::event::fields::{Fields, fields, required};
use crate::event::kinds::kinds;
use crate::event::values::{given, instant, object, word};
use crate::event::{Name, Plan, Quantity, Text, Timestamp, Tokens};

kinds! {
    Noted:
    SubscriptionPurchased,
    SubscriptionAssigned,
    SubscriptionUnassigned,
    FlexAssigned,
    FlexUnassigned,
    FlexAccessSet,
    PlanSelected,
}

/// Gives the entries the names that the journal has for them.
macro_rules! entries {
    ($($entry:ident = $kind:literal),* $(,)?) => {
        impl Entry<'_> {
            /// The kinds of entries as the journal names them.
            pub const KINDS: &'static [&'static str] = &[$($kind),*];

            /// The kind of the entry as the journal names it.
            #[must_use]
            pub const fn kind(&self) -> &'static str {
                match self {
                    $(Entry::$entry { .. } => $kind,)*
                }
            }
        }
    };
}

entries! {
    PackAdded = "pack_added",
    PackExpired = "pack_expired",
    Adjusted = "adjusted",
    Charged = "charged",
    Refunded = "refunded",
    WindowEnded = "window_ended",
    Unpaid = "unpaid",
    SessionOpened = "session_opened",
    SessionDenied = "session_denied",
    SessionClosed = "session_closed",
    ResultDenied = "result_denied",
    Notice = "notice",
    Noted = "noted",
}

fields! {
    /// What a line of the journal was given.
    RecordFields {
        account: Name<'static> = "given";
        at: Timestamp = "given";
        entry: String = "given";
        pack: Name<'static> = "given";
        tokens: Tokens = "given";
        expires_at: Timestamp = "given";
        charge: NonZeroU64 = "given";
        user: Name<'static> = "given";
        product: Name<'static> = "given";
        session: Name<'static> = "given";
        version: Name<'static> = "given";
        reason: String = "given";
        postings: Vec<Posting<'static>> = "given";
        subscription: Name<'static> = "given";
        starts_at: Timestamp = "given";
        ends_at: Timestamp = "given";
        quantity: u32 = "given";
        forfeited: Tokens = "given";
        note: String = "given";
        because: Refusal = "word";
        notice: String = "given";
        available: Tokens = "given";
        event: String = "given";
        offering: Name<'static> = "given";
        seats: u32 = "given";
        starts: Timestamp = "instant";
        ends: Timestamp = "instant";
        mode: String = "given";
        products: Vec<Name<'static>> = "given";
        plan: Plan = "word";
        line: NonZeroU64 = "given";
    }
}

impl<'de> Deserialize<'de> for Record<'_> {
    /// Reads a line of the journal. The number of the log line that caused it may be there, as
    /// `line`; it is no part of the record.
    ///
    /// ```
    /// use tallyfold_core::Record;
    ///
    /// let line = r#"{"account":"acme","at":"2027-01-05T09:00:00Z","entry":"pack_expired","pack":"P","tokens":3}"#;
    /// let record: Record = serde_json::from_str(line)?;
    /// assert_eq!(record.account, "acme");
    /// assert_eq!(serde_json::to_string(&record)?, line);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut given: RecordFields = object(deserializer)?;
        let entry = given.entry()?;
        let record = Record { account: required!(given.account), at: required!(given.at), entry };
        given.line = None;
        given.check_all_taken("a record of this entry")?;
        Ok(record)
    }
}

/// Parts of a record, each read from an object of its own.
macro_rules! parts {
    ($($of:ident by $read:ident;)*) => {$(
        impl<'de> Deserialize<'de> for $of<'_> {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let mut given: RecordFields = object(deserializer)?;
                let part = given.$read()?;
                given.check_all_taken(stringify!($of))?;
                Ok(part)
            }
        }
    )*};
}

parts! {
    Entry by entry;
    Charged by charged;
    Refunded by refunded;
    Notice by notice;
    Noted by noted;
    Posting by posting;
}

impl RecordFields {
    fn entry<'a, E: Error>(&mut self) -> Result<Entry<'a>, E> {
        let entry: String = required!(self.entry);
        Ok(match &*entry {
            "pack_added" => Entry::PackAdded {
                pack: required!(self.pack),
                tokens: required!(self.tokens),
                expires_at: required!(self.expires_at),
            },
            "pack_expired" => {
                Entry::PackExpired { pack: required!(self.pack), tokens: required!(self.tokens) }
            }
            "adjusted" => Entry::Adjusted {
                pack: required!(self.pack),
                tokens: required!(self.tokens),
                reason: Text::into(required!(self.reason)),
            },
            "charged" => Entry::Charged(self.charged()?),
            "refunded" => Entry::Refunded(self.refunded()?),
            "window_ended" => Entry::WindowEnded {
                charge: required!(self.charge),
                user: required!(self.user),
                product: required!(self.product),
                reason: self.reason()?,
            },
            "result_denied" => Entry::ResultDenied {
                user: required!(self.user),
                product: required!(self.product),
                quantity: self.quantity()?,
                reason: self.reason()?,
            },
            "notice" => Entry::Notice(self.notice()?),
            "noted" => Entry::Noted(self.noted()?),
            entry => self.session_entry(entry)?,
        })
    }

    /// The entries that are about one session.
    fn session_entry<'a, E: Error>(&mut self, entry: &str) -> Result<Entry<'a>, E> {
        if !["unpaid", "session_opened", "session_denied", "session_closed"].contains(&entry) {
            return Err(E::unknown_variant(entry, Entry::KINDS));
        }
        let session = required!(self.session);
        let (user, product) = (required!(self.user), required!(self.product));
        Ok(match entry {
            "session_opened" => {
                let (version, charge) = (self.version(), required!(self.charge));
                Entry::SessionOpened { session, user, product, version, charge }
            }
            "session_denied" => {
                let (version, reason) = (self.version(), self.reason()?);
                Entry::SessionDenied { session, user, product, version, reason }
            }
            "session_closed" => {
                let reason = self.reason()?;
                let because = match reason {
                    SessionEnd::LockedOut => Some(required!(self.because)),
                    SessionEnd::Closed | SessionEnd::Lapsed => None,
                };
                Entry::SessionClosed { session, user, product, reason, because }
            }
            _ => Entry::Unpaid { user, product, session, reason: self.reason()? },
        })
    }

    /// A charge names its session and its window, or else how many results it is for (W9, R2).
    fn charged<'a, E: Error>(&mut self) -> Result<Charged<'a>, E> {
        let charged = Charged {
            charge: required!(self.charge),
            user: required!(self.user),
            product: required!(self.product),
            reason: self.reason()?,
            tokens: required!(self.tokens),
            postings: Vec::into(self.postings.take().unwrap_or_default()),
            session: None,
            version: None,
            subscription: None,
            window: None,
            quantity: None,
        };
        if charged.reason == ChargeReason::Result {
            return Ok(Charged { quantity: Some(self.quantity()?), ..charged });
        }
        let (starts_at, ends_at) = (required!(self.starts_at), required!(self.ends_at));
        Ok(Charged {
            session: Some(required!(self.session)),
            version: self.version(),
            subscription: self.subscription.take().map(Into::into),
            window: Some(ChargedWindow { starts_at, ends_at }),
            ..charged
        })
    }

    fn refunded<'a, E: Error>(&mut self) -> Result<Refunded<'a>, E> {
        let note = self.note.take().map(Text::new).transpose().map_err(E::custom)?;
        Ok(Refunded {
            charge: required!(self.charge),
            reason: self.reason()?,
            tokens: required!(self.tokens),
            postings: required!(self.postings),
            forfeited: required!(self.forfeited),
            note: note.map(Into::into),
        })
    }

    fn posting<E: Error>(&mut self) -> Result<Posting<'static>, E> {
        Ok(Posting { pack: required!(self.pack), tokens: required!(self.tokens) })
    }

    fn notice<E: Error>(&mut self) -> Result<Notice<'static>, E> {
        let notice: String = required!(self.notice);
        Ok(match &*notice {
            "low_balance" => Notice::LowBalance { available: required!(self.available) },
            "no_tokens" => Notice::NoTokens { available: required!(self.available) },
            "expiring" => {
                Notice::Expiring { pack: required!(self.pack), tokens: required!(self.tokens) }
            }
            notice => {
                const NOTICES: [&str; 3] = ["low_balance", "no_tokens", "expiring"];
                return Err(E::unknown_variant(notice, &NOTICES));
            }
        })
    }

    /// An event's own fields, as they are read from a log.
    fn noted<E: Error>(&mut self) -> Result<Noted<'static>, E> {
        let event: String = required!(self.event);
        let mut given = Fields {
            subscription: self.subscription.take(),
            offering: self.offering.take(),
            seats: self.seats.take(),
            starts: self.starts.take(),
            ends: self.ends.take(),
            user: self.user.take(),
            mode: self.mode.take(),
            products: self.products.take(),
            plan: self.plan.take(),
            ..Fields::default()
        };
        let unknown = || E::unknown_variant(&event, Noted::KINDS);
        let noted = Noted::of_kind(&event, &mut given)?.ok_or_else(unknown)?;
        given.check_all_taken(&event)?;
        Ok(noted)
    }

    fn version(&mut self) -> Option<std::borrow::Cow<'static, str>> {
        self.version.take().map(Into::into)
    }

    fn quantity<E: Error>(&mut self) -> Result<u32, E> {
        let quantity: Quantity = required!(self.quantity);
        Ok(quantity.get())
    }

    /// One of the words that the entry may give as its reason.
    fn reason<'de, T: Deserialize<'de>, E: Error>(&mut self) -> Result<T, E> {
        let reason: String = required!(self.reason);
        T::deserialize(reason.into_deserializer())
    }
}
