//! Laws of the fold in itself: prefixes, findings, questions, snapshots, as-of.

use std::collections::{BTreeMap, BTreeSet};

use tallyfold_core::{
    AccountEvent, Action, Admission, Balance, Entry, Event, Name, Posting, Record, Refusal,
    Rulebook, Timestamp, Tokens,
};

use super::Evidence;
use crate::books::{BookedAccount, Books};
use crate::fold::{Fold, Turn, agree, turn};
use crate::model::Model;
use crate::service::{Service, Start};

/// Up to so many events every cut is tried; of a longer log so many cuts, evenly spread.
const EVERY_CUT: usize = 48;
const CUTS: usize = 12;

/// Where to cut a log: after so many events.
fn cuts(events: usize) -> Vec<usize> {
    if events <= EVERY_CUT {
        return (0..=events).collect();
    }
    (0..=CUTS).map(|part| events * part / CUTS).collect()
}

/// The first turn that differs, as evidence.
pub(crate) fn same_turns(expected: &[Turn], got: &[Turn], where_: &str) -> Result<(), Evidence> {
    let pairs = (1..).zip(expected.iter().zip(got));
    for (line, (expected, got)) in pairs {
        if expected.result != got.result {
            let says =
                format!("{where_} the answer is {:?}, not {:?}", got.result, expected.result);
            return Err(Evidence::new(says, [line]));
        }
        same_entries(&expected.entries, &got.entries, where_)
            .map_err(|evidence| Evidence { lines: vec![line], ..evidence })?;
    }
    Ok(())
}

/// The first entry that differs, as evidence.
pub(crate) fn same_entries<'a>(
    expected: impl IntoIterator<Item = &'a Record<'static>>,
    got: impl IntoIterator<Item = &'a Record<'static>>,
    where_: &str,
) -> Result<(), Evidence> {
    let (mut expected, mut got) = (expected.into_iter(), got.into_iter());
    loop {
        let (expected, got) = match (expected.next(), got.next()) {
            (None, None) => return Ok(()),
            (Some(expected), Some(got)) if expected == got => continue,
            pair => pair,
        };
        let says = match (expected, got) {
            (Some(expected), _) => {
                let text = serde_json::to_string(expected).unwrap_or_default();
                format!("{where_} the journal does not go on with {text}")
            }
            (None, _) => format!("{where_} the journal has more"),
        };
        let entry = got.map(|got| Box::new(got.clone()));
        return Err(Evidence { says, lines: Vec::new(), entry });
    }
}

pub(super) fn a_prefix_folds_to_a_prefix(
    start: Start<'_>,
    events: &[Event<'static>],
) -> Result<(), Evidence> {
    let whole = Fold::of(start, events);
    cuts(events.len()).into_iter().try_for_each(|cut| {
        let part = Fold::of(start, &events[..cut]);
        same_turns(&whole.turns[..cut], &part.turns, &format!("of the first {cut} events"))
    })
}

pub(super) fn findings_change_nothing(
    start: Start<'_>,
    events: &[Event<'static>],
) -> Result<(), Evidence> {
    let whole = Fold::of(start, events);
    let applied =
        |(event, turn): (&Event<'static>, &Turn)| turn.result.is_ok().then(|| event.clone());
    let valid: Vec<_> = events.iter().zip(&whole.turns).filter_map(applied).collect();
    let part = Fold::of(start, &valid);
    same_entries(whole.journal(), part.journal(), "without findings")
}

pub(super) fn settling_is_a_question(
    start: Start<'_>,
    events: &[Event<'static>],
) -> Result<(), Evidence> {
    let whole = Fold::of(start, events);
    let (mut service, cuts) = (start(), cuts(events.len()));
    let mut turns = Vec::new();
    for (place, event) in events.iter().enumerate() {
        if cuts.contains(&place) {
            // What is answered is the concern of other laws.
            drop(service.settled(None));
            drop(service.settled(Some(Timestamp::LATEST)));
        }
        turns.push(turn(service.as_mut(), event));
    }
    same_turns(&whole.turns, &turns, "after it was asked")
}

pub(super) fn a_snapshot_changes_nothing(
    start: Start<'_>,
    events: &[Event<'static>],
) -> Result<(), Evidence> {
    let whole = Fold::of(start, events);
    let (mut service, cuts) = (start(), cuts(events.len()));
    let mut turns = Vec::new();
    for (place, event) in events.iter().enumerate() {
        if cuts.contains(&place) {
            let Some(reopened) = service.reopened() else {
                return unanswered(service.as_ref(), start);
            };
            service = reopened;
        }
        turns.push(turn(service.as_mut(), event));
    }
    same_turns(&whole.turns, &turns, "after it was reopened")?;
    same_entries(&whole.settled, &service.settled(None), "settled after it was reopened")
}

/// A service that never reopens has nothing to break; one that sometimes does, does.
fn unanswered(_: &dyn Service, start: Start<'_>) -> Result<(), Evidence> {
    match start().reopened() {
        None => Ok(()),
        Some(_) => Err(Evidence::new("what was stored cannot be read again", [])),
    }
}

pub(super) fn admit_predicts_the_open(
    start: Start<'_>,
    events: &[Event<'static>],
) -> Result<(), Evidence> {
    let mut service = start();
    for (line, event) in (1..).zip(events) {
        let forecast = forecast(service.as_ref(), event);
        let turn = turn(service.as_mut(), event);
        let Some(forecast) = forecast.filter(|_| turn.result.is_ok()) else {
            continue;
        };
        let opened = opened(&turn, event.at());
        if opened.as_ref() != Some(&forecast) {
            let says = format!("it was to be {forecast:?} and became {opened:?}");
            return Err(Evidence::new(says, [line]));
        }
    }
    Ok(())
}

/// What an open does.
#[derive(Debug, PartialEq, Eq)]
enum Open {
    Joins { charge: u64 },
    Covered { subscription: String, until: Timestamp },
    Charged { tokens: Tokens, postings: Vec<(String, Tokens)>, until: Timestamp },
    Refused(Refusal),
}

fn forecast(service: &dyn Service, event: &Event<'_>) -> Option<Open> {
    let Event::Account(AccountEvent { account, at, action: Action::SessionOpened(it), .. }) = event
    else {
        return None;
    };
    Some(match service.admit(account, &it.user, &it.product, *at)? {
        Admission::Joins { charge, .. } => Open::Joins { charge },
        Admission::Covered { subscription, until } => {
            Open::Covered { subscription: subscription.into_owned(), until }
        }
        Admission::Charged { tokens, postings, until } => {
            let owned = |it: Posting<'_>| (it.pack.into_owned(), it.tokens);
            Open::Charged { tokens, postings: postings.into_iter().map(owned).collect(), until }
        }
        Admission::Refused(refusal) => Open::Refused(refusal),
    })
}

/// What an open did, from what it wrote.
fn opened(turn: &Turn, at: Timestamp) -> Option<Open> {
    turn.entries.iter().filter(|record| record.at == at).find_map(|record| match &record.entry {
        Entry::Charged(it) => {
            let until = it.window?.ends_at;
            Some(match &it.subscription {
                Some(name) => Open::Covered { subscription: name.to_string(), until },
                None => {
                    let postings = it.postings.iter();
                    let postings = postings.map(|it| (it.pack.to_string(), it.tokens));
                    Open::Charged { tokens: it.tokens, postings: postings.collect(), until }
                }
            })
        }
        Entry::SessionOpened { charge, .. } => Some(Open::Joins { charge: *charge }),
        Entry::SessionDenied { reason, .. } => Some(Open::Refused(*reason)),
        _ => None,
    })
}

pub(super) fn balances_follow_the_journal(
    start: Start<'_>,
    events: &[Event<'static>],
) -> Result<(), Evidence> {
    let (mut service, mut books) = (start(), Books::default());
    for (line, event) in (1..).zip(events) {
        let turn = turn(service.as_mut(), event);
        turn.entries.iter().for_each(|record| books.post(line, Some(event), record));
        books.close_turn(event, turn.result);
        let Event::Account(event) = event else {
            continue;
        };
        let Some(account) = service.account(&event.account) else {
            continue;
        };
        let packs = account.packs.into_iter();
        let mut stated: Vec<_> = packs.map(|pack| (pack.pack, pack.balance)).collect();
        let mut kept = balances(books.account(&event.account));
        kept.sort_by(|a, b| a.0.cmp(&b.0));
        stated.sort_by(|a, b| a.0.cmp(&b.0));
        if stated != kept {
            let says = format!("the service states {stated:?}, its journal adds up to {kept:?}");
            return Err(Evidence::new(says, [line]));
        }
        if let Some((pack, _)) = stated.iter().find(|(_, balance)| !balance.is_conserved()) {
            return Err(Evidence::new(format!("pack {pack} does not add up"), [line]));
        }
    }
    Ok(())
}

fn balances(account: &BookedAccount) -> Vec<(String, Balance)> {
    let balance = |pack: &crate::books::BookedPack| Balance {
        purchased: pack.tokens,
        adjusted: pack.adjusted,
        burned: pack.burned,
        expired: pack.expired,
        available: pack.available,
    };
    account.packs.iter().map(|pack| (pack.name.clone(), balance(pack))).collect()
}

/// Instants to ask as of: those of some events, and a nanosecond before them.
fn instants(events: &[Event<'_>]) -> Vec<Timestamp> {
    let mut instants = Vec::new();
    for part in 0..=6 {
        if let Some(event) = events.get((events.len() * part / 6).saturating_sub(1)) {
            let before = Timestamp::from_unix_nanos(event.at().unix_nanos() - 1);
            instants.extend(before);
            instants.push(event.at());
        }
    }
    instants.sort_unstable();
    instants.dedup();
    instants
}

fn as_of(start: Start<'_>, events: &[Event<'static>], at: Timestamp) -> Option<Fold> {
    Some(Fold::with(start().as_of(at)?, events, Some(at)))
}

pub(super) fn as_of_is_the_journal_until_then(
    start: Start<'_>,
    events: &[Event<'static>],
) -> Result<(), Evidence> {
    for at in instants(events) {
        let Some(then) = as_of(start, events, at) else {
            return Ok(());
        };
        let whole = Fold::with(start(), events, Some(at));
        let (whole, then) = (whole.journals(), then.journals());
        for account in accounts(events) {
            let until = entries(&whole, account).filter(|record| record.at <= at);
            let where_ = format!("as of {at} in {account}");
            same_entries(until, entries(&then, account), &where_)?;
        }
    }
    Ok(())
}

pub(super) fn the_model_agrees(
    start: Start<'_>,
    first_rulebook: Rulebook,
    events: &[Event<'static>],
) -> Result<(), Evidence> {
    agree(&|| Box::new(Model::new(first_rulebook)), start, events)
}

/// The entries of one account, of all journals.
pub(super) fn entries<'j>(
    journals: &BTreeMap<&str, Vec<&'j Record<'static>>>,
    account: &str,
) -> impl Iterator<Item = &'j Record<'static>> {
    journals.get(account).into_iter().flatten().copied()
}

/// The accounts of a log, in byte order of their names.
pub(crate) fn accounts<'e>(events: &'e [Event<'_>]) -> BTreeSet<&'e str> {
    events.iter().filter_map(|event| event.account().map(Name::as_str)).collect()
}

pub(super) fn expired_never_falls(
    start: Start<'_>,
    events: &[Event<'static>],
) -> Result<(), Evidence> {
    let mut before = (Tokens::ZERO, Timestamp::EARLIEST);
    for at in instants(events) {
        let Some(then) = as_of(start, events, at) else {
            return Ok(());
        };
        let expired: Tokens = then.journal().map(expired_by).sum();
        if expired < before.0 {
            let (more, earlier) = before;
            let says = format!("{more} tokens are expired as of {earlier}, {expired} as of {at}");
            return Err(Evidence::new(says, []));
        }
        before = (expired, at);
    }
    Ok(())
}

fn expired_by(record: &Record<'_>) -> Tokens {
    match &record.entry {
        Entry::PackExpired { tokens, .. } => *tokens,
        Entry::Refunded(refunded) => refunded.forfeited,
        _ => Tokens::ZERO,
    }
}
