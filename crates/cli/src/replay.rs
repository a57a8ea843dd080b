//! `replay`: fold a log and show what came of it.

use std::io::{self, BufWriter, Write};
use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::bail;
use tallyfold_engine::{GroupedJournal, ReplayError, Run};
use tallyfold_log::write_result;

use crate::args::{Format, ReplayArgs};
use crate::findings::SHOWN;
use crate::log::{self, explained};
use crate::output::{Inputs, Output};
use crate::snapshot;
use crate::summary;
use crate::tally::Tally;

pub(crate) fn run(args: &ReplayArgs) -> anyhow::Result<ExitCode> {
    let mut outputs = Outputs::of(args)?;
    let mut run = fold(args, outputs.snapshot.take())?;
    if let (Some(out), Some(journal)) = (outputs.journal, run.consumer.1.take()) {
        write_journal(out, journal)?;
    }
    let is_failure = args.strict && !run.findings().is_empty();
    write(args.format, run)?;
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

/// What is kept of a replay: what is told of it, and its journal.
type Kept = (Option<Tally>, Option<GroupedJournal>);

/// Folds the log, from its start or from where a snapshot ends, and saves one where asked to.
fn fold(args: &ReplayArgs, snapshot: Option<Output>) -> anyhow::Result<Run<Kept>> {
    let saves = snapshot.is_some();
    let has_tally = saves || args.format == Format::Table;
    let keeps_all = saves || args.format == Format::Json;
    let mut replay = log::replay(&args.log, args.rules.preset())?
        .as_of(args.as_of)
        .threads(args.threads.count())
        .keep_findings((!keeps_all).then_some(SHOWN));
    if saves {
        replay = replay.measured();
    }
    let mut tally = Tally::default();
    if let Some(path) = &args.from_snapshot {
        let start = snapshot::load(path, args.rules.preset())?;
        (replay, tally) = (replay.resume(start.paused), start.tally);
    }
    let kept =
        |tally| (has_tally.then_some(tally), args.journal.is_some().then(GroupedJournal::default));
    let folded = replay.fold(kept(tally), || kept(Tally::default()));
    let mut folded = folded.map_err(|error| match (&error, &args.from_snapshot) {
        (ReplayError::OtherLog(_), Some(path)) => {
            explained(error).context(snapshot::unusable(path))
        }
        _ => explained(error),
    })?;
    if let Some(out) = snapshot {
        snapshot::save(out, args.rules.preset(), &mut folded)?;
    }
    Ok(folded.settle())
}

fn write_journal(mut out: Output, journal: GroupedJournal) -> anyhow::Result<()> {
    journal.write_to(&mut out).map_err(|error| match error {
        ReplayError::Write(error) => anyhow::Error::from(error).context(out.cannot_write()),
        error => explained(error),
    })?;
    out.finish()
}

fn write(format: Format, run: Run<Kept>) -> anyhow::Result<()> {
    // The process is about to end, and to free a million accounts one by one takes long.
    let run = ManuallyDrop::new(run);
    match format {
        Format::Json => {
            let mut out = BufWriter::new(io::stdout().lock());
            write_result(&mut out, run.fold(), run.findings().kept())?;
            out.flush()?;
        }
        Format::Table => {
            let mut out = BufWriter::new(anstream::stdout().lock());
            summary::write(&mut out, &run, run.consumer.0.as_ref().unwrap_or(&Tally::default()))?;
            out.flush()?;
        }
    }
    Ok(())
}
