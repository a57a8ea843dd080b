//! Charges are given back (X1, X2, W6).

use crate::account::Account;
use crate::event::ChargeReversed;
use crate::journal::{Entry, RefundReason, Refunded, Sink};
use crate::refusal::Finding;
use crate::state::names::HashKey;
use crate::tokens::Tokens;
use crate::turn::Turn;

impl Account {
    /// X1: whether a charge may be reversed.
    pub(crate) fn check_reversal(
        &self,
        event: &ChargeReversed<'_>,
        key: &HashKey,
    ) -> Result<(), Finding> {
        let user = self.uses.users.find(key.hashed(&event.user));
        let product = self.uses.products.find(key.hashed(&event.product));
        self.charges.check_reversal(event.charge.get(), user, product)
    }

    /// X1: a charge is reversed by hand. That ends no window.
    pub(crate) fn reverse_charge<S: Sink>(
        &mut self,
        turn: &mut Turn<'_, S>,
        event: &ChargeReversed<'_>,
    ) {
        let note = Some(event.reason.as_str());
        self.refund(turn, event.charge.get(), RefundReason::Reversed, note);
    }

    /// X2: each posting goes back to its pack; what belongs to an expired pack is expired at once.
    pub(crate) fn refund<S: Sink>(
        &mut self,
        turn: &mut Turn<'_, S>,
        charge: u64,
        reason: RefundReason,
        note: Option<&str>,
    ) {
        let mut takings = std::mem::take(&mut self.takings);
        self.charges.refund(charge, &mut takings);
        let forfeited = takings.iter().map(|&taking| self.packs.give_back(taking)).sum();
        let tokens: Tokens = takings.iter().map(|(_, tokens)| *tokens).sum();
        turn.write(|| {
            let postings = self.packs.postings(&takings);
            let note = note.map(Into::into);
            Entry::Refunded(Refunded { charge, reason, tokens, postings, forfeited, note })
        });
        self.takings = takings;
        self.set_level(turn);
    }
}
