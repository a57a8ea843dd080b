//! Laws of what must not matter: other accounts, the date, names; and of one pack more.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tallyfold_core::{
    AccountEvent, Action, Entry, Event, Name, PackPurchased, PackTokens, Record, Refusal,
    SessionEnd, Timestamp, Tokens,
};

use super::Evidence;
use super::fold::{accounts, entries, same_entries};
use crate::fold::{Fold, Turn};
use crate::rewrite::{Rewrite, is_in_range};
use crate::service::Start;

pub(super) fn accounts_are_independent(
    start: Start<'_>,
    events: &[Event<'static>],
) -> Result<(), Evidence> {
    let whole = Fold::of(start, events);
    let journals = whole.journals();
    by_account(events).into_iter().try_for_each(|(account, theirs)| {
        let alone = Fold::of(start, &theirs);
        let where_ = format!("alone, in {account},");
        same_entries(entries(&journals, account), alone.journal(), &where_)
    })
}

/// The events of each account, with those of the catalog among them.
fn by_account<'e>(events: &'e [Event<'static>]) -> BTreeMap<&'e str, Vec<Event<'static>>> {
    let none = |account: &'e str| (account, Vec::new());
    let mut parts: BTreeMap<_, _> = accounts(events).into_iter().map(none).collect();
    for event in events {
        match event.account() {
            Some(account) => parts.entry(account).or_default().push(event.clone()),
            None => parts.values_mut().for_each(|part| part.push(event.clone())),
        }
    }
    parts
}

pub(super) fn accounts_interleave_freely(
    start: Start<'_>,
    events: &[Event<'static>],
) -> Result<(), Evidence> {
    let whole = Fold::of(start, events);
    let mut other = events.to_vec();
    let is_catalog = |event: &Event<'_>| matches!(event, Event::Catalog(_));
    for between in other.split_mut(is_catalog) {
        // A stable sort leaves each account's own events in order.
        between.sort_by(|a, b| b.account().cmp(&a.account()));
    }
    let other = Fold::of(start, &other);
    let (whole, other) = (whole.journals(), other.journals());
    accounts(events).into_iter().try_for_each(|account| {
        let where_ = format!("interleaved otherwise, in {account},");
        same_entries(entries(&whole, account), entries(&other, account), &where_)
    })
}

/// So many days, which are no whole number of weeks, months or years.
const SHIFT_DAYS: i64 = 1_003;

pub(super) fn days_shift(start: Start<'_>, events: &[Event<'static>]) -> Result<(), Evidence> {
    let by = |days: i64| Rewrite::shift(days * 86_400_000_000_000);
    let forth = by(SHIFT_DAYS);
    let (shift, fits) = match is_in_range(&forth, events) {
        true => (forth, true),
        false => (by(-SHIFT_DAYS), is_in_range(&by(-SHIFT_DAYS), events)),
    };
    // A log that reaches over all the years there are cannot be shifted.
    if fits { commutes(start, events, &shift, "days later") } else { Ok(()) }
}

pub(super) fn names_are_only_names(
    start: Start<'_>,
    events: &[Event<'static>],
) -> Result<(), Evidence> {
    commutes(start, events, &Rewrite::rename(), "renamed")
}

/// Whether rewriting a log rewrites its journal, account by account.
pub(crate) fn commutes(
    start: Start<'_>,
    events: &[Event<'static>],
    rewrite: &Rewrite,
    where_: &str,
) -> Result<(), Evidence> {
    let rewritten: Vec<_> = events.iter().map(|event| rewrite.event(event)).collect();
    let (before, after) = (Fold::of(start, events), Fold::of(start, &rewritten));
    for (line, (expected, got)) in (1..).zip(before.turns.iter().zip(&after.turns)) {
        if expected.result != got.result {
            let says = format!("{where_} the answer is {:?}", got.result);
            return Err(Evidence::new(says, [line]));
        }
        same_rewritten(&expected.entries, &got.entries, rewrite, where_)
            .map_err(|evidence| Evidence { lines: vec![line], ..evidence })?;
    }
    for account in accounts(events) {
        let of = |records: &[Record<'static>], name: &str| -> Vec<Record<'static>> {
            records.iter().filter(|record| record.account == name).cloned().collect()
        };
        let renamed = rewrite.name(account);
        let (expected, got) = (of(&before.settled, account), of(&after.settled, &renamed));
        same_rewritten(&expected, &got, rewrite, where_)?;
    }
    Ok(())
}

fn same_rewritten(
    expected: &[Record<'static>],
    got: &[Record<'static>],
    rewrite: &Rewrite,
    where_: &str,
) -> Result<(), Evidence> {
    let written = |record: &Record<'_>| serde_json::to_value(record).unwrap_or_default();
    let due = expected.iter().map(|record| rewrite.journal(written(record)));
    let pairs = due.zip(got.iter().map(Some).chain(std::iter::repeat(None)));
    for (due, got) in pairs {
        if got.map(written).as_ref() != Some(&due) {
            let says = format!("{where_} the journal does not go on with {due}");
            let entry = got.map(|got| Box::new(got.clone()));
            return Err(Evidence { says, lines: Vec::new(), entry });
        }
    }
    let is_longer = got.len() > expected.len();
    if is_longer {
        Err(Evidence::new(format!("{where_} the journal has more"), []))
    } else {
        Ok(())
    }
}

pub(super) fn more_tokens_first_grant(
    start: Start<'_>,
    events: &[Event<'static>],
) -> Result<(), Evidence> {
    let before = Fold::of(start, events);
    let (mut richer, mut lines) = (Vec::new(), Vec::new());
    let mut rich = BTreeSet::new();
    for ((line, event), turn) in (1..).zip(events).zip(&before.turns) {
        if let (Event::Account(event), Ok(())) = (event, turn.result)
            && rich.insert(event.account.clone())
        {
            richer.push(extra_pack(event.account.clone(), event.at));
        }
        lines.push((line, richer.len()));
        richer.push(event.clone());
    }
    let after = Fold::of(start, &richer);
    let mut decided = BTreeSet::new();
    for (&(line, place), (event, turn)) in lines.iter().zip(events.iter().zip(&before.turns)) {
        let Some(account) = event.account().filter(|it| !decided.contains(it)) else {
            continue;
        };
        let other = &after.turns[place];
        // Whether a correction finds enough in its pack may change, and then all may.
        let differs = turn.result != other.result || decisions(turn) != decisions(other);
        if !differs {
            continue;
        }
        decided.insert(account);
        let is_grant = lacked_tokens(turn) && !lacked_tokens(other);
        if turn.result == other.result && !is_grant {
            return Err(Evidence::new("with more tokens another decision came first", [line]));
        }
    }
    Ok(())
}

fn extra_pack(account: Name<'static>, at: Timestamp) -> Event<'static> {
    let pack = crate::history_writer::name("one pack more");
    let tokens = crate::history_writer::amount(PackTokens::new(Tokens::whole(1_000)));
    let action = Action::PackPurchased(PackPurchased { pack, tokens });
    Event::Account(AccountEvent { account, at, id: None, action })
}

/// What a turn decided, whatever paid for it.
fn decisions(turn: &Turn) -> Vec<Value> {
    let is_decision = |record: &&Record<'_>| {
        !matches!(
            record.entry,
            Entry::PackAdded { .. } | Entry::PackExpired { .. } | Entry::Notice(_)
        )
    };
    let decided = turn.entries.iter().filter(is_decision).map(|record| {
        let mut value = serde_json::to_value(record).unwrap_or_default();
        if let Some(fields) = value.as_object_mut() {
            fields.remove("postings");
            fields.remove("forfeited");
        }
        value
    });
    decided.collect()
}

/// Whether a turn refused something for want of tokens.
fn lacked_tokens(turn: &Turn) -> bool {
    turn.entries.iter().any(|record| match &record.entry {
        Entry::SessionDenied { reason, .. }
        | Entry::ResultDenied { reason, .. }
        | Entry::Unpaid { reason, .. } => *reason == Refusal::InsufficientTokens,
        Entry::SessionClosed { reason: SessionEnd::LockedOut, because, .. } => {
            *because == Some(Refusal::InsufficientTokens)
        }
        _ => false,
    })
}
