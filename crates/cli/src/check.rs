//! `check`: only what is wrong.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::process::ExitCode;

use tallyfold_engine::Run;
use tallyfold_log::FindingLine;

use crate::args::CheckArgs;
use crate::findings::{SHOWN, by_kind};
use crate::log::{self, explained};
use crate::text::{count, printable};

/// Prints malformed lines and findings as `file:line[:column]: kind: reason`, and how many there are of
/// each kind.
pub(crate) fn run(args: &CheckArgs) -> anyhow::Result<ExitCode> {
    let replay = log::replay(&args.log, args.rules.preset())?;
    let run = replay.keep_findings((!args.all).then_some(SHOWN)).run(|| ()).map_err(explained)?;
    let mut out = io::BufWriter::new(anstream::stdout());
    run.findings().kept().iter().try_for_each(|it| write_finding(&mut out, &run, it))?;
    let kinds = by_kind(run.findings());
    if !kinds.is_empty() {
        write_counts(&mut out, &kinds, args.all)?;
    }
    out.flush()?;
    Ok(if kinds.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn write_finding(out: &mut impl Write, run: &Run<()>, finding: &FindingLine) -> io::Result<()> {
    let column = finding.column.map(|column| format!(":{column}")).unwrap_or_default();
    let place = run.place_of(finding.line);
    let (input, line) = place.map_or(("", finding.line), |(input, line)| (&*input.name, line));
    writeln!(
        out,
        "{}:{line}{column}: {}: {}{}",
        printable(input),
        finding.kind,
        printable(&finding.message),
        in_account(finding),
    )
}

fn in_account(finding: &FindingLine) -> String {
    let named = |account: &String| format!(" (account {})", printable(account));
    finding.account.as_ref().map(named).unwrap_or_default()
}

/// How many findings there are of each kind, and how to see those that were left out.
fn write_counts(
    out: &mut impl Write,
    kinds: &BTreeMap<String, u64>,
    all_are_shown: bool,
) -> io::Result<()> {
    let found: u64 = kinds.values().sum();
    let findings = if found == 1 { "finding" } else { "findings" };
    let each: Vec<_> = kinds.iter().map(|(kind, n)| format!("{} {kind}", count(*n))).collect();
    let is_cut = !all_are_shown && kinds.values().any(|n| *n > SHOWN as u64);
    let advice =
        if is_cut { "; the first three of each kind are shown, --all shows all" } else { "" };
    writeln!(out, "{} {findings}: {}{advice}", count(found), each.join(", "))
}
