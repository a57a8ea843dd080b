//! A log on its way into batches: read, and sorted by account.

use std::collections::BTreeSet;

use tallyfold_log::{Block, FindingLine};

use crate::blocks::LogBlocks;
use crate::error::ReplayError;
use crate::findings::Findings;
use crate::replay::Cancel;
use crate::sorted::{Section, SortedBlock};

/// A part of a log, block by block.
pub(crate) struct Batch {
    room: Vec<SortedBlock>,
    filled: usize,
}

impl Batch {
    /// Room for so many blocks.
    pub(crate) fn of(blocks: usize) -> Batch {
        Batch { room: (0..blocks).map(|_| SortedBlock::default()).collect(), filled: 0 }
    }

    /// The sections of all blocks, in log order.
    pub(crate) fn sections(&self) -> Vec<(&SortedBlock, &Section)> {
        self.room[..self.filled].iter().flat_map(SortedBlock::sections).collect()
    }
}

/// What is left of a log.
pub(crate) struct Reading<'r> {
    log: &'r mut LogBlocks,
    /// How many lines lie before what is read next.
    lines: u64,
    /// As many blocks as are sorted beside one another.
    raw: Vec<Block>,
    watch: Watch<'r>,
    /// Lines of an older format that are malformed: no part of a block's text.
    refused: Findings,
}

/// Who watches a log being read.
pub(crate) struct Watch<'r> {
    pub(crate) progress: Option<Box<dyn FnMut(u64) + Send + 'r>>,
    pub(crate) cancel: Option<Cancel>,
    /// Who asks whose the lines are, if anybody does.
    pub(crate) wanted: Option<Wanted>,
}

/// The accounts whose lines are wanted, where not all are, and all accounts that the log names.
#[derive(Default)]
pub(crate) struct Wanted {
    pub(crate) accounts: Option<BTreeSet<String>>,
    pub(crate) named: BTreeSet<String>,
}

impl<'r> Reading<'r> {
    /// Goes on in a log, sorting so many blocks beside one another.
    pub(crate) fn of(
        log: &'r mut LogBlocks,
        beside: usize,
        watch: Watch<'r>,
        keeps_findings: Option<usize>,
    ) -> Reading<'r> {
        let raw = vec![Block::default(); beside];
        let refused = Findings::keeping(keeps_findings);
        Reading { lines: log.lines_passed(), log, raw, watch, refused }
    }

    /// How many lines were read, blank ones included.
    pub(crate) fn lines(&self) -> u64 {
        self.lines
    }

    /// The lines of an older format that are malformed.
    pub(crate) fn take_refused(&mut self) -> Findings {
        std::mem::take(&mut self.refused)
    }

    /// The accounts that the log names, where somebody asks.
    pub(crate) fn into_named(self) -> BTreeSet<String> {
        self.watch.wanted.map(|wanted| wanted.named).unwrap_or_default()
    }

    /// Whether nobody asks whose the lines are.
    pub(crate) fn is_of_all(&self) -> bool {
        self.watch.wanted.is_none()
    }

    /// The next block as it is, and how many lines lie before it, if there is one.
    pub(crate) fn next_block(&mut self) -> Result<Option<(&Block, u64)>, ReplayError> {
        if self.read(1)? == 0 {
            return Ok(None);
        }
        let (block, lines_before) = (&self.raw[0], self.lines);
        self.lines += block.line_count();
        Ok(Some((block, lines_before)))
    }

    /// Puts the next lines in place of those in a batch, and says whether there are any.
    pub(crate) fn fill(&mut self, batch: &mut Batch) -> Result<bool, ReplayError> {
        batch.filled = 0;
        for room in batch.room.chunks_mut(self.raw.len()) {
            let read = self.read(room.len())?;
            sort_all(&self.raw[..read], room, self.watch.wanted.as_ref());
            for sorted in &mut room[..read] {
                self.lines = sorted.number_from(self.lines);
                if let Some(wanted) = &mut self.watch.wanted {
                    wanted.named.extend(sorted.take_named());
                }
            }
            batch.filled += read;
            if read < room.len() {
                break;
            }
        }
        Ok(batch.filled > 0)
    }

    /// Reads so many blocks, or as many as there are.
    fn read(&mut self, blocks: usize) -> Result<usize, ReplayError> {
        let mut read = 0;
        while read < blocks && self.log.read_into(&mut self.raw[read])? {
            read += 1;
        }
        self.note_refused(read);
        if self.watch.cancel.as_ref().is_some_and(Cancel::is_cancelled) {
            return Err(ReplayError::Cancelled);
        }
        if let Some(progress) = &mut self.watch.progress {
            progress(self.log.stored_bytes());
        }
        Ok(read)
    }

    /// Notes the lines that were refused among the blocks that were just read.
    fn note_refused(&mut self, read: usize) {
        let blocks = &self.raw[..read];
        if blocks.iter().all(|block| block.refused().is_empty()) {
            return;
        }
        let mut lines_before = self.lines;
        for block in blocks {
            for (number, malformed) in block.refused() {
                self.refused.add(FindingLine::malformed(lines_before + number, malformed));
            }
            lines_before += block.line_count();
        }
    }
}

/// Sorts blocks beside one another. Where there is only one thread there is never more than one
/// block, and a scope would start a pool of threads for nothing.
fn sort_all(raw: &[Block], room: &mut [SortedBlock], wanted: Option<&Wanted>) {
    match raw {
        [] => {}
        [raw] => room[0].sort(raw, wanted),
        _ => rayon::scope(|scope| {
            for (raw, sorted) in raw.iter().zip(room) {
                scope.spawn(move |_| sorted.sort(raw, wanted));
            }
        }),
    }
}
