//! A replay: which log, folded how.

#[cfg(doc)]
use tallyfold_core::spec::*;

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::{mem, thread};

use tallyfold_core::{Consumer, Event, HashKey, Ledger, LogFold, Preset, Rulebook, Timestamp};

use crate::batch::{Reading, Wanted, Watch};
use crate::blocks::LogBlocks;
use crate::denied_opens::DeniedOpens;
use crate::error::ReplayError;
use crate::findings::Findings;
use crate::log::Log;
use crate::parallel::{self, BLOCKS};
use crate::part::Part;
use crate::run::{Folded, Paused, Run};

/// A step before the fold, which may change events: leave them out, put others in their place, add some.
///
/// Each part of a log has one of its own. It is handed every event of the catalog, and those of the
/// part's accounts, in log order.
pub trait Change: Send {
    /// Puts what comes before the first event of the log: events of the catalog only, the same in every
    /// part.
    fn begin(&mut self, put: &mut dyn FnMut(Event<'static>)) {
        let _ = put;
    }

    /// Puts what is folded in place of an event: for one of the catalog events of the catalog, the same in
    /// every part; for one of an account events of that account.
    fn change<'e>(&mut self, event: &Event<'e>, put: &mut dyn FnMut(Event<'e>));
}

/// Cancels a replay from another thread. Clones cancel the same.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Cancels: the replay ends with [`ReplayError::Cancelled`] at its next block of lines.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// A replay of a log: say what of it, and [run](Replay::run) it.
///
/// ```
/// use tallyfold_core::{Record, Timestamp};
/// use tallyfold_engine::{Log, Replay};
///
/// # let log = include_bytes!("../tests/team-month.jsonl");
/// let run = Replay::of(Log::bytes(log))
///     .as_of("2026-01-10T00:00:00Z".parse::<Timestamp>()?)
///     .accounts(["bridges"])
///     .run(Vec::<Record<'static>>::new)?;
/// assert!(run.consumer.iter().all(|record| record.account == "bridges"));
/// # assert!(!run.consumer.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Replay<'r> {
    log: Log,
    first_rulebook: Rulebook,
    paused: Option<Box<Paused>>,
    key: HashKey,
    as_of: Option<Timestamp>,
    settles_together: Option<Together>,
    accounts: Option<BTreeSet<String>>,
    names_accounts: bool,
    threads: NonZeroUsize,
    in_log_order: bool,
    keeps_findings: Option<usize>,
    digests_inputs: bool,
    is_measured: bool,
    change: Option<Box<dyn Fn() -> Box<dyn Change> + 'r>>,
    progress: Option<Box<dyn FnMut(u64) + Send + 'r>>,
    cancel: Option<Cancel>,
    blocks: usize,
}

/// All accounts are settled at one instant: the as-of, or the latest clock of this account, or of all.
#[derive(Debug)]
pub(crate) struct Together(pub(crate) Option<String>);

impl<'r> Replay<'r> {
    /// A replay of a whole log under the launch rulebook, on all cores.
    #[must_use]
    pub fn of(log: Log) -> Replay<'r> {
        Replay {
            log,
            first_rulebook: Rulebook::default(),
            paused: None,
            key: HashKey::default(),
            as_of: None,
            settles_together: None,
            accounts: None,
            names_accounts: false,
            threads: thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
            in_log_order: false,
            keeps_findings: None,
            digests_inputs: false,
            is_measured: false,
            change: None,
            progress: None,
            cancel: None,
            blocks: BLOCKS,
        }
    }

    /// Folds only what has an instant up to `at`, and settles every account then ([T6]).
    #[must_use]
    pub fn as_of(self, at: impl Into<Option<Timestamp>>) -> Replay<'r> {
        Replay { as_of: at.into(), ..self }
    }

    /// The rulebook that holds before the first `RulebookAdopted`. A replay that goes on has that of the
    /// first one.
    #[must_use]
    pub fn rulebook(self, first: Preset) -> Replay<'r> {
        Replay { first_rulebook: first.rulebook(), ..self }
    }

    /// The key of hash tables; see [`HashKey`] for when to draw one. A replay that goes on has that with
    /// which the first one was restored.
    #[must_use]
    pub fn hash_key(self, key: HashKey) -> Replay<'r> {
        Replay { key, ..self }
    }

    /// Folds these accounts only. The lines of all others are passed over once it is known whose they
    /// are.
    #[must_use]
    pub fn accounts<N: Into<String>>(self, names: impl IntoIterator<Item = N>) -> Replay<'r> {
        let accounts = Some(names.into_iter().map(Into::into).collect());
        Replay { accounts, names_accounts: true, ..self }
    }

    /// Notes [which accounts](Run::named_accounts) the log names, those included that have no event up to
    /// the as-of, or none that could be applied.
    #[must_use]
    pub fn name_accounts(self) -> Replay<'r> {
        Replay { names_accounts: true, ..self }
    }

    /// Settles every account at one instant, as reports do ([T6]): the as-of; without one the latest
    /// clock of all accounts, or of the one that is named; without any the catalog's clock.
    #[must_use]
    pub fn settled_together(self, at_clock_of: Option<&str>) -> Replay<'r> {
        let together = Together(at_clock_of.map(str::to_owned));
        Replay { settles_together: Some(together), ..self }
    }

    /// How many threads it may use. Nothing that is decided depends on it.
    #[must_use]
    pub fn threads(self, threads: NonZeroUsize) -> Replay<'r> {
        Replay { threads, ..self }
    }

    /// Folds in the order of the log, on one thread: so the consumer is handed the records of all
    /// accounts. For a replay of all accounts that does not note their names; it takes longer.
    #[must_use]
    pub fn in_log_order(self) -> Replay<'r> {
        Replay { threads: NonZeroUsize::MIN, in_log_order: true, ..self }
    }

    /// Keeps at most so many findings of each kind, the first ones; else all.
    #[must_use]
    pub fn keep_findings(self, most: impl Into<Option<usize>>) -> Replay<'r> {
        Replay { keeps_findings: most.into(), ..self }
    }

    /// Works out the SHA-256 of each input as it is stored.
    #[must_use]
    pub fn digest_inputs(self) -> Replay<'r> {
        Replay { digests_inputs: true, ..self }
    }

    /// Changes events before they are folded; `make` makes the step for each part of the log.
    #[must_use]
    pub fn change<F: Fn() -> X + 'r, X: Change + 'static>(self, make: F) -> Replay<'r> {
        let make = move || Box::new(make()) as Box<dyn Change>;
        Replay { change: Some(Box::new(make)), ..self }
    }

    /// Is told now and then how many bytes of the inputs were read, as they are stored.
    #[must_use]
    pub fn progress(self, told: impl FnMut(u64) + Send + 'r) -> Replay<'r> {
        Replay { progress: Some(Box::new(told)), ..self }
    }

    /// Can be cancelled.
    #[must_use]
    pub fn cancelled_by(self, cancel: Cancel) -> Replay<'r> {
        Replay { cancel: Some(cancel), ..self }
    }

    /// Measures what it folds, so that it can be [gone on with](Folded::pause).
    #[must_use]
    pub fn measured(self) -> Replay<'r> {
        Replay { is_measured: true, ..self }
    }

    /// Goes on after the start of the log that was folded before. That the log still starts so is
    /// checked. It cannot be [as of](Replay::as_of) an instant: what was folded may be later.
    #[must_use]
    pub fn resume(self, paused: Paused) -> Replay<'r> {
        Replay { paused: Some(Box::new(paused)), ..self }
    }

    /// Holds so many blocks of lines at once: for tests.
    #[doc(hidden)]
    #[must_use]
    pub fn holding(self, blocks: usize) -> Replay<'r> {
        Replay { blocks, ..self }
    }

    /// Folds the log into consumers, one for each part, and merges them in a fixed order.
    ///
    /// # Errors
    ///
    /// [`ReplayError`] where the log cannot be read to its end. What is wrong with a line is a finding.
    pub fn run<C: Consumer + Send>(self, make: impl Fn() -> C) -> Result<Run<C>, ReplayError> {
        let first = make();
        Ok(self.fold(first, make)?.settle())
    }

    /// Folds the log as [`run`](Replay::run) does, without settling the accounts, so that it can be gone
    /// on with. The first part goes on with a consumer that is there already.
    ///
    /// # Errors
    ///
    /// As [`run`](Replay::run).
    pub fn fold<C: Consumer + Send>(
        mut self,
        consumer: C,
        make: impl Fn() -> C,
    ) -> Result<Folded<C>, ReplayError> {
        let log = mem::replace(&mut self.log, Log::of_all(Vec::new()));
        let mut blocks = LogBlocks::of(log, self.digests_inputs);
        if self.is_measured {
            blocks = blocks.measured();
        }
        if self.in_log_order {
            blocks = blocks.handed_out_as_it_comes();
        }
        let change = || self.change.as_ref().map(|make| make());
        let keeps = self.keeps_findings;
        let (fold, findings, denied_opens) = match self.paused.take() {
            None => {
                let ledger =
                    Ledger::builder().rulebook(self.first_rulebook).hash_key(self.key.clone());
                let fold = LogFold::new(ledger.build(), self.as_of);
                (fold, Findings::keeping(keeps), DeniedOpens::default())
            }
            Some(_) if self.as_of.is_some() => return Err(ReplayError::ResumedAsOf),
            Some(paused) => {
                blocks.pass(&paused.prefix)?;
                let Paused { fold, findings, denied_opens, .. } = *paused;
                (fold, Findings::resumed(findings, keeps), denied_opens)
            }
        };
        let part = |fold, consumer, findings, denied_opens| Part {
            fold,
            consumer,
            findings,
            denied_opens,
            change: change(),
            spare: Vec::new(),
        };
        let another = || {
            let fold = LogFold::new(Ledger::default(), None);
            part(fold, make(), Findings::keeping(keeps), DeniedOpens::default())
        };
        let accounts = self.accounts.take();
        let wanted = self.names_accounts.then(|| Wanted { accounts, ..Wanted::default() });
        let watch = Watch { progress: self.progress.take(), cancel: self.cancel.take(), wanted };
        let threads = self.threads.get();
        let mut reading = Reading::of(&mut blocks, threads, watch, keeps);
        let first = part(fold, consumer, findings, denied_opens);
        let mut part = if self.in_log_order && reading.is_of_all() {
            parallel::fold_in_log_order(&mut reading, first)?
        } else {
            parallel::fold(threads, self.blocks, &mut reading, first, &another)?
        };
        part.findings.merge(reading.take_refused());
        part.findings.sort();
        let (lines, named, prefix) = (reading.lines(), reading.into_named(), blocks.prefix());
        let inputs = blocks.into_inputs();
        let settles = self.settles_together;
        Ok(Folded { part, settles, lines, named, prefix, inputs })
    }
}
