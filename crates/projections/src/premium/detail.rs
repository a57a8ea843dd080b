//! `user detail`: every charge of one user.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate};
use serde::Serialize;
use tallyfold_core::{ChargeReason, Charged, Entry, Instant, Record, Sink, Tokens};

use super::Pass;
use crate::period::Period;
use crate::zone::TimeZone;

/// `user detail`: a charge of the user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DetailRow {
    /// The account.
    pub account: String,
    /// The number of the charge in its account.
    pub charge: u64,
    /// When the window starts; for a result, when it was decided.
    pub at: Instant,
    /// The product.
    pub product: String,
    /// The version.
    pub version: Option<String>,
    /// The session whose event made the charge.
    pub session: Option<String>,
    /// What led to the charge.
    pub reason: ChargeReason,
    /// When the window ends.
    pub ends_at: Option<Instant>,
    /// How much it took.
    pub tokens: Tokens,
    /// From which packs, as `pack:tokens`.
    pub packs: Vec<String>,
    /// The subscription that covers.
    pub subscription: Option<String>,
    /// How much was given back.
    pub refunded: Tokens,
}

/// Days of use of the user in an ISO week.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WeekRow {
    /// The week, as `2026-W02`.
    pub week: String,
    /// Distinct days and products.
    pub days_of_use: u64,
}

/// Folds the journal into the charges of one user.
#[derive(Clone, Debug)]
pub struct UserDetail {
    user: String,
    charges: BTreeMap<(String, u64), DetailRow>,
}

impl UserDetail {
    /// The charges of a user of this name, in whatever account.
    #[must_use]
    pub fn new(_: Pass, user: &str) -> UserDetail {
        UserDetail { user: user.to_owned(), charges: BTreeMap::new() }
    }

    /// The charges that belong to a period, by account and number.
    #[must_use]
    pub fn charges(&self, period: Period, time_zone: TimeZone) -> Vec<DetailRow> {
        self.charges_in(period, time_zone).cloned().collect()
    }

    /// Days of use in each ISO week of a period.
    #[must_use]
    pub fn weeks(&self, period: Period, time_zone: TimeZone) -> Vec<WeekRow> {
        let mut weeks: BTreeMap<_, BTreeSet<(NaiveDate, &str, &str)>> = BTreeMap::new();
        let windows = |row: &&DetailRow| row.reason != ChargeReason::Result;
        for row in self.charges_in(period, time_zone).filter(windows) {
            let day = time_zone.day(row.at);
            let week = day.iso_week();
            let days = weeks.entry((week.year(), week.week())).or_default();
            days.insert((day, &row.account, &row.product));
        }
        let row = |((year, week), days): ((i32, u32), BTreeSet<_>)| WeekRow {
            week: format!("{year}-W{week:02}"),
            days_of_use: days.len() as u64,
        };
        weeks.into_iter().map(row).collect()
    }

    fn charges_in(&self, period: Period, time_zone: TimeZone) -> impl Iterator<Item = &DetailRow> {
        self.charges.values().filter(move |row| period.holds(time_zone.day(row.at)))
    }

    fn charge(&mut self, account: &str, at: Instant, charged: &Charged<'_>) {
        let own = |text: &std::borrow::Cow<'_, str>| text.to_string();
        let posting = |it: &tallyfold_core::Posting<'_>| format!("{}:{}", it.pack, it.tokens);
        let row = DetailRow {
            account: account.to_owned(),
            charge: charged.charge,
            at: charged.window.map_or(at, |window| window.starts_at),
            product: own(&charged.product),
            version: charged.version.as_ref().map(own),
            session: charged.session.as_ref().map(own),
            reason: charged.reason,
            ends_at: charged.window.map(|window| window.ends_at),
            tokens: charged.tokens,
            packs: charged.postings.iter().map(posting).collect(),
            subscription: charged.subscription.as_ref().map(own),
            refunded: Tokens::ZERO,
        };
        self.charges.insert((account.to_owned(), charged.charge), row);
    }
}

impl Sink for UserDetail {
    fn record(&mut self, record: Record<'_>) {
        match &record.entry {
            Entry::Charged(charged) if charged.user == self.user => {
                self.charge(&record.account, record.at, charged);
            }
            Entry::Refunded(refunded) => {
                let key = (record.account.to_string(), refunded.charge);
                if let Some(row) = self.charges.get_mut(&key) {
                    row.refunded += refunded.tokens;
                }
            }
            _ => {}
        }
    }
}
