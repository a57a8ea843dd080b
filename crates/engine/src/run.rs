//! What came of a replay.

#[cfg(doc)]
use tallyfold_core::spec::*;

use std::collections::BTreeSet;

use tallyfold_core::{
    AccountAt, Consumer, HashKey, Ledger, LogFold, LogFoldSnapshot, RestoreError, Timestamp,
};
use tallyfold_log::FindingLine;

use crate::blocks::Prefix;
use crate::denied_opens::DeniedOpens;
use crate::findings::Findings;
use crate::log::Input;
use crate::part::Part;
use crate::replay::Together;

/// A log that was folded, before its accounts are settled.
#[derive(Debug)]
pub struct Folded<C> {
    pub(crate) part: Part<C>,
    pub(crate) settles: Option<Together>,
    pub(crate) lines: u64,
    pub(crate) named: BTreeSet<String>,
    pub(crate) prefix: Option<Prefix>,
    pub(crate) inputs: Vec<Input>,
}

impl<C: Consumer> Folded<C> {
    /// All that is needed to go on when the log has grown, beside the consumer, which comes second. For a
    /// replay that was [measured](crate::Replay::measured), is not as of an instant, and keeps all findings.
    pub fn pause(&mut self) -> Option<(PausedParts<'_>, &C)> {
        let Part { fold, consumer, findings, denied_opens, .. } = &mut self.part;
        if !findings.keeps_all() {
            return None;
        }
        let (prefix, fold) = (self.prefix?, fold.snapshot()?);
        let findings = findings.kept();
        Some((PausedParts { prefix, fold, denied_opens, findings }, consumer))
    }

    /// The ledger as it is after the last event.
    #[must_use]
    pub fn into_ledger(self) -> Ledger {
        self.part.fold.into_ledger()
    }

    /// Settles all accounts ([T6]).
    #[must_use]
    pub fn settle(self) -> Run<C> {
        let Folded { mut part, settles, lines, named, inputs, .. } = self;
        let as_of = part.fold.as_of();
        let together = |Together(of): Together| as_of.or_else(|| latest(&part.fold, of.as_deref()));
        let settled_at = settles.and_then(together);
        part.settle(settled_at);
        let Part { fold, consumer, findings, .. } = part;
        Run { consumer, fold, findings, lines, settled_at, named, inputs }
    }
}

/// The latest clock of an account, or of all; without any that of the catalog.
fn latest(fold: &LogFold, account: Option<&str>) -> Option<Timestamp> {
    let ledger = fold.ledger();
    let of_accounts = match account {
        Some(name) => ledger.account(name).map(|it| it.clock()),
        None => ledger.accounts().map(|it| it.clock()).max(),
    };
    of_accounts.or(ledger.catalog_clock())
}

/// What came of a replay.
#[derive(Debug)]
pub struct Run<C> {
    /// The consumers of all parts, merged.
    pub consumer: C,
    pub(crate) fold: LogFold,
    pub(crate) findings: Findings,
    pub(crate) lines: u64,
    pub(crate) settled_at: Option<Timestamp>,
    pub(crate) named: BTreeSet<String>,
    pub(crate) inputs: Vec<Input>,
}

impl<C> Run<C> {
    /// All accounts as they are settled, in byte order of their names.
    pub fn accounts(&self) -> impl Iterator<Item = AccountAt<'_>> {
        let at = self.settled_at();
        self.fold.ledger().accounts().map(move |it| it.at(at.unwrap_or(it.clock())))
    }

    /// The ledger, to be asked.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        self.fold.ledger()
    }

    /// The fold, settled: what [`write_result`](tallyfold_log::write_result) writes.
    #[must_use]
    pub fn fold(&self) -> &LogFold {
        &self.fold
    }

    /// Lines that are no events, and events that could not be applied.
    #[must_use]
    pub fn findings(&self) -> &Findings {
        &self.findings
    }

    /// How many events were folded, findings included.
    #[must_use]
    pub fn event_count(&self) -> u64 {
        self.fold.event_count()
    }

    /// How many lines were read, blank ones included.
    #[must_use]
    pub fn line_count(&self) -> u64 {
        self.lines
    }

    /// The instant at which all accounts are settled, where it is one for all.
    #[must_use]
    pub fn settled_at(&self) -> Option<Timestamp> {
        self.settled_at.or(self.fold.as_of())
    }

    /// What was read, in order.
    #[must_use]
    pub fn inputs(&self) -> &[Input] {
        &self.inputs
    }

    /// The input that a line of the log is in, and which line of that input it is, counted from 1.
    #[must_use]
    pub fn place_of(&self, line: u64) -> Option<(&Input, u64)> {
        let input = self.inputs.iter().rfind(|input| input.lines_before < line)?;
        Some((input, line - input.lines_before))
    }

    /// The accounts that the log names, where they were [asked for](crate::Replay::name_accounts).
    #[must_use]
    pub fn named_accounts(&self) -> &BTreeSet<String> {
        &self.named
    }
}

/// What can be written of a run that is to be gone on with.
#[derive(Debug)]
pub struct PausedParts<'p> {
    /// What was folded.
    pub prefix: Prefix,
    /// The fold.
    pub fold: LogFoldSnapshot<'p>,
    /// What explains findings to come.
    pub denied_opens: &'p DeniedOpens,
    /// What was found.
    pub findings: &'p [FindingLine],
}

/// A run to go on with.
#[derive(Clone, Debug)]
pub struct Paused {
    pub(crate) prefix: Prefix,
    pub(crate) fold: LogFold,
    pub(crate) denied_opens: DeniedOpens,
    pub(crate) findings: Vec<FindingLine>,
}

impl Paused {
    /// Restores what [`Folded::pause`] gave.
    ///
    /// # Errors
    ///
    /// [`RestoreError`] where the fold is of another version, or does not fit together.
    pub fn restore(
        prefix: Prefix,
        fold: LogFoldSnapshot<'_>,
        denied_opens: DeniedOpens,
        findings: Vec<FindingLine>,
        key: HashKey,
    ) -> Result<Paused, RestoreError> {
        Ok(Paused { prefix, fold: LogFold::restore(fold, key)?, denied_opens, findings })
    }
}
