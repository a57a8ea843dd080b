//! Premium reports: usage by name. Each needs a [`Pass`], which the Standard plan does not give.

mod advice;
mod detail;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::Serialize;
use tallyfold_core::{Instant, Plan, Tokens};

pub use advice::{AdviceRow, Prices};
pub use detail::{DetailRow, UserDetail, WeekRow};

use crate::cells::{Access, Cell};
use crate::period::Period;
use crate::ratio::Tenths;
use crate::standard::is_frequent;
use crate::usage::{AccountUsage, Usage};

/// The right to see names.
///
/// ```
/// use tallyfold_core::Plan;
/// use tallyfold_projections::premium::Pass;
///
/// assert!(Pass::under(Plan::Premium).is_ok());
/// let refused = Pass::under(Plan::Standard).unwrap_err();
/// assert!(refused.to_string().contains("50 seats"));
/// ```
///
/// Nobody makes one but by [`Pass::under`], or by saying [`Pass::forced`]:
///
/// ```compile_fail,E0423
/// let pass = tallyfold_projections::premium::Pass(());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Pass(());

/// A Premium report was asked for under the Standard plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "this report shows names, which needs the Premium plan: it must be selected, and the \
     subscriptions in force must have at least 50 seats (premium_min_seats) together (N1)"
)]
pub struct PremiumNeeded;

impl Pass {
    /// The pass that a plan in force gives (N1).
    ///
    /// # Errors
    ///
    /// [`PremiumNeeded`] under the Standard plan.
    pub fn under(plan: Plan) -> Result<Pass, PremiumNeeded> {
        match plan {
            Plan::Premium => Ok(Pass(())),
            Plan::Standard => Err(PremiumNeeded),
        }
    }

    /// A pass for an auditor, whatever the plan. The evidence must say that the plan was forced.
    #[must_use]
    pub fn forced() -> Pass {
        Pass(())
    }
}

/// How often somebody uses a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// At most 7 days of use a month: tokens are for them.
    Occasional,
    /// 8 days or more: a subscription is for them.
    Frequent,
}

impl Class {
    fn of(days_of_use: u64, period: Period) -> Class {
        if is_frequent(days_of_use, period.days()) { Class::Frequent } else { Class::Occasional }
    }
}

/// `token by-user`: a user and a product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TokenUserRow {
    /// The account.
    pub account: String,
    /// The user.
    pub user: String,
    /// The product.
    pub product: String,
    /// Tokens used.
    pub tokens_used: Tokens,
    /// Days of use, paid with tokens.
    pub days_of_use: u64,
    /// The same as days a month.
    pub days_per_month: Tenths,
    /// How often that is.
    pub class: Class,
    /// The versions that were used.
    pub versions: Vec<String>,
    /// Charges, refunded ones included.
    pub charges: u64,
    /// When the last window or result started.
    pub last_used: Instant,
    /// 1 for most tokens: the power users.
    pub rank: u64,
}

/// `seat by-user`: a user and a product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
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
    pub days_of_use: u64,
    /// The same as days a month.
    pub days_per_month: Tenths,
    /// How often that is.
    pub class: Class,
    /// The versions that were used.
    pub versions: Vec<String>,
    /// When the last window started.
    pub last_used: Instant,
}

/// `usage export`: a user, product, version, day and access.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExportRow {
    /// The account.
    pub account: String,
    /// The user.
    pub user: String,
    /// The product.
    pub product: String,
    /// The version, where known.
    pub version: Option<String>,
    /// The day.
    pub day_used: NaiveDate,
    /// Tokens used, net of refunds.
    pub tokens_used: Tokens,
    /// What paid.
    pub access: AccessKind,
}

/// What pays for a use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AccessKind {
    /// Tokens.
    Flex,
    /// A seat of a subscription.
    Seat,
}

/// The cells of one user and product.
struct UserProduct<'a> {
    usage: &'a Usage,
    account_name: &'a str,
    account: &'a AccountUsage,
    user: u32,
    product: u32,
    cells: Vec<&'a Cell>,
}

impl UserProduct<'_> {
    fn user(&self) -> String {
        self.account.cells.user(self.user).to_owned()
    }

    fn product(&self) -> String {
        self.usage.product_name(self.product).to_owned()
    }

    fn tokens_used(&self) -> Tokens {
        self.cells.iter().map(|cell| cell.tokens_used()).sum()
    }

    /// Distinct days to which a charge other than for results belongs.
    fn days_of_use(&self) -> u64 {
        let windows = self.cells.iter().filter(|cell| cell.access() != Access::Result);
        windows.map(|cell| cell.day).collect::<BTreeSet<_>>().len() as u64
    }

    fn versions(&self) -> Vec<String> {
        let versions = self.cells.iter().filter_map(|cell| self.usage.version(cell));
        versions.collect::<BTreeSet<_>>().into_iter().map(str::to_owned).collect()
    }

    fn charges(&self) -> u64 {
        self.cells.iter().map(|cell| u64::from(cell.charges)).sum()
    }

    fn last_used(&self) -> Instant {
        self.cells.iter().map(|cell| cell.last_used).max().unwrap_or(Instant::EARLIEST)
    }

    fn subscriptions(&self) -> Vec<String> {
        let named = self.cells.iter().filter_map(|cell| match cell.access() {
            Access::Seat(number) => Some(self.account.seats.name(number)),
            Access::Flex | Access::Result => None,
        });
        named.collect::<BTreeSet<_>>().into_iter().map(str::to_owned).collect()
    }
}

impl Usage {
    /// `token by-user`, most tokens first.
    #[must_use]
    pub fn token_by_user(&self, _: Pass, period: Period) -> Vec<TokenUserRow> {
        let flex = |cell: &Cell| !cell.is_covered();
        let mut rows: Vec<_> =
            self.by_user(period, flex).iter().map(|it| token_user_row(it, period)).collect();
        rows.sort_by(|one, other| {
            let names =
                |row: &TokenUserRow| (row.account.clone(), row.user.clone(), row.product.clone());
            other.tokens_used.cmp(&one.tokens_used).then_with(|| names(one).cmp(&names(other)))
        });
        let ranks: Vec<u64> = (0..rows.len())
            .map(|place| {
                1 + rows.partition_point(|it| it.tokens_used > rows[place].tokens_used) as u64
            })
            .collect();
        rows.iter_mut().zip(ranks).for_each(|(row, rank)| row.rank = rank);
        rows
    }

    /// `seat by-user`, by account, user and product.
    #[must_use]
    pub fn seat_by_user(&self, _: Pass, period: Period) -> Vec<SeatUserRow> {
        let row = |it: &UserProduct<'_>| SeatUserRow {
            account: it.account_name.to_owned(),
            user: it.user(),
            product: it.product(),
            subscription: it.subscriptions(),
            days_of_use: it.days_of_use(),
            days_per_month: Tenths::days_per_month(it.days_of_use(), period.days()),
            class: Class::of(it.days_of_use(), period),
            versions: it.versions(),
            last_used: it.last_used(),
        };
        let mut rows: Vec<_> = self.by_user(period, Cell::is_covered).iter().map(row).collect();
        rows.sort_by_cached_key(|row| (row.account.clone(), row.user.clone(), row.product.clone()));
        rows
    }

    /// `usage export`: the flat daily export that other tools ingest.
    #[must_use]
    pub fn usage_export(&self, _: Pass, period: Period) -> Vec<ExportRow> {
        let mut rows: BTreeMap<_, Tokens> = BTreeMap::new();
        for (name, account) in self.accounts() {
            for cell in account.cells_in(period) {
                let access = match cell.access() {
                    Access::Seat(_) => AccessKind::Seat,
                    Access::Flex | Access::Result => AccessKind::Flex,
                };
                let user = account.cells.user(cell.user);
                let product = self.product_name(self.product(cell));
                let version = self.version(cell);
                let key = (name, user, product, version, cell.day, access);
                *rows.entry(key).or_default() += cell.tokens_used();
            }
        }
        let row = |((account, user, product, version, day_used, access), tokens_used)| {
            let own = |text: &str| text.to_owned();
            ExportRow {
                account: own(account),
                user: own(user),
                product: own(product),
                version: Option::<&str>::map(version, own),
                day_used,
                tokens_used,
                access,
            }
        };
        rows.into_iter().map(row).collect()
    }

    /// The cells that are wanted, by account, user and product.
    fn by_user(&self, period: Period, wanted: impl Fn(&Cell) -> bool) -> Vec<UserProduct<'_>> {
        let mut groups = Vec::new();
        for (account_name, account) in self.accounts() {
            let mut by_pair: BTreeMap<_, Vec<&Cell>> = BTreeMap::new();
            for cell in account.cells_in(period).filter(|cell| wanted(cell)) {
                by_pair.entry((cell.user, self.product(cell))).or_default().push(cell);
            }
            groups.extend(by_pair.into_iter().map(|((user, product), cells)| UserProduct {
                usage: self,
                account_name,
                account,
                user,
                product,
                cells,
            }));
        }
        groups
    }
}

fn token_user_row(it: &UserProduct<'_>, period: Period) -> TokenUserRow {
    let days_of_use = it.days_of_use();
    TokenUserRow {
        account: it.account_name.to_owned(),
        user: it.user(),
        product: it.product(),
        tokens_used: it.tokens_used(),
        days_of_use,
        days_per_month: Tenths::days_per_month(days_of_use, period.days()),
        class: Class::of(days_of_use, period),
        versions: it.versions(),
        charges: it.charges(),
        last_used: it.last_used(),
        rank: 0,
    }
}
