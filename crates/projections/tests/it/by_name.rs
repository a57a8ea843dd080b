//! The Premium reports worked out a second time, as `docs/reports.md` says.

use std::collections::BTreeSet;

use tallyfold_core::{Entry, Noted, Record, Sink, Term, Tokens};
use tallyfold_projections::premium::{
    AccessKind, AdviceRow, Class, DetailRow, ExportRow, Pass, Prices, SeatUserRow, TokenUserRow,
    UserDetail, WeekRow,
};
use tallyfold_projections::standard::Facts;
use tallyfold_projections::{Money, Tenths};

use crate::told::{Charge, Told, all_charges, by_user, days_of_use, grouped, part, used, versions};

impl Told<'_> {
    pub(crate) fn by_user(&self) -> Vec<TokenUserRow> {
        let row = |((account, user, product), charges): (_, Vec<&Charge>)| {
            let days_of_use = days_of_use(&charges);
            TokenUserRow {
                account,
                user,
                product,
                tokens_used: used(charges.iter().copied()),
                days_of_use,
                days_per_month: self.days_per_month(days_of_use),
                class: self.class(days_of_use),
                versions: versions(&charges),
                charges: charges.len() as u64,
                last_used: charges.iter().map(|it| it.at).max().unwrap(),
                rank: 0,
            }
        };
        let mut rows: Vec<_> = grouped(self.with_tokens(), by_user).into_iter().map(row).collect();
        rows.sort_by_key(|row| std::cmp::Reverse(row.tokens_used));
        let tokens: Vec<_> = rows.iter().map(|row| row.tokens_used).collect();
        for row in &mut rows {
            row.rank = 1 + tokens.iter().filter(|more| **more > row.tokens_used).count() as u64;
        }
        rows
    }

    pub(crate) fn seat_by_user(&self) -> Vec<SeatUserRow> {
        let row = |((account, user, product), charges): (_, Vec<&Charge>)| {
            let seats: BTreeSet<_> = charges.iter().filter_map(|it| it.seat.clone()).collect();
            let days_of_use = days_of_use(&charges);
            SeatUserRow {
                account,
                user,
                product,
                subscription: seats.into_iter().collect(),
                days_of_use,
                days_per_month: self.days_per_month(days_of_use),
                class: self.class(days_of_use),
                versions: versions(&charges),
                last_used: charges.iter().map(|it| it.at).max().unwrap(),
            }
        };
        grouped(self.covered(), by_user).into_iter().map(row).collect()
    }

    pub(crate) fn export(&self) -> Vec<ExportRow> {
        let key = |it: &Charge| {
            let access = if it.seat.is_some() { AccessKind::Seat } else { AccessKind::Flex };
            let (account, user, product) = by_user(it);
            (account, user, product, it.version.clone(), it.day, access)
        };
        let row =
            |((account, user, product, version, day_used, access), charges): (_, Vec<&Charge>)| {
                let tokens_used = used(charges.iter().copied());
                ExportRow { account, user, product, version, day_used, tokens_used, access }
            };
        grouped(self.charges.iter().collect(), key).into_iter().map(row).collect()
    }
}

/// The charges of a user that belong to the period.
fn details(told: &Told<'_>, user: &str) -> Vec<DetailRow> {
    let own = |text: &std::borrow::Cow<'_, str>| text.to_string();
    let mut rows: Vec<DetailRow> = Vec::new();
    for record in told.journal {
        match &record.entry {
            Entry::Charged(it) if it.user == user => rows.push(DetailRow {
                account: record.account.to_string(),
                charge: it.charge,
                at: it.window.map_or(record.at, |window| window.starts_at),
                product: own(&it.product),
                version: it.version.as_ref().map(own),
                session: it.session.as_ref().map(own),
                reason: it.reason,
                ends_at: it.window.map(|window| window.ends_at),
                tokens: it.tokens,
                packs: it.postings.iter().map(|it| format!("{}:{}", it.pack, it.tokens)).collect(),
                subscription: it.subscription.as_ref().map(own),
                refunded: Tokens::ZERO,
            }),
            Entry::Refunded(it) => {
                let is_of =
                    |row: &&mut DetailRow| row.account == record.account && row.charge == it.charge;
                rows.iter_mut().filter(is_of).for_each(|row| row.refunded += it.tokens);
            }
            _ => {}
        }
    }
    rows.retain(|row| told.period.holds(told.zone.day(row.at)));
    rows.sort_by_key(|row| (row.account.clone(), row.charge));
    rows
}

fn weeks(told: &Told<'_>, user: &str) -> Vec<WeekRow> {
    let mut charges: Vec<_> = told.charges.iter().filter(|it| it.user == user).collect();
    charges.retain(|it| !it.is_result);
    let row =
        |(week, charges): (String, Vec<_>)| WeekRow { week, days_of_use: days_of_use(&charges) };
    grouped(charges, |it| it.day.format("%G-W%V").to_string()).into_iter().map(row).collect()
}

/// That the detail of every user is what its definition says.
pub(crate) fn check_details(told: &Told<'_>) {
    let users: BTreeSet<_> = told.charges.iter().map(|it| &it.user).collect();
    for user in users {
        let mut detail = UserDetail::new(Pass::forced(), user);
        told.journal.iter().cloned().for_each(|record| detail.record(record));
        assert_eq!(detail.charges(told.period, told.zone), details(told, user));
        assert_eq!(detail.weeks(told.period, told.zone), weeks(told, user));
    }
}

/// The subscriptions of which a user holds a seat in the end: name, offering and term.
fn held<'j>(journal: &'j [Record<'_>], account: &str, user: &str) -> Vec<(&'j str, &'j str, Term)> {
    let (mut sold, mut held) = (Vec::new(), BTreeSet::new());
    for record in journal.iter().filter(|record| record.account == account) {
        match &record.entry {
            Entry::Noted(Noted::SubscriptionPurchased(it)) => {
                sold.push((it.subscription.as_str(), it.offering.as_str(), it.term));
            }
            Entry::Noted(Noted::SubscriptionAssigned(it)) if it.user.as_str() == user => {
                held.insert(it.subscription.as_str());
            }
            Entry::Noted(Noted::SubscriptionUnassigned(it)) if it.user.as_str() == user => {
                held.remove(it.subscription.as_str());
            }
            _ => {}
        }
    }
    sold.retain(|(subscription, ..)| held.contains(subscription));
    sold
}

/// A price over another to one decimal, half up; nothing where the other is 0.
fn over(one: &str, other: Tokens) -> Option<Tenths> {
    let micros = |tokens: Tokens| u64::try_from(tokens.micros()).unwrap();
    let (one, other) = (micros(one.parse().unwrap()), micros(other));
    (other > 0).then(|| Tenths::of((20 * one + other) / (2 * other), 10))
}

/// What each costs: a token 3, a subscription for AutoCAD 168.
const TOKEN: &str = "3";
const AUTOCAD: &str = "168";

pub(crate) fn prices() -> Prices {
    Prices {
        token: Some(TOKEN.parse().unwrap()),
        subscription_a_month: [("AutoCAD".to_owned(), AUTOCAD.parse().unwrap())].into(),
    }
}

pub(crate) fn advice(told: &Told<'_>, facts: &Facts) -> Vec<AdviceRow> {
    let ever = all_charges(told.journal, told.zone);
    let (month, token): (_, Money) = (told.period.days() * 10_000, TOKEN.parse().unwrap());
    let row = |((account, user, product), charges): ((String, String, String), Vec<_>)| {
        let days = days_of_use(&charges);
        let has_covered = |subscription: &str| {
            ever.iter().any(|it| {
                it.account == account
                    && it.product == product
                    && it.seat.as_deref() == Some(subscription)
            })
        };
        let has_seat = held(told.journal, &account, &user).iter().any(|(name, offering, term)| {
            term.holds(facts.as_of) && (*offering == product || has_covered(name))
        });
        let access = |seat| if seat { AccessKind::Seat } else { AccessKind::Flex };
        let results: Vec<_> = charges.iter().copied().filter(|it| it.is_result).collect();
        let rate = facts.rates.get(&product).copied();
        let for_days = rate.map(|rate| part(rate, days * 304_375, month));
        let tokens_a_month = if results.is_empty() {
            for_days
        } else {
            Some(part(used(results), 304_375, month) + for_days.unwrap_or_default())
        };
        let seat_price = (product == "AutoCAD").then(|| AUTOCAD.parse::<Money>().unwrap());
        let price = |access| match access {
            AccessKind::Seat => seat_price,
            AccessKind::Flex => tokens_a_month.map(|tokens| token.times(tokens)),
        };
        let class = told.class(days);
        let (now, then) = (access(has_seat), access(class == Class::Frequent));
        AdviceRow {
            days_per_month: told.days_per_month(days),
            class,
            access_now: now,
            tokens_used: used(charges.iter().copied()),
            recommended: then,
            tokens_a_month,
            break_even_days: seat_price
                .zip(rate)
                .and_then(|(_, rate)| over(AUTOCAD, rate.times(3))),
            saved_a_month: price(now).zip(price(then)).map(|(now, then)| now - then),
            account,
            user,
            product,
        }
    };
    grouped(told.charges.iter().collect(), by_user).into_iter().map(row).collect()
}
