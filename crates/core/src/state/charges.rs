//! Charges as far as they must be remembered: to be given back (X1, X2, W6).

use serde::{Deserialize, Serialize};

use crate::event::Quantity;
use crate::refusal::Finding;
use crate::snapshot::RestoreError;
use crate::state::append;
use crate::state::coded::{Coded, read_number, take, write_number};
use crate::state::packs::{Packs, Taking};
use crate::tokens::Tokens;

const TOO_MANY: RestoreError = RestoreError("a charge has too many postings");

/// The most that a charge takes: the highest rate, for as many results as there may be at once.
const LARGEST_POSTING: Tokens = Tokens::MAX_AMOUNT.times(Quantity::MAX);

/// What is remembered of a charge. Its number is its place in the list, counted from 1.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Charge {
    user: u32,
    product: u32,
    /// Where its postings start among all the account's.
    postings_from: u64,
    posting_count: u32,
    refunded: bool,
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
    charges.iter().filter(|charge| charge.refunded).count() as u32
}

/// What tells whether a part of the charges has changed: how many it has, and how many of them were
/// given back.
pub type ChargePart = (u32, u32);

impl Charges {
    /// How many charges were made.
    pub(crate) fn count(&self) -> u64 {
        self.list.len() as u64
    }

    /// Remembers a charge and returns its number.
    pub(crate) fn add(&mut self, user: u32, product: u32, takings: &[Taking]) -> u64 {
        let postings_from = self.postings.len() as u64;
        for &(pack, tokens) in takings {
            write_number(&mut self.postings, u128::from(pack));
            write_number(&mut self.postings, tokens.micros().unsigned_abs());
        }
        let posting_count = takings.len() as u32;
        let charge = Charge { user, product, postings_from, posting_count, refunded: false };
        append(&mut self.list, charge);
        if self.list.len().is_multiple_of(PART) {
            self.refunds.push(refunds(&self.list[self.list.len() - PART..]));
        }
        self.count()
    }

    /// Whether a charge may be reversed for this user and product (X1).
    pub(crate) fn check_reversal(
        &self,
        number: u64,
        user: Option<u32>,
        product: Option<u32>,
    ) -> Result<(), Finding> {
        let charge = usize::try_from(number - 1).ok().and_then(|place| self.list.get(place));
        let charge = charge.ok_or(Finding::UnknownCharge)?;
        if Some(charge.user) != user || Some(charge.product) != product {
            Err(Finding::ChargeMismatch)
        } else if charge.posting_count == 0 || charge.refunded {
            Err(Finding::NothingToRefund)
        } else {
            Ok(())
        }
    }

    /// Whether a charge was given back.
    pub(crate) fn is_refunded(&self, number: u64) -> bool {
        self.list[number as usize - 1].refunded
    }

    /// Marks a charge as given back and returns its postings.
    pub(crate) fn refund(&mut self, number: u64, takings: &mut Vec<Taking>) {
        let charge = &mut self.list[number as usize - 1];
        charge.refunded = true;
        if let Some(refunds) = self.refunds.get_mut((number as usize - 1) / PART) {
            *refunds += 1;
        }
        takings.clear();
        let mut postings = &self.postings[charge.postings_from as usize..];
        for _ in 0..charge.posting_count {
            // They were written here, or checked when they were restored.
            let mut number = || read_number(&mut postings).unwrap_or_default();
            let (pack, micros) = (number(), number());
            takings.push((pack as u32, Tokens::from_micros(micros as i128)));
        }
    }

    /// Whether a charge is of this user and product.
    pub(crate) fn is_of(&self, number: u64, user: u32, product: u32) -> bool {
        let place = number.checked_sub(1).and_then(|place| usize::try_from(place).ok());
        let charge = place.and_then(|place| self.list.get(place));
        charge.is_some_and(|charge| (charge.user, charge.product) == (user, product))
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
            (count << 1 | u64::from(charge.refunded)).encode(bytes);
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
            let refunded = head & 1 == 1;
            self.list.push(Charge { user, product, postings_from, posting_count, refunded });
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
        let mut unburned: Vec<Tokens> =
            (0..packs.len() as u32).map(|pack| packs.get(pack).balance.burned).collect();
        for charge in &self.list {
            let from = (self.postings.len() - postings.len()) as u64;
            RestoreError::unless(
                charge.postings_from == from
                    && (charge.user as usize) < users
                    && (charge.product as usize) < products,
                "a charge does not fit the account",
            )?;
            for _ in 0..charge.posting_count {
                let pack = usize::try_from(read_number(&mut postings)?);
                let unburned = pack.ok().and_then(|pack| unburned.get_mut(pack));
                let unburned = unburned.ok_or(RestoreError("a posting names no pack"))?;
                let micros = i128::try_from(read_number(&mut postings)?).map(Tokens::from_micros);
                let tokens = micros.ok().filter(|tokens| *tokens <= LARGEST_POSTING);
                let tokens = tokens.ok_or(RestoreError("a posting is larger than any charge"))?;
                if !charge.refunded {
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
        let takings: Vec<Taking> = takings
            .iter()
            .zip(0..)
            .map(|(n, pack)| (pack * 300, Tokens::from_micros(*n)))
            .collect();
        assert_eq!(charges.add(0, 0, &[(9, Tokens::whole(9))]), 1);
        assert_eq!(charges.add(0, 0, &takings), 2);
        let mut read = Vec::new();
        charges.refund(2, &mut read);
        assert_eq!(read, takings);
    }
}
