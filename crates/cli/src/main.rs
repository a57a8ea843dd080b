//! `tallyfold`: replay, check and explain ledgers of prepaid usage tokens.

#![forbid(unsafe_code)]

mod args;
mod check;
mod csv_file;
mod estimate;
mod findings;
mod generate;
mod hash_key;
mod import;
mod journal;
mod laws;
mod log;
mod looks_like;
mod nearest;
mod output;
mod prices;
mod replay;
mod report;
mod snapshot;
mod store;
mod summary;
mod table;
mod tally;
mod text;
mod users;
mod what_if;

use std::io;
use std::process::ExitCode;

use clap::Parser;

use args::import::ImportCommand;
use args::{Args, Command};

/// The exit code for usage and I/O errors, as clap has it.
const TROUBLE: u8 = 2;

fn main() -> ExitCode {
    match run(Args::parse().command) {
        Ok(code) => code,
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            anstream::eprintln!("tallyfold: {}", text::printable(&format!("{error:#}")));
            ExitCode::from(TROUBLE)
        }
    }
}

fn run(command: Command) -> anyhow::Result<ExitCode> {
    command.inputs().refuse_standard_output()?;
    match command {
        Command::Replay(args) => replay::run(&args),
        Command::Journal(args) => journal::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Laws(args) => laws::run(&args),
        Command::Report(command) => report::run(&command),
        Command::Estimate(args) => estimate::run(&args),
        Command::WhatIf(args) => what_if::run(&args),
        Command::Import(ImportCommand::Flexnet(args)) => import::flexnet(&args),
        Command::Import(ImportCommand::Users(args)) => users::run(&args),
        Command::Store(command) => store::run(&command),
        Command::Generate(args) => generate::run(&args),
    }
}

/// Whether nobody reads our output any more, which is not an error: `tallyfold … | head`.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let is_pipe = |error: &io::Error| error.kind() == io::ErrorKind::BrokenPipe;
    error.chain().any(|cause| {
        cause.downcast_ref::<io::Error>().is_some_and(is_pipe)
            || cause
                .downcast_ref::<serde_json::Error>()
                .is_some_and(|error| error.io_error_kind() == Some(io::ErrorKind::BrokenPipe))
    })
}
