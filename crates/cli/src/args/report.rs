//! What `report` takes.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};
use tallyfold_core::{Plan, Timestamp};
use tallyfold_projections::{Money, PeriodSpec, TimeZone};

use super::as_of::AsOf;
use super::{LogArgs, RuleArgs};

/// Usage reports: Standard ones without names, Premium ones by user
///
/// Every report carries its evidence: inputs with their digests, findings, rulebooks, the digest of
/// the journal, and control totals. Without --period the whole history is reported.
#[derive(Debug, Subcommand)]
pub(crate) enum ReportCommand {
    /// What was used of the tokens
    #[command(subcommand)]
    Token(TokenReport),
    /// What was used of the seats
    #[command(subcommand)]
    Seat(SeatReport),
    /// The people (Premium)
    #[command(subcommand)]
    User(UserReport),
    /// Who should be on tokens, and who on a subscription (Premium)
    Advice(AdviceArgs),
    /// For other tools
    #[command(subcommand)]
    Usage(UsageReport),
    /// Every report that the plan allows, each in a file of its own, in one run over the log
    All(AllArgs),
}

#[derive(Debug, Subcommand)]
pub(crate) enum TokenReport {
    /// A row for each account: balance, expiries, use in the period, when the tokens run out
    Summary(ReportArgs),
    /// A row for each day
    ByDay(ReportArgs),
    /// What came into packs and expired; in the past 90 days without --period
    Events(ReportArgs),
    /// A row for each product
    ByProduct(ReportArgs),
    /// A row for each product and version
    ByVersion(ReportArgs),
    /// A row for each user and product (Premium)
    ByUser(ReportArgs),
}

#[derive(Debug, Subcommand)]
pub(crate) enum SeatReport {
    /// A row for each subscription
    Summary(ReportArgs),
    /// A row for each product
    ByProduct(ReportArgs),
    /// A row for each user and product (Premium)
    ByUser(ReportArgs),
}

#[derive(Debug, Subcommand)]
pub(crate) enum UserReport {
    /// A row for everybody who is known, the inactive among them (Premium)
    Summary(ReportArgs),
    /// Every charge of one user, and days of use by week (Premium)
    Detail(DetailArgs),
}

#[derive(Debug, Subcommand)]
pub(crate) enum UsageReport {
    /// A row for each user, product, version and day (Premium)
    Export(ReportArgs),
}

#[derive(Debug, clap::Args)]
pub(crate) struct DetailArgs {
    /// The user
    #[arg(long, value_name = "NAME")]
    pub user: String,
    #[command(flatten)]
    pub report: ReportArgs,
}

#[derive(Debug, clap::Args)]
pub(crate) struct AdviceArgs {
    #[command(flatten)]
    pub prices: PriceArgs,
    #[command(flatten)]
    pub report: ReportArgs,
}

/// What advice reckons with
#[derive(Debug, clap::Args)]
pub(crate) struct PriceArgs {
    /// What one token costs, for advice
    #[arg(long, value_name = "PRICE", allow_negative_numbers = true)]
    pub token_price: Option<Money>,
    /// What subscriptions cost a month, for advice: offering,price (# starts a comment)
    ///
    /// An offering is a product or a collection.
    #[arg(long, value_name = "FILE.csv")]
    pub subscription_prices: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct AllArgs {
    /// The folder to write to
    ///
    /// Its manifest.json lists the files. The next time they are replaced, or removed where they are
    /// no more; a folder with other files is refused.
    #[arg(short, long, value_name = "DIR")]
    pub output: PathBuf,
    /// Write to a folder that has other files too
    #[arg(long)]
    pub force: bool,
    /// How to write each report
    #[arg(long, value_enum, default_value_t = ReportFormat::Csv)]
    pub format: ReportFormat,
    #[command(flatten)]
    pub how: OutputArgs,
    #[command(flatten)]
    pub prices: PriceArgs,
    #[command(flatten)]
    pub scope: ScopeArgs,
    #[command(flatten)]
    pub log: LogArgs,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ReportArgs {
    #[command(flatten)]
    pub scope: ScopeArgs,
    /// How to write the report; what -o is called implies it
    #[arg(long, value_enum)]
    pub format: Option<ReportFormat>,
    /// Write to FILE instead of standard output, whole or not at all; - for standard output
    ///
    /// CSV and JSON Lines have their evidence in FILE.evidence.json.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    #[command(flatten)]
    pub how: OutputArgs,
    #[command(flatten)]
    pub log: LogArgs,
}

/// How a report is written
#[derive(Debug, clap::Args)]
pub(crate) struct OutputArgs {
    /// Print all of the evidence: below a table, and above CSV and JSON Lines on standard output
    #[arg(long)]
    pub evidence: bool,
    /// Start a CSV file without a byte order mark, which Excel needs
    #[arg(long)]
    pub no_bom: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ScopeArgs {
    /// The days to report; the whole history if left out
    ///
    /// A day (2026-01-05), ISO week (2026-W02), month (2026-01), quarter (2026-Q1) or year (2026); a
    /// range of them, its end excluded (2026-01..2026-03) or left out (2026-01-05..); past-N-days,
    /// past-N-months (completed ones), rolling-N-months, this-month, last-month.
    #[arg(long)]
    pub period: Option<PeriodSpec>,
    /// Whose days: an IANA name such as Europe/Madrid
    #[arg(long, value_name = "NAME", default_value = "UTC")]
    pub time_zone: TimeZone,
    /// Report as if this plan were in force; the evidence says so
    #[arg(long, value_enum, value_name = "PLAN")]
    pub plan: Option<PlanName>,
    /// Only this account
    #[arg(long, value_name = "NAME")]
    pub account: Option<String>,
    /// Report how things were at T: an instant (RFC 3339), or a date, whose end in the time zone is
    /// meant; the last event if left out
    #[arg(long, value_name = "T")]
    as_of: Option<AsOf>,
    #[command(flatten)]
    pub rules: RuleArgs,
}

impl ScopeArgs {
    /// The as-of that was given. A date ends where it does in the time zone.
    pub(crate) fn as_of(&self) -> Option<Timestamp> {
        self.as_of.map(|as_of| as_of.in_zone(self.time_zone))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    /// For people
    Table,
    /// Comma-separated values, one table
    Csv,
    /// One JSON object
    Json,
    /// A JSON object for each row of one table
    Jsonl,
    /// A workbook with typed cells and a sheet for the evidence
    Xlsx,
    /// One page that needs nothing else
    Html,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PlanName {
    Standard,
    Premium,
}

impl PlanName {
    pub(crate) fn plan(self) -> Plan {
        match self {
            PlanName::Standard => Plan::Standard,
            PlanName::Premium => Plan::Premium,
        }
    }
}
