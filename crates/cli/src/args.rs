//! The command line.

pub(crate) mod as_of;
pub(crate) mod import;
mod inputs;
pub(crate) mod report;
pub(crate) mod store;

use std::num::NonZeroU32;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::thread;

use clap::{Parser, Subcommand, ValueEnum};
use tallyfold_core::{Preset, Timestamp};
use tallyfold_projections::TimeZone;

use import::ImportCommand;
use report::{ReportCommand, ScopeArgs};
use store::StoreCommand;

/// Replay, check and explain ledgers of prepaid usage tokens.
///
/// A log is JSON Lines, one event a line; plain, .gz or .zst; a file or - for standard input.
/// Several files are read as one log in the order given.
#[derive(Debug, Parser)]
#[command(version, arg_required_else_help = true, after_help = EXAMPLES, max_term_width = 100)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub command: Command,
}

const EXAMPLES: &str = "\
Examples:
  tallyfold replay examples/team-month.jsonl         balances, packs, charges, findings
  tallyfold journal examples/team-month.jsonl | less every decision, one a line
  tallyfold check usage.jsonl && echo fine           is anything wrong with this log?
  tallyfold report token by-product -o report.html usage.jsonl
  tallyfold import flexnet debug.log --account acme > usage.jsonl
  tallyfold generate --events 100000 | tallyfold replay -";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Replay(ReplayArgs),
    Journal(JournalArgs),
    Check(CheckArgs),
    Laws(LawsArgs),
    #[command(subcommand)]
    Report(ReportCommand),
    Estimate(EstimateArgs),
    WhatIf(WhatIfArgs),
    #[command(subcommand)]
    Import(ImportCommand),
    #[command(subcommand)]
    Store(StoreCommand),
    Generate(GenerateArgs),
}

/// Fold a log and show what came of it: balances, packs, charges and findings
///
/// Exit code: 0, or 1 with --strict when there are findings, or 2 for usage or I/O errors.
#[derive(Debug, clap::Args)]
pub(crate) struct ReplayArgs {
    /// Fold only what happened up to T, and settle every account at T: an instant (RFC 3339), or a
    /// date, whose end in UTC is meant
    #[arg(long, value_name = "T", value_parser = as_of::in_utc)]
    pub as_of: Option<Timestamp>,
    #[command(flatten)]
    pub rules: RuleArgs,
    /// How to show the result
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
    /// Also write the journal to FILE as JSON Lines, grouped by account
    #[arg(long, value_name = "FILE")]
    pub journal: Option<PathBuf>,
    /// Exit with 1 when there are findings
    #[arg(long)]
    pub strict: bool,
    /// When all is folded, keep what a replay of the same log, grown longer, can go on from
    #[arg(long, value_name = "FILE", conflicts_with = "as_of")]
    pub save_snapshot: Option<PathBuf>,
    /// Go on from a snapshot instead of folding the start of the log again
    ///
    /// The answers are the same as without it. The lines that the snapshot is of are read and
    /// compared with it, but not folded; it is refused where they are others.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["as_of", "journal"])]
    pub from_snapshot: Option<PathBuf>,
    #[command(flatten)]
    pub threads: ThreadArgs,
    #[command(flatten)]
    pub log: LogArgs,
}

/// Print the journal: every decision of the fold, one JSON object a line
///
/// All of one account comes before the next, accounts in byte order of their names; inside an
/// account lines come in the order of decision. What is due at the end of the log is settled.
#[derive(Debug, clap::Args)]
pub(crate) struct JournalArgs {
    /// Fold only what happened up to T, and settle every account at T: an instant (RFC 3339), or a
    /// date, whose end in UTC is meant
    #[arg(long, value_name = "T", value_parser = as_of::in_utc)]
    pub as_of: Option<Timestamp>,
    #[command(flatten)]
    pub rules: RuleArgs,
    /// Only the entries of this account
    #[arg(long, value_name = "NAME")]
    pub account: Option<String>,
    /// Print each entry as it is decided, the accounts of the log mixed
    #[arg(long)]
    pub log_order: bool,
    /// Print the SHA-256 of each account's journal instead, and the account as a JSON string
    ///
    /// The SHA-256 of these lines is the journal's digest that the evidence of a report names. The
    /// digest of one account is also that of `tallyfold journal --account NAME … | sha256sum`.
    #[arg(long, conflicts_with = "log_order")]
    pub digests: bool,
    #[command(flatten)]
    pub log: LogArgs,
}

/// Print what is wrong with a log: malformed lines, and events that could not be applied
///
/// Prints nothing and exits with 0 when all is well, with 1 otherwise.
#[derive(Debug, clap::Args)]
pub(crate) struct CheckArgs {
    /// Show every finding, not only the first three of each kind
    #[arg(long)]
    pub all: bool,
    #[command(flatten)]
    pub rules: RuleArgs,
    #[command(flatten)]
    pub log: LogArgs,
}

/// Check the laws that every log and its journal keep; exits with 1 where one is broken
#[derive(Debug, clap::Args)]
pub(crate) struct LawsArgs {
    /// Only this law, or these
    #[arg(long = "law", value_name = "NAME")]
    pub laws: Vec<String>,
    /// List the laws and what each promises
    #[arg(long)]
    pub list: bool,
    #[command(flatten)]
    pub rules: RuleArgs,
    /// The log: one or several files, plain, .gz or .zst; - for standard input
    #[arg(
        value_name = "LOG",
        required_unless_present_any = ["list", "store"],
        conflicts_with = "store"
    )]
    log: Vec<PathBuf>,
    /// In place of a log: the store that keeps it
    #[arg(long, value_name = "STORE")]
    store: Option<PathBuf>,
}

impl LawsArgs {
    pub(crate) fn log(&self) -> LogArgs {
        LogArgs { paths: self.log.clone(), store: self.store.clone() }
    }
}

/// Estimate what to buy: tokens that will be needed, and the cheapest packs that cover them
///
/// With --from the balance, its expiries and the rates come from a log; without --need the rows are
/// proposed from its history.
#[derive(Debug, clap::Args)]
pub(crate) struct EstimateArgs {
    /// A row: so many users of a product, so many days a month each, for so many months
    #[arg(long = "need", value_name = "PRODUCT,USERS,DAYS,MONTHS")]
    pub needs: Vec<String>,
    /// The same rows from a file: product,users,days_a_month,months
    #[arg(long, value_name = "FILE.csv")]
    pub needs_file: Option<PathBuf>,
    /// What a product costs a day; goes before the log
    #[arg(long = "rate", value_name = "PRODUCT=TOKENS")]
    pub rates: Vec<String>,
    /// The same from a file: product,tokens_per_day
    #[arg(long, value_name = "FILE.csv")]
    pub rates_file: Option<PathBuf>,
    /// A pack that can be bought
    #[arg(long = "pack", value_name = "TOKENS=PRICE", allow_hyphen_values = true)]
    pub packs: Vec<String>,
    /// The same from a file: tokens,price
    #[arg(long, value_name = "FILE.csv")]
    pub packs_file: Option<PathBuf>,
    /// The log that tells of balance, rates and history
    #[arg(long, value_name = "LOG", conflicts_with = "store")]
    from: Vec<PathBuf>,
    /// In place of a log: the store that keeps it
    #[arg(long, value_name = "STORE")]
    store: Option<PathBuf>,
    /// For how many months rows are proposed from history
    #[arg(long, default_value_t = 12, allow_negative_numbers = true)]
    pub months: u32,
    /// Print JSON instead of tables
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub scope: ScopeArgs,
}

impl EstimateArgs {
    /// The log to estimate from; empty where there is none.
    pub(crate) fn log(&self) -> LogArgs {
        LogArgs { paths: self.from.clone(), store: self.store.clone() }
    }
}

/// What if: fold the log again with other seats, rates or rules, and show the difference
///
/// Nothing is averaged: every session of the log is decided anew.
#[derive(Debug, clap::Args)]
pub(crate) struct WhatIfArgs {
    /// Give a user a seat of a product or collection from the start
    #[arg(long, value_name = "USER=OFFERING")]
    pub assign: Vec<String>,
    /// Never give a user a seat of this subscription or offering
    #[arg(long, value_name = "USER=SUBSCRIPTION")]
    pub unassign: Vec<String>,
    /// Hold this rulebook all the time
    #[arg(long, value_enum, value_name = "NAME")]
    pub rulebook: Option<RulebookName>,
    /// Rate a product so all the time
    #[arg(long = "rate", value_name = "PRODUCT=TOKENS")]
    pub rates: Vec<String>,
    /// The account whose seats change; needed where the log has several
    #[arg(long, value_name = "NAME")]
    pub account: Option<String>,
    /// Whose days: an IANA name such as Europe/Madrid
    #[arg(long, value_name = "NAME", default_value = "UTC")]
    pub time_zone: TimeZone,
    /// Print JSON instead of tables
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub log: LogArgs,
}

/// Write a made-up log, the same for the same numbers, for demos and benchmarks
#[derive(Debug, clap::Args)]
pub(crate) struct GenerateArgs {
    /// How many events
    #[arg(long, value_name = "N", default_value_t = 100_000, allow_negative_numbers = true)]
    pub events: u64,
    /// How many accounts
    #[arg(long, value_name = "A", default_value = "1000", allow_negative_numbers = true)]
    pub accounts: NonZeroU32,
    /// How many users in each account
    #[arg(long, value_name = "U", default_value = "50", allow_negative_numbers = true)]
    pub users: NonZeroU32,
    /// Another seed gives another log
    #[arg(long, value_name = "S", default_value_t = 1, allow_negative_numbers = true)]
    pub seed: u64,
    /// Sessions live for one to four weeks instead of hours
    #[arg(long)]
    pub long_sessions: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ThreadArgs {
    /// Fold on N threads, each some of the accounts; all cores if left out
    ///
    /// The result is the same for any number.
    #[arg(
        long,
        value_name = "N",
        value_parser = clap::value_parser!(u16).range(1..=1024),
        allow_negative_numbers = true
    )]
    threads: Option<u16>,
}

impl ThreadArgs {
    /// How many threads fold.
    pub(crate) fn count(&self) -> NonZeroUsize {
        let cores = || thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        self.threads.and_then(|n| NonZeroUsize::new(n.into())).unwrap_or_else(cores)
    }
}

#[derive(Debug, clap::Args)]
pub(crate) struct RuleArgs {
    /// The rulebook that holds before the first RulebookAdopted
    #[arg(long, value_enum, default_value_t = RulebookName::Launch, value_name = "NAME")]
    rulebook: RulebookName,
}

impl RuleArgs {
    pub(crate) fn preset(&self) -> Preset {
        self.rulebook.preset()
    }
}

impl RulebookName {
    pub(crate) fn preset(self) -> Preset {
        match self {
            RulebookName::Launch => Preset::Launch,
            RulebookName::Current => Preset::Current,
        }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum RulebookName {
    /// The rules of 2021
    Launch,
    /// The rules of today: 5 minutes of grace, idle time is free
    Current,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Tables for people
    Table,
    /// The replay result as one JSON object
    Json,
}

#[derive(Debug, clap::Args)]
pub(crate) struct LogArgs {
    /// The log: one or several files, plain, .gz or .zst; - for standard input
    #[arg(value_name = "LOG", required_unless_present = "store", conflicts_with = "store")]
    pub paths: Vec<PathBuf>,
    /// In place of a log: the store that keeps it
    #[arg(long, value_name = "STORE")]
    pub store: Option<PathBuf>,
}

impl LogArgs {
    /// Whether no log was named at all.
    pub(crate) fn is_absent(&self) -> bool {
        self.paths.is_empty() && self.store.is_none()
    }

    /// What is read as one log, in order.
    pub(crate) fn inputs(&self) -> impl Iterator<Item = &PathBuf> {
        self.store.iter().chain(&self.paths)
    }
}
