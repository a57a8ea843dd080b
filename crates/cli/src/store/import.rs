//! `store import`: a store is brought up to a log.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use tallyfold_log::{Block, BlockReader, parse_line};
use tallyfold_store::{LogEvents, LogLine, Position, Store};

use crate::args::LogArgs;
use crate::args::store::StoreImportArgs;
use crate::input::{open_input, progress_over, text_of};
use crate::text::{count, printable};

/// How many lines, and how many bytes, are committed at once.
const CHUNK_LINES: usize = 5_000;
const CHUNK_BYTES: usize = 4 << 20;

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
    let log = LogArgs::of_files(&args.log);
    let progress = progress_over(&args.log);
    for (place, path) in args.log.iter().enumerate() {
        let text = text_of(&log, path, progress.wrap_read(open_input(&log, path)?))?;
        import.file(path, text, place + 1 == args.log.len())?;
    }
    import.commit()?;
    progress.finish_and_clear();
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
    let log = LogArgs::of_files(paths);
    for path in paths.iter().filter(|path| **path != Path::new("-")) {
        text_of(&log, path, open_input(&log, path)?)?;
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
    fn file(&mut self, path: &Path, text: impl Read, is_last: bool) -> anyhow::Result<()> {
        let (mut reader, mut block) = (BlockReader::new(text), Block::default());
        let trouble = || format!("cannot read {}", path.display());
        while reader.read_into(&mut block).with_context(trouble)? {
            let may_be_torn = is_last && reader.is_unterminated();
            let mut lines = block.texts().peekable();
            while let Some((_, line)) = lines.next() {
                if may_be_torn && lines.peek().is_none() && parse_line(line).is_err() {
                    self.torn = Some(path.display().to_string());
                } else if !self.is_known(line).with_context(|| path.display().to_string())? {
                    self.add(LogLine::new(line))?;
                }
            }
        }
        Ok(())
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
        if known.line != line {
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
