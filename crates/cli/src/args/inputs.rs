//! What each command reads, so that it is never overwritten.

use super::import::{FlexnetArgs, ImportCommand};
use super::report::{
    AdviceArgs, AllArgs, ReportArgs, ReportCommand, SeatReport, TokenReport, UsageReport,
    UserReport,
};
use super::store::StoreCommand;
use super::{Command, EstimateArgs, ReplayArgs};
use crate::output::Inputs;

impl Command {
    /// Every file that the command reads.
    pub(crate) fn inputs(&self) -> Inputs {
        match self {
            Command::Replay(args) => args.inputs(),
            Command::Journal(args) => Inputs::of_log(&args.log),
            Command::Check(args) => Inputs::of_log(&args.log),
            Command::Laws(args) => Inputs::of_log(&args.log()),
            Command::Report(command) => command.inputs(),
            Command::Estimate(args) => args.inputs(),
            Command::WhatIf(args) => Inputs::of_log(&args.log),
            Command::Import(ImportCommand::Flexnet(args)) => args.inputs(),
            Command::Import(ImportCommand::Users(args)) => {
                Inputs::of_log(&args.log()).and_files([&args.file])
            }
            Command::Store(command) => command.inputs(),
            Command::Generate(_) => Inputs::default(),
        }
    }
}

impl ReplayArgs {
    /// What is read. A snapshot to go on from may be replaced by the next one.
    pub(crate) fn inputs(&self) -> Inputs {
        Inputs::of_log(&self.log)
    }
}

impl ReportCommand {
    /// Every file that the report reads.
    pub(crate) fn inputs(&self) -> Inputs {
        match self {
            ReportCommand::Token(
                TokenReport::Summary(args)
                | TokenReport::ByDay(args)
                | TokenReport::Events(args)
                | TokenReport::ByProduct(args)
                | TokenReport::ByVersion(args)
                | TokenReport::ByUser(args),
            )
            | ReportCommand::Seat(
                SeatReport::Summary(args) | SeatReport::ByProduct(args) | SeatReport::ByUser(args),
            )
            | ReportCommand::Usage(UsageReport::Export(args)) => args.inputs(),
            ReportCommand::User(UserReport::Summary(args)) => args.inputs(),
            ReportCommand::User(UserReport::Detail(args)) => args.report.inputs(),
            ReportCommand::Advice(args) => args.inputs(),
            ReportCommand::All(args) => args.inputs(),
        }
    }
}

impl ReportArgs {
    fn inputs(&self) -> Inputs {
        Inputs::of_log(&self.log)
    }
}

impl AdviceArgs {
    fn inputs(&self) -> Inputs {
        self.report.inputs().and_files(&self.prices.subscription_prices)
    }
}

impl AllArgs {
    /// What is read.
    pub(crate) fn inputs(&self) -> Inputs {
        Inputs::of_log(&self.log).and_files(&self.prices.subscription_prices)
    }
}

impl EstimateArgs {
    fn inputs(&self) -> Inputs {
        let tables = [&self.needs_file, &self.rates_file, &self.packs_file];
        Inputs::of_log(&self.log()).and_files(tables.into_iter().flatten())
    }
}

impl FlexnetArgs {
    fn inputs(&self) -> Inputs {
        Inputs::default().and_files(&self.logs).and_files(&self.rates).and_files(&self.products)
    }
}

impl StoreCommand {
    fn inputs(&self) -> Inputs {
        match self {
            StoreCommand::Import(args) => {
                Inputs::default().and_files(&args.log).and_store(&args.store.store)
            }
            StoreCommand::Export(args) => Inputs::default().and_store(&args.store.store),
            StoreCommand::Status(args) => Inputs::default().and_store(&args.store.store),
            StoreCommand::Verify(args) => Inputs::default().and_store(&args.store.store),
            StoreCommand::Rebuild(args) => Inputs::default().and_store(&args.store.store),
            StoreCommand::Repair(args) => Inputs::default().and_store(&args.store.store),
        }
    }
}
