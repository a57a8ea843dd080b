//! A part of a replay: the fold of some accounts, and what watches it.

use std::{fmt, mem};

use tallyfold_core::{Consumer, Event, Feed, LogFold, Record, Sink, Timestamp};
use tallyfold_log::{FindingLine, Line, Lines};

use crate::denied_opens::DeniedOpens;
use crate::findings::Findings;
use crate::replay::Change;

/// How many lines are parsed before they are folded: few enough to stay in the nearest cache.
const LINES_AT_ONCE: usize = 64;

/// The fold of a log, or of some of its accounts, into a consumer.
pub(crate) struct Part<C> {
    pub(crate) fold: LogFold,
    pub(crate) consumer: C,
    pub(crate) findings: Findings,
    pub(crate) denied_opens: DeniedOpens,
    /// What is done to events before they are folded.
    pub(crate) change: Option<Box<dyn Change>>,
    /// An empty list, kept so that its memory is used again.
    pub(crate) spare: Vec<Line<'static>>,
}

/// Hands the journal to the consumer, and keeps what explains findings.
struct Watch<'p, C> {
    consumer: &'p mut C,
    denied_opens: &'p mut DeniedOpens,
}

impl<C: Consumer> Sink for Watch<'_, C> {
    fn record(&mut self, record: Record<'_>) {
        self.denied_opens.record(&record);
        if C::RECORDS {
            self.consumer.record(&record);
        }
    }
}

impl<C: Consumer> Part<C> {
    /// Folds lines, of which it is known which lines of the log they are.
    pub(crate) fn fold_all(&mut self, mut lines: Lines<'_>, number: impl Fn(u64) -> u64) {
        let mut some = emptied(mem::take(&mut self.spare));
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

    /// Folds lines, by their numbers in the log.
    pub(crate) fn fold_lines(&mut self, lines: &[Line<'_>]) {
        let is_sound = |line: &Line<'_>| line.event.is_ok();
        for run in lines.chunk_by(|line, next| is_sound(line) && is_sound(next)) {
            match run {
                [Line { number, event: Err(malformed) }] => {
                    self.findings.add(FindingLine::malformed(*number, malformed));
                }
                _ => self.fold_sound(run),
            }
        }
    }

    /// Folds lines that are all well-formed.
    fn fold_sound(&mut self, lines: &[Line<'_>]) {
        let event = |line| match line {
            &Line { number, event: Ok(ref event) } => Some((number, event)),
            _ => None,
        };
        let events = lines.iter().filter_map(event);
        match self.change.take() {
            None => self.fold_events(events),
            Some(mut change) => {
                let mut changed: Vec<(u64, Event<'_>)> = Vec::with_capacity(lines.len());
                for (line, event) in events {
                    change.change(event, &mut |event| changed.push((line, event)));
                }
                self.fold_events(changed.iter().map(|(line, event)| (*line, event)));
                self.change = Some(change);
            }
        }
    }

    /// Folds what a change puts before the first event of the log.
    pub(crate) fn fold_beginning(&mut self) {
        if let Some(mut change) = self.change.take() {
            let mut first = Vec::new();
            change.begin(&mut |event| first.push(event));
            self.fold_events(first.iter().map(|event| (0, event)));
            self.change = Some(change);
        }
    }

    fn fold_events<'e, 'n: 'e>(
        &mut self,
        events: impl Iterator<Item = (u64, &'e Event<'n>)> + Clone,
    ) {
        let Part { fold, consumer, findings, denied_opens, .. } = self;
        fold.apply_each(events, &mut Watch { consumer, denied_opens }, |watch, it| {
            if let Some(rejection) = it.rejection.filter(|_| !it.is_shared) {
                findings.add(watch.denied_opens.explained(it, rejection));
            }
            if C::EVENTS {
                watch.consumer.event(it);
            }
        });
    }

    /// Settles the accounts: at one instant, or each at its clock or at the as-of.
    pub(crate) fn settle(&mut self, at: Option<Timestamp>) {
        let sink = &mut Feed(&mut self.consumer);
        match at {
            Some(at) => self.fold.settle_at(at, sink),
            None => self.fold.settle(sink),
        }
    }

    /// Takes in what another part folded.
    pub(crate) fn merge(&mut self, later: Part<C>) {
        self.fold.merge(later.fold);
        self.consumer.merge(later.consumer);
        self.findings.merge(later.findings);
        self.denied_opens.merge(later.denied_opens);
    }
}

/// The same memory, free of what it was borrowed from.
fn emptied(mut lines: Vec<Line<'_>>) -> Vec<Line<'static>> {
    lines.clear();
    lines.into_iter().map_while(|_| None).collect()
}

impl<C: fmt::Debug> fmt::Debug for Part<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Part").field("consumer", &self.consumer).finish_non_exhaustive()
    }
}
