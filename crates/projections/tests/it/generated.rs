//! What the definitions of the reports promise, on generated logs.

use std::collections::BTreeMap;

use tallyfold_core::{Balance, Entry, Instant, Ledger, Record, Sink, Tokens};
use tallyfold_log::parse_line;
use tallyfold_projections::premium::{AccessKind, Class, Pass, Prices};
use tallyfold_projections::standard::Facts;
use tallyfold_projections::{Period, PeriodSpec, TimeZone, Usage};

use crate::journals::{balance, replayed};

/// The journal of a generated log, and what the ledger itself says.
fn folded(seed: u64) -> (Vec<Record<'static>>, Balance, Facts) {
    let (replay, journal) = replayed(seed);
    let as_of = replay.accounts().map(|account| account.at()).max().unwrap();
    (journal, balance(&replay), Facts { as_of, rates: BTreeMap::new(), level: None })
}

fn usage(journal: &[Record<'static>], time_zone: &str) -> Usage {
    let mut usage = Usage::new(time_zone.parse().unwrap());
    journal.iter().cloned().for_each(|record| usage.record(record));
    usage
}

fn sum(amounts: impl IntoIterator<Item = Tokens>) -> Tokens {
    amounts.into_iter().sum()
}

#[test]
fn sums_by_product_user_version_and_day_are_the_summary_and_what_the_ledger_burned() {
    for seed in 1..=6 {
        let (journal, balance, facts) = folded(seed);
        let usage = usage(&journal, "UTC");
        let period = usage.days().unwrap();
        let pass = Pass::forced();
        let summary = usage.token_summary(period, &facts);
        assert_eq!(summary.tokens_used, balance.burned);
        assert_eq!(summary.tokens_available, balance.available);
        assert_eq!(summary.expired, balance.expired);
        let by_product = usage.token_by_product(period, &facts);
        let by_user = usage.token_by_user(pass, period);
        let export = usage.usage_export(pass, period);
        let by_day = usage.token_by_day(period);
        assert_eq!(sum(by_product.iter().map(|row| row.tokens_used)), balance.burned);
        assert_eq!(sum(by_user.iter().map(|row| row.tokens_used)), balance.burned);
        assert_eq!(sum(export.iter().map(|row| row.tokens_used)), balance.burned);
        assert_eq!(sum(by_day.iter().map(|row| row.tokens_used)), balance.burned);
        assert_eq!(by_day.last().unwrap().balance_end, balance.available);
        let days: u64 = by_product.iter().map(|row| row.days_of_use).sum();
        assert_eq!(days, summary.days_of_use);
        assert_eq!(by_user.iter().map(|row| row.days_of_use).sum::<u64>(), days);
        assert_eq!(by_day.iter().map(|row| row.days_of_use).sum::<u64>(), days);
        for row in &by_product {
            let histogram = row.histogram;
            let users = histogram.days_1
                + histogram.days_2_3
                + histogram.days_4_7
                + histogram.days_8_15
                + histogram.days_16;
            assert_eq!(users, row.occasional_users + row.frequent_users);
        }
    }
}

#[test]
fn a_period_split_in_two_adds_up() {
    let (journal, _, facts) = folded(3);
    let usage = usage(&journal, "UTC");
    let whole = usage.days().unwrap();
    let all = usage.token_summary(whole, &facts);
    let mut cut = whole.from().succ_opt().unwrap();
    while cut < whole.to() {
        let halves = [Period::new(whole.from(), cut), Period::new(cut, whole.to())];
        let halves = halves.map(|half| usage.token_summary(half.unwrap(), &facts));
        assert_eq!(halves[0].tokens_used + halves[1].tokens_used, all.tokens_used);
        assert_eq!(halves[0].days_of_use + halves[1].days_of_use, all.days_of_use);
        assert_eq!(halves[0].results + halves[1].results, all.results);
        assert_eq!(halves[0].denied_opens + halves[1].denied_opens, all.denied_opens);
        assert_eq!(halves[0].expired + halves[1].expired, all.expired);
        cut = cut.succ_opt().unwrap();
    }
}

#[test]
fn time_zones_shift_days_and_nothing_else() {
    let (journal, balance, facts) = folded(4);
    for zone in ["Pacific/Kiritimati", "America/Los_Angeles", "Asia/Kathmandu"] {
        let usage = usage(&journal, zone);
        let summary = usage.token_summary(usage.days().unwrap(), &facts);
        assert_eq!(summary.tokens_used, balance.burned, "{zone}");
    }
    let (east, west): (TimeZone, TimeZone) =
        ("Pacific/Kiritimati".parse().unwrap(), "America/Los_Angeles".parse().unwrap());
    let at: Instant = "2026-03-29T10:30:00Z".parse().unwrap();
    assert_eq!(east.to_string(), "Pacific/Kiritimati");
    assert_eq!(east.day(at).to_string(), "2026-03-30");
    assert_eq!(west.day(at).to_string(), "2026-03-29");
    assert!(
        "Europe/Nowhere".parse::<TimeZone>().unwrap_err().to_string().contains("Europe/Madrid")
    );
}

#[test]
fn usages_of_different_accounts_merge_to_the_usage_of_all() {
    let (journal, _, facts) = folded(5);
    let whole = usage(&journal, "UTC");
    let mut merged = Usage::new(TimeZone::UTC);
    for account in ["team-00000", "team-00001", "team-00002"] {
        merged.merge(whole.clone().of_account(account)).unwrap();
    }
    let period = whole.days().unwrap();
    assert_eq!(merged.token_summary(period, &facts), whole.token_summary(period, &facts));
    assert_eq!(merged.token_by_day(period), whole.token_by_day(period));
}

/// The talk's three people, in one month of 30 days.
#[test]
fn the_talks_three_people_are_told_what_it_says() {
    let mut log: Vec<(String, String)> = Vec::new();
    let mut happens = |at: &str, rest: &str| {
        log.push((at.to_owned(), format!(r#"{{"at":"{at}",{rest}}}"#)));
    };
    for product in ["Revit", "Navisworks", "Inventor", "AutoCAD"] {
        let rate = format!(r#""type":"RatePublished","product":"{product}","tokens":7"#);
        happens("2026-06-01T00:00:00Z", &rate);
    }
    let pack = r#""type":"PackPurchased","account":"a","pack":"P","tokens":5000"#;
    happens("2026-06-01T00:00:00Z", pack);
    for (user, product, days) in [
        ("rita", "Revit", 22),
        ("rita", "Navisworks", 2),
        ("ivo", "Inventor", 4),
        ("axel", "AutoCAD", 10),
    ] {
        for day in 1..=days {
            let session = format!("{user}-{product}-{day}");
            let opened = format!(
                r#""type":"SessionOpened","account":"a","session":"{session}","user":"{user}","product":"{product}""#
            );
            happens(&format!("2026-06-{day:02}T08:00:00Z"), &opened);
            let closed = format!(r#""type":"SessionClosed","account":"a","session":"{session}""#);
            happens(&format!("2026-06-{day:02}T16:00:00Z"), &closed);
        }
    }
    log.sort_by(|(one, _), (other, _)| one.cmp(other));
    let (mut ledger, mut usage) = (Ledger::default(), Usage::new(TimeZone::UTC));
    for (_, line) in &log {
        ledger.apply(&parse_line(line.as_bytes()).unwrap(), &mut usage).unwrap();
    }
    let june = Period::new("2026-06-01".parse().unwrap(), "2026-07-01".parse().unwrap()).unwrap();
    let rates = ["Revit", "Navisworks", "Inventor", "AutoCAD"];
    let facts = Facts {
        as_of: "2026-07-01T00:00:00Z".parse().unwrap(),
        rates: rates.map(|product| (product.to_owned(), Tokens::whole(7))).into(),
        level: None,
    };
    let prices = Prices {
        token: Some("3".parse().unwrap()),
        subscription_a_month: [("AutoCAD".to_owned(), "168".parse().unwrap())].into(),
    };
    let advice = usage.advice(Pass::forced(), june, &facts, &prices);
    let told = |user: &str, product: &str| {
        let row = advice.iter().find(|row| row.user == user && row.product == product).unwrap();
        (row.class, row.recommended)
    };
    assert_eq!(told("rita", "Revit"), (Class::Frequent, AccessKind::Seat));
    assert_eq!(told("rita", "Navisworks"), (Class::Occasional, AccessKind::Flex));
    assert_eq!(told("ivo", "Inventor"), (Class::Occasional, AccessKind::Flex));
    assert_eq!(told("axel", "AutoCAD"), (Class::Frequent, AccessKind::Seat));
    let axel = advice.iter().find(|row| row.user == "axel").unwrap();
    assert_eq!(axel.days_per_month.to_string(), "10.1");
    assert_eq!(axel.break_even_days.unwrap().to_string(), "8.0");
    // 10.145833 days at 21 are 213.062499; the subscription is 168.
    assert_eq!(axel.saved_a_month.unwrap().to_string(), "45.062499");
}

/// What would cover the next use, whatever paid for the last.
#[test]
fn access_now_is_a_seat_that_is_held_and_in_term() {
    let journal = |lines: &[&str]| {
        let (mut ledger, mut usage) = (Ledger::default(), Usage::new(TimeZone::UTC));
        for line in lines {
            ledger.apply(&parse_line(line.as_bytes()).unwrap(), &mut usage).unwrap();
        }
        usage
    };
    let usage = journal(&[
        r#"{"type":"RatePublished","at":"2026-06-01T00:00:00Z","product":"Revit","tokens":10}"#,
        r#"{"type":"PackPurchased","at":"2026-06-01T00:00:00Z","account":"a","pack":"P","tokens":100}"#,
        r#"{"type":"SessionOpened","at":"2026-06-01T08:00:00Z","account":"a","session":"1","user":"ana","product":"Revit"}"#,
        r#"{"type":"SessionOpened","at":"2026-06-01T08:00:00Z","account":"a","session":"2","user":"ben","product":"Revit"}"#,
        r#"{"type":"SubscriptionPurchased","at":"2026-06-02T00:00:00Z","account":"a","subscription":"S","offering":"Revit","seats":2,"starts":"2026-06-01T00:00:00Z","ends":"2026-07-01T00:00:00Z"}"#,
        r#"{"type":"SubscriptionAssigned","at":"2026-06-02T00:00:00Z","account":"a","subscription":"S","user":"ana"}"#,
    ]);
    let june = "2026-06".parse::<PeriodSpec>().unwrap();
    let access_now = |as_of: &str| {
        let as_of: Instant = as_of.parse().unwrap();
        let facts = Facts { as_of, rates: BTreeMap::new(), level: None };
        let june = june.resolve(TimeZone::UTC.day(as_of));
        let rows = usage.advice(Pass::forced(), june, &facts, &Prices::default());
        rows.into_iter().map(|row| row.access_now).collect::<Vec<_>>()
    };
    assert_eq!(access_now("2026-06-30T23:59:59Z"), [AccessKind::Seat, AccessKind::Flex]);
    assert_eq!(access_now("2026-07-01T00:00:00Z"), [AccessKind::Flex, AccessKind::Flex]);
}

/// A service asks while it feeds; what it hears is what a fold of so much journal would say.
#[test]
fn reports_can_be_asked_for_between_any_two_entries() {
    let (journal, _, facts) = folded(7);
    let mut fed = Usage::new(TimeZone::UTC);
    for (place, record) in journal.iter().enumerate() {
        fed.record(record.clone());
        if place % 500 == 0 {
            let anew = usage(&journal[..=place], "UTC");
            assert_eq!(fed.days(), anew.days());
            let Some(period) = fed.days() else { continue };
            assert_eq!(fed.token_summary(period, &facts), anew.token_summary(period, &facts));
            assert_eq!(fed.token_by_day(period), anew.token_by_day(period));
            let pass = Pass::forced();
            assert_eq!(fed.usage_export(pass, period), anew.usage_export(pass, period));
            let taken: Tokens = journal[..=place].iter().map(taken).sum();
            assert_eq!(fed.token_summary(period, &facts).tokens_used, taken);
        }
    }
}

/// What an entry took, or gave back.
fn taken(record: &Record<'_>) -> Tokens {
    match &record.entry {
        Entry::Charged(it) => it.tokens,
        Entry::Refunded(it) => -it.tokens,
        _ => Tokens::ZERO,
    }
}
