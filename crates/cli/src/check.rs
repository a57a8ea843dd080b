//! `check`: only what is wrong.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::iter;
use std::process::ExitCode;

use tallyfold_core::{Ledger, Record, Rejection, Sink};
use tallyfold_log::FindingLine;

use crate::args::CheckArgs;
use crate::denied::Denied;
use crate::findings::SHOWN;
use crate::hash_key;
use crate::input::{LogLine, for_each_line};
use crate::store;
use crate::text::{count, printable};

/// Prints malformed lines and findings as `file:line[:column]: kind: reason`, and how many there are of
/// each kind.
pub(crate) fn run(args: &CheckArgs) -> anyhow::Result<ExitCode> {
    let mut ledger = Ledger::new(args.rules.preset().rulebook(), hash_key::drawn());
    let mut out = io::BufWriter::new(anstream::stdout());
    let (mut denied, mut kinds) = (DeniedSink::default(), BTreeMap::<String, u64>::new());
    for_each_line(&args.log, |line| {
        let Some(finding) = finding_of(&line, &mut ledger, &mut denied) else {
            return Ok(());
        };
        let found = kinds.entry(finding.kind.to_string()).or_default();
        *found += 1;
        if args.all || *found <= SHOWN as u64 {
            write_finding(&mut out, &line, &finding)?;
        }
        Ok(())
    })?;
    if !kinds.is_empty() {
        write_counts(&mut out, &kinds, args.all)?;
    }
    out.flush()?;
    Ok(if kinds.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What a finding may follow from.
#[derive(Default)]
struct DeniedSink(Denied);

impl Sink for DeniedSink {
    fn record(&mut self, record: Record<'_>) {
        self.0.add(&record);
    }
}

fn finding_of(
    line: &LogLine<'_>,
    ledger: &mut Ledger,
    denied: &mut DeniedSink,
) -> Option<FindingLine> {
    let event = match &line.event {
        Ok(event) => event,
        Err(malformed) => return Some(FindingLine::malformed(line.line, malformed)),
    };
    let mut finding = None;
    let mut report = |denied: &mut DeniedSink, rejection: Rejection<'_, '_>| {
        finding = Some(denied.0.explained(rejection));
    };
    ledger.apply_all(iter::once((line.line, event)), denied, &mut report);
    finding
}

fn write_finding(
    out: &mut impl Write,
    line: &LogLine<'_>,
    finding: &FindingLine,
) -> io::Result<()> {
    let column = finding.column.map(|column| format!(":{column}")).unwrap_or_default();
    writeln!(
        out,
        "{}:{}{column}: {}: {}{}",
        printable(&store::shown(line.file)),
        line.line_in_file,
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
