//! What the evidence of a report says of the log and the accounts reported.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tallyfold_core::Entry;
use tallyfold_log::write_record;

use super::account::Account;
use super::calendar::{At, DAY};
use super::fraction::amount;
use super::log::Log;
use super::view::View;

/// What the evidence must say, whichever report it is of. `given` is the as-of where one is given: without one the
/// whole log is read.
pub(crate) fn evidence(
    log: &Log,
    accounts: &[Account],
    views: &[View<'_>],
    as_of: At,
    given: Option<At>,
) -> Value {
    let names = accounts.iter().map(|account| account.name.clone()).collect();
    json!({
        "events": log.events_folded(Some(&names), given),
        "findings": log.findings(Some(&names), given),
        "log": {
            "events": log.events_folded(None, given),
            "findings": log.findings(None, given),
        },
        "accounts": views.iter().map(|view| of_account(log, view, as_of)).collect::<Vec<_>>(),
        "totals": totals(accounts),
        "journal_sha256": journal_digest(accounts),
    })
}

/// "Each account's last applied event (more than 7 days before the as-of: said to be stale)", and its observed part.
fn of_account(log: &Log, view: &View<'_>, as_of: At) -> Value {
    let last = log.instants_of(&view.account.name).filter(|at| *at <= as_of).last();
    let observed = view.observed();
    let days = observed.days();
    json!({
        "account": view.account.name,
        "last_event": view.written(last),
        "stale": last.is_some_and(|last| as_of - last > 7 * DAY),
        "observed": (days > 0).then(|| format!("{}..{}", observed.from, observed.to)),
        "observed_days": days,
    })
}

/// "Control totals (purchased, adjusted, burned, expired, available, over the accounts reported)."
fn totals(accounts: &[Account]) -> Value {
    let (mut purchased, mut adjusted, mut burned, mut expired) = (0, 0, 0, 0);
    for record in accounts.iter().flat_map(|account| &account.journal) {
        match &record.entry {
            Entry::PackAdded { tokens, .. } => purchased += tokens.micros(),
            Entry::Adjusted { tokens, .. } => adjusted += tokens.micros(),
            Entry::Charged(charge) => burned += charge.tokens.micros(),
            Entry::PackExpired { tokens, .. } => expired += tokens.micros(),
            Entry::Refunded(refund) => {
                burned -= refund.tokens.micros();
                expired += refund.forfeited.micros();
            }
            _ => {}
        }
    }
    json!({
        "purchased": amount(purchased),
        "adjusted": amount(adjusted),
        "burned": amount(burned),
        "expired": amount(expired),
        "available": amount(accounts.iter().map(Account::available).sum()),
    })
}

/// "For each account reported the SHA-256 of its canonical journal lines …; then the SHA-256 over the lines
/// `<hex>  <account, as a JSON string>\n` in byte order of the accounts."
fn journal_digest(accounts: &[Account]) -> String {
    let by_name: BTreeMap<&str, &Account> =
        accounts.iter().map(|account| (account.name.as_str(), account)).collect();
    let mut lines = String::new();
    for (name, account) in by_name {
        let mut journal = Vec::new();
        for record in &account.journal {
            write_record(&mut journal, record).unwrap();
            if !journal.ends_with(b"\n") {
                journal.push(b'\n');
            }
        }
        writeln!(lines, "{}  {}", hex(&journal), Value::from(name)).unwrap();
    }
    hex(lines.as_bytes())
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
