//! A store's log as bytes, such as any reader of logs takes.

use std::io::{self, Read};
use std::sync::Arc;

use tallyfold_log::LogSource;

use crate::event::StoredEvent;
use crate::log::PAGE;
use crate::place::Position;
use crate::store::Store;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The log of a store, read as a file of JSON Lines: the event at position n is line n.
///
/// A line that ends in a carriage return gets another before its line feed, and a first line that
/// begins with a byte order mark another before it, so that reading it gives the same bytes again.
pub struct LogBytes {
    store: Arc<dyn Store>,
    after: Position,
    page: Vec<u8>,
    /// How much of the page was read.
    read: usize,
}

impl LogBytes {
    /// The whole log of a store, as far as it goes when its end is reached.
    #[must_use]
    pub fn new(store: Arc<dyn Store>) -> LogBytes {
        LogBytes { store, after: Position::START, page: Vec::new(), read: 0 }
    }

    fn turn_page(&mut self) -> io::Result<()> {
        let events = self.store.read_log(self.after, PAGE).map_err(io::Error::other)?;
        self.page.clear();
        self.read = 0;
        for event in &events {
            write_line(&mut self.page, event);
            self.after = event.position;
        }
        Ok(())
    }
}

fn write_line(page: &mut Vec<u8>, event: &StoredEvent) {
    let line = &event.line;
    if event.position == Position::START.next() && line.starts_with(BYTE_ORDER_MARK) {
        page.extend_from_slice(BYTE_ORDER_MARK);
    }
    page.extend_from_slice(line);
    page.extend_from_slice(if line.ends_with(b"\r") { b"\r\n" } else { b"\n" });
}

impl Read for LogBytes {
    /// # Errors
    ///
    /// What the store answers, as an error of [`io::ErrorKind::Other`].
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.read == self.page.len() {
            self.turn_page()?;
        }
        let read = (&self.page[self.read..]).read(buffer)?;
        self.read += read;
        Ok(read)
    }
}

/// A store, as what a log is read from.
///
/// ```
/// use std::sync::Arc;
/// use tallyfold_log::LogSource;
/// use tallyfold_store::{Store, StoreSource};
///
/// fn name(store: Arc<dyn Store>) -> String {
///     StoreSource(store).name()
/// }
/// ```
#[derive(Clone)]
pub struct StoreSource(pub Arc<dyn Store>);

impl LogSource for StoreSource {
    fn name(&self) -> String {
        self.0.name()
    }

    fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(LogBytes::new(self.0.clone())))
    }

    fn is_surely_a_log(&self) -> bool {
        true
    }
}

impl std::fmt::Debug for StoreSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("StoreSource").field(&self.0.name()).finish()
    }
}

impl std::fmt::Debug for LogBytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let store = self.store.name();
        f.debug_struct("LogBytes").field("store", &store).finish_non_exhaustive()
    }
}
