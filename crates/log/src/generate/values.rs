//! The names, texts and instants of the made-up world.

use tallyfold_core::{Name, Products, Term, Text, Timestamp};

use super::schedule::MILLIS_PER_DAY;

/// 2026-01-05T00:00:00Z, a Monday, in nanoseconds from 1970.
const START_NANOS: i64 = 1_767_571_200_000_000_000;
const NANOS_PER_MILLI: i64 = 1_000_000;
const DAYS_OF_TERM: u64 = 365;

/// Why a value of this module's making cannot be refused.
pub(super) const WELL_FORMED: &str = "what is made up keeps to the format";

pub(super) fn name(text: impl Into<std::borrow::Cow<'static, str>>) -> Name<'static> {
    Name::new(text).expect(WELL_FORMED)
}

pub(super) fn account_name(account: u32) -> Name<'static> {
    name(format!("team-{account:05}"))
}

pub(super) fn user_name(user: u32) -> Name<'static> {
    name(format!("user-{user:04}"))
}

pub(super) fn text(text: &'static str) -> Text<'static> {
    Text::new(text).expect(WELL_FORMED)
}

pub(super) fn products(names: impl Iterator<Item = &'static str>) -> Products<'static> {
    Products::new(names.map(name).collect()).expect(WELL_FORMED)
}

/// The instant so many milliseconds after the start; the last one there is, after that.
pub(super) fn instant(millis: u64) -> Timestamp {
    i64::try_from(millis)
        .ok()
        .and_then(|millis| millis.checked_mul(NANOS_PER_MILLI))
        .and_then(|nanos| nanos.checked_add(START_NANOS))
        .and_then(|nanos| Timestamp::from_unix_nanos(nanos).ok())
        .unwrap_or(Timestamp::LATEST)
}

/// When the seats bought at the start are valid.
pub(super) fn term() -> Term {
    Term::new(instant(0), instant(DAYS_OF_TERM * MILLIS_PER_DAY)).expect(WELL_FORMED)
}

/// Whether the seats bought at the start are valid.
pub(super) const fn in_term(millis: u64) -> bool {
    millis < DAYS_OF_TERM * MILLIS_PER_DAY
}
