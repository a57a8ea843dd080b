//! The log that the user named: several files, or standard input, read as one.

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};

use anyhow::Context;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tallyfold_core::{Event, Finding};
use tallyfold_log::{FindingLine, LogReader, Malformed, decompressed};

use crate::args::LogArgs;
use crate::log_text::{self, Text};
use crate::store;

/// Under this size of all files no progress is shown.
const SHORT_BYTES: u64 = 64 << 20;

/// A line of the log that says something: its number in the whole log, and its event.
pub(crate) struct LogLine<'a> {
    /// 1-based, over all files.
    pub line: u64,
    /// The file, for people.
    pub file: &'a Path,
    /// 1-based, in its file, for people.
    pub line_in_file: u64,
    /// The event, or what is wrong with the line.
    pub event: Result<Event<'a>, Malformed>,
}

/// Reads a log line by line. Blank lines are counted and passed over.
///
/// Stops at the first error of `each`, or of reading; the error names the file.
pub(crate) fn for_each_line(
    log: &LogArgs,
    each: impl FnMut(LogLine<'_>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    for_each_line_of(log, |_, input| input, each)
}

/// The same; `through` is handed each file's bytes before anything else sees them.
pub(crate) fn for_each_line_of(
    log: &LogArgs,
    mut through: impl FnMut(&Path, Bytes) -> Bytes,
    mut each: impl FnMut(LogLine<'_>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let progress = progress_over(&log.paths);
    let mut lines_before = 0;
    for path in log.inputs() {
        let trouble = || trouble(path);
        let input = through(path, open_input(log, path)?);
        let text = text_of(log, path, progress.wrap_read(input))?;
        let mut reader = LogReader::new(text).after_line(lines_before);
        while let Some(line) = reader.next_line().with_context(trouble)? {
            each(LogLine {
                line: line.number,
                file: path,
                line_in_file: line.number - lines_before,
                event: line.event,
            })?;
        }
        lines_before = reader.lines();
    }
    progress.finish_and_clear();
    Ok(())
}

/// One of the inputs of a log: a file, or a store.
pub(crate) fn open_input(log: &LogArgs, path: &Path) -> anyhow::Result<Bytes> {
    if log.store.is_some() {
        store::open_log(path)
    } else {
        open(path).with_context(|| trouble(path))
    }
}

/// The text of an input, decompressed. A file must be a log; a store is one.
pub(crate) fn text_of(
    log: &LogArgs,
    path: &Path,
    input: impl Read + Send + 'static,
) -> anyhow::Result<Text> {
    let text = decompressed(input).with_context(|| trouble(path))?;
    if log.store.is_some() { Ok(text) } else { log_text::of_events(text, path) }
}

/// What an error that comes of reading an input is introduced with.
pub(crate) fn trouble(path: &Path) -> String {
    format!("cannot read {}", store::shown(path))
}

/// The bytes of a file as they are stored.
pub(crate) type Bytes = Box<dyn Read + Send>;

/// A file, or standard input for `-`.
pub(crate) fn open(path: &Path) -> io::Result<Bytes> {
    if path == Path::new("-") { Ok(Box::new(io::stdin())) } else { Ok(Box::new(File::open(path)?)) }
}

/// A progress bar on standard error, for long input and a person who watches.
pub(crate) fn progress_over(paths: &[PathBuf]) -> ProgressBar {
    let size = |path: &PathBuf| std::fs::metadata(path).map(|file| file.len());
    let bytes: u64 = paths.iter().map(|path| size(path).unwrap_or(0)).sum();
    if bytes < SHORT_BYTES || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(Some(bytes), ProgressDrawTarget::stderr_with_hz(5));
    let style = ProgressStyle::with_template(
        "{bar:40} {percent:>3} %  {bytes} of {total_bytes}  {bytes_per_sec}  {eta} to go",
    );
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// A progress bar on standard error over the events of a store, for a person who watches.
pub(crate) fn progress_over_events() -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(5));
    let style = ProgressStyle::with_template(
        "{bar:40} {percent:>3} %  {human_pos} of {human_len} events  {eta} to go",
    );
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

impl LogLine<'_> {
    /// What there is to say of the line once its event, if it has one, was applied.
    pub(crate) fn finding(
        &self,
        apply: impl FnOnce(&Event<'_>) -> Result<(), Finding>,
    ) -> Option<FindingLine> {
        finding(self.line, &self.event, apply)
    }
}

/// What there is to say of a line once its event, if it has one, was applied.
pub(crate) fn finding(
    line: u64,
    event: &Result<Event<'_>, Malformed>,
    apply: impl FnOnce(&Event<'_>) -> Result<(), Finding>,
) -> Option<FindingLine> {
    match event {
        Err(malformed) => Some(FindingLine::malformed(line, malformed)),
        Ok(event) => {
            let finding = apply(event).err()?;
            Some(FindingLine::finding(line, finding, event))
        }
    }
}
