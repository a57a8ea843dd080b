//! A log on its way into batches: read, and sorted by account.

use tallyfold_log::Block;

use crate::blocks::LogBlocks;
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
pub(crate) struct Reading<'r, 'a> {
    log: &'r mut LogBlocks<'a>,
    /// How many lines lie before what is read next.
    lines: u64,
    /// As many blocks as are sorted beside one another.
    raw: Vec<Block>,
}

impl<'r, 'a> Reading<'r, 'a> {
    /// Goes on in a log, sorting so many blocks beside one another.
    pub(crate) fn of(log: &'r mut LogBlocks<'a>, beside: usize) -> Reading<'r, 'a> {
        Reading { lines: log.lines_passed(), log, raw: vec![Block::default(); beside] }
    }

    /// How many lines were read, blank ones included.
    pub(crate) fn lines(&self) -> u64 {
        self.lines
    }

    /// The next block as it is, and how many lines lie before it, if there is one.
    pub(crate) fn next_block(&mut self) -> anyhow::Result<Option<(&Block, u64)>> {
        if self.read(1)? == 0 {
            return Ok(None);
        }
        let (block, lines_before) = (&self.raw[0], self.lines);
        self.lines += block.line_count();
        Ok(Some((block, lines_before)))
    }

    /// Puts the next lines in place of those in a batch, and says whether there are any.
    pub(crate) fn fill(&mut self, batch: &mut Batch) -> anyhow::Result<bool> {
        batch.filled = 0;
        for room in batch.room.chunks_mut(self.raw.len()) {
            let read = self.read(room.len())?;
            sort_all(&self.raw[..read], room);
            for sorted in &mut room[..read] {
                self.lines = sorted.number_from(self.lines);
            }
            batch.filled += read;
            if read < room.len() {
                break;
            }
        }
        Ok(batch.filled > 0)
    }

    /// Reads so many blocks, or as many as there are.
    fn read(&mut self, blocks: usize) -> anyhow::Result<usize> {
        let mut read = 0;
        while read < blocks && self.log.read_into(&mut self.raw[read])? {
            read += 1;
        }
        Ok(read)
    }
}

/// Sorts blocks beside one another. Where there is only one thread there is never more than one
/// block, and a scope would start a pool of threads for nothing.
fn sort_all(raw: &[Block], room: &mut [SortedBlock]) {
    match raw {
        [] => {}
        [raw] => room[0].sort(raw),
        _ => rayon::scope(|scope| {
            for (raw, sorted) in raw.iter().zip(room) {
                scope.spawn(|_| sorted.sort(raw));
            }
        }),
    }
}
