//! What the definitions of the reports promise, on generated logs.

use std::collections::BTreeMap;

use chrono::Days;
use tallyfold_core::{Balance, Entry, LogFold, Record, Sink, Timestamp, Tokens};
use tallyfold_projections::premium::Pass;
use tallyfold_projections::{Facts, PeriodSpec, Reports, TimeZone, Usage};

use crate::journals::{balance, replayed};

/// The journal of a generated log, and what the ledger itself says.
fn folded(seed: u64) -> (Vec<Record<'static>>, Balance, Facts) {
    let (replay, journal) = replayed(seed);
    (journal, balance(&replay), facts(&replay))
}

fn facts(replay: &LogFold) -> Facts {
    let as_of = replay.accounts().map(|account| account.at()).max().unwrap();
    Facts::of(replay.ledger(), as_of)
}

fn usage(journal: &[Record<'static>], time_zone: &str) -> Usage {
    let mut usage = Usage::new(time_zone.parse().unwrap());
    journal.iter().cloned().for_each(|record| usage.record(record));
    usage
}

fn sum(amounts: impl IntoIterator<Item = Tokens>) -> Tokens {
    amounts.into_iter().sum()
}

/// Tokens used, days of use and refunds of each account, as its summary has them.
fn by_account(reports: &Reports<'_>) -> BTreeMap<String, (Tokens, u64, Tokens)> {
    let of = |row: tallyfold_projections::standard::TokenSummary| {
        (row.account, (row.tokens_used, row.days_of_use, row.refunded))
    };
    reports.token_summary().into_iter().map(of).collect()
}

/// Rows of an account, a number each of tokens, added up by account.
fn added_up(rows: impl IntoIterator<Item = (String, Tokens)>) -> BTreeMap<String, Tokens> {
    let mut sums = BTreeMap::new();
    for (account, tokens) in rows {
        *sums.entry(account).or_default() += tokens;
    }
    sums.retain(|_, tokens: &mut Tokens| !tokens.is_zero());
    sums
}

/// That every report of a period adds up to the summaries, account by account.
fn check_sums(reports: &Reports<'_>) {
    let pass = Pass::forced();
    let summaries = by_account(reports);
    let used = added_up(summaries.iter().map(|(name, row)| (name.clone(), row.0)));
    let (products, versions) = (reports.token_by_product(), reports.token_by_version());
    let (users, days) = (reports.token_by_user(pass), reports.token_by_day());
    let (export, people) = (reports.usage_export(pass), reports.user_summary(pass));
    let products_used = products.iter().map(|row| (row.account.clone(), row.tokens_used));
    assert_eq!(added_up(products_used), used);
    let versions_used = versions.iter().map(|row| (row.account.clone(), row.tokens_used));
    assert_eq!(added_up(versions_used), used);
    assert_eq!(added_up(users.iter().map(|row| (row.account.clone(), row.tokens_used))), used);
    assert_eq!(added_up(days.iter().map(|row| (row.account.clone(), row.tokens_used))), used);
    assert_eq!(added_up(export.iter().map(|row| (row.account.clone(), row.tokens_used))), used);
    assert_eq!(added_up(people.iter().map(|row| (row.account.clone(), row.tokens_used))), used);
    let refunded = sum(summaries.values().map(|row| row.2));
    assert_eq!(sum(products.iter().map(|row| row.refunded)), refunded);
    let days_of_use: u64 = summaries.values().map(|row| row.1).sum();
    assert_eq!(products.iter().map(|row| row.days_of_use).sum::<u64>(), days_of_use);
    assert_eq!(users.iter().map(|row| row.days_of_use).sum::<u64>(), days_of_use);
    assert_eq!(days.iter().map(|row| row.days_of_use).sum::<u64>(), days_of_use);
    for row in &export {
        assert_eq!(row.tokens_used, row.gross_tokens - row.refunded_tokens);
    }
    for row in &products {
        let (classes, bins) = (row.classes, row.histogram);
        let classed = classes.occasional_users + classes.frequent_users + classes.unknown_users;
        let binned = bins.days_1 + bins.days_2_3 + bins.days_4_7 + bins.days_8_15 + bins.days_16;
        assert_eq!(classed, binned);
        assert!(classed <= row.users);
    }
}

#[test]
fn sums_by_product_user_version_and_day_are_the_summary_and_what_the_ledger_burned() {
    for seed in 1..=6 {
        let (journal, balance, facts) = folded(seed);
        for zone in ["UTC", "Pacific/Kiritimati", "America/Los_Angeles", "Asia/Kathmandu"] {
            let usage = usage(&journal, zone);
            let reports = usage.reports(PeriodSpec::HISTORY, &facts);
            check_sums(&reports);
            let summaries = reports.token_summary();
            assert_eq!(sum(summaries.iter().map(|row| row.tokens_used)), balance.burned);
            assert_eq!(sum(usage.tokens_by_day().into_values()), balance.burned);
            assert_eq!(sum(summaries.iter().map(|row| row.tokens_available)), balance.available);
            assert_eq!(sum(summaries.iter().map(|row| row.expired)), balance.expired);
            let whole = reports.period();
            for days in [1, 7, 30] {
                let from = whole.to().checked_sub_days(Days::new(2 * days)).unwrap();
                let to = whole.to().checked_sub_days(Days::new(days)).unwrap();
                check_sums(&usage.reports(PeriodSpec::Range(Some(from), Some(to)), &facts));
            }
        }
    }
}

#[test]
fn the_last_balance_is_what_is_available() {
    let (journal, balance, facts) = folded(2);
    let usage = usage(&journal, "UTC");
    let days = usage.reports(PeriodSpec::HISTORY, &facts).token_by_day();
    let last: BTreeMap<_, _> = days.iter().map(|row| (&row.account, row.balance_end)).collect();
    assert_eq!(sum(last.into_values()), balance.available);
}

#[test]
fn a_period_split_in_two_adds_up() {
    let (journal, _, facts) = folded(3);
    let usage = usage(&journal, "UTC");
    let whole = usage.reports(PeriodSpec::HISTORY, &facts);
    let all = whole.token_summary();
    let (from, to) = (whole.period().from(), whole.period().to());
    for cut in from.iter_days().skip(1).take_while(|cut| *cut < to) {
        let half = |from, to| {
            usage.reports(PeriodSpec::Range(Some(from), Some(to)), &facts).token_summary()
        };
        for ((one, two), all) in half(from, cut).iter().zip(half(cut, to)).zip(&all) {
            assert_eq!(one.tokens_used + two.tokens_used, all.tokens_used);
            assert_eq!(one.days_of_use + two.days_of_use, all.days_of_use);
            assert_eq!(one.results + two.results, all.results);
            assert_eq!(one.denied_opens + two.denied_opens, all.denied_opens);
            assert_eq!(one.denied_results + two.denied_results, all.denied_results);
            assert_eq!(one.expired + two.expired, all.expired);
        }
    }
}

#[test]
fn time_zones_say_what_day_it_is() {
    let zone = |name: &str| name.parse::<TimeZone>();
    let at: Timestamp = "2026-03-29T10:30:00Z".parse().unwrap();
    assert_eq!(zone("Pacific/Kiritimati").unwrap().day(at).to_string(), "2026-03-30");
    assert_eq!(zone("America/Los_Angeles").unwrap().day(at).to_string(), "2026-03-29");
    assert!(zone("Europe/Nowhere").unwrap_err().to_string().contains("Europe/Madrid"));
}

/// What is said of an account does not depend on who else is in the log.
#[test]
fn an_unrelated_account_changes_nothing() {
    let (journal, _, facts) = folded(5);
    let whole = usage(&journal, "UTC");
    let mut merged = Usage::new(TimeZone::UTC);
    let january: PeriodSpec = "2026-01".parse().unwrap();
    for account in ["team-00000", "team-00001", "team-00002"] {
        let of_account: Vec<_> =
            journal.iter().filter(|record| record.account == account).cloned().collect();
        let alone = usage(&of_account, "UTC");
        let (alone_rows, all_rows) =
            (alone.reports(january, &facts), whole.reports(january, &facts));
        let is_own = |name: &String| name == account;
        let pass = Pass::forced();
        let of = |reports: &Reports<'_>| {
            let mut products = reports.token_by_product();
            products.retain(|row| is_own(&row.account));
            let mut users = reports.token_by_user(pass);
            users.retain(|row| is_own(&row.account));
            let mut advice = reports.advice(pass, &Default::default());
            advice.retain(|row| is_own(&row.account));
            let mut summaries = reports.token_summary();
            summaries.retain(|row| is_own(&row.account));
            (products, users, advice, summaries)
        };
        assert_eq!(of(&alone_rows), of(&all_rows));
        merged.try_merge(whole.clone().of_account(account)).unwrap();
    }
    // Usages of different accounts merge to the usage of all.
    let (merged, whole) = (merged.reports(january, &facts), whole.reports(january, &facts));
    assert_eq!(merged.token_summary(), whole.token_summary());
    assert_eq!(merged.token_by_day(), whole.token_by_day());
    assert_eq!(merged.usage_export(Pass::forced()), whole.usage_export(Pass::forced()));
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
            let [fed, anew] = [&fed, &anew].map(|it| it.reports(PeriodSpec::HISTORY, &facts));
            assert_eq!(fed.period(), anew.period());
            assert_eq!(fed.token_summary(), anew.token_summary());
            assert_eq!(fed.token_by_day(), anew.token_by_day());
            let pass = Pass::forced();
            assert_eq!(fed.usage_export(pass), anew.usage_export(pass));
            let taken: Tokens = journal[..=place].iter().map(taken).sum();
            assert_eq!(sum(fed.token_summary().iter().map(|row| row.tokens_used)), taken);
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
