//! `replay`: fold a log and show what came of it.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use tallyfold_core::{Ledger, Replay};
use tallyfold_log::write_result;

use crate::args::{Format, ReplayArgs};
use crate::blocks::LogBlocks;
use crate::findings::Findings;
use crate::folding::{ByProduct, Folding, ReplaySink};
use crate::grouped::GroupedJournal;
use crate::hash_key;
use crate::input::for_each_line;
use crate::parallel::Threads;
use crate::summary;

pub(crate) fn run(args: &ReplayArgs) -> anyhow::Result<ExitCode> {
    let mut folding = fold(args)?;
    folding.replay.settle(&mut folding.sink);
    if let (Some(path), Some(journal)) = (&args.journal, folding.sink.journal.take()) {
        write_journal(path, journal).with_context(|| format!("cannot write {}", path.display()))?;
    }
    let is_failure = args.strict && folding.findings.any();
    write(folding)?;
    Ok(if is_failure { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Folds the log, on one thread as it is read, or on several.
fn fold(args: &ReplayArgs) -> anyhow::Result<Folding> {
    let ledger = Ledger::new(args.rules.preset().rulebook(), hash_key::drawn());
    let mut folding = Folding {
        replay: Replay::new(ledger, args.as_of),
        sink: ReplaySink {
            by_product: (args.format == Format::Table).then(ByProduct::default),
            journal: args.journal.is_some().then(GroupedJournal::default),
        },
        findings: Findings::new(args.format),
    };
    match args.threads.count() {
        1 => for_each_line(&args.log, |line| {
            folding.fold(line.line, &line.event);
            Ok(())
        })?,
        threads => folding = Threads::new(threads)?.fold(LogBlocks::of(&args.log), folding)?,
    }
    Ok(folding)
}

fn write_journal(path: &Path, journal: GroupedJournal) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 16, File::create(path)?);
    journal.write_to(&mut out)?;
    out.flush()
}

fn write(folding: Folding) -> anyhow::Result<()> {
    let Folding { replay, sink, findings } = folding;
    match findings {
        Findings::All(findings) => {
            let mut out = BufWriter::new(io::stdout().lock());
            write_result(&mut out, &replay, &findings)?;
            out.flush()?;
        }
        Findings::Summary(findings) => {
            let mut out = BufWriter::new(anstream::stdout().lock());
            let by_product = sink.by_product.unwrap_or_default();
            summary::write(&mut out, &replay, &by_product, &findings)?;
            out.flush()?;
        }
    }
    Ok(())
}
