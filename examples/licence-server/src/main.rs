//! A licensing service that embeds tallyfold: JSON over HTTP, one ledger behind it.
//!
//! Request → [`routes`] → `AsyncLedgerService` → store. Nothing here decides anything about tokens.

#![forbid(unsafe_code)]

mod access;
mod connections;
mod descriptors;
mod input;
mod keys;
mod limits;
mod lines_file;
mod model;
mod observe;
mod pages;
mod problem;
mod routes;
mod serve;
mod settings;
mod store;
mod webhook;

use std::io::{ErrorKind, Write};
use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;

use keys::KeysFile;
use settings::{Args, Command, KeyCommand, LogFormat, RotateArgs};
use tallyfold_core::Span;
use tallyfold_store::{Clock, SystemClock};

fn main() -> ExitCode {
    match run(Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "licence-server: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: Args) -> anyhow::Result<()> {
    let keys = KeysFile::new(args.keys);
    match args.command {
        Command::Serve(settings) => serve::run(*settings, keys),
        Command::Key(command) => print(&manage_keys(&command, &keys)?),
        Command::Openapi => print(&routes::description().to_pretty_json()?),
    }
}

fn manage_keys(command: &KeyCommand, keys: &KeysFile) -> anyhow::Result<String> {
    observe::start_log("warn", LogFormat::Text)?;
    let now = SystemClock.now();
    match command {
        KeyCommand::New(new) => keys.issue(new.terms(now)?),
        KeyCommand::List => Ok(keys.read()?.list()),
        KeyCommand::Rotate(RotateArgs { key, overlap_days, validity }) => {
            keys.rotate(key, now + Span::days(*overlap_days), validity.expires_at(now))
        }
        KeyCommand::Revoke { key } => keys.revoke(key).map(|()| format!("revoked {key}")),
    }
}

fn print(text: &str) -> anyhow::Result<()> {
    match writeln!(std::io::stdout(), "{}", text.trim_end()) {
        // Who has read enough of it closes the pipe.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        printed => printed.context("cannot print"),
    }
}
