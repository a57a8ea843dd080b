//! `store`: a log that is kept in a store.

mod import;
mod repair;

use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use serde::Serialize;
use tallyfold_store::{
    Chain, FutureLimit, LogBytes, LogEvents, Observation, Position, PostgresStore, SqliteStore,
    Store, StoreError, StoreObserver, StoreSettings, Stream, digest_of,
};

use crate::args::store::{
    StoreCommand, StoreExportArgs, StoreRebuildArgs, StoreStatusArgs, StoreVerifyArgs,
};
use crate::log::progress_over_events;
use crate::output::{Inputs, Output};
use crate::text::{count, printable};

pub(crate) fn run(command: &StoreCommand) -> anyhow::Result<ExitCode> {
    match command {
        StoreCommand::Import(args) => import::run(args),
        StoreCommand::Export(args) => export(args),
        StoreCommand::Status(args) => status(args),
        StoreCommand::Verify(args) => verify(args),
        StoreCommand::Rebuild(args) => rebuild(args),
        StoreCommand::Repair(args) => repair::run(args),
    }
}

/// A store that exists.
pub(crate) fn open(store: &Path) -> anyhow::Result<Arc<dyn Store>> {
    let limit = FutureLimit::default();
    Ok(match server(store) {
        Some(server) => Arc::new(PostgresStore::connect_existing(server, limit)?),
        None => Arc::new(SqliteStore::open_existing(store, limit)?),
    })
}

/// A store that exists, to be read only: a file is not written to.
fn open_read_only(
    store: &Path,
    observer: impl StoreObserver + 'static,
) -> anyhow::Result<Arc<dyn Store>> {
    let observer = Arc::new(observer);
    let settings = StoreSettings { observer, ..StoreSettings::default() };
    Ok(match server(store) {
        Some(server) => Arc::new(PostgresStore::connect_existing(server, settings)?),
        None => Arc::new(SqliteStore::open_read_only(store, settings)?),
    })
}

/// A store, which is made where there is none.
fn open_or_make(store: &Path) -> anyhow::Result<Arc<dyn Store>> {
    let limit = FutureLimit::default();
    Ok(match server(store) {
        Some(server) => Arc::new(PostgresStore::connect(server, limit)?),
        None => Arc::new(SqliteStore::open(store, limit)?),
    })
}

/// The URL of a server, where it is one.
pub(crate) fn server(store: &Path) -> Option<&str> {
    let is_server = |it: &&str| it.starts_with("postgres://") || it.starts_with("postgresql://");
    store.to_str().filter(is_server)
}

/// A file or store, for people: of a server's URL without the password and what is asked of it.
pub(crate) fn shown(input: &Path) -> String {
    let Some((scheme, rest)) = server(input).and_then(|url| url.split_once("://")) else {
        return input.display().to_string();
    };
    let rest = rest.split('?').next().unwrap_or_default();
    let (user, place) = rest.rsplit_once('@').unwrap_or(("", rest));
    match user.split(':').next() {
        None | Some("") => format!("{scheme}://{place}"),
        Some(user) => format!("{scheme}://{user}@{place}"),
    }
}

fn export(args: &StoreExportArgs) -> anyhow::Result<ExitCode> {
    let mut log = LogBytes::new(open(&args.store.store)?);
    let mut out = Output::to(Some(&args.log), &Inputs::default().and_store(&args.store.store))?;
    io::copy(&mut log, &mut out)
        .with_context(|| format!("cannot export {}", shown(&args.store.store)))?;
    out.finish()?;
    Ok(ExitCode::SUCCESS)
}

/// What a store holds.
#[derive(Serialize)]
struct Status {
    store: String,
    events: u64,
    accounts: u64,
    catalog_events: u64,
    malformed_lines: u64,
    last_at: Option<String>,
    /// With its position, as `verify --chain` takes it.
    chain: String,
}

impl Status {
    fn of(store: &dyn Store) -> Result<Status, StoreError> {
        let head = store.head()?;
        let before = Position::new(head.position.get().saturating_sub(1));
        let last = store.read_log(before, 1)?;
        let last_at = last.first().and_then(|last| Some(last.event().ok()?.at().to_string()));
        Ok(Status {
            store: store.name(),
            events: head.position.get(),
            accounts: accounts(store)?,
            catalog_events: store.version(&Stream::Catalog)?.get(),
            malformed_lines: store.version(&Stream::Malformed)?.get(),
            last_at,
            chain: format!("{}:{}", head.position, head.chain),
        })
    }
}

fn accounts(store: &dyn Store) -> Result<u64, StoreError> {
    let (mut accounts, mut after) = (0, String::new());
    loop {
        let page = store.accounts(&after, 10_000)?;
        let Some(last) = page.last().and_then(Stream::account) else { return Ok(accounts) };
        after = last.to_owned();
        accounts += page.len() as u64;
    }
}

fn status(args: &StoreStatusArgs) -> anyhow::Result<ExitCode> {
    let status = Status::of(&*open(&args.store.store)?)?;
    let mut out = BufWriter::new(anstream::stdout().lock());
    if args.json {
        serde_json::to_writer(&mut out, &status)?;
        writeln!(out)?;
    } else {
        writeln!(out, "store            {}", printable(&status.store))?;
        writeln!(out, "events           {}", count(status.events))?;
        writeln!(out, "accounts         {}", count(status.accounts))?;
        writeln!(out, "catalog events   {}", count(status.catalog_events))?;
        writeln!(out, "malformed lines  {}", count(status.malformed_lines))?;
        writeln!(out, "last event at    {}", status.last_at.as_deref().unwrap_or("none"))?;
        writeln!(out, "chain            {}", status.chain)?;
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

fn verify(args: &StoreVerifyArgs) -> anyhow::Result<ExitCode> {
    let noted = args.chain.as_deref().map(noted).transpose()?;
    let progress = progress_over_events();
    let bar = progress.clone();
    let observer = move |observation: &Observation<'_>| {
        if let Observation::Verified { events } = observation {
            bar.set_position(*events);
        }
    };
    let store = match open_read_only(&args.store.store, observer) {
        Ok(store) => store,
        Err(error) => return damaged(error),
    };
    progress.set_length(store.head().map_or(0, |head| head.position.get()));
    let verified = tallyfold_store::verify(&store);
    progress.finish_and_clear();
    let verified = match verified {
        Ok(verified) => verified,
        Err(error) => return damaged(error.into()),
    };
    if let Some((position, chain)) = noted {
        let found = chain_at(&*store, position)?;
        if found.is_none_or(|found| found.to_string() != chain) {
            anstream::eprintln!("tallyfold: up to position {position} this is another log");
            return Ok(ExitCode::FAILURE);
        }
    }
    let (events, streams) = (verified.head.position, verified.streams);
    anstream::println!(
        "Sound: {} events of {} streams, chain {events}:{}",
        count(events.get()),
        count(streams),
        verified.head.chain
    );
    Ok(ExitCode::SUCCESS)
}

fn rebuild(args: &StoreRebuildArgs) -> anyhow::Result<ExitCode> {
    let store = match open(&args.store.store) {
        Ok(store) => store,
        Err(error) => return damaged(error),
    };
    let rebuilt = match tallyfold_store::rebuild(&store) {
        Ok(rebuilt) => rebuilt,
        Err(error) => return damaged(error.into()),
    };
    let (events, chain) = (rebuilt.head.position, rebuilt.head.chain);
    anstream::println!(
        "Made anew from {} events: {} accounts, {} ids; chain {events}:{chain}",
        count(events.get()),
        count(rebuilt.accounts),
        count(rebuilt.ids)
    );
    if !rebuilt.is_head_known {
        anstream::println!(
            "The chain that was written down was damaged: compare this one with one you noted."
        );
    }
    Ok(ExitCode::SUCCESS)
}

/// A damaged store is what was looked for; any other error is trouble.
fn damaged(error: anyhow::Error) -> anyhow::Result<ExitCode> {
    match error.downcast_ref::<StoreError>() {
        Some(StoreError::Damaged { .. }) => {
            anstream::eprintln!("tallyfold: {}", printable(&error.to_string()));
            Ok(ExitCode::FAILURE)
        }
        _ => Err(error),
    }
}

fn noted(text: &str) -> anyhow::Result<(Position, &str)> {
    let (position, chain) = text.split_once(':').context("--chain takes POSITION:CHAIN")?;
    let position = position.parse().context("--chain takes POSITION:CHAIN")?;
    Ok((Position::new(position), chain))
}

/// The chain over the events up to a position; none where the log does not reach so far.
fn chain_at(store: &dyn Store, position: Position) -> Result<Option<Chain>, StoreError> {
    if position == Position::START {
        return Ok(Some(Chain::EMPTY));
    }
    let mut chain = Chain::EMPTY;
    for event in LogEvents::after(store, Position::START) {
        let event = event?;
        let digest = digest_of(event.position, &event.stream, event.version, &event.line);
        chain = chain.then(&digest);
        if event.position == position {
            return Ok(Some(chain));
        }
    }
    Ok(None)
}
