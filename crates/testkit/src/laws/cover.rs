//! Cover: subscriptions, then access, then the rate, then tokens (W1).

use tallyfold_core::{
    Assignment, ChargeReason, Charged, Entry, FlexAccess, Per, Record, Refusal, SessionEnd,
    Timestamp, Tokens,
};

use super::{Broken, Glance, holds};

/// What was asked for: a window, or so many results.
struct Asked<'a> {
    user: &'a str,
    product: &'a str,
    at: Timestamp,
    per: Per,
    quantity: u32,
}

impl<'a> Asked<'a> {
    fn window(user: &'a str, product: &'a str, at: Timestamp) -> Asked<'a> {
        Asked { user, product, at, per: Per::Day, quantity: 1 }
    }

    fn by_charge(charged: &'a Charged<'_>, at: Timestamp) -> Asked<'a> {
        let asked = Asked::window(&charged.user, &charged.product, at);
        match charged.reason {
            ChargeReason::Result => {
                Asked { per: Per::Result, quantity: charged.quantity.unwrap_or(1), ..asked }
            }
            _ => asked,
        }
    }
}

/// S2: the subscription that covers: the one whose term ends last, then the one assigned first.
fn covering<'a>(glance: &Glance<'a>, asked: &Asked<'_>) -> Option<&'a str> {
    if asked.per == Per::Result {
        return None;
    }
    let mut best: Option<(&str, Timestamp)> = None;
    for name in glance.account.seats.get(asked.user)? {
        let Some(held) = glance.account.subscriptions.get(name) else {
            continue;
        };
        let offers = glance.books.catalog.offers(&held.offering, asked.product, asked.at);
        let ends = held.term.ends();
        if offers && held.term.holds(asked.at) && best.is_none_or(|(_, until)| ends > until) {
            best = Some((name, ends));
        }
    }
    best.map(|(name, _)| name)
}

/// A2, A3, R3: what the tokens would be, or the first check that fails before they are counted.
fn price(glance: &Glance<'_>, asked: &Asked<'_>) -> Result<Tokens, Refusal> {
    let account = glance.account;
    let may_use = match (account.marks.get(asked.user), glance.rulebook().assignment()) {
        (Some(assigned), _) => *assigned,
        (None, assignment) => assignment == Assignment::Open,
    };
    let own = account.open_products.get(&Some(asked.user.to_owned()));
    let lists = |products: &tallyfold_core::Products<'_>| {
        products.as_slice().iter().any(|it| it.as_str() == asked.product)
    };
    let is_open = match own.or_else(|| account.open_products.get(&None)) {
        Some(FlexAccess::AllExcept(products)) => !lists(products),
        Some(FlexAccess::Only(products)) => lists(products),
        Some(FlexAccess::Default) | None => true,
    };
    let rate = glance.books.catalog.rate(asked.product, asked.at);
    match rate.filter(|(_, per)| *per == asked.per) {
        _ if !may_use => Err(Refusal::NotAssigned),
        _ if !is_open => Err(Refusal::ProductExcluded),
        None => Err(Refusal::NoRate),
        Some((tokens, _)) => Ok(tokens.times(asked.quantity)),
    }
}

pub(super) fn subscriptions_come_first(glance: &Glance<'_>) -> Result<(), Broken> {
    let Some(Record { at, entry: Entry::Charged(charged), .. }) = glance.record else {
        return Ok(());
    };
    let covering = covering(glance, &Asked::by_charge(charged, *at));
    holds(charged.subscription.as_deref() == covering, || match covering {
        Some(covering) => format!("subscription {covering} covers"),
        None => "no such subscription covers".into(),
    })?;
    let costs_nothing = covering.is_none() || charged.tokens.is_zero();
    holds(costs_nothing, || "what a subscription covers costs nothing".into())
}

pub(super) fn charges_follow_the_rate(glance: &Glance<'_>) -> Result<(), Broken> {
    let Some(Record { at, entry: Entry::Charged(charged), .. }) = glance.record else {
        return Ok(());
    };
    if charged.subscription.is_some() {
        return Ok(());
    }
    let asked = Asked::by_charge(charged, *at);
    let rate = glance.books.catalog.rate(asked.product, *at);
    let due = rate.filter(|(_, per)| *per == asked.per);
    let due = due.map(|(tokens, _)| tokens.times(asked.quantity));
    holds(due == Some(charged.tokens), || match due {
        Some(due) => format!("the rate comes to {due} tokens"),
        None => "there is no rate of that kind".into(),
    })
}

/// The refusal that an entry gives, and what was asked for.
fn refused<'a>(record: &'a Record<'_>) -> Option<(Asked<'a>, Refusal)> {
    let at = record.at;
    match &record.entry {
        Entry::SessionDenied { user, product, reason, .. }
        | Entry::Unpaid { user, product, reason, .. } => {
            Some((Asked::window(user, product, at), *reason))
        }
        Entry::SessionClosed { user, product, reason: SessionEnd::LockedOut, because, .. } => {
            Some((Asked::window(user, product, at), (*because)?))
        }
        Entry::ResultDenied { user, product, quantity, reason } => {
            let asked = Asked::window(user, product, at);
            Some((Asked { per: Per::Result, quantity: *quantity, ..asked }, *reason))
        }
        _ => None,
    }
}

pub(super) fn refusals_are_true(glance: &Glance<'_>) -> Result<(), Broken> {
    let Some(record) = glance.record else {
        return Ok(());
    };
    let usable = glance.account.usable_at(record.at);
    if let Some((asked, reason)) = refused(record) {
        let covering = covering(glance, &asked);
        holds(covering.is_none(), || "a subscription covers, so nothing was to be refused".into())?;
        let due = match price(glance, &asked) {
            Err(refusal) => Some(refusal),
            Ok(tokens) => (usable < tokens).then_some(Refusal::InsufficientTokens),
        };
        return holds(due == Some(reason), || match due {
            Some(due) => format!("the first check that fails is another: {due}"),
            None => format!("no check fails, and {usable} tokens are usable"),
        });
    }
    let Entry::Charged(charged) = &record.entry else {
        return Ok(());
    };
    if charged.subscription.is_some() {
        return Ok(());
    }
    match price(glance, &Asked::by_charge(charged, record.at)) {
        Err(refusal) => Err(format!("it had to be refused: {refusal}").into()),
        Ok(tokens) => holds(tokens <= usable, || format!("only {usable} tokens are usable")),
    }
}
