//! The reports worked out a second time, as their definitions in `docs/reports.md` say: with lists
//! and scans over the journal.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use tallyfold_core::{
    ChargeReason, Entry, Instant, Level, Noted, Record, SessionEnd, Span, Tokens,
};
use tallyfold_projections::premium::{
    AccessKind, Class, ExportRow, Pass, SeatUserRow, TokenUserRow,
};
use tallyfold_projections::standard::{
    DayRow, Facts, Histogram, MovementKind, MovementRow, ProductRow, SeatProductRow,
    SeatSummaryRow, SeatTotals, TokenSummary,
};
use tallyfold_projections::{Period, Permille, Tenths, TimeZone, Usage};

use crate::journals::journals;

/// A charge, with what was given back of it.
#[derive(Clone)]
struct Charge {
    account: String,
    user: String,
    product: String,
    version: Option<String>,
    /// The subscription that covers it.
    seat: Option<String>,
    is_result: bool,
    at: Instant,
    day: NaiveDate,
    tokens: Tokens,
    refunded: Tokens,
}

impl Charge {
    fn used(&self) -> Tokens {
        self.tokens - self.refunded
    }

    /// The day of use that it makes: not for results.
    fn day_of_use(&self) -> Option<(&str, &str, &str, NaiveDate)> {
        (!self.is_result).then_some((&self.account, &self.user, &self.product, self.day))
    }
}

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

/// The journal, to be asked as the definitions ask.
struct Told<'j> {
    journal: &'j [Record<'static>],
    zone: TimeZone,
    period: Period,
    /// The charges that belong to the period.
    charges: Vec<Charge>,
}

fn all_charges(journal: &[Record<'_>], zone: TimeZone) -> Vec<Charge> {
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
fn part(tokens: Tokens, times: u64, over: u64) -> Tokens {
    let (over, product) = (i128::from(over), tokens.micros() * i128::from(times));
    Tokens::from_micros(if over == 0 { 0 } else { (2 * product + over) / (2 * over) })
}

fn used<'c>(charges: impl IntoIterator<Item = &'c Charge>) -> Tokens {
    charges.into_iter().map(Charge::used).sum()
}

fn count<T: Ord>(things: impl Iterator<Item = T>) -> u64 {
    things.collect::<BTreeSet<_>>().len() as u64
}

fn days_of_use(charges: &[&Charge]) -> u64 {
    count(charges.iter().filter_map(|it| it.day_of_use()))
}

fn versions(charges: &[&Charge]) -> Vec<String> {
    let versions: BTreeSet<_> = charges.iter().filter_map(|it| it.version.clone()).collect();
    versions.into_iter().collect()
}

/// Charges by what they are grouped by.
fn grouped<K: Ord>(charges: Vec<&Charge>, key: impl Fn(&Charge) -> K) -> BTreeMap<K, Vec<&Charge>> {
    let mut groups: BTreeMap<K, Vec<&Charge>> = BTreeMap::new();
    for charge in charges {
        groups.entry(key(charge)).or_default().push(charge);
    }
    groups
}

impl<'j> Told<'j> {
    fn new(journal: &'j [Record<'static>], zone: TimeZone, period: Period) -> Told<'j> {
        let mut charges = all_charges(journal, zone);
        charges.retain(|it| period.from() <= it.day && it.day < period.to());
        Told { journal, zone, period, charges }
    }

    fn with_tokens(&self) -> Vec<&Charge> {
        self.charges.iter().filter(|it| it.seat.is_none()).collect()
    }

    fn covered(&self) -> Vec<&Charge> {
        self.charges.iter().filter(|it| it.seat.is_some()).collect()
    }

    fn accounts(&self) -> BTreeSet<&str> {
        self.journal.iter().map(|record| &*record.account).collect()
    }

    /// The entries that were decided in the period.
    fn entries(&self) -> impl Iterator<Item = &'j Entry<'static>> {
        let (zone, period) = (self.zone, self.period);
        let in_period = move |record: &&Record<'_>| {
            let day = zone.day(record.at);
            period.from() <= day && day < period.to()
        };
        self.journal.iter().filter(in_period).map(|record| &record.entry)
    }

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

    fn days_per_month(&self, days: u64) -> Tenths {
        let over = self.period.days() * 10_000;
        Tenths::of((2 * days * 3_043_750 + over) / (2 * over), 10)
    }

    fn class(&self, days: u64) -> Class {
        let is_frequent = self.days_per_month(days).tenths() >= 75;
        if is_frequent { Class::Frequent } else { Class::Occasional }
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
        rows.sort_by(|one, other| other.tokens_used.cmp(&one.tokens_used));
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

    fn by_user(&self) -> Vec<TokenUserRow> {
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
        rows.sort_by(|one, other| other.tokens_used.cmp(&one.tokens_used));
        let tokens: Vec<_> = rows.iter().map(|row| row.tokens_used).collect();
        for row in &mut rows {
            row.rank = 1 + tokens.iter().filter(|more| **more > row.tokens_used).count() as u64;
        }
        rows
    }

    fn seat_by_user(&self) -> Vec<SeatUserRow> {
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

    fn export(&self) -> Vec<ExportRow> {
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

/// Who holds the seats of a subscription.
fn held_by<'s>(
    seats: &'s mut [Seats],
    account: &str,
    subscription: &str,
) -> &'s mut BTreeSet<String> {
    let wanted = |it: &&mut Seats| it.row.account == account && it.row.subscription == subscription;
    &mut seats.iter_mut().find(wanted).unwrap().held_by
}

fn by_user(it: &Charge) -> (String, String, String) {
    (it.account.clone(), it.user.clone(), it.product.clone())
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
}

#[test]
fn every_report_is_what_its_definition_says() {
    for (name, journal) in journals() {
        for zone in ["UTC", "Pacific/Kiritimati", "America/Los_Angeles"] {
            let zone: TimeZone = zone.parse().unwrap();
            let mut usage = Usage::new(zone);
            journal.iter().cloned().for_each(|it| tallyfold_core::Sink::record(&mut usage, it));
            let Some(whole) = usage.days() else { continue };
            let middle = whole.from() + (whole.to() - whole.from()) / 2;
            let as_of = journal.iter().map(|record| record.at).max().unwrap();
            let rates = [("AutoCAD".to_owned(), Tokens::whole(7))].into();
            let facts = Facts { as_of, rates, level: Some(Level::Low) };
            let halves = [(whole.from(), middle), (middle, whole.to())];
            let halves = halves.into_iter().filter_map(|(from, to)| Period::new(from, to));
            for period in [whole].into_iter().chain(halves) {
                println!("{name}, {zone}, {period}");
                check(&usage, &Told::new(&journal, zone, period), &facts);
            }
        }
    }
}
