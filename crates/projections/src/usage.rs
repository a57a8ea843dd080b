//! The fold of a journal into usage.

use std::collections::BTreeMap;
use std::mem;

use chrono::NaiveDate;
use tallyfold_core::{
    ChargeReason, Charged, Consumer, Entry, Noted, Record, SessionEnd, Sink, Span, Timestamp,
    Tokens,
};

use crate::access::TokenAccess;
use crate::cells::{Access, Cell, CellKey, Cells};
use crate::days::{Day, Days};
use crate::editions::Editions;
use crate::names::Names;
use crate::packs::Packs;
use crate::refusals::Refusals;
use crate::seats::Seats;
use crate::uses::Uses;
use crate::zone::TimeZone;

/// The usage of one account.
#[derive(Clone, Debug, Default)]
pub(crate) struct AccountUsage {
    /// The first day on which something happened, and the instant of the first entry.
    began: Option<(NaiveDate, Timestamp)>,
    pub(crate) users: Names,
    pub(crate) uses: Uses,
    pub(crate) cells: Cells,
    pub(crate) days: Days,
    pub(crate) packs: Packs,
    pub(crate) seats: Seats,
    pub(crate) access: TokenAccess,
    pub(crate) refusals: Refusals,
    /// The charge that an open has just made: the entry that follows tells of that open.
    opened_with: Option<u64>,
}

/// Usage, folded from the journal: the state behind every report but `user detail`.
///
/// State grows with distinct user, product, version, access and day, not with entries, save for
/// four bytes a charge. Usages of different accounts can be [merged](Usage::try_merge).
///
/// ```
/// use tallyfold_core::Ledger;
/// use tallyfold_projections::{Facts, PeriodSpec, TimeZone, Usage};
///
/// let (ledger, mut usage) = (Ledger::default(), Usage::new(TimeZone::UTC));
/// // ledger.apply(&event, &mut usage)? for every event, then ask for reports at any time:
/// let facts = Facts::of(&ledger, "2026-01-31T18:00:00Z".parse()?);
/// let reports = usage.reports("past-30-days".parse()?, &facts);
/// assert!(reports.token_summary().is_empty(), "no account has an event yet");
/// # Ok::<(), Box<dyn std::error::Error>>(())
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
///
/// Non-exhaustive: usages may come to differ in more.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
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
    pub fn try_merge(&mut self, other: Usage) -> Result<(), MergeError> {
        if self.time_zone != other.time_zone {
            return Err(MergeError::TimeZones(self.time_zone, other.time_zone));
        }
        let is_here = |name: &&str| self.names.find(name).is_some();
        if let Some(name) = other.accounts().map(|(name, _)| name).find(is_here) {
            return Err(MergeError::Account(name.to_owned()));
        }
        let (editions, products) = self.editions.adopt(&other.editions);
        for (number, mut account) in (0..).zip(other.accounts) {
            account.cells.renumber_editions(&editions);
            account.uses.renumber_products(&products);
            *self.account(other.names.name(number)) = account;
        }
        Ok(())
    }

    /// Only the usage of one account, which is reported even where nothing happened in it.
    #[must_use]
    pub fn of_account(mut self, name: &str) -> Usage {
        let mut only = Usage::new(self.time_zone);
        let account = only.account(name);
        if let Some(number) = self.names.find(name) {
            *account = mem::take(&mut self.accounts[number as usize]);
        }
        only.editions = self.editions;
        only
    }

    /// The first day on which anything happened in any account.
    #[must_use]
    pub fn first_day(&self) -> Option<NaiveDate> {
        self.accounts.iter().filter_map(AccountUsage::first_day).min()
    }

    /// Tokens used on each day on which some were, net of refunds, over all accounts.
    #[must_use]
    pub fn tokens_by_day(&self) -> BTreeMap<NaiveDate, Tokens> {
        let mut by_day: BTreeMap<NaiveDate, Tokens> = BTreeMap::new();
        for cell in self.accounts.iter().flat_map(|account| account.cells.iter()) {
            *by_day.entry(cell.day).or_default() += cell.tokens_used();
        }
        by_day.retain(|_, used| !used.is_zero());
        by_day
    }

    /// All accounts, in byte order of their names.
    pub(crate) fn accounts(&self) -> impl Iterator<Item = (&str, &AccountUsage)> {
        let named = |(number, account)| (self.names.name(number), account);
        let mut accounts: Vec<_> = (0..).zip(&self.accounts).map(named).collect();
        accounts.sort_unstable_by_key(|(name, _)| *name);
        accounts.into_iter()
    }

    fn account(&mut self, name: &str) -> &mut AccountUsage {
        account_of(&mut self.names, &mut self.accounts, name)
    }

    pub(crate) fn product_name(&self, product: u32) -> &str {
        self.editions.product_name(product)
    }

    /// The product of a cell, by number.
    pub(crate) fn product(&self, cell: &Cell) -> u32 {
        self.editions.product(cell.edition)
    }

    pub(crate) fn version(&self, cell: &Cell) -> Option<&str> {
        self.editions.version(cell.edition)
    }
}

/// The account of a name, which comes to be if it was not.
fn account_of<'a>(
    names: &mut Names,
    accounts: &'a mut Vec<AccountUsage>,
    name: &str,
) -> &'a mut AccountUsage {
    let number = names.number(name) as usize;
    if number == accounts.len() {
        accounts.push(AccountUsage::default());
    }
    &mut accounts[number]
}

impl Sink for Usage {
    fn record(&mut self, record: Record<'_>) {
        Consumer::record(self, &record);
    }
}

impl Consumer for Usage {
    fn record(&mut self, record: &Record<'_>) {
        let Usage { time_zone, names, accounts, editions } = self;
        let account = account_of(names, accounts, &record.account);
        let when = When { at: record.at, zone: *time_zone };
        account.begin(when);
        account.take(&record.entry, when, editions);
    }

    /// Takes over the usage of a later part.
    ///
    /// # Panics
    ///
    /// Where [`Usage::try_merge`] would fail: parts of one replay have different accounts, and the days
    /// of one time zone.
    fn merge(&mut self, later: Usage) {
        if let Err(error) = self.try_merge(later) {
            panic!("usages of one replay cannot be merged: {error}");
        }
    }
}

/// When an entry was decided, and what day that was.
#[derive(Clone, Copy)]
struct When {
    at: Timestamp,
    zone: TimeZone,
}

impl When {
    fn day(self) -> NaiveDate {
        self.zone.day(self.at)
    }
}

/// Later than this after an instant no day is earlier than the day of the instant: clocks are
/// never set back by more than a day.
const SET_BACK: Span = Span::hours(26);

impl AccountUsage {
    /// The first day on which something happened.
    pub(crate) fn first_day(&self) -> Option<NaiveDate> {
        self.began.map(|(day, _)| day)
    }

    /// Notes the first day, which where clocks are set back over midnight may come later.
    fn begin(&mut self, when: When) {
        match &mut self.began {
            None => self.began = Some((when.day(), when.at)),
            Some((day, first)) if when.at < *first + SET_BACK => *day = when.day().min(*day),
            Some(_) => {}
        }
    }

    fn take(&mut self, entry: &Entry<'_>, when: When, editions: &mut Editions) {
        match entry {
            Entry::Charged(it) => self.charge(it, when, editions),
            Entry::SessionOpened { version, charge, .. } => {
                self.open(*charge, version.as_deref(), when, editions);
            }
            Entry::SessionClosed { user, product, reason, .. } => match reason {
                SessionEnd::Closed => self.close(user, product, when.at, editions),
                SessionEnd::LockedOut => self.today(when).locked_out += 1,
                SessionEnd::Lapsed => {}
            },
            Entry::SessionDenied { user, .. } => {
                self.today(when).denied_opens += 1;
                self.refuse(user, when, 1);
            }
            Entry::ResultDenied { user, quantity, .. } => {
                self.today(when).denied_results += u64::from(*quantity);
                self.refuse(user, when, u64::from(*quantity));
            }
            Entry::Unpaid { .. } => self.today(when).unpaid += 1,
            Entry::Noted(noted) => self.note(noted, when.at),
            Entry::PackAdded { .. }
            | Entry::PackExpired { .. }
            | Entry::Adjusted { .. }
            | Entry::Refunded(_) => self.move_tokens(entry, when),
            Entry::WindowEnded { .. } | Entry::Notice(_) => {}
        }
    }

    /// The day of an entry, with the balance as it is after it.
    fn today(&mut self, when: When) -> &mut Day {
        let today = self.days.on(when.day());
        today.balance_end = self.packs.available;
        today
    }

    /// A charge belongs to the day on which its window starts; a result to the day on which it was
    /// decided.
    fn charge(&mut self, charged: &Charged<'_>, when: When, editions: &mut Editions) {
        let edition = editions.number(&charged.product, charged.version.as_deref());
        let access = match (&charged.subscription, charged.reason) {
            (Some(subscription), _) => Access::Seat(self.seats.number(subscription)),
            (None, ChargeReason::Result) => Access::Result,
            (None, _) => Access::Flex,
        };
        let starts_at = charged.window.map_or(when.at, |window| window.starts_at);
        let day = when.zone.day(starts_at);
        let user = self.users.number(&charged.user);
        let usage = self.uses.number(user, editions.product(edition), starts_at);
        self.uses.used(usage, starts_at);
        let results = charged.quantity.unwrap_or(0);
        self.cells.charge(CellKey { usage, edition, access, day }, charged.tokens, results);
        self.opened_with = (charged.reason == ChargeReason::Opened).then_some(charged.charge);
        self.packs.charge(&charged.postings);
        self.today(when).results += u64::from(results);
    }

    /// A session was let in: with the charge that it has just made, or into the window of an
    /// earlier one.
    fn open(&mut self, charge: u64, version: Option<&str>, when: When, editions: &mut Editions) {
        if self.opened_with.take() == Some(charge) {
            return;
        }
        let Some(&cell) = self.cells.of_charge(charge) else { return };
        self.uses.used(cell.usage, when.at);
        let edition = match editions.is_of_version(cell.edition, version) {
            true => cell.edition,
            false => {
                let product = editions.product_name(editions.product(cell.edition)).to_owned();
                editions.number(&product, version)
            }
        };
        let (usage, access, day) = (cell.usage, cell.access(), when.day());
        self.cells.join(CellKey { usage, edition, access, day });
    }

    /// The user closed a session.
    fn close(&mut self, user: &str, product: &str, at: Timestamp, editions: &mut Editions) {
        let user = self.users.number(user);
        let usage = self.uses.number(user, editions.product_number(product), at);
        self.uses.used(usage, at);
    }

    fn refuse(&mut self, user: &str, when: When, quantity: u64) {
        let user = self.users.number(user);
        self.refusals.add(user, when.day(), quantity);
    }

    /// Tokens came into a pack or left it, other than by a charge.
    fn move_tokens(&mut self, entry: &Entry<'_>, when: When) {
        let (at, mut expired) = (when.at, Tokens::ZERO);
        match entry {
            Entry::PackAdded { pack, tokens, expires_at } => {
                self.packs.add(pack, *tokens, at, *expires_at);
            }
            Entry::Adjusted { pack, tokens, .. } => self.packs.adjust(pack, *tokens, at),
            Entry::PackExpired { pack, tokens } => {
                self.packs.expire(pack, *tokens, at);
                expired = *tokens;
            }
            Entry::Refunded(refunded) => {
                self.cells.refund(refunded.charge, refunded.tokens);
                self.packs.refund(&refunded.postings, at);
                expired = refunded.forfeited;
            }
            _ => {}
        }
        self.today(when).expired += expired;
    }

    fn note(&mut self, noted: &Noted<'_>, at: Timestamp) {
        match noted {
            Noted::SubscriptionPurchased(it) => self.seats.purchase(it),
            Noted::SubscriptionAssigned(it) => {
                let user = self.users.number(&it.user);
                self.seats.assign(&it.subscription, user, at);
            }
            Noted::SubscriptionUnassigned(it) => {
                let user = self.users.number(&it.user);
                self.seats.unassign(&it.subscription, user);
            }
            Noted::FlexAssigned(it) => self.access.mark(self.users.number(&it.user), true, at),
            Noted::FlexUnassigned(it) => self.access.mark(self.users.number(&it.user), false, at),
            Noted::FlexAccessSet(it) => {
                let user = it.user.as_ref().map(|user| self.users.number(user));
                self.access.set(user, &it.access);
            }
            Noted::PlanSelected(_) => {}
        }
    }

    pub(crate) fn user(&self, number: u32) -> &str {
        self.users.name(number)
    }
}
