//! What was charged, by user, product, version, access and day.

use chrono::NaiveDate;
use tallyfold_core::Tokens;

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

/// The charges of a use and version that were paid in one way on one day; in 64 bytes.
///
/// Where a version was only opened into a window of another charge, the cell has no charges.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cell {
    /// User and product.
    pub(crate) usage: u32,
    /// Product and version.
    pub(crate) edition: u32,
    access: AccessCode,
    pub(crate) day: NaiveDate,
    pub(crate) charges: u32,
    /// The cell of the same use before this one.
    before: u32,
    /// How many results were charged.
    pub(crate) results: u64,
    /// What the charges took, refunds not taken off.
    pub(crate) charged: Tokens,
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

    /// Whether its charges are for results.
    pub(crate) fn is_result(&self) -> bool {
        self.access() == Access::Result
    }

    /// How its charges were paid for.
    pub(crate) fn access(&self) -> Access {
        self.access.into()
    }

    /// The day of use that it makes; none for results, or where a session only joined.
    pub(crate) fn day_of_use(&self) -> Option<NaiveDate> {
        (self.charges > 0 && !self.is_result()).then_some(self.day)
    }
}

/// What was used, how it was paid for and when: what tells cells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CellKey {
    pub(crate) usage: u32,
    pub(crate) edition: u32,
    pub(crate) access: Access,
    pub(crate) day: NaiveDate,
}

impl CellKey {
    fn is_of(&self, cell: &Cell) -> bool {
        (cell.edition, cell.day, cell.access()) == (self.edition, self.day, self.access)
    }
}

/// The cells of an account.
///
/// A charge belongs nearly always to one of the latest cells of its use, or to none yet. Further
/// back than `LOOKED_BACK` cells nobody looks; then there are two cells of one day, which add up to
/// the same: every report sums cells and counts distinct days.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cells {
    list: Vec<Cell>,
    /// The latest cell of each use.
    latest: Vec<u32>,
    /// The cell of each charge, so that a refund finds it: the one thing that grows with charges,
    /// four bytes each.
    of_charge: Vec<u32>,
}

/// How many of a use's latest cells a charge may belong to.
const LOOKED_BACK: usize = 16;

/// No cell.
const NONE: u32 = u32::MAX;

impl Cells {
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Cell> {
        self.list.iter()
    }

    /// Takes the next charge, which took so much, for so many results.
    pub(crate) fn charge(&mut self, key: CellKey, tokens: Tokens, results: u32) {
        let place = self.place(key);
        let cell = &mut self.list[place as usize];
        cell.charges += 1;
        cell.charged += tokens;
        cell.results += u64::from(results);
        self.of_charge.push(place);
    }

    /// Takes an open into the window of an earlier charge.
    pub(crate) fn join(&mut self, key: CellKey) {
        self.place(key);
    }

    /// The cell of a charge, by its number.
    pub(crate) fn of_charge(&self, charge: u64) -> Option<&Cell> {
        self.place_of_charge(charge).map(|place| &self.list[place as usize])
    }

    /// Every charge with its cell, by number.
    pub(crate) fn by_charge(&self) -> impl Iterator<Item = (u64, u32)> + '_ {
        (1..).zip(self.of_charge.iter().copied())
    }

    fn place_of_charge(&self, charge: u64) -> Option<u32> {
        let place = usize::try_from(charge).ok()?.checked_sub(1)?;
        self.of_charge.get(place).copied()
    }

    /// The cell of a key, which comes to be if it is none of its use's latest.
    fn place(&mut self, key: CellKey) -> u32 {
        let usage = key.usage as usize;
        if usage >= self.latest.len() {
            self.latest.resize(usage + 1, NONE);
        }
        self.find(&key).unwrap_or_else(|| self.open(key))
    }

    fn find(&self, key: &CellKey) -> Option<u32> {
        let cell = |place: u32| self.list.get(place as usize).map(|cell| (place, cell));
        let latest = cell(self.latest[key.usage as usize]);
        let mut cells = std::iter::successors(latest, |(_, later)| cell(later.before));
        let of_key = cells.by_ref().take(LOOKED_BACK).find(|(_, it)| key.is_of(it));
        of_key.map(|(place, _)| place)
    }

    fn open(&mut self, key: CellKey) -> u32 {
        let place = self.list.len() as u32;
        let before = std::mem::replace(&mut self.latest[key.usage as usize], place);
        self.list.push(Cell {
            usage: key.usage,
            edition: key.edition,
            access: key.access.into(),
            day: key.day,
            charges: 0,
            before,
            results: 0,
            charged: Tokens::ZERO,
            refunded: Tokens::ZERO,
        });
        place
    }

    /// Gives back a charge, by its number.
    pub(crate) fn refund(&mut self, charge: u64, tokens: Tokens) {
        if let Some(place) = self.place_of_charge(charge) {
            self.list[place as usize].refunded += tokens;
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
        let mut charge = |usage, edition, access, day| {
            cells.charge(CellKey { usage, edition, access, day }, Tokens::whole(7), 0);
            cells.list.len()
        };
        let [one, next] = [1, 2].map(|day| NaiveDate::from_yo_opt(2026, day).unwrap_or_default());
        assert_eq!(charge(0, 0, Access::Flex, one), 1);
        assert_eq!(charge(0, 0, Access::Flex, one), 1);
        assert_eq!(charge(1, 0, Access::Flex, one), 2);
        assert_eq!(charge(0, 1, Access::Flex, one), 3);
        assert_eq!(charge(0, 0, Access::Seat(0), one), 4);
        assert_eq!(charge(0, 0, Access::Flex, next), 5);
        // Not only the latest cell of a use is looked at.
        assert_eq!(charge(0, 0, Access::Flex, one), 5);
        assert_eq!(cells.list[0].charges, 3);
    }

    #[test]
    fn who_only_joins_makes_no_day_of_use() {
        let day = NaiveDate::from_yo_opt(2026, 1).unwrap_or_default();
        let key = |edition| CellKey { usage: 0, edition, access: Access::Flex, day };
        let mut cells = Cells::default();
        cells.charge(key(0), Tokens::whole(7), 0);
        cells.join(key(0));
        cells.join(key(1));
        let days: Vec<_> = cells.iter().map(Cell::day_of_use).collect();
        assert_eq!(days, [Some(day), None]);
        assert_eq!(cells.by_charge().collect::<Vec<_>>(), [(1, 0)]);
    }
}
