//! The reports that name users.

use std::collections::BTreeSet;

use serde_json::Value;

use super::account::{Account, Charge};
use super::calendar::At;
use super::fraction::{Fraction, amount};
use super::view::{Row, View, by_user, count, grouped, refunded, used};

/// `token by-user`: a row a user and product.
pub(crate) fn token_by_user(view: &View<'_>) -> Vec<Row> {
    let all = view.paid_with_tokens();
    let of_users: Vec<i128> =
        grouped(&all, |it| it.user.clone()).values().map(|charges| used(charges)).collect();
    let row = |((user, product), charges): ((String, String), Vec<&Charge>)| {
        let own: Vec<&Charge> = all.iter().copied().filter(|it| it.user == user).collect();
        let better = of_users.iter().filter(|other| **other > used(&own)).count();
        let days = view.days_of_use(&charges);
        view.row(vec![
            ("user", user.as_str().into()),
            ("product", product.as_str().into()),
            ("tokens_used", amount(used(&charges))),
            ("days_of_use", days.into()),
            ("days_per_month", view.days_per_month(days).number(1)),
            ("class", view.class(days).into()),
            ("versions", view.versions(&user, &product, false)),
            ("charges", charges.len().into()),
            ("last_used", view.written(view.last_used(&user, Some(&product)))),
            ("rank", (better + 1).into()),
        ])
    };
    by_user(&all).into_iter().map(row).collect()
}

impl Account {
    /// "Everybody known in the whole history up to the as-of: used something, was refused something, holds a seat, or is
    /// marked assigned to Flex."
    pub(crate) fn known_users(&self) -> BTreeSet<&str> {
        let used = self.charges.iter().map(|it| it.user.as_str());
        let refused = self.denials.iter().map(|it| it.user.as_str());
        let holders = self.subscriptions.iter().flat_map(|it| &it.holders);
        let holders = holders.map(|(user, _)| user.as_str());
        let assigned = self
            .marked()
            .filter(|user| self.mark(user).is_some_and(|(_, is_assigned)| is_assigned));
        used.chain(refused).chain(holders).chain(assigned).collect()
    }

    /// The latest assignment of the user that still holds: of a seat, or to Flex.
    fn latest_assignment(&self, user: &str) -> Option<At> {
        let seats = self.subscriptions.iter().flat_map(|it| &it.holders);
        let seats = seats.filter(|(holder, _)| holder == user).map(|(_, at)| *at);
        let flex = self.mark(user).filter(|(_, is_assigned)| *is_assigned).map(|(at, _)| at);
        seats.chain(flex).max()
    }
}

/// `user summary`: a row for everybody who is known.
pub(crate) fn user_summary(view: &View<'_>) -> Vec<Row> {
    let row = |user: &str| {
        let charges: Vec<&Charge> =
            view.charges().into_iter().filter(|it| it.user == user).collect();
        let held = view.account.subscriptions.iter();
        let held = held.filter(|it| it.is_held_by(user) && it.is_in_term(view.as_of)).count();
        let may_use_tokens = view.account.may_use_tokens(user, view.catalog);
        let denied = view.account.denials.iter();
        let denied = denied.filter(|it| it.user == user && view.is_in_period(it.at));
        let last_used = view.last_used(user, None);
        let active = last_used.max(view.account.latest_assignment(user));
        let inactive = active.map(|at| (view.today() - view.zone.date(at)).num_days());
        view.row(vec![
            ("user", user.into()),
            ("seats_held", held.into()),
            ("flex_access", if may_use_tokens { "yes" } else { "no" }.into()),
            ("tokens_used", amount(used(&charges))),
            ("days_of_use", view.days_of_use(&charges).into()),
            ("products", count(charges.iter().map(|it| &it.product)).into()),
            ("denied", denied.map(|it| it.count).sum::<i64>().into()),
            ("last_used", view.written(last_used)),
            ("days_inactive", inactive.into()),
        ])
    };
    view.account.known_users().into_iter().map(row).collect()
}

/// `user detail`: the charges of one user, in order of time.
pub(crate) fn detail(view: &View<'_>, user: &str) -> Vec<Row> {
    let mut charges: Vec<&Charge> =
        view.charges().into_iter().filter(|it| it.user == user).collect();
    charges.sort_by_key(|it| (it.at, it.number));
    let row = |it: &Charge| {
        let pack = |(pack, micros): &(String, i128)| {
            Value::from(format!("{pack}:{}", Fraction::amount(*micros).text(6)))
        };
        view.row(vec![
            ("charge", it.number.into()),
            ("at", view.written(Some(it.at))),
            ("date", view.zone.date(it.at).to_string().into()),
            ("product", it.product.as_str().into()),
            ("version", it.version.clone().into()),
            ("session", it.session.clone().into()),
            ("reason", it.reason.into()),
            ("ends_at", view.written(it.ends_at)),
            ("tokens", amount(it.micros)),
            ("packs", it.postings.iter().map(pack).collect()),
            ("subscription", it.subscription.clone().into()),
            ("refunded", amount(it.refunded)),
        ])
    };
    charges.into_iter().map(row).collect()
}

/// The other rows of `user detail`: "days of use, of both kinds, per ISO week and product".
pub(crate) fn weeks(view: &View<'_>, user: &str) -> Vec<Row> {
    let mut charges: Vec<&Charge> =
        view.charges().into_iter().filter(|it| it.user == user).collect();
    charges.retain(|charge| !charge.is_result());
    let week =
        |it: &Charge| (view.zone.date(it.at).format("%G-W%V").to_string(), it.product.clone());
    let row = |((week, product), charges): ((String, String), Vec<&Charge>)| {
        view.row(vec![
            ("week", week.into()),
            ("product", product.into()),
            ("days_of_use", view.days_of_use(&charges).into()),
        ])
    };
    grouped(&charges, week).into_iter().map(row).collect()
}

/// `usage export`: a row a user, product, version, date and kind of access.
pub(crate) fn export(view: &View<'_>) -> Vec<Row> {
    let key = |it: &Charge| {
        let access = if it.is_seat() { "seat" } else { "flex" };
        let date = view.zone.date(it.at);
        (it.user.clone(), it.product.clone(), it.version.clone(), date, access)
    };
    let row = |((user, product, version, date, access), charges): (_, Vec<&Charge>)| {
        let numbers: Vec<u64> = charges.iter().map(|it| it.number).collect();
        let gross: i128 = charges.iter().map(|it| it.micros).sum();
        let (user, product, version): (String, String, Option<String>) = (user, product, version);
        let date: chrono::NaiveDate = date;
        view.row(vec![
            ("user", user.into()),
            ("product", product.into()),
            ("version", version.into()),
            ("day_used", date.to_string().into()),
            ("charge_numbers", Value::from(numbers)),
            ("tokens_used", amount(used(&charges))),
            ("gross_tokens", amount(gross)),
            ("refunded_tokens", amount(refunded(&charges))),
            ("access", Value::from(access)),
        ])
    };
    grouped(&view.charges(), key).into_iter().map(row).collect()
}
