//! The columns of the reports, in the order of `docs/reports.md`.
//!
//! Summed columns have a total: the sum over the rows of an account is a number of the account.

use tallyfold_projections::premium::Prices;

use super::sheet::Column;

pub(crate) const TOKEN_SUMMARY: &[Column] = &[
    Column::text("account"),
    Column::amount("tokens_available"),
    Column::amount("tokens_used_active"),
    Column::amount("tokens_total"),
    Column::text("level"),
    Column::instant("next_expiry"),
    Column::amount("expiring_30"),
    Column::amount("expiring_60"),
    Column::amount("expiring_90"),
    Column::amount("tokens_used"),
    Column::count("days_of_use"),
    Column::count("results"),
    Column::count("products_used"),
    Column::count("users"),
    Column::average("monthly_average"),
    Column::amount("refunded"),
    Column::amount("expired"),
    Column::count("denied_opens"),
    Column::count("denied_results"),
    Column::count("locked_out"),
    Column::count("unpaid"),
    Column::date("run_out"),
    Column::amount("expires_unused"),
];

pub(crate) const TOKEN_BY_DAY: &[Column] = &[
    Column::text("account"),
    Column::date("date"),
    Column::amount("tokens_used").summed(),
    Column::count("days_of_use").summed(),
    Column::count("users"),
    Column::amount("balance_end"),
];

pub(crate) const TOKEN_EVENTS: &[Column] = &[
    Column::text("account"),
    Column::instant("at"),
    Column::text("pack"),
    Column::text("movement"),
    Column::amount("tokens").summed(),
    Column::amount("balance_after"),
];

pub(crate) const TOKEN_BY_PRODUCT: &[Column] = &[
    Column::text("account"),
    Column::text("product"),
    Column::amount("tokens_used").summed(),
    Column::share("share"),
    Column::count("users"),
    Column::count("days_of_use").summed(),
    Column::count("charges").summed(),
    Column::count("results").summed(),
    Column::amount("refunded").summed(),
    Column::average("average_per_day_of_use"),
    Column::amount("rate"),
    Column::text("rate_per"),
    Column::count("occasional_users"),
    Column::count("frequent_users"),
    Column::count("unknown_users"),
    Column::count("days_1"),
    Column::count("days_2_3"),
    Column::count("days_4_7"),
    Column::count("days_8_15"),
    Column::count("days_16"),
];

pub(crate) const TOKEN_BY_VERSION: &[Column] = &[
    Column::text("account"),
    Column::text("product"),
    Column::text("version"),
    Column::amount("tokens_used").summed(),
    Column::count("users"),
    Column::count("days_of_use"),
];

pub(crate) const SEAT_SUMMARY: &[Column] = &[
    Column::text("account"),
    Column::text("subscription"),
    Column::text("offering"),
    Column::count("seats"),
    Column::count("assigned"),
    Column::count("unassigned"),
    Column::instant("starts"),
    Column::instant("ends"),
    Column::text("products_in_use"),
];

pub(crate) const SEAT_TOTALS: &[Column] = &[
    Column::text("account"),
    Column::count("subscriptions"),
    Column::count("seats"),
    Column::count("assigned"),
    Column::count("unassigned"),
    Column::text("products_in_use"),
];

pub(crate) const SEAT_BY_PRODUCT: &[Column] = &[
    Column::text("account"),
    Column::text("product"),
    Column::count("users"),
    Column::count("days_of_use").summed(),
    Column::count("occasional_users"),
    Column::count("frequent_users"),
    Column::count("unknown_users"),
    Column::count("days_1"),
    Column::count("days_2_3"),
    Column::count("days_4_7"),
    Column::count("days_8_15"),
    Column::count("days_16"),
];

pub(crate) const TOKEN_BY_USER: &[Column] = &[
    Column::text("account"),
    Column::text("user"),
    Column::text("product"),
    Column::amount("tokens_used").summed(),
    Column::count("days_of_use").summed(),
    Column::decimal("days_per_month"),
    Column::text("class"),
    Column::text("versions"),
    Column::count("charges").summed(),
    Column::instant("last_used"),
    Column::count("rank"),
];

pub(crate) const SEAT_BY_USER: &[Column] = &[
    Column::text("account"),
    Column::text("user"),
    Column::text("product"),
    Column::text("subscription"),
    Column::count("days_of_use").summed(),
    Column::decimal("days_per_month"),
    Column::text("class"),
    Column::text("versions"),
    Column::instant("last_used"),
];

pub(crate) const USER_SUMMARY: &[Column] = &[
    Column::text("account"),
    Column::text("user"),
    Column::count("seats_held"),
    Column::text("flex_access"),
    Column::amount("tokens_used").summed(),
    Column::count("days_of_use").summed(),
    Column::count("products"),
    Column::count("denied").summed(),
    Column::instant("last_used"),
    Column::count("days_inactive"),
];

/// The last one where prices are given.
const ADVICE_ALL: &[Column] = &[
    Column::text("account"),
    Column::text("user"),
    Column::text("product"),
    Column::text("collection"),
    Column::decimal("days_per_month"),
    Column::text("class"),
    Column::text("access_now"),
    Column::amount("tokens_used").summed(),
    Column::text("recommended"),
    Column::average("tokens_a_month"),
    Column::decimal("break_even_days"),
    Column::average("saved_a_month"),
];

pub(crate) fn advice(prices: &Prices) -> &'static [Column] {
    match ADVICE_ALL.split_last() {
        Some((_, without)) if !prices.are_given() => without,
        _ => ADVICE_ALL,
    }
}

pub(crate) const USAGE_EXPORT: &[Column] = &[
    Column::text("account"),
    Column::text("user"),
    Column::text("product"),
    Column::text("version"),
    Column::date("day_used"),
    Column::text("charge_numbers"),
    Column::amount("tokens_used").summed(),
    Column::amount("gross_tokens").summed(),
    Column::amount("refunded_tokens").summed(),
    Column::text("access"),
];

pub(crate) const USER_DETAIL: &[Column] = &[
    Column::text("account"),
    Column::count("charge"),
    Column::instant("at"),
    Column::date("date"),
    Column::text("product"),
    Column::text("version"),
    Column::text("session"),
    Column::text("reason"),
    Column::instant("ends_at"),
    Column::amount("tokens").summed(),
    Column::text("packs"),
    Column::text("subscription"),
    Column::amount("refunded").summed(),
];

pub(crate) const USER_WEEKS: &[Column] = &[
    Column::text("account"),
    Column::text("week"),
    Column::text("product"),
    Column::count("days_of_use").summed(),
];
