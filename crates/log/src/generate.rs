//! Makes up logs: realistic, in order of time, and the same ones everywhere.
//!
//! A [`Generator`] plays a world of accounts whose users open products on workdays, keep them in
//! contact by heartbeats, close them or just vanish, while administrators buy packs, hand out
//! seats and change who may use what. About 70 % of the events are heartbeats. The world keeps
//! only rough accounts, but it knows for certain which opens are refused, so findings are rare.
//!
//! The same [`Settings`] give the same events on every machine and in every version: the dice are
//! a PCG generator, and nothing that decides is a float. Memory follows accounts × users; the
//! number of events costs nothing.
//!
//! ```
//! use std::num::NonZeroU32;
//!
//! use tallyfold_core::Event;
//! use tallyfold_log::generate::{Generator, Settings};
//!
//! let mut settings = Settings::new(1_000, 42);
//! settings.accounts = NonZeroU32::MIN;
//! let events: Vec<Event> = Generator::new(settings).collect();
//! assert_eq!(events.len(), 1_000);
//! ```

mod account;
mod catalog;
mod dice;
mod schedule;
mod usage;
mod values;

use std::num::NonZeroU32;

use tallyfold_core::{AccountEvent, Action, CatalogChange, CatalogEvent, Event, EventId};

use account::MadeAccount;
use catalog::Catalog;
use dice::Dice;
use schedule::{Job, MILLIS_PER_DAY, MILLIS_PER_HOUR, Schedule};
use values::{account_name, instant, name};

/// How many events a user needs for about two days of work. Where there are fewer, fewer of the
/// users take part, so that a short log still shows whole days.
const EVENTS_PER_USER: u64 = 20;

/// What kind of log to make up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Exactly how many events.
    pub events: u64,
    /// How many accounts.
    pub accounts: NonZeroU32,
    /// How many users an account has, at most: in a short log fewer take part.
    pub users_per_account: NonZeroU32,
    /// What makes one log differ from another.
    pub seed: u64,
    /// How long sessions live.
    pub sessions: SessionLength,
}

/// How long sessions live.
///
/// Non-exhaustive: other kinds of logs may come to be made up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum SessionLength {
    /// Hours, a few of them days.
    #[default]
    Hours,
    /// One to four weeks.
    Weeks,
}

impl Settings {
    /// 1,000 accounts of up to 50 users with sessions of hours.
    #[must_use]
    pub const fn new(events: u64, seed: u64) -> Settings {
        Settings {
            events,
            accounts: NonZeroU32::MIN.saturating_add(999),
            users_per_account: NonZeroU32::MIN.saturating_add(49),
            seed,
            sessions: SessionLength::Hours,
        }
    }

    /// How many users of each account take part.
    fn active_users(&self) -> u32 {
        let affordable = self.events / (u64::from(self.accounts.get()) * EVENTS_PER_USER);
        let most = self.users_per_account.get();
        u32::try_from(affordable).unwrap_or(most).clamp(1, most)
    }
}

/// Yields the events of a made-up log, in order of time.
#[derive(Debug)]
pub struct Generator {
    left: u64,
    sessions: SessionLength,
    active_users: u32,
    accounts: Vec<MadeAccount>,
    catalog: Catalog,
    schedule: Schedule,
    dice: Dice,
    written: u64,
    sessions_opened: u64,
}

/// What an event says, before it has an instant and an id.
enum Happening {
    Catalog(CatalogChange<'static>),
    Account(u32, Action<'static>),
}

impl Generator {
    /// A world at its first moment.
    #[must_use]
    pub fn new(settings: Settings) -> Generator {
        let mut generator = Generator {
            left: settings.events,
            sessions: settings.sessions,
            active_users: settings.active_users(),
            accounts: (0..settings.accounts.get()).map(MadeAccount::new).collect(),
            catalog: Catalog::new(),
            schedule: Schedule::default(),
            dice: Dice::new(settings.seed),
            written: 0,
            sessions_opened: 0,
        };
        generator.schedule.add(0, Job::Catalog);
        for account in 0..settings.accounts.get() {
            generator.found(account);
        }
        generator
    }

    /// An account begins before its users' first morning.
    fn found(&mut self, account: u32) {
        let begins = 1 + self.dice.below(6 * MILLIS_PER_HOUR);
        self.schedule.add(begins, Job::Administrate { account });
        for user in 0..self.active_users {
            let morning = self.morning_of(account, 0);
            let opened_today = 0;
            let job = Job::Work { account, user, opened_today };
            self.schedule.add(morning, job);
        }
    }

    /// When a user of an account begins to work on a day: between seven and ten, in one of three
    /// parts of the world.
    fn morning_of(&mut self, account: u32, day: u64) -> u64 {
        let hours = self.dice.between(7 * MILLIS_PER_HOUR, 10 * MILLIS_PER_HOUR);
        day * MILLIS_PER_DAY + zone(account) + hours
    }

    fn perform(&mut self, job: Job, now: u64) -> Option<Happening> {
        match job {
            Job::Catalog => {
                let (change, wait) = self.catalog.next_change();
                self.schedule.add(now + wait, Job::Catalog);
                Some(Happening::Catalog(change))
            }
            Job::Administrate { account } => self.administrate(account, now),
            Job::Work { account, user, opened_today } => {
                self.work(account, user, opened_today, now)
            }
            Job::Contact(session) => self.contact(session, now),
        }
    }

    fn event(&mut self, happening: Happening, now: u64) -> Event<'static> {
        self.written += 1;
        let id = self
            .written
            .is_multiple_of(16)
            .then(|| EventId::Plain(name(format!("e-{}", self.written))));
        let at = instant(now);
        match happening {
            Happening::Catalog(change) => Event::Catalog(CatalogEvent { at, id, change }),
            Happening::Account(account, action) => {
                Event::Account(AccountEvent { account: account_name(account), at, id, action })
            }
        }
    }
}

impl Iterator for Generator {
    type Item = Event<'static>;

    fn next(&mut self) -> Option<Event<'static>> {
        self.left = self.left.checked_sub(1)?;
        loop {
            let (now, job) = self.schedule.next()?;
            if let Some(happening) = self.perform(job, now) {
                return Some(self.event(happening, now));
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = usize::try_from(self.left);
        (left.unwrap_or(usize::MAX), left.ok())
    }
}

/// How far an account's day is behind the first part of the world's, in milliseconds.
fn zone(account: u32) -> u64 {
    u64::from(account % 3) * 4 * MILLIS_PER_HOUR
}
