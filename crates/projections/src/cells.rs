//! What was charged, by user, product, version, access and day.

use chrono::NaiveDate;
use tallyfold_core::{Instant, Tokens};

use crate::names::Names;

/// How a charge was paid for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// With tokens, for a window.
    Flex,
    /// With tokens, for results.
    Result,
    /// By a seat of this subscription.
    Seat(u32),
}

/// The same in four bytes: a subscription, or one of two numbers that none has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct AccessCode(u32);

impl AccessCode {
    const FLEX: AccessCode = AccessCode(u32::MAX);
    const RESULT: AccessCode = AccessCode(u32::MAX - 1);
}

impl From<Access> for AccessCode {
    fn from(access: Access) -> AccessCode {
        match access {
            Access::Flex => AccessCode::FLEX,
            Access::Result => AccessCode::RESULT,
            Access::Seat(subscription) => AccessCode(subscription),
        }
    }
}

impl From<AccessCode> for Access {
    fn from(code: AccessCode) -> Access {
        match code {
            AccessCode::FLEX => Access::Flex,
            AccessCode::RESULT => Access::Result,
            AccessCode(subscription) => Access::Seat(subscription),
        }
    }
}

/// The charges of a user, product and version that were paid in one way on one day; in 64 bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cell {
    pub(crate) user: u32,
    /// Product and version.
    pub(crate) edition: u32,
    access: AccessCode,
    pub(crate) day: NaiveDate,
    pub(crate) charges: u32,
    /// The cell of the same user before this one.
    before: u32,
    pub(crate) last_used: Instant,
    /// What the charges took, refunds not taken off.
    charged: Tokens,
    /// What was given back of it, whenever.
    pub(crate) refunded: Tokens,
}

const _: () = assert!(size_of::<Cell>() == 64);

impl Cell {
    /// Tokens used: net of refunds.
    pub(crate) fn tokens_used(&self) -> Tokens {
        self.charged - self.refunded
    }

    /// Whether a seat covered its charges.
    pub(crate) fn is_covered(&self) -> bool {
        matches!(self.access(), Access::Seat(_))
    }

    /// How its charges were paid for.
    pub(crate) fn access(&self) -> Access {
        self.access.into()
    }
}

/// Who paid for what, how, when and with how much.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Payment {
    pub(crate) user: u32,
    pub(crate) edition: u32,
    pub(crate) access: Access,
    pub(crate) starts_at: Instant,
    pub(crate) day: NaiveDate,
    pub(crate) tokens: Tokens,
}

impl Payment {
    fn belongs_to(&self, cell: &Cell) -> bool {
        (cell.edition, cell.day, cell.access()) == (self.edition, self.day, self.access)
    }
}

/// The cells of an account.
///
/// A charge belongs nearly always to one of the latest cells of its user, or to none yet. Further
/// back than `LOOKED_BACK` cells nobody looks; then there are two cells of one day, which add up to
/// the same: every report sums cells and counts distinct days.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cells {
    list: Vec<Cell>,
    users: Names,
    /// The latest cell of each user.
    latest: Vec<u32>,
    /// The cell of each charge, so that a refund finds it: the one thing that grows with charges,
    /// four bytes each.
    of_charge: Vec<u32>,
}

/// How many of a user's latest cells a charge may belong to.
const LOOKED_BACK: usize = 16;

/// No cell.
const NONE: u32 = u32::MAX;

impl Cells {
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Cell> {
        self.list.iter()
    }

    pub(crate) fn user(&self, user: u32) -> &str {
        self.users.name(user)
    }

    /// The number of a user, who becomes known if they were not.
    pub(crate) fn user_number(&mut self, user: &str) -> u32 {
        let number = self.users.number(user);
        if number as usize == self.latest.len() {
            self.latest.push(NONE);
        }
        number
    }

    /// Takes the next charge.
    pub(crate) fn charge(&mut self, payment: Payment) {
        let place = self.find(payment).unwrap_or_else(|| self.open(payment));
        let cell = &mut self.list[place as usize];
        cell.charges += 1;
        cell.charged += payment.tokens;
        cell.last_used = cell.last_used.max(payment.starts_at);
        self.of_charge.push(place);
    }

    /// The cell that a charge belongs to, if it is one of its user's latest.
    fn find(&self, payment: Payment) -> Option<u32> {
        let cell = |place: u32| self.list.get(place as usize).map(|cell| (place, cell));
        let latest = cell(self.latest[payment.user as usize]);
        let mut cells = std::iter::successors(latest, |(_, later)| cell(later.before));
        let of_charge = cells.by_ref().take(LOOKED_BACK).find(|(_, it)| payment.belongs_to(it));
        of_charge.map(|(place, _)| place)
    }

    fn open(&mut self, payment: Payment) -> u32 {
        let place = self.list.len() as u32;
        let before = std::mem::replace(&mut self.latest[payment.user as usize], place);
        self.list.push(Cell {
            user: payment.user,
            edition: payment.edition,
            access: payment.access.into(),
            day: payment.day,
            charges: 0,
            before,
            last_used: payment.starts_at,
            charged: Tokens::ZERO,
            refunded: Tokens::ZERO,
        });
        place
    }

    /// Gives back a charge, by its number.
    pub(crate) fn refund(&mut self, charge: u64, tokens: Tokens) {
        let place = usize::try_from(charge).ok().and_then(|it| it.checked_sub(1));
        if let Some(&cell) = place.and_then(|place| self.of_charge.get(place)) {
            self.list[cell as usize].refunded += tokens;
        }
    }

    /// Numbers editions anew.
    pub(crate) fn renumber_editions(&mut self, numbers: &[u32]) {
        self.list.iter_mut().for_each(|cell| cell.edition = numbers[cell.edition as usize]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn charges_of_one_day_share_a_cell() {
        let mut cells = Cells::default();
        let at = Instant::EARLIEST;
        let mut charge = |user: &str, edition, access, day| {
            let (user, tokens) = (cells.user_number(user), Tokens::whole(7));
            cells.charge(Payment { user, edition, access, starts_at: at, day, tokens });
            cells.list.len()
        };
        let [one, next] = [1, 2].map(|day| NaiveDate::from_yo_opt(2026, day).unwrap_or_default());
        assert_eq!(charge("ana", 0, Access::Flex, one), 1);
        assert_eq!(charge("ana", 0, Access::Flex, one), 1);
        assert_eq!(charge("ben", 0, Access::Flex, one), 2);
        assert_eq!(charge("ana", 1, Access::Flex, one), 3);
        assert_eq!(charge("ana", 0, Access::Seat(0), one), 4);
        assert_eq!(charge("ana", 0, Access::Flex, next), 5);
        // Not only the latest cell of a user is looked at.
        assert_eq!(charge("ana", 0, Access::Flex, one), 5);
        assert_eq!(cells.list[0].charges, 3);
    }
}
