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
#[derive(Debug)]
pub(crate) struct GroupedJournal {
    accounts: BTreeMap<Box<str>, Lines>,
    held_bytes: usize,
    most_held_bytes: usize,
    /// Temporary files: the first one of its own, then those of what was taken in.
    asides: Vec<Aside>,
    trouble: Option<io::Error>,
}

/// A temporary file, and how many bytes are in it.
#[derive(Debug)]
struct Aside {
    file: File,
    bytes: u64,
}

/// The lines of one account: first what was put aside, then what is held.
#[derive(Debug, Default)]
struct Lines {
    /// In which temporary file, where, and how many bytes.
    aside: Vec<(usize, u64, u64)>,
    held: Vec<u8>,
}

impl Default for GroupedJournal {
    fn default() -> GroupedJournal {
        GroupedJournal::one_of(1)
    }
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
    /// One of several that share the memory for lines.
    pub(crate) fn one_of(journals: usize) -> GroupedJournal {
        GroupedJournal {
            accounts: BTreeMap::new(),
            held_bytes: 0,
            most_held_bytes: HELD_BYTES / journals,
            asides: Vec::new(),
            trouble: None,
        }
    }

    fn take(&mut self, record: &Record<'_>) -> io::Result<()> {
        if !self.accounts.contains_key(&*record.account) {
            self.accounts.insert((&*record.account).into(), Lines::default());
        }
        if let Some(lines) = self.accounts.get_mut(&*record.account) {
            let before = lines.held.len();
            write_record(&mut lines.held, record)?;
            self.held_bytes += lines.held.len() - before;
        }
        if self.held_bytes > self.most_held_bytes {
            self.put_aside()?;
        }
        Ok(())
    }

    fn put_aside(&mut self) -> io::Result<()> {
        if self.asides.is_empty() {
            self.asides.push(Aside { file: tempfile::tempfile()?, bytes: 0 });
        }
        let Aside { file, bytes: end } = &mut self.asides[0];
        let mut file = io::BufWriter::new(file);
        for lines in self.accounts.values_mut().filter(|lines| !lines.held.is_empty()) {
            file.write_all(&lines.held)?;
            let bytes = lines.held.len() as u64;
            lines.aside.push((0, *end, bytes));
            *end += bytes;
            lines.held.clear();
        }
        self.held_bytes = 0;
        file.flush()
    }

    /// Takes in the journal of other accounts. What it put aside stays where it is.
    pub(crate) fn merge(&mut self, other: GroupedJournal) {
        // The first file is this journal's own, to be appended to.
        let first = self.asides.len();
        self.asides.extend(other.asides);
        for (account, mut lines) in other.accounts {
            lines.aside.iter_mut().for_each(|(file, ..)| *file += first);
            self.accounts.insert(account, lines);
        }
        self.held_bytes += other.held_bytes;
        self.trouble = self.trouble.take().or(other.trouble);
    }

    /// Writes all lines, accounts in byte order of their names.
    pub(crate) fn write_to(mut self, out: &mut impl Write) -> io::Result<()> {
        if let Some(trouble) = self.trouble {
            return Err(trouble);
        }
        for lines in self.accounts.values() {
            for &(file, from, bytes) in &lines.aside {
                let file = &mut self.asides[file].file;
                file.seek(SeekFrom::Start(from))?;
                io::copy(&mut file.take(bytes), out)?;
            }
            out.write_all(&lines.held)?;
        }
        Ok(())
    }
}
