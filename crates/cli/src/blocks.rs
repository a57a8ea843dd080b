//! The log that the user named, in blocks of whole lines.

use std::path::{Path, PathBuf};
use std::vec;

use anyhow::{Context, bail};
use indicatif::ProgressBar;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tallyfold_log::{Block, BlockReader};

use crate::args::LogArgs;
use crate::input::{open_input, progress_over, text_of, trouble};
use crate::log_text::Text;

/// Several files, standard input, or a store, read as one log.
pub(crate) struct LogBlocks<'a> {
    log: &'a LogArgs,
    inputs: vec::IntoIter<&'a PathBuf>,
    file: Option<(&'a Path, BlockReader<Text>)>,
    progress: ProgressBar,
    lines_passed: u64,
    /// What was read while passing lines, and lies behind them.
    ahead: Option<Block>,
    /// What was handed out and passed, where somebody wants to know.
    measure: Option<Measure>,
}

/// The start of a log as it is folded: whole lines, without byte order mark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Prefix {
    pub(crate) bytes: u64,
    pub(crate) lines: u64,
    pub(crate) sha256: [u8; 32],
}

impl<'a> LogBlocks<'a> {
    pub(crate) fn of(log: &'a LogArgs) -> LogBlocks<'a> {
        let inputs: Vec<_> = log.inputs().collect();
        let progress = progress_over(&log.paths);
        LogBlocks {
            log,
            inputs: inputs.into_iter(),
            file: None,
            progress,
            lines_passed: 0,
            ahead: None,
            measure: None,
        }
    }

    /// The same, measuring what it hands out.
    pub(crate) fn measured(self) -> LogBlocks<'a> {
        LogBlocks { measure: Some(Measure::default()), ..self }
    }

    /// What was read so far, where it is measured.
    pub(crate) fn prefix(&self) -> Option<Prefix> {
        self.measure.as_ref().map(Measure::prefix)
    }

    /// How many lines were passed without being handed out.
    pub(crate) fn lines_passed(&self) -> u64 {
        self.lines_passed
    }

    /// Reads the next lines into a block. `false` at the end of the log. An error names the file.
    pub(crate) fn read_into(&mut self, block: &mut Block) -> anyhow::Result<bool> {
        match self.ahead.take() {
            Some(ahead) => *block = ahead,
            None if !self.read_on(block)? => return Ok(false),
            None => {}
        }
        if let Some(measure) = &mut self.measure {
            measure.add(block);
        }
        Ok(true)
    }

    /// Passes the start of the log without handing it out. An error where it is not that prefix.
    pub(crate) fn pass(&mut self, prefix: &Prefix) -> anyhow::Result<()> {
        let (mut block, mut passed) = (Block::default(), Measure::default());
        while passed.bytes < prefix.bytes {
            if !self.read_on(&mut block)? {
                bail!(
                    "the log ends after {} of the {} bytes that were folded",
                    passed.bytes,
                    prefix.bytes
                );
            }
            let text = block.text();
            let missing = usize::try_from(prefix.bytes - passed.bytes).unwrap_or(usize::MAX);
            let part = text.len().min(missing);
            passed.digest(&text[..part]);
            if part < text.len() {
                block.drop_front(part);
                self.ahead = Some(std::mem::take(&mut block));
            }
        }
        passed.lines = prefix.lines;
        if passed.prefix() != *prefix {
            bail!("the first {} lines are not those that were folded", prefix.lines);
        }
        self.lines_passed = prefix.lines;
        self.measure = self.measure.take().map(|_| passed);
        Ok(())
    }

    fn read_on(&mut self, block: &mut Block) -> anyhow::Result<bool> {
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
            let input = self.progress.wrap_read(open_input(self.log, path)?);
            let text = text_of(self.log, path, input)?;
            self.file = Some((path, BlockReader::new(text)));
        }
    }
}

/// Counts and digests what is read.
#[derive(Clone, Default)]
struct Measure {
    bytes: u64,
    lines: u64,
    sha256: Sha256,
}

impl Measure {
    fn add(&mut self, block: &Block) {
        self.lines += block.line_count();
        self.digest(block.text());
    }

    fn digest(&mut self, text: &[u8]) {
        self.bytes += text.len() as u64;
        self.sha256.update(text);
    }

    fn prefix(&self) -> Prefix {
        let sha256 = self.sha256.clone().finalize().into();
        Prefix { bytes: self.bytes, lines: self.lines, sha256 }
    }
}
