//! What a notice is remembered by once it was delivered: its cause, never an instant, which a wrong
//! clock may have made.

use tallyfold_core::{Entry, Notice, Record};

use crate::place::Position;

/// Names have no control characters, so this ends one.
const END: u8 = 0;

/// The key under which it is remembered that a notice was delivered.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Cause(pub(crate) Vec<u8>);

impl Cause {
    /// A timer of a pack (N3, and N2 where the pack expired): it fires once.
    fn timer(account: &str, pack: &str, notice: &Notice<'_>) -> Cause {
        let parts: [&[u8]; 4] = [b"timer", account.as_bytes(), pack.as_bytes(), kind(notice)];
        Cause(parts.join(&END))
    }

    /// An event, by where it stands; and which of its notices it is (N2).
    fn event(position: Position, ordinal: u64) -> Cause {
        let (position, ordinal) = (position.get().to_be_bytes(), ordinal.to_be_bytes());
        Cause([&b"event\0"[..], &position, &ordinal].concat())
    }

    /// That a subscriber began, where the log may have been empty.
    pub(crate) fn beginning() -> Cause {
        Cause(b"beginning".to_vec())
    }

    /// The notices among what was decided for an event, or by timers alone, and their causes.
    pub(crate) fn of_notices(
        event: Option<Position>,
        journal: Vec<Record<'static>>,
    ) -> Vec<(Cause, Record<'static>)> {
        let (mut notices, mut ordinal) = (Vec::new(), 0);
        // A notice stands right after the entry that it is about (N2).
        let mut expired: Option<String> = None;
        for record in journal {
            let expired_before = expired.take();
            let cause = match &record.entry {
                Entry::PackExpired { pack, .. } => {
                    expired = Some(pack.to_string());
                    None
                }
                Entry::Notice(notice) => match (timer_of(notice, expired_before.as_deref()), event)
                {
                    (Some(pack), _) => Some(Cause::timer(&record.account, pack, notice)),
                    (None, Some(position)) => {
                        ordinal += 1;
                        Some(Cause::event(position, ordinal))
                    }
                    (None, None) => None,
                },
                _ => None,
            };
            notices.extend(cause.map(|cause| (cause, record)));
        }
        notices
    }
}

/// The pack whose timer wrote a notice, if one did.
fn timer_of<'a>(notice: &'a Notice<'_>, expired: Option<&'a str>) -> Option<&'a str> {
    match notice {
        Notice::Expiring { pack, .. } => Some(pack),
        Notice::LowBalance { .. } | Notice::NoTokens { .. } => expired,
    }
}

/// The keys of all that events after a position caused: from the first (inclusive) to the second
/// (exclusive).
pub(crate) fn of_events_after(after: Position) -> (Vec<u8>, Vec<u8>) {
    (Cause::event(after.next(), 0).0, b"event\x01".to_vec())
}

/// The keys of all that the timers of an account caused, likewise.
pub(crate) fn of_timers(account: &str) -> (Vec<u8>, Vec<u8>) {
    let from = |end: u8| [b"timer\0", account.as_bytes(), &[end]].concat();
    (from(END), from(END + 1))
}

fn kind(notice: &Notice<'_>) -> &'static [u8] {
    match notice {
        Notice::LowBalance { .. } => b"low_balance",
        Notice::NoTokens { .. } => b"no_tokens",
        Notice::Expiring { .. } => b"expiring",
    }
}
