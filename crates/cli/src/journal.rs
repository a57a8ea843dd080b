//! `journal`: every decision of the fold, one JSON object a line.

use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

use tallyfold_core::{Ledger, Record, Replay, Sink};
use tallyfold_log::write_record;

use crate::account_names::AccountNames;
use crate::args::JournalArgs;
use crate::grouped::GroupedJournal;
use crate::hash_key;
use crate::input::for_each_line;

pub(crate) fn run(args: &JournalArgs) -> anyhow::Result<ExitCode> {
    let out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    if args.grouped {
        let mut grouped = GroupedJournal::default();
        fold(args, &mut grouped, |_| Ok(()))?;
        let mut out = out;
        grouped.write_to(&mut out)?;
        out.flush()?;
    } else {
        let mut streamed = StreamedJournal { out, trouble: None };
        fold(args, &mut streamed, StreamedJournal::trouble)?;
        streamed.out.flush()?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Folds the log into a sink, and asks after each line whether the sink is in trouble.
fn fold<S: Sink>(
    args: &JournalArgs,
    sink: &mut S,
    trouble: impl Fn(&mut S) -> io::Result<()>,
) -> anyhow::Result<()> {
    let ledger = Ledger::new(args.rules.preset().rulebook(), hash_key::drawn());
    let mut replay = Replay::new(ledger, args.as_of);
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
    Ok(trouble(sink.sink)?)
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
struct StreamedJournal<W> {
    out: W,
    trouble: Option<io::Error>,
}

impl<W: Write> Sink for StreamedJournal<W> {
    fn record(&mut self, record: Record<'_>) {
        if self.trouble.is_none() {
            self.trouble = write_record(&mut self.out, &record).err();
        }
    }
}

impl<W> StreamedJournal<W> {
    fn trouble(&mut self) -> io::Result<()> {
        self.trouble.take().map_or(Ok(()), Err)
    }
}
