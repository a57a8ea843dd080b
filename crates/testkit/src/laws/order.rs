//! Order and completeness: instants, numbers, and an answer to every event.

use tallyfold_core::{Action, Entry, Event, Noted, Record, SessionEnd};

use super::{Broken, Glance, holds};

pub(super) fn time_runs_forward(glance: &Glance<'_>) -> Result<(), Broken> {
    let Some(record) = glance.record else {
        return Ok(());
    };
    if let Some(last) = glance.account.last_entry {
        holds(last <= record.at, || format!("the entry before was decided at {last}"))?;
    }
    let Some(event) = glance.event else {
        return Ok(());
    };
    holds(record.at <= event.at(), || format!("the event is of {}", event.at()))
}

pub(super) fn findings_are_silent(glance: &Glance<'_>) -> Result<(), Broken> {
    let Some(event) = glance.event else {
        return Ok(());
    };
    match event {
        Event::Catalog(_) => {
            holds(glance.turn.is_empty(), || "a catalog event wrote to the journal".into())
        }
        Event::Account(event) => {
            let is_own = glance.record.is_none_or(|record| record.account == *event.account);
            holds(is_own, || format!("an event of {} wrote to another account", event.account))?;
            let is_silent = glance.finding.is_none() || glance.turn.is_empty();
            holds(is_silent, || "an event that was not applied wrote to the journal".into())
        }
    }
}

pub(super) fn every_event_is_answered(glance: &Glance<'_>) -> Result<(), Broken> {
    let (Some(Event::Account(event)), None, None) = (glance.event, glance.record, glance.finding)
    else {
        return Ok(());
    };
    let is_at_event = |record: &&Record<'_>| record.at == event.at;
    let own = glance.turn.iter().filter(is_at_event).map(|record| &record.entry);
    let Some(answers) = is_answer(&event.action) else {
        return Ok(());
    };
    let answered = own.filter(|entry| answers(entry, &event.action)).count();
    holds(answered == 1, || format!("the event was answered {answered} times"))
}

type IsAnswer = fn(&Entry<'_>, &Action<'_>) -> bool;

/// Which entry answers an action. A heartbeat, and a close beside its session, may be silent.
fn is_answer(action: &Action<'_>) -> Option<IsAnswer> {
    Some(match action {
        Action::PackPurchased(_) => |entry, action| match (entry, action) {
            (Entry::PackAdded { pack, tokens, .. }, Action::PackPurchased(it)) => {
                *pack == *it.pack && *tokens == it.tokens.get()
            }
            _ => false,
        },
        Action::TokensAdjusted(_) => |entry, action| match (entry, action) {
            (Entry::Adjusted { pack, tokens, reason }, Action::TokensAdjusted(it)) => {
                *pack == *it.pack && *tokens == it.tokens.get() && *reason == it.reason.as_str()
            }
            _ => false,
        },
        Action::ChargeReversed(_) => |entry, action| match (entry, action) {
            (Entry::Refunded(refunded), Action::ChargeReversed(it)) => {
                refunded.charge == it.charge.get()
                    && refunded.note.as_deref() == Some(it.reason.as_str())
            }
            _ => false,
        },
        Action::SessionOpened(_) => |entry, action| match (entry, action) {
            (
                Entry::SessionOpened { session, user, product, version, .. }
                | Entry::SessionDenied { session, user, product, version, .. },
                Action::SessionOpened(it),
            ) => {
                *session == *it.session
                    && *user == *it.user
                    && *product == *it.product
                    && version.as_deref() == it.version.as_deref()
            }
            _ => false,
        },
        Action::SessionClosed(_) => |entry, action| match (entry, action) {
            (Entry::SessionClosed { session, reason, .. }, Action::SessionClosed(it)) => {
                *session == *it.session && *reason == SessionEnd::Closed
            }
            _ => false,
        },
        Action::ResultProduced(_) => |entry, action| match (entry, action) {
            (Entry::Charged(charged), Action::ResultProduced(it)) => {
                charged.quantity == Some(it.quantity.get())
                    && charged.user == *it.user
                    && charged.product == *it.product
            }
            (Entry::ResultDenied { user, product, quantity, .. }, Action::ResultProduced(it)) => {
                *quantity == it.quantity.get() && *user == *it.user && *product == *it.product
            }
            _ => false,
        },
        _ => return None,
    })
}

pub(super) fn events_are_noted_as_given(glance: &Glance<'_>) -> Result<(), Broken> {
    let (Some(Event::Account(event)), None, None) = (glance.event, glance.record, glance.finding)
    else {
        return Ok(());
    };
    let noted = glance.turn.iter().filter_map(|record| match &record.entry {
        Entry::Noted(noted) => Some(noted),
        _ => None,
    });
    let expected = noted_of(&event.action);
    holds(noted.eq(expected.iter()), || "the event was not noted once, as it was given".into())
}

fn noted_of<'a>(action: &Action<'a>) -> Option<Noted<'a>> {
    Some(match action {
        Action::SubscriptionPurchased(it) => Noted::SubscriptionPurchased(it.clone()),
        Action::SubscriptionAssigned(it) => Noted::SubscriptionAssigned(it.clone()),
        Action::SubscriptionUnassigned(it) => Noted::SubscriptionUnassigned(it.clone()),
        Action::FlexAssigned(it) => Noted::FlexAssigned(it.clone()),
        Action::FlexUnassigned(it) => Noted::FlexUnassigned(it.clone()),
        Action::FlexAccessSet(it) => Noted::FlexAccessSet(it.clone()),
        Action::PlanSelected(it) => Noted::PlanSelected(*it),
        _ => return None,
    })
}

pub(super) fn charges_are_numbered(glance: &Glance<'_>) -> Result<(), Broken> {
    let Some(Record { entry: Entry::Charged(charged), .. }) = glance.record else {
        return Ok(());
    };
    let due = glance.account.charges.len() as u64 + 1;
    holds(charged.charge == due, || format!("the next charge of the account is number {due}"))
}
