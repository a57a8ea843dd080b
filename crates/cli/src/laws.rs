//! `laws`: what must hold of every log and its journal, checked on this one.

use std::fmt;
use std::io::{BufWriter, Write};
use std::process::ExitCode;

use anyhow::bail;
use tallyfold_core::{Event, HashKey, Ledger};
use tallyfold_testkit::{Audit, Evidence, Law, Service, laws};

use crate::args::LawsArgs;
use crate::hash_key;
use crate::input::for_each_line;
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
    let mut held = Held::new(args, &chosen);
    let mut audit = Audit::new(chosen.iter().copied(), first_rulebook);
    let checked = fold(args, &mut audit, &mut held)?;
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
    for law in chosen.iter().filter(|law| !law.is_of_the_journal()) {
        let Some(events) = &held.events else {
            let why = format!("the log has over {} events; ask by name", count(HELD_EVENTS as u64));
            writeln!(out, "not run {:<34}{why}", law.name())?;
            continue;
        };
        let start =
            || Box::new(Ledger::new(first_rulebook, HashKey::default())) as Box<dyn Service>;
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
#[derive(Default)]
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

/// Folds the log once, and lets the audit see every turn.
fn fold(args: &LawsArgs, audit: &mut Audit, held: &mut Held) -> anyhow::Result<Checked> {
    let mut ledger = Ledger::new(args.rules.preset().rulebook(), hash_key::drawn());
    let (mut entries, mut checked) = (Vec::new(), Checked::default());
    for_each_line(&args.log(), |line| {
        checked.lines += 1;
        if let Ok(event) = line.event {
            let result = ledger.apply(&event, &mut entries);
            audit.see(line.line, &event, result, &entries);
            checked.events += 1;
            checked.entries += entries.len() as u64;
            entries.clear();
            held.keep(line.line, event);
        }
        Ok(())
    })?;
    let settled = ledger.settled(None);
    audit.settle(&settled);
    checked.entries += settled.len() as u64;
    Ok(checked)
}

/// A line for a law, and one for why it is broken.
fn report(out: &mut impl Write, law: &Law, evidence: Option<&Evidence>) -> std::io::Result<()> {
    let verdict = if evidence.is_some() { "BROKEN" } else { "held" };
    writeln!(out, "{verdict:<8}{:<34}{}", law.name(), law.promise())?;
    evidence.map_or(Ok(()), |it| writeln!(out, "        {}", printable(&it.to_string())))
}

/// The events of a log, for the laws of the fold.
struct Held {
    /// None where the log is too long, or nobody wants them.
    events: Option<Vec<Event<'static>>>,
    /// The line of each event.
    lines: Vec<u64>,
    limit: usize,
}

impl Held {
    fn new(args: &LawsArgs, chosen: &[&Law]) -> Held {
        let is_wanted = chosen.iter().any(|law| !law.is_of_the_journal());
        let limit = if args.laws.is_empty() { HELD_EVENTS } else { usize::MAX };
        Held { events: is_wanted.then(Vec::new), lines: Vec::new(), limit }
    }

    fn keep(&mut self, line: u64, event: Event<'_>) {
        let Some(events) = &mut self.events else {
            return;
        };
        if events.len() < self.limit {
            events.push(event.into_owned());
            self.lines.push(line);
        } else {
            self.events = None;
            self.lines = Vec::new();
        }
    }

    /// Evidence that counts events, in lines of the log.
    fn in_lines(&self, evidence: Evidence) -> Evidence {
        let line = |place: u64| {
            let index = usize::try_from(place).ok()?.checked_sub(1)?;
            self.lines.get(index).copied()
        };
        let lines = evidence.lines.iter().filter_map(|&place| line(place)).collect();
        Evidence { lines, ..evidence }
    }
}
