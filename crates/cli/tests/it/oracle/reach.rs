//! What the made-up logs reach: a comparison of tables that never say anything would prove nothing.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Answer;

/// Columns whose every value counts.
const NAMES: [&str; 8] = [
    "level",
    "movement",
    "rate_per",
    "class",
    "access_now",
    "recommended",
    "access",
    "flex_access",
];

/// What is said somewhere in the tables: `table.column=value`, or whether it is null, zero or something.
pub(crate) fn said(answer: &Answer) -> BTreeSet<String> {
    let mut said = BTreeSet::new();
    let of_details = answer.details.iter().flat_map(|(_, tables)| &tables[0]);
    let of_details = of_details.map(|row| ("user_detail", row));
    let of_tables =
        answer.tables.iter().flat_map(|(name, rows)| rows.iter().map(move |row| (*name, row)));
    for (table, row) in of_tables.chain(of_details) {
        for (column, value) in row {
            let value = match value {
                Value::Null => "null",
                Value::String(text) if NAMES.contains(column) => text,
                Value::String(text) if text == "0" || text == "0.00" => "zero",
                Value::Number(number) if number.as_f64() == Some(0.0) => "zero",
                Value::Bool(true) => "true",
                Value::Bool(false) => "false",
                Value::Array(list) if list.len() > 1 => "several",
                _ => "some",
            };
            said.insert(format!("{table}.{column}={value}"));
        }
    }
    said
}

/// What everything that was said lacks of what the made-up logs must reach.
pub(crate) fn missing(reached: &BTreeSet<String>) -> Vec<String> {
    let columns = [
        ("token_summary.level", &["ok", "low", "empty", "null"][..]),
        ("token_summary.next_expiry", &["null", "some"]),
        ("token_summary.monthly_average", &["null", "zero", "some"]),
        ("token_summary.refunded", &["zero", "some"]),
        ("token_summary.expired", &["zero", "some"]),
        ("token_summary.denied_opens", &["zero", "some"]),
        ("token_summary.denied_results", &["zero", "some"]),
        ("token_summary.locked_out", &["zero", "some"]),
        ("token_summary.unpaid", &["zero", "some"]),
        ("token_summary.run_out", &["null", "some"]),
        ("token_summary.expires_unused", &["null", "zero", "some"]),
        ("token_events.movement", &["purchased", "adjusted", "expired"]),
        ("token_by_product.rate_per", &["day", "result"]),
        ("token_by_product.average_per_day_of_use", &["null", "zero", "some"]),
        ("token_by_product.days_1", &["zero", "some"]),
        ("token_by_product.days_2_3", &["some"]),
        ("token_by_product.days_4_7", &["some"]),
        ("token_by_product.days_8_15", &["some"]),
        ("token_by_product.days_16", &["some"]),
        ("token_by_version.version", &["null", "some"]),
        ("token_by_user.class", &["occasional", "frequent", "unknown", "null"]),
        ("token_by_user.versions", &["several"]),
        ("seat_summary.products_in_use", &["several"]),
        ("seat_totals.assigned", &["zero", "some"]),
        ("seat_by_product.frequent_users", &["some"]),
        ("seat_by_user.class", &["occasional", "frequent", "unknown"]),
        ("seat_by_user.subscription", &["several"]),
        ("user_summary.seats_held", &["zero", "some"]),
        ("user_summary.flex_access", &["yes", "no"]),
        ("user_summary.last_used", &["null", "some"]),
        ("user_summary.days_inactive", &["null", "zero", "some"]),
        ("user_detail.reason", &["some"]),
        ("user_detail.ends_at", &["null", "some"]),
        ("user_detail.packs", &["several"]),
        ("user_detail.refunded", &["zero", "some"]),
        ("advice.collection", &["true", "false"]),
        ("advice.access_now", &["flex", "seat", "none"]),
        ("advice.recommended", &["flex", "seat", "null"]),
        ("advice.tokens_a_month", &["null", "zero", "some"]),
        ("advice.break_even_days", &["null", "some"]),
        ("advice.saved_a_month", &["null", "zero", "some"]),
        ("usage_export.access", &["flex", "seat"]),
        ("usage_export.charge_numbers", &["several"]),
        ("usage_export.refunded_tokens", &["zero", "some"]),
    ];
    let wanted = columns
        .iter()
        .flat_map(|(column, values)| values.iter().map(move |value| format!("{column}={value}")));
    wanted.filter(|wanted| !reached.contains(wanted)).collect()
}
