//! One account in one period, and the definitions that the reports share.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde_json::Value;

use super::account::{Account, Charge};
use super::calendar::{At, Zone, day_after};
use super::fraction::Fraction;
use super::log::Catalog;
use super::period::{Period, whole_months};

/// A row: the columns in their order.
pub(crate) type Row = Vec<(&'static str, Value)>;

/// One account, and what is asked of it.
pub(crate) struct View<'a> {
    pub account: &'a Account,
    pub catalog: &'a Catalog,
    pub zone: Zone,
    pub period: Period,
    pub as_of: At,
    /// Those that belong to the period.
    charges: Charges<'a>,
}

/// Charges of one user and product, or of one product, and so on.
pub(crate) type Charges<'a> = Vec<&'a Charge>;

impl<'a> View<'a> {
    pub(crate) fn new(
        account: &'a Account,
        catalog: &'a Catalog,
        zone: Zone,
        period: Period,
        as_of: At,
    ) -> View<'a> {
        // "A charge belongs to the instant at which its window starts (a result: at which it was decided)."
        let charges = account.charges.iter();
        let charges = charges.filter(|charge| period.holds(zone.date(charge.at))).collect();
        View { account, catalog, zone, period, as_of, charges }
    }

    pub(crate) fn today(&self) -> NaiveDate {
        self.zone.date(self.as_of)
    }

    pub(crate) fn is_in_period(&self, at: At) -> bool {
        self.period.holds(self.zone.date(at))
    }

    /// "Its days from the first day on which the account has an applied event through the day of the as-of."
    pub(crate) fn observed(&self) -> Period {
        let Some(first) = self.account.first else {
            return Period { from: self.period.from, to: self.period.from };
        };
        let from = self.period.from.max(self.zone.date(first));
        let to = self.period.to.min(day_after(self.today()));
        Period { from, to: to.max(from) }
    }

    /// "The calendar months that lie whole in the observed part, plus its other days / 30.4375; at least 1 where there are 28
    /// observed days or more."
    fn months_observed(&self) -> Fraction {
        let (months, other_days) = whole_months(self.observed());
        let part = Fraction::of(i128::from(other_days) * 10_000, 304_375);
        let months = Fraction::whole(months.into()).plus(part);
        let at_least_one = self.is_extrapolated() && months.is_less_than(Fraction::whole(1));
        if at_least_one { Fraction::whole(1) } else { months }
    }

    /// From 28 observed days on.
    pub(crate) fn is_extrapolated(&self) -> bool {
        self.observed().days() >= 28
    }

    /// The charges that belong to the period.
    pub(crate) fn charges(&self) -> Charges<'a> {
        self.charges.clone()
    }

    /// Those paid with tokens, results among them.
    pub(crate) fn paid_with_tokens(&self) -> Charges<'a> {
        self.charges().into_iter().filter(|charge| !charge.is_seat()).collect()
    }

    pub(crate) fn covered(&self) -> Charges<'a> {
        self.charges().into_iter().filter(|charge| charge.is_seat()).collect()
    }

    /// "A distinct (user, product, date) to which a charge other than `result` belongs."
    pub(crate) fn days_of_use(&self, charges: &[&Charge]) -> i64 {
        let opened = charges.iter().filter(|charge| !charge.is_result());
        count(opened.map(|it| (&it.user, &it.product, self.zone.date(it.at))))
    }

    /// "Days of use / months observed … With fewer than 28 observed days: the days of use themselves."
    pub(crate) fn days_per_month(&self, days_of_use: i64) -> Fraction {
        let days = Fraction::whole(days_of_use.into());
        if self.is_extrapolated() { days.divided_by(self.months_observed()) } else { days }
    }

    /// "Who has no day of use, only results, has none."
    pub(crate) fn class(&self, days_of_use: i64) -> Option<&'static str> {
        let is_occasional = self.days_per_month(days_of_use).is_less_than(Fraction::of(15, 2));
        match (days_of_use, self.is_extrapolated()) {
            (0, _) => None,
            (8.., false) => Some("frequent"),
            (_, false) => Some("unknown"),
            (_, true) if is_occasional => Some("occasional"),
            (_, true) => Some("frequent"),
        }
    }

    /// "A month's is the sum / months observed, absent with fewer than 28 observed days."
    pub(crate) fn average_per_month(&self, micros: i128) -> Option<Fraction> {
        let sum = Fraction::amount(micros);
        self.is_extrapolated().then(|| sum.divided_by(self.months_observed()))
    }

    /// "A day's is the sum / observed days, absent with fewer than 7."
    pub(crate) fn average_per_day(&self, micros: i128) -> Option<Fraction> {
        let days = self.observed().days();
        (days >= 7).then(|| Fraction::amount(micros).divided_by(Fraction::whole(days.into())))
    }

    /// The days of use of each user among charges for one product, without those who have none.
    fn days_of_users(&self, charges: &[&Charge]) -> Vec<i64> {
        let users: BTreeSet<_> = charges.iter().map(|it| &it.user).collect();
        let of_user = |user: &String| {
            let own: Charges<'_> = charges.iter().copied().filter(|it| it.user == *user).collect();
            self.days_of_use(&own)
        };
        users.into_iter().map(of_user).filter(|days| *days > 0).collect()
    }

    /// How many users of each class there are among charges for one product.
    pub(crate) fn class_columns(&self, charges: &[&Charge]) -> Row {
        let days = self.days_of_users(charges);
        let users = |class| days.iter().filter(|days| self.class(**days) == Some(class)).count();
        vec![
            ("occasional_users", users("occasional").into()),
            ("frequent_users", users("frequent").into()),
            ("unknown_users", users("unknown").into()),
        ]
    }

    /// "Bins are by unrounded days per month and meet half way, as the classes do (1.5, 3.5, 7.5, 15.5)."
    pub(crate) fn histogram_columns(&self, charges: &[&Charge]) -> Row {
        let halves = |halves: i128| Fraction::of(halves, 2);
        let days = self.days_of_users(charges);
        let users = |from: Fraction, to: Option<Fraction>| {
            let is_in = |days: &&i64| {
                let per_month = self.days_per_month(**days);
                !per_month.is_less_than(from) && to.is_none_or(|to| per_month.is_less_than(to))
            };
            Value::from(days.iter().filter(is_in).count())
        };
        vec![
            ("days_1", users(Fraction::ZERO, Some(halves(3)))),
            ("days_2_3", users(halves(3), Some(halves(7)))),
            ("days_4_7", users(halves(7), Some(halves(15)))),
            ("days_8_15", users(halves(15), Some(halves(31)))),
            ("days_16", users(halves(31), None)),
        ]
    }

    /// "Those of charges and of opens let in (joining ones too) into a window of the row's kind, in the period."
    pub(crate) fn versions(&self, user: &str, product: &str, of_seats: bool) -> Value {
        let of_charges = self
            .charges()
            .into_iter()
            .filter(|it| it.user == user && it.product == product && it.is_seat() == of_seats)
            .filter_map(|it| it.version.clone());
        let of_opens = self
            .account
            .opens
            .iter()
            .filter(|it| it.user == user && it.product == product && self.is_in_period(it.at))
            .filter(|it| self.account.charge(it.charge).is_seat() == of_seats)
            .filter_map(|it| it.version.clone());
        let versions: BTreeSet<String> = of_charges.chain(of_opens).collect();
        versions.into_iter().collect()
    }

    /// "The latest instant, in the whole history up to the as-of, of a charge's start, an open that was let in, or a close by the
    /// user (not a lapse)." Of every product where none is given.
    pub(crate) fn last_used(&self, user: &str, product: Option<&str>) -> Option<At> {
        let is_wanted = |its_user: &str, its_product: &str| {
            its_user == user && product.is_none_or(|product| product == its_product)
        };
        let charges = self.account.charges.iter();
        let charges = charges.filter(|it| is_wanted(&it.user, &it.product)).map(|it| it.at);
        let opens = self.account.opens.iter();
        let opens = opens.filter(|it| is_wanted(&it.user, &it.product)).map(|it| it.at);
        let closes = self.account.closes.iter();
        let closes = closes.filter(|(_, user, product)| is_wanted(user, product)).map(|it| it.0);
        charges.chain(opens).chain(closes).max()
    }

    /// An instant as reports write it.
    pub(crate) fn written(&self, at: Option<At>) -> Value {
        at.map(|at| self.zone.written(at)).into()
    }

    /// A row of this account.
    pub(crate) fn row(&self, columns: Row) -> Row {
        let account = ("account", Value::from(self.account.name.as_str()));
        std::iter::once(account).chain(columns).collect()
    }
}

/// How many different things there are.
pub(crate) fn count<T: Ord>(things: impl Iterator<Item = T>) -> i64 {
    i64::try_from(things.collect::<BTreeSet<_>>().len()).unwrap()
}

pub(crate) fn used(charges: &[&Charge]) -> i128 {
    charges.iter().map(|charge| charge.used()).sum()
}

pub(crate) fn refunded(charges: &[&Charge]) -> i128 {
    charges.iter().map(|charge| charge.refunded).sum()
}

pub(crate) fn users(charges: &[&Charge]) -> i64 {
    count(charges.iter().map(|charge| &charge.user))
}

/// Charges by what `key` says of them, in order of the keys.
pub(crate) fn grouped<'a, K: Ord>(
    charges: &Charges<'a>,
    key: impl Fn(&Charge) -> K,
) -> BTreeMap<K, Charges<'a>> {
    let mut groups: BTreeMap<K, Charges<'a>> = BTreeMap::new();
    for &charge in charges {
        groups.entry(key(charge)).or_default().push(charge);
    }
    groups
}

/// Charges by user and product.
pub(crate) fn by_user<'a>(charges: &Charges<'a>) -> BTreeMap<(String, String), Charges<'a>> {
    grouped(charges, |charge| (charge.user.clone(), charge.product.clone()))
}
