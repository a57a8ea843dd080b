//! Charges, as far as they must be remembered to be given back.

use serde::{Deserialize, Serialize};

use crate::event::{Quantity, Tokens};
use crate::state::append;
use crate::state::coded::{Coded, RestoreError, read_number, write_number};
use crate::state::ids::{ChargeNumber, Id, PackId, ProductId, UserId};
use crate::state::packs::Packs;
use crate::state::takings::{Taking, Takings};

const TOO_MANY: RestoreError = RestoreError("a charge has too many postings");

/// The most that a charge takes: the highest rate, for as many results as there may be at once.
const LARGEST_POSTING: Tokens = Tokens::MAX_AMOUNT.times(Quantity::MAX);

/// How many charges are put away together. What is behind them never changes, but for refunds.
const PART: usize = 8_192;

/// Of so many charges of a part it is known where they stand.
const STRIDE: usize = 64;

/// What is remembered of a charge.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Charge {
    pub(crate) user: UserId,
    pub(crate) product: ProductId,
    /// Where its postings start among those that are written with it.
    postings_from: u64,
    posting_count: u32,
    pub(crate) is_refunded: bool,
}

impl Charge {
    /// Whether it took any tokens.
    pub(crate) fn took_tokens(&self) -> bool {
        self.posting_count > 0
    }

    /// Its postings, of those that are written with it. They were written here, or checked when they
    /// were restored.
    fn takings(&self, postings: &[u8]) -> Takings {
        let mut postings = postings.get(self.postings_from as usize..).unwrap_or_default();
        let mut number = || read_number(&mut postings);
        let taking = |_| {
            let (pack, micros) = (number().ok()?, number().ok()?);
            let (pack, tokens) = (PackId::at(pack as usize), Tokens::from_micros(micros as i128));
            Some(Taking { pack, tokens })
        };
        let takings: Takings = (0..self.posting_count).map_while(taking).collect();
        debug_assert_eq!(takings.len(), self.posting_count as usize, "a posting is cut off");
        takings
    }
}

/// All charges of an account. The number of a charge is its place, counted from 1.
///
/// There can be very many, so they are put away in parts, packed as a snapshot has them: numbers in
/// LEB128 (DWARF 5, section 7.6), some six bytes a charge.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Charges {
    parts: Vec<Part>,
    /// The charges after those parts, and their postings.
    list: Vec<Charge>,
    postings: Vec<u8>,
}

/// A full part of the charges.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Part {
    bytes: Vec<u8>,
    /// Where every so manieth charge starts.
    #[serde(skip)]
    starts: Vec<u32>,
    /// How many of them were given back.
    #[serde(skip)]
    refunds: u32,
}

/// What tells whether a part of the charges has changed: how many it has, and how many of them were
/// given back.
pub type ChargePart = (u32, u32);

/// What charges may name, and what they took.
struct Ledgered {
    users: usize,
    products: usize,
    /// By pack, what is not accounted for yet of what it burned.
    unburned: Vec<Tokens>,
}

impl Charges {
    /// How many charges were made.
    pub(crate) fn count(&self) -> u64 {
        (self.parts.len() * PART + self.list.len()) as u64
    }

    /// Remembers a charge and returns its number.
    pub(crate) fn add(
        &mut self,
        user: UserId,
        product: ProductId,
        takings: &Takings,
    ) -> ChargeNumber {
        let postings_from = self.postings.len() as u64;
        for Taking { pack, tokens } in takings.iter() {
            write_number(&mut self.postings, u128::from(u32::from(pack)));
            write_number(&mut self.postings, tokens.micros().unsigned_abs());
        }
        let posting_count = takings.len() as u32;
        let charge = Charge { user, product, postings_from, posting_count, is_refunded: false };
        append(&mut self.list, charge);
        if self.list.len() == PART {
            self.put_away();
        }
        ChargeNumber(self.count())
    }

    /// Packs the charges that are listed, which are a full part.
    fn put_away(&mut self) {
        let mut bytes = Vec::with_capacity(self.postings.len() + 4 * PART);
        let starts = self.encode_listed(&mut bytes);
        let refunds = refunds(&self.list);
        self.parts.push(Part { bytes, starts, refunds });
        self.list.clear();
        self.postings.clear();
    }

    /// The charge of this number, where there is one.
    pub(crate) fn find(&self, number: ChargeNumber) -> Option<Charge> {
        let place = place_of(number)?;
        match self.parts.get(place / PART) {
            Some(part) => part.find(place % PART).map(|(charge, _)| charge),
            None => self.list.get(place - self.parts.len() * PART).copied(),
        }
    }

    /// Marks a charge as given back and returns what it took.
    pub(crate) fn refund(&mut self, number: ChargeNumber) -> Takings {
        let place = place_of(number).filter(|place| (*place as u64) < self.count());
        debug_assert!(place.is_some(), "a charge is given back that was never made");
        let Some(place) = place else { return Takings::default() };
        let listed_from = self.parts.len() * PART;
        match self.parts.get_mut(place / PART) {
            Some(part) => part.refund(place % PART),
            None => {
                let charge = &mut self.list[place - listed_from];
                charge.is_refunded = true;
                charge.takings(&self.postings)
            }
        }
    }

    /// The parts in which the charges are written.
    pub(crate) fn parts(&self) -> impl Iterator<Item = ChargePart> + '_ {
        let full = self.parts.iter().map(|part| (PART as u32, part.refunds));
        let listed = (self.list.len() as u32, refunds(&self.list));
        full.chain((listed.0 > 0).then_some(listed))
    }

    /// The charges of one part, as [`Coded`].
    pub(crate) fn encode_part(&self, part: usize, bytes: &mut Vec<u8>) {
        match self.parts.get(part) {
            Some(part) => bytes.extend_from_slice(&part.bytes),
            None => drop(self.encode_listed(bytes)),
        }
    }

    /// The charges that are listed, and where every so manieth of them starts.
    fn encode_listed(&self, bytes: &mut Vec<u8>) -> Vec<u32> {
        let mut starts = Vec::new();
        let from = bytes.len();
        let ends = self.list.iter().skip(1).map(|next| next.postings_from as usize);
        let ends = ends.chain([self.postings.len()]);
        for (place, (charge, end)) in self.list.iter().zip(ends).enumerate() {
            if place.is_multiple_of(STRIDE) {
                starts.push((bytes.len() - from) as u32);
            }
            charge.user.encode(bytes);
            charge.product.encode(bytes);
            let count = u64::from(charge.posting_count);
            (count << 1 | u64::from(charge.is_refunded)).encode(bytes);
            bytes.extend_from_slice(&self.postings[charge.postings_from as usize..end]);
        }
        starts
    }

    /// Takes in the charges of the next part; [`restore`](Charges::restore) checks them.
    pub(crate) fn decode_part(&mut self, bytes: &[u8]) -> Result<(), RestoreError> {
        RestoreError::unless(self.list.is_empty(), "a part of the charges is not full")?;
        let part = Part { bytes: bytes.to_vec(), starts: Vec::new(), refunds: 0 };
        self.parts.push(part);
        Ok(())
    }

    /// Whether all charges and postings can be read, and add up to what each pack has burned.
    pub(crate) fn restore(
        &mut self,
        users: usize,
        products: usize,
        packs: &Packs,
    ) -> Result<(), RestoreError> {
        let unburned = packs.iter().map(|pack| pack.balance.burned).collect();
        let mut ledgered = Ledgered { users, products, unburned };
        let last = self.parts.len().saturating_sub(1);
        for (number, part) in self.parts.iter_mut().enumerate() {
            let count = part.restore(&mut ledgered)?;
            let is_full = count == PART || number == last && self.list.is_empty();
            RestoreError::unless(is_full && count <= PART, "a part of the charges is not full")?;
        }
        ledgered.take_listed(&self.list, &self.postings)?;
        self.list_last_part();
        let add_up = ledgered.unburned.iter().all(|left| left.is_zero());
        RestoreError::unless(add_up, "charges and what the packs burned differ")
    }

    /// Lists the charges of the last part, unless it is full.
    fn list_last_part(&mut self) {
        let is_full = |part: &Part| part.charges().count() == PART;
        let Some(part) = self.parts.pop_if(|part| !is_full(part)) else { return };
        for (charge, place) in part.charges() {
            let takings = charge.takings(&part.bytes);
            debug_assert!(place < part.bytes.len());
            let number = self.add(charge.user, charge.product, &takings);
            if charge.is_refunded {
                self.refund(number);
            }
        }
    }
}

impl Part {
    /// Its charges, each with the place of what says whether it was given back.
    fn charges(&self) -> impl Iterator<Item = (Charge, usize)> + '_ {
        self.charges_from(0)
    }

    fn charges_from(&self, start: usize) -> impl Iterator<Item = (Charge, usize)> + '_ {
        let mut rest = self.bytes.get(start..).unwrap_or_default();
        std::iter::from_fn(move || {
            if rest.is_empty() {
                return None;
            }
            let read = read_charge(&mut rest, self.bytes.len()).ok()?;
            for _ in 0..2 * read.0.posting_count {
                read_number(&mut rest).ok()?;
            }
            Some(read)
        })
    }

    fn find(&self, place: usize) -> Option<(Charge, usize)> {
        let start = *self.starts.get(place / STRIDE)?;
        self.charges_from(start as usize).nth(place % STRIDE)
    }

    fn refund(&mut self, place: usize) -> Takings {
        let Some((charge, flag)) = self.find(place) else {
            debug_assert!(false, "a part of the charges has lost one");
            return Takings::default();
        };
        // The lowest bit of a number is in its first byte.
        self.bytes[flag] |= 1;
        self.refunds += 1;
        charge.takings(&self.bytes)
    }

    /// Builds the index anew, and checks every charge. Says how many there are.
    fn restore(&mut self, ledgered: &mut Ledgered) -> Result<usize, RestoreError> {
        let (mut rest, mut count) = (&self.bytes[..], 0);
        (self.starts, self.refunds) = (Vec::new(), 0);
        while !rest.is_empty() {
            if count % STRIDE == 0 {
                self.starts.push((self.bytes.len() - rest.len()) as u32);
            }
            let (charge, _) = read_charge(&mut rest, self.bytes.len())?;
            ledgered.take(&charge, &mut rest)?;
            self.refunds += u32::from(charge.is_refunded);
            count += 1;
        }
        Ok(count)
    }
}

impl Ledgered {
    /// Takes a charge into account, and reads its postings.
    #[inline(always)]
    fn take(&mut self, charge: &Charge, postings: &mut &[u8]) -> Result<(), RestoreError> {
        let fits = charge.user.place() < self.users && charge.product.place() < self.products;
        RestoreError::unless(fits, "a charge does not fit the account")?;
        for _ in 0..charge.posting_count {
            let pack = PackId::decode(postings)?;
            let unburned = self.unburned.get_mut(pack.place());
            let unburned = unburned.ok_or(RestoreError("a posting names no pack"))?;
            let micros = i128::try_from(read_number(postings)?).map(Tokens::from_micros);
            let tokens = micros.ok().filter(|tokens| *tokens <= LARGEST_POSTING);
            let tokens = tokens.ok_or(RestoreError("a posting is larger than any charge"))?;
            if !charge.is_refunded {
                *unburned -= tokens;
            }
        }
        Ok(())
    }

    /// Takes charges into account whose postings stand one after another.
    fn take_listed(&mut self, list: &[Charge], all: &[u8]) -> Result<(), RestoreError> {
        RestoreError::unless(list.len() < PART, "a part of the charges is not put away")?;
        let mut postings = all;
        for charge in list {
            let from = (all.len() - postings.len()) as u64;
            RestoreError::unless(
                charge.postings_from == from,
                "a charge does not fit the account",
            )?;
            self.take(charge, &mut postings)?;
        }
        RestoreError::unless(postings.is_empty(), "postings without a charge")
    }
}

/// Reads a charge of a part of so many bytes, up to its postings; and says where that stands by which it
/// was given back or not.
#[inline(always)]
fn read_charge(rest: &mut &[u8], bytes: usize) -> Result<(Charge, usize), RestoreError> {
    let (user, product) = (UserId::decode(rest)?, ProductId::decode(rest)?);
    let flag = bytes - rest.len();
    let head = u64::decode(rest)?;
    let posting_count = u32::try_from(head >> 1).map_err(|_| TOO_MANY)?;
    let postings_from = (bytes - rest.len()) as u64;
    let is_refunded = head & 1 == 1;
    Ok((Charge { user, product, postings_from, posting_count, is_refunded }, flag))
}

/// How many of some charges were given back.
fn refunds(charges: &[Charge]) -> u32 {
    charges.iter().filter(|charge| charge.is_refunded).count() as u32
}

/// Where a charge stands.
fn place_of(number: ChargeNumber) -> Option<usize> {
    usize::try_from(number.0.checked_sub(1)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taking(pack: usize, micros: i128) -> Taking {
        Taking { pack: PackId::at(pack), tokens: Tokens::from_micros(micros) }
    }

    #[test]
    fn postings_come_back_as_they_were() {
        let mut charges = Charges::default();
        let takings = [0, 1, 127, 128, 7_000_000, i128::from(u64::MAX) * 5];
        let takings =
            takings.iter().enumerate().map(|(place, micros)| taking(place * 300, *micros));
        let takings: Takings = takings.collect();
        let (user, product) = (UserId::at(0), ProductId::at(0));
        let one = Takings::from_iter([taking(9, 9)]);
        assert_eq!(charges.add(user, product, &one), ChargeNumber(1));
        assert_eq!(charges.add(user, product, &takings), ChargeNumber(2));
        assert_eq!(charges.refund(ChargeNumber(2)), takings);
    }

    /// What charge `number` took, and of whom.
    fn made(number: usize) -> (UserId, ProductId, Takings) {
        let takings = (0..number % 3).map(|it| taking(it, (number * 1_000) as i128)).collect();
        (UserId::at(number % 700), ProductId::at(number % 5), takings)
    }

    #[test]
    fn charges_that_were_put_away_are_as_they_were() {
        let mut charges = Charges::default();
        let count = 2 * PART + 100;
        for number in 1..=count {
            let (user, product, takings) = made(number);
            assert_eq!(charges.add(user, product, &takings), ChargeNumber(number as u64));
        }
        let some = [1, 63, 64, 65, 128, PART, PART + 1, 2 * PART, 2 * PART + 1, count];
        for number in some {
            let charge = charges.find(ChargeNumber(number as u64)).unwrap();
            let (user, product, takings) = made(number);
            assert_eq!((charge.user, charge.product), (user, product), "charge {number}");
            assert_eq!(charge.took_tokens(), takings.len() > 0);
            assert!(!charge.is_refunded);
            assert_eq!(charges.refund(ChargeNumber(number as u64)), takings, "charge {number}");
        }
        let refunded =
            |number: &usize| charges.find(ChargeNumber(*number as u64)).unwrap().is_refunded;
        assert_eq!((1..=count).filter(refunded).collect::<Vec<_>>(), some);
        assert_eq!(
            charges.parts().collect::<Vec<_>>(),
            [(PART as u32, 6), (PART as u32, 2), (100, 2)]
        );
        assert!(charges.find(ChargeNumber(0)).is_none());
        assert!(charges.find(ChargeNumber(count as u64 + 1)).is_none());
    }
}
