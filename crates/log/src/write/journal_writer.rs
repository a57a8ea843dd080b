//! A journal, written as it is decided.

use std::io::{self, Write};

use tallyfold_core::{Record, Sink};

use super::write_record;

/// Writes each entry of a journal as one line, as [`write_record`] does: a [`Sink`].
///
/// A sink has nobody to report an error to, so the writer keeps the first one, wants no more entries,
/// and [`finish`](JournalWriter::finish) reports it. It does not buffer: give it a
/// [`BufWriter`](io::BufWriter) where a write is dear.
///
/// ```
/// use tallyfold_core::{Ledger, PackPurchased};
/// use tallyfold_log::JournalWriter;
///
/// let purchase = PackPurchased::new("P1", 100)?.on("acme", "2026-01-05T09:00:00Z".parse()?)?;
/// let mut journal = JournalWriter::new(Vec::new());
/// Ledger::default().apply(&purchase, &mut journal)?;
/// assert!(journal.finish()?.starts_with(br#"{"account":"acme","at":"2026-01-05T09:00:00Z""#));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "only `finish` tells whether the journal was written"]
pub struct JournalWriter<W> {
    out: W,
    error: Option<io::Error>,
}

impl<W: Write> JournalWriter<W> {
    /// Writes to `out`.
    pub fn new(out: W) -> JournalWriter<W> {
        JournalWriter { out, error: None }
    }

    /// Flushes what was written, and answers where it was written to.
    ///
    /// # Errors
    ///
    /// The first error of a write, after which nothing was written; else that of the flush.
    pub fn finish(mut self) -> io::Result<W> {
        match self.error {
            Some(error) => Err(error),
            None => self.out.flush().map(|()| self.out),
        }
    }
}

impl<W: Write> Sink for JournalWriter<W> {
    fn record(&mut self, record: Record<'_>) {
        if self.error.is_none() {
            self.error = write_record(&mut self.out, &record).err();
        }
    }

    fn is_wanted(&self) -> bool {
        self.error.is_none()
    }
}
