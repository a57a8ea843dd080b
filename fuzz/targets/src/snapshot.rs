//! Any bytes as a snapshot: it is refused, or gives a ledger that folds on and answers, and whose
//! own snapshot can be restored.

use std::num::NonZeroU64;

use tallyfold_core::{
    AccountAt, AccountEvent, Action, AdjustmentTokens, ChargeReversed, Event, Heartbeat, Ledger,
    LogFold, Name, Record, SessionClosed, SessionOpened, Span, Text, Timestamp, Tokens,
    TokensAdjusted,
};

use crate::common::{answers, assert_record_read_back, for_each_event, restored, through_snapshot};

/// How many charges of an account are reversed.
const REVERSALS: u64 = 8;

/// Restores the first line as a snapshot, folds the other lines, and then what the accounts
/// themselves give reason for.
pub fn snapshot(input: &[u8]) {
    let mut parts = input.splitn(2, |byte| *byte == b'\n');
    let (json, log) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let Some(Ok(ledger)) = restored(json) else { return };
    let mut replay = LogFold::new(ledger, None);
    let mut journal: Vec<Record<'static>> = Vec::new();
    assert_restorable(replay.ledger());
    for_each_event(log, |event| _ = replay.apply(event, &mut journal));
    assert_restorable(replay.ledger());
    for event in sequels(replay.ledger()) {
        let expected = replay.ledger().check(&event);
        assert_eq!(replay.apply(&event, &mut journal), expected, "check says what apply does");
    }
    assert_restorable(replay.ledger());
    replay.settle(&mut journal);
    assert_restorable(replay.ledger());
    journal.iter().for_each(assert_record_read_back);
}

fn assert_restorable(ledger: &Ledger) {
    let again = through_snapshot(ledger);
    assert_eq!(answers(ledger), answers(&again), "a snapshot changes nothing");
}

/// Events about everything that the accounts say they have, each later than the one before.
fn sequels(ledger: &Ledger) -> Vec<Event<'static>> {
    let mut events = Vec::new();
    for account in ledger.accounts() {
        let Ok(name) = Name::new(account.name().to_owned()) else { continue };
        let mut at = account.clock();
        for action in actions(account.at_last_event()).into_iter().flatten() {
            at = at + Span::hours(7);
            if at > Timestamp::LATEST {
                break;
            }
            let account = name.clone();
            events.push(Event::Account(AccountEvent { account, at, id: None, action }));
        }
    }
    events
}

/// What may happen to the sessions, packs, windows and charges of an account.
fn actions(settled: AccountAt<'_>) -> Vec<Option<Action<'static>>> {
    let name = |text: &str| Name::new(text.to_owned()).ok();
    let heartbeat = |session: &str, active| {
        Some(Action::Heartbeat(Heartbeat { session: name(session)?, active }))
    };
    let open = |user: &str, product: &str| {
        let (user, product) = (name(user)?, name(product)?);
        let session = name("sequel")?;
        Some(Action::SessionOpened(SessionOpened { session, user, product, version: None }))
    };
    let close =
        |session: &str| Some(Action::SessionClosed(SessionClosed { session: name(session)? }));
    let adjust = |pack: &str, tokens| {
        let (tokens, reason) = (AdjustmentTokens::new(tokens).ok()?, Text::new("sequel").ok()?);
        Some(Action::TokensAdjusted(TokensAdjusted { pack: name(pack)?, tokens, reason }))
    };
    let mut actions = Vec::new();
    for it in settled.live_sessions() {
        actions.extend([heartbeat(&it.session, false), heartbeat(&it.session, true)]);
        actions.extend([open(&it.user, &it.product), close(&it.session), close("sequel")]);
        let reversed = (1..=settled.charge_count().min(REVERSALS)).map(|charge| {
            let (user, product) = (name(&it.user)?, name(&it.product)?);
            let (charge, reason) = (NonZeroU64::new(charge)?, Text::new("").ok()?);
            Some(Action::ChargeReversed(ChargeReversed { charge, user, product, reason }))
        });
        actions.extend(reversed);
    }
    for it in settled.packs() {
        actions.extend([adjust(&it.pack, Tokens::MAX_AMOUNT), adjust(&it.pack, -Tokens::whole(1))]);
    }
    for it in settled.windows() {
        actions.extend([open(&it.user, &it.product), close("sequel")]);
    }
    actions
}
