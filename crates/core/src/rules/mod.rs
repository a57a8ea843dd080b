//! Every numbered decision of rules.md, one home for each group. Rules are free functions, called by
//! their path; state is asked and changed, and never decides.
//!
//! `docs/architecture.md` lists the home of each rule; a test compares it with this folder.

pub(crate) mod access;
pub(crate) mod catalog;
pub(crate) mod clock;
pub(crate) mod context;
pub(crate) mod corrections;
pub(crate) mod cover;
pub(crate) mod notices;
pub(crate) mod packs;
pub(crate) mod plan;
pub(crate) mod results;
pub(crate) mod sessions;
pub(crate) mod subscriptions;
pub(crate) mod timers;
pub(crate) mod windows;

use crate::event::{AccountEvent, Action};
use crate::journal::{Finding, Sink};
use crate::state::access::Mark;
use crate::state::account::Account;
use context::{Context, EventView};

/// Whether an event can be applied. Changes nothing.
///
/// No timer is fired: every check asks for the state as it is at the event's instant.
pub(crate) fn check(
    account: &Account,
    view: &EventView<'_>,
    event: &AccountEvent<'_>,
) -> Result<(), Finding> {
    clock::check(account, event)?;
    follow(Checking { account, view }, &event.action)
}

/// Applies an event, where it can be.
pub(crate) fn apply<S: Sink>(
    account: &mut Account,
    ctx: &mut Context<'_, S>,
    event: &AccountEvent<'_>,
) -> Result<(), Finding> {
    clock::check(account, event)?;
    follow(Applying { account, ctx, event }, &event.action)
}

/// The table of contents of rules.md: for each action the rule that checks it, then the rule that
/// applies it. What the first finds, the second is given.
fn follow<P: Purpose>(it: P, action: &Action<'_>) -> Result<(), Finding> {
    match action {
        Action::PackPurchased(event) => it.rule(
            |account, view| packs::check_purchase(account, view, event),
            |account, ctx, ()| packs::purchase(account, ctx, event),
        ),
        Action::TokensAdjusted(event) => it.rule(
            |account, view| packs::check_adjustment(account, view, event),
            |account, ctx, pack| packs::adjust(account, ctx, event, pack),
        ),
        Action::ResultProduced(event) => {
            it.rule(|_, _| Ok(()), |account, ctx, ()| results::produce(account, ctx, event))
        }
        Action::SessionOpened(event) => it.rule(
            |account, view| sessions::check_open(account, view, event),
            |account, ctx, ()| sessions::open(account, ctx, event),
        ),
        Action::Heartbeat(event) => it.rule(
            |account, view| sessions::check_live(account, view, &event.session),
            |account, ctx, session| sessions::heartbeat(account, ctx, session, event.active),
        ),
        Action::SessionClosed(event) => it.rule(
            |account, view| sessions::check_live(account, view, &event.session),
            sessions::close,
        ),
        Action::SubscriptionPurchased(event) => it.rule(
            |account, view| subscriptions::check_purchase(account, view, event),
            |account, ctx, ()| subscriptions::purchase(account, ctx, event),
        ),
        Action::SubscriptionAssigned(event) => it.rule(
            |account, view| subscriptions::check_assignment(account, view, event),
            |account, ctx, it| subscriptions::assign_seat(account, ctx, event, it),
        ),
        Action::SubscriptionUnassigned(event) => it.rule(
            |account, view| subscriptions::check_unassignment(account, view, event),
            |account, ctx, it| subscriptions::unassign_seat(account, ctx, event, it),
        ),
        Action::FlexAssigned(event) => it.rule(
            |account, view| access::check_mark(account, view, &event.user, Mark::Assigned),
            |account, ctx, ()| access::assign_flex(account, ctx, event),
        ),
        Action::FlexUnassigned(event) => it.rule(
            |account, view| access::check_mark(account, view, &event.user, Mark::Unassigned),
            |account, ctx, ()| access::unassign_flex(account, ctx, event),
        ),
        Action::FlexAccessSet(event) => it
            .rule(|_, _| Ok(()), |account, ctx, ()| access::set_open_products(account, ctx, event)),
        Action::ChargeReversed(event) => it.rule(
            |account, view| corrections::check_reversal(account, view, event),
            |account, ctx, charge| corrections::reverse(account, ctx, event, charge),
        ),
        Action::PlanSelected(event) => {
            it.rule(|_, _| Ok(()), |account, ctx, ()| plan::select(account, ctx, *event))
        }
    }
}

/// What an event is looked at for: to be checked, or to be applied as well.
trait Purpose {
    /// Where the journal goes.
    type Sink: Sink;

    fn rule<T>(
        self,
        check: impl FnOnce(&Account, &EventView<'_>) -> Result<T, Finding>,
        apply: impl FnOnce(&mut Account, &mut Context<'_, Self::Sink>, T),
    ) -> Result<(), Finding>;
}

struct Checking<'a, 't> {
    account: &'a Account,
    view: &'a EventView<'t>,
}

impl Purpose for Checking<'_, '_> {
    type Sink = ();

    fn rule<T>(
        self,
        check: impl FnOnce(&Account, &EventView<'_>) -> Result<T, Finding>,
        _: impl FnOnce(&mut Account, &mut Context<'_, ()>, T),
    ) -> Result<(), Finding> {
        check(self.account, self.view).map(drop)
    }
}

struct Applying<'a, 't, 'e, S> {
    account: &'a mut Account,
    ctx: &'a mut Context<'t, S>,
    event: &'a AccountEvent<'e>,
}

impl<S: Sink> Purpose for Applying<'_, '_, '_, S> {
    type Sink = S;

    fn rule<T>(
        self,
        check: impl FnOnce(&Account, &EventView<'_>) -> Result<T, Finding>,
        apply: impl FnOnce(&mut Account, &mut Context<'_, S>, T),
    ) -> Result<(), Finding> {
        let Applying { account, ctx, event } = self;
        let checked = check(account, &ctx.view)?;
        timers::fire_before_event(account, ctx);
        clock::advance(account, ctx, event);
        apply(account, ctx, checked);
        debug_assert!(account.is_conserved(), "tokens were lost or made (P7)");
        Ok(())
    }
}
