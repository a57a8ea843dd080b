//! The seat reports.

use std::collections::BTreeSet;

use serde_json::Value;

use super::account::{Charge, Subscription};
use super::fraction::Fraction;
use super::view::{Row, View, by_user, grouped, users};

/// `seat summary`: a row a subscription, in order of purchase.
pub(crate) fn summary(view: &View<'_>) -> Vec<Row> {
    let row = |it: &Subscription| {
        let assigned = i64::try_from(it.holders.len()).unwrap();
        view.row(vec![
            ("subscription", it.name.as_str().into()),
            ("offering", it.offering.as_str().into()),
            ("seats", it.seats.into()),
            ("assigned", assigned.into()),
            ("unassigned", (it.seats - assigned).into()),
            ("starts", view.written(Some(it.starts))),
            ("ends", view.written(Some(it.ends))),
            ("products_in_use", products_in_use(view, &[it])),
        ])
    };
    view.account.subscriptions.iter().map(row).collect()
}

/// The totals of `seat summary`: "of those whose term holds the as-of, a row an account".
pub(crate) fn totals(view: &View<'_>) -> Vec<Row> {
    let in_term: Vec<&Subscription> =
        view.account.subscriptions.iter().filter(|it| it.is_in_term(view.as_of)).collect();
    let seats: i64 = in_term.iter().map(|it| it.seats).sum();
    let assigned: usize = in_term.iter().map(|it| it.holders.len()).sum();
    let assigned = i64::try_from(assigned).unwrap();
    vec![view.row(vec![
        ("subscriptions", in_term.len().into()),
        ("seats", seats.into()),
        ("assigned", assigned.into()),
        ("unassigned", (seats - assigned).into()),
        ("products_in_use", products_in_use(view, &in_term)),
    ])]
}

/// The products that subscriptions covered in the period.
fn products_in_use(view: &View<'_>, subscriptions: &[&Subscription]) -> Value {
    let is_covered = |charge: &&Charge| {
        subscriptions.iter().any(|it| charge.subscription.as_ref() == Some(&it.name))
    };
    let covered = view.covered().into_iter().filter(is_covered);
    let products: BTreeSet<String> = covered.map(|charge| charge.product.clone()).collect();
    products.into_iter().collect()
}

/// `seat by-product`.
pub(crate) fn by_product(view: &View<'_>) -> Vec<Row> {
    let row = |(product, charges): (String, Vec<&Charge>)| {
        let mut columns = vec![
            ("product", product.into()),
            ("users", users(&charges).into()),
            ("days_of_use", view.days_of_use(&charges).into()),
        ];
        columns.extend(view.class_columns(&charges));
        columns.extend(view.histogram_columns(&charges));
        view.row(columns)
    };
    grouped(&view.covered(), |charge| charge.product.clone()).into_iter().map(row).collect()
}

/// `seat by-user`.
pub(crate) fn of_users(view: &View<'_>) -> Vec<Row> {
    let row = |((user, product), charges): ((String, String), Vec<&Charge>)| {
        let subscriptions: BTreeSet<String> =
            charges.iter().filter_map(|it| it.subscription.clone()).collect();
        let days = view.days_of_use(&charges);
        view.row(vec![
            ("user", user.as_str().into()),
            ("product", product.as_str().into()),
            ("subscription", subscriptions.into_iter().collect()),
            ("days_of_use", days.into()),
            ("days_per_month", Fraction::number(view.days_per_month(days), 1)),
            ("class", view.class(days).into()),
            ("versions", view.versions(&user, &product, true)),
            ("last_used", view.written(view.last_used(&user, Some(&product)))),
        ])
    };
    by_user(&view.covered()).into_iter().map(row).collect()
}
