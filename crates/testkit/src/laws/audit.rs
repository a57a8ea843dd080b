//! Laws of the journal, checked while a log is folded.

use std::mem;

use tallyfold_core::{Consumer, Event, Finding, FoldedEvent, Record, Rulebook};

use super::{Broken, Check, Evidence, Glance, JournalCheck, Law};
use crate::books::Books;
use crate::fold::Fold;

/// Checks laws of the journal while a log is folded, in memory that grows with what the journal
/// knows (packs, charges, uses) and not with lines.
///
/// ```
/// use tallyfold_core::{Ledger, Rulebook};
/// use tallyfold_testkit::{Audit, History, laws};
///
/// let (mut ledger, mut entries) = (Ledger::default(), Vec::new());
/// let mut audit = Audit::new(laws::all(), Rulebook::default());
/// for (line, event) in (1..).zip(&*History::of_seed(1, 20..=200)) {
///     let result = ledger.apply(event, &mut entries);
///     audit.see(line, event, result, &entries);
///     entries.clear();
/// }
/// assert!(audit.verdicts().all(|(_, evidence)| evidence.is_none()));
/// ```
#[derive(Debug)]
pub struct Audit {
    books: Books,
    laws: Vec<Audited>,
    /// As a consumer: the records of the event that comes next.
    entries: Vec<Record<'static>>,
    /// As a consumer: how many records there were.
    entry_count: u64,
}

#[derive(Debug)]
struct Audited {
    law: &'static Law,
    check: JournalCheck,
    evidence: Option<Evidence>,
}

impl Audit {
    /// Checks those of the laws that are laws of the journal.
    #[must_use]
    pub fn new(laws: impl IntoIterator<Item = &'static Law>, first_rulebook: Rulebook) -> Audit {
        let audited = |law: &'static Law| match law.check {
            Check::Journal(check) => Some(Audited { law, check, evidence: None }),
            Check::Fold(_) | Check::Beside(_) => None,
        };
        let laws = laws.into_iter().filter_map(audited).collect();
        let books = Books::new(first_rulebook);
        Audit { books, laws, entries: Vec::new(), entry_count: 0 }
    }

    /// The audit of a whole log and what was made of it, from this first rulebook.
    #[must_use]
    pub fn of(
        laws: impl IntoIterator<Item = &'static Law>,
        first_rulebook: Rulebook,
        events: &[Event<'_>],
        fold: &Fold,
    ) -> Audit {
        let mut audit = Audit::new(laws, first_rulebook);
        for ((line, event), turn) in (1..).zip(events).zip(&fold.turns) {
            audit.see(line, event, turn.result, &turn.entries);
        }
        audit.settle(&fold.settled);
        audit
    }

    /// Looks at an event of the log and at all that was written because of it, timers that fired
    /// before it included.
    pub fn see(
        &mut self,
        line: u64,
        event: &Event<'_>,
        result: Result<(), Finding>,
        entries: &[Record<'static>],
    ) {
        self.turn(line, Some(event), result, entries);
        let account = match event {
            Event::Account(event) => self.books.account(&event.account),
            Event::Catalog(_) => self.books.account(""),
        };
        let end = Glance {
            books: &self.books,
            account,
            event: Some(event),
            finding: result.err(),
            turn: entries,
            record: None,
        };
        glance(&mut self.laws, line, &end);
        self.books.close_turn(event, result);
    }

    /// Looks at what settling wrote at the end of the log.
    pub fn settle(&mut self, entries: &[Record<'static>]) {
        self.turn(0, None, Ok(()), entries);
    }

    fn turn(
        &mut self,
        line: u64,
        event: Option<&Event<'_>>,
        result: Result<(), Finding>,
        entries: &[Record<'static>],
    ) {
        for record in entries {
            let glance_at = Glance {
                books: &self.books,
                account: self.books.account(&record.account),
                event,
                finding: result.err(),
                turn: entries,
                record: Some(record),
            };
            glance(&mut self.laws, line, &glance_at);
            self.books.post(line, event, record);
        }
    }

    /// As a consumer: looks at what settling wrote at the end of the log.
    pub fn finish(&mut self) {
        let entries = mem::take(&mut self.entries);
        self.settle(&entries);
    }

    /// As a consumer: how many records there were.
    #[must_use]
    pub fn entry_count(&self) -> u64 {
        self.entry_count
    }

    /// Each law, with evidence of where it was broken first, if it was.
    pub fn verdicts(&self) -> impl Iterator<Item = (&'static Law, Option<&Evidence>)> {
        self.laws.iter().map(|it| (it.law, it.evidence.as_ref()))
    }

    /// Whether all laws held.
    ///
    /// # Errors
    ///
    /// [`Evidence`] of the first law that is broken.
    pub fn outcome(&self) -> Result<(), Evidence> {
        self.verdicts().find_map(|(_, evidence)| evidence.cloned()).map_or(Ok(()), Err)
    }
}

impl Consumer for Audit {
    const EVENTS: bool = true;

    fn record(&mut self, record: &Record<'_>) {
        self.entry_count += 1;
        self.entries.push(record.clone().into_owned());
    }

    fn event(&mut self, it: &FoldedEvent<'_, '_>) {
        let mut entries = mem::take(&mut self.entries);
        let result = it.rejection.map_or(Ok(()), |rejection| Err(rejection.finding));
        self.see(it.line, it.event, result, &entries);
        entries.clear();
        self.entries = entries;
    }

    /// Of two parts in which a law is broken the earlier line is the evidence.
    fn merge(&mut self, later: Audit) {
        self.entry_count += later.entry_count;
        self.entries.extend(later.entries);
        self.books.merge(later.books);
        for (law, other) in self.laws.iter_mut().zip(later.laws) {
            let is_earlier = match (&law.evidence, &other.evidence) {
                (Some(known), Some(other)) => other.lines.last() < known.lines.last(),
                (None, Some(_)) => true,
                (_, None) => false,
            };
            if is_earlier {
                law.evidence = other.evidence;
            }
        }
    }
}

/// Shows a glance to all laws that were not broken before.
fn glance(laws: &mut [Audited], line: u64, glance: &Glance<'_>) {
    for audited in laws.iter_mut().filter(|it| it.evidence.is_none()) {
        if let Err(Broken { says, mut lines }) = (audited.check)(glance) {
            lines.extend((line > 0).then_some(line));
            lines.dedup();
            let entry = glance.record.map(|record| Box::new(record.clone()));
            audited.evidence = Some(Evidence { says, lines, entry });
        }
    }
}
