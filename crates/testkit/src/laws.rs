//! The laws: what always holds of a log and its journal, and of a service that folds.
//!
//! Each law is one sentence that says what it promises, the rules that it is from, and a check that
//! can be run alone. [`all`] lists them. Laws of the journal need a log and a journal, whoever
//! wrote it, and look at each entry once ([`Audit`]); laws of the fold ask a [`Service`] to fold a
//! log again, changed in a way that must not matter.
//!
//! [`Service`]: crate::Service

mod audit;
mod cover;
pub(crate) mod fold;
mod order;
mod sessions;
mod shift;
mod tokens;
mod windows;

use std::fmt;

use tallyfold_core::{Event, Finding, Record, Rulebook, Timestamp};

pub use audit::Audit;

use crate::books::{BookedAccount, Books};
use crate::fold::Fold;
use crate::service::Start;

/// A promise, and a check that it is kept.
#[derive(Debug)]
pub struct Law {
    name: &'static str,
    promise: &'static str,
    rules: &'static [&'static str],
    check: Check,
}

#[derive(Debug)]
enum Check {
    /// Looks at each entry, and at the end of each turn, with the books as they were before.
    Journal(JournalCheck),
    /// Folds a log again.
    Fold(FoldCheck),
    /// Folds a log beside another service, from the same first rulebook.
    Beside(BesideCheck),
}

type JournalCheck = fn(&Glance<'_>) -> Result<(), Broken>;
type FoldCheck = fn(Start<'_>, &[Event<'static>]) -> Result<(), Evidence>;
type BesideCheck = fn(Start<'_>, Rulebook, &[Event<'static>]) -> Result<(), Evidence>;

/// What a law says of an entry: what is wrong, and which earlier lines show it.
#[derive(Debug)]
pub(crate) struct Broken {
    says: String,
    lines: Vec<u64>,
}

impl Broken {
    pub(crate) fn because(says: String, lines: &[u64]) -> Broken {
        Broken { says, lines: lines.to_vec() }
    }
}

impl From<String> for Broken {
    fn from(says: String) -> Broken {
        Broken { says, lines: Vec::new() }
    }
}

/// Why a law is broken: the smallest part of log and journal that shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// What is wrong, in one sentence.
    pub says: String,
    /// The events that show it: their lines, or places in the history, counted from 1.
    pub lines: Vec<u64>,
    /// The entry that breaks the law, if it is one.
    pub entry: Option<Box<Record<'static>>>,
}

impl Evidence {
    pub(crate) fn new(says: impl Into<String>, lines: impl Into<Vec<u64>>) -> Evidence {
        Evidence { says: says.into(), lines: lines.into(), entry: None }
    }
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.says)?;
        let lines: Vec<_> = self.lines.iter().map(ToString::to_string).collect();
        match &lines[..] {
            [] => {}
            [line] => write!(f, " (line {line})")?,
            _ => write!(f, " (lines {})", lines.join(", "))?,
        }
        if let Some(entry) = &self.entry {
            let text = serde_json::to_string(entry).unwrap_or_default();
            write!(f, ": {text}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Evidence {}

/// What a law of the journal looks at: one entry, or the end of a turn.
pub(crate) struct Glance<'a> {
    /// All that log and journal said before.
    pub(crate) books: &'a Books,
    /// The books of the account that the entry, or at the end of a turn the event, is of.
    pub(crate) account: &'a BookedAccount,
    /// The event of the turn; none when accounts are settled.
    pub(crate) event: Option<&'a Event<'a>>,
    /// Its finding.
    pub(crate) finding: Option<Finding>,
    /// All entries of the turn.
    pub(crate) turn: &'a [Record<'static>],
    /// The entry; none at the end of the turn.
    pub(crate) record: Option<&'a Record<'static>>,
}

impl Glance<'_> {
    /// When the entry was decided, or the event at the end of its turn.
    pub(crate) fn at(&self) -> Option<Timestamp> {
        self.record.map(|record| record.at).or(self.event.map(Event::at))
    }

    /// The rulebook that the event sees; when accounts are settled what the last one saw (T2).
    pub(crate) fn rulebook(&self) -> &Rulebook {
        self.event.map_or(&self.account.seen, |event| self.books.catalog.rulebook(event.at()))
    }
}

pub(crate) fn holds(holds: bool, says: impl FnOnce() -> String) -> Result<(), Broken> {
    if holds { Ok(()) } else { Err(says().into()) }
}

/// All laws, those of the journal first.
#[must_use]
pub fn all() -> &'static [Law] {
    &ALL
}

/// The law of a name.
#[must_use]
pub fn named(name: &str) -> Option<&'static Law> {
    ALL.iter().find(|law| law.name == name)
}

impl Law {
    /// The law's name, in words joined by hyphens.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// What it promises, in one sentence.
    #[must_use]
    pub fn promise(&self) -> &'static str {
        self.promise
    }

    /// The rules that it is from (`rules.md`).
    #[must_use]
    pub fn rules(&self) -> &'static [&'static str] {
        self.rules
    }

    /// Whether a log and its journal suffice to check it.
    #[must_use]
    pub fn is_of_the_journal(&self) -> bool {
        matches!(self.check, Check::Journal(_))
    }

    /// Checks the law for a service on a log.
    ///
    /// `first_rulebook` is the one under which the service starts. A law of the journal folds the log
    /// once; a law of the fold several times.
    ///
    /// # Errors
    ///
    /// [`Evidence`] where the law is broken.
    pub fn check(
        &'static self,
        start: Start<'_>,
        first_rulebook: Rulebook,
        events: &[Event<'static>],
    ) -> Result<(), Evidence> {
        match self.check {
            Check::Journal(_) => {
                self.check_journal(first_rulebook, events, &Fold::of(start, events))
            }
            Check::Fold(check) => check(start, events),
            Check::Beside(check) => check(start, first_rulebook, events),
        }
    }

    /// Checks a law of the journal on a log and what was made of it, from this first rulebook. A law
    /// of the fold has nothing to say of it.
    ///
    /// # Errors
    ///
    /// [`Evidence`] where the law is broken.
    pub fn check_journal(
        &'static self,
        first_rulebook: Rulebook,
        events: &[Event<'_>],
        fold: &Fold,
    ) -> Result<(), Evidence> {
        Audit::of([self], first_rulebook, events, fold).outcome()
    }
}

macro_rules! laws {
    ($($kind:ident $name:literal [$($rule:literal)*] $promise:literal $check:path;)*) => {
        [$(Law {
            name: $name,
            promise: $promise,
            rules: &[$($rule),*],
            check: Check::$kind($check),
        }),*]
    };
}

static ALL: [Law; 40] = laws! {
    Journal "time-runs-forward" ["T1" "T3"]
        "Inside an account journal instants never decrease, and no entry is decided after its event."
        order::time_runs_forward;
    Journal "findings-are-silent" ["T1"]
        "An event that cannot be applied writes nothing, nor does a catalog event."
        order::findings_are_silent;
    Journal "every-event-is-answered" ["W2" "R2" "P1" "P6" "X1"]
        "An applied event is answered once, by the entry that its kind demands."
        order::every_event_is_answered;
    Journal "events-are-noted-as-given" ["S1" "S3" "A1" "A3" "N1"]
        "What moves no tokens is noted with its own fields as given."
        order::events_are_noted_as_given;
    Journal "charges-are-numbered" ["P4" "R2" "W1"]
        "The charges of an account are numbered 1, 2, 3… without a gap."
        order::charges_are_numbered;
    Journal "tokens-are-conserved" ["P5" "P6" "P7" "X2"]
        "In every pack purchased + adjusted = available + burned + expired, and none is negative."
        tokens::tokens_are_conserved;
    Journal "charges-are-paid-in-full" ["P4"]
        "The postings of a charge are positive, from different packs, and add up to it."
        tokens::charges_are_paid_in_full;
    Journal "packs-burn-in-order" ["P3" "P4"]
        "A charge takes all of each usable pack in burn order before it touches the next."
        tokens::packs_burn_in_order;
    Journal "only-usable-packs-pay" ["P1"]
        "Tokens come from packs with purchased ≤ t < expires, and only such packs are adjusted."
        tokens::only_usable_packs_pay;
    Journal "packs-expire-on-time" ["P1" "P2" "P5" "T3"]
        "A pack expires once, exactly validity_days after its purchase, before anything later."
        tokens::packs_expire_on_time;
    Journal "refunds-are-whole" ["X1" "X2" "W6"]
        "A charge is refunded at most once, only if paid, whole and to the packs that paid it."
        tokens::refunds_are_whole;
    Journal "notices-of-the-balance" ["N2"]
        "A notice follows an entry exactly when the level of the balance got worse by it."
        tokens::notices_of_the_balance;
    Journal "notices-of-expiry" ["N3"]
        "A pack that holds tokens is announced once, expiry_notice_days before it expires."
        tokens::notices_of_expiry;
    Journal "subscriptions-come-first" ["S2" "S4" "W1"]
        "A charge above 0 means that no subscription covered; a covered one names the right one."
        cover::subscriptions_come_first;
    Journal "charges-follow-the-rate" ["R1" "R2" "R3" "W1"]
        "A charge is the rate in force, of the right kind, times the quantity."
        cover::charges_follow_the_rate;
    Journal "refusals-are-true" ["W1" "A2" "A3" "R3" "P4"]
        "A refusal names the first check that fails, and a charge of tokens passes all of them."
        cover::refusals_are_true;
    Journal "windows-never-overlap" ["W1" "W2" "W3"]
        "The windows of one use never overlap, each cut where it ended early."
        windows::windows_never_overlap;
    Journal "windows-last-their-time" ["W1"]
        "A window lasts window_hours, a covered one not beyond the term of its subscription."
        windows::windows_last_their_time;
    Journal "windows-start-when-due" ["W2" "W3" "W7"]
        "A window starts at the open, on the grid of the last one, or where idle use resumed."
        windows::windows_start_when_due;
    Journal "sessions-run-in-windows" ["W2" "W3" "W4"]
        "An opened session names the window in force; after an active heartbeat there is one."
        windows::sessions_run_in_windows;
    Journal "idle-time-is-free" ["W7"]
        "Under idle_aware no inactive heartbeat takes cover, nor the close after one."
        windows::idle_time_is_free;
    Journal "grace-is-given-when-due" ["W6"]
        "A charge is refunded as grace exactly when every condition of grace holds."
        windows::grace_is_given_when_due;
    Journal "windows-end-with-reason" ["W5" "W8"]
        "A window ends early with its last session or its seat where it must, and nowhere else."
        windows::windows_end_with_reason;
    Journal "sessions-live-once" ["C1" "W4" "W9"]
        "A session opens when it is not live and closes when it is; a denied one never lives."
        sessions::sessions_live_once;
    Journal "lock-out-is-complete" ["W4"]
        "A lock-out has its refusal and leaves no session of the use live."
        sessions::lock_out_is_complete;
    Journal "sessions-lapse-on-time" ["C2" "T3" "T5"]
        "A session lapses exactly the offline limit after its last contact, and never later."
        sessions::sessions_lapse_on_time;
    Fold "a-prefix-folds-to-a-prefix" ["T1"]
        "The fold of the first k events is a prefix of the fold of all."
        fold::a_prefix_folds_to_a_prefix;
    Fold "findings-change-nothing" ["T1" "T7"]
        "Without the events that could not be applied the journal is the same."
        fold::findings_change_nothing;
    Fold "settling-is-a-question" ["T3"]
        "Asking what an account is at any instant changes nothing."
        fold::settling_is_a_question;
    Fold "a-snapshot-changes-nothing" ["T1"]
        "Stopped, stored and started again at any cut, a service goes on as if it had not been."
        fold::a_snapshot_changes_nothing;
    Fold "admit-predicts-the-open" ["W1" "W2"]
        "What admit answers is what the open then does."
        fold::admit_predicts_the_open;
    Fold "balances-follow-the-journal" ["P7"]
        "The balances that a service states are those that its journal adds up to."
        fold::balances_follow_the_journal;
    Fold "as-of-is-the-journal-until-then" ["T6"]
        "As of T a log gives its journal up to T."
        fold::as_of_is_the_journal_until_then;
    Fold "expired-never-falls" ["P5" "X2" "T6"]
        "What is expired as of T never falls as T grows."
        fold::expired_never_falls;
    Fold "accounts-are-independent" ["T1"]
        "Split by account, with the catalog in each part, a log gives the same journals."
        shift::accounts_are_independent;
    Fold "accounts-interleave-freely" ["T1" "T2"]
        "Another interleaving of accounts between catalog events gives the same journals."
        shift::accounts_interleave_freely;
    Fold "days-shift" ["P3" "T1"]
        "Shifting everything by whole UTC days shifts the journal."
        shift::days_shift;
    Fold "names-are-only-names" ["P3" "S2"]
        "Renaming everything one-to-one renames the journal."
        shift::names_are_only_names;
    Fold "more-tokens-first-grant" ["P4" "W1"]
        "The first decision that an extra pack changes is a refusal that became a grant."
        shift::more_tokens_first_grant;
    Beside "the-model-agrees" ["T1"]
        "The naive model makes the same journal of the log, entry for entry."
        fold::the_model_agrees;
};
