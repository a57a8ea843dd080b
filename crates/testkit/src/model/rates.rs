//! Rates and results: R1 to R3.

use tallyfold_core::{ChargeReason, Charged, Entry, Per, Refusal, ResultProduced, Tokens};

use super::Flaw;
use super::moment::{Moment, own};
use super::state::{ModelCharge, Use};

impl Moment<'_> {
    /// R1, R3: a product has at most one rate in force, the one published last; it must be of the
    /// kind that is needed.
    fn rate(&self, product: &str, needed: Per) -> Option<Tokens> {
        let is_needed = |(per, _): &(Per, Tokens)| self.needs(*per == needed, Flaw::AnyRateDoes);
        let mut rates = self.seen.rates(product);
        let rate = match self.is(Flaw::RateKindsCoexist) {
            true => rates.find(is_needed),
            false => rates.next().filter(is_needed),
        };
        rate.map(|(_, tokens)| tokens)
    }

    /// W1 (2), R2: what is to be paid: access (A2, A3), then a rate (R3), then tokens for the
    /// whole (P4); refused with the first that fails.
    pub(super) fn price(&self, of: &Use, per: Per, quantity: u32) -> Result<Tokens, Refusal> {
        let rate = self.rate(&of.product, per).ok_or(Refusal::NoRate);
        let rate_first = match per {
            Per::Day => self.is(Flaw::RateBeforeAccess),
            Per::Result => self.is(Flaw::ResultRateBeforeAccess),
        };
        if rate_first {
            rate?;
        }
        self.check_access(&of.user, &of.product)?;
        let tokens = rate?.times(quantity);
        if self.can_pay(tokens) { Ok(tokens) } else { Err(Refusal::InsufficientTokens) }
    }

    /// R2: charges rate × quantity at once and opens no window.
    pub(super) fn produce(&mut self, produced: &ResultProduced<'_>) {
        let of = Use::new(&produced.user, &produced.product);
        let quantity = produced.quantity.get();
        let factor = if self.is(Flaw::QuantityIgnored) { 1 } else { quantity };
        let price = match self.covering(&of) {
            Some(_) if self.is(Flaw::ResultsAreCovered) => Ok(Tokens::ZERO),
            _ => self.price(&of, Per::Result, factor),
        };
        let (user, product) = (own(&of.user), own(&of.product));
        match price {
            Ok(tokens) => self.charge_result(of, tokens, quantity),
            Err(reason) => self.write(Entry::ResultDenied { user, product, quantity, reason }),
        }
    }

    fn charge_result(&mut self, of: Use, tokens: Tokens, quantity: u32) {
        let postings = self.burn(tokens);
        let charged = Charged {
            charge: self.next_charge(),
            user: own(&of.user),
            product: own(&of.product),
            session: None,
            version: None,
            reason: ChargeReason::Result,
            tokens,
            postings: self.named(&postings),
            subscription: None,
            window: None,
            quantity: Some(quantity),
        };
        self.account.charges.push(ModelCharge {
            of,
            version: None,
            reason: ChargeReason::Result,
            tokens,
            postings,
            subscription: None,
            window: None,
            rulebook: self.rulebook(),
            was_alone: false,
            refund: None,
        });
        self.write(Entry::Charged(charged));
    }
}
