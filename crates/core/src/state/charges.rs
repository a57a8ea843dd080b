//! Charges, as far as they must be remembered to be given back.

use serde::{Deserialize, Serialize};

use crate::event::{Quantity, Tokens};
use crate::state::append;
use crate::state::coded::{Coded, RestoreError, read_number, take, write_number};
use crate::state::ids::{ChargeNumber, Id, PackId, ProductId, UserId};
use crate::state::packs::Packs;
use crate::state::takings::{Taking, Takings};

const TOO_MANY: RestoreError = RestoreError("a charge has too many postings");

/// The most that a charge takes: the highest rate, for as many results as there may be at once.
const LARGEST_POSTING: Tokens = Tokens::MAX_AMOUNT.times(Quantity::MAX);

/// What is remembered of a charge. Its number is its place in the list, counted from 1.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Charge {
    pub(crate) user: UserId,
    pub(crate) product: ProductId,
    /// Where its postings start among all the account's.
    postings_from: u64,
    posting_count: u32,
    pub(crate) is_refunded: bool,
}

impl Charge {
    /// Whether it took any tokens.
    pub(crate) fn took_tokens(&self) -> bool {
        self.posting_count > 0
    }
}

/// All charges of an account.
///
/// There can be very many, so postings are packed: pack and micro-tokens as LEB128 numbers
/// (DWARF 5, section 7.6), some six bytes each.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Charges {
    list: Vec<Charge>,
    postings: Vec<u8>,
    /// How many charges of each full part were given back.
    #[serde(skip)]
    refunds: Vec<u32>,
}

/// How many charges are written as one part of a snapshot. What is behind them never changes, but
/// for refunds.
const PART: usize = 8_192;

/// How many of some charges were given back.
fn refunds(charges: &[Charge]) -> u32 {
    charges.iter().filter(|charge| charge.is_refunded).count() as u32
}

/// What tells whether a part of the charges has changed: how many it has, and how many of them were
/// given back.
pub type ChargePart = (u32, u32);

/// Where a charge stands in the list.
fn place_of(number: ChargeNumber) -> Option<usize> {
    usize::try_from(number.0.checked_sub(1)?).ok()
}

impl Charges {
    /// How many charges were made.
    pub(crate) fn count(&self) -> u64 {
        self.list.len() as u64
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
        if self.list.len().is_multiple_of(PART) {
            self.refunds.push(refunds(&self.list[self.list.len() - PART..]));
        }
        ChargeNumber(self.count())
    }

    /// The charge of this number, where there is one.
    pub(crate) fn find(&self, number: ChargeNumber) -> Option<&Charge> {
        self.list.get(place_of(number)?)
    }

    /// Marks a charge as given back and returns what it took.
    pub(crate) fn refund(&mut self, number: ChargeNumber) -> Takings {
        let place = place_of(number).filter(|place| *place < self.list.len());
        debug_assert!(place.is_some(), "a charge is given back that was never made");
        let Some(place) = place else { return Takings::default() };
        let charge = &mut self.list[place];
        charge.is_refunded = true;
        if let Some(refunds) = self.refunds.get_mut(place / PART) {
            *refunds += 1;
        }
        let mut postings = &self.postings[charge.postings_from as usize..];
        let mut number = || read_number(&mut postings);
        let taking = |_| {
            let (pack, micros) = (number().ok()?, number().ok()?);
            let (pack, tokens) = (PackId::at(pack as usize), Tokens::from_micros(micros as i128));
            Some(Taking { pack, tokens })
        };
        let takings: Takings = (0..charge.posting_count).map_while(taking).collect();
        // They were written here, or checked when they were restored.
        debug_assert_eq!(takings.len(), charge.posting_count as usize, "a posting is cut off");
        takings
    }

    /// The parts in which the charges are written.
    pub(crate) fn parts(&self) -> impl Iterator<Item = ChargePart> + '_ {
        let full = self.refunds.iter().map(|refunds| (PART as u32, *refunds));
        let last = self.list.chunks_exact(PART).remainder();
        let last = (!last.is_empty()).then(|| (last.len() as u32, refunds(last)));
        full.chain(last)
    }

    /// The charges of one part, as [`Coded`].
    pub(crate) fn encode_part(&self, part: usize, bytes: &mut Vec<u8>) {
        let charges = self.list.chunks(PART).nth(part).unwrap_or_default();
        let after = self.list.get((part + 1) * PART).map(|charge| charge.postings_from);
        let end = after.map_or(self.postings.len(), |from| from as usize);
        let mut ends = charges.iter().skip(1).map(|next| next.postings_from as usize);
        for charge in charges {
            charge.user.encode(bytes);
            charge.product.encode(bytes);
            let count = u64::from(charge.posting_count);
            (count << 1 | u64::from(charge.is_refunded)).encode(bytes);
            let to = ends.next().unwrap_or(end);
            bytes.extend_from_slice(&self.postings[charge.postings_from as usize..to]);
        }
    }

    /// Reads the charges of the next part.
    pub(crate) fn decode_part(&mut self, mut bytes: &[u8]) -> Result<(), RestoreError> {
        while !bytes.is_empty() {
            let (user, (product, head)): (_, (_, u64)) = Coded::decode(&mut bytes)?;
            let posting_count = u32::try_from(head >> 1).map_err(|_| TOO_MANY)?;
            let postings_from = self.postings.len() as u64;
            let mut rest = bytes;
            for _ in 0..posting_count {
                read_number(&mut rest)?;
                read_number(&mut rest)?;
            }
            let length = bytes.len() - rest.len();
            self.postings.extend_from_slice(take(&mut bytes, length as u64)?);
            let is_refunded = head & 1 == 1;
            self.list.push(Charge { user, product, postings_from, posting_count, is_refunded });
        }
        Ok(())
    }

    /// Whether all postings can be read, and add up to what each pack has burned.
    pub(crate) fn restore(
        &mut self,
        users: usize,
        products: usize,
        packs: &Packs,
    ) -> Result<(), RestoreError> {
        self.refunds = self.list.chunks_exact(PART).map(refunds).collect();
        let mut postings = &self.postings[..];
        let mut unburned: Vec<Tokens> = packs.iter().map(|pack| pack.balance.burned).collect();
        for charge in &self.list {
            let from = (self.postings.len() - postings.len()) as u64;
            RestoreError::unless(
                charge.postings_from == from
                    && charge.user.place() < users
                    && charge.product.place() < products,
                "a charge does not fit the account",
            )?;
            for _ in 0..charge.posting_count {
                let pack = usize::try_from(read_number(&mut postings)?);
                let unburned = pack.ok().and_then(|pack| unburned.get_mut(pack));
                let unburned = unburned.ok_or(RestoreError("a posting names no pack"))?;
                let micros = i128::try_from(read_number(&mut postings)?).map(Tokens::from_micros);
                let tokens = micros.ok().filter(|tokens| *tokens <= LARGEST_POSTING);
                let tokens = tokens.ok_or(RestoreError("a posting is larger than any charge"))?;
                if !charge.is_refunded {
                    *unburned -= tokens;
                }
            }
        }
        RestoreError::unless(postings.is_empty(), "postings without a charge")?;
        let add_up = unburned.iter().all(|left| left.is_zero());
        RestoreError::unless(add_up, "charges and what the packs burned differ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn postings_come_back_as_they_were() {
        let mut charges = Charges::default();
        let takings = [0, 1, 127, 128, 7_000_000, i128::from(u64::MAX) * 5];
        let taking = |(place, micros): (usize, &i128)| Taking {
            pack: PackId::at(place * 300),
            tokens: Tokens::from_micros(*micros),
        };
        let takings: Takings = takings.iter().enumerate().map(taking).collect();
        let (user, product) = (UserId::at(0), ProductId::at(0));
        let one = Taking { pack: PackId::at(9), tokens: Tokens::whole(9) };
        assert_eq!(charges.add(user, product, &Takings::from_iter([one])), ChargeNumber(1));
        assert_eq!(charges.add(user, product, &takings), ChargeNumber(2));
        assert_eq!(charges.refund(ChargeNumber(2)), takings);
    }
}
