//! Where an event stands: in the whole log, and in its stream.

use std::fmt;

use tallyfold_core::{Event, Name};

macro_rules! counts {
    ($($(#[$doc:meta])* $name:ident, $none:ident: $none_doc:literal;)*) => {$(
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize,
        )]
        #[serde(transparent)]
        pub struct $name(u64);

        impl $name {
            #[doc = $none_doc]
            pub const $none: $name = $name(0);

            /// The one with this number.
            #[must_use]
            pub const fn new(number: u64) -> $name {
                $name(number)
            }

            /// Its number.
            #[must_use]
            pub const fn get(self) -> u64 {
                self.0
            }

            /// The one after it.
            #[must_use]
            pub const fn next(self) -> $name {
                $name(self.0 + 1)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

counts! {
    /// Where an event stands in the whole log: 1, 2, 3… without gaps. An event at position n is
    /// line n of the log that `export` writes.
    Position, START: "Before the first event.";
    /// How many events a stream holds; the last of them has this number in its stream.
    Version, EMPTY: "Of a stream without events.";
}

impl Position {
    /// The one before it.
    pub(crate) const fn before(self) -> Position {
        Position(self.0.saturating_sub(1))
    }
}

/// What an event belongs to. Versions are counted in each stream; positions over all of them.
///
/// Exhaustive: every line of a log belongs to one of these.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stream {
    /// The catalog: rulebooks, rates and collections, the same for all accounts.
    Catalog,
    /// One account.
    Account(Name<'static>),
    /// Lines of an imported log that are not events. They are kept because a log is evidence.
    Malformed,
}

impl Stream {
    /// The stream that an event belongs to.
    #[must_use]
    pub fn of(event: &Event<'_>) -> Stream {
        match event {
            Event::Catalog(_) => Stream::Catalog,
            Event::Account(event) => Stream::Account(event.account.clone().into_owned()),
        }
    }

    /// The account, where it is one.
    #[must_use]
    pub fn account(&self) -> Option<&str> {
        match self {
            Stream::Account(name) => Some(name.as_str()),
            Stream::Catalog | Stream::Malformed => None,
        }
    }
}

impl fmt::Display for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stream::Catalog => f.write_str("the catalog"),
            Stream::Account(name) => write!(f, "account `{name}`"),
            Stream::Malformed => f.write_str("the malformed lines"),
        }
    }
}
