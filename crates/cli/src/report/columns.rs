//! The columns of the reports, in the order of `docs/reports.md`.

use super::sheet::Column;
use super::sheet::Kind::{Number, Share, Text, Time};

pub(crate) const TOKEN_SUMMARY: &[Column] = &[
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
    ("locked_out", Number),
    ("unpaid", Number),
    ("run_out", Time),
];

pub(crate) const TOKEN_BY_DAY: &[Column] = &[
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
    ("product", Text),
    ("tokens_used", Number),
    ("share", Share),
    ("users", Number),
    ("days_of_use", Number),
    ("charges", Number),
    ("refunded", Number),
    ("average_per_day_of_use", Number),
    ("rate", Number),
    ("occasional_users", Number),
    ("frequent_users", Number),
    ("days_1", Number),
    ("days_2_3", Number),
    ("days_4_7", Number),
    ("days_8_15", Number),
    ("days_16", Number),
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
    ("subscriptions", Number),
    ("seats", Number),
    ("assigned", Number),
    ("unassigned", Number),
    ("products_in_use", Number),
];

pub(crate) const SEAT_BY_PRODUCT: &[Column] = &[
    ("product", Text),
    ("users", Number),
    ("days_of_use", Number),
    ("days_1", Number),
    ("days_2_3", Number),
    ("days_4_7", Number),
    ("days_8_15", Number),
    ("days_16", Number),
];

pub(crate) const TOKEN_BY_USER: &[Column] = &[
    ("rank", Number),
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

pub(crate) const ADVICE: &[Column] = &[
    ("account", Text),
    ("user", Text),
    ("product", Text),
    ("days_per_month", Number),
    ("class", Text),
    ("access_now", Text),
    ("tokens_used", Number),
    ("recommended", Text),
    ("tokens_a_month", Number),
    ("break_even_days", Number),
    ("saved_a_month", Number),
];

pub(crate) const USAGE_EXPORT: &[Column] = &[
    ("account", Text),
    ("user", Text),
    ("product", Text),
    ("version", Text),
    ("day_used", Time),
    ("tokens_used", Number),
    ("access", Text),
];

pub(crate) const USER_DETAIL: &[Column] = &[
    ("account", Text),
    ("charge", Number),
    ("at", Time),
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

pub(crate) const USER_WEEKS: &[Column] = &[("week", Text), ("days_of_use", Number)];
