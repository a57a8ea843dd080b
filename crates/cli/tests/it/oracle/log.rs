//! What a log says up to an instant, and what the fold decided of it.

use std::collections::{BTreeMap, BTreeSet};

use tallyfold_core::{
    AccountEvent, Assignment, CatalogChange, Event, Ledger, Level, LogFold, Per, Plan, Record,
};
use tallyfold_log::LogReader;

use super::account::Account;
use super::calendar::At;

/// A log, folded whole.
pub(crate) struct Log {
    /// Well-formed ones, in log order.
    events: Vec<Event<'static>>,
    /// Those that are no findings.
    applied: Vec<Event<'static>>,
    findings: Vec<Found>,
    malformed: usize,
}

/// An event that is a finding.
struct Found {
    event: Event<'static>,
    kind: String,
}

impl Log {
    pub(crate) fn read(bytes: &[u8]) -> Log {
        let (mut events, mut applied) = (Vec::new(), Vec::new());
        let (mut findings, mut malformed) = (Vec::new(), 0);
        let (mut reader, mut ledger) = (LogReader::new(bytes), Ledger::default());
        while let Some(line) = reader.next_line().unwrap() {
            let Ok(event) = line.event else {
                malformed += 1;
                continue;
            };
            let event = event.into_owned();
            match ledger.apply(&event, &mut ()) {
                Ok(()) => applied.push(event.clone()),
                Err(finding) => {
                    let kind = serde_json::to_value(finding).unwrap();
                    let kind = kind.as_str().unwrap().to_owned();
                    findings.push(Found { event: event.clone(), kind });
                }
            }
            events.push(event);
        }
        Log { events, applied, findings, malformed }
    }

    /// The accounts that have an applied event, in byte order.
    pub(crate) fn accounts(&self) -> BTreeSet<String> {
        let of_accounts = self.applied.iter().filter_map(account_event);
        of_accounts.map(|event| event.account.to_string()).collect()
    }

    /// When the applied events of an account happened.
    pub(crate) fn instants_of(&self, account: &str) -> impl Iterator<Item = At> {
        let of_accounts = self.applied.iter().filter_map(account_event);
        of_accounts
            .filter(move |event| event.account.as_str() == account)
            .map(|event| event.at.unix_nanos())
    }

    /// "The latest clock of the accounts reported, else, where none has an applied event, the latest instant of the catalog."
    pub(crate) fn latest(&self, accounts: &BTreeSet<String>) -> Option<At> {
        let clocks = accounts.iter().flat_map(|account| self.instants_of(account));
        let of_catalog = self.applied.iter().filter(|event| account_event(event).is_none());
        clocks.max().or_else(|| of_catalog.map(|event| event.at().unix_nanos()).max())
    }

    /// How many events were folded, of some accounts or of the whole log; up to an instant, where one was given.
    pub(crate) fn events_folded(&self, of: Option<&BTreeSet<String>>, as_of: Option<At>) -> usize {
        self.events.iter().filter(|event| is_counted(event, of, as_of)).count()
    }

    /// The findings by kind, in the same way. Malformed lines count with the whole log.
    pub(crate) fn findings(
        &self,
        of: Option<&BTreeSet<String>>,
        as_of: Option<At>,
    ) -> BTreeMap<String, usize> {
        let mut kinds = BTreeMap::new();
        for found in self.findings.iter().filter(|found| is_counted(&found.event, of, as_of)) {
            *kinds.entry(found.kind.clone()).or_default() += 1;
        }
        if of.is_none() && self.malformed > 0 {
            kinds.insert("malformed".to_owned(), self.malformed);
        }
        kinds
    }

    /// When the first of their events was applied.
    pub(crate) fn earliest(&self, accounts: &BTreeSet<String>) -> Option<At> {
        accounts.iter().flat_map(|account| self.instants_of(account)).min()
    }

    /// The catalog as an event at the as-of, at the end of the log, would see it (T2).
    pub(crate) fn catalog_at(&self, as_of: At) -> Catalog {
        let mut catalog = Catalog::default();
        for event in &self.applied {
            let Event::Catalog(event) = event else { continue };
            if event.at.unix_nanos() > as_of {
                continue;
            }
            match &event.change {
                CatalogChange::RulebookAdopted(adopted) => {
                    catalog.requires_assignment =
                        adopted.rulebook().assignment() == Assignment::Required;
                }
                CatalogChange::RatePublished(rate) => catalog.rates.push(Rate {
                    product: rate.product.to_string(),
                    micros: rate.tokens.get().micros(),
                    per: if rate.per == Per::Day { "day" } else { "result" },
                }),
                CatalogChange::CollectionDefined(it) => {
                    let products = it.products.as_slice().iter().map(ToString::to_string).collect();
                    catalog.collections.push((it.collection.to_string(), products));
                }
            }
        }
        catalog
    }

    /// The named accounts, settled at an instant.
    pub(crate) fn settled(&self, names: &BTreeSet<String>, as_of: At) -> Vec<Account> {
        let as_of_instant = tallyfold_core::Timestamp::from_unix_nanos(as_of).unwrap();
        let mut replay = LogFold::new(Ledger::default(), Some(as_of_instant));
        let mut journal: Vec<Record<'static>> = Vec::new();
        for event in &self.events {
            let _ = replay.apply(event, &mut journal);
        }
        replay.settle(&mut journal);
        let account = |name: &String| {
            let settled = replay.accounts().find(|account| account.account() == name);
            let own = journal.iter().filter(|record| record.account == *name).cloned();
            let first = self.instants_of(name).find(|at| *at <= as_of);
            let level = settled.and_then(|it| it.level()).map(level_name);
            let plan = settled.map_or(Plan::Standard, |it| it.plan());
            Account::new(name.clone(), first, level, plan == Plan::Premium, own.collect())
        };
        names.iter().map(account).collect()
    }
}

fn is_counted(event: &Event<'_>, of: Option<&BTreeSet<String>>, as_of: Option<At>) -> bool {
    let is_wanted = match (event, of) {
        (_, None) => true,
        (Event::Account(event), Some(accounts)) => accounts.contains(event.account.as_str()),
        (Event::Catalog(_), Some(_)) => false,
    };
    is_wanted && as_of.is_none_or(|as_of| event.at().unix_nanos() <= as_of)
}

fn account_event<'e>(event: &'e Event<'static>) -> Option<&'e AccountEvent<'static>> {
    match event {
        Event::Account(event) => Some(event),
        Event::Catalog(_) => None,
    }
}

fn level_name(level: Level) -> &'static str {
    match level {
        Level::Ok => "ok",
        Level::Low => "low",
        Level::Empty => "empty",
    }
}

/// The catalog as an event at the as-of, at the end of the log, would see it (T2).
#[derive(Debug, Default)]
pub(crate) struct Catalog {
    requires_assignment: bool,
    /// As published, the latest last.
    rates: Vec<Rate>,
    /// As defined, the latest last.
    collections: Vec<(String, Vec<String>)>,
}

#[derive(Clone, Debug)]
pub(crate) struct Rate {
    product: String,
    pub micros: i128,
    pub per: &'static str,
}

impl Catalog {
    /// A2: with `required` only users marked assigned may use tokens.
    pub(crate) fn requires_assignment(&self) -> bool {
        self.requires_assignment
    }

    pub(crate) fn rate(&self, product: &str) -> Option<&Rate> {
        self.rates.iter().rev().find(|rate| rate.product == product)
    }

    pub(crate) fn rate_per_day(&self, product: &str) -> Option<i128> {
        self.rate(product).filter(|rate| rate.per == "day").map(|rate| rate.micros)
    }

    /// The names of the collections, in byte order.
    pub(crate) fn collections(&self) -> BTreeSet<&str> {
        self.collections.iter().map(|(name, _)| name.as_str()).collect()
    }

    pub(crate) fn is_in_collection(&self, product: &str, collection: &str) -> bool {
        let definition = self.collections.iter().rev().find(|(name, _)| name == collection);
        definition.is_some_and(|(_, products)| products.iter().any(|it| it == product))
    }
}
