//! A journal grouped by account: all lines of one account before the next (`events.md`).

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

use tallyfold_core::{Record, Sink};
use tallyfold_log::write_record;

/// How many bytes of lines are held in memory before they are put aside in a temporary file.
const HELD_BYTES: usize = 32 << 20;

/// Takes records in any order of accounts, and writes them grouped.
///
/// Memory stays bounded however long the journal is.
#[derive(Debug, Default)]
pub(crate) struct GroupedJournal {
    accounts: BTreeMap<Box<str>, Lines>,
    held_bytes: usize,
    aside: Option<File>,
    aside_bytes: u64,
    trouble: Option<io::Error>,
}

/// The lines of one account: first what was put aside, then what is held.
#[derive(Debug, Default)]
struct Lines {
    /// Where in the temporary file, and how many bytes.
    aside: Vec<(u64, u64)>,
    held: Vec<u8>,
}

impl Sink for GroupedJournal {
    fn record(&mut self, record: Record<'_>) {
        if self.trouble.is_none()
            && let Err(trouble) = self.take(&record)
        {
            self.trouble = Some(trouble);
        }
    }
}

impl GroupedJournal {
    fn take(&mut self, record: &Record<'_>) -> io::Result<()> {
        if !self.accounts.contains_key(&*record.account) {
            self.accounts.insert((&*record.account).into(), Lines::default());
        }
        if let Some(lines) = self.accounts.get_mut(&*record.account) {
            let before = lines.held.len();
            write_record(&mut lines.held, record)?;
            self.held_bytes += lines.held.len() - before;
        }
        if self.held_bytes > HELD_BYTES {
            self.put_aside()?;
        }
        Ok(())
    }

    fn put_aside(&mut self) -> io::Result<()> {
        let file = match &mut self.aside {
            Some(file) => file,
            None => self.aside.insert(tempfile::tempfile()?),
        };
        let mut file = io::BufWriter::new(file);
        for lines in self.accounts.values_mut().filter(|lines| !lines.held.is_empty()) {
            file.write_all(&lines.held)?;
            let bytes = lines.held.len() as u64;
            lines.aside.push((self.aside_bytes, bytes));
            self.aside_bytes += bytes;
            lines.held.clear();
        }
        self.held_bytes = 0;
        file.flush()
    }

    /// Writes all lines, accounts in byte order of their names.
    pub(crate) fn write_to(mut self, out: &mut impl Write) -> io::Result<()> {
        if let Some(trouble) = self.trouble {
            return Err(trouble);
        }
        for lines in self.accounts.values() {
            for &(from, bytes) in &lines.aside {
                if let Some(file) = &mut self.aside {
                    file.seek(SeekFrom::Start(from))?;
                    io::copy(&mut file.take(bytes), out)?;
                }
            }
            out.write_all(&lines.held)?;
        }
        Ok(())
    }
}
