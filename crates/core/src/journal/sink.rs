//! Where the journal goes.

use super::{Consumer, Record};

/// Takes journal entries as they are decided.
///
/// Implemented by `()`, which wants none, by `Vec<Record<'static>>`, which keeps them all, and by
/// every closure that takes a [`Record`].
pub trait Sink {
    /// Whether entries are wanted at all; where not, none is built.
    const WANTED: bool = true;

    /// Takes the next entry.
    fn record(&mut self, record: Record<'_>);
}

impl Sink for () {
    const WANTED: bool = false;

    fn record(&mut self, _: Record<'_>) {}
}

impl Sink for Vec<Record<'static>> {
    fn record(&mut self, record: Record<'_>) {
        self.push(record.into_owned());
    }
}

impl<F: FnMut(Record<'_>)> Sink for F {
    fn record(&mut self, record: Record<'_>) {
        self(record);
    }
}

/// A consumer as a sink: it is handed the records, and no events.
#[derive(Debug)]
pub struct Feed<'c, C>(pub &'c mut C);

impl<C: Consumer> Sink for Feed<'_, C> {
    const WANTED: bool = C::RECORDS;

    fn record(&mut self, record: Record<'_>) {
        self.0.record(&record);
    }
}
