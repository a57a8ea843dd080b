//! `journal`: every decision of the fold, one JSON object a line, or the digests of it.

use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

use tallyfold_core::{Ledger, LogFold, Record, Sink};
use tallyfold_log::write_record;

use crate::account_names::AccountNames;
use crate::args::JournalArgs;
use crate::digest::AccountDigests;
use crate::grouped::GroupedJournal;
use crate::hash_key;
use crate::input::for_each_line;

pub(crate) fn run(args: &JournalArgs) -> anyhow::Result<ExitCode> {
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    if args.digests {
        write_digests(&mut out, args)?;
    } else if args.log_order || args.account.is_some() {
        // The lines of one account come in its order anyway.
        let mut streamed = StreamedJournal { out: &mut out, trouble: None };
        fold(args, &mut streamed, StreamedJournal::trouble)?;
    } else {
        let mut grouped = GroupedJournal::default();
        fold(args, &mut grouped, |_| Ok(()))?;
        grouped.write_to(&mut out)?;
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

fn write_digests(out: &mut impl Write, args: &JournalArgs) -> anyhow::Result<()> {
    let mut digests = AccountDigests::new();
    let replay = fold(args, &mut digests, |_| Ok(()))?;
    let accounts: Vec<&str> = match &args.account {
        Some(account) => vec![account],
        None => replay.accounts().map(|it| it.account()).collect(),
    };
    for line in digests.finish(accounts)?.lines() {
        out.write_all(line.as_bytes())?;
    }
    Ok(())
}

/// Folds the log into a sink, and asks after each line whether the sink is in trouble.
fn fold<S: Sink>(
    args: &JournalArgs,
    sink: &mut S,
    trouble: impl Fn(&mut S) -> io::Result<()>,
) -> anyhow::Result<LogFold> {
    let ledger = Ledger::new(args.rules.preset().rulebook(), hash_key::drawn());
    let mut replay = LogFold::new(ledger, args.as_of);
    let mut sink = OfAccount { account: args.account.as_deref(), sink };
    let mut names = AccountNames::default();
    for_each_line(&args.log, |line| {
        if let Ok(event) = line.event {
            if args.account.is_some() {
                names.see(&event);
            }
            // A finding writes nothing to the journal; `check` and `replay` report it.
            let _ = replay.apply(&event, &mut sink);
        }
        Ok(trouble(sink.sink)?)
    })?;
    if let Some(account) = &args.account {
        names.require(account)?;
    }
    replay.settle(&mut sink);
    trouble(sink.sink)?;
    Ok(replay)
}

/// Passes on the records of one account, or all.
struct OfAccount<'a, S> {
    account: Option<&'a str>,
    sink: &'a mut S,
}

impl<S: Sink> Sink for OfAccount<'_, S> {
    fn record(&mut self, record: Record<'_>) {
        if self.account.is_none_or(|account| account == record.account) {
            self.sink.record(record);
        }
    }
}

/// Writes each record as it comes.
struct StreamedJournal<'a, W> {
    out: &'a mut W,
    trouble: Option<io::Error>,
}

impl<W: Write> Sink for StreamedJournal<'_, W> {
    fn record(&mut self, record: Record<'_>) {
        if self.trouble.is_none() {
            self.trouble = write_record(&mut self.out, &record).err();
        }
    }
}

impl<W> StreamedJournal<'_, W> {
    fn trouble(&mut self) -> io::Result<()> {
        self.trouble.take().map_or(Ok(()), Err)
    }
}
