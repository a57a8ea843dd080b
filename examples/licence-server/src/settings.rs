//! What can be set, by flags or by the environment.

use std::net::SocketAddr;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;

use anyhow::Context;
use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use tallyfold_core::{Name, Span, Timestamp};

use crate::keys::{Holder, Scope, Terms};

/// A licensing service that embeds tallyfold
#[derive(Debug, Parser)]
#[command(name = "licence-server", version, arg_required_else_help = true)]
pub(crate) struct Args {
    /// The file of the API keys; holds their digests, never the keys
    #[arg(long, global = true, env = "LICENCE_SERVER_KEYS", default_value = "keys.jsonl")]
    pub(crate) keys: PathBuf,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serves until SIGTERM or SIGINT; SIGHUP reads the keys anew
    Serve(Box<ServeArgs>),
    /// Issues, lists and revokes API keys
    #[command(subcommand)]
    Key(KeyCommand),
    /// Prints the `OpenAPI` description
    Openapi,
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Issues a key and prints it: the only time that it is seen
    New(NewKeyArgs),
    /// Prints who holds which key
    List,
    /// Issues a key in place of another, which goes on to work for a while
    Rotate(RotateArgs),
    /// Makes a key worthless
    Revoke {
        /// The public part of the key, as `key list` prints it
        key: String,
    },
}

#[derive(Debug, ClapArgs)]
pub(crate) struct NewKeyArgs {
    #[command(flatten)]
    holder: HolderArgs,
    /// A key that may look at everything its holder may, and records nothing
    #[arg(long)]
    read_only: bool,
    #[command(flatten)]
    validity: ValidityArgs,
}

impl NewKeyArgs {
    /// What is asked for, at an instant.
    pub(crate) fn terms(&self, now: Timestamp) -> anyhow::Result<Terms> {
        let scope = if self.read_only { Scope::ReadOnly } else { Scope::Full };
        let expires_at = self.validity.expires_at(now);
        Ok(Terms { holder: self.holder.holder()?, scope, expires_at })
    }
}

#[derive(Debug, ClapArgs)]
pub(crate) struct RotateArgs {
    /// The public part of the key that ends, as `key list` prints it
    pub(crate) key: String,
    /// After how many days it ends; 0 for at once
    #[arg(long, value_name = "DAYS", default_value_t = 7)]
    pub(crate) overlap_days: u32,
    #[command(flatten)]
    pub(crate) validity: ValidityArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ValidityArgs {
    /// After how many days the new key ends; never if absent
    #[arg(long, value_name = "DAYS")]
    valid_days: Option<u32>,
}

impl ValidityArgs {
    pub(crate) fn expires_at(&self, now: Timestamp) -> Option<Timestamp> {
        self.valid_days.map(|days| now + Span::days(days))
    }
}

#[derive(Debug, ClapArgs)]
#[group(required = true, multiple = false)]
struct HolderArgs {
    /// The account whose key it is
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
    /// A key for the catalog, purchases and every account
    #[arg(long)]
    admin: bool,
}

impl HolderArgs {
    /// Who is to hold the key.
    fn holder(&self) -> anyhow::Result<Holder> {
        match &self.account {
            Some(account) => {
                let name = Name::new(account.clone()).context("--account is no name")?;
                Ok(Holder::Account(name))
            }
            None => Ok(Holder::Admin),
        }
    }
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ServeArgs {
    /// Where to listen; port 0 takes a free one and logs it
    #[arg(long, env = "LICENCE_SERVER_LISTEN", default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,
    /// Where the events are: the path of an SQLite file, or `postgres://user@host/database`; made if
    /// missing. A password is better kept in the environment than among the arguments
    #[arg(long, env = "LICENCE_SERVER_STORE", default_value = "ledger.db", hide_env_values = true)]
    pub(crate) store: String,
    /// How long a PostgreSQL server may take to answer; then its connection is dropped. Best less
    /// than a request may take
    #[arg(long, env = "LICENCE_SERVER_STORE_DEADLINE_SECONDS", default_value = "5")]
    pub(crate) store_deadline_seconds: NonZeroU32,
    /// How log lines are written, to standard error
    #[arg(long, env = "LICENCE_SERVER_LOG_FORMAT", default_value = "text")]
    pub(crate) log_format: LogFormat,
    /// What is logged: error, warn, info, debug or trace, also by target
    #[arg(long, env = "LICENCE_SERVER_LOG", default_value = "info")]
    pub(crate) log: String,
    /// How many days the store may not have been in use before the clock is taken for wrong
    #[arg(long, env = "LICENCE_SERVER_CLOCK_DAYS", value_name = "DAYS", default_value_t = 60)]
    pub(crate) clock_days: u32,
    /// Serves although the clock does not go on from where it was: somebody has looked, and it is
    /// right
    #[arg(long)]
    pub(crate) accept_clock: bool,
    #[command(flatten)]
    pub(crate) limits: Limits,
    #[command(flatten)]
    pub(crate) webhook: WebhookArgs,
    /// How many accounts are kept in memory
    #[arg(long, env = "LICENCE_SERVER_CACHED_ACCOUNTS", default_value = "1000")]
    pub(crate) cached_accounts: NonZeroUsize,
    /// How many requests may wait for the store at once, each on a thread
    #[arg(long, env = "LICENCE_SERVER_THREADS", default_value = "64")]
    pub(crate) threads: NonZeroUsize,
    /// How many journals, reports and exports are made at once
    #[arg(long, env = "LICENCE_SERVER_REPORT_THREADS", default_value = "2")]
    pub(crate) report_threads: NonZeroUsize,
    /// How long requests may take to finish after SIGTERM
    #[arg(long, env = "LICENCE_SERVER_SHUTDOWN_SECONDS", default_value_t = 20)]
    pub(crate) shutdown_seconds: u32,
}

/// What clients may ask of the service at most.
#[derive(Clone, Debug, ClapArgs)]
pub(crate) struct Limits {
    /// The longest body of a request
    #[arg(long, env = "LICENCE_SERVER_MAX_BODY_BYTES", default_value_t = 65_536)]
    pub(crate) max_body_bytes: usize,
    /// How long a client may take to send the body of a request
    #[arg(long, env = "LICENCE_SERVER_BODY_SECONDS", default_value_t = 5)]
    pub(crate) body_seconds: u32,
    /// How long a connection may take for the head of its next request
    #[arg(long, env = "LICENCE_SERVER_IDLE_SECONDS", default_value_t = 75)]
    pub(crate) idle_seconds: u32,
    /// The longest time from the end of a request to its answer
    #[arg(long, env = "LICENCE_SERVER_TIMEOUT_SECONDS", default_value_t = 10)]
    pub(crate) timeout_seconds: u32,
    /// How many connections are open at once; more wait
    #[arg(long, env = "LICENCE_SERVER_MAX_CONNECTIONS", default_value = "8192")]
    pub(crate) max_connections: NonZeroUsize,
    /// How many requests are in work at once, of all keys; more are turned away
    #[arg(long, env = "LICENCE_SERVER_MAX_REQUESTS", default_value_t = 1_024)]
    pub(crate) max_requests: usize,
    /// How many requests a second each key may make; 0 for any number
    #[arg(long, env = "LICENCE_SERVER_KEY_RATE", default_value_t = 1_000)]
    pub(crate) key_rate: u32,
    /// How many requests of each key are in work at once; more wait
    #[arg(long, env = "LICENCE_SERVER_KEY_REQUESTS", default_value = "64")]
    pub(crate) key_requests: NonZeroUsize,
    /// How many requests of each key wait for their turn, or are still being sent; more are turned
    /// away. Journals and reports have a queue of their own, of the same length
    #[arg(long, env = "LICENCE_SERVER_KEY_QUEUE", default_value_t = 256)]
    pub(crate) key_queue: usize,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct WebhookArgs {
    /// Where notices are posted to, each until it is answered with 2xx
    #[arg(id = "webhook", long = "webhook", env = "LICENCE_SERVER_WEBHOOK", value_name = "URL")]
    pub(crate) url: Option<String>,
    /// A bearer token for the webhook
    #[arg(id = "webhook_token", long = "webhook-token", env = "LICENCE_SERVER_WEBHOOK_TOKEN")]
    #[arg(value_name = "TOKEN", hide_env_values = true)]
    pub(crate) token: Option<String>,
    /// Which notices a webhook is told that was never told any: all from the start of the log, or
    /// those from now on
    #[arg(long = "webhook-from", env = "LICENCE_SERVER_WEBHOOK_FROM", default_value = "start")]
    pub(crate) from: WebhookFrom,
    /// The file of the notices that the webhook refuses for good
    #[arg(long, env = "LICENCE_SERVER_DEAD_LETTERS", default_value = "dead-letters.jsonl")]
    pub(crate) dead_letters: PathBuf,
    /// How often all accounts are looked through for notices that no event causes
    #[arg(long, env = "LICENCE_SERVER_DUE_MINUTES", default_value_t = 60)]
    pub(crate) due_minutes: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum WebhookFrom {
    /// The start of the log
    Start,
    /// Now
    Now,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people
    Text,
    /// One JSON object a line
    Json,
}
