//! The log that the user named, and its replay.

use std::collections::BTreeSet;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use anyhow::{anyhow, bail};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tallyfold_core::Preset;
use tallyfold_engine::{Log, Replay, ReplayError};
use tallyfold_log::{FileSource, LogSource, StandardInput};
use tallyfold_store::StoreSource;

use crate::args::LogArgs;
use crate::hash_key;
use crate::looks_like::looks_like;
use crate::nearest::did_you_mean;
use crate::store;
use crate::text::printable;

/// Under this size of all files no progress is shown.
const SHORT_BYTES: u64 = 64 << 20;

/// The log: files, standard input, or a store.
pub(crate) fn log(args: &LogArgs) -> anyhow::Result<Log> {
    Ok(Log::of_all(match &args.store {
        Some(store) => vec![Box::new(StoreSource(store::open(store)?)) as Box<dyn LogSource>],
        None => args.paths.iter().map(|path| source(path)).collect(),
    }))
}

/// A file, or standard input for `-`.
pub(crate) fn source(path: &Path) -> Box<dyn LogSource> {
    match path == Path::new("-") {
        true => Box::new(StandardInput),
        false => Box::new(FileSource(path.to_owned())),
    }
}

/// A replay of the log, with progress for a person who watches.
pub(crate) fn replay(args: &LogArgs, first: Preset) -> anyhow::Result<Replay<'static>> {
    let progress = progress_over(&args.paths);
    let replay = Replay::of(log(args)?).rulebook(first).hash_key(hash_key::drawn());
    if progress.is_hidden() {
        return Ok(replay);
    }
    let progress = ClearedAtEnd(progress);
    Ok(replay.progress(move |bytes| progress.0.set_position(bytes)))
}

/// A progress bar that is gone when nobody moves it any more.
struct ClearedAtEnd(ProgressBar);

impl Drop for ClearedAtEnd {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// Why a log cannot be replayed, for people.
pub(crate) fn explained(error: ReplayError) -> anyhow::Error {
    match error {
        ReplayError::NoEvent { input, sample } => {
            let input = match &*input {
                "-" => "standard input".into(),
                name => printable(name),
            };
            anyhow!("{input} has no event; it looks like {}", looks_like(&sample))
        }
        ReplayError::Write(error) => error.into(),
        error => error.into(),
    }
}

/// An error for an account that no event names, with the one that may be meant: a mistyped one is not to
/// be taken for an empty one.
pub(crate) fn require_account(account: &str, named: &BTreeSet<String>) -> anyhow::Result<()> {
    if named.contains(account) {
        return Ok(());
    }
    let meant = did_you_mean(account, named.iter().map(String::as_str));
    bail!("no event of the log names an account `{}`{meant}", printable(account));
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
