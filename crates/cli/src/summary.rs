//! The result of a replay as tables that a person likes to read.

use std::io::{self, Write};

use tallyfold_core::{AccountAt, Balance, Level, Plan, Timestamp};
use tallyfold_engine::Run;

use crate::findings;
use crate::table::{Column, and_more, render};
use crate::tally::{ByProduct, ProductCharges, Tally};
use crate::text::{count, tokens};

/// How many accounts are shown one by one.
const SHOWN_ACCOUNTS: usize = 20;
/// How many packs are shown.
const SHOWN_PACKS: usize = 20;

/// Writes what was read, balances by account, packs, charges by product, what was denied, and findings.
pub(crate) fn write<C>(out: &mut impl Write, run: &Run<C>, tally: &Tally) -> io::Result<()> {
    let Tally { by_product, denied } = tally;
    let accounts = run.accounts().count();
    writeln!(out, "{}\n", headline(run, accounts))?;
    if accounts > 0 {
        writeln!(out, "{}", balances(run.accounts(), accounts))?;
    }
    if let Some(packs) = packs(run.accounts()) {
        writeln!(out, "{packs}")?;
    }
    if !by_product.products.is_empty() {
        writeln!(out, "{}", charges(by_product))?;
    }
    let denied = denied.lines();
    if !denied.is_empty() {
        writeln!(out, "{}\n", denied.join("\n"))?;
    }
    if run.findings().is_empty() {
        writeln!(out, "No findings.")
    } else {
        write!(out, "{}", findings::table(run.findings()))
    }
}

/// How many lines there were, and what they came to.
fn headline<C>(run: &Run<C>, accounts: usize) -> String {
    let malformed = findings::malformed(run.findings());
    let not_applied = findings::not_applied(run.findings());
    let number =
        |n: u64, one: &str, many: &str| format!("{} {}", count(n), if n == 1 { one } else { many });
    let mut parts = vec![
        number(run.event_count() - not_applied, "event applied", "events applied"),
        format!("{} not applied", count(not_applied)),
    ];
    if malformed > 0 {
        parts.push(format!("{} malformed", count(malformed)));
    }
    let as_of = run.settled_at().map(|at| format!(" as of {at}")).unwrap_or_default();
    let lines = number(run.line_count(), "line", "lines");
    let accounts = number(accounts as u64, "account", "accounts");
    format!("{lines} read: {}{as_of}; {accounts}", parts.join(", "))
}

fn balances<'a>(settled: impl Iterator<Item = AccountAt<'a>>, accounts: usize) -> String {
    let columns = [
        Column::Text("account"),
        Column::Number("purchased"),
        Column::Number("adjusted"),
        Column::Number("burned"),
        Column::Number("expired"),
        Column::Number("available"),
        Column::Text("level"),
        Column::Text("plan"),
        Column::Number("charges"),
        Column::Number("live"),
        Column::Text("settled at"),
    ];
    let mut rows = Vec::new();
    let (mut sum, mut charges) = (Balance::default(), 0);
    for account in settled {
        let balance = account.tokens();
        sum += balance;
        charges += account.charge_count();
        if rows.len() < SHOWN_ACCOUNTS {
            let live = count(account.live_sessions().count() as u64);
            let words = [level(account.level()).into(), plan(account.plan()).into()];
            let last = [count(account.charge_count()), live, account.at().to_string()];
            rows.push(balance_row(account.account(), balance, words, last));
        }
    }
    if accounts > 1 {
        let last = [count(charges), String::new(), String::new()];
        rows.push(balance_row("all", sum, [String::new(), String::new()], last));
    }
    render("Balances", &columns, &rows) + &and_more(accounts.saturating_sub(SHOWN_ACCOUNTS) as u64)
}

fn balance_row(name: &str, sum: Balance, words: [String; 2], last: [String; 3]) -> Vec<String> {
    let amounts = [sum.purchased, sum.adjusted, sum.burned, sum.expired, sum.available];
    let mut row = vec![name.to_owned()];
    row.extend(amounts.map(tokens));
    row.extend(words);
    row.extend(last);
    row
}

fn level(level: Option<Level>) -> &'static str {
    match level {
        None => "",
        Some(Level::Ok) => "ok",
        Some(Level::Low) => "low",
        Some(Level::Empty) => "empty",
    }
}

fn plan(plan: Plan) -> &'static str {
    match plan {
        Plan::Standard => "standard",
        Plan::Premium => "premium",
    }
}

fn packs<'a>(settled: impl Iterator<Item = AccountAt<'a>>) -> Option<String> {
    let columns = [
        Column::Text("account"),
        Column::Text("pack"),
        Column::Text("purchased at"),
        Column::Text("expires at"),
        Column::Number("tokens"),
        Column::Number("adjusted"),
        Column::Number("burned"),
        Column::Number("expired"),
        Column::Number("available"),
    ];
    let mut rows = Vec::new();
    let mut others = 0_u64;
    for account in settled {
        for pack in account.packs() {
            if rows.len() == SHOWN_PACKS {
                others += 1;
                continue;
            }
            let mut row = vec![account.account().to_owned(), pack.pack.to_string()];
            row.extend([pack.purchased_at, pack.expires_at].map(|at: Timestamp| at.to_string()));
            let it = pack.balance;
            let amounts = [it.purchased, it.adjusted, it.burned, it.expired, it.available];
            row.extend(amounts.map(tokens));
            rows.push(row);
        }
    }
    (!rows.is_empty()).then(|| render("Packs, in burn order", &columns, &rows) + &and_more(others))
}

fn charges(by_product: &ByProduct) -> String {
    let columns = [
        Column::Text("product"),
        Column::Number("charges"),
        Column::Number("covered"),
        Column::Number("tokens"),
    ];
    let mut rows = Vec::new();
    let mut sum = ProductCharges::default();
    for (product, it) in &by_product.products {
        rows.push(charge_row(product, it));
        sum.charges += it.charges;
        sum.covered += it.covered;
        sum.tokens += it.tokens;
    }
    rows.push(charge_row("all", &sum));
    if !by_product.refunded.is_zero() {
        let refunded = tokens(-by_product.refunded);
        rows.push(vec!["refunded".into(), String::new(), String::new(), refunded]);
    }
    render("Charges by product", &columns, &rows)
}

fn charge_row(name: &str, it: &ProductCharges) -> Vec<String> {
    vec![name.to_owned(), count(it.charges), count(it.covered), tokens(it.tokens)]
}
