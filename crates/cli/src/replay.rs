//! `replay`: fold a log and show what came of it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use tallyfold_core::{Entry, Ledger, Record, Replay, Sink, Tokens};
use tallyfold_log::{FindingLine, write_result};

use crate::args::{Format, ReplayArgs};
use crate::findings::FindingSummary;
use crate::grouped::GroupedJournal;
use crate::hash_key;
use crate::input::for_each_line;
use crate::summary;

pub(crate) fn run(args: &ReplayArgs) -> anyhow::Result<ExitCode> {
    let mut sink = ReplaySink {
        by_product: (args.format == Format::Table).then(ByProduct::default),
        journal: args.journal.is_some().then(GroupedJournal::default),
    };
    let ledger = Ledger::new(args.rules.preset().rulebook(), hash_key::drawn());
    let mut replay = Replay::new(ledger, args.as_of);
    let mut findings = Findings::new(args.format);
    for_each_line(&args.log, |line| {
        let finding = line.finding(|event| match sink.is_wanted() {
            true => replay.apply(event, &mut sink),
            false => replay.apply(event, &mut ()),
        });
        finding.into_iter().for_each(|finding| findings.add(finding));
        Ok(())
    })?;
    replay.settle(&mut sink);
    if let (Some(path), Some(journal)) = (&args.journal, sink.journal.take()) {
        write_journal(path, journal).with_context(|| format!("cannot write {}", path.display()))?;
    }
    let any_finding = findings.any();
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
    let is_failure = args.strict && any_finding;
    Ok(if is_failure { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn write_journal(path: &Path, journal: GroupedJournal) -> std::io::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 16, File::create(path)?);
    journal.write_to(&mut out)?;
    out.flush()
}

/// What is kept of the findings: for a machine all, for a person how many and the first few.
enum Findings {
    All(Vec<FindingLine>),
    Summary(FindingSummary),
}

impl Findings {
    fn new(format: Format) -> Findings {
        match format {
            Format::Json => Findings::All(Vec::new()),
            Format::Table => Findings::Summary(FindingSummary::default()),
        }
    }

    fn add(&mut self, finding: FindingLine) {
        match self {
            Findings::All(all) => all.push(finding),
            Findings::Summary(summary) => summary.add(finding),
        }
    }

    fn any(&self) -> bool {
        match self {
            Findings::All(all) => !all.is_empty(),
            Findings::Summary(summary) => summary.any(),
        }
    }
}

/// What is kept of the journal.
struct ReplaySink {
    by_product: Option<ByProduct>,
    journal: Option<GroupedJournal>,
}

impl ReplaySink {
    fn is_wanted(&self) -> bool {
        self.by_product.is_some() || self.journal.is_some()
    }
}

impl Sink for ReplaySink {
    fn record(&mut self, record: Record<'_>) {
        if let Some(by_product) = &mut self.by_product {
            by_product.add(&record);
        }
        if let Some(journal) = &mut self.journal {
            journal.record(record);
        }
    }
}

/// Charges by product, over all accounts.
#[derive(Debug, Default)]
pub(crate) struct ByProduct {
    pub products: BTreeMap<String, ProductCharges>,
    /// What was given back, whatever it had been for.
    pub refunded: Tokens,
}

/// What was charged for one product.
#[derive(Debug, Default)]
pub(crate) struct ProductCharges {
    pub charges: u64,
    pub covered: u64,
    pub tokens: Tokens,
}

impl ByProduct {
    fn add(&mut self, record: &Record<'_>) {
        match &record.entry {
            Entry::Charged(charged) => {
                let product = self.product(&charged.product);
                product.charges += 1;
                product.covered += u64::from(charged.subscription.is_some());
                product.tokens += charged.tokens;
            }
            Entry::Refunded(refunded) => self.refunded += refunded.tokens,
            _ => {}
        }
    }

    fn product(&mut self, name: &str) -> &mut ProductCharges {
        self.products.entry(name.to_owned()).or_default()
    }
}
