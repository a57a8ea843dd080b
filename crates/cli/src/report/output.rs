//! Where a report goes: standard output or files, each with its evidence.

use std::ffi::OsString;
use std::fs;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};

use anstream::adapter::strip_bytes;
use anyhow::{Context, bail};

use super::fold::{Folded, Report};
use super::sheet::Sheet;
use super::{html, write, xlsx};
use crate::args::report::{OutputArgs, ReportFormat};
use crate::output::{Inputs, Output};
use crate::text::printable;

/// What CSV in a file starts with, because Excel needs it to read UTF-8.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// What was asked for, or what the name of the output implies.
pub(crate) fn format_of(
    format: Option<ReportFormat>,
    output: Option<&Path>,
) -> anyhow::Result<ReportFormat> {
    let implied = output.and_then(Path::extension);
    let implied = implied.map(|it| it.to_string_lossy().to_lowercase());
    let format = match (format, implied.as_deref()) {
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
    let is_for_a_screen =
        output.is_none_or(|path| path == Path::new("-") && io::stdout().is_terminal());
    if format == ReportFormat::Xlsx && is_for_a_screen {
        bail!("a workbook goes to a file: add -o report.xlsx");
    }
    Ok(format)
}

/// Writes a report to standard output. CSV and JSON Lines hold one table: the first.
pub(crate) fn to_stdout(written: Written<'_>, format: ReportFormat) -> anyhow::Result<()> {
    let mut out = BufWriter::new(anstream::stdout().lock());
    let Written { report, args, .. } = written;
    let Some(tables) = Tables::of(format) else {
        written.whole(&mut out, format)?;
        return Ok(out.flush()?);
    };
    if args.evidence {
        tables.write_evidence(&mut out, report)?;
    }
    if let [first, others @ ..] = &report.sheets[..] {
        tables.write(&mut out, first)?;
        out.flush()?;
        for other in others {
            anstream::eprintln!(
                "left out: {} (standard output takes one table; -o FILE writes a file of each)",
                other.name
            );
        }
    }
    Ok(())
}

/// Writes a report to a file, which was opened before, and what belongs to it to files beside it.
pub(crate) fn to_files(
    path: &Path,
    out: Output,
    inputs: &Inputs,
    written: Written<'_>,
    format: ReportFormat,
) -> anyhow::Result<()> {
    let (mut first, mut outputs) = (Some(out), Vec::new());
    for file in files(path, written.report, format) {
        let mut out = match first.take() {
            Some(first) => first,
            None => Output::to_file(&file.path, inputs)?,
        };
        file.write(&mut out, written).with_context(|| out.cannot_write())?;
        outputs.push(out);
    }
    outputs.into_iter().try_for_each(Output::finish)
}

/// A file of a report.
pub(crate) struct ReportFile<'a> {
    pub(crate) path: PathBuf,
    content: Content<'a>,
}

/// What a file of a report holds.
enum Content<'a> {
    /// All tables and the evidence.
    Whole(ReportFormat),
    /// One table and nothing else.
    Table(Tables, &'a Sheet),
    Evidence,
}

/// The files of a report that is written to `path`. CSV and JSON Lines hold one table: each further
/// one has a file of its own, and each file its evidence beside it.
pub(crate) fn files<'a>(
    path: &Path,
    report: &'a Report<'_>,
    format: ReportFormat,
) -> Vec<ReportFile<'a>> {
    let Some(tables) = Tables::of(format) else {
        return vec![ReportFile { path: path.to_owned(), content: Content::Whole(format) }];
    };
    let mut files = Vec::new();
    for (place, sheet) in report.sheets.iter().enumerate() {
        let path = if place == 0 { path.to_owned() } else { path_of(path, sheet) };
        let evidence = evidence_path(&path);
        // A device or a pipe has nothing beside it.
        let has_company = fs::metadata(&path).map_or(true, |file| file.is_file());
        files.push(ReportFile { path, content: Content::Table(tables, sheet) });
        if has_company {
            files.push(ReportFile { path: evidence, content: Content::Evidence });
        }
    }
    files
}

impl ReportFile<'_> {
    /// Writes what the file holds, without colours.
    pub(crate) fn write(&self, out: &mut impl Write, written: Written<'_>) -> anyhow::Result<()> {
        match self.content {
            Content::Whole(ReportFormat::Table) => {
                let mut text = Vec::new();
                written.whole(&mut text, ReportFormat::Table)?;
                Ok(out.write_all(&strip_bytes(&text).into_vec())?)
            }
            Content::Whole(format) => written.whole(out, format),
            Content::Table(tables, sheet) => {
                if tables == Tables::Csv && !written.args.no_bom {
                    out.write_all(BYTE_ORDER_MARK)?;
                }
                Ok(tables.write(out, sheet)?)
            }
            Content::Evidence => Ok(write::evidence_file(out, &written.report.evidence)?),
        }
    }
}

/// A report, what it was made from, and how it is to be written.
#[derive(Clone, Copy)]
pub(crate) struct Written<'a> {
    pub(crate) folded: &'a Folded,
    pub(crate) report: &'a Report<'a>,
    pub(crate) args: &'a OutputArgs,
}

impl Written<'_> {
    /// Writes all tables and the evidence.
    fn whole(self, out: &mut impl Write, format: ReportFormat) -> anyhow::Result<()> {
        let Written { folded, report, args } = self;
        match format {
            ReportFormat::Json => Ok(write::json(out, report)?),
            ReportFormat::Xlsx => xlsx::write(out, report),
            ReportFormat::Html => html::write(out, folded, report),
            _ => Ok(write::table(out, report, args.evidence)?),
        }
    }
}

/// A format whose files hold one table and nothing else.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tables {
    Csv,
    Jsonl,
}

impl Tables {
    fn of(format: ReportFormat) -> Option<Tables> {
        match format {
            ReportFormat::Csv => Some(Tables::Csv),
            ReportFormat::Jsonl => Some(Tables::Jsonl),
            _ => None,
        }
    }

    fn write(self, out: &mut impl Write, sheet: &Sheet) -> io::Result<()> {
        match self {
            Tables::Csv => write::csv(out, sheet),
            Tables::Jsonl => write::jsonl(out, sheet),
        }
    }

    fn write_evidence(self, out: &mut impl Write, report: &Report<'_>) -> io::Result<()> {
        match self {
            Tables::Csv => write::comments(out, &report.evidence),
            Tables::Jsonl => write::evidence_line(out, &report.evidence),
        }
    }
}

/// The file of a further table: `x.weeks.csv` beside `x.csv`.
fn path_of(path: &Path, sheet: &Sheet) -> PathBuf {
    let last_word = sheet.name.rsplit(' ').next().unwrap_or(sheet.name);
    let mut name = path.file_stem().map(OsString::from).unwrap_or_default();
    name.push(format!(".{last_word}"));
    if let Some(extension) = path.extension() {
        name.push(".");
        name.push(extension);
    }
    path.with_file_name(name)
}

/// `x.csv.evidence.json` for `x.csv`.
fn evidence_path(path: &Path) -> PathBuf {
    let mut path = path.as_os_str().to_owned();
    path.push(".evidence.json");
    path.into()
}
