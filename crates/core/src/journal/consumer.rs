//! What a fold of a log is done for: consumers of its journal.

use std::mem;

use serde::{Deserialize, Serialize};

use super::{Finding, LogClock, Record};
use crate::event::Event;

/// Takes in what the fold of a log decides.
///
/// A log is folded in parts, each of some of its accounts, and each part has a consumer of its own. A
/// consumer is handed all that is decided in an account, in order; accounts come in any order. At the
/// end the consumers of all parts are [merged](Consumer::merge). How many parts there are, and so how
/// many threads, must not show in what a consumer says then.
///
/// Implemented by `()`, which wants nothing; by `Vec<Record<'static>>`, which keeps the journal of
/// each account in order; and by `Option<C>`, pairs, triples and [`BoxedConsumer`], which pass on
/// what they are handed.
///
/// ```
/// use tallyfold_core::{Consumer, Entry, Record};
///
/// /// How many opens were denied.
/// #[derive(Default)]
/// struct Denied(u64);
///
/// impl Consumer for Denied {
///     fn record(&mut self, record: &Record<'_>) {
///         self.0 += u64::from(matches!(record.entry, Entry::SessionDenied { .. }));
///     }
///
///     fn merge(&mut self, later: Denied) {
///         self.0 += later.0;
///     }
/// }
/// ```
pub trait Consumer: Sized {
    /// Whether it wants the records of the journal. Where not, none is made.
    const RECORDS: bool = true;
    /// Whether it wants the events, each after the records that it caused.
    const EVENTS: bool = false;

    /// Takes in the next record.
    fn record(&mut self, record: &Record<'_>) {
        let _ = record;
    }

    /// Takes in an event of the log and what came of it. What timers decide is recorded before the
    /// event that follows.
    fn event(&mut self, event: &FoldedEvent<'_, '_>) {
        let _ = event;
    }

    /// Takes in what the consumer of a later part saw.
    fn merge(&mut self, later: Self);
}

/// An event of a log, and what came of it.
#[derive(Clone, Copy, Debug)]
pub struct FoldedEvent<'r, 'n> {
    /// Its line in the log, counted from 1; 0 where it has none.
    pub line: u64,
    /// The event.
    pub event: &'r Event<'n>,
    /// Why it could not be applied, if it could not.
    pub rejection: Option<Rejection>,
    /// Whether another part of the log is handed this event too, and counts it: so it is with the
    /// events of the catalog, which every part is handed.
    pub is_shared: bool,
}

/// Why an event could not be applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rejection {
    /// What was found.
    pub finding: Finding,
    /// The clock that the event is behind, of a [`Finding::LateEvent`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock: Option<LogClock>,
}

impl Consumer for () {
    const RECORDS: bool = false;

    fn merge(&mut self, (): ()) {}
}

impl Consumer for Vec<Record<'static>> {
    fn record(&mut self, record: &Record<'_>) {
        self.push(record.clone().into_owned());
    }

    fn merge(&mut self, later: Self) {
        self.extend(later);
    }
}

impl<C: Consumer> Consumer for Option<C> {
    const RECORDS: bool = C::RECORDS;
    const EVENTS: bool = C::EVENTS;

    fn record(&mut self, record: &Record<'_>) {
        if let Some(consumer) = self {
            consumer.record(record);
        }
    }

    fn event(&mut self, event: &FoldedEvent<'_, '_>) {
        if let Some(consumer) = self {
            consumer.event(event);
        }
    }

    fn merge(&mut self, later: Self) {
        match (self, later) {
            (Some(consumer), Some(later)) => consumer.merge(later),
            (earlier @ None, later) => *earlier = later,
            (Some(_), None) => {}
        }
    }
}

/// Borrowed, a consumer takes what it is merged with out of its place.
impl<C: Consumer + Default> Consumer for &mut C {
    const RECORDS: bool = C::RECORDS;
    const EVENTS: bool = C::EVENTS;

    fn record(&mut self, record: &Record<'_>) {
        (**self).record(record);
    }

    fn event(&mut self, event: &FoldedEvent<'_, '_>) {
        (**self).event(event);
    }

    fn merge(&mut self, later: Self) {
        (**self).merge(mem::take(later));
    }
}

macro_rules! tuples {
    ($($name:ident $place:tt),*) => {
        impl<$($name: Consumer),*> Consumer for ($($name,)*) {
            const RECORDS: bool = $($name::RECORDS)||*;
            const EVENTS: bool = $($name::EVENTS)||*;

            fn record(&mut self, record: &Record<'_>) {
                $(if $name::RECORDS { self.$place.record(record); })*
            }

            fn event(&mut self, event: &FoldedEvent<'_, '_>) {
                $(if $name::EVENTS { self.$place.event(event); })*
            }

            fn merge(&mut self, later: Self) {
                $(self.$place.merge(later.$place);)*
            }
        }
    };
}

tuples!(A 0, B 1);
tuples!(A 0, B 1, C 2);
tuples!(A 0, B 1, C 2, D 3);

/// A consumer of which the type is not known before the program runs.
///
/// ```
/// use tallyfold_core::{BoxedConsumer, Consumer, Record};
///
/// let mut boxed = BoxedConsumer::new(Vec::<Record<'static>>::new());
/// boxed.merge(BoxedConsumer::new(Vec::<Record<'static>>::new()));
/// assert_eq!(boxed.into_inner::<Vec<Record<'static>>>().map(|journal| journal.len()), Some(0));
/// ```
pub struct BoxedConsumer(Box<dyn AnyConsumer>);

/// What is asked of a boxed consumer.
trait AnyConsumer: Send {
    fn record(&mut self, record: &Record<'_>);
    fn event(&mut self, event: &FoldedEvent<'_, '_>);
    fn merge(&mut self, later: BoxedConsumer);
    fn into_any(self: Box<Self>) -> Box<dyn std::any::Any>;
}

impl<C: Consumer + Send + 'static> AnyConsumer for C {
    fn record(&mut self, record: &Record<'_>) {
        if C::RECORDS {
            Consumer::record(self, record);
        }
    }

    fn event(&mut self, event: &FoldedEvent<'_, '_>) {
        if C::EVENTS {
            Consumer::event(self, event);
        }
    }

    fn merge(&mut self, later: BoxedConsumer) {
        let later = later.into_inner();
        debug_assert!(later.is_some(), "a consumer is merged with one of another type");
        if let Some(later) = later {
            Consumer::merge(self, later);
        }
    }

    fn into_any(self: Box<Self>) -> Box<dyn std::any::Any> {
        self
    }
}

impl BoxedConsumer {
    /// Boxes a consumer.
    pub fn new<C: Consumer + Send + 'static>(consumer: C) -> BoxedConsumer {
        BoxedConsumer(Box::new(consumer))
    }

    /// The consumer, where it is of this type.
    #[must_use]
    pub fn into_inner<C: 'static>(self) -> Option<C> {
        self.0.into_any().downcast().ok().map(|consumer| *consumer)
    }
}

impl Consumer for BoxedConsumer {
    const EVENTS: bool = true;

    fn record(&mut self, record: &Record<'_>) {
        self.0.record(record);
    }

    fn event(&mut self, event: &FoldedEvent<'_, '_>) {
        self.0.event(event);
    }

    fn merge(&mut self, later: BoxedConsumer) {
        self.0.merge(later);
    }
}
