//! The rows that an estimate proposes from a log: "by the same definitions".

use serde_json::Value;

use super::fraction::Fraction;
use super::view::{Row, View, grouped, users};

/// What is needed of each product that has a rate per day: its users, how many days a month each of them uses it, and for
/// how many months. With the tokens of all rows: a month's, and in all; "computed exactly and rounded once".
pub(crate) fn needs(view: &View<'_>, months: i64) -> (Vec<Row>, [Value; 2]) {
    let for_months = Fraction::whole(months.into());
    let (mut rows, mut of_all) = (Vec::new(), Fraction::ZERO);
    let mut opened = view.paid_with_tokens();
    opened.retain(|charge| !charge.is_result());
    for (product, charges) in grouped(&opened, |charge| charge.product.clone()) {
        let Some(rate) = view.catalog.rate_per_day(&product).map(Fraction::amount) else {
            continue;
        };
        let users = users(&charges);
        let days = view.days_per_month(view.days_of_use(&charges));
        let a_month = days.times(rate);
        of_all = of_all.plus(a_month);
        rows.push(vec![
            ("product", product.into()),
            ("users", users.into()),
            ("days_a_month", days.divided_by(Fraction::whole(users.into())).number(1)),
            ("months", months.into()),
            ("rate", rate.string()),
            ("tokens_a_month", a_month.string()),
            ("tokens", a_month.times(for_months).string()),
        ]);
    }
    (rows, [of_all.string(), of_all.times(for_months).string()])
}
