//! The token reports that name no user.

use serde_json::Value;
use tallyfold_core::{Entry, Record, SessionEnd};

use super::account::{Account, Charge, Pack};
use super::calendar::DAY;
use super::fraction::{Fraction, amount};
use super::run_out::run_out;
use super::view::{Row, View, count, grouped, refunded, used, users};

/// `token summary`: a row an account.
pub(crate) fn summary(view: &View<'_>) -> Vec<Row> {
    let usable: Vec<&Pack> = view.account.packs.iter().filter(|it| !it.has_expired).collect();
    let available: i128 = usable.iter().map(|pack| pack.available).sum();
    let burned: i128 = usable.iter().map(|pack| pack.burned).sum();
    let holding = || usable.iter().filter(|pack| pack.available > 0);
    let expiring = |days| {
        let soon = holding().filter(|pack| pack.expires_at <= view.as_of + days * DAY);
        amount(soon.map(|pack| pack.available).sum())
    };
    let charges = view.paid_with_tokens();
    let results: i64 = charges.iter().map(|charge| charge.quantity).sum();
    let denied = |of_results| {
        let denials = view.account.denials.iter().filter(|it| it.is_of_results == of_results);
        let denials = denials.filter(|it| view.is_in_period(it.at));
        Value::from(denials.map(|it| it.count).sum::<i64>())
    };
    let (run_out, expires_unused) = run_out(view);
    vec![view.row(vec![
        ("tokens_available", amount(available)),
        ("tokens_used_active", amount(burned)),
        ("tokens_total", amount(available + burned)),
        ("level", view.account.level.into()),
        ("next_expiry", view.written(holding().map(|pack| pack.expires_at).min())),
        ("expiring_30", expiring(30)),
        ("expiring_60", expiring(60)),
        ("expiring_90", expiring(90)),
        ("tokens_used", amount(used(&charges))),
        ("days_of_use", view.days_of_use(&charges).into()),
        ("results", results.into()),
        ("products_used", count(charges.iter().map(|it| &it.product)).into()),
        ("users", users(&charges).into()),
        ("monthly_average", string(view.average_per_month(used(&charges)))),
        ("refunded", amount(refunded(&charges))),
        ("expired", amount(expired(view))),
        ("denied_opens", denied(false)),
        ("denied_results", denied(true)),
        ("locked_out", entries(view, is_locked_out).into()),
        ("unpaid", entries(view, |entry| matches!(entry, Entry::Unpaid { .. })).into()),
        ("run_out", run_out.map(|date| date.to_string()).into()),
        ("expires_unused", expires_unused.map_or(Value::Null, Fraction::string)),
    ])]
}

fn string(fraction: Option<Fraction>) -> Value {
    fraction.map_or(Value::Null, Fraction::string)
}

fn in_period<'a>(view: &'a View<'_>) -> impl Iterator<Item = &'a Record<'static>> {
    view.account.journal.iter().filter(|record| view.is_in_period(record.at.unix_nanos()))
}

fn entries(view: &View<'_>, is_wanted: fn(&Entry<'_>) -> bool) -> usize {
    in_period(view).filter(|record| is_wanted(&record.entry)).count()
}

fn is_locked_out(entry: &Entry<'_>) -> bool {
    matches!(entry, Entry::SessionClosed { reason: SessionEnd::LockedOut, .. })
}

/// What expired in the period, with what refunds forfeited.
fn expired(view: &View<'_>) -> i128 {
    let expired = in_period(view).map(|record| match &record.entry {
        Entry::PackExpired { tokens, .. } => tokens.micros(),
        Entry::Refunded(refund) => refund.forfeited.micros(),
        _ => 0,
    });
    expired.sum()
}

/// How an entry changes what is available in all packs.
fn balance_change(entry: &Entry<'_>) -> i128 {
    match entry {
        Entry::PackAdded { tokens, .. } | Entry::Adjusted { tokens, .. } => tokens.micros(),
        Entry::PackExpired { tokens, .. } => -tokens.micros(),
        Entry::Charged(charge) => -charge.tokens.micros(),
        Entry::Refunded(refund) => refund.tokens.micros() - refund.forfeited.micros(),
        _ => 0,
    }
}

/// `token by-day`: every date of the observed part.
pub(crate) fn by_day(view: &View<'_>) -> Vec<Row> {
    let dated = grouped(&view.paid_with_tokens(), |it| view.zone.date(it.at));
    let row = |date: chrono::NaiveDate| {
        let charges = dated.get(&date).cloned().unwrap_or_default();
        let end = view.zone.end_of(date);
        let until = view.account.journal.iter().filter(|it| it.at.unix_nanos() <= end);
        let balance = until.map(|record| balance_change(&record.entry)).sum();
        view.row(vec![
            ("date", date.to_string().into()),
            ("tokens_used", amount(used(&charges))),
            ("days_of_use", view.days_of_use(&charges).into()),
            ("users", users(&charges).into()),
            ("balance_end", amount(balance)),
        ])
    };
    view.observed().dates().map(row).collect()
}

/// `token events`: what came into packs, and what went out of them other than by charges.
pub(crate) fn events(view: &View<'_>) -> Vec<Row> {
    let (mut rows, mut balance) = (Vec::new(), 0);
    let mut expired: Vec<String> = Vec::new();
    for record in &view.account.journal {
        let at = record.at.unix_nanos();
        let mut moved = |pack: &str, movement: &str, micros: i128, balance: i128| {
            if view.is_in_period(at) {
                rows.push(view.row(vec![
                    ("at", view.written(Some(at))),
                    ("pack", pack.into()),
                    ("movement", movement.into()),
                    ("tokens", amount(micros)),
                    ("balance_after", amount(balance)),
                ]));
            }
        };
        let after = balance + balance_change(&record.entry);
        match &record.entry {
            Entry::PackAdded { pack, tokens, .. } => {
                moved(pack, "purchased", tokens.micros(), after);
            }
            Entry::Adjusted { pack, tokens, .. } => moved(pack, "adjusted", tokens.micros(), after),
            Entry::PackExpired { pack, tokens } => {
                moved(pack, "expired", -tokens.micros(), after);
                expired.push(pack.to_string());
            }
            // X2: each posting returns to its pack, and what belongs to an expired one is expired at once.
            Entry::Refunded(refund) => {
                for posting in refund.postings.iter() {
                    if expired.iter().any(|pack| *pack == posting.pack) {
                        moved(&posting.pack, "expired", -posting.tokens.micros(), balance);
                    } else {
                        balance += posting.tokens.micros();
                    }
                }
            }
            _ => {}
        }
        balance = after;
    }
    rows
}

/// `token by-product`.
pub(crate) fn by_product(view: &View<'_>) -> Vec<Row> {
    let all = view.paid_with_tokens();
    let of_account = Fraction::amount(used(&all));
    let row = |(product, charges): (String, Vec<&Charge>)| {
        let tokens_used = used(&charges);
        let share = match of_account.is_zero() {
            true => Fraction::ZERO,
            false => Fraction::amount(tokens_used).divided_by(of_account),
        };
        let opened: Vec<&Charge> = charges.iter().copied().filter(|it| !it.is_result()).collect();
        let days = view.days_of_use(&charges);
        let average = (days > 0)
            .then(|| Fraction::amount(used(&opened)).divided_by(Fraction::whole(days.into())));
        let rate = view.catalog.rate(&product);
        let results: i64 = charges.iter().map(|charge| charge.quantity).sum();
        let mut columns = vec![
            ("product", product.as_str().into()),
            ("tokens_used", amount(tokens_used)),
            ("share", share.number(3)),
            ("users", users(&charges).into()),
            ("days_of_use", days.into()),
            ("charges", charges.len().into()),
            ("results", results.into()),
            ("refunded", amount(refunded(&charges))),
            ("average_per_day_of_use", string(average)),
            ("rate", rate.map_or(Value::Null, |rate| amount(rate.micros))),
            ("rate_per", rate.map(|rate| rate.per).into()),
        ];
        columns.extend(view.class_columns(&charges));
        columns.extend(view.histogram_columns(&charges));
        view.row(columns)
    };
    grouped(&all, |charge| charge.product.clone()).into_iter().map(row).collect()
}

/// `token by-version`: by the version of the charge; none is a row without.
pub(crate) fn by_version(view: &View<'_>) -> Vec<Row> {
    let row = |((product, version), charges): ((String, Option<String>), Vec<&Charge>)| {
        view.row(vec![
            ("product", product.into()),
            ("version", version.into()),
            ("tokens_used", amount(used(&charges))),
            ("users", users(&charges).into()),
            ("days_of_use", view.days_of_use(&charges).into()),
        ])
    };
    let versions = grouped(&view.paid_with_tokens(), |it| (it.product.clone(), it.version.clone()));
    versions.into_iter().map(row).collect()
}

impl Account {
    /// What is available in all packs.
    pub(crate) fn available(&self) -> i128 {
        self.packs.iter().map(|pack| pack.available).sum()
    }
}
