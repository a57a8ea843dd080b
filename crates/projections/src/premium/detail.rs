//! `user detail`: every charge of one user.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate};
use tallyfold_core::{
    ChargeReason, Charged, Consumer, Entry, Record, RefundReason, Refunded, Sink, Timestamp, Tokens,
};

use super::Pass;
use crate::period::Period;
use crate::row::row;
use crate::zone::{LocalInstant, TimeZone};

row! {
    "user detail" =>
    /// `user detail`: a charge of the user.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct DetailRow {
        /// The account.
        pub account: String,
        /// The number of the charge in its account.
        pub charge: u64,
        /// When the window starts; for a result, when it was decided.
        pub at: LocalInstant,
        /// The day on which that is.
        pub date: NaiveDate,
        /// The product.
        pub product: String,
        /// The version.
        pub version: Option<String>,
        /// The session whose event made the charge.
        pub session: Option<String>,
        /// What led to the charge.
        pub reason: ChargeReason,
        /// When the window ends, or ended before its time.
        pub ends_at: Option<LocalInstant>,
        /// How much it took.
        pub tokens: Tokens => summed,
        /// From which packs, as `pack:tokens`.
        pub packs: Vec<String>,
        /// The subscription that covers.
        pub subscription: Option<String>,
        /// How much was given back.
        pub refunded: Tokens => summed,
    }
}

row! {
    "user detail weeks" =>
    /// Days of use of the user in an ISO week, whatever paid.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct WeekRow {
        /// The account.
        pub account: String,
        /// The week, as `2026-W02`.
        pub week: String,
        /// The product.
        pub product: String,
        /// Distinct days.
        pub days_of_use: u64 => summed,
    }
}

/// Folds the journal into the charges of one user.
#[derive(Clone, Debug)]
pub struct UserDetail {
    user: String,
    time_zone: TimeZone,
    charges: BTreeMap<(String, u64), DetailRow>,
}

impl UserDetail {
    /// The charges of a user of this name, in whatever account; days are those of a time zone.
    #[must_use]
    pub fn new(_: Pass, user: &str, time_zone: TimeZone) -> UserDetail {
        UserDetail { user: user.to_owned(), time_zone, charges: BTreeMap::new() }
    }

    /// The user.
    #[must_use]
    pub fn user(&self) -> &str {
        &self.user
    }

    /// The charges that belong to a period, by account, in order of time.
    #[must_use]
    pub fn charges(&self, period: Period) -> Vec<DetailRow> {
        let mut rows: Vec<_> = self.charges_in(period).collect();
        rows.sort_by_key(|row| (&row.account, row.at.at(), row.charge));
        rows.into_iter().cloned().collect()
    }

    /// Days of use in each ISO week of a period, by account, week and product.
    #[must_use]
    pub fn weeks(&self, period: Period) -> Vec<WeekRow> {
        let mut weeks: BTreeMap<_, BTreeSet<NaiveDate>> = BTreeMap::new();
        let windows = |row: &&DetailRow| row.reason != ChargeReason::Result;
        for row in self.charges_in(period).filter(windows) {
            let week = row.date.iso_week();
            let key = (row.account.as_str(), week.year(), week.week(), row.product.as_str());
            weeks.entry(key).or_default().insert(row.date);
        }
        let row =
            |((account, year, week, product), days): ((&str, i32, u32, &str), BTreeSet<_>)| {
                WeekRow {
                    account: account.to_owned(),
                    week: format!("{year}-W{week:02}"),
                    product: product.to_owned(),
                    days_of_use: days.len() as u64,
                }
            };
        weeks.into_iter().map(row).collect()
    }

    fn charges_in(&self, period: Period) -> impl Iterator<Item = &DetailRow> {
        self.charges.values().filter(move |row| period.holds(row.date))
    }

    fn charge(&mut self, account: &str, at: Timestamp, charged: &Charged<'_>) {
        let own = |text: &std::borrow::Cow<'_, str>| text.to_string();
        let posting = |it: &tallyfold_core::Posting<'_>| format!("{}:{}", it.pack, it.tokens);
        let at = self.time_zone.local(charged.window.map_or(at, |window| window.starts_at));
        let row = DetailRow {
            account: account.to_owned(),
            charge: charged.charge,
            at,
            date: at.day(),
            product: own(&charged.product),
            version: charged.version.as_ref().map(own),
            session: charged.session.as_ref().map(own),
            reason: charged.reason,
            ends_at: charged.window.map(|window| self.time_zone.local(window.ends_at)),
            tokens: charged.tokens,
            packs: charged.postings.iter().map(posting).collect(),
            subscription: charged.subscription.as_ref().map(own),
            refunded: Tokens::ZERO,
        };
        self.charges.insert((account.to_owned(), charged.charge), row);
    }

    /// A refund for grace ends the window as well (W6).
    fn refund(&mut self, account: &str, at: Timestamp, refunded: &Refunded<'_>) {
        if let Some(row) = self.charges.get_mut(&(account.to_owned(), refunded.charge)) {
            row.refunded += refunded.tokens;
        }
        if refunded.reason == RefundReason::Grace {
            self.end(account, at, refunded.charge);
        }
    }

    /// A window ends before its time (W5, W8).
    fn end(&mut self, account: &str, at: Timestamp, charge: u64) {
        if let Some(row) = self.charges.get_mut(&(account.to_owned(), charge)) {
            row.ends_at = Some(self.time_zone.local(at));
        }
    }
}

impl Sink for UserDetail {
    fn record(&mut self, record: Record<'_>) {
        Consumer::record(self, &record);
    }
}

impl Consumer for UserDetail {
    fn record(&mut self, record: &Record<'_>) {
        let (account, at) = (&*record.account, record.at);
        match &record.entry {
            Entry::Charged(charged) if charged.user == self.user => {
                self.charge(account, at, charged);
            }
            Entry::Refunded(refunded) => self.refund(account, at, refunded),
            Entry::WindowEnded { charge, user, .. } if *user == self.user => {
                self.end(account, at, *charge);
            }
            _ => {}
        }
    }
    fn merge(&mut self, later: UserDetail) {
        self.charges.extend(later.charges);
    }
}
