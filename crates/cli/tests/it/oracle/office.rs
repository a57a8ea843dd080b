//! Made-up logs in which everything happens that a report tells of: weeks to years of a few teams.

use std::fmt::Write;

use serde_json::json;
use tallyfold_core::{Entry, Ledger, Record};
use tallyfold_log::parse_line;

use super::calendar::{At, DAY, SECOND, Zone, instant};

const HOUR: At = 3_600 * SECOND;
const MINUTE: At = 60 * SECOND;

const USERS: [&str; 7] = ["ana", "ben", "cho", "Dia", "eli", "fay", "gus"];
const PRODUCTS: [&str; 6] = ["AutoCAD", "Revit", "Odd", "Free", "Unrated", "Render"];
/// 2011-12-30 is the day that Samoa skipped, 2018-02-18 the one at whose midnight Brazil set its clocks
/// back, and 2010-11-07 the one that Newfoundland began twice.
const STARTS: [&str; 8] = [
    "2026-01-01T00:00:00Z",
    "2011-12-19T15:00:00Z",
    "2025-10-20T22:30:00Z",
    "2024-02-01T08:00:00Z",
    "2018-02-05T12:00:00Z",
    "2026-02-28T23:59:59.999999999Z",
    "2025-12-31T10:00:00Z",
    "2010-10-25T12:00:00Z",
];
const DAYS: [u64; 10] = [3, 7, 20, 27, 28, 31, 45, 92, 200, 430];

/// Numbers that are the same everywhere (splitmix64).
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    /// From 0 to below `sides`.
    pub(crate) fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % sides
    }

    pub(crate) fn pick<'t, T>(&mut self, choices: &'t [T]) -> &'t T {
        &choices[usize::try_from(self.roll(choices.len() as u64)).unwrap()]
    }

    pub(crate) fn chance(&mut self, one_in: u64) -> bool {
        self.roll(one_in) == 0
    }
}

/// The log of a seed.
pub(crate) fn log(seed: u64) -> Vec<u8> {
    let mut office = Office::new(seed);
    office.catalog();
    let accounts = 1 + office.dice.roll(3);
    for number in 0..accounts {
        office.account(number);
    }
    office.in_order_of_time();
    office.reversals();
    office.text()
}

/// Events with their instants.
struct Office {
    dice: Dice,
    starts: At,
    days: u64,
    events: Vec<(At, serde_json::Value)>,
}

impl Office {
    fn new(seed: u64) -> Office {
        let mut dice = Dice::new(seed);
        let starts = instant(dice.pick::<&str>(&STARTS));
        let days = *dice.pick(&DAYS);
        Office { dice, starts, days, events: Vec::new() }
    }

    fn happens(&mut self, at: At, event: serde_json::Value) {
        self.events.push((at, event));
    }

    /// Some instant of the log, at a full second.
    fn some_time(&mut self) -> At {
        let seconds = self.dice.roll(self.days * 24 * 3_600);
        self.starts + At::try_from(seconds).unwrap() * SECOND
    }

    fn catalog(&mut self) {
        let first = self.starts;
        if self.dice.chance(2) {
            let validity = *self.dice.pick(&[5, 20, 60, 200, 365, 400]);
            let rulebook = *self.dice.pick(&["launch", "current"]);
            let overrides = json!({
                "validity_days": validity,
                "close_ends_window": self.dice.chance(2),
                "grace_minutes": self.dice.roll(120),
                "premium_min_seats": self.dice.roll(60),
            });
            let event =
                json!({ "type": "RulebookAdopted", "rulebook": rulebook, "overrides": overrides });
            self.happens(first, event);
        }
        for (product, tokens, per) in [
            ("AutoCAD", "7", "day"),
            ("Revit", "10", "day"),
            ("Odd", "2.333333", "day"),
            ("Free", "0", "day"),
            ("Render", "0.5", "result"),
        ] {
            let event = json!({
                "type": "RatePublished", "product": product, "tokens": tokens, "per": per,
            });
            self.happens(first, event);
        }
        for collection in ["AEC", "Revit"] {
            for _ in 0..self.dice.roll(3) {
                let count = usize::try_from(self.dice.roll(4)).unwrap();
                let products: Vec<_> = (0..count).map(|_| *self.dice.pick(&PRODUCTS)).collect();
                let at = if self.dice.chance(2) { first } else { self.some_time() };
                let event = json!({
                    "type": "CollectionDefined", "collection": collection,
                    "products": products,
                });
                self.happens(at, event);
            }
        }
        for _ in 0..self.dice.roll(4) {
            let at = self.some_time();
            let (product, per) =
                (*self.dice.pick(&PRODUCTS), *self.dice.pick(&["day", "day", "result"]));
            let tokens = *self.dice.pick(&["0", "7", "0.000001", "12.5", "3"]);
            let event = json!({
                "type": "RatePublished", "product": product, "tokens": tokens, "per": per,
            });
            self.happens(at, event);
        }
        if self.dice.chance(4) {
            let at = self.some_time();
            let overrides = json!({ "assignment": "required" });
            let event =
                json!({ "type": "RulebookAdopted", "rulebook": "current", "overrides": overrides });
            self.happens(at, event);
        }
        // A catalog may go on when the teams are gone.
        if self.dice.chance(5) {
            let at = self.starts + At::try_from(self.days + 40).unwrap() * DAY;
            self.happens(
                at,
                json!({ "type": "RatePublished", "product": "AutoCAD", "tokens": 99 }),
            );
        }
    }

    fn account(&mut self, number: u64) {
        let name = ["beta", "acme", "Zeta \"&\" Sons"][usize::try_from(number).unwrap()];
        let joined = if number == 0 { 0 } else { self.dice.roll(self.days) };
        let joined = self.starts + At::try_from(joined).unwrap() * DAY;
        self.packs(name, joined);
        self.subscriptions(name, joined);
        self.access(name, joined);
        for user in USERS {
            if !self.dice.chance(5) {
                self.use_of(name, joined, user);
            }
        }
        if self.dice.chance(2) {
            let at = self.some_time().max(joined);
            self.happens(at, json!({ "type": "PlanSelected", "account": name, "plan": "premium" }));
        }
    }

    fn packs(&mut self, account: &str, joined: At) {
        for number in 0..self.dice.roll(5) {
            let at = if number == 0 { joined } else { self.some_time().max(joined) };
            let pack = format!("P{number}");
            let tokens = *self.dice.pick(&["20", "100", "500.25", "3000", "0.000001"]);
            self.happens(
                at,
                json!({
                    "type": "PackPurchased", "account": account, "pack": pack, "tokens": tokens,
                }),
            );
            for _ in 0..self.dice.roll(3) {
                let at = self.some_time().max(at);
                let tokens = *self.dice.pick(&["-10", "3.5", "-0.000001", "40", "-500"]);
                let event = json!({
                    "type": "TokensAdjusted", "account": account, "pack": pack,
                    "tokens": tokens, "reason": "made up",
                });
                self.happens(at, event);
            }
        }
    }

    fn subscriptions(&mut self, account: &str, joined: At) {
        for number in 0..self.dice.roll(6) {
            let at = self.some_time().max(joined);
            let subscription = format!("S{number}");
            let offset = At::try_from(self.dice.roll(40)).unwrap() - 20;
            let starts = at + offset * DAY;
            let longest = *self.dice.pick(&[self.days / 4 + 1, 2 * self.days + 60]);
            let ends = starts + (1 + At::try_from(self.dice.roll(longest)).unwrap()) * DAY;
            let offering = *self.dice.pick(&["AutoCAD", "Revit", "AEC", "AEC", "Odd"]);
            let event = json!({
                "type": "SubscriptionPurchased", "account": account, "subscription": subscription,
                "offering": offering, "seats": *self.dice.pick(&[1, 2, 3, 50]),
                "starts": Zone::named("UTC").written(starts), "ends": Zone::named("UTC").written(ends),
            });
            self.happens(at, event);
            for _ in 0..self.dice.roll(9) {
                let (assigned, unassigned) = (self.some_time().max(at), self.some_time().max(at));
                let user = self.somebody();
                let event = |kind: &str| {
                    json!({
                        "type": kind, "account": account, "subscription": subscription,
                        "user": user,
                    })
                };
                self.happens(assigned, event("SubscriptionAssigned"));
                if self.dice.chance(3) {
                    self.happens(unassigned, event("SubscriptionUnassigned"));
                }
            }
        }
    }

    /// A user who may never use anything.
    fn somebody(&mut self) -> &'static str {
        if self.dice.chance(6) {
            self.dice.pick::<&str>(&["idle", "never"])
        } else {
            self.dice.pick::<&str>(&USERS)
        }
    }

    fn access(&mut self, account: &str, joined: At) {
        for _ in 0..self.dice.roll(6) {
            let (at, user) = (self.some_time().max(joined), self.somebody());
            let kind = *self.dice.pick(&["FlexAssigned", "FlexAssigned", "FlexUnassigned"]);
            self.happens(at, json!({ "type": kind, "account": account, "user": user }));
        }
        for _ in 0..self.dice.roll(4) {
            let at = self.some_time().max(joined);
            let mode = *self.dice.pick(&["all_except", "only", "default"]);
            let mut event = json!({ "type": "FlexAccessSet", "account": account, "mode": mode });
            if mode != "default" {
                event["products"] = json!([self.dice.pick(&PRODUCTS), self.dice.pick(&PRODUCTS)]);
            }
            if self.dice.chance(2) {
                event["user"] = json!(self.somebody());
            }
            self.happens(at, event);
        }
    }

    /// The use that one user makes of some products.
    fn use_of(&mut self, account: &str, joined: At, user: &str) {
        for product in PRODUCTS {
            if self.dice.chance(2) {
                continue;
            }
            let one_in = *self.dice.pick(&[1, 2, 4, 15, 60]);
            let last = self.starts + At::try_from(self.days).unwrap() * DAY;
            let mut day = joined;
            while day < last {
                if self.dice.chance(one_in) {
                    let at = day + At::try_from(self.dice.roll(24 * 60)).unwrap() * MINUTE;
                    self.one_use(account, at, user, product);
                }
                day += DAY;
            }
        }
    }

    fn one_use(&mut self, account: &str, at: At, user: &str, product: &str) {
        if product == "Render" && !self.dice.chance(10) {
            let quantity = 1 + self.dice.roll(5);
            let event = json!({
                "type": "ResultProduced", "account": account, "user": user, "product": product,
                "quantity": quantity,
            });
            return self.happens(at, event);
        }
        let session = format!("{user} {product} {at}");
        let mut event = json!({
            "type": "SessionOpened", "account": account, "session": session, "user": user,
            "product": product,
        });
        if !self.dice.chance(3) {
            event["version"] = json!(*self.dice.pick(&["2025", "2026", "2024.1"]));
        }
        self.happens(at, event);
        let mut contact = at;
        for _ in 0..self.dice.roll(3) {
            contact += At::try_from(1 + self.dice.roll(25)).unwrap() * HOUR;
            self.happens(
                contact,
                json!({ "type": "Heartbeat", "account": account, "session": session }),
            );
        }
        if !self.dice.chance(4) {
            contact += At::try_from(1 + self.dice.roll(600)).unwrap() * MINUTE;
            self.happens(
                contact,
                json!({ "type": "SessionClosed", "account": account, "session": session }),
            );
        }
    }

    fn in_order_of_time(&mut self) {
        self.events.sort_by_key(|(at, _)| *at);
    }

    /// Some of the charges are reversed, most of them later.
    fn reversals(&mut self) {
        let (mut ledger, mut journal) = (Ledger::default(), Vec::<Record<'static>>::new());
        for line in self.text().split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let _ = ledger.apply(&parse_line(line).unwrap(), &mut journal);
        }
        for record in journal {
            let Entry::Charged(charge) = &record.entry else { continue };
            if self.dice.chance(20) {
                let at =
                    record.at.unix_nanos() + At::try_from(self.dice.roll(60)).unwrap() * 12 * HOUR;
                let event = json!({
                    "type": "ChargeReversed", "account": record.account, "charge": charge.charge,
                    "user": charge.user, "product": charge.product, "reason": "by mistake",
                });
                self.happens(at, event);
            }
        }
        self.in_order_of_time();
    }

    fn text(&self) -> Vec<u8> {
        let mut text = String::new();
        for (at, event) in &self.events {
            let mut event = event.clone();
            event["at"] = json!(Zone::named("UTC").written(*at));
            writeln!(text, "{event}").unwrap();
        }
        text.into_bytes()
    }
}
