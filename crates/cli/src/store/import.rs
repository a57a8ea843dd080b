//! `store import`: a store is brought up to a log.

use std::io::{BufRead, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use tallyfold_engine::text_of;
use tallyfold_log::{MAX_LINE_BYTES, parse_line};
use tallyfold_store::{LogEvents, LogLine, Position, Store};

use crate::args::store::StoreImportArgs;
use crate::log::{explained, progress_over, source};
use crate::text::{count, printable};

/// How many lines, and how many bytes, are committed at once.
const CHUNK_LINES: usize = 5_000;
const CHUNK_BYTES: usize = 4 << 20;

/// How long a line may be to be kept.
const MOST_LINE_BYTES: u64 = 64 << 20;
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

pub(super) fn run(args: &StoreImportArgs) -> anyhow::Result<ExitCode> {
    require_logs(&args.log)?;
    let store = super::open_or_make(&args.store.store)?;
    let mut import = Import {
        known: LogEvents::after(&*store, Position::START),
        store: &*store,
        is_past_known: false,
        end: Position::START,
        chunk: Vec::new(),
        chunk_bytes: 0,
        counts: Counts::default(),
        torn: None,
    };
    let progress = progress_over(&args.log);
    for (place, path) in args.log.iter().enumerate() {
        let text = text_of(&*source(path)).map_err(explained)?;
        import.file(path, progress.wrap_read(text), place + 1 == args.log.len())?;
    }
    import.commit()?;
    progress.finish_and_clear();
    if import.is_past_known {
        store.analyze()?;
    }
    let Counts { known, events, malformed } = import.counts;
    anstream::println!(
        "{} lines were there already; imported {} events and {} malformed lines",
        count(known),
        count(events),
        count(malformed)
    );
    if let Some(torn) = &import.torn {
        anstream::println!(
            "Left out: the last line of {}, which has no end yet and is no event. Import the log again \
             when the line is written.",
            printable(torn)
        );
    }
    if import.has_more() {
        anstream::println!("The store goes on after the end of this log.");
    }
    Ok(ExitCode::SUCCESS)
}

/// Refuses files that are no logs before a store is made for them. Standard input is looked at when its
/// turn comes.
fn require_logs(paths: &[PathBuf]) -> anyhow::Result<()> {
    for path in paths.iter().filter(|path| **path != Path::new("-")) {
        text_of(&*source(path)).map_err(explained)?;
    }
    Ok(())
}

#[derive(Default)]
struct Counts {
    known: u64,
    events: u64,
    malformed: u64,
}

struct Import<'a> {
    store: &'a dyn Store,
    /// What the store holds, read beside the log.
    known: LogEvents<'a, dyn Store>,
    is_past_known: bool,
    /// The last line that is in the store.
    end: Position,
    chunk: Vec<LogLine>,
    chunk_bytes: usize,
    counts: Counts,
    /// The file whose last line was left out.
    torn: Option<String>,
}

impl Import<'_> {
    /// Takes in the lines of a file; of the last file of the log not a last line that is still being
    /// written.
    fn file(&mut self, path: &Path, mut text: impl BufRead, is_last: bool) -> anyhow::Result<()> {
        let trouble = || format!("cannot read {}", path.display());
        let (mut line, mut number) = (Vec::new(), 0_u64);
        loop {
            line.clear();
            let read = text.by_ref().take(MOST_LINE_BYTES + 2).read_until(b'\n', &mut line);
            if read.with_context(trouble)? == 0 {
                return Ok(());
            }
            number += 1;
            let may_be_torn = is_last && !line.ends_with(b"\n");
            let line = content(&line, number);
            if line.len() as u64 > MOST_LINE_BYTES {
                let path = path.display();
                bail!("{path}, line {number}: a line of more than 64 MiB cannot be kept");
            }
            if line.iter().all(|byte| matches!(byte, b' ' | b'\t')) {
                continue;
            }
            if may_be_torn && parse_line(line).is_err() {
                self.torn = Some(path.display().to_string());
            } else if !self.is_known(line).with_context(|| path.display().to_string())? {
                self.add(LogLine::new(line))?;
            }
        }
    }

    /// Whether the store has this line already, as it must where it has any.
    fn is_known(&mut self, line: &[u8]) -> anyhow::Result<bool> {
        if self.is_past_known {
            return Ok(false);
        }
        let Some(known) = self.known.next().transpose()? else {
            self.is_past_known = true;
            return Ok(false);
        };
        if known.line != line && !is_cut(&known.line, line) {
            bail!(
                "{} holds another log: it differs at position {}; import into a new store",
                self.store.name(),
                known.position
            );
        }
        self.end = known.position;
        self.counts.known += 1;
        Ok(true)
    }

    fn add(&mut self, line: LogLine) -> anyhow::Result<()> {
        match &line {
            LogLine::Event(_) => self.counts.events += 1,
            LogLine::Malformed(_) => self.counts.malformed += 1,
        }
        self.chunk_bytes += line.bytes().len();
        self.chunk.push(line);
        if self.chunk.len() >= CHUNK_LINES || self.chunk_bytes >= CHUNK_BYTES {
            self.commit()?;
        }
        Ok(())
    }

    fn commit(&mut self) -> anyhow::Result<()> {
        if !self.chunk.is_empty() {
            self.end = self.store.import(self.end, &self.chunk)?;
            self.chunk.clear();
            self.chunk_bytes = 0;
        }
        Ok(())
    }

    /// Whether the store holds more than the log.
    fn has_more(&mut self) -> bool {
        !self.is_past_known && self.known.next().is_some()
    }
}

/// A line without its end, the first one without a byte order mark.
fn content(line: &[u8], number: u64) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if number == 1 { line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line) } else { line }
}

/// Whether a store holds what earlier versions kept of a line that was too long.
fn is_cut(known: &[u8], line: &[u8]) -> bool {
    known.len() == MAX_LINE_BYTES + 1 && line.len() > known.len() && line.starts_with(known)
}
