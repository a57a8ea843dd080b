//! The rows of the Standard reports, their fields in the order of the columns.

#[cfg(doc)]
use tallyfold_core::spec::*;

use chrono::NaiveDate;
use tallyfold_core::{Level, Per, Tokens};

use crate::observed::{Class, Observed};
use crate::packs::MovementKind;
use crate::ratio::{Exact, Permille};
use crate::row::row;
use crate::zone::LocalInstant;

row! {
    "token summary" =>
    /// `token summary`: an account.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct TokenSummary {
        /// The account.
        pub account: String,
        /// What is left in usable packs.
        pub tokens_available: Tokens,
        /// What was used of packs that have not expired, net of refunds.
        pub tokens_used_active: Tokens,
        /// The two added.
        pub tokens_total: Tokens,
        /// How full the usable packs are ([N2]).
        pub level: Option<Level>,
        /// When the next usable pack expires that holds tokens.
        pub next_expiry: Option<LocalInstant>,
        /// What expires within 30 × 24 hours if it is not used.
        pub expiring_30: Tokens,
        /// What expires within 60 × 24 hours.
        pub expiring_60: Tokens,
        /// What expires within 90 × 24 hours.
        pub expiring_90: Tokens,
        /// Tokens used in the period.
        pub tokens_used: Tokens,
        /// Days of use in the period, paid with tokens.
        pub days_of_use: u64,
        /// How many results were charged in the period.
        pub results: u64,
        /// Products used with tokens in the period.
        pub products_used: u64,
        /// How many people used tokens in the period.
        pub users: u64,
        /// Tokens used, as an average month; absent with fewer than 28 observed days.
        pub monthly_average: Option<Tokens> => average,
        /// What was given back of the period's charges.
        pub refunded: Tokens,
        /// What expired in the period, with what refunds forfeited.
        pub expired: Tokens,
        /// Opens that were denied in the period.
        pub denied_opens: u64,
        /// Results that were denied in the period.
        pub denied_results: u64,
        /// Sessions that were locked out in the period.
        pub locked_out: u64,
        /// Closes whose window stayed unpaid in the period.
        pub unpaid: u64,
        /// The day on which the tokens run out at the average daily use.
        pub run_out: Option<NaiveDate>,
        /// What expires before it is used, where they do not run out.
        pub expires_unused: Option<Tokens>,
    }
}

row! {
    "token by-day" =>
    /// `token by-day`: an account and a day of its observed part.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct DayRow {
        /// The account.
        pub account: String,
        /// The day.
        pub date: NaiveDate,
        /// Tokens used.
        pub tokens_used: Tokens => summed,
        /// Days of use, paid with tokens.
        pub days_of_use: u64 => summed,
        /// How many people used tokens.
        pub users: u64,
        /// What was available at the end of the day.
        pub balance_end: Tokens,
    }
}

row! {
    "token events" =>
    /// `token events`: a movement of a pack other than by charges.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct MovementRow {
        /// The account.
        pub account: String,
        /// When.
        pub at: LocalInstant,
        /// Which pack.
        pub pack: String,
        /// What happened to it.
        pub movement: MovementKind,
        /// How much came in, or went out where negative.
        pub tokens: Tokens => summed,
        /// What was left in all packs of the account then.
        pub balance_after: Tokens,
    }
}

row! {
    "token by-product" =>
    /// `token by-product`: an account and a product.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct ProductRow {
        /// The account.
        pub account: String,
        /// The product.
        pub product: String,
        /// Tokens used.
        pub tokens_used: Tokens => summed,
        /// Its part of all tokens that the account used.
        pub share: Permille,
        /// How many people used it with tokens.
        pub users: u64,
        /// Days of use, paid with tokens.
        pub days_of_use: u64 => summed,
        /// Charges, refunded ones included; that for results is one.
        pub charges: u64 => summed,
        /// How many results were charged.
        pub results: u64 => summed,
        /// What was given back.
        pub refunded: Tokens => summed,
        /// Tokens used for each day of use, results left out; absent without a day of use.
        pub average_per_day_of_use: Option<Tokens> => average,
        /// The rate in force at the as-of.
        pub rate: Option<Tokens>,
        /// What the rate is for.
        pub rate_per: Option<Per>,
        /// How often its users use it.
        pub classes: UserClasses => flat,
        /// How many of the users used it so many days a month.
        pub histogram: Histogram => flat,
    }
}

row! {
    "token by-version" =>
    /// `token by-version`: an account, a product and the version of its charges.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct VersionRow {
        /// The account.
        pub account: String,
        /// The product.
        pub product: String,
        /// The version, where known.
        pub version: Option<String>,
        /// Tokens used.
        pub tokens_used: Tokens => summed,
        /// How many people used it with tokens.
        pub users: u64,
        /// Days of use, paid with tokens.
        pub days_of_use: u64,
    }
}

row! {
    /// How many users there are of each class. Who only had results is of none.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct UserClasses {
        /// Fewer than 7.5 days of use a month.
        pub occasional_users: u64,
        /// 7.5 days or more.
        pub frequent_users: u64,
        /// Too little was observed to tell.
        pub unknown_users: u64,
    }
}

impl UserClasses {
    pub(crate) fn of(days_by_user: &[u64], observed: Observed) -> UserClasses {
        let mut classes = UserClasses::default();
        for class in days_by_user.iter().filter_map(|days| observed.class(*days)) {
            *match class {
                Class::Occasional => &mut classes.occasional_users,
                Class::Frequent => &mut classes.frequent_users,
                Class::Unknown => &mut classes.unknown_users,
            } += 1;
        }
        classes
    }
}

row! {
    /// How many users there are by days of use a month. The bins meet half way between whole days;
    /// who only had results is in none.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct Histogram {
        /// Fewer than 1.5 days.
        pub days_1: u64,
        /// Fewer than 3.5 days.
        pub days_2_3: u64,
        /// Fewer than 7.5 days.
        pub days_4_7: u64,
        /// Fewer than 15.5 days.
        pub days_8_15: u64,
        /// 15.5 days or more.
        pub days_16: u64,
    }
}

impl Histogram {
    pub(crate) fn of(days_by_user: &[u64], observed: Observed) -> Histogram {
        let mut histogram = Histogram::default();
        for days in days_by_user.iter().filter(|days| **days > 0) {
            *histogram.bin(observed.days_per_month(*days)) += 1;
        }
        histogram
    }

    fn bin(&mut self, days_per_month: Exact) -> &mut u64 {
        let is_below = |halves| days_per_month.compare(Exact::of(halves, 2)).is_lt();
        match () {
            () if is_below(3) => &mut self.days_1,
            () if is_below(7) => &mut self.days_2_3,
            () if is_below(15) => &mut self.days_4_7,
            () if is_below(31) => &mut self.days_8_15,
            () => &mut self.days_16,
        }
    }
}

row! {
    "seat summary" =>
    /// `seat summary`: a subscription.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct SeatSummaryRow {
        /// The account.
        pub account: String,
        /// The subscription.
        pub subscription: String,
        /// What it is for.
        pub offering: String,
        /// How many seats it has.
        pub seats: u64,
        /// How many of them are held.
        pub assigned: u64,
        /// How many are free.
        pub unassigned: u64,
        /// When its term starts.
        pub starts: LocalInstant,
        /// When its term ends.
        pub ends: LocalInstant,
        /// The products that it covered in the period.
        pub products_in_use: Vec<String>,
    }
}

row! {
    "seat totals" =>
    /// `seat summary`: the subscriptions of an account whose term holds the as-of, together.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct SeatTotals {
        /// The account.
        pub account: String,
        /// How many subscriptions there are.
        pub subscriptions: u64,
        /// How many seats they have.
        pub seats: u64,
        /// How many of them are held.
        pub assigned: u64,
        /// How many are free.
        pub unassigned: u64,
        /// The products that they covered in the period.
        pub products_in_use: Vec<String>,
    }
}

row! {
    "seat by-product" =>
    /// `seat by-product`: an account and a product.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct SeatProductRow {
        /// The account.
        pub account: String,
        /// The product.
        pub product: String,
        /// How many people used it by a seat.
        pub users: u64,
        /// Days of use covered by a seat.
        pub days_of_use: u64 => summed,
        /// How often its users use it.
        pub classes: UserClasses => flat,
        /// How many of the users used it so many days a month.
        pub histogram: Histogram => flat,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Period;

    #[test]
    fn bins_meet_half_way() {
        let month = Period::up_to("2026-01-01".parse().unwrap(), "2026-03-01".parse().unwrap());
        let observed = Observed::of(month, Some(month));
        // 0.5, 1, 1.5, 3, 3.5, 7, 7.5, 15, 15.5 and 16 days a month; nobody for no day.
        let histogram = Histogram::of(&[0, 1, 2, 3, 6, 7, 14, 15, 30, 31, 32], observed);
        let Histogram { days_1, days_2_3, days_4_7, days_8_15, days_16 } = histogram;
        assert_eq!([days_1, days_2_3, days_4_7, days_8_15, days_16], [2, 2, 2, 2, 2]);
        let classes = UserClasses::of(&[0, 14, 15], observed);
        assert_eq!((classes.occasional_users, classes.frequent_users), (1, 1));
    }
}
