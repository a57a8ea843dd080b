//! Cover: what pays for a use, or why nothing does (W1).

use crate::account::Account;
use crate::event::Per;
use crate::refusal::Refusal;
use crate::state::names::Hashed;
use crate::state::packs::Taking;
use crate::state::uses::User;
use crate::time::Instant;
use crate::tokens::Tokens;
use crate::turn::View;

/// What pays for a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cover {
    /// A seat of this subscription.
    Subscription(u32),
    /// So many tokens.
    Tokens(Tokens),
}

impl Account {
    /// W1: a subscription if one covers (S4), otherwise tokens for the whole rate. Where tokens
    /// pay, `takings` says from which packs.
    pub(crate) fn cover(
        &self,
        view: View<'_>,
        user: Option<u32>,
        product: Hashed<'_>,
        at: Instant,
        takings: &mut Vec<Taking>,
    ) -> Result<Cover, Refusal> {
        takings.clear();
        let user = user.map(|number| self.uses.user_numbered(number));
        let seats = user.map_or(&[][..], |user| &user.seats);
        let offers = |offering: &str| view.offers(offering, product.name);
        if let Some(subscription) = self.subscriptions.covering(seats, at, offers) {
            return Ok(Cover::Subscription(subscription));
        }
        let tokens = self.price(view, user, product, (Per::Day, 1))?;
        self.plan_takings(tokens, at, takings)?;
        Ok(Cover::Tokens(tokens))
    }

    /// Access (A2, A3), then a rate of the kind that is needed (R3): what so many of it cost.
    pub(crate) fn price(
        &self,
        view: View<'_>,
        user: Option<&User>,
        product: Hashed<'_>,
        (per, quantity): (Per, u32),
    ) -> Result<Tokens, Refusal> {
        self.check_access(user, product.name, view.rulebook())?;
        let rate = view.rate(product).filter(|rate| rate.per == per).ok_or(Refusal::NoRate)?;
        Ok(rate.tokens.times(quantity))
    }

    /// P4: in full or not at all.
    pub(crate) fn plan_takings(
        &self,
        tokens: Tokens,
        at: Instant,
        takings: &mut Vec<Taking>,
    ) -> Result<(), Refusal> {
        let suffices = self.packs.plan(tokens, at, takings);
        if suffices { Ok(()) } else { Err(Refusal::InsufficientTokens) }
    }
}
