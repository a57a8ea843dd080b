//! Lines of a log, sorted by account before they are folded.
//!
//! Accounts never affect each other, so all events of some accounts may be folded before those of
//! others. What a ledger of many accounts remembers is larger than a processor's cache, and waiting
//! for memory takes most of the time; of a group of accounts at a time it fits.

use std::collections::HashSet;
use std::hash::BuildHasher;

use foldhash::fast::FixedState;
use tallyfold_core::Event;
use tallyfold_log::{Block, Line, LineAccount, Lines};

use crate::batch::Wanted;

/// In how many groups the accounts are. Nothing that is written depends on it.
pub(crate) const GROUPS: usize = 64;

/// Which group an account is in. Names that are chosen to be in one group gain nothing: they are
/// folded as if nothing was sorted.
pub(crate) fn group_of(account: &[u8]) -> usize {
    (FixedState::with_seed(0).hash_one(account) % GROUPS as u64) as usize
}

/// The lines of a block that say something, sorted.
#[derive(Default)]
pub(crate) struct SortedBlock {
    /// The lines, and how much of it they take.
    text: Vec<u8>,
    end: usize,
    /// Which of the block's lines they are.
    numbers: Vec<u32>,
    sections: Vec<Section>,
    /// How many lines lie before the block, and in it.
    lines_before: u64,
    lines: u64,
    /// The accounts that the block names, where somebody asks.
    named: HashSet<Box<[u8]>, FixedState>,
}

/// Lines that were next to each other in the log.
pub(crate) enum Section {
    /// All between two catalog events, by group of accounts. What is malformed is with the first.
    Accounts(Box<[Segment; GROUPS]>),
    /// A catalog event.
    Catalog(Line<'static>),
}

/// Lines that are next to each other in a sorted block: where their text and their numbers are.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Segment {
    text: (usize, usize),
    numbers: (usize, usize),
}

/// A line where it was found.
struct Found<'a> {
    text: &'a [u8],
    number: u32,
    group: u8,
}

impl SortedBlock {
    /// Puts the lines of a block in place of those that were here, those of each group in order. Where
    /// only the lines of some accounts are wanted, the others are left out.
    pub(crate) fn sort(&mut self, block: &Block, wanted: Option<&Wanted>) {
        self.sections.clear();
        self.numbers.clear();
        self.end = 0;
        self.lines = block.line_count();
        let mut found = Vec::new();
        for (number, text, account) in block.lines_with_account() {
            let group = match account {
                LineAccount::Account(account) => match wanted {
                    Some(wanted) if !self.is_wanted(&account, text, wanted) => continue,
                    _ => group_of(&account),
                },
                LineAccount::Unknown => 0,
                LineAccount::Catalog(event) => {
                    self.take_accounts(&mut found);
                    let event = Event::Catalog(*event).into_owned();
                    self.sections.push(Section::Catalog(Line { number, event: Ok(event) }));
                    continue;
                }
            };
            found.push(Found { text, number: number as u32, group: group as u8 });
        }
        self.take_accounts(&mut found);
    }

    /// Whether the lines of an account are wanted. That it was named is kept: by an event, not by a line that
    /// is malformed.
    fn is_wanted(&mut self, account: &[u8], line: &[u8], wanted: &Wanted) -> bool {
        let is_event = || Lines::new(line).next().is_some_and(|line| line.event.is_ok());
        if !self.named.contains(account) && is_event() {
            self.named.insert(account.into());
        }
        wanted.accounts.as_ref().is_none_or(|accounts| {
            str::from_utf8(account).is_ok_and(|account| accounts.contains(account))
        })
    }

    /// The accounts that the block names.
    pub(crate) fn take_named(&mut self) -> impl Iterator<Item = String> {
        self.named.drain().filter_map(|name| String::from_utf8(name.into_vec()).ok())
    }

    fn take_accounts(&mut self, found: &mut Vec<Found<'_>>) {
        if !found.is_empty() {
            let segments = self.place(found);
            self.sections.push(Section::Accounts(Box::new(segments)));
            found.clear();
        }
    }

    /// Puts lines where they belong, and says where that is for each group.
    fn place(&mut self, found: &[Found<'_>]) -> [Segment; GROUPS] {
        let mut segments = [Segment::default(); GROUPS];
        for Found { text, group, .. } in found {
            let segment = &mut segments[usize::from(*group)];
            segment.text.1 += text.len();
            segment.numbers.1 += 1;
        }
        let mut ends = (self.end, self.numbers.len());
        for Segment { text, numbers } in &mut segments {
            (*text, ends.0) = ((ends.0, ends.0), ends.0 + text.1);
            (*numbers, ends.1) = ((ends.1, ends.1), ends.1 + numbers.1);
        }
        self.end = ends.0;
        if self.text.len() < self.end {
            self.text.resize(self.end, 0);
        }
        self.numbers.resize(ends.1, 0);
        for Found { text, number, group } in found {
            let segment = &mut segments[usize::from(*group)];
            let start = segment.text.1;
            segment.text.1 += text.len();
            self.text[start..segment.text.1].copy_from_slice(text);
            self.numbers[segment.numbers.1] = *number;
            segment.numbers.1 += 1;
        }
        segments
    }

    /// Its sections, in log order.
    pub(crate) fn sections(&self) -> impl Iterator<Item = (&SortedBlock, &Section)> {
        self.sections.iter().map(move |section| (self, section))
    }

    /// Says how many lines lie before the block, and returns how many lie before the next.
    pub(crate) fn number_from(&mut self, lines_before: u64) -> u64 {
        self.lines_before = lines_before;
        for section in &mut self.sections {
            if let Section::Catalog(line) = section {
                line.number += lines_before;
            }
        }
        lines_before + self.lines
    }

    /// The lines of a segment, counted from its start.
    pub(crate) fn lines(&self, segment: Segment) -> Lines<'_> {
        let (start, end) = segment.text;
        Lines::after_line(&self.text[start..end], 0)
    }

    /// Which line of the log the line of a segment is.
    pub(crate) fn number(&self, segment: Segment, line: u64) -> u64 {
        let (first, last) = segment.numbers;
        self.lines_before + u64::from(self.numbers[first..last][line as usize - 1])
    }
}
