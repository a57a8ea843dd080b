//! The Standard reports worked out a second time, as their definitions in `docs/reports.md` say: with lists
//! and scans over the journal.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use tallyfold_core::{Entry, Instant, Level, Noted, Record, SessionEnd, Sink, Span, Tokens};
use tallyfold_projections::premium::{Class, Pass};
use tallyfold_projections::standard::{
    DayRow, Facts, Histogram, MovementKind, MovementRow, ProductRow, SeatProductRow,
    SeatSummaryRow, SeatTotals, TokenSummary,
};
use tallyfold_projections::{Period, Permille, TimeZone, Usage};

use crate::by_name;
use crate::journals::journals;
use crate::told::{Charge, Told, count, days_of_use, grouped, part, used};

/// A pack as the journal leaves it.
struct Pack {
    expires_at: Instant,
    has_expired: bool,
    available: Tokens,
    burned: Tokens,
}

/// A subscription as the journal leaves it.
struct Seats {
    row: SeatSummaryRow,
    held_by: BTreeSet<String>,
}

impl Told<'_> {
    fn packs(&self) -> BTreeMap<(&str, &str), Pack> {
        let mut packs: BTreeMap<(&str, &str), Pack> = BTreeMap::new();
        for record in self.journal {
            let account = &*record.account;
            match &record.entry {
                Entry::PackAdded { pack, tokens, expires_at } => {
                    let (available, burned) = (*tokens, Tokens::ZERO);
                    let added =
                        Pack { expires_at: *expires_at, has_expired: false, available, burned };
                    packs.insert((account, pack), added);
                }
                Entry::Adjusted { pack, tokens, .. } => {
                    packs.get_mut(&(account, &**pack)).unwrap().available += *tokens;
                }
                Entry::PackExpired { pack, .. } => {
                    packs.get_mut(&(account, &**pack)).unwrap().has_expired = true;
                }
                Entry::Charged(it) => {
                    for posting in it.postings.iter() {
                        let pack = packs.get_mut(&(account, &*posting.pack)).unwrap();
                        pack.available -= posting.tokens;
                        pack.burned += posting.tokens;
                    }
                }
                Entry::Refunded(it) => {
                    for posting in it.postings.iter() {
                        let pack = packs.get_mut(&(account, &*posting.pack)).unwrap();
                        pack.available += posting.tokens;
                        pack.burned -= posting.tokens;
                    }
                }
                _ => {}
            }
        }
        packs.retain(|_, pack| !pack.has_expired);
        packs
    }

    /// What was available in all packs at the end of a day.
    fn balance_at_end_of(&self, day: NaiveDate) -> Tokens {
        let before = self.journal.iter().filter(|record| self.zone.day(record.at) <= day);
        before.map(|record| balance_change(&record.entry)).sum()
    }

    fn summary(&self, facts: &Facts) -> TokenSummary {
        let charges = self.with_tokens();
        let packs = self.packs();
        let (available, active) = (
            packs.values().map(|pack| pack.available).sum::<Tokens>(),
            packs.values().map(|pack| pack.burned).sum::<Tokens>(),
        );
        let holding = || packs.values().filter(|pack| pack.available != Tokens::ZERO);
        let expiring = |days| {
            let soon = holding().filter(|pack| pack.expires_at <= facts.as_of + Span::days(days));
            soon.map(|pack| pack.available).sum()
        };
        let entries = |wanted: fn(&Entry<'_>) -> bool| {
            self.entries().filter(|entry| wanted(entry)).count() as u64
        };
        let results = self.entries().map(|entry| match entry {
            Entry::Charged(it) => u64::from(it.quantity.unwrap_or(0)),
            _ => 0,
        });
        let expired = self.entries().map(|entry| match entry {
            Entry::PackExpired { tokens, .. } => *tokens,
            Entry::Refunded(it) => it.forfeited,
            _ => Tokens::ZERO,
        });
        TokenSummary {
            tokens_available: available,
            tokens_used_active: active,
            tokens_total: available + active,
            level: facts.level,
            next_expiry: holding().map(|pack| pack.expires_at).min(),
            expiring_30: expiring(30),
            expiring_60: expiring(60),
            expiring_90: expiring(90),
            tokens_used: used(charges.iter().copied()),
            days_of_use: days_of_use(&charges),
            results: results.sum(),
            products_used: count(charges.iter().map(|it| &it.product)),
            users: count(charges.iter().map(|it| (&it.account, &it.user))),
            monthly_average: part(
                used(charges.iter().copied()),
                304_375,
                self.period.days() * 10_000,
            ),
            refunded: charges.iter().map(|it| it.refunded).sum(),
            expired: expired.sum(),
            denied_opens: entries(|entry| matches!(entry, Entry::SessionDenied { .. })),
            locked_out: entries(|entry| {
                matches!(entry, Entry::SessionClosed { reason: SessionEnd::LockedOut, .. })
            }),
            unpaid: entries(|entry| matches!(entry, Entry::Unpaid { .. })),
            run_out: None,
        }
    }

    fn by_day(&self) -> Vec<DayRow> {
        let charges = grouped(self.with_tokens(), |it| it.day);
        let happened = self.journal.iter().filter(|record| says_something(&record.entry));
        let decided = happened.map(|record| self.zone.day(record.at));
        let in_period = |day: &NaiveDate| self.period.from() <= *day && *day < self.period.to();
        let days: BTreeSet<_> = decided.filter(in_period).chain(charges.keys().copied()).collect();
        let row = |date| {
            let of_day = charges.get(&date).cloned().unwrap_or_default();
            DayRow {
                date,
                tokens_used: used(of_day.iter().copied()),
                days_of_use: days_of_use(&of_day),
                users: count(of_day.iter().map(|it| (&it.account, &it.user))),
                balance_end: self.balance_at_end_of(date),
            }
        };
        days.into_iter().map(row).collect()
    }

    fn movements(&self, as_of: Instant) -> Vec<MovementRow> {
        let mut rows = Vec::new();
        for account in self.accounts() {
            let mut balance = Tokens::ZERO;
            let mut expired = BTreeSet::new();
            for record in self.journal.iter().filter(|record| record.account == account) {
                let mut moves = |pack: &str, movement, tokens, balance_after| {
                    let (account, pack, at) = (account.to_owned(), pack.to_owned(), record.at);
                    rows.push(MovementRow { account, at, pack, movement, tokens, balance_after });
                };
                let after = balance + balance_change(&record.entry);
                match &record.entry {
                    Entry::PackAdded { pack, tokens, .. } => {
                        moves(pack, MovementKind::Purchased, *tokens, after);
                    }
                    Entry::Adjusted { pack, tokens, .. } => {
                        moves(pack, MovementKind::Adjusted, *tokens, after);
                    }
                    Entry::PackExpired { pack, tokens } => {
                        expired.insert(pack.clone());
                        moves(pack, MovementKind::Expired, -*tokens, after);
                    }
                    Entry::Refunded(it) => {
                        let mut now = balance;
                        for posting in it.postings.iter() {
                            if expired.contains(&posting.pack) {
                                moves(&posting.pack, MovementKind::Expired, -posting.tokens, now);
                            } else {
                                now += posting.tokens;
                            }
                        }
                    }
                    _ => {}
                }
                balance = after;
            }
        }
        rows.retain(|row| as_of - Span::days(90) <= row.at);
        rows.sort_by_key(|row| row.at);
        rows
    }

    /// The days of use of each user, of charges for one product.
    fn days_by_user(&self, charges: &[&Charge]) -> Vec<u64> {
        let by_user = grouped(charges.to_vec(), |it| (it.account.clone(), it.user.clone()));
        by_user.values().map(|charges| days_of_use(charges)).collect()
    }

    fn histogram(&self, charges: &[&Charge]) -> Histogram {
        let months = self.days_by_user(charges).into_iter();
        let whole: Vec<_> =
            months.map(|days| (self.days_per_month(days).tenths() + 5) / 10).collect();
        let users = |least, most| {
            whole.iter().filter(|days| least <= **days && **days <= most).count() as u64
        };
        Histogram {
            days_1: users(0, 1),
            days_2_3: users(2, 3),
            days_4_7: users(4, 7),
            days_8_15: users(8, 15),
            days_16: users(16, u64::MAX),
        }
    }

    fn by_product(&self, facts: &Facts) -> Vec<ProductRow> {
        let all = used(self.with_tokens());
        let row = |(product, charges): (String, Vec<&Charge>)| {
            let frequent = self.days_by_user(&charges);
            let frequent =
                frequent.iter().filter(|days| self.class(**days) == Class::Frequent).count() as u64;
            let users = count(charges.iter().map(|it| (&it.account, &it.user)));
            let (tokens_used, days_of_use) = (used(charges.iter().copied()), days_of_use(&charges));
            ProductRow {
                tokens_used,
                share: Permille::of(tokens_used, all),
                users,
                days_of_use,
                charges: charges.len() as u64,
                refunded: charges.iter().map(|it| it.refunded).sum(),
                average_per_day_of_use: part(tokens_used, 1, days_of_use),
                rate: facts.rates.get(&product).copied(),
                occasional_users: users - frequent,
                frequent_users: frequent,
                histogram: self.histogram(&charges),
                product,
            }
        };
        let products = grouped(self.with_tokens(), |it| it.product.clone());
        let mut rows: Vec<_> = products.into_iter().map(row).collect();
        rows.sort_by_key(|row| std::cmp::Reverse(row.tokens_used));
        rows
    }

    fn seat_by_product(&self) -> Vec<SeatProductRow> {
        let row = |(product, charges): (String, Vec<&Charge>)| SeatProductRow {
            product,
            users: count(charges.iter().map(|it| (&it.account, &it.user))),
            days_of_use: days_of_use(&charges),
            histogram: self.histogram(&charges),
        };
        grouped(self.covered(), |it| it.product.clone()).into_iter().map(row).collect()
    }

    fn seats(&self) -> Vec<SeatSummaryRow> {
        let mut seats: Vec<Seats> = Vec::new();
        for record in self.journal {
            let Entry::Noted(noted) = &record.entry else { continue };
            match noted {
                Noted::SubscriptionPurchased(it) => {
                    let row = SeatSummaryRow {
                        account: record.account.to_string(),
                        subscription: it.subscription.to_string(),
                        offering: it.offering.to_string(),
                        seats: it.seats.get().into(),
                        assigned: 0,
                        unassigned: 0,
                        starts: it.term.starts(),
                        ends: it.term.ends(),
                        products_in_use: Vec::new(),
                    };
                    seats.push(Seats { row, held_by: BTreeSet::new() });
                }
                Noted::SubscriptionAssigned(it) => {
                    held_by(&mut seats, &record.account, &it.subscription)
                        .insert(it.user.to_string());
                }
                Noted::SubscriptionUnassigned(it) => {
                    held_by(&mut seats, &record.account, &it.subscription).remove(it.user.as_str());
                }
                _ => {}
            }
        }
        let row = |Seats { mut row, held_by }: Seats| {
            let covered = self.charges.iter().filter(|it| {
                it.account == row.account && it.seat.as_ref() == Some(&row.subscription)
            });
            let products: BTreeSet<_> = covered.map(|it| it.product.clone()).collect();
            row.products_in_use = products.into_iter().collect();
            row.assigned = held_by.len() as u64;
            row.unassigned = row.seats - row.assigned;
            row
        };
        let mut rows: Vec<_> = seats.into_iter().map(row).collect();
        rows.sort_by(|one, other| one.account.cmp(&other.account));
        rows
    }
}

/// Who holds the seats of a subscription.
fn held_by<'s>(
    seats: &'s mut [Seats],
    account: &str,
    subscription: &str,
) -> &'s mut BTreeSet<String> {
    let wanted = |it: &&mut Seats| it.row.account == account && it.row.subscription == subscription;
    &mut seats.iter_mut().find(wanted).unwrap().held_by
}

/// How an entry changes what is available.
fn balance_change(entry: &Entry<'_>) -> Tokens {
    match entry {
        Entry::PackAdded { tokens, .. } | Entry::Adjusted { tokens, .. } => *tokens,
        Entry::PackExpired { tokens, .. } => -*tokens,
        Entry::Charged(it) => -it.tokens,
        Entry::Refunded(it) => it.tokens - it.forfeited,
        _ => Tokens::ZERO,
    }
}

/// Whether an entry makes its day one on which anything happened.
fn says_something(entry: &Entry<'_>) -> bool {
    match entry {
        Entry::SessionClosed { reason, .. } => *reason == SessionEnd::LockedOut,
        Entry::SessionOpened { .. }
        | Entry::WindowEnded { .. }
        | Entry::ResultDenied { .. }
        | Entry::Notice(_) => false,
        _ => true,
    }
}

/// That every report of a period is what the definitions say.
fn check(usage: &Usage, told: &Told<'_>, facts: &Facts) {
    let (period, pass) = (told.period, Pass::forced());
    let summary = usage.token_summary(period, facts);
    assert_eq!(TokenSummary { run_out: None, ..summary }, told.summary(facts));
    assert_eq!(usage.token_by_day(period), told.by_day());
    assert_eq!(usage.token_events(facts), told.movements(facts.as_of));
    assert_eq!(usage.token_by_product(period, facts), told.by_product(facts));
    assert_eq!(usage.seat_by_product(period), told.seat_by_product());
    let seats = usage.seat_summary(period);
    assert_eq!(seats, told.seats());
    let totals = SeatTotals {
        subscriptions: seats.len() as u64,
        seats: seats.iter().map(|row| row.seats).sum(),
        assigned: seats.iter().map(|row| row.assigned).sum(),
        unassigned: seats.iter().map(|row| row.unassigned).sum(),
        products_in_use: count(told.covered().iter().map(|it| &it.product)),
    };
    assert_eq!(SeatTotals::of(&seats), totals);
    assert_eq!(usage.token_by_user(pass, period), told.by_user());
    assert_eq!(usage.seat_by_user(pass, period), told.seat_by_user());
    assert_eq!(usage.usage_export(pass, period), told.export());
    let prices = by_name::prices();
    assert_eq!(usage.advice(pass, period, facts, &prices), by_name::advice(told, facts));
}

/// The usage of all accounts, each fed alone.
fn usage(journal: &[Record<'static>], zone: TimeZone) -> Usage {
    let mut of_accounts: BTreeMap<_, Usage> = BTreeMap::new();
    for record in journal {
        let usage = of_accounts.entry(&*record.account).or_insert_with(|| Usage::new(zone));
        usage.record(record.clone());
    }
    let mut all = Usage::new(zone);
    of_accounts.into_values().rev().for_each(|usage| all.merge(usage).unwrap());
    all
}

#[test]
fn every_report_is_what_its_definition_says() {
    for (name, journal) in journals() {
        for zone in ["UTC", "Pacific/Kiritimati", "America/Los_Angeles"] {
            let zone: TimeZone = zone.parse().unwrap();
            let usage = usage(&journal, zone);
            let Some(whole) = usage.days() else { continue };
            let middle = whole.from() + (whole.to() - whole.from()) / 2;
            let as_of = journal.iter().map(|record| record.at).max().unwrap();
            let products = journal.iter().filter_map(|record| match &record.entry {
                Entry::Charged(charged) => Some(charged.product.to_string()),
                _ => None,
            });
            let rates = products.map(|product| (product, Tokens::whole(7))).collect();
            let facts = Facts { as_of, rates, level: Some(Level::Low) };
            let halves = [(whole.from(), middle), (middle, whole.to())];
            let halves = halves.into_iter().filter_map(|(from, to)| Period::new(from, to));
            for period in [whole].into_iter().chain(halves) {
                println!("{name}, {zone}, {period}");
                let told = Told::new(&journal, zone, period);
                check(&usage, &told, &facts);
                by_name::check_details(&told);
            }
        }
    }
}
