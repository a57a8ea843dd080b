//! What `store` takes.

use std::path::PathBuf;

use clap::Subcommand;

/// Keep a log in a store: durable, in one order, with services appending to it
///
/// A STORE is the path of a SQLite file, or a PostgreSQL database:
/// postgres://user@host/database?sslmode=require. Every command that reads a log takes --store STORE in its
/// place; there the event at position n is line n.
#[derive(Debug, Subcommand)]
pub(crate) enum StoreCommand {
    Import(StoreImportArgs),
    Export(StoreExportArgs),
    Status(StoreStatusArgs),
    Verify(StoreVerifyArgs),
    Rebuild(StoreRebuildArgs),
    Repair(StoreRepairArgs),
}

#[derive(Debug, clap::Args)]
pub(crate) struct StoreArg {
    /// The store: the path of its file, or postgres://…
    #[arg(long, value_name = "STORE")]
    pub store: PathBuf,
}

/// Bring a store up to a log: what it holds must be the beginning of the log
///
/// Every line is kept to the byte, malformed ones and repeated ids included, so that a replay of the
/// store says what a replay of the log says. Blank lines are passed over, and a line of more than
/// 64 MiB is refused. A last line without an end that is no event is left out: it may still be being
/// written. An import that was interrupted goes on where it stopped,
/// and a log that has grown is imported from there. The store is made where there is none.
#[derive(Debug, clap::Args)]
pub(crate) struct StoreImportArgs {
    #[command(flatten)]
    pub store: StoreArg,
    /// The log: one or several files, plain, .gz or .zst; - for standard input
    #[arg(value_name = "LOG", required = true)]
    pub log: Vec<PathBuf>,
}

/// Write the log of a store, one event a line, each to the byte as it was appended
#[derive(Debug, clap::Args)]
pub(crate) struct StoreExportArgs {
    #[command(flatten)]
    pub store: StoreArg,
    /// The file to write; - for standard output
    #[arg(value_name = "LOG", default_value = "-")]
    pub log: PathBuf,
}

/// Show what a store holds, without reading all of it
#[derive(Debug, clap::Args)]
pub(crate) struct StoreStatusArgs {
    #[command(flatten)]
    pub store: StoreArg,
    /// Print JSON instead of a table
    #[arg(long)]
    pub json: bool,
}

/// Read all of a store and check it: every event, every id, the chain over all of them; and fold
/// the events of every account that has a snapshot again, to compare
///
/// Nothing is written: a SQLite file may be read-only, or in use.
///
/// Exit code: 0, or 1 when it is damaged, or 2 for usage or I/O errors.
#[derive(Debug, clap::Args)]
pub(crate) struct StoreVerifyArgs {
    #[command(flatten)]
    pub store: StoreArg,
    /// Check also that up to POSITION the log is the one with this chain, as `status` showed it
    #[arg(long, value_name = "POSITION:CHAIN")]
    pub chain: Option<String>,
}

/// Make all that is derived from the events of a store anew: streams, ids, indexes, snapshots
///
/// For a store of which `verify` says that something else than an event is wrong. Stop the services
/// that use it before. Where an event is changed or missing nothing is done: restore a backup.
///
/// Exit code: 0, or 1 when an event is damaged, or 2 for usage or I/O errors.
#[derive(Debug, clap::Args)]
pub(crate) struct StoreRebuildArgs {
    #[command(flatten)]
    pub store: StoreArg,
}

/// Take the last events off a store: those that a wrong clock recorded with times to come
///
/// Stop every service of the store and make a backup first. What is dropped is written to a file, each
/// line to the byte. A line that is no event takes its place and says what went: `export`, `check` and
/// every replay show it, and a chain that was noted later than POSITION no longer fits. Checkpoints of
/// consumers go back to POSITION.
#[derive(Debug, clap::Args)]
pub(crate) struct StoreRepairArgs {
    #[command(flatten)]
    pub store: StoreArg,
    /// The position of the last event that stays; `export` writes the event at position n as line n
    #[arg(long, value_name = "POSITION")]
    pub drop_after: u64,
    /// The file that takes what is dropped; must not exist
    #[arg(long, value_name = "FILE")]
    pub dropped: PathBuf,
}
