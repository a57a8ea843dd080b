//! A replay of a log, on one thread or several.
//!
//! A part of the replay folds the accounts of some groups, group by group, each in log order. The
//! batch of lines that they fold was read and sorted before; meanwhile the next one is. Nothing
//! that is written depends on the number of threads.
//!
//! On one thread nothing is sorted while the accounts are few, since all of them fit the
//! processor's cache.

use anyhow::Context;
use rayon::{ThreadPool, ThreadPoolBuilder};
use tallyfold_log::{Block, Line, Lines};

use crate::batch::{Batch, Reading};
use crate::blocks::LogBlocks;
use crate::folding::Folding;
use crate::sorted::{GROUPS, Section, Segment, SortedBlock, group_of};

/// How many blocks are held in all. The more, the more lines of a group come together.
const BLOCKS: usize = 64;
/// Several parts for each thread, so that no thread waits long for another.
const PARTS_PER_THREAD: usize = 4;
/// How many lines are parsed before they are folded: few enough to stay in the nearest cache.
const LINES_AT_ONCE: usize = 64;

/// Folds what is left of a log on so many threads.
pub(crate) fn fold(
    threads: usize,
    log: &mut LogBlocks<'_>,
    folding: Folding,
) -> anyhow::Result<Folding> {
    fold_holding(BLOCKS, threads, log, folding)
}

fn fold_holding(
    blocks: usize,
    threads: usize,
    log: &mut LogBlocks<'_>,
    folding: Folding,
) -> anyhow::Result<Folding> {
    let mut reading = Reading::of(log, threads);
    let mut folding = if threads == 1 {
        fold_alone(&mut reading, Batch::of(blocks), folding)?
    } else {
        let pool = ThreadPoolBuilder::new().num_threads(threads).build();
        let pool = pool.context("cannot start so many threads")?;
        fold_in_parts(&pool, &mut reading, [(); 2].map(|()| Batch::of(blocks / 2)), folding)?
    };
    folding.findings.sort();
    folding.lines = reading.lines();
    Ok(folding)
}

fn fold_alone(
    reading: &mut Reading<'_, '_>,
    mut batch: Batch,
    folding: Folding,
) -> anyhow::Result<Folding> {
    let mut part = Part::new(folding, 0, 1);
    while part.has_few_accounts() {
        let Some((block, lines_before)) = reading.next_block()? else {
            return Ok(part.folding);
        };
        part.fold_unsorted(block, lines_before);
    }
    while reading.fill(&mut batch)? {
        part.fold(&batch);
    }
    Ok(part.folding)
}

fn fold_in_parts(
    pool: &ThreadPool,
    reading: &mut Reading<'_, '_>,
    [mut batch, mut next]: [Batch; 2],
    folding: Folding,
) -> anyhow::Result<Folding> {
    let count = (pool.current_num_threads() * PARTS_PER_THREAD).min(GROUPS);
    let foldings = folding.split(count, |account| group_of(account.as_bytes()) % count);
    let part = |(first, folding)| Part::new(folding, first, count);
    let mut parts: Vec<_> = foldings.into_iter().enumerate().map(part).collect();
    let mut is_more = pool.install(|| reading.fill(&mut batch))?;
    while is_more {
        let mut filled = Ok(false);
        pool.in_place_scope(|scope| {
            scope.spawn(|_| filled = reading.fill(&mut next));
            for part in &mut parts {
                scope.spawn(|_| part.fold(&batch));
            }
        });
        is_more = filled?;
        std::mem::swap(&mut batch, &mut next);
    }
    together(parts)
}

/// All parts, put together.
fn together(parts: Vec<Part>) -> anyhow::Result<Folding> {
    let mut parts = parts.into_iter().map(|part| part.folding);
    let mut whole = parts.next().context("a replay has a part")?;
    parts.for_each(|part| whole.merge(part));
    Ok(whole)
}

/// A part of the replay, of so many.
struct Part {
    folding: Folding,
    /// Its first group. The others of its groups follow at a distance of as many as there are parts.
    first: usize,
    parts: usize,
    /// An empty list, kept so that its memory is used again.
    spare: Vec<Line<'static>>,
}

impl Part {
    fn new(folding: Folding, first: usize, parts: usize) -> Part {
        Part { folding, first, parts, spare: Vec::new() }
    }

    fn has_few_accounts(&self) -> bool {
        self.folding.replay.ledger().account_count() < GROUPS
    }

    /// Folds all lines of a block, before which so many lie.
    fn fold_unsorted(&mut self, block: &Block, lines_before: u64) {
        self.fold_all(block.lines(), |line| lines_before + line);
    }

    /// Folds what a batch has for these groups. A catalog event is everybody's: what comes before
    /// it is folded before it.
    fn fold(&mut self, batch: &Batch) {
        let is_of_accounts = |(_, section): &(_, &Section)| matches!(section, Section::Accounts(_));
        let sections = batch.sections();
        for run in sections.chunk_by(|one, next| is_of_accounts(one) && is_of_accounts(next)) {
            match run {
                [(_, Section::Catalog(line))] => self.fold_lines(std::slice::from_ref(line)),
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
        self.fold_all(block.lines(segment), |line| block.number(segment, line));
    }

    /// Folds lines, of which it is known which lines of the log they are.
    fn fold_all(&mut self, mut lines: Lines<'_>, number: impl Fn(u64) -> u64) {
        let mut some = emptied(std::mem::take(&mut self.spare));
        loop {
            some.extend(lines.by_ref().take(LINES_AT_ONCE));
            if some.is_empty() {
                break;
            }
            some.iter_mut().for_each(|line| line.number = number(line.number));
            self.fold_lines(&some);
            some.clear();
        }
        self.spare = emptied(some);
    }

    fn fold_lines(&mut self, lines: &[Line<'_>]) {
        self.folding.fold(lines, self.first == 0);
    }
}

/// The same memory, free of what it was borrowed from.
fn emptied(mut lines: Vec<Line<'_>>) -> Vec<Line<'static>> {
    lines.clear();
    lines.into_iter().map_while(|_| None).collect()
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use tallyfold_core::{Event, Ledger, LogFold, Name};
    use tallyfold_log::{LogReader, write_event, write_result};
    use tallyfold_testkit::History;

    use super::*;
    use crate::args::LogArgs;
    use crate::findings::Findings;
    use crate::folding::ReplaySink;
    use crate::grouped::GroupedJournal;

    /// Histories behind one another, each with a catalog of its own, and lines that are no events:
    /// more than three blocks, and more accounts than groups.
    fn log() -> Vec<u8> {
        let mut log = Vec::new();
        for seed in 0..150 {
            for mut event in History::of_seed(seed, 100..=200).into_events() {
                if let Event::Account(event) = &mut event {
                    let name = format!("{}-{}", &*event.account, seed % 75);
                    event.account = Name::new(name).unwrap();
                }
                write_event(&mut log, &event).unwrap();
            }
            log.extend_from_slice(b"\n{\"account\":\"nobody\"}\n\r\r\n\xff\n");
        }
        assert!(log.len() > 3 << 19, "{} bytes", log.len());
        log
    }

    fn nothing() -> Folding {
        Folding {
            replay: LogFold::new(Ledger::default(), None),
            sink: ReplaySink { journal: Some(GroupedJournal::default()), ..ReplaySink::default() },
            findings: Findings::of(Vec::new(), true),
            lines: 0,
        }
    }

    /// Result and journal.
    fn outcome(mut folding: Folding) -> (String, String) {
        folding.replay.settle(&mut folding.sink);
        let (mut result, mut journal) = (Vec::new(), Vec::new());
        write_result(&mut result, &folding.replay, folding.findings.all()).unwrap();
        folding.sink.journal.unwrap().write_to(&mut journal).unwrap();
        (String::from_utf8(result).unwrap(), String::from_utf8(journal).unwrap())
    }

    #[test]
    fn a_sorted_log_is_folded_as_line_by_line() {
        let folder = tempfile::tempdir().unwrap();
        let path: PathBuf = folder.path().join("log.jsonl");
        std::fs::write(&path, log()).unwrap();
        let (mut line_by_line, log) = (nothing(), log());
        let mut reader = LogReader::new(&log[..]);
        while let Some(line) = reader.next_line().unwrap() {
            line_by_line.fold(&[line], true);
        }
        let accounts = line_by_line.replay.ledger().account_count();
        assert!(accounts > GROUPS, "{accounts} are few");
        let expected = outcome(line_by_line);
        let log = LogArgs::of_files(&[path]);
        for (threads, blocks) in [(1, 1), (1, 3), (2, 2), (2, 64), (3, 4)] {
            let folded = fold_holding(blocks, threads, &mut LogBlocks::of(&log), nothing());
            let same = outcome(folded.unwrap()) == expected;
            assert!(same, "on {threads} threads, {blocks} blocks at once");
        }
    }
}
