//! `replay`: fold a log and show what came of it.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::mem::ManuallyDrop;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use tallyfold_core::{Ledger, Replay};
use tallyfold_log::write_result;

use crate::args::{Format, ReplayArgs};
use crate::blocks::LogBlocks;
use crate::findings::Findings;
use crate::folding::{Folding, ReplaySink};
use crate::grouped::GroupedJournal;
use crate::hash_key;
use crate::parallel;
use crate::snapshot::{self, Start};
use crate::summary;

pub(crate) fn run(args: &ReplayArgs) -> anyhow::Result<ExitCode> {
    let mut folding = fold(args)?;
    folding.replay.settle(&mut folding.sink);
    if let (Some(path), Some(journal)) = (&args.journal, folding.sink.journal.take()) {
        write_journal(path, journal).with_context(|| format!("cannot write {}", path.display()))?;
    }
    let is_failure = args.strict && folding.findings.any();
    write(args.format, folding)?;
    Ok(if is_failure { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Folds the log, from its start or from where a snapshot ends, and saves one where asked to.
fn fold(args: &ReplayArgs) -> anyhow::Result<Folding> {
    let mut log = LogBlocks::of(&args.log);
    if args.save_snapshot.is_some() {
        log = log.measured();
    }
    let folding = folding(args, start(args, &mut log)?);
    let mut folding = parallel::fold(args.threads.count(), &mut log, folding)?;
    if let (Some(path), Some(prefix)) = (&args.save_snapshot, log.prefix()) {
        snapshot::save(path, args.rules.preset(), prefix, &mut folding)?;
    }
    Ok(folding)
}

/// Where the replay starts. The lines that a snapshot is of are passed.
fn start(args: &ReplayArgs, log: &mut LogBlocks<'_>) -> anyhow::Result<Start> {
    let Some(path) = &args.from_snapshot else {
        let ledger = Ledger::new(args.rules.preset().rulebook(), hash_key::drawn());
        return Ok(Start::of(Replay::new(ledger, args.as_of)));
    };
    let start = snapshot::load(path, args.rules.preset())?;
    log.pass(&start.prefix).with_context(|| snapshot::unusable(path))?;
    Ok(start)
}

/// What is kept: all that a snapshot needs, or else what is shown.
fn folding(args: &ReplayArgs, start: Start) -> Folding {
    let saves = args.save_snapshot.is_some();
    let Start { replay, by_product, findings, .. } = start;
    Folding {
        replay,
        sink: ReplaySink {
            by_product: (saves || args.format == Format::Table).then_some(by_product),
            journal: args.journal.is_some().then(GroupedJournal::default),
        },
        findings: Findings::of(findings, saves || args.format == Format::Json),
    }
}

fn write_journal(path: &Path, journal: GroupedJournal) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 16, File::create(path)?);
    journal.write_to(&mut out)?;
    out.flush()
}

fn write(format: Format, folding: Folding) -> anyhow::Result<()> {
    let Folding { replay, sink, findings } = folding;
    // The process is about to end, and to free a million accounts one by one takes long.
    let replay = ManuallyDrop::new(replay);
    match format {
        Format::Json => {
            let mut out = BufWriter::new(io::stdout().lock());
            write_result(&mut out, &replay, findings.all())?;
            out.flush()?;
        }
        Format::Table => {
            let mut out = BufWriter::new(anstream::stdout().lock());
            let by_product = sink.by_product.unwrap_or_default();
            summary::write(&mut out, &replay, &by_product, &findings.into_summary())?;
            out.flush()?;
        }
    }
    Ok(())
}
