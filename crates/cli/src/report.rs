//! `report`: usage as Standard and Premium reports.

mod columns;
mod evidence;
mod fold;
mod html;
mod sheet;
mod write;
mod xlsx;

use std::collections::BTreeSet;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;

use anstream::adapter::strip_bytes;
use anyhow::{anyhow, bail};
use tallyfold_projections::premium::{PremiumNeeded, Prices};
use tallyfold_projections::standard::SeatTotals;

use crate::args::report::{
    AllArgs, ReportArgs, ReportCommand, ReportFormat, SeatReport, TokenReport, UsageReport,
    UserReport,
};
use crate::nearest::did_you_mean;
use crate::output::{Inputs, Output, OutputFolder};
use crate::prices::read_prices;
use crate::text::printable;
pub(crate) use fold::Folded;
use sheet::Sheet;

/// A report that can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Name {
    TokenSummary,
    TokenByDay,
    TokenEvents,
    TokenByProduct,
    SeatSummary,
    SeatByProduct,
    TokenByUser,
    SeatByUser,
    Advice,
    UsageExport,
    UserDetail,
}

/// The reports that `all` writes, with the names of their files. `user detail` needs a user.
const ALL: [(Name, &str); 10] = [
    (Name::TokenSummary, "token-summary"),
    (Name::TokenByDay, "token-by-day"),
    (Name::TokenEvents, "token-events"),
    (Name::TokenByProduct, "token-by-product"),
    (Name::SeatSummary, "seat-summary"),
    (Name::SeatByProduct, "seat-by-product"),
    (Name::TokenByUser, "token-by-user"),
    (Name::SeatByUser, "seat-by-user"),
    (Name::Advice, "advice"),
    (Name::UsageExport, "usage-export"),
];

impl Name {
    fn is_premium(self) -> bool {
        matches!(
            self,
            Name::TokenByUser
                | Name::SeatByUser
                | Name::Advice
                | Name::UsageExport
                | Name::UserDetail
        )
    }
}

pub(crate) fn run(command: &ReportCommand) -> anyhow::Result<ExitCode> {
    let inputs = command.inputs();
    let (name, args) = match command {
        ReportCommand::Token(TokenReport::Summary(args)) => (Name::TokenSummary, args),
        ReportCommand::Token(TokenReport::ByDay(args)) => (Name::TokenByDay, args),
        ReportCommand::Token(TokenReport::Events(args)) => (Name::TokenEvents, args),
        ReportCommand::Token(TokenReport::ByProduct(args)) => (Name::TokenByProduct, args),
        ReportCommand::Token(TokenReport::ByUser(args)) => (Name::TokenByUser, args),
        ReportCommand::Seat(SeatReport::Summary(args)) => (Name::SeatSummary, args),
        ReportCommand::Seat(SeatReport::ByProduct(args)) => (Name::SeatByProduct, args),
        ReportCommand::Seat(SeatReport::ByUser(args)) => (Name::SeatByUser, args),
        ReportCommand::Usage(UsageReport::Export(args)) => (Name::UsageExport, args),
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
    let format = format_of(args)?;
    let mut out = Output::to(args.output.as_deref(), inputs)?;
    let folded = Folded::fold(&args.scope, &args.log, user)?;
    if name.is_premium() {
        folded.pass().map_err(|needed| {
            anyhow!("{needed}; --plan premium forces it, and the evidence says so")
        })?;
    }
    user.map_or(Ok(()), |user| has_charges(&folded, user))?;
    let sheets = sheets_of(&folded, name, prices)?;
    match format {
        ReportFormat::Table if out.has_colours() => write_table(&mut out, &folded, &sheets)?,
        _ => write_plain(&mut out, &folded, &sheets, format)?,
    }
    out.finish()?;
    Ok(ExitCode::SUCCESS)
}

/// Refuses a user who is charged for nothing in the whole log, and says who may be meant.
fn has_charges(folded: &Folded, user: &str) -> anyhow::Result<()> {
    let all = folded.usage.days().map(|all| Ok(folded.usage.usage_export(folded.pass()?, all)));
    let rows = all.transpose().map_err(|it: PremiumNeeded| it)?.unwrap_or_default();
    let users: BTreeSet<&str> = rows.iter().map(|row| row.user.as_str()).collect();
    if users.contains(user) {
        return Ok(());
    }
    bail!("the log has no charge of a user `{}`{}", printable(user), did_you_mean(user, users));
}

/// The sheets of a report; `seat summary` ends in its totals.
fn sheets_of(folded: &Folded, name: Name, prices: &Prices) -> anyhow::Result<Vec<Sheet>> {
    let mut sheets = folded.sheets(name, prices)?;
    if name == Name::SeatSummary {
        let totals = SeatTotals::of(&folded.usage.seat_summary(folded.period));
        sheets.push(Sheet::new("seat totals", columns::SEAT_TOTALS, [totals])?);
    }
    Ok(sheets)
}

/// What was asked for, or what the name of the output implies.
fn format_of(args: &ReportArgs) -> anyhow::Result<ReportFormat> {
    let implied = args.output.as_deref().and_then(Path::extension);
    let implied = implied.map(|it| it.to_string_lossy().to_lowercase());
    let format = match (args.format, implied.as_deref()) {
        (Some(format), _) => format,
        (None, Some("csv")) => ReportFormat::Csv,
        (None, Some("json")) => ReportFormat::Json,
        (None, Some("jsonl" | "ndjson")) => ReportFormat::Jsonl,
        (None, Some("xlsx")) => ReportFormat::Xlsx,
        (None, Some("html" | "htm")) => ReportFormat::Html,
        (None, Some("txt") | None) => ReportFormat::Table,
        (None, Some(other)) => bail!(
            "no report is written as .{}: end the name of the file in .txt, .csv, .json, .jsonl, \
             .xlsx or .html, or say --format",
            printable(other)
        ),
    };
    let is_for_a_screen = match &args.output {
        None => true,
        Some(path) => path == Path::new("-") && io::stdout().is_terminal(),
    };
    if format == ReportFormat::Xlsx && is_for_a_screen {
        bail!("a workbook goes to a file: add -o report.xlsx");
    }
    Ok(format)
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
    for (name, file) in ALL {
        if name.is_premium() && folded.pass().is_err() {
            continue;
        }
        let sheets = sheets_of(&folded, name, &prices)?;
        let out = folder.file(&format!("{file}.{extension}"))?;
        write_plain(out, &folded, &sheets, args.format)?;
    }
    folder.finish()?;
    if let Err(needed) = folded.pass() {
        anstream::eprintln!("Standard reports only: {needed}");
    }
    Ok(ExitCode::SUCCESS)
}

fn write_table(out: &mut impl Write, folded: &Folded, sheets: &[Sheet]) -> anyhow::Result<()> {
    Ok(write::table(out, sheets, &folded.evidence.of_sheets(sheets))?)
}

/// Writes a report without colours.
fn write_plain(
    out: &mut impl Write,
    folded: &Folded,
    sheets: &[Sheet],
    format: ReportFormat,
) -> anyhow::Result<()> {
    let evidence = &folded.evidence.of_sheets(sheets);
    match format {
        ReportFormat::Table => {
            let mut text = Vec::new();
            write::table(&mut text, sheets, evidence)?;
            Ok(out.write_all(&strip_bytes(&text).into_vec())?)
        }
        ReportFormat::Csv => write::csv(out, sheets, evidence),
        ReportFormat::Json => Ok(write::json(out, sheets, evidence)?),
        ReportFormat::Jsonl => Ok(write::jsonl(out, sheets, evidence)?),
        ReportFormat::Xlsx => xlsx::write(out, sheets, evidence),
        ReportFormat::Html => html::write(out, folded, sheets, evidence),
    }
}
