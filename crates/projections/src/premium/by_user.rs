//! `token by-user` and `seat by-user`.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use tallyfold_core::Tokens;

use super::Pass;
use crate::cells::{Access, Cell};
use crate::observed::Class;
use crate::ratio::{Exact, Tenths};
use crate::reports::{ReportedAccount, Reports};
use crate::row::row;
use crate::uses::Use;
use crate::zone::LocalInstant;

row! {
    "token by-user" =>
    /// `token by-user`: an account, user and product.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct TokenUserRow {
        /// The account.
        pub account: String,
        /// The user.
        pub user: String,
        /// The product.
        pub product: String,
        /// Tokens used.
        pub tokens_used: Tokens => summed,
        /// Days of use, paid with tokens.
        pub days_of_use: u64 => summed,
        /// The same as days a month.
        pub days_per_month: Tenths,
        /// How often that is; absent for who only had results.
        pub class: Option<Class>,
        /// The versions that were charged or opened.
        pub versions: Vec<String>,
        /// Charges, refunded ones included.
        pub charges: u64 => summed,
        /// When it was last used, in whatever way, up to the as-of.
        pub last_used: LocalInstant,
        /// The place of the user among all by tokens over all products: 1 for most.
        pub rank: u64,
    }
}

row! {
    "seat by-user" =>
    /// `seat by-user`: an account, user and product.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct SeatUserRow {
        /// The account.
        pub account: String,
        /// The user.
        pub user: String,
        /// The product.
        pub product: String,
        /// The subscriptions that covered it.
        pub subscription: Vec<String>,
        /// Days of use, covered by a seat.
        pub days_of_use: u64 => summed,
        /// The same as days a month.
        pub days_per_month: Tenths,
        /// How often that is.
        pub class: Option<Class>,
        /// The versions that were charged or opened.
        pub versions: Vec<String>,
        /// When it was last used, in whatever way, up to the as-of.
        pub last_used: LocalInstant,
    }
}

/// The cells of one user and product in a period.
pub(super) struct UserProduct<'a> {
    pub(super) account: ReportedAccount<'a>,
    pub(super) usage: Use,
    pub(super) user: &'a str,
    pub(super) product: &'a str,
    cells: Vec<&'a Cell>,
}

impl UserProduct<'_> {
    pub(super) fn tokens_used(&self) -> Tokens {
        self.cells.iter().map(|cell| cell.tokens_used()).sum()
    }

    /// Distinct days to which a charge other than for results belongs.
    pub(super) fn days_of_use(&self) -> u64 {
        let days = self.cells.iter().filter_map(|cell| cell.day_of_use());
        days.collect::<BTreeSet<NaiveDate>>().len() as u64
    }

    /// The days of use as days a month, unrounded.
    pub(super) fn days_per_month(&self) -> Exact {
        self.account.observed.days_per_month(self.days_of_use())
    }

    pub(super) fn class(&self) -> Option<Class> {
        self.account.observed.class(self.days_of_use())
    }

    fn charges(&self) -> u64 {
        self.cells.iter().map(|cell| u64::from(cell.charges)).sum()
    }

    fn subscriptions(&self) -> Vec<String> {
        let charged = self.cells.iter().filter(|cell| cell.charges > 0);
        let named = charged.filter_map(|cell| match cell.access() {
            Access::Seat(number) => Some(self.account.usage.seats.name(number)),
            Access::Flex | Access::Result => None,
        });
        named.collect::<BTreeSet<_>>().into_iter().map(str::to_owned).collect()
    }
}

impl<'a> Reports<'a> {
    /// The cells that are given, by user and product, in byte order of their names. Who only
    /// joined windows of charges outside the period is left out.
    pub(super) fn by_user(
        &self,
        account: &ReportedAccount<'a>,
        cells: impl Iterator<Item = &'a Cell>,
    ) -> Vec<UserProduct<'a>> {
        let mut cells: Vec<_> = cells.collect();
        cells.sort_by_key(|cell| cell.usage);
        let groups = cells.chunk_by(|one, next| one.usage == next.usage);
        let charged = groups.filter(|cells| cells.iter().any(|cell| cell.charges > 0));
        let group = |cells: &[&'a Cell]| {
            let usage = *account.usage.uses.get(cells.first()?.usage);
            Some(UserProduct {
                account: *account,
                usage,
                user: account.usage.user(usage.user),
                product: self.usage.product_name(usage.product),
                cells: cells.to_vec(),
            })
        };
        let mut groups: Vec<_> = charged.filter_map(group).collect();
        groups.sort_by_key(|it| (it.user, it.product));
        groups
    }

    fn versions(&self, it: &UserProduct<'_>) -> Vec<String> {
        let versions = it.cells.iter().filter_map(|cell| self.usage.version(cell));
        versions.collect::<BTreeSet<_>>().into_iter().map(str::to_owned).collect()
    }

    /// `token by-user`.
    #[must_use]
    pub fn token_by_user(&self, _: Pass) -> Vec<TokenUserRow> {
        self.accounts().flat_map(|account| self.token_users_of(account)).collect()
    }

    fn token_users_of(&self, account: &ReportedAccount<'a>) -> Vec<TokenUserRow> {
        let groups = self.by_user(account, account.token_cells());
        let mut by_user: BTreeMap<u32, Tokens> = BTreeMap::new();
        for it in &groups {
            *by_user.entry(it.usage.user).or_default() += it.tokens_used();
        }
        let mut ranked: Vec<_> = by_user.values().copied().collect();
        ranked.sort_unstable_by(|one, other| other.cmp(one));
        let rank = |user: u32| {
            let used = by_user.get(&user).copied().unwrap_or_default();
            1 + ranked.partition_point(|more| *more > used) as u64
        };
        let row = |it: &UserProduct<'_>| TokenUserRow {
            account: account.name.to_owned(),
            user: it.user.to_owned(),
            product: it.product.to_owned(),
            tokens_used: it.tokens_used(),
            days_of_use: it.days_of_use(),
            days_per_month: it.days_per_month().into(),
            class: it.class(),
            versions: self.versions(it),
            charges: it.charges(),
            last_used: self.local(it.usage.last_used),
            rank: rank(it.usage.user),
        };
        groups.iter().map(row).collect()
    }

    /// `seat by-user`.
    #[must_use]
    pub fn seat_by_user(&self, _: Pass) -> Vec<SeatUserRow> {
        self.accounts().flat_map(|account| self.seat_users_of(account)).collect()
    }

    fn seat_users_of(&self, account: &ReportedAccount<'a>) -> Vec<SeatUserRow> {
        let row = |it: &UserProduct<'_>| SeatUserRow {
            account: account.name.to_owned(),
            user: it.user.to_owned(),
            product: it.product.to_owned(),
            subscription: it.subscriptions(),
            days_of_use: it.days_of_use(),
            days_per_month: it.days_per_month().into(),
            class: it.class(),
            versions: self.versions(it),
            last_used: self.local(it.usage.last_used),
        };
        self.by_user(account, account.seat_cells()).iter().map(row).collect()
    }
}
