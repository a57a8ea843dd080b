//! `store repair`: a log without its last events.

use std::fs::OpenOptions;
use std::io::{BufWriter, Write};
use std::process::ExitCode;

use anyhow::Context;
use tallyfold_store::{ImportError, Position, RepairError, drop_after};

use crate::args::store::StoreRepairArgs;
use crate::text::count;

pub(super) fn run(args: &StoreRepairArgs) -> anyhow::Result<ExitCode> {
    let store = super::open(&args.store.store)?;
    let path = args.dropped.display();
    // Nothing that was kept before is written over.
    let file = OpenOptions::new().write(true).create_new(true).open(&args.dropped);
    let mut kept = BufWriter::new(file.with_context(|| format!("cannot write {path}"))?);
    let after = Position::new(args.drop_after);
    let dropped = drop_after(&*store, after, &mut kept, |kept| kept.get_ref().sync_all());
    let dropped = match dropped {
        Ok(dropped) => dropped,
        Err(error) => {
            if is_still_in_store(&error) {
                let _ = std::fs::remove_file(&args.dropped);
            }
            return Err(error.into());
        }
    };
    let mut out = anstream::stdout().lock();
    writeln!(
        out,
        "Dropped {} lines after position {after}; they are in {path}.",
        count(dropped.lines)
    )?;
    writeln!(out, "The log ends at position {} now, with a line that says so.", dropped.end)?;
    Ok(ExitCode::SUCCESS)
}

/// Whether nothing was dropped for certain. A store that went away may have done it.
fn is_still_in_store(error: &RepairError) -> bool {
    match error {
        RepairError::Nothing { .. } | RepairError::Cut(ImportError::Conflict { .. }) => true,
        RepairError::Write(_) | RepairError::Cut(_) | RepairError::Store(_) => false,
    }
}
