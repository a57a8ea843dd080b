//! A replay on several threads, parted by account.
//!
//! Three steps of work run beside one another: a batch of blocks is read, the batch before it is
//! parsed, and the one before that is folded. Each part of the replay folds the lines of its own
//! accounts in log order, so that nothing depends on the number of threads.

use std::hash::{BuildHasher, RandomState};

use anyhow::Context;
use rayon::{ThreadPool, ThreadPoolBuilder};
use tallyfold_core::Event;
use tallyfold_log::{Block, Line};

use crate::blocks::LogBlocks;
use crate::folding::Folding;

/// How many blocks a batch has for each thread: several, so that no thread waits long.
const BLOCKS_PER_THREAD: usize = 2;

/// The threads that fold.
pub(crate) struct Threads {
    pool: ThreadPool,
    part_of: PartOf,
}

/// Which part an account belongs to. Nothing that is written depends on it.
struct PartOf {
    parts: usize,
    key: RandomState,
}

impl PartOf {
    fn account(&self, name: &str) -> usize {
        (self.key.hash_one(name) % self.parts as u64) as usize
    }
}

impl Threads {
    pub(crate) fn new(count: usize) -> anyhow::Result<Threads> {
        let pool = ThreadPoolBuilder::new().num_threads(count).build();
        let pool = pool.context("cannot start so many threads")?;
        Ok(Threads { pool, part_of: PartOf { parts: count, key: RandomState::new() } })
    }

    /// Folds what is left of a log.
    pub(crate) fn fold(
        &self,
        log: &mut LogBlocks<'_>,
        folding: Folding,
    ) -> anyhow::Result<Folding> {
        let parts = folding.part(self.part_of.parts, |name| self.part_of.account(name));
        let part = |(number, folding)| Part { folding, is_first: number == 0, spare: Vec::new() };
        let parts = parts.into_iter().enumerate().map(part).collect();
        let lines = log.lines_passed();
        let mut steps = Steps { threads: self, log, parts, lines };
        let [mut one, mut two, mut three] = [(); 3].map(|()| Batch::of(self.part_of.parts));
        let mut parsed = Vec::new();
        loop {
            let of_one = steps.run(parsed, &one, &mut two)?;
            let of_two = steps.run(of_one, &two, &mut three)?;
            parsed = steps.run(of_two, &three, &mut one)?;
            if parsed.is_empty() && one.blocks().is_empty() {
                return steps.together();
            }
        }
    }
}

/// Blocks that are read, and then parsed, in one step.
struct Batch {
    room: Vec<Block>,
    filled: usize,
}

impl Batch {
    fn of(threads: usize) -> Batch {
        Batch { room: vec![Block::default(); threads * BLOCKS_PER_THREAD], filled: 0 }
    }

    fn blocks(&self) -> &[Block] {
        &self.room[..self.filled]
    }

    fn read_from(&mut self, log: &mut LogBlocks<'_>) -> anyhow::Result<()> {
        self.filled = 0;
        while self.filled < self.room.len() && log.read_into(&mut self.room[self.filled])? {
            self.filled += 1;
        }
        Ok(())
    }
}

/// The lines of a block, by the part that folds them.
struct Parsed<'a> {
    by_part: Vec<Vec<Line<'a>>>,
    lines: u64,
}

impl<'a> Parsed<'a> {
    /// Parses a block. A catalog event goes to all parts, a malformed line to the first.
    fn parse(&mut self, block: &'a Block, part_of: &PartOf) {
        let mut lines = block.lines();
        for line in lines.by_ref() {
            let part = match &line.event {
                Ok(Event::Account(event)) => part_of.account(&event.account),
                Ok(event @ Event::Catalog(_)) => {
                    for others in &mut self.by_part[1..] {
                        others.push(Line { number: line.number, event: Ok(event.clone()) });
                    }
                    0
                }
                Err(_) => 0,
            };
            self.by_part[part].push(line);
        }
        self.lines = lines.lines();
    }
}

/// Lines of one block for one part, and how many lines of the log are before the block.
struct Share<'a> {
    lines: Vec<Line<'a>>,
    lines_before: u64,
}

/// A part of the replay.
struct Part {
    folding: Folding,
    is_first: bool,
    /// Empty lists, kept so that their memory is used again.
    spare: Vec<Vec<Line<'static>>>,
}

impl Part {
    fn fold(&mut self, shares: Vec<Share<'_>>) {
        for Share { lines, lines_before } in shares {
            self.folding.fold(lines_before, &lines, self.is_first);
            self.spare.push(emptied(lines));
        }
    }
}

/// The same memory, free of what it was borrowed from.
pub(crate) fn emptied(mut lines: Vec<Line<'_>>) -> Vec<Line<'static>> {
    lines.clear();
    lines.into_iter().map_while(|_| None).collect()
}

/// A replay on its way through the log.
struct Steps<'s, 'a> {
    threads: &'s Threads,
    log: &'s mut LogBlocks<'a>,
    parts: Vec<Part>,
    /// How many lines of the log lie before those that are handed out next to be folded.
    lines: u64,
}

impl Steps<'_, '_> {
    /// Folds what was parsed and parses what was read, while it reads on. Returns what it parsed.
    fn run<'p>(
        &mut self,
        parsed: Vec<Parsed<'_>>,
        read: &'p Batch,
        next: &mut Batch,
    ) -> anyhow::Result<Vec<Parsed<'p>>> {
        let shares = self.share_out(parsed);
        let mut fresh: Vec<_> = read.blocks().iter().map(|_| self.nothing_parsed()).collect();
        let Steps { threads, log, parts, .. } = self;
        let mut reading = Ok(());
        threads.pool.in_place_scope(|scope| {
            scope.spawn(|_| reading = next.read_from(log));
            for (part, shares) in parts.iter_mut().zip(shares) {
                scope.spawn(|_| part.fold(shares));
            }
            for (parsed, block) in fresh.iter_mut().zip(read.blocks()) {
                scope.spawn(|_| parsed.parse(block, &threads.part_of));
            }
        });
        reading.map(|()| fresh)
    }

    /// For each part its share of every block, in log order.
    fn share_out<'b>(&mut self, parsed: Vec<Parsed<'b>>) -> Vec<Vec<Share<'b>>> {
        let mut shares: Vec<Vec<Share<'b>>> = self.parts.iter().map(|_| Vec::new()).collect();
        for Parsed { by_part, lines } in parsed {
            for (shares, lines) in shares.iter_mut().zip(by_part) {
                shares.push(Share { lines, lines_before: self.lines });
            }
            self.lines += lines;
        }
        shares
    }

    fn nothing_parsed<'p>(&mut self) -> Parsed<'p> {
        let lists = self.parts.iter_mut().map(|part| part.spare.pop().unwrap_or_default());
        Parsed { by_part: lists.collect(), lines: 0 }
    }

    /// All parts, put together.
    fn together(self) -> anyhow::Result<Folding> {
        let mut parts = self.parts.into_iter().map(|part| part.folding);
        let mut whole = parts.next().context("a replay has a part")?;
        parts.for_each(|part| whole.absorb(part));
        Ok(whole)
    }
}
