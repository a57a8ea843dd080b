//! What `replay` folds a log into: the ledger, and what is kept of journal and findings.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tallyfold_core::{Entry, Event, Record, Replay, Sink, Tokens};
use tallyfold_log::{FindingLine, Line};

use crate::findings::Findings;
use crate::grouped::GroupedJournal;

/// A replay of a log, or of some of its accounts.
pub(crate) struct Folding {
    pub(crate) replay: Replay,
    pub(crate) sink: ReplaySink,
    pub(crate) findings: Findings,
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
        let Folding { replay, sink, findings } = self;
        let event = |line| match line {
            &Line { number, event: Ok(ref event) } => Some((number, event)),
            _ => None,
        };
        let events = lines.iter().filter_map(event);
        let mut report = |line, event: &Event<'_>, finding| {
            if reports_catalog || matches!(event, Event::Account(_)) {
                findings.add(FindingLine::finding(line, finding, event));
            }
        };
        match sink.is_wanted() {
            true => replay.apply_all(events, sink, &mut report),
            false => replay.apply_all(events, &mut (), &mut report),
        }
    }

    /// Parts the accounts, to be folded beside one another. What was kept stays with the first.
    pub(crate) fn part(self, parts: usize, part_of: impl Fn(&str) -> usize) -> Vec<Folding> {
        let Folding { replay, sink, findings } = self;
        let part =
            |replay| Folding { replay, sink: sink.another(parts), findings: findings.another() };
        let mut foldings: Vec<_> = replay.part(parts, part_of).into_iter().map(part).collect();
        (foldings[0].sink, foldings[0].findings) = (sink, findings);
        foldings
    }

    /// Takes in what another part folded.
    pub(crate) fn absorb(&mut self, part: Folding) {
        self.replay.absorb(part.replay);
        self.sink.absorb(part.sink);
        self.findings.absorb(part.findings);
    }
}

/// What is kept of the journal.
#[derive(Default)]
pub(crate) struct ReplaySink {
    pub(crate) by_product: Option<ByProduct>,
    pub(crate) journal: Option<GroupedJournal>,
}

impl ReplaySink {
    fn is_wanted(&self) -> bool {
        self.by_product.is_some() || self.journal.is_some()
    }

    /// An empty one that keeps the same, as one of so many.
    fn another(&self, parts: usize) -> ReplaySink {
        ReplaySink {
            by_product: self.by_product.as_ref().map(|_| ByProduct::default()),
            journal: self.journal.as_ref().map(|_| GroupedJournal::one_of(parts)),
        }
    }

    fn absorb(&mut self, part: ReplaySink) {
        if let (Some(by_product), Some(other)) = (&mut self.by_product, part.by_product) {
            by_product.absorb(other);
        }
        if let (Some(journal), Some(other)) = (&mut self.journal, part.journal) {
            journal.absorb(other);
        }
    }
}

impl Sink for ReplaySink {
    fn record(&mut self, record: Record<'_>) {
        if let Some(by_product) = &mut self.by_product {
            by_product.add(&record);
        }
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

    fn absorb(&mut self, other: ByProduct) {
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
