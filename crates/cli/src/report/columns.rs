//! The columns of the reports, in the order of `docs/reports.md`.

use tallyfold_projections::premium::Prices;

use super::sheet::Column;
use super::sheet::Kind::{Number, Share, Text, Time};

pub(crate) const TOKEN_SUMMARY: &[Column] = &[
    ("account", Text),
    ("tokens_available", Number),
    ("tokens_used_active", Number),
    ("tokens_total", Number),
    ("level", Text),
    ("next_expiry", Time),
    ("expiring_30", Number),
    ("expiring_60", Number),
    ("expiring_90", Number),
    ("tokens_used", Number),
    ("days_of_use", Number),
    ("results", Number),
    ("products_used", Number),
    ("users", Number),
    ("monthly_average", Number),
    ("refunded", Number),
    ("expired", Number),
    ("denied_opens", Number),
    ("denied_results", Number),
    ("locked_out", Number),
    ("unpaid", Number),
    ("run_out", Time),
    ("expires_unused", Number),
];

pub(crate) const TOKEN_BY_DAY: &[Column] = &[
    ("account", Text),
    ("date", Time),
    ("tokens_used", Number),
    ("days_of_use", Number),
    ("users", Number),
    ("balance_end", Number),
];

pub(crate) const TOKEN_EVENTS: &[Column] = &[
    ("account", Text),
    ("at", Time),
    ("pack", Text),
    ("movement", Text),
    ("tokens", Number),
    ("balance_after", Number),
];

pub(crate) const TOKEN_BY_PRODUCT: &[Column] = &[
    ("account", Text),
    ("product", Text),
    ("tokens_used", Number),
    ("share", Share),
    ("users", Number),
    ("days_of_use", Number),
    ("charges", Number),
    ("results", Number),
    ("refunded", Number),
    ("average_per_day_of_use", Number),
    ("rate", Number),
    ("rate_per", Text),
    ("occasional_users", Number),
    ("frequent_users", Number),
    ("unknown_users", Number),
    ("days_1", Number),
    ("days_2_3", Number),
    ("days_4_7", Number),
    ("days_8_15", Number),
    ("days_16", Number),
];

pub(crate) const TOKEN_BY_VERSION: &[Column] = &[
    ("account", Text),
    ("product", Text),
    ("version", Text),
    ("tokens_used", Number),
    ("users", Number),
    ("days_of_use", Number),
];

pub(crate) const SEAT_SUMMARY: &[Column] = &[
    ("account", Text),
    ("subscription", Text),
    ("offering", Text),
    ("seats", Number),
    ("assigned", Number),
    ("unassigned", Number),
    ("starts", Time),
    ("ends", Time),
    ("products_in_use", Text),
];

pub(crate) const SEAT_TOTALS: &[Column] = &[
    ("account", Text),
    ("subscriptions", Number),
    ("seats", Number),
    ("assigned", Number),
    ("unassigned", Number),
    ("products_in_use", Text),
];

pub(crate) const SEAT_BY_PRODUCT: &[Column] = &[
    ("account", Text),
    ("product", Text),
    ("users", Number),
    ("days_of_use", Number),
    ("occasional_users", Number),
    ("frequent_users", Number),
    ("unknown_users", Number),
    ("days_1", Number),
    ("days_2_3", Number),
    ("days_4_7", Number),
    ("days_8_15", Number),
    ("days_16", Number),
];

pub(crate) const TOKEN_BY_USER: &[Column] = &[
    ("account", Text),
    ("user", Text),
    ("product", Text),
    ("tokens_used", Number),
    ("days_of_use", Number),
    ("days_per_month", Number),
    ("class", Text),
    ("versions", Text),
    ("charges", Number),
    ("last_used", Time),
    ("rank", Number),
];

pub(crate) const SEAT_BY_USER: &[Column] = &[
    ("account", Text),
    ("user", Text),
    ("product", Text),
    ("subscription", Text),
    ("days_of_use", Number),
    ("days_per_month", Number),
    ("class", Text),
    ("versions", Text),
    ("last_used", Time),
];

pub(crate) const USER_SUMMARY: &[Column] = &[
    ("account", Text),
    ("user", Text),
    ("seats_held", Number),
    ("flex_access", Text),
    ("tokens_used", Number),
    ("days_of_use", Number),
    ("products", Number),
    ("denied", Number),
    ("last_used", Time),
    ("days_inactive", Number),
];

/// The last one where prices are given.
const ADVICE_ALL: &[Column] = &[
    ("account", Text),
    ("user", Text),
    ("product", Text),
    ("collection", Text),
    ("days_per_month", Number),
    ("class", Text),
    ("access_now", Text),
    ("tokens_used", Number),
    ("recommended", Text),
    ("tokens_a_month", Number),
    ("break_even_days", Number),
    ("saved_a_month", Number),
];

pub(crate) fn advice(prices: &Prices) -> &'static [Column] {
    match ADVICE_ALL.split_last() {
        Some((_, without)) if !prices.are_given() => without,
        _ => ADVICE_ALL,
    }
}

pub(crate) const USAGE_EXPORT: &[Column] = &[
    ("account", Text),
    ("user", Text),
    ("product", Text),
    ("version", Text),
    ("day_used", Time),
    ("charge_numbers", Text),
    ("tokens_used", Number),
    ("gross_tokens", Number),
    ("refunded_tokens", Number),
    ("access", Text),
];

pub(crate) const USER_DETAIL: &[Column] = &[
    ("account", Text),
    ("charge", Number),
    ("at", Time),
    ("date", Time),
    ("product", Text),
    ("version", Text),
    ("session", Text),
    ("reason", Text),
    ("ends_at", Time),
    ("tokens", Number),
    ("packs", Text),
    ("subscription", Text),
    ("refunded", Number),
];

pub(crate) const USER_WEEKS: &[Column] =
    &[("account", Text), ("week", Text), ("product", Text), ("days_of_use", Number)];
