//! `report`: usage as Standard and Premium reports.

mod evidence;
mod fold;
mod gather;
mod html;
mod output;
mod sheet;
mod write;
mod xlsx;

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, anyhow, bail};
use rayon::iter::{IntoParallelIterator, ParallelIterator};
use tallyfold_projections::PeriodSpec;
use tallyfold_projections::premium::Prices;

use crate::args::report::{
    AllArgs, ReportArgs, ReportCommand, ReportFormat, SeatReport, TokenReport, UsageReport,
    UserReport,
};
use crate::nearest::did_you_mean;
use crate::output::{FileOfFolder, Inputs, Output, OutputFolder};
use crate::prices::read_prices;
use crate::text::printable;
pub(crate) use fold::Folded;
use output::Written;

/// A report that can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Name {
    TokenSummary,
    TokenByDay,
    TokenEvents,
    TokenByProduct,
    TokenByVersion,
    SeatSummary,
    SeatByProduct,
    TokenByUser,
    SeatByUser,
    UserSummary,
    Advice,
    UsageExport,
    UserDetail,
}

/// The reports that `all` writes, with the names of their files. `user detail` needs a user.
const ALL: [(Name, &str); 12] = [
    (Name::TokenSummary, "token-summary"),
    (Name::TokenByDay, "token-by-day"),
    (Name::TokenEvents, "token-events"),
    (Name::TokenByProduct, "token-by-product"),
    (Name::TokenByVersion, "token-by-version"),
    (Name::SeatSummary, "seat-summary"),
    (Name::SeatByProduct, "seat-by-product"),
    (Name::TokenByUser, "token-by-user"),
    (Name::SeatByUser, "seat-by-user"),
    (Name::UserSummary, "user-summary"),
    (Name::Advice, "advice"),
    (Name::UsageExport, "usage-export"),
];

impl Name {
    fn is_premium(self) -> bool {
        matches!(
            self,
            Name::TokenByUser
                | Name::SeatByUser
                | Name::UserSummary
                | Name::Advice
                | Name::UsageExport
                | Name::UserDetail
        )
    }

    /// What a page calls it.
    fn title(self) -> &'static str {
        match self {
            Name::TokenSummary => "Tokens",
            Name::TokenByDay => "Tokens by day",
            Name::TokenEvents => "Pack movements",
            Name::TokenByProduct => "Tokens by product",
            Name::TokenByVersion => "Tokens by version",
            Name::SeatSummary => "Seats",
            Name::SeatByProduct => "Seats by product",
            Name::TokenByUser => "Tokens by user",
            Name::SeatByUser => "Seats by user",
            Name::UserSummary => "People",
            Name::Advice => "Advice",
            Name::UsageExport => "Usage export",
            Name::UserDetail => "User detail",
        }
    }

    /// What is reported where no period is named.
    fn default_period(self) -> PeriodSpec {
        match self {
            Name::TokenEvents => PeriodSpec::PastDays(90),
            _ => PeriodSpec::HISTORY,
        }
    }
}

pub(crate) fn run(command: &ReportCommand) -> anyhow::Result<ExitCode> {
    let inputs = command.inputs();
    let (name, args) = match command {
        ReportCommand::Token(TokenReport::Summary(args)) => (Name::TokenSummary, args),
        ReportCommand::Token(TokenReport::ByDay(args)) => (Name::TokenByDay, args),
        ReportCommand::Token(TokenReport::Events(args)) => (Name::TokenEvents, args),
        ReportCommand::Token(TokenReport::ByProduct(args)) => (Name::TokenByProduct, args),
        ReportCommand::Token(TokenReport::ByVersion(args)) => (Name::TokenByVersion, args),
        ReportCommand::Token(TokenReport::ByUser(args)) => (Name::TokenByUser, args),
        ReportCommand::Seat(SeatReport::Summary(args)) => (Name::SeatSummary, args),
        ReportCommand::Seat(SeatReport::ByProduct(args)) => (Name::SeatByProduct, args),
        ReportCommand::Seat(SeatReport::ByUser(args)) => (Name::SeatByUser, args),
        ReportCommand::Usage(UsageReport::Export(args)) => (Name::UsageExport, args),
        ReportCommand::User(UserReport::Summary(args)) => (Name::UserSummary, args),
        ReportCommand::User(UserReport::Detail(args)) => {
            return one(
                Name::UserDetail,
                (&args.report, &inputs),
                Some(&args.user),
                &Prices::default(),
            );
        }
        ReportCommand::Advice(args) => {
            let prices = read_prices(&args.prices)?;
            return one(Name::Advice, (&args.report, &inputs), None, &prices);
        }
        ReportCommand::All(args) => return all(args),
    };
    one(name, (args, &inputs), None, &Prices::default())
}

/// Writes one report to a file or standard output.
fn one(
    name: Name,
    (args, inputs): (&ReportArgs, &Inputs),
    user: Option<&str>,
    prices: &Prices,
) -> anyhow::Result<ExitCode> {
    let format = output::format_of(args.format, args.output.as_deref())?;
    let path = args.output.as_deref().filter(|path| *path != Path::new("-"));
    let out = path.map(|path| Output::to_file(path, inputs)).transpose()?;
    let folded = Folded::fold(&args.scope, &args.log, user)?;
    if name.is_premium() {
        folded.pass().map_err(|needed| {
            anyhow!("{needed}; --plan premium forces it, and the evidence says so")
        })?;
    }
    user.map_or(Ok(()), |user| check_known(&folded, user))?;
    warn_of_unused_prices(&folded, prices);
    let report = folded.report(name, prices)?;
    let written = Written { folded: &folded, report: &report, args: &args.how };
    match path.zip(out) {
        Some((path, out)) => output::to_files(path, out, inputs, written, format)?,
        None => output::to_stdout(written, format)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Refuses a user who is not known in the accounts reported, and says who may be meant.
fn check_known(folded: &Folded, user: &str) -> anyhow::Result<()> {
    let known = folded.known_users()?;
    if known.contains(user) {
        return Ok(());
    }
    let meant = did_you_mean(user, known.iter().map(String::as_str));
    bail!("no user `{}` is known up to the as-of{meant}", printable(user));
}

/// Says which prices are of nothing that the log knows, and so change nothing.
fn warn_of_unused_prices(folded: &Folded, prices: &Prices) {
    if prices.subscription_a_month.is_empty() {
        return;
    }
    let known = folded.offerings();
    for offering in prices.subscription_a_month.keys().filter(|it| !known.contains(*it)) {
        let meant = did_you_mean(offering, known.iter().map(String::as_str));
        anstream::eprintln!(
            "tallyfold: the price of `{}` is not used: no product or collection has this name{meant}",
            printable(offering)
        );
    }
}

/// Writes every report that the plan allows, after one run over the log.
fn all(args: &AllArgs) -> anyhow::Result<ExitCode> {
    let prices = read_prices(&args.prices)?;
    let inputs = args.inputs();
    let mut folder = OutputFolder::open(&args.output, &inputs, args.force)?;
    let folded = Folded::fold(&args.scope, &args.log, None)?;
    let extension = match args.format {
        ReportFormat::Table => "txt",
        ReportFormat::Csv => "csv",
        ReportFormat::Json => "json",
        ReportFormat::Jsonl => "jsonl",
        ReportFormat::Xlsx => "xlsx",
        ReportFormat::Html => "html",
    };
    warn_of_unused_prices(&folded, &prices);
    let is_allowed = |name: Name| !name.is_premium() || folded.pass().is_ok();
    let allowed: Vec<_> = ALL.into_iter().filter(|(name, _)| is_allowed(*name)).collect();
    let written: Vec<anyhow::Result<_>> = allowed
        .into_par_iter()
        .map(|(name, file)| {
            let path = args.output.join(file).with_extension(extension);
            let report = folded.report(name, &prices)?;
            let written = Written { folded: &folded, report: &report, args: &args.how };
            let files = output::files(&path, &report, args.format);
            files.iter().map(|file| write_to_folder(&folder, file, written)).collect()
        })
        .collect();
    for files in written {
        let files: Vec<_> = files?;
        folder.add(files);
    }
    folder.finish()?;
    if let Err(needed) = folded.pass() {
        anstream::eprintln!("Standard reports only: {needed}");
    }
    Ok(ExitCode::SUCCESS)
}

/// Writes a file of a report to a folder. It is put in place with all the others.
fn write_to_folder(
    folder: &OutputFolder<'_>,
    file: &output::ReportFile<'_>,
    written: Written<'_>,
) -> anyhow::Result<(String, FileOfFolder)> {
    let name = file.path.file_name().context("a report has a name")?.to_string_lossy();
    let mut out = folder.file(&name)?;
    file.write(&mut out, written)?;
    Ok((name.into_owned(), out))
}
