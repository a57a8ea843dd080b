//! The fold of a journal into usage.

use std::mem;

use chrono::{Days as SoManyDays, NaiveDate};
use tallyfold_core::{ChargeReason, Charged, Entry, Instant, Record, SessionEnd, Sink};

use crate::cells::{Access, Cell, Cells, Payment};
use crate::days::{Day, Days};
use crate::editions::Editions;
use crate::names::Names;
use crate::packs::Packs;
use crate::period::Period;
use crate::seats::Seats;
use crate::zone::TimeZone;

/// The usage of one account.
#[derive(Clone, Debug, Default)]
pub(crate) struct AccountUsage {
    pub(crate) cells: Cells,
    pub(crate) days: Days,
    pub(crate) packs: Packs,
    pub(crate) seats: Seats,
}

/// Usage, folded from the journal: the state behind every report but `user detail`.
///
/// State grows with distinct user, product, version, access and day, not with entries, save for
/// four bytes a charge. Usages of different accounts can be [merged](Usage::merge).
///
/// ```
/// use tallyfold_projections::{TimeZone, Usage};
///
/// let mut usage = Usage::new(TimeZone::UTC);
/// // ledger.apply(&event, &mut usage)? for every event, then ask for reports at any time.
/// assert!(usage.days().is_none(), "nothing happened yet");
/// ```
#[derive(Clone, Debug)]
pub struct Usage {
    time_zone: TimeZone,
    names: Names,
    /// By the number of the name.
    accounts: Vec<AccountUsage>,
    editions: Editions,
}

/// Why two usages do not add up.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    /// Each has a part of the account's journal.
    #[error("account `{0}` is in both; one usage must be fed all of an account's journal")]
    Account(String),
    /// Their days are not the same days.
    #[error("one counts the days of {0}, the other those of {1}")]
    TimeZones(TimeZone, TimeZone),
}

impl Usage {
    /// No usage yet; days are those of a time zone.
    #[must_use]
    pub fn new(time_zone: TimeZone) -> Usage {
        Usage {
            time_zone,
            names: Names::default(),
            accounts: Vec::new(),
            editions: Editions::default(),
        }
    }

    /// The time zone whose days are counted.
    #[must_use]
    pub fn time_zone(&self) -> TimeZone {
        self.time_zone
    }

    /// Takes over the usage of other accounts.
    ///
    /// # Errors
    ///
    /// [`MergeError`] where an account is in both, or the days are those of different time zones;
    /// then nothing has changed.
    pub fn merge(&mut self, other: Usage) -> Result<(), MergeError> {
        if self.time_zone != other.time_zone {
            return Err(MergeError::TimeZones(self.time_zone, other.time_zone));
        }
        let is_here = |name: &&str| self.names.find(name).is_some();
        if let Some(name) = other.accounts().map(|(name, _)| name).find(is_here) {
            return Err(MergeError::Account(name.to_owned()));
        }
        let editions = self.editions.adopt(&other.editions);
        for (number, mut account) in (0..).zip(other.accounts) {
            account.cells.renumber_editions(&editions);
            *self.account(other.names.name(number)) = account;
        }
        Ok(())
    }

    /// Only the usage of one account.
    #[must_use]
    pub fn of_account(mut self, name: &str) -> Usage {
        let mut only = Usage::new(self.time_zone);
        if let Some(number) = self.names.find(name) {
            *only.account(name) = mem::take(&mut self.accounts[number as usize]);
        }
        only.editions = self.editions;
        only
    }

    /// From the first day on which anything happened to the day after the last.
    #[must_use]
    pub fn days(&self) -> Option<Period> {
        let days = || self.accounts.iter().flat_map(AccountUsage::all_days);
        Period::new(days().min()?, days().max()?.checked_add_days(SoManyDays::new(1))?)
    }

    /// All accounts, in byte order of their names.
    pub(crate) fn accounts(&self) -> impl Iterator<Item = (&str, &AccountUsage)> {
        let named = |(number, account)| (self.names.name(number), account);
        let mut accounts: Vec<_> = (0..).zip(&self.accounts).map(named).collect();
        accounts.sort_unstable_by_key(|(name, _)| *name);
        accounts.into_iter()
    }

    fn account(&mut self, name: &str) -> &mut AccountUsage {
        let number = self.names.number(name) as usize;
        if number == self.accounts.len() {
            self.accounts.push(AccountUsage::default());
        }
        &mut self.accounts[number]
    }

    /// A charge belongs to the day on which its window starts; a result to the day on which it was
    /// decided.
    fn charge(&mut self, account: &str, charged: &Charged<'_>, at: Instant, today: NaiveDate) {
        let edition = self.editions.number(&charged.product, charged.version.as_deref());
        let starts_at = charged.window.map_or(at, |window| window.starts_at);
        let day = if starts_at == at { today } else { self.time_zone.day(starts_at) };
        let account = self.account(account);
        let access = match (&charged.subscription, charged.reason) {
            (Some(subscription), _) => Access::Seat(account.seats.number(subscription)),
            (None, ChargeReason::Result) => Access::Result,
            (None, _) => Access::Flex,
        };
        let (user, tokens) = (account.cells.user_number(&charged.user), charged.tokens);
        account.cells.charge(Payment { user, edition, access, starts_at, day, tokens });
        account.packs.charge(&charged.postings);
        let today = account.days.on(today);
        today.results += u64::from(charged.quantity.unwrap_or(0));
        today.balance_end = account.packs.available;
    }

    /// The product of a cell, by number.
    pub(crate) fn product(&self, cell: &Cell) -> u32 {
        self.editions.product(cell.edition)
    }

    pub(crate) fn product_name(&self, product: u32) -> &str {
        self.editions.product_name(product)
    }

    pub(crate) fn version(&self, cell: &Cell) -> Option<&str> {
        self.editions.version(cell.edition)
    }
}

impl Sink for Usage {
    fn record(&mut self, record: Record<'_>) {
        let says_nothing = matches!(
            record.entry,
            Entry::SessionClosed { reason: SessionEnd::Closed | SessionEnd::Lapsed, .. }
                | Entry::SessionOpened { .. }
                | Entry::WindowEnded { .. }
                | Entry::ResultDenied { .. }
                | Entry::Notice(_)
        );
        if !says_nothing {
            let day = self.time_zone.day(record.at);
            match &record.entry {
                Entry::Charged(charged) => self.charge(&record.account, charged, record.at, day),
                entry => self.account(&record.account).take(entry, record.at, day),
            }
        }
    }
}

impl AccountUsage {
    fn all_days(&self) -> impl Iterator<Item = NaiveDate> + '_ {
        self.days.iter().map(|it| it.day).chain(self.cells.iter().map(|cell| cell.day))
    }

    /// The cells that belong to a period.
    pub(crate) fn cells_in(&self, period: Period) -> impl Iterator<Item = &Cell> {
        self.cells.iter().filter(move |cell| period.holds(cell.day))
    }

    /// What happened in a period other than charges.
    pub(crate) fn days_in(&self, period: Period) -> impl Iterator<Item = &Day> {
        self.days.during(period).iter()
    }

    /// Takes an entry that is no charge.
    fn take(&mut self, entry: &Entry<'_>, at: Instant, day: NaiveDate) {
        let today = self.days.on(day);
        match entry {
            Entry::PackAdded { pack, tokens, expires_at } => {
                self.packs.add(pack, *tokens, at, *expires_at);
            }
            Entry::Adjusted { pack, tokens, .. } => self.packs.adjust(pack, *tokens, at),
            Entry::PackExpired { pack, tokens } => {
                self.packs.expire(pack, *tokens, at);
                today.expired += *tokens;
            }
            Entry::Refunded(refunded) => {
                self.cells.refund(refunded.charge, refunded.tokens);
                self.packs.refund(&refunded.postings, at);
                today.expired += refunded.forfeited;
            }
            Entry::SessionDenied { .. } => today.denied_opens += 1,
            Entry::SessionClosed { reason: SessionEnd::LockedOut, .. } => today.locked_out += 1,
            Entry::Unpaid { .. } => today.unpaid += 1,
            Entry::Noted(noted) => self.seats.note(noted, &mut self.cells),
            Entry::Charged(_)
            | Entry::SessionClosed { .. }
            | Entry::SessionOpened { .. }
            | Entry::WindowEnded { .. }
            | Entry::ResultDenied { .. }
            | Entry::Notice(_) => {}
        }
        today.balance_end = self.packs.available;
    }
}
