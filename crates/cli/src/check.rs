//! `check`: only what is wrong.

use std::io::Write;
use std::process::ExitCode;

use tallyfold_core::Ledger;
use tallyfold_log::FindingLine;

use crate::args::CheckArgs;
use crate::hash_key;
use crate::input::for_each_line;
use crate::store;
use crate::text::printable;

/// Prints each malformed line and each finding as `file:line[:column]: kind: reason`.
pub(crate) fn run(args: &CheckArgs) -> anyhow::Result<ExitCode> {
    let mut ledger = Ledger::new(args.rules.preset().rulebook(), hash_key::drawn());
    let mut out = std::io::BufWriter::new(anstream::stdout());
    let mut is_well = true;
    for_each_line(&args.log, |line| {
        let Some(finding) = line.finding(|event| ledger.apply(event, &mut ())) else {
            return Ok(());
        };
        is_well = false;
        let column = finding.column.map(|column| format!(":{column}")).unwrap_or_default();
        let file = store::shown(line.file);
        writeln!(
            out,
            "{}:{}{column}: {}: {}{}",
            printable(&file),
            line.line_in_file,
            finding.kind,
            printable(&finding.message),
            in_account(&finding),
        )?;
        Ok(())
    })?;
    out.flush()?;
    Ok(if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn in_account(finding: &FindingLine) -> String {
    let named = |account: &String| format!(" (account {})", printable(account));
    finding.account.as_ref().map(named).unwrap_or_default()
}
