//! The log that the user named, in blocks of whole lines.

use std::io::BufRead;
use std::path::{Path, PathBuf};
use std::slice;

use anyhow::Context;
use indicatif::ProgressBar;
use tallyfold_log::{Block, BlockReader, decompressed};

use crate::args::LogArgs;
use crate::input::{open, progress_over};

/// Several files, or standard input, read as one log.
pub(crate) struct LogBlocks<'a> {
    paths: slice::Iter<'a, PathBuf>,
    file: Option<(&'a Path, BlockReader<Box<dyn BufRead + Send>>)>,
    progress: ProgressBar,
}

impl<'a> LogBlocks<'a> {
    pub(crate) fn of(log: &'a LogArgs) -> LogBlocks<'a> {
        LogBlocks { paths: log.paths.iter(), file: None, progress: progress_over(&log.paths) }
    }

    /// Reads the next lines into a block. `false` at the end of the log. An error names the file.
    pub(crate) fn read_into(&mut self, block: &mut Block) -> anyhow::Result<bool> {
        loop {
            if let Some((path, reader)) = &mut self.file
                && reader.read_into(block).with_context(|| trouble(path))?
            {
                return Ok(true);
            }
            let Some(path) = self.paths.next() else {
                self.progress.finish_and_clear();
                return Ok(false);
            };
            let input = open(path).with_context(|| trouble(path))?;
            let input = decompressed(self.progress.wrap_read(input));
            let reader = BlockReader::new(input.with_context(|| trouble(path))?);
            self.file = Some((path, reader));
        }
    }
}

fn trouble(path: &Path) -> String {
    format!("cannot read {}", path.display())
}
