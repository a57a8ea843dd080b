//! The fold of a journal into usage: by user, product, version, access and day.

use std::collections::BTreeMap;
use std::fmt;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::str::FromStr;

use chrono::{DateTime, Days, NaiveDate, Offset, TimeZone as _};
use hashbrown::HashTable;
use tallyfold_core::{
    ChargeReason, Charged, Entry, Instant, Record, Refunded, SessionEnd, Sink, Tokens,
};

use crate::names::Names;
use crate::packs::Packs;
use crate::period::Period;
use crate::seats::Seats;

/// A time zone of the IANA database, which says what day it is.
///
/// The database is part of the program, so that a day is the same day on every machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TimeZone(chrono_tz::Tz);

impl TimeZone {
    /// UTC, the default.
    pub const UTC: TimeZone = TimeZone(chrono_tz::Tz::UTC);

    /// The day of an instant.
    #[must_use]
    pub fn day(self, at: Instant) -> NaiveDate {
        let utc = DateTime::from_timestamp_nanos(at.unix_nanos()).naive_utc();
        (utc + self.0.offset_from_utc_datetime(&utc).fix()).date()
    }
}

impl fmt::Display for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0.name())
    }
}

/// A name that no time zone has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no time zone; a time zone has an IANA name such as Europe/Madrid or UTC")]
pub struct TimeZoneError(String);

impl FromStr for TimeZone {
    type Err = TimeZoneError;

    fn from_str(name: &str) -> Result<TimeZone, TimeZoneError> {
        name.parse().map(TimeZone).map_err(|_| TimeZoneError(name.to_owned()))
    }
}

/// How a charge was paid for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Access {
    /// With tokens, for a window.
    Flex,
    /// With tokens, for results.
    Result,
    /// By a seat of this subscription.
    Seat(u32),
}

/// Whose usage of what, paid how, on which day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct CellKey {
    pub(crate) user: u32,
    pub(crate) product: u32,
    /// Its number, counted from 1; 0 for none.
    pub(crate) version: u32,
    pub(crate) access: Access,
    pub(crate) day: NaiveDate,
}

/// Keys are dense numbers of our own making, so nobody can choose ones that collide.
type Hashing = BuildHasherDefault<DefaultHasher>;

/// What was charged.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cell {
    pub(crate) key: CellKey,
    /// What the charges took, refunds not taken off.
    pub(crate) charged: Tokens,
    /// What was given back of it, whenever.
    pub(crate) refunded: Tokens,
    pub(crate) charges: u32,
    pub(crate) last_used: Instant,
}

impl Cell {
    /// Tokens used: net of refunds.
    pub(crate) fn used(&self) -> Tokens {
        self.charged - self.refunded
    }
}

/// What happened on a day other than charges.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct DayEvents {
    pub(crate) expired: Tokens,
    pub(crate) denied_opens: u64,
    pub(crate) locked_out: u64,
    pub(crate) unpaid: u64,
    /// What was available after the last movement of tokens on that day.
    pub(crate) balance_end: Option<Tokens>,
}

/// The usage of one account.
#[derive(Clone, Debug, Default)]
pub(crate) struct AccountUsage {
    pub(crate) users: Names,
    pub(crate) products: Names,
    pub(crate) versions: Names,
    pub(crate) packs: Packs,
    pub(crate) seats: Seats,
    pub(crate) cells: Vec<Cell>,
    index: HashTable<u32>,
    /// The cell of each charge, so that a refund finds it: the one thing that grows with charges,
    /// four bytes each.
    cell_of_charge: Vec<u32>,
    pub(crate) days: BTreeMap<NaiveDate, DayEvents>,
}

/// Usage, folded from the journal: the state behind every report but `user detail`.
///
/// State grows with distinct user, product, version and day, not with entries, save for four bytes
/// a charge. Usages of different accounts can be [merged](Usage::merge).
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
}

impl Usage {
    /// No usage yet; days are those of a time zone.
    #[must_use]
    pub fn new(time_zone: TimeZone) -> Usage {
        Usage { time_zone, names: Names::default(), accounts: Vec::new() }
    }

    /// The time zone whose days are counted.
    #[must_use]
    pub fn time_zone(&self) -> TimeZone {
        self.time_zone
    }

    /// Takes over the usage of other accounts. An account in both keeps the one that is here.
    pub fn merge(&mut self, other: Usage) {
        for (number, account) in (0..).zip(other.accounts) {
            let name = other.names.name(number);
            if self.names.find(name).is_none() {
                *self.account(name) = account;
            }
        }
    }

    /// Only the usage of one account.
    #[must_use]
    pub fn of_account(mut self, name: &str) -> Usage {
        let mut only = Usage::new(self.time_zone);
        if let Some(number) = self.names.find(name) {
            *only.account(name) = std::mem::take(&mut self.accounts[number as usize]);
        }
        only
    }

    /// From the first day on which anything happened to the day after the last.
    #[must_use]
    pub fn days(&self) -> Option<Period> {
        let days = || self.accounts.iter().flat_map(AccountUsage::all_days);
        Period::new(days().min()?, days().max()?.checked_add_days(Days::new(1))?)
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
            let (day, time_zone) = (self.time_zone.day(record.at), self.time_zone);
            self.account(&record.account).take(&record, day, time_zone);
        }
    }
}

impl AccountUsage {
    fn all_days(&self) -> impl Iterator<Item = NaiveDate> + '_ {
        self.days.keys().copied().chain(self.cells.iter().map(|cell| cell.key.day))
    }

    /// The cells that belong to a period.
    pub(crate) fn cells_in(&self, period: Period) -> impl Iterator<Item = &Cell> {
        self.cells.iter().filter(move |cell| period.holds(cell.key.day))
    }

    /// What happened in a period other than charges.
    pub(crate) fn events_in(&self, period: Period) -> impl Iterator<Item = &DayEvents> {
        self.days.range(period.from()..period.to()).map(|(_, events)| events)
    }

    fn take(&mut self, record: &Record<'_>, day: NaiveDate, time_zone: TimeZone) {
        match &record.entry {
            Entry::PackAdded { pack, tokens, expires_at } => {
                self.packs.add(pack, *tokens, record.at, *expires_at);
            }
            Entry::Adjusted { pack, tokens, .. } => self.packs.adjust(pack, *tokens, record.at),
            Entry::PackExpired { pack, tokens } => {
                self.packs.expire(pack, *tokens, record.at);
                self.on(day).expired += *tokens;
            }
            Entry::Charged(charged) => self.charge(charged, record.at, time_zone),
            Entry::Refunded(refunded) => self.refund(refunded, day),
            Entry::SessionDenied { .. } => self.on(day).denied_opens += 1,
            Entry::SessionClosed { reason: SessionEnd::LockedOut, .. } => {
                self.on(day).locked_out += 1;
            }
            Entry::Unpaid { .. } => self.on(day).unpaid += 1,
            Entry::Noted(noted) => self.seats.note(noted, &mut self.users),
            Entry::SessionClosed { .. }
            | Entry::SessionOpened { .. }
            | Entry::WindowEnded { .. }
            | Entry::ResultDenied { .. }
            | Entry::Notice(_) => {}
        }
        let balance = self.packs.available;
        self.on(day).balance_end = Some(balance);
    }

    fn on(&mut self, day: NaiveDate) -> &mut DayEvents {
        self.days.entry(day).or_default()
    }

    /// A charge belongs to the day on which its window starts; a result to the day on which it was
    /// decided.
    fn charge(&mut self, charged: &Charged<'_>, at: Instant, time_zone: TimeZone) {
        let starts_at = charged.window.map_or(at, |window| window.starts_at);
        let access = match (&charged.subscription, charged.reason) {
            (Some(subscription), _) => Access::Seat(self.seats.number(subscription)),
            (None, ChargeReason::Result) => Access::Result,
            (None, _) => Access::Flex,
        };
        let key = CellKey {
            user: self.users.number(&charged.user),
            product: self.products.number(&charged.product),
            version: charged.version.as_ref().map_or(0, |it| self.versions.number(it) + 1),
            access,
            day: time_zone.day(starts_at),
        };
        let place = self.place(key, starts_at);
        let cell = &mut self.cells[place as usize];
        cell.charged += charged.tokens;
        cell.charges += 1;
        cell.last_used = cell.last_used.max(starts_at);
        self.cell_of_charge.push(place);
        self.packs.charge(&charged.postings);
    }

    /// The place of the cell with this key, which comes to be if it was not.
    fn place(&mut self, key: CellKey, starts_at: Instant) -> u32 {
        let AccountUsage { cells, index, .. } = self;
        let hash = |key: &CellKey| Hashing::default().hash_one(key);
        let same = |&place: &u32| cells[place as usize].key == key;
        let rehash = |&place: &u32| hash(&cells[place as usize].key);
        let next = cells.len() as u32;
        let place = *index.entry(hash(&key), same, rehash).or_insert(next).get();
        if place == next {
            let (charged, refunded) = (Tokens::ZERO, Tokens::ZERO);
            cells.push(Cell { key, charged, refunded, charges: 0, last_used: starts_at });
        }
        place
    }

    fn refund(&mut self, refunded: &Refunded<'_>, day: NaiveDate) {
        let place = usize::try_from(refunded.charge).ok().and_then(|it| it.checked_sub(1));
        let cell = place.and_then(|place| self.cell_of_charge.get(place)).copied();
        if let Some(cell) = cell {
            self.cells[cell as usize].refunded += refunded.tokens;
        }
        self.packs.refund(&refunded.postings);
        self.on(day).expired += refunded.forfeited;
    }
}
