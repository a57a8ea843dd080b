//! A journal grouped by account: all lines of one account before the next (`docs/events.md`).

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

use foldhash::fast::FixedState;
use tallyfold_core::{Consumer, Record};
use tallyfold_log::write_record;

use crate::error::ReplayError;

/// How many bytes of lines are held in memory before they are put aside in a temporary file.
const HELD_BYTES: usize = 4 << 20;

/// The journal, grouped by account. A consumer.
///
/// Memory stays bounded however long the journal is: what does not fit is put aside in a temporary file. Of
/// the consumers of a replay, of which there are at most 64, each holds that much.
///
/// ```
/// use tallyfold_engine::{GroupedJournal, Log, Replay};
///
/// # let log = include_bytes!("../tests/team-month.jsonl");
/// let run = Replay::of(Log::bytes(log)).run(GroupedJournal::default)?;
/// let mut journal = Vec::new();
/// run.consumer.write_to(&mut journal)?;
/// # assert!(journal.starts_with(b"{\"account\":"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct GroupedJournal {
    accounts: HashMap<Box<str>, Lines, FixedState>,
    held_bytes: usize,
    most_held_bytes: usize,
    /// Temporary files: the first one of its own, then those of what was taken in.
    asides: Vec<Aside>,
    error: Option<io::Error>,
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
        GroupedJournal::holding(HELD_BYTES)
    }
}

impl Consumer for GroupedJournal {
    fn record(&mut self, record: &Record<'_>) {
        if self.error.is_none()
            && let Err(error) = self.take(record)
        {
            self.error = Some(error);
        }
    }

    /// What the other put aside stays where it is.
    fn merge(&mut self, later: GroupedJournal) {
        let first = self.asides.len();
        self.asides.extend(later.asides);
        for (account, mut lines) in later.accounts {
            lines.aside.iter_mut().for_each(|(file, ..)| *file += first);
            self.accounts.insert(account, lines);
        }
        self.held_bytes += later.held_bytes;
        self.error = self.error.take().or(later.error);
    }
}

impl GroupedJournal {
    /// One that holds so many bytes of lines in memory at most.
    #[must_use]
    pub fn holding(most_held_bytes: usize) -> GroupedJournal {
        GroupedJournal {
            accounts: HashMap::default(),
            held_bytes: 0,
            most_held_bytes,
            asides: Vec::new(),
            error: None,
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

    /// Writes all lines, accounts in byte order of their names.
    ///
    /// # Errors
    ///
    /// [`ReplayError::Aside`] where a temporary file could not be written or read;
    /// [`ReplayError::Write`] is any I/O error of `out`.
    pub fn write_to(mut self, out: &mut impl Write) -> Result<(), ReplayError> {
        if let Some(error) = self.error {
            return Err(ReplayError::Aside(error));
        }
        let mut accounts: Vec<_> = self.accounts.into_iter().collect();
        accounts.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        let mut piece = Vec::new();
        for (_, lines) in accounts {
            for (file, from, bytes) in lines.aside {
                let file = &mut self.asides[file].file;
                piece.clear();
                file.seek(SeekFrom::Start(from)).map_err(ReplayError::Aside)?;
                file.take(bytes).read_to_end(&mut piece).map_err(ReplayError::Aside)?;
                out.write_all(&piece).map_err(ReplayError::Write)?;
            }
            out.write_all(&lines.held).map_err(ReplayError::Write)?;
        }
        Ok(())
    }
}
