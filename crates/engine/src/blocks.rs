//! A log in blocks of whole lines.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::vec;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tallyfold_log::{Block, BlockReader, LogSource, Upcast};

use crate::error::ReplayError;
use crate::log::{Input, Log};
use crate::read_ahead::{Digesting, ReadAhead};
use crate::text::{self, Text};

/// Several sources, read as one log.
pub(crate) struct LogBlocks {
    sources: vec::IntoIter<Box<dyn LogSource>>,
    /// The source that is read.
    present: Option<(String, BlockReader<Text>)>,
    /// What is known of each source up to the present one.
    inputs: Vec<(Input, Option<Digesting>)>,
    /// Where the log is of an older format.
    upcast: Option<Upcast>,
    digests_inputs: bool,
    /// Whether lines are handed out as soon as they are there.
    as_it_comes: bool,
    /// How many bytes were read as they are stored.
    stored_bytes: Arc<AtomicU64>,
    /// How many lines were read, those of the present source included.
    lines: u64,
    lines_passed: u64,
    /// What was read while passing lines, and lies behind them.
    ahead: Option<Block>,
    /// What was handed out and passed, where somebody wants to know.
    measure: Option<Measure>,
}

/// The start of a log as it is folded: whole lines, without byte order mark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prefix {
    /// How many bytes.
    pub bytes: u64,
    /// How many lines.
    pub lines: u64,
    /// The SHA-256 of the bytes.
    pub sha256: [u8; 32],
}

impl LogBlocks {
    pub(crate) fn of(log: Log, digests_inputs: bool) -> LogBlocks {
        LogBlocks {
            sources: log.sources.into_iter(),
            present: None,
            inputs: Vec::new(),
            upcast: log.upcast,
            digests_inputs,
            as_it_comes: false,
            stored_bytes: Arc::default(),
            lines: 0,
            lines_passed: 0,
            ahead: None,
            measure: None,
        }
    }

    /// The same, measuring what it hands out.
    pub(crate) fn measured(self) -> LogBlocks {
        LogBlocks { measure: Some(Measure::default()), ..self }
    }

    /// The same, handing out lines as soon as they are there.
    pub(crate) fn handed_out_as_it_comes(self) -> LogBlocks {
        LogBlocks { as_it_comes: true, ..self }
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
    pub(crate) fn read_into(&mut self, block: &mut Block) -> Result<bool, ReplayError> {
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
    pub(crate) fn pass(&mut self, prefix: &Prefix) -> Result<(), ReplayError> {
        let (mut block, mut passed) = (Block::default(), Measure::default());
        while passed.bytes < prefix.bytes {
            if !self.read_on(&mut block)? {
                return Err(ReplayError::OtherLog(format!(
                    "the log ends after {} of the {} bytes that were folded",
                    passed.bytes, prefix.bytes
                )));
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
            let why = format!("the first {} lines are not those that were folded", prefix.lines);
            return Err(ReplayError::OtherLog(why));
        }
        self.lines_passed = prefix.lines;
        self.measure = self.measure.take().map(|_| passed);
        Ok(())
    }

    fn read_on(&mut self, block: &mut Block) -> Result<bool, ReplayError> {
        loop {
            if let Some((name, reader)) = &mut self.present {
                let read = reader.read_into(block);
                if read.map_err(|source| ReplayError::Read { input: name.clone(), source })? {
                    self.lines += block.line_count();
                    return Ok(true);
                }
            }
            let Some(source) = self.sources.next() else { return Ok(false) };
            self.begin(&*source)?;
        }
    }

    fn begin(&mut self, source: &dyn LogSource) -> Result<(), ReplayError> {
        let name = source.name();
        let bytes = source.open();
        let bytes = bytes.map_err(|source| ReplayError::Read { input: name.clone(), source })?;
        let bytes = Counted { bytes, count: self.stored_bytes.clone() };
        let (bytes, digesting): (Box<dyn Read + Send>, _) = if self.digests_inputs {
            let (ahead, digesting) = ReadAhead::new(bytes);
            (Box::new(ahead), Some(digesting))
        } else {
            (Box::new(bytes), None)
        };
        let is_surely_a_log = source.is_surely_a_log() || self.upcast.is_some();
        let text = text::unpacked(source, is_surely_a_log, bytes)?;
        let input = Input { name: name.clone(), lines_before: self.lines, digest: None };
        self.inputs.push((input, digesting));
        let reader =
            if self.as_it_comes { BlockReader::as_it_comes(text) } else { BlockReader::new(text) };
        let reader = match &self.upcast {
            None => reader,
            Some(upcast) => reader.upcast(upcast.clone()),
        };
        self.present = Some((name, reader));
        Ok(())
    }

    /// How many bytes were read as they are stored.
    pub(crate) fn stored_bytes(&self) -> u64 {
        self.stored_bytes.load(Ordering::Relaxed)
    }

    /// The inputs, once all is read.
    pub(crate) fn into_inputs(self) -> Vec<Input> {
        let finished = |(input, digesting): (Input, Option<Digesting>)| Input {
            digest: digesting.and_then(Digesting::finish),
            ..input
        };
        self.inputs.into_iter().map(finished).collect()
    }
}

/// Counts the bytes of an input as they are read.
struct Counted<R> {
    bytes: R,
    count: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.bytes.read(buffer)?;
        self.count.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
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
