//! `replay`: fold a log and show what came of it.

use std::io::{self, BufWriter, Write};
use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use tallyfold_core::{Ledger, LogFold};
use tallyfold_log::write_result;

use crate::args::{Format, ReplayArgs};
use crate::blocks::LogBlocks;
use crate::findings::Findings;
use crate::folding::{Folding, ReplaySink};
use crate::grouped::GroupedJournal;
use crate::hash_key;
use crate::output::{Inputs, Output};
use crate::parallel;
use crate::snapshot::{self, Start};
use crate::summary::{self, Told};

pub(crate) fn run(args: &ReplayArgs) -> anyhow::Result<ExitCode> {
    let mut outputs = Outputs::of(args)?;
    let mut folding = fold(args, outputs.snapshot.take())?;
    folding.replay.settle(&mut folding.sink);
    if let (Some(out), Some(journal)) = (outputs.journal, folding.sink.journal.take()) {
        write_journal(out, journal)?;
    }
    let is_failure = args.strict && folding.findings.any();
    write(args.format, folding)?;
    Ok(if is_failure { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// The files that a replay writes.
struct Outputs {
    journal: Option<Output>,
    snapshot: Option<Output>,
}

impl Outputs {
    /// Refuses files that would be lost, before anything is folded.
    fn of(args: &ReplayArgs) -> anyhow::Result<Outputs> {
        let inputs = args.inputs();
        if let (Some(journal), Some(snapshot)) = (&args.journal, &args.save_snapshot)
            && Inputs::default().and_files([journal]).contains(snapshot)
        {
            bail!("--journal and --save-snapshot name one file; name two");
        }
        let open = |path: &Option<PathBuf>| {
            path.as_deref().map(|path| Output::to_file(path, &inputs)).transpose()
        };
        let journal = match args.journal.as_deref() {
            Some(path) if path == Path::new("-") => Some(Output::standard()),
            _ => open(&args.journal)?,
        };
        Ok(Outputs { journal, snapshot: open(&args.save_snapshot)? })
    }
}

/// Folds the log, from its start or from where a snapshot ends, and saves one where asked to.
fn fold(args: &ReplayArgs, snapshot: Option<Output>) -> anyhow::Result<Folding> {
    let mut log = LogBlocks::of(&args.log);
    if args.save_snapshot.is_some() {
        log = log.measured();
    }
    let folding = folding(args, start(args, &mut log)?);
    let mut folding = parallel::fold(args.threads.count(), &mut log, folding)?;
    if let (Some(out), Some(prefix)) = (snapshot, log.prefix()) {
        snapshot::save(out, args.rules.preset(), prefix, &mut folding)?;
    }
    Ok(folding)
}

/// Where the replay starts. The lines that a snapshot is of are passed.
fn start(args: &ReplayArgs, log: &mut LogBlocks<'_>) -> anyhow::Result<Start> {
    let Some(path) = &args.from_snapshot else {
        let ledger = Ledger::new(args.rules.preset().rulebook(), hash_key::drawn());
        return Ok(Start::of(LogFold::new(ledger, args.as_of)));
    };
    let start = snapshot::load(path, args.rules.preset())?;
    log.pass(&start.prefix).with_context(|| snapshot::unusable(path))?;
    Ok(start)
}

/// What is kept: all that a snapshot needs, or else what is shown.
fn folding(args: &ReplayArgs, start: Start) -> Folding {
    let saves = args.save_snapshot.is_some();
    let Start { replay, by_product, denied, findings, .. } = start;
    Folding {
        replay,
        sink: ReplaySink {
            by_product: (saves || args.format == Format::Table).then_some(by_product),
            denied,
            journal: args.journal.is_some().then(GroupedJournal::default),
        },
        findings: Findings::of(findings, saves || args.format == Format::Json),
        lines: 0,
    }
}

fn write_journal(mut out: Output, journal: GroupedJournal) -> anyhow::Result<()> {
    journal.write_to(&mut out).with_context(|| out.cannot_write())?;
    out.finish()
}

fn write(format: Format, folding: Folding) -> anyhow::Result<()> {
    let Folding { replay, sink, findings, lines } = folding;
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
            let findings = findings.into_summary();
            let told =
                Told { lines, by_product: &by_product, denied: &sink.denied, findings: &findings };
            summary::write(&mut out, &replay, &told)?;
            out.flush()?;
        }
    }
    Ok(())
}
