//! `what-if`: the log folded again with other seats, rates or rules.

mod names;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufWriter, Write};
use std::process::ExitCode;

use anyhow::{Context, bail};
use chrono::NaiveDate;
use serde_json::json;
use tallyfold_core::{
    AccountEvent, Action, CatalogChange, CatalogEvent, Entry, Event, Ledger, LogFold, Name, Per,
    RatePublished, RateTokens, RulebookAdopted, Seats, SubscriptionAssigned, SubscriptionPurchased,
    Term, Timestamp, Tokens,
};
use tallyfold_projections::Usage;

use names::Names;

use crate::args::WhatIfArgs;
use crate::hash_key;
use crate::input::for_each_line;
use crate::table::{Column, render};
use crate::text::tokens;

/// What is different.
struct Changes {
    /// User and offering.
    assign: Vec<(Name<'static>, Name<'static>)>,
    /// User and subscription, or its offering.
    unassign: BTreeSet<(String, String)>,
    rulebook: Option<RulebookAdopted>,
    rates: BTreeMap<String, RatePublished<'static>>,
    account: Option<String>,
    /// What each subscription of the log is for, by account and name.
    offerings: BTreeMap<(String, String), String>,
    started: BTreeSet<String>,
    is_catalog_started: bool,
    names: Names,
}

pub(crate) fn run(args: &WhatIfArgs) -> anyhow::Result<ExitCode> {
    let mut changes = Changes::of(args)?;
    let mut as_is = Side::new(args, Ledger::new(Default::default(), hash_key::drawn()));
    let first = changes.rulebook.as_ref().map(|it| it.rulebook()).unwrap_or_default();
    let mut changed = Side::new(args, Ledger::new(first, hash_key::drawn()));
    for_each_line(&args.log, |line| {
        if let Ok(event) = line.event {
            as_is.apply(&event);
            for event in changes.applied_to(&event)? {
                changed.apply(&event);
            }
        }
        Ok(())
    })?;
    changes.names.check(&changes)?;
    let (as_is, changed) = (as_is.by_day(), changed.by_day());
    let mut out = BufWriter::new(anstream::stdout().lock());
    write(&mut out, &as_is, &changed, args.json)?;
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// One fold of the log.
struct Side {
    replay: LogFold,
    usage: Usage,
    denied: u64,
}

/// Tokens used by day, and how many opens were denied.
struct Outcome {
    days: BTreeMap<NaiveDate, Tokens>,
    denied: u64,
}

impl Side {
    fn new(args: &WhatIfArgs, ledger: Ledger) -> Side {
        Side { replay: LogFold::new(ledger, None), usage: Usage::new(args.time_zone), denied: 0 }
    }

    fn apply(&mut self, event: &Event<'_>) {
        let Side { replay, usage, denied } = self;
        let mut sink = |record: tallyfold_core::Record<'_>| {
            *denied += u64::from(matches!(record.entry, Entry::SessionDenied { .. }));
            tallyfold_core::Sink::record(usage, record);
        };
        // What cannot be applied changes nothing; `check` reports it.
        let _ = replay.apply(event, &mut sink);
    }

    fn by_day(mut self) -> Outcome {
        self.replay.settle(&mut self.usage);
        Outcome { days: self.usage.tokens_by_day(), denied: self.denied }
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
        let assign = args.assign.iter().map(|text| {
            let (user, offering) = pair(text, "USER=OFFERING")?;
            Ok((Name::new(user.to_owned())?, Name::new(offering.to_owned())?))
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
            rulebook: args.rulebook.map(|name| RulebookAdopted::preset_only(name.preset())),
            rates: rates.collect::<anyhow::Result<_>>()?,
            account: args.account.clone(),
            offerings: BTreeMap::new(),
            started: BTreeSet::new(),
            is_catalog_started: false,
            names: Names::default(),
        })
    }

    /// What an event becomes, with what comes before it.
    fn applied_to<'e>(&mut self, event: &Event<'e>) -> anyhow::Result<Vec<Event<'e>>> {
        self.names.note(event);
        let mut events = self.started_catalog();
        match event {
            Event::Catalog(it) => {
                let is_replaced = match &it.change {
                    CatalogChange::RulebookAdopted(_) => self.rulebook.is_some(),
                    CatalogChange::RatePublished(it) => self.rates.contains_key(&*it.product),
                    CatalogChange::CollectionDefined(_) => false,
                };
                events.extend((!is_replaced).then(|| event.clone()));
            }
            Event::Account(it) => {
                events.extend(self.started_account(it)?);
                self.note_offering(it);
                events.extend((!self.is_unassigned(it)).then(|| event.clone()));
            }
        }
        Ok(events)
    }

    /// The new rates, before all time: the catalog may begin before the accounts (T2).
    fn started_catalog<'e>(&mut self) -> Vec<Event<'e>> {
        if std::mem::replace(&mut self.is_catalog_started, true) {
            return Vec::new();
        }
        let rate = |rate: &RatePublished<'static>| {
            let change = CatalogChange::RatePublished(rate.clone());
            Event::Catalog(CatalogEvent { at: Timestamp::EARLIEST, id: None, change })
        };
        self.rates.values().map(rate).collect()
    }

    /// The new seats, before the first event of their account.
    fn started_account<'e>(&mut self, event: &AccountEvent<'_>) -> anyhow::Result<Vec<Event<'e>>> {
        let account = event.account.as_str();
        let is_meant = self.account.as_deref().is_none_or(|it| it == account);
        if self.assign.is_empty() || !is_meant || !self.started.insert(account.to_owned()) {
            return Ok(Vec::new());
        }
        if self.started.len() > 1 {
            bail!("the log has several accounts; say whose seats change with --account NAME");
        }
        let term = Term::new(Timestamp::EARLIEST, Timestamp::LATEST)?;
        let mut events = Vec::new();
        for (place, (user, offering)) in (1..).zip(&self.assign) {
            let subscription = Name::new(format!("what-if-{place}"))?;
            let mut happens = |action| {
                let (account, at) = (event.account.clone().into_owned(), event.at);
                events.push(Event::Account(AccountEvent { account, at, id: None, action }));
            };
            happens(Action::SubscriptionPurchased(SubscriptionPurchased {
                subscription: subscription.clone(),
                offering: offering.clone(),
                seats: Seats::new(1)?,
                term,
            }));
            let user = user.clone();
            happens(Action::SubscriptionAssigned(SubscriptionAssigned { subscription, user }));
        }
        Ok(events)
    }

    fn note_offering(&mut self, event: &AccountEvent<'_>) {
        if let Action::SubscriptionPurchased(it) = &event.action {
            let key = (event.account.to_string(), it.subscription.to_string());
            self.offerings.insert(key, it.offering.to_string());
        }
    }

    /// Whether an event gives a seat to a user who is not to have it.
    fn is_unassigned(&mut self, event: &AccountEvent<'_>) -> bool {
        let Action::SubscriptionAssigned(it) = &event.action else {
            return false;
        };
        let account = event.account.as_str();
        if self.unassign.is_empty() || self.account.as_deref().is_some_and(|it| it != account) {
            return false;
        }
        let key = (account.to_owned(), it.subscription.to_string());
        let offering = self.offerings.get(&key).cloned();
        let names = offering.into_iter().chain([it.subscription.to_string()]);
        let seats: Vec<_> = names.map(|name| (it.user.to_string(), name)).collect();
        let is_meant = seats.iter().any(|seat| self.unassign.contains(seat));
        self.names.seats.extend(seats);
        is_meant
    }
}
