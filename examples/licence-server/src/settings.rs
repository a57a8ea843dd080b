//! What can be set, by flags or by the environment.

use std::net::SocketAddr;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;

use anyhow::Context;
use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use tallyfold_core::Name;

use crate::keys::Holder;

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
    New(HolderArgs),
    /// Prints who holds which key
    List,
    /// Makes a key worthless
    Revoke {
        /// The public part of the key, as `key list` prints it
        key: String,
    },
}

#[derive(Debug, ClapArgs)]
#[group(required = true, multiple = false)]
pub(crate) struct HolderArgs {
    /// The account whose key it is
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
    /// A key for the catalog, purchases and every account
    #[arg(long)]
    admin: bool,
}

impl HolderArgs {
    /// Who is to hold the key.
    pub(crate) fn holder(&self) -> anyhow::Result<Holder> {
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

/// What a client may ask of the service at most.
#[derive(Clone, Debug, ClapArgs)]
pub(crate) struct Limits {
    /// The longest body of a request
    #[arg(long, env = "LICENCE_SERVER_MAX_BODY_BYTES", default_value_t = 65_536)]
    pub(crate) max_body_bytes: usize,
    /// The longest time to an answer
    #[arg(long, env = "LICENCE_SERVER_TIMEOUT_SECONDS", default_value_t = 10)]
    pub(crate) timeout_seconds: u32,
    /// How many requests are in work at once; more are turned away
    #[arg(long, env = "LICENCE_SERVER_MAX_REQUESTS", default_value_t = 1_024)]
    pub(crate) max_requests: usize,
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
    /// How often all accounts are looked through for notices that no event causes
    #[arg(long, env = "LICENCE_SERVER_DUE_MINUTES", default_value_t = 60)]
    pub(crate) due_minutes: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people
    Text,
    /// One JSON object a line
    Json,
}
