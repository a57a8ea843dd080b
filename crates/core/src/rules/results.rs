//! Results are charged at once (R2).

use crate::account::Account;
use crate::event::{Per, ResultProduced};
use crate::journal::{ChargeReason, Charged, Entry, Sink};
use crate::refusal::Refusal;
use crate::state::packs::Taking;
use crate::tokens::Tokens;
use crate::turn::Turn;

impl Account {
    /// R2: rate × quantity at once, or a denial. Subscriptions do not cover results.
    pub(crate) fn produce_result<S: Sink>(
        &mut self,
        turn: &mut Turn<'_, S>,
        event: &ResultProduced<'_>,
    ) {
        let mut takings = std::mem::take(&mut self.takings);
        match self.price_result(turn, event, &mut takings) {
            Ok(tokens) => self.charge_result(turn, event, tokens, &takings),
            Err(reason) => turn.write(|| Entry::ResultDenied {
                user: (&*event.user).into(),
                product: (&*event.product).into(),
                quantity: event.quantity.get(),
                reason,
            }),
        }
        self.takings = takings;
    }

    /// R2: access, then rate, then tokens.
    fn price_result<S: Sink>(
        &self,
        turn: &Turn<'_, S>,
        event: &ResultProduced<'_>,
        takings: &mut Vec<Taking>,
    ) -> Result<Tokens, Refusal> {
        let user = self.uses.user(turn.hashed(&event.user));
        let counted = (Per::Result, event.quantity.get());
        let tokens = self.price(turn.view, user, turn.hashed(&event.product), counted)?;
        self.plan_takings(tokens, turn.at, takings)?;
        Ok(tokens)
    }

    fn charge_result<S: Sink>(
        &mut self,
        turn: &mut Turn<'_, S>,
        event: &ResultProduced<'_>,
        tokens: Tokens,
        takings: &[Taking],
    ) {
        self.packs.take(takings);
        let user = self.uses.user_number(turn.hashed(&event.user));
        let product = self.uses.products.number(turn.hashed(&event.product));
        let charge = self.charges.add(user, product, takings);
        turn.write(|| {
            Entry::Charged(Charged {
                charge,
                user: (&*event.user).into(),
                product: (&*event.product).into(),
                session: None,
                version: None,
                reason: ChargeReason::Result,
                tokens,
                postings: self.packs.postings(takings),
                subscription: None,
                window: None,
                quantity: Some(event.quantity.get()),
            })
        });
        self.set_level(turn);
    }
}
