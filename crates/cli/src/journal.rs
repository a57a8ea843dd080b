//! `journal`: every decision of the fold, one JSON object a line, or the digests of it.

use std::io::{self, BufWriter, Write};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use tallyfold_core::{Consumer, Record};
use tallyfold_engine::{Cancel, GroupedJournal, JournalDigests, Replay, Run};
use tallyfold_log::write_record;

use crate::args::JournalArgs;
use crate::log::{self, explained, require_account};

pub(crate) fn run(args: &JournalArgs) -> anyhow::Result<ExitCode> {
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    if args.digests {
        write_digests(&mut out, args)?;
    } else if args.log_order && args.account.is_none() {
        drop(out);
        return in_log_order(args);
    } else {
        // The lines of one account come in its order anyway.
        let run = run_on(args, replay(args)?, GroupedJournal::default)?;
        run.consumer.write_to(&mut out).map_err(explained)?;
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

fn write_digests(out: &mut impl Write, args: &JournalArgs) -> anyhow::Result<()> {
    let run = run_on(args, replay(args)?, JournalDigests::default)?;
    let digests = match &args.account {
        Some(account) => run.consumer.of_accounts([account.as_str()]),
        None => run.consumer.of_accounts(run.accounts().map(|it| it.account())),
    };
    digests.lines().try_for_each(|line| out.write_all(line.as_bytes()))?;
    Ok(())
}

/// Writes each record as it comes, and stops where that fails: nobody may listen any more.
fn in_log_order(args: &JournalArgs) -> anyhow::Result<ExitCode> {
    let (failure, cancel) = (Failure::default(), Cancel::default());
    let streamed = || Streamed {
        out: BufWriter::with_capacity(1 << 16, io::stdout()),
        failure: failure.clone(),
        cancel: cancel.clone(),
    };
    let run = replay(args)?.in_log_order().cancelled_by(cancel.clone()).run(streamed);
    let failed = failure.lock().unwrap_or_else(PoisonError::into_inner).take();
    failed.map_or(Ok(()), Err)?;
    run.map_err(explained)?.consumer.out.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// The replay of the log, or of one account.
fn replay(args: &JournalArgs) -> anyhow::Result<Replay<'static>> {
    let replay = log::replay(&args.log, args.rules.preset())?.as_of(args.as_of).keep_findings(0);
    Ok(match &args.account {
        Some(account) => replay.accounts([account.as_str()]),
        None => replay,
    })
}

fn run_on<C: Consumer + Send>(
    args: &JournalArgs,
    replay: Replay<'_>,
    make: impl Fn() -> C,
) -> anyhow::Result<Run<C>> {
    let run = replay.run(make).map_err(explained)?;
    if let Some(account) = &args.account {
        require_account(account, run.named_accounts())?;
    }
    Ok(run)
}

/// Why writing failed, once it has.
type Failure = Arc<Mutex<Option<io::Error>>>;

/// Writes each record as it comes.
struct Streamed {
    out: BufWriter<io::Stdout>,
    failure: Failure,
    cancel: Cancel,
}

impl Consumer for Streamed {
    fn record(&mut self, record: &Record<'_>) {
        if let Err(error) = write_record(&mut self.out, record) {
            self.cancel.cancel();
            let mut failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
            failure.get_or_insert(error);
        }
    }

    /// In log order there is one part only.
    fn merge(&mut self, _: Streamed) {}
}
