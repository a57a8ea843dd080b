//! The command line of `import`.

use std::num::NonZeroU32;
use std::path::PathBuf;

use chrono::NaiveDate;
use clap::{Subcommand, ValueEnum};
use tallyfold_core::{Timestamp, Tokens};
use tallyfold_log::flexnet::{HeartbeatHours, ServerZone, UserNaming, UtcOffset};

use super::LogArgs;

/// Turn the history of another system into events
#[derive(Debug, Subcommand)]
pub(crate) enum ImportCommand {
    Flexnet(FlexnetArgs),
    Users(UsersArgs),
}

/// Turn a list of people into FlexAssigned or SubscriptionAssigned events on standard output
///
/// The file has a header; the user is the column `user`, or else `email`.
#[derive(Debug, clap::Args)]
pub(crate) struct UsersArgs {
    /// The account to which they belong
    #[arg(long, value_name = "NAME")]
    pub account: String,
    /// The instant of the events (RFC 3339)
    #[arg(long, value_name = "T")]
    pub at: Timestamp,
    /// What they get: access to tokens, or a seat of this subscription
    #[arg(long, value_name = "flex|SUBSCRIPTION", default_value = "flex")]
    pub assign: String,
    /// A log that may have some of them already: those are left out
    #[arg(long, value_name = "LOG", conflicts_with = "store")]
    log: Vec<PathBuf>,
    /// In place of a log: the store that keeps it
    #[arg(long, value_name = "STORE")]
    store: Option<PathBuf>,
    /// Write no events, only what would be done
    #[arg(long)]
    pub dry_run: bool,
    /// The list
    #[arg(value_name = "FILE.csv")]
    pub file: PathBuf,
}

impl UsersArgs {
    /// The log that tells who has what already; empty where there is none.
    pub(crate) fn log(&self) -> LogArgs {
        LogArgs { paths: self.log.clone(), store: self.store.clone() }
    }
}

/// Turn the debug logs of FlexNet licence servers (lmgrd, vendor daemons) into events on standard output
///
/// Several logs are merged by time: rotated files of one server, the logs of its daemons, several
/// servers. What was assumed, skipped or not understood is told on standard error.
///
/// Exit code: 0, or 1 when more than half of the lines that look like log lines were not understood,
/// or 2 for usage or I/O errors and for files that are no debug log.
#[derive(Debug, clap::Args)]
pub(crate) struct FlexnetArgs {
    /// The account to which the users belong
    #[arg(long, value_name = "NAME")]
    pub account: String,
    /// Publish these rates at the first event: product,tokens_per_day (# starts a comment)
    ///
    /// A product is given by its name, by the code of a feature or by the letters in it: AutoCAD,
    /// 87545ACD_2022_0F or ACD.
    #[arg(long, value_name = "FILE.csv")]
    pub rates: Option<PathBuf>,
    /// Name features: feature,product and perhaps version; goes before the built-in table
    ///
    /// A feature is given by its code, by the letters in it or by the product's built-in name.
    #[arg(long, value_name = "FILE.csv")]
    pub products: Option<PathBuf>,
    /// Buy one pack of so many tokens at the first event
    #[arg(long, value_name = "TOKENS", allow_negative_numbers = true)]
    pub pack: Option<Tokens>,
    /// What makes a user
    #[arg(long, value_enum, default_value_t = UserName::LoginAtHost)]
    pub user: UserName,
    /// Write a heartbeat every N hours while the server held the connection, at most 24
    ///
    /// What is charged does not depend on it.
    #[arg(long, value_name = "N", default_value = "6", allow_negative_numbers = true)]
    pub heartbeat_hours: HeartbeatHours,
    /// The zone of the server's clock: an IANA name such as Europe/Madrid
    #[arg(long, value_name = "NAME", conflicts_with = "utc_offset")]
    pub time_zone: Option<ServerZone>,
    /// How far the server's clock is ahead of UTC all the year
    #[arg(long, value_name = "+HH:MM", allow_hyphen_values = true)]
    pub utc_offset: Option<UtcOffset>,
    /// The date of the first line, for a log that tells no date
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = date)]
    pub start_date: Option<NaiveDate>,
    /// Close sessions N hours after their check-out, if no check-in comes before
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub max_hours: Option<NonZeroU32>,
    /// What every session id begins with
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub session_prefix: String,
    /// The logs, plain, .gz or .zst, in any order; - for standard input
    #[arg(value_name = "LOG", required = true)]
    pub logs: Vec<PathBuf>,
}

impl FlexnetArgs {
    /// The zone that was given, one way or the other.
    pub(crate) fn zone(&self) -> Option<ServerZone> {
        self.time_zone.or(self.utc_offset.map(ServerZone::Offset))
    }
}

fn date(text: &str) -> Result<NaiveDate, &'static str> {
    text.parse().map_err(|_| "a date is written 2022-05-05")
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum UserName {
    /// The login alone
    #[value(name = "login")]
    Login,
    /// Login and host: two people may share a login on their own machines
    #[value(name = "login@host")]
    LoginAtHost,
}

impl UserName {
    pub(crate) fn naming(self) -> UserNaming {
        match self {
            UserName::Login => UserNaming::Login,
            UserName::LoginAtHost => UserNaming::LoginAtHost,
        }
    }
}
