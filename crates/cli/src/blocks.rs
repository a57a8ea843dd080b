//! The log that the user named, in blocks of whole lines.

use std::io::BufRead;
use std::path::{Path, PathBuf};
use std::vec;

use anyhow::Context;
use indicatif::ProgressBar;
use tallyfold_log::{Block, BlockReader, decompressed};

use crate::args::LogArgs;
use crate::input::{open_input, progress_over, trouble};

/// Several files, standard input, or a store, read as one log.
pub(crate) struct LogBlocks<'a> {
    log: &'a LogArgs,
    inputs: vec::IntoIter<&'a PathBuf>,
    file: Option<(&'a Path, BlockReader<Box<dyn BufRead + Send>>)>,
    progress: ProgressBar,
}

impl<'a> LogBlocks<'a> {
    pub(crate) fn of(log: &'a LogArgs) -> LogBlocks<'a> {
        let inputs: Vec<_> = log.inputs().collect();
        let progress = progress_over(&log.paths);
        LogBlocks { log, inputs: inputs.into_iter(), file: None, progress }
    }

    /// Reads the next lines into a block. `false` at the end of the log. An error names the file.
    pub(crate) fn read_into(&mut self, block: &mut Block) -> anyhow::Result<bool> {
        loop {
            if let Some((path, reader)) = &mut self.file
                && reader.read_into(block).with_context(|| trouble(path))?
            {
                return Ok(true);
            }
            let Some(path) = self.inputs.next() else {
                self.progress.finish_and_clear();
                return Ok(false);
            };
            let input = open_input(self.log, path)?;
            let input = decompressed(self.progress.wrap_read(input));
            let reader = BlockReader::new(input.with_context(|| trouble(path))?);
            self.file = Some((path, reader));
        }
    }
}
