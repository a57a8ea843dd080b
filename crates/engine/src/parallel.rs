//! A fold on one thread or several.
//!
//! A part folds the accounts of some groups, group by group, each in log order. While one batch of lines
//! is folded, the next is read and sorted. Nothing that is decided depends on the number of threads.
//!
//! On one thread nothing is sorted while the accounts are few, since all of them fit the processor's
//! cache.

use rayon::{ThreadPool, ThreadPoolBuilder};
use tallyfold_core::Consumer;

use crate::batch::{Batch, Reading};
use crate::error::ReplayError;
use crate::part::Part;
use crate::sorted::{GROUPS, Section, Segment, SortedBlock, group_of};

/// How many blocks are held in all. The more, the more lines of a group come together.
pub(crate) const BLOCKS: usize = 64;
/// Several parts for each thread, so that no thread waits long for another.
const PARTS_PER_THREAD: usize = 4;

/// Folds what is left of a log on so many threads. `make` makes the consumer of each further part, what
/// it finds and what changes its events; its fold is split off the first.
pub(crate) fn fold<C: Consumer + Send>(
    threads: usize,
    blocks: usize,
    reading: &mut Reading<'_>,
    first: Part<C>,
    make: &dyn Fn() -> Part<C>,
) -> Result<Part<C>, ReplayError> {
    if threads == 1 {
        return fold_alone(reading, Batch::of(blocks), first);
    }
    let pool = ThreadPoolBuilder::new().num_threads(threads).build();
    let pool = pool.map_err(|_| ReplayError::Threads)?;
    let count = (threads * PARTS_PER_THREAD).min(GROUPS);
    let batches = [(); 2].map(|()| Batch::of((blocks / 2).max(1)));
    fold_in_parts(&pool, reading, batches, split(first, count, make))
}

/// Folds what is left of a log on one thread, in its order.
pub(crate) fn fold_in_log_order<C: Consumer>(
    reading: &mut Reading<'_>,
    first: Part<C>,
) -> Result<Part<C>, ReplayError> {
    let mut share = Share::whole(first);
    share.fold_unsorted_while(reading, |_| true)?;
    Ok(share.part)
}

fn fold_alone<C: Consumer>(
    reading: &mut Reading<'_>,
    mut batch: Batch,
    first: Part<C>,
) -> Result<Part<C>, ReplayError> {
    let mut share = Share::whole(first);
    if reading.is_of_all() {
        share.fold_unsorted_while(reading, Share::has_few_accounts)?;
    }
    while reading.fill(&mut batch)? {
        share.fold(&batch);
    }
    Ok(share.part)
}

fn fold_in_parts<C: Consumer + Send>(
    pool: &ThreadPool,
    reading: &mut Reading<'_>,
    [mut batch, mut next]: [Batch; 2],
    mut shares: Vec<Share<C>>,
) -> Result<Part<C>, ReplayError> {
    shares.iter_mut().for_each(|share| share.part.fold_beginning());
    let mut is_more = pool.install(|| reading.fill(&mut batch))?;
    while is_more {
        let mut filled = Ok(false);
        pool.in_place_scope(|scope| {
            scope.spawn(|_| filled = reading.fill(&mut next));
            for share in &mut shares {
                scope.spawn(|_| share.fold(&batch));
            }
        });
        is_more = filled?;
        std::mem::swap(&mut batch, &mut next);
    }
    merged(shares).ok_or(ReplayError::Threads)
}

/// Splits a part into so many shares.
fn split<C: Consumer>(first: Part<C>, count: usize, make: &dyn Fn() -> Part<C>) -> Vec<Share<C>> {
    let share_of = |account: &str| group_of(account.as_bytes()) % count;
    let Part { fold, consumer, findings, denied_opens, change, spare } = first;
    let denied_opens = denied_opens.split(count, share_of).into_iter();
    let mut kept = Some((consumer, findings, change, spare));
    let part = |(fold, denied_opens)| match kept.take() {
        Some((consumer, findings, change, spare)) => {
            Part { fold, consumer, findings, denied_opens, change, spare }
        }
        None => Part { fold, denied_opens, ..make() },
    };
    let parts = fold.split(count, share_of).into_iter().zip(denied_opens).map(part);
    parts.enumerate().map(|(first, part)| Share { part, first, parts: count }).collect()
}

/// All shares, merged in order.
fn merged<C: Consumer>(shares: Vec<Share<C>>) -> Option<Part<C>> {
    let mut parts = shares.into_iter().map(|share| share.part);
    let mut whole = parts.next()?;
    parts.for_each(|part| whole.merge(part));
    Some(whole)
}

/// A part, and which groups it folds.
struct Share<C> {
    part: Part<C>,
    /// Its first group. The others of its groups follow at a distance of as many as there are parts.
    first: usize,
    parts: usize,
}

impl<C: Consumer> Share<C> {
    fn has_few_accounts(&self) -> bool {
        self.part.fold.ledger().account_count() < GROUPS
    }

    /// All of a log.
    fn whole(part: Part<C>) -> Share<C> {
        let mut share = Share { part, first: 0, parts: 1 };
        share.part.fold_beginning();
        share
    }

    /// Folds blocks as they are, as long as it is said to go on.
    fn fold_unsorted_while(
        &mut self,
        reading: &mut Reading<'_>,
        goes_on: impl Fn(&Share<C>) -> bool,
    ) -> Result<(), ReplayError> {
        while goes_on(self) {
            let Some((block, lines_before)) = reading.next_block()? else { break };
            self.part.fold_all(block.lines(), |line| lines_before + line);
        }
        Ok(())
    }

    /// Folds what a batch has for these groups. A catalog event is everybody's: what comes before
    /// it is folded before it.
    fn fold(&mut self, batch: &Batch) {
        let is_of_accounts = |(_, section): &(_, &Section)| matches!(section, Section::Accounts(_));
        let sections = batch.sections();
        for run in sections.chunk_by(|one, next| is_of_accounts(one) && is_of_accounts(next)) {
            match run {
                [(_, Section::Catalog(line))] => self.part.fold_lines(std::slice::from_ref(line)),
                _ => self.fold_accounts(run),
            }
        }
    }

    fn fold_accounts(&mut self, sections: &[(&SortedBlock, &Section)]) {
        for group in (self.first..GROUPS).step_by(self.parts) {
            for (block, section) in sections {
                if let Section::Accounts(segments) = section {
                    self.fold_segment(block, segments[group]);
                }
            }
        }
    }

    fn fold_segment(&mut self, block: &SortedBlock, segment: Segment) {
        self.part.fold_all(block.lines(segment), |line| block.number(segment, line));
    }
}
