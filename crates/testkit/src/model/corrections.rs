//! Corrections: X1 and X2.

use std::borrow::Cow;

use tallyfold_core::{ChargeReversed, Entry, Finding, Posting, RefundReason, Refunded, Tokens};

use super::Flaw;
use super::moment::{Moment, own};
use super::state::ModelCharge;

impl Moment<'_> {
    /// X1: charge n.
    fn charge(&self, number: u64) -> Option<&ModelCharge> {
        let place = usize::try_from(number.checked_sub(1)?).ok()?;
        self.account.charges.get(place)
    }

    /// X1: no such charge; then another user or product; then 0 tokens or already refunded.
    pub(super) fn check_reversal(&self, reversed: &ChargeReversed<'_>) -> Result<(), Finding> {
        let Some(charge) = self.charge(reversed.charge.get()) else {
            return Err(Finding::UnknownCharge);
        };
        let is_other = charge.of.user != *reversed.user || charge.of.product != *reversed.product;
        let is_refunded = charge.refund.is_some() && !self.is(Flaw::ReversedTwice);
        let is_nothing = charge.tokens.is_zero() || is_refunded;
        if is_nothing && self.is(Flaw::NothingBeforeMismatch) {
            Err(Finding::NothingToRefund)
        } else if is_other {
            Err(Finding::ChargeMismatch)
        } else if is_nothing {
            Err(Finding::NothingToRefund)
        } else {
            Ok(())
        }
    }

    /// X1: refunds the whole charge and ends no window.
    pub(super) fn reverse(&mut self, reversed: &ChargeReversed<'_>) {
        let place = reversed.charge.get() as usize - 1;
        self.refund(place, RefundReason::Reversed, Some(own(reversed.reason.as_str())));
        if self.is(Flaw::ReversalEndsWindow) {
            self.end_window(place);
        }
    }

    /// X2: returns each posting to its pack; what belongs to an expired pack is expired at once.
    pub(super) fn refund(
        &mut self,
        place: usize,
        reason: RefundReason,
        note: Option<Cow<'static, str>>,
    ) {
        let charge = &mut self.account.charges[place];
        charge.refund = Some(reason);
        let (tokens, postings) = (charge.tokens, charge.postings.clone());
        let mut forfeited = Tokens::ZERO;
        for &(pack, part) in &postings {
            let is_usable =
                self.needs(self.is_usable(&self.account.packs[pack]), Flaw::NothingForfeited);
            let balance = &mut self.account.packs[pack].balance;
            balance.burned -= part;
            if is_usable {
                balance.available += part;
            } else {
                balance.expired += part;
                forfeited += part;
            }
        }
        let (charge, postings) = (place as u64 + 1, self.named(&postings));
        self.write(Entry::Refunded(Refunded { charge, reason, tokens, postings, forfeited, note }));
    }

    /// Postings with their packs' names, as the journal writes them.
    pub(super) fn named(&self, postings: &[(usize, Tokens)]) -> Cow<'static, [Posting<'static>]> {
        let named = |&(place, tokens): &(usize, Tokens)| Posting {
            pack: own(&self.account.packs[place].name),
            tokens,
        };
        postings.iter().map(named).collect()
    }
}
