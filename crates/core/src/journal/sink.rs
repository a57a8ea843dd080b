//! Where the journal goes.

use std::fmt;

use super::{Consumer, Record};

/// Takes journal entries as they are decided.
///
/// Implemented by `()`, which wants none; by `Vec<Record<'static>>`, which keeps them all; by
/// [`sink_fn`], which hands each to a closure; and by `&mut S`, `Box<S>`, `Option<S>` and tuples, which
/// pass on what they are handed. A closure is no sink by itself: a closure's `&mut` is a closure too,
/// so it could not be told from the `&mut` of a sink.
///
/// A sink that is chosen while the program runs is a `Box<dyn Sink>` or a `&mut dyn Sink`:
///
/// ```
/// use tallyfold_core::{Ledger, PackPurchased, Record, Sink, sink_fn};
///
/// let at = "2026-01-05T09:00:00Z".parse()?;
/// let mut journal: Vec<Record> = Vec::new();
/// let print: Option<Box<dyn Sink>> = Some(Box::new(sink_fn(|record| println!("{record:?}"))));
/// let purchase = PackPurchased::new("P1", 100)?.on("acme", at)?;
/// Ledger::default().apply(&purchase, &mut (&mut journal, print))?;
/// assert_eq!(journal.len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Sink {
    /// Takes the next entry.
    fn record(&mut self, record: Record<'_>);

    /// Whether entries are wanted at all; where not, none is built.
    #[inline]
    fn is_wanted(&self) -> bool {
        true
    }
}

impl Sink for () {
    fn record(&mut self, _: Record<'_>) {}

    #[inline]
    fn is_wanted(&self) -> bool {
        false
    }
}

impl Sink for Vec<Record<'static>> {
    fn record(&mut self, record: Record<'_>) {
        self.push(record.into_owned());
    }
}

/// A sink that hands each entry to a closure.
///
/// ```
/// use tallyfold_core::{Ledger, PackPurchased, sink_fn};
///
/// let at = "2026-01-05T09:00:00Z".parse()?;
/// let mut accounts = Vec::new();
/// let mut sink = sink_fn(|record| accounts.push(record.account.into_owned()));
/// Ledger::default().apply(&PackPurchased::new("P1", 100)?.on("acme", at)?, &mut sink)?;
/// assert_eq!(accounts, ["acme"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn sink_fn<F: FnMut(Record<'_>)>(take: F) -> SinkFn<F> {
    SinkFn(take)
}

/// A closure as a sink: what [`sink_fn`] makes.
#[derive(Clone, Copy)]
pub struct SinkFn<F>(F);

impl<F: FnMut(Record<'_>)> Sink for SinkFn<F> {
    #[inline]
    fn record(&mut self, record: Record<'_>) {
        (self.0)(record);
    }
}

impl<F> fmt::Debug for SinkFn<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SinkFn").finish_non_exhaustive()
    }
}

/// Sinks behind a pointer.
macro_rules! pointers {
    ($($pointer:ty),*) => {$(
        impl<S: Sink + ?Sized> Sink for $pointer {
            #[inline]
            fn record(&mut self, record: Record<'_>) {
                (**self).record(record);
            }

            #[inline]
            fn is_wanted(&self) -> bool {
                (**self).is_wanted()
            }
        }
    )*};
}

pointers!(&mut S, Box<S>);

impl<S: Sink> Sink for Option<S> {
    fn record(&mut self, record: Record<'_>) {
        if let Some(sink) = self {
            sink.record(record);
        }
    }

    fn is_wanted(&self) -> bool {
        self.as_ref().is_some_and(Sink::is_wanted)
    }
}

macro_rules! tuples {
    ($($name:ident $place:tt),*) => {
        impl<$($name: Sink),*> Sink for ($($name,)*) {
            fn record(&mut self, record: Record<'_>) {
                $(if self.$place.is_wanted() { self.$place.record(record.clone()); })*
            }

            fn is_wanted(&self) -> bool {
                $(self.$place.is_wanted())||*
            }
        }
    };
}

tuples!(A 0, B 1);
tuples!(A 0, B 1, C 2);
tuples!(A 0, B 1, C 2, D 3);

/// A consumer as a sink: it is handed the records, and no events.
#[derive(Debug)]
pub struct Feed<'c, C>(pub &'c mut C);

impl<C: Consumer> Sink for Feed<'_, C> {
    #[inline]
    fn record(&mut self, record: Record<'_>) {
        self.0.record(&record);
    }

    #[inline]
    fn is_wanted(&self) -> bool {
        C::RECORDS
    }
}
