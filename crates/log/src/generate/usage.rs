//! What users do: open products, stay in contact, and close them or vanish.

use tallyfold_core::{
    Action, Heartbeat, Name, Quantity, ResultProduced, SessionClosed, SessionOpened,
};

use super::account::Grant;
use super::catalog::{BY_RESULT, PRODUCTS, Product};
use super::dice::mixed;
use super::schedule::{Job, MILLIS_PER_DAY, MILLIS_PER_HOUR, MILLIS_PER_MINUTE};
use super::values::{WELL_FORMED, name, user_name};
use super::{Generator, Happening, SessionLength, zone};

const VANISHING_PERCENT: u64 = 4;
const VERSIONED_PERCENT: u64 = 80;
const RESULT_PERCENT: u64 = 2;
const INACTIVE_PERCENT: u64 = 8;
const ANOTHER_OPEN_PERCENT: u64 = 30;
const DAY_OFF_PERCENT: u64 = 15;
const VERSIONS: [&str; 3] = ["2024", "2025", "2026"];

/// A session that was granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct GrantedSession {
    account: u32,
    user: u32,
    product: usize,
    number: u64,
    /// When it ends, in milliseconds since the start.
    ends: u64,
    /// Whether it ends without a word.
    vanishes: bool,
}

impl Generator {
    /// A user opens a product, and perhaps another one soon.
    pub(super) fn work(
        &mut self,
        account: u32,
        user: u32,
        opened_today: u8,
        now: u64,
    ) -> Option<Happening> {
        let users = self.active_users;
        let state = &mut self.accounts[account as usize];
        if state.is_low() {
            let pack = state.buy_pack(users);
            self.plan_work(account, user, opened_today, now);
            return Some(Happening::Account(account, pack));
        }
        let product = self.pick_product();
        let number = self.sessions_opened;
        self.sessions_opened += 1;
        let state = &mut self.accounts[account as usize];
        let grant = state.grant(user, product, users, now);
        state.note_charge(user, product, grant);
        if grant == Grant::Refused {
            self.plan_next_morning(account, user, now);
        } else {
            let length = self.session_length();
            self.accounts[account as usize].spend(cost(grant, length));
            let session = GrantedSession {
                account,
                user,
                product,
                number,
                ends: now + length,
                vanishes: self.dice.percent(VANISHING_PERCENT),
            };
            self.plan_contact(session, now);
            self.plan_next_open(account, user, opened_today + 1, now);
        }
        let opened = SessionOpened {
            session: session_name(number),
            user: user_name(user),
            product: name(PRODUCTS[product].name),
            version: self
                .dice
                .percent(VERSIONED_PERCENT)
                .then(|| name(VERSIONS[number as usize % 3])),
        };
        Some(Happening::Account(account, Action::SessionOpened(opened)))
    }

    /// A session gives a sign of life, produces something, or ends.
    pub(super) fn contact(&mut self, session: GrantedSession, now: u64) -> Option<Happening> {
        let is_over = now >= session.ends;
        if is_over && session.vanishes || !is_over && self.is_kept_out(session, now) {
            return None;
        }
        let action = if is_over {
            Action::SessionClosed(SessionClosed { session: session_name(session.number) })
        } else {
            self.plan_contact(session, now);
            match self.dice.percent(RESULT_PERCENT) {
                true => self.produce(session),
                false => Action::Heartbeat(Heartbeat {
                    session: session_name(session.number),
                    active: !self.dice.percent(INACTIVE_PERCENT),
                }),
            }
        };
        Some(Happening::Account(session.account, action))
    }

    fn produce(&mut self, session: GrantedSession) -> Action<'static> {
        let quantity = 1 + self.dice.below(20) as u32;
        self.accounts[session.account as usize].spend(i64::from(quantity));
        Action::ResultProduced(ResultProduced {
            user: user_name(session.user),
            product: name(BY_RESULT),
            quantity: Quantity::new(quantity).expect(WELL_FORMED),
        })
    }

    fn pick_product(&mut self) -> usize {
        let mut ticket = self.dice.below(100);
        let holds_ticket = |product: &Product| {
            let holds = ticket < product.share;
            ticket = ticket.saturating_sub(product.share);
            holds
        };
        PRODUCTS.iter().position(holds_ticket).unwrap_or_default()
    }

    /// Whether a session would be locked out at its next renewal. Its user gives up.
    fn is_kept_out(&self, session: GrantedSession, now: u64) -> bool {
        let account = &self.accounts[session.account as usize];
        let grant = account.grant(session.user, session.product, self.active_users, now);
        grant == Grant::Refused
    }

    fn session_length(&mut self) -> u64 {
        let (least, most) = match (self.sessions, self.dice.below(100)) {
            (SessionLength::Weeks, _) => (7 * MILLIS_PER_DAY, 28 * MILLIS_PER_DAY),
            (SessionLength::Hours, 0..2) => (MILLIS_PER_DAY, 4 * MILLIS_PER_DAY),
            (SessionLength::Hours, 2..5) => (MILLIS_PER_MINUTE, 5 * MILLIS_PER_MINUTE),
            (SessionLength::Hours, _) => (20 * MILLIS_PER_MINUTE, 6 * MILLIS_PER_HOUR),
        };
        self.dice.between(least, most)
    }

    fn plan_contact(&mut self, session: GrantedSession, now: u64) {
        let pause = self.dice.between(30 * MILLIS_PER_MINUTE, MILLIS_PER_HOUR);
        let due = session.ends.min(now + pause);
        self.schedule.add(due, Job::Contact(session));
    }

    fn plan_next_open(&mut self, account: u32, user: u32, opened_today: u8, now: u64) {
        if opened_today < 3 && self.dice.percent(ANOTHER_OPEN_PERCENT) {
            let pause = self.dice.between(10 * MILLIS_PER_MINUTE, 2 * MILLIS_PER_HOUR);
            self.plan_work(account, user, opened_today, now + pause);
        } else {
            self.plan_next_morning(account, user, now);
        }
    }

    /// A user comes back on the next workday, or the one after.
    fn plan_next_morning(&mut self, account: u32, user: u32, now: u64) {
        let today = now.saturating_sub(zone(account)) / MILLIS_PER_DAY;
        let tomorrow = match self.sessions {
            SessionLength::Hours => today + 1 + u64::from(self.dice.percent(DAY_OFF_PERCENT)),
            SessionLength::Weeks => today + self.dice.between(7, 28),
        };
        let workday = match tomorrow % 7 {
            day @ 5.. => tomorrow + 7 - day,
            _ => tomorrow,
        };
        let morning = self.morning_of(account, workday);
        self.plan_work(account, user, 0, morning);
    }

    fn plan_work(&mut self, account: u32, user: u32, opened_today: u8, due: u64) {
        let job = Job::Work { account, user, opened_today };
        self.schedule.add(due, job);
    }
}

/// What a session costs at most.
fn cost(grant: Grant, length: u64) -> i64 {
    let days = (length / MILLIS_PER_DAY + 1).cast_signed();
    match grant {
        Grant::Paid { tokens } => days * i64::from(tokens),
        Grant::Covered | Grant::Refused => 0,
    }
}

fn session_name(number: u64) -> Name<'static> {
    name(format!("{:016x}", mixed(number)))
}
