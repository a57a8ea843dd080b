//! The journal, to be asked as the definitions in `docs/reports.md` ask: with lists and scans.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use tallyfold_core::{ChargeReason, Entry, Instant, Record, Tokens};
use tallyfold_projections::premium::Class;
use tallyfold_projections::{Period, Tenths, TimeZone};

/// A charge, with what was given back of it.
#[derive(Clone)]
pub(crate) struct Charge {
    pub account: String,
    pub user: String,
    pub product: String,
    pub version: Option<String>,
    /// The subscription that covers it.
    pub seat: Option<String>,
    pub is_result: bool,
    pub at: Instant,
    pub day: NaiveDate,
    pub tokens: Tokens,
    pub refunded: Tokens,
}

impl Charge {
    pub(crate) fn used(&self) -> Tokens {
        self.tokens - self.refunded
    }

    /// The day of use that it makes: not for results.
    pub(crate) fn day_of_use(&self) -> Option<(&str, &str, &str, NaiveDate)> {
        (!self.is_result).then_some((&self.account, &self.user, &self.product, self.day))
    }
}

/// The journal, to be asked as the definitions ask.
pub(crate) struct Told<'j> {
    pub journal: &'j [Record<'static>],
    pub zone: TimeZone,
    pub period: Period,
    /// The charges that belong to the period.
    pub charges: Vec<Charge>,
}

pub(crate) fn all_charges(journal: &[Record<'_>], zone: TimeZone) -> Vec<Charge> {
    let mut charges = BTreeMap::new();
    for record in journal {
        match &record.entry {
            Entry::Charged(it) => {
                let at = it.window.map_or(record.at, |window| window.starts_at);
                let charge = Charge {
                    account: record.account.to_string(),
                    user: it.user.to_string(),
                    product: it.product.to_string(),
                    version: it.version.as_ref().map(ToString::to_string),
                    seat: it.subscription.as_ref().map(ToString::to_string),
                    is_result: it.reason == ChargeReason::Result,
                    at,
                    day: zone.day(at),
                    tokens: it.tokens,
                    refunded: Tokens::ZERO,
                };
                charges.insert((record.account.to_string(), it.charge), charge);
            }
            Entry::Refunded(it) => {
                let key = (record.account.to_string(), it.charge);
                charges.get_mut(&key).unwrap().refunded += it.tokens;
            }
            _ => {}
        }
    }
    charges.into_values().collect()
}

/// A number of tokens times a fraction, half a micro-token rounded up.
pub(crate) fn part(tokens: Tokens, times: u64, over: u64) -> Tokens {
    let (over, product) = (i128::from(over), tokens.micros() * i128::from(times));
    Tokens::from_micros(if over == 0 { 0 } else { (2 * product + over) / (2 * over) })
}

pub(crate) fn used<'c>(charges: impl IntoIterator<Item = &'c Charge>) -> Tokens {
    charges.into_iter().map(Charge::used).sum()
}

pub(crate) fn count<T: Ord>(things: impl Iterator<Item = T>) -> u64 {
    things.collect::<BTreeSet<_>>().len() as u64
}

pub(crate) fn days_of_use(charges: &[&Charge]) -> u64 {
    count(charges.iter().filter_map(|it| it.day_of_use()))
}

pub(crate) fn versions(charges: &[&Charge]) -> Vec<String> {
    let versions: BTreeSet<_> = charges.iter().filter_map(|it| it.version.clone()).collect();
    versions.into_iter().collect()
}

/// Charges by what they are grouped by.
pub(crate) fn grouped<K: Ord>(
    charges: Vec<&Charge>,
    key: impl Fn(&Charge) -> K,
) -> BTreeMap<K, Vec<&Charge>> {
    let mut groups: BTreeMap<K, Vec<&Charge>> = BTreeMap::new();
    for charge in charges {
        groups.entry(key(charge)).or_default().push(charge);
    }
    groups
}

pub(crate) fn by_user(it: &Charge) -> (String, String, String) {
    (it.account.clone(), it.user.clone(), it.product.clone())
}

impl<'j> Told<'j> {
    pub(crate) fn new(journal: &'j [Record<'static>], zone: TimeZone, period: Period) -> Told<'j> {
        let mut charges = all_charges(journal, zone);
        charges.retain(|it| period.from() <= it.day && it.day < period.to());
        Told { journal, zone, period, charges }
    }

    pub(crate) fn with_tokens(&self) -> Vec<&Charge> {
        self.charges.iter().filter(|it| it.seat.is_none()).collect()
    }

    pub(crate) fn covered(&self) -> Vec<&Charge> {
        self.charges.iter().filter(|it| it.seat.is_some()).collect()
    }

    pub(crate) fn accounts(&self) -> BTreeSet<&str> {
        self.journal.iter().map(|record| &*record.account).collect()
    }

    /// The entries that were decided in the period.
    pub(crate) fn entries(&self) -> impl Iterator<Item = &'j Entry<'static>> {
        let (zone, period) = (self.zone, self.period);
        let in_period = move |record: &&Record<'_>| {
            let day = zone.day(record.at);
            period.from() <= day && day < period.to()
        };
        self.journal.iter().filter(in_period).map(|record| &record.entry)
    }

    pub(crate) fn days_per_month(&self, days: u64) -> Tenths {
        let over = self.period.days() * 10_000;
        Tenths::of((2 * days * 3_043_750 + over) / (2 * over), 10)
    }

    pub(crate) fn class(&self, days: u64) -> Class {
        let is_frequent = self.days_per_month(days).tenths() >= 75;
        if is_frequent { Class::Frequent } else { Class::Occasional }
    }
}
