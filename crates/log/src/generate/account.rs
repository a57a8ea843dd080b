//! An account: what is known of it for certain, and what its administrators do.

use std::num::NonZeroU64;

use tallyfold_core::{
    Action, AdjustmentTokens, ChargeReversed, FlexAccess, FlexAccessSet, FlexAssigned,
    FlexUnassigned, Name, PackPurchased, PackTokens, Plan, PlanSelected, Seats,
    SubscriptionAssigned, SubscriptionPurchased, SubscriptionUnassigned, Tokens, TokensAdjusted,
};

use super::catalog::{COLLECTION, EXCLUDED, PRODUCTS, Product};
use super::schedule::{Job, MILLIS_PER_MINUTE};
use super::values::{WELL_FORMED, in_term, name, products, term, text, user_name};
use super::{Generator, Happening};

/// Below how many tokens a pack is bought: no session costs more.
const RESERVE: i64 = 400;
/// How long an administrator is busy with one seat, in milliseconds.
const PER_SEAT: u64 = 100;
const SUBSCRIPTION: &str = "seats-1";

/// What is known of an account.
#[derive(Debug)]
pub(super) struct MadeAccount {
    number: u32,
    /// How often administrators acted.
    acts: u32,
    packs: u32,
    /// At least so many tokens are left.
    balance: i64,
    /// Whether seats are to be bought.
    wants_seats: bool,
    has_seats: bool,
    seats_given: u32,
    /// Whether the one user whose seat changes hands has it.
    seat_of_toggled: bool,
    /// What is closed to tokens, and for whom: it changes in a circle.
    access: Access,
    /// Whether the one user whose mark changes may use tokens, once marked.
    mark: Option<bool>,
    first_charge: FirstCharge,
}

/// Which products an account's users may pay with tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Access {
    Open,
    ClosedForAll,
    OpenAgain,
    ClosedForToggled,
}

/// The charge that may be reversed. Only the first one's number is known.
#[derive(Clone, Copy, Debug)]
enum FirstCharge {
    NotYet,
    Paid { user: u32, product: usize },
    Gone,
}

impl MadeAccount {
    /// An account that nothing is known of. Every fourth buys seats.
    pub(super) const fn new(number: u32) -> MadeAccount {
        MadeAccount {
            number,
            acts: 0,
            packs: 0,
            balance: 0,
            wants_seats: number.is_multiple_of(4),
            has_seats: false,
            seats_given: 0,
            seat_of_toggled: false,
            access: Access::Open,
            mark: None,
            first_charge: FirstCharge::NotYet,
        }
    }

    /// Whether the account never buys tokens.
    pub(super) const fn is_penniless(&self) -> bool {
        self.number % 100 == 99
    }

    /// Whether it is time to buy a pack.
    pub(super) const fn is_low(&self) -> bool {
        self.balance < RESERVE && !self.is_penniless()
    }

    /// Whether a user may open a product, or go on with it, and at what price.
    pub(super) fn grant(&self, user: u32, product: usize, users: u32, now: u64) -> Grant {
        let Product { tokens, collected, .. } = PRODUCTS[product];
        if collected && in_term(now) && self.has_seat(user, users) {
            return Grant::Covered;
        }
        let is_toggled = user == toggled(users);
        let is_closed = match self.access {
            Access::Open | Access::OpenAgain => false,
            Access::ClosedForAll => PRODUCTS[product].name == EXCLUDED,
            Access::ClosedForToggled => PRODUCTS[product].name == EXCLUDED && is_toggled,
        };
        let is_marked_out = is_toggled && self.mark == Some(false);
        match tokens {
            Some(tokens) if !is_closed && !is_marked_out && !self.is_penniless() => {
                Grant::Paid { tokens }
            }
            _ => Grant::Refused,
        }
    }

    /// Takes note of the first charge, if it is this one.
    pub(super) const fn note_charge(&mut self, user: u32, product: usize, grant: Grant) {
        if let FirstCharge::NotYet = self.first_charge {
            self.first_charge = match grant {
                Grant::Paid { .. } => FirstCharge::Paid { user, product },
                Grant::Covered => FirstCharge::Gone,
                Grant::Refused => FirstCharge::NotYet,
            };
        }
    }

    /// Takes note that at most so many tokens are spent.
    pub(super) const fn spend(&mut self, tokens: i64) {
        self.balance -= tokens;
    }

    fn has_seat(&self, user: u32, users: u32) -> bool {
        if user == toggled(users) {
            self.seat_of_toggled
        } else {
            user.is_multiple_of(10) && user / 10 < self.seats_given
        }
    }

    /// Buys a pack that lasts for some weeks.
    pub(super) fn buy_pack(&mut self, users: u32) -> Action<'static> {
        let tokens = (i64::from(users) * 150).clamp(1_000, 1_000_000_000);
        self.packs += 1;
        self.balance += tokens;
        Action::PackPurchased(PackPurchased {
            pack: pack_name(self.packs),
            tokens: PackTokens::new(Tokens::whole(tokens)).expect(WELL_FORMED),
        })
    }

    fn buy_seats(&mut self, users: u32) -> Action<'static> {
        (self.wants_seats, self.has_seats) = (false, true);
        let premium = if self.number.is_multiple_of(8) { 50 } else { 0 };
        let seats = (users.div_ceil(10) + 1 + premium).min(Seats::MAX);
        Action::SubscriptionPurchased(SubscriptionPurchased {
            subscription: name(SUBSCRIPTION),
            offering: name(COLLECTION),
            seats: Seats::new(seats).expect(WELL_FORMED),
            term: term(),
        })
    }

    /// What must be done before anything else: buy a pack, buy seats, give them out.
    fn next_need(&mut self, users: u32) -> Option<Action<'static>> {
        if self.is_low() {
            Some(self.buy_pack(users))
        } else if self.wants_seats {
            Some(self.buy_seats(users))
        } else if self.has_seats && self.seats_given < users.div_ceil(10) {
            Some(self.give_seat(users))
        } else {
            None
        }
    }

    fn give_seat(&mut self, users: u32) -> Action<'static> {
        let user = self.seats_given * 10;
        self.seats_given += 1;
        self.seat_of_toggled |= user == toggled(users);
        assign(user)
    }

    /// How long until the next act: whom a mark keeps out does not wait long.
    fn pause_minutes(&self) -> (u64, u64) {
        match self.mark {
            Some(false) => (60, 180),
            _ => (720, 3_600),
        }
    }

    /// What administrators do once all is set up, in turn.
    fn next_act(&mut self, users: u32) -> Option<Action<'static>> {
        if self.mark == Some(false) {
            return Some(self.change_mark(users));
        }
        self.acts += 1;
        match self.acts.wrapping_add(self.number) % 6 {
            0 => Some(self.select_plan()),
            1 => Some(self.change_access(users)),
            2 => Some(self.change_mark(users)),
            3 if self.has_seats => Some(self.change_seat(users)),
            4 if self.packs > 0 => Some(self.adjust()),
            5 => self.reverse(),
            _ => None,
        }
    }

    fn select_plan(&self) -> Action<'static> {
        let plan = match self.acts / 6 % 2 {
            0 => Plan::Premium,
            _ => Plan::Standard,
        };
        Action::PlanSelected(PlanSelected { plan })
    }

    fn change_access(&mut self, users: u32) -> Action<'static> {
        let others = || PRODUCTS.iter().map(|it| it.name).filter(|it| *it != EXCLUDED);
        let user = Some(user_name(toggled(users)));
        let (next, access, user) = match self.access {
            Access::Open => {
                let closed = products([EXCLUDED].into_iter());
                (Access::ClosedForAll, FlexAccess::AllExcept(closed), None)
            }
            Access::ClosedForAll => (Access::OpenAgain, FlexAccess::Default, None),
            Access::OpenAgain => {
                let access = FlexAccess::Only(products(others()));
                (Access::ClosedForToggled, access, user)
            }
            Access::ClosedForToggled => (Access::Open, FlexAccess::Default, user),
        };
        self.access = next;
        Action::FlexAccessSet(FlexAccessSet { access, user })
    }

    fn change_mark(&mut self, users: u32) -> Action<'static> {
        let user = user_name(toggled(users));
        let may_use = !self.mark.unwrap_or(false);
        self.mark = Some(may_use);
        match may_use {
            true => Action::FlexAssigned(FlexAssigned { user }),
            false => Action::FlexUnassigned(FlexUnassigned { user }),
        }
    }

    fn change_seat(&mut self, users: u32) -> Action<'static> {
        let user = toggled(users);
        self.seat_of_toggled = !self.seat_of_toggled;
        match self.seat_of_toggled {
            true => assign(user),
            false => Action::SubscriptionUnassigned(SubscriptionUnassigned {
                subscription: name(SUBSCRIPTION),
                user: user_name(user),
            }),
        }
    }

    fn adjust(&mut self) -> Action<'static> {
        let (micros, reason) = match self.acts / 6 % 2 {
            0 => (25_000_000, "goodwill"),
            _ => (-500_000, "counted twice"),
        };
        self.balance -= 1;
        Action::TokensAdjusted(TokensAdjusted {
            pack: pack_name(self.packs),
            tokens: AdjustmentTokens::new(Tokens::from_micros(micros)).expect(WELL_FORMED),
            reason: text(reason),
        })
    }

    fn reverse(&mut self) -> Option<Action<'static>> {
        let FirstCharge::Paid { user, product } = self.first_charge else {
            return None;
        };
        self.first_charge = FirstCharge::Gone;
        Some(Action::ChargeReversed(ChargeReversed {
            charge: NonZeroU64::MIN,
            user: user_name(user),
            product: name(PRODUCTS[product].name),
            reason: text("opened by mistake"),
        }))
    }
}

/// Whether an open goes through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Grant {
    /// A seat covers it.
    Covered,
    /// It costs so many tokens a day.
    Paid { tokens: u16 },
    /// It is denied, for certain.
    Refused,
}

impl Generator {
    /// Does an account's next act: packs and seats first, then one thing or another every day
    /// or two. The first account does much on its first day, so that a log soon shows everything.
    pub(super) fn administrate(&mut self, account: u32, now: u64) -> Option<Happening> {
        let users = self.active_users;
        let state = &mut self.accounts[account as usize];
        let (action, wait) = match state.next_need(users) {
            Some(action) => (Some(action), PER_SEAT),
            None => {
                let action = state.next_act(users);
                let (least, most) = match account == 0 && state.acts < 24 {
                    true => (5, 20),
                    false => state.pause_minutes(),
                };
                let minutes = self.dice.between(least, most);
                (action, minutes * MILLIS_PER_MINUTE)
            }
        };
        self.schedule.add(now + wait, Job::Administrate { account });
        action.map(|action| Happening::Account(account, action))
    }
}

/// The one user of an account whose seat and mark change.
const fn toggled(users: u32) -> u32 {
    2 % users
}

fn pack_name(number: u32) -> Name<'static> {
    name(format!("pack-{number}"))
}

fn assign(user: u32) -> Action<'static> {
    Action::SubscriptionAssigned(SubscriptionAssigned {
        subscription: name(SUBSCRIPTION),
        user: user_name(user),
    })
}
