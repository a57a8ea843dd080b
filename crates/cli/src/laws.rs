//! `laws`: what must hold of every log and its journal, checked on this one.

use std::fmt;
use std::io::{BufWriter, Write};
use std::process::ExitCode;

use anyhow::bail;
use tallyfold_core::{Consumer, Event, FoldedEvent, Ledger};
use tallyfold_testkit::{Audit, Evidence, Law, Service, laws};

use crate::args::LawsArgs;
use crate::findings;
use crate::log::{self, explained};
use crate::nearest::did_you_mean;
use crate::text::{count, printable};

/// The longest log, in events, that is held in memory for the laws of the fold where they were not
/// asked for by name.
const HELD_EVENTS: usize = 100_000;

pub(crate) fn run(args: &LawsArgs) -> anyhow::Result<ExitCode> {
    let mut out = BufWriter::new(anstream::stdout());
    let chosen = chosen(args)?;
    if args.list {
        for law in chosen {
            let rules = law.rules().join(" ");
            writeln!(out, "{:<34}{}  {rules}", law.name(), law.promise())?;
        }
        out.flush()?;
        return Ok(ExitCode::SUCCESS);
    }
    let first_rulebook = args.rules.preset().rulebook();
    let consumer =
        || (Audit::new(chosen.iter().copied(), first_rulebook), HeldEvents::new(args, &chosen));
    let replay = log::replay(&args.log(), args.rules.preset())?.keep_findings(0);
    let mut run = replay.run(consumer).map_err(explained)?;
    run.consumer.0.finish();
    let checked = Checked {
        lines: run.consumer.1.seen + findings::malformed(run.findings()),
        events: run.event_count(),
        entries: run.consumer.0.entry_count(),
    };
    let (audit, held) = &mut run.consumer;
    held.sort();
    if checked.events == 0 {
        writeln!(out, "{checked}: there is nothing of which a law could hold.")?;
        out.flush()?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut broken = 0;
    for (law, evidence) in audit.verdicts() {
        broken += u64::from(evidence.is_some());
        report(&mut out, law, evidence)?;
    }
    let events = held.events();
    for law in chosen.iter().filter(|law| !law.is_of_the_journal()) {
        let Some(events) = &events else {
            let why = format!("the log has over {} events; ask by name", count(HELD_EVENTS as u64));
            writeln!(out, "not run {:<34}{why}", law.name())?;
            continue;
        };
        let start =
            || Box::new(Ledger::builder().rulebook(first_rulebook).build()) as Box<dyn Service>;
        let evidence = law.check(&start, first_rulebook, events).err();
        let evidence = evidence.map(|it| held.in_lines(it));
        broken += u64::from(evidence.is_some());
        report(&mut out, law, evidence.as_ref())?;
    }
    writeln!(out, "\n{checked}. {WHAT_IT_MEANS}")?;
    out.flush()?;
    Ok(if broken == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn chosen(args: &LawsArgs) -> anyhow::Result<Vec<&'static Law>> {
    if args.laws.is_empty() {
        return Ok(laws::all().iter().collect());
    }
    let mut chosen = Vec::new();
    for name in &args.laws {
        match laws::named(name) {
            Some(law) => chosen.push(law),
            None => {
                let meant = did_you_mean(name, laws::all().iter().map(Law::name));
                bail!(
                    "there is no law `{}`{meant}; `tallyfold laws --list` shows all",
                    printable(name)
                );
            }
        }
    }
    Ok(chosen)
}

/// What a verdict does not say.
const WHAT_IT_MEANS: &str = "\
    A log that keeps every law is consistent; that does not make it authentic: compare its digest with \
    one that was noted before.";

/// How much the verdicts are of.
struct Checked {
    lines: u64,
    events: u64,
    entries: u64,
}

impl fmt::Display for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [lines, events, entries] = [self.lines, self.events, self.entries].map(count);
        write!(f, "Checked: {lines} lines, {events} events, {entries} journal entries")
    }
}

/// A line for a law, and one for why it is broken.
fn report(out: &mut impl Write, law: &Law, evidence: Option<&Evidence>) -> std::io::Result<()> {
    let verdict = if evidence.is_some() { "BROKEN" } else { "held" };
    writeln!(out, "{verdict:<8}{:<34}{}", law.name(), law.promise())?;
    evidence.map_or(Ok(()), |it| writeln!(out, "        {}", printable(&it.to_string())))
}

/// The events of a log, for the laws of the fold.
struct HeldEvents {
    /// Each with its line. None where the log is too long, or nobody wants them.
    events: Option<Vec<(u64, Event<'static>)>>,
    limit: usize,
    /// How many events were seen.
    seen: u64,
}

impl HeldEvents {
    fn new(args: &LawsArgs, chosen: &[&Law]) -> HeldEvents {
        let is_wanted = chosen.iter().any(|law| !law.is_of_the_journal());
        let limit = if args.laws.is_empty() { HELD_EVENTS } else { usize::MAX };
        HeldEvents { events: is_wanted.then(Vec::new), limit, seen: 0 }
    }

    fn keep(&mut self, more: impl IntoIterator<Item = (u64, Event<'static>)>) {
        if let Some(events) = &mut self.events {
            events.extend(more);
        }
        if self.events.as_ref().is_some_and(|events| events.len() > self.limit) {
            self.events = None;
        }
    }

    /// Puts the events in the order of the log.
    fn sort(&mut self) {
        if let Some(events) = &mut self.events {
            events.sort_by_key(|(line, _)| *line);
        }
    }

    fn events(&self) -> Option<Vec<Event<'static>>> {
        Some(self.events.as_ref()?.iter().map(|(_, event)| event.clone()).collect())
    }

    /// Evidence that counts events, in lines of the log.
    fn in_lines(&self, evidence: Evidence) -> Evidence {
        let line = |place: u64| {
            let index = usize::try_from(place).ok()?.checked_sub(1)?;
            self.events.as_ref()?.get(index).map(|(line, _)| *line)
        };
        let lines = evidence.lines.iter().filter_map(|&place| line(place)).collect();
        Evidence { lines, ..evidence }
    }
}

impl Consumer for HeldEvents {
    const RECORDS: bool = false;
    const EVENTS: bool = true;

    fn event(&mut self, it: &FoldedEvent<'_, '_>) {
        if !it.is_shared {
            self.seen += 1;
            if self.events.is_some() {
                self.keep([(it.line, it.event.clone().into_owned())]);
            }
        }
    }

    fn merge(&mut self, later: HeldEvents) {
        self.seen += later.seen;
        match later.events {
            Some(events) => self.keep(events),
            None => self.events = None,
        }
    }
}
