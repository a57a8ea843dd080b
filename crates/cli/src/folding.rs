//! What `replay` folds a log into: the ledger, and what is kept of journal and findings.

use std::collections::BTreeMap;
use std::mem;

use serde::{Deserialize, Serialize};
use tallyfold_core::{Entry, Event, LogFold, Record, Rejection, Sink, Tokens};
use tallyfold_log::{FindingLine, Line};

use crate::denied::Denied;
use crate::findings::Findings;
use crate::grouped::GroupedJournal;

/// A replay of a log, or of some of its accounts.
pub(crate) struct Folding {
    pub(crate) replay: LogFold,
    pub(crate) sink: ReplaySink,
    pub(crate) findings: Findings,
    /// How many lines of the log were read, blank ones included.
    pub(crate) lines: u64,
}

impl Folding {
    /// Folds lines, by their numbers in the log. What they find of the catalog is reported where
    /// `reports_catalog` says so: another part may do it.
    pub(crate) fn fold(&mut self, lines: &[Line<'_>], reports_catalog: bool) {
        let is_sound = |line: &Line<'_>| line.event.is_ok();
        for run in lines.chunk_by(|line, next| is_sound(line) && is_sound(next)) {
            if let [Line { number, event: Err(malformed) }] = run {
                self.findings.add(FindingLine::malformed(*number, malformed));
            } else {
                self.fold_sound(run, reports_catalog);
            }
        }
    }

    /// Folds lines that are all well-formed.
    fn fold_sound(&mut self, lines: &[Line<'_>], reports_catalog: bool) {
        let Folding { replay, sink, findings, .. } = self;
        let event = |line| match line {
            &Line { number, event: Ok(ref event) } => Some((number, event)),
            _ => None,
        };
        let events = lines.iter().filter_map(event);
        let mut report = |sink: &mut ReplaySink, rejection: Rejection<'_, '_>| {
            if reports_catalog || matches!(rejection.event, Event::Account(_)) {
                findings.add(sink.denied.explained(rejection));
            }
        };
        replay.apply_all(events, sink, &mut report);
    }

    /// Parts the accounts, to be folded beside one another. What was kept stays with the first.
    pub(crate) fn split(self, parts: usize, part_of: impl Fn(&str) -> usize) -> Vec<Folding> {
        let Folding { replay, mut sink, findings, lines } = self;
        let denied = mem::take(&mut sink.denied).split(parts, &part_of);
        let part = |(replay, denied)| {
            let sink = ReplaySink { denied, ..sink.another(parts) };
            Folding { replay, sink, findings: findings.another(), lines }
        };
        let replays = replay.split(parts, part_of).into_iter();
        let mut foldings: Vec<_> = replays.zip(denied).map(part).collect();
        sink.denied = mem::take(&mut foldings[0].sink.denied);
        (foldings[0].sink, foldings[0].findings) = (sink, findings);
        foldings
    }

    /// Takes in what another part folded.
    pub(crate) fn merge(&mut self, part: Folding) {
        self.replay.merge(part.replay);
        self.sink.merge(part.sink);
        self.findings.merge(part.findings);
    }
}

/// What is kept of the journal.
#[derive(Default)]
pub(crate) struct ReplaySink {
    pub(crate) by_product: Option<ByProduct>,
    pub(crate) denied: Denied,
    pub(crate) journal: Option<GroupedJournal>,
}

impl ReplaySink {
    /// An empty one that keeps the same, as one of so many.
    fn another(&self, parts: usize) -> ReplaySink {
        ReplaySink {
            by_product: self.by_product.as_ref().map(|_| ByProduct::default()),
            denied: Denied::default(),
            journal: self.journal.as_ref().map(|_| GroupedJournal::one_of(parts)),
        }
    }

    fn merge(&mut self, part: ReplaySink) {
        if let (Some(by_product), Some(other)) = (&mut self.by_product, part.by_product) {
            by_product.merge(other);
        }
        self.denied.merge(part.denied);
        if let (Some(journal), Some(other)) = (&mut self.journal, part.journal) {
            journal.merge(other);
        }
    }
}

impl Sink for ReplaySink {
    fn record(&mut self, record: Record<'_>) {
        if let Some(by_product) = &mut self.by_product {
            by_product.add(&record);
        }
        self.denied.add(&record);
        if let Some(journal) = &mut self.journal {
            journal.record(record);
        }
    }
}

/// Charges by product, over all accounts.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct ByProduct {
    pub products: BTreeMap<String, ProductCharges>,
    /// What was given back, whatever it had been for.
    pub refunded: Tokens,
}

/// What was charged for one product.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct ProductCharges {
    pub charges: u64,
    pub covered: u64,
    pub tokens: Tokens,
}

impl ByProduct {
    fn add(&mut self, record: &Record<'_>) {
        match &record.entry {
            Entry::Charged(charged) => {
                self.add_to(
                    &charged.product,
                    &ProductCharges {
                        charges: 1,
                        covered: charged.subscription.is_some().into(),
                        tokens: charged.tokens,
                    },
                );
            }
            Entry::Refunded(refunded) => self.refunded += refunded.tokens,
            _ => {}
        }
    }

    fn merge(&mut self, other: ByProduct) {
        for (name, charges) in &other.products {
            self.add_to(name, charges);
        }
        self.refunded += other.refunded;
    }

    fn add_to(&mut self, product: &str, charges: &ProductCharges) {
        match self.products.get_mut(product) {
            Some(product) => product.add(charges),
            None => {
                self.products.insert(product.to_owned(), charges.clone());
            }
        }
    }
}

impl ProductCharges {
    fn add(&mut self, other: &ProductCharges) {
        self.charges += other.charges;
        self.covered += other.covered;
        self.tokens += other.tokens;
    }
}
