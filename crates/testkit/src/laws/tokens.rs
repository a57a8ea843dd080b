//! Tokens: where they are, which pack pays, what comes back, and what admins are told.

use std::collections::BTreeSet;

use tallyfold_core::{
    Charged, Entry, Event, Notice, Posting, Record, RefundReason, Refunded, Span, Tokens,
};

use super::{Broken, Glance, holds};
use crate::books::{BookedAccount, BookedPack};

fn known<'a>(account: &'a BookedAccount, name: &str) -> Result<&'a BookedPack, Broken> {
    account.pack(name).ok_or_else(|| format!("there is no pack {name}").into())
}

pub(super) fn tokens_are_conserved(glance: &Glance<'_>) -> Result<(), Broken> {
    let (account, Some(record)) = (glance.account, glance.record) else {
        return Ok(());
    };
    match &record.entry {
        Entry::Adjusted { pack, tokens, .. } => {
            let pack = known(account, pack)?;
            let says = || format!("the pack has {} tokens", pack.available);
            not_negative(pack.available + *tokens, says, &[pack.line])
        }
        Entry::PackExpired { pack, tokens } => {
            let pack = known(account, pack)?;
            let says = || format!("{} tokens were left in the pack", pack.available);
            let is_what_was_left = pack.available == *tokens;
            is_what_was_left.then_some(()).ok_or_else(|| Broken::because(says(), &[pack.line]))
        }
        Entry::Charged(charged) => charged.postings.iter().try_for_each(|posting| {
            let pack = known(account, &posting.pack)?;
            let says = || format!("pack {} has {} tokens", pack.name, pack.available);
            not_negative(pack.available - posting.tokens, says, &[pack.line])
        }),
        Entry::Refunded(refunded) => {
            for posting in refunded.postings.iter() {
                let pack = known(account, &posting.pack)?;
                let says = || format!("pack {} has {} tokens burned", pack.name, pack.burned);
                not_negative(pack.burned - posting.tokens, says, &[pack.line])?;
            }
            forfeits_what_is_expired(account, refunded)
        }
        _ => add_up(account),
    }
}

/// P7 of every pack, as the books have it.
fn add_up(account: &BookedAccount) -> Result<(), Broken> {
    let bad = account.packs.iter().find(|pack| {
        let are_where = pack.available + pack.burned + pack.expired;
        let signs = [pack.available, pack.burned, pack.expired];
        pack.tokens + pack.adjusted != are_where || signs.iter().any(|it| *it < Tokens::ZERO)
    });
    bad.map_or(Ok(()), |pack| {
        Err(Broken::because(format!("pack {} does not add up", pack.name), &[pack.line]))
    })
}

fn not_negative(left: Tokens, says: impl Fn() -> String, lines: &[u64]) -> Result<(), Broken> {
    if left >= Tokens::ZERO { Ok(()) } else { Err(Broken::because(says(), lines)) }
}

fn forfeits_what_is_expired(
    account: &BookedAccount,
    refunded: &Refunded<'_>,
) -> Result<(), Broken> {
    let is_expired =
        |posting: &&Posting<'_>| account.pack(&posting.pack).is_some_and(|pack| pack.is_expired);
    let expired: Tokens =
        refunded.postings.iter().filter(is_expired).map(|posting| posting.tokens).sum();
    holds(refunded.forfeited == expired, || {
        format!("{expired} tokens of the refund belong to expired packs")
    })
}

pub(super) fn charges_are_paid_in_full(glance: &Glance<'_>) -> Result<(), Broken> {
    let Some(Record { entry: Entry::Charged(charged), .. }) = glance.record else {
        return Ok(());
    };
    let sum: Tokens = charged.postings.iter().map(|posting| posting.tokens).sum();
    holds(sum == charged.tokens, || format!("the postings add up to {sum}"))?;
    let all_positive = charged.postings.iter().all(|posting| posting.tokens > Tokens::ZERO);
    holds(all_positive, || "a posting takes nothing, or gives".into())?;
    let packs: BTreeSet<_> = charged.postings.iter().map(|posting| &posting.pack).collect();
    holds(packs.len() == charged.postings.len(), || "a pack pays twice".into())
}

pub(super) fn packs_burn_in_order(glance: &Glance<'_>) -> Result<(), Broken> {
    let Some(record) = glance.record else {
        return Ok(());
    };
    let Entry::Charged(Charged { tokens, postings, .. }) = &record.entry else {
        return Ok(());
    };
    let is_candidate =
        |pack: &&BookedPack| pack.is_usable(record.at) && pack.available > Tokens::ZERO;
    let mut candidates: Vec<_> = glance.account.packs.iter().filter(is_candidate).collect();
    // The books list packs in log order, and the sort is stable.
    candidates.sort_by_key(|pack| (pack.expires_at.utc_day(), pack.tokens, pack.expires_at));
    let mut missing = *tokens;
    let mut due = Vec::new();
    for pack in candidates {
        if missing <= Tokens::ZERO {
            break;
        }
        let part = missing.min(pack.available);
        due.push((pack, part));
        missing -= part;
    }
    let is_due = postings.len() == due.len()
        && postings
            .iter()
            .zip(&due)
            .all(|(posting, (pack, part))| posting.pack == pack.name && posting.tokens == *part);
    let parts = || due.iter().map(|(pack, part)| format!("{}:{part}", pack.name));
    let lines: Vec<_> = due.iter().map(|(pack, _)| pack.line).collect();
    is_due.then_some(()).ok_or_else(|| {
        let parts: Vec<_> = parts().collect();
        Broken::because(format!("burn order pays from [{}]", parts.join(" ")), &lines)
    })
}

pub(super) fn only_usable_packs_pay(glance: &Glance<'_>) -> Result<(), Broken> {
    let (account, Some(record)) = (glance.account, glance.record) else {
        return Ok(());
    };
    let usable = |name: &str| {
        let pack = known(account, name)?;
        let says = || {
            let (from, to) = (pack.purchased_at, pack.expires_at);
            format!("pack {name} is usable from {from} to before {to}")
        };
        let is_usable = pack.is_usable(record.at);
        is_usable.then_some(()).ok_or_else(|| Broken::because(says(), &[pack.line]))
    };
    match &record.entry {
        Entry::Charged(it) => it.postings.iter().try_for_each(|posting| usable(&posting.pack)),
        Entry::Adjusted { pack, .. } => usable(pack),
        _ => Ok(()),
    }
}

pub(super) fn packs_expire_on_time(glance: &Glance<'_>) -> Result<(), Broken> {
    let account = glance.account;
    if let Some(Record { at, entry, .. }) = glance.record {
        match entry {
            Entry::PackAdded { pack, expires_at, .. } => {
                let is_new = account.pack(pack).is_none();
                holds(is_new, || format!("there is a pack {pack} already"))?;
                let due = *at + Span::days(glance.rulebook().validity_days());
                holds(*expires_at == due, || format!("a pack of that day expires at {due}"))?;
            }
            Entry::PackExpired { pack, .. } => {
                let pack = known(account, pack)?;
                let says = || format!("the pack expires once, at {}", pack.expires_at);
                let is_due = pack.expires_at == *at && !pack.is_expired;
                is_due.then_some(()).ok_or_else(|| Broken::because(says(), &[pack.line]))?;
                return Ok(());
            }
            _ => {}
        }
    }
    let is_applied = glance.finding.is_none();
    let Some(at) = glance.at().filter(|_| is_applied) else {
        return Ok(());
    };
    // An entry may be of a timer that fires first at that instant (T4).
    let is_due = |due| if glance.record.is_some() { due < at } else { due <= at };
    let is_overdue = |pack: &&BookedPack| !pack.is_expired && is_due(pack.expires_at);
    let overdue = account.packs.iter().find(is_overdue);
    overdue.map_or(Ok(()), |pack| {
        let says = format!("pack {} had to expire at {}", pack.name, pack.expires_at);
        Err(Broken::because(says, &[pack.line]))
    })
}

pub(super) fn refunds_are_whole(glance: &Glance<'_>) -> Result<(), Broken> {
    let Some(Record { entry: Entry::Refunded(refunded), .. }) = glance.record else {
        return Ok(());
    };
    let charge = glance
        .account
        .charge(refunded.charge)
        .ok_or_else(|| format!("there is no charge {}", refunded.charge))?;
    let broken = |says: &str| Err(Broken::because(says.to_owned(), &[charge.line]));
    if charge.is_refunded {
        return broken("the charge was refunded before");
    }
    if charge.tokens.is_zero() {
        return broken("the charge took nothing");
    }
    let given = refunded.postings.iter().map(|it| (it.pack.to_string(), it.tokens));
    if refunded.tokens != charge.tokens || !given.eq(charge.postings.iter().cloned()) {
        return broken("the refund is not what the charge took");
    }
    let is_reversal = refunded.reason == RefundReason::Reversed;
    holds(refunded.note.is_some() == is_reversal, || "only a reversal has a note".into())?;
    reverses_what_was_named(glance, refunded.charge)
}

/// X1: a reversal names the charge's user and product.
fn reverses_what_was_named(glance: &Glance<'_>, number: u64) -> Result<(), Broken> {
    use tallyfold_core::Action;
    let (Some(Event::Account(event)), Some(charge)) = (glance.event, glance.account.charge(number))
    else {
        return Ok(());
    };
    let Action::ChargeReversed(named) = &event.action else {
        return Ok(());
    };
    let fits = charge.user == *named.user && charge.product == *named.product;
    holds(fits, || format!("the charge is of {} and {}", charge.user, charge.product))
}

pub(super) fn notices_of_the_balance(glance: &Glance<'_>) -> Result<(), Broken> {
    let notice = glance.record.and_then(|record| match &record.entry {
        Entry::Notice(notice @ (Notice::LowBalance { .. } | Notice::NoTokens { .. })) => {
            Some(notice)
        }
        _ => None,
    });
    let owed = glance.account.owed.as_ref();
    holds(notice == owed, || match owed {
        Some(owed) => format!("a notice is due here: {owed:?}"),
        None => "no notice is due here".into(),
    })
}

pub(super) fn notices_of_expiry(glance: &Glance<'_>) -> Result<(), Broken> {
    if let Some(Record { at, entry: Entry::Notice(Notice::Expiring { pack, tokens }), .. }) =
        glance.record
    {
        let pack = known(glance.account, pack)?;
        let is_due =
            pack.notice_at == Some(*at) && pack.available == *tokens && *tokens > Tokens::ZERO;
        let says = || format!("it holds {} tokens, notice {:?}", pack.available, pack.notice_at);
        return is_due.then_some(()).ok_or_else(|| Broken::because(says(), &[pack.line]));
    }
    let (Some(at), None) = (glance.at(), glance.finding) else {
        return Ok(());
    };
    let is_missed = |pack: &&BookedPack| {
        pack.notice_at.is_some_and(|due| due <= at) && pack.available > Tokens::ZERO
    };
    let missed = glance.account.packs.iter().find(is_missed);
    missed.map_or(Ok(()), |pack| {
        let says = format!("notice of pack {} was due", pack.name);
        Err(Broken::because(says, &[pack.line]))
    })
}
