//! `what-if`: the log folded again with other seats, rates or rules.

mod names;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use chrono::NaiveDate;
use serde_json::json;
use tallyfold_core::{
    AccountEvent, Action, CatalogChange, CatalogEvent, Consumer, Entry, Event, FoldedEvent, Name,
    Per, Preset, RatePublished, RateTokens, Record, Seats, SubscriptionAssigned,
    SubscriptionPurchased, Term, Timestamp, Tokens,
};
use tallyfold_engine::{Change, Replay};
use tallyfold_projections::Usage;
use tempfile::NamedTempFile;

use names::Names;

use crate::args::{LogArgs, WhatIfArgs};
use crate::log::{self, explained};
use crate::table::{Column, render};
use crate::text::tokens;

/// What is different.
#[derive(Clone)]
struct Changes {
    assign: Vec<Assigned>,
    /// User and subscription, or its offering.
    unassign: BTreeSet<(String, String)>,
    is_rulebook_changed: bool,
    rates: BTreeMap<String, RatePublished<'static>>,
    account: Option<String>,
    /// What each subscription of the log is for, by account and name.
    offerings: BTreeMap<(String, String), String>,
    started: BTreeSet<String>,
}

/// A seat that a user is given.
#[derive(Clone)]
struct Assigned {
    user: Name<'static>,
    purchase: SubscriptionPurchased<'static>,
}

pub(crate) fn run(args: &WhatIfArgs) -> anyhow::Result<ExitCode> {
    let changes = Changes::of(args)?;
    let log = Reread::of(&args.log)?;
    let names = || Some(Names::of(args.account.as_deref()));
    let noting = || Side { names: names(), ..Side::new(args) };
    let as_is = log.replay(Preset::Launch)?.run(noting).map_err(explained)?.consumer;
    as_is.names.iter().try_for_each(|names| names.check(&changes))?;
    let first = args.rulebook.map_or(Preset::Launch, |name| name.preset());
    let changed = log.replay(first)?.change(|| changes.clone()).run(|| Side::new(args));
    let changed = changed.map_err(explained)?.consumer;
    let mut out = BufWriter::new(anstream::stdout().lock());
    write(&mut out, &as_is.outcome(), &changed.outcome(), args.json)?;
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// A log that is read twice. Standard input can be read once only, so it is put aside.
struct Reread<'a> {
    log: &'a LogArgs,
    aside: Option<NamedTempFile>,
}

impl Reread<'_> {
    fn of(log: &LogArgs) -> anyhow::Result<Reread<'_>> {
        let reads_standard_input = log.paths.iter().any(|path| path == Path::new("-"));
        let aside = reads_standard_input.then(put_aside).transpose()?;
        Ok(Reread { log, aside })
    }

    fn replay(&self, first: Preset) -> anyhow::Result<Replay<'static>> {
        let path = |path: &PathBuf| match &self.aside {
            Some(aside) if path == Path::new("-") => aside.path().to_owned(),
            _ => path.clone(),
        };
        let paths = self.log.paths.iter().map(path).collect();
        let log = LogArgs { paths, store: self.log.store.clone() };
        Ok(log::replay(&log, first)?.keep_findings(0))
    }
}

/// Standard input as a temporary file.
fn put_aside() -> anyhow::Result<NamedTempFile> {
    let cannot = || "cannot put standard input aside in a temporary file";
    let mut file = NamedTempFile::new().with_context(cannot)?;
    io::copy(&mut io::stdin().lock(), &mut file).with_context(cannot)?;
    Ok(file)
}

/// One fold of the log.
struct Side {
    usage: Usage,
    denied: u64,
    /// What the log names, where that is noted.
    names: Option<Names>,
}

/// Tokens used by day, and how many opens were denied.
struct Outcome {
    days: BTreeMap<NaiveDate, Tokens>,
    denied: u64,
}

impl Side {
    fn new(args: &WhatIfArgs) -> Side {
        Side { usage: Usage::new(args.time_zone), denied: 0, names: None }
    }

    fn outcome(&self) -> Outcome {
        Outcome { days: self.usage.tokens_by_day(), denied: self.denied }
    }
}

impl Consumer for Side {
    const EVENTS: bool = true;

    fn record(&mut self, record: &Record<'_>) {
        self.denied += u64::from(matches!(record.entry, Entry::SessionDenied { .. }));
        Consumer::record(&mut self.usage, record);
    }

    fn event(&mut self, it: &FoldedEvent<'_, '_>) {
        if let Some(names) = &mut self.names {
            names.note(it.event);
        }
    }

    fn merge(&mut self, later: Side) {
        Consumer::merge(&mut self.usage, later.usage);
        self.denied += later.denied;
        if let (Some(names), Some(later)) = (&mut self.names, later.names) {
            names.merge(later);
        }
    }
}

fn write(
    out: &mut impl Write,
    as_is: &Outcome,
    changed: &Outcome,
    as_json: bool,
) -> anyhow::Result<()> {
    let days: BTreeSet<_> = as_is.days.keys().chain(changed.days.keys()).collect();
    let on = |outcome: &Outcome, day| outcome.days.get(day).copied().unwrap_or_default();
    let rows: Vec<_> = days.iter().map(|day| (*day, on(as_is, *day), on(changed, *day))).collect();
    let total = |outcome: &Outcome| outcome.days.values().copied().sum::<Tokens>();
    let (before, after) = (total(as_is), total(changed));
    if as_json {
        let row = |(day, before, after): &(&NaiveDate, Tokens, Tokens)| {
            json!({ "date": day.to_string(), "as_is": before, "what_if": after,
                    "difference": *after - *before })
        };
        let days: Vec<_> = rows.iter().map(row).collect();
        let result = json!({
            "days": days, "as_is": before, "what_if": after, "difference": after - before,
            "denied_opens_as_is": as_is.denied, "denied_opens_what_if": changed.denied,
        });
        serde_json::to_writer_pretty(&mut *out, &result)?;
        return Ok(writeln!(out)?);
    }
    let columns = [
        Column::Text("date"),
        Column::Number("as is"),
        Column::Number("what if"),
        Column::Number("difference"),
    ];
    let cells = |name: String, before: Tokens, after: Tokens| {
        vec![name, tokens(before), tokens(after), tokens(after - before)]
    };
    let differing = rows.iter().filter(|(_, before, after)| before != after);
    let mut table: Vec<_> =
        differing.map(|(day, before, after)| cells(day.to_string(), *before, *after)).collect();
    table.push(cells("all days".to_owned(), before, after));
    writeln!(out, "{}", render("Tokens used, on days that differ", &columns, &table))?;
    writeln!(out, "Denied opens: {} as is, {} what if", as_is.denied, changed.denied)?;
    Ok(())
}

/// `LEFT=RIGHT`; the left side may hold no `=`.
pub(crate) fn pair<'a>(text: &'a str, form: &str) -> anyhow::Result<(&'a str, &'a str)> {
    text.split_once('=').with_context(|| format!("`{text}` is not {form}"))
}

/// A rate as it is given on the command line.
pub(crate) fn rate(text: &str) -> anyhow::Result<RatePublished<'static>> {
    let (product, tokens) = pair(text, "PRODUCT=TOKENS")?;
    Ok(RatePublished {
        product: Name::new(product.to_owned()).with_context(|| format!("--rate {text}"))?,
        tokens: RateTokens::new(tokens.parse().with_context(|| format!("--rate {text}"))?)?,
        per: Per::Day,
    })
}

impl Changes {
    fn of(args: &WhatIfArgs) -> anyhow::Result<Changes> {
        if args.assign.is_empty()
            && args.unassign.is_empty()
            && args.rulebook.is_none()
            && args.rates.is_empty()
        {
            bail!("nothing is different: give --assign, --unassign, --rulebook or --rate");
        }
        let term = Term::new(Timestamp::EARLIEST, Timestamp::LATEST)?;
        let assign = (1..).zip(&args.assign).map(|(place, text)| {
            let (user, offering) = pair(text, "USER=OFFERING")?;
            let subscription = Name::new(format!("what-if-{place}"))?;
            let offering = Name::new(offering.to_owned())?;
            let seats = Seats::new(1)?;
            let purchase = SubscriptionPurchased { subscription, offering, seats, term };
            Ok(Assigned { user: Name::new(user.to_owned())?, purchase })
        });
        let unassign = args.unassign.iter().map(|text| {
            let (user, subscription) = pair(text, "USER=SUBSCRIPTION")?;
            Ok((user.to_owned(), subscription.to_owned()))
        });
        let rates = args.rates.iter().map(|text| {
            let rate = rate(text)?;
            Ok((rate.product.to_string(), rate))
        });
        Ok(Changes {
            assign: assign.collect::<anyhow::Result<_>>()?,
            unassign: unassign.collect::<anyhow::Result<_>>()?,
            is_rulebook_changed: args.rulebook.is_some(),
            rates: rates.collect::<anyhow::Result<_>>()?,
            account: args.account.clone(),
            offerings: BTreeMap::new(),
            started: BTreeSet::new(),
        })
    }

    /// Whether the seats of an account change.
    fn is_meant(&self, account: &str) -> bool {
        self.account.as_deref().is_none_or(|it| it == account)
    }

    /// Puts the new seats, before the first event of their account.
    fn start_account(&mut self, event: &AccountEvent<'_>, put: &mut dyn FnMut(Event<'static>)) {
        let account = event.account.as_str();
        if self.assign.is_empty()
            || !self.is_meant(account)
            || !self.started.insert(account.to_owned())
        {
            return;
        }
        for Assigned { user, purchase } in &self.assign {
            let (user, subscription) = (user.clone(), purchase.subscription.clone());
            let assigned = SubscriptionAssigned { subscription, user };
            for action in [
                Action::SubscriptionPurchased(purchase.clone()),
                Action::SubscriptionAssigned(assigned),
            ] {
                let (account, at) = (event.account.clone().into_owned(), event.at);
                put(Event::Account(AccountEvent { account, at, id: None, action }));
            }
        }
    }

    fn is_replaced(&self, event: &CatalogEvent<'_>) -> bool {
        match &event.change {
            CatalogChange::RulebookAdopted(_) => self.is_rulebook_changed,
            CatalogChange::RatePublished(it) => self.rates.contains_key(&*it.product),
            CatalogChange::CollectionDefined(_) => false,
        }
    }

    /// Whether an event gives a seat to a user who is not to have it.
    fn is_unassigned(&self, event: &AccountEvent<'_>) -> bool {
        let Action::SubscriptionAssigned(it) = &event.action else {
            return false;
        };
        if self.unassign.is_empty() || !self.is_meant(&event.account) {
            return false;
        }
        let key = (event.account.to_string(), it.subscription.to_string());
        let mut names = self.offerings.get(&key).into_iter().chain([&key.1]);
        names.any(|name| self.unassign.contains(&(it.user.to_string(), name.clone())))
    }
}

impl Change for Changes {
    /// The new rates, before all time: the catalog may begin before the accounts (T2).
    fn begin(&mut self, put: &mut dyn FnMut(Event<'static>)) {
        for rate in self.rates.values() {
            let change = CatalogChange::RatePublished(rate.clone());
            put(Event::Catalog(CatalogEvent { at: Timestamp::EARLIEST, id: None, change }));
        }
    }

    fn change<'e>(&mut self, event: &Event<'e>, put: &mut dyn FnMut(Event<'e>)) {
        let is_left_out = match event {
            Event::Catalog(it) => self.is_replaced(it),
            Event::Account(it) => {
                self.start_account(it, &mut |event| put(event));
                if let Action::SubscriptionPurchased(bought) = &it.action {
                    let key = (it.account.to_string(), bought.subscription.to_string());
                    self.offerings.insert(key, bought.offering.to_string());
                }
                self.is_unassigned(it)
            }
        };
        if !is_left_out {
            put(event.clone());
        }
    }
}
