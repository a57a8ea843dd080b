//! Who can take a journal, and whom a replay can be asked for.

use tallyfold_core::*;

fn purchase() -> Event<'static> {
    purchase_of("acme")
}

fn purchase_of(account: &'static str) -> Event<'static> {
    Event::Account(AccountEvent {
        account: Name::new(account).unwrap(),
        at: "2026-01-02T00:00:00Z".parse().unwrap(),
        id: None,
        action: Action::PackPurchased(PackPurchased {
            pack: Name::new("P").unwrap(),
            tokens: PackTokens::new(Tokens::whole(10)).unwrap(),
        }),
    })
}

#[test]
fn a_closure_takes_the_journal() {
    let (mut ledger, mut accounts) = (Ledger::default(), Vec::new());
    let mut take = sink_fn(|record| accounts.push(record.account.into_owned()));
    ledger.apply(&purchase(), &mut take).unwrap();
    assert_eq!(accounts, ["acme"]);
}

#[test]
fn a_replay_shows_its_ledger() {
    let mut replay = LogFold::new(Ledger::default(), None);
    replay.apply(&purchase(), &mut ()).unwrap();
    let names: Vec<_> = replay.ledger().accounts().map(AccountView::name).collect();
    assert_eq!(names, ["acme"]);
    assert_eq!(replay.ledger().account("acme").unwrap().name(), "acme");
}

#[test]
fn a_replay_is_parted_and_put_together_again() {
    let mut replay = LogFold::new(Ledger::default(), None);
    for account in ["acme", "zenith", "bolt"] {
        replay.apply(&purchase_of(account), &mut ()).unwrap();
    }
    let names =
        |replay: &LogFold| replay.accounts().map(|it| it.account().to_owned()).collect::<Vec<_>>();
    let mut parts = replay.split(2, |name| usize::from(name == "zenith"));
    assert_eq!(parts.iter().map(names).collect::<Vec<_>>(), [vec!["acme", "bolt"], vec!["zenith"]]);
    parts[1].apply(&purchase_of("dial"), &mut ()).unwrap();
    let (second, mut whole) = (parts.remove(1), parts.remove(0));
    whole.merge(second);
    assert_eq!(names(&whole), ["acme", "bolt", "dial", "zenith"]);
    assert_eq!(whole.event_count(), 4);
}

#[test]
fn a_snapshot_of_a_replay_does_not_tell_how_it_was_parted() {
    let json = |replay: &mut LogFold| serde_json::to_string(&replay.snapshot().unwrap()).unwrap();
    let accounts = ["zenith", "acme", "bolt"];
    let mut whole = LogFold::new(Ledger::default(), None);
    accounts.iter().for_each(|account| whole.apply(&purchase_of(account), &mut ()).unwrap());
    let part_of = |name: &str| usize::from(name == "acme");
    let mut parts = LogFold::new(Ledger::default(), None).split(2, part_of);
    for account in accounts {
        parts[part_of(account)].apply(&purchase_of(account), &mut ()).unwrap();
    }
    let (second, mut together) = (parts.remove(1), parts.remove(0));
    together.merge(second);
    assert_eq!(json(&mut whole), json(&mut together));

    let snapshot = json(&mut whole);
    let snapshot = serde_json::from_str(&snapshot).unwrap();
    let restored = LogFold::restore(snapshot, HashKey::new([7; 16])).unwrap();
    let names: Vec<_> = restored.accounts().map(|it| it.account().to_owned()).collect();
    assert_eq!(
        (names, restored.event_count()),
        (vec!["acme".into(), "bolt".into(), "zenith".into()], 3)
    );
}

#[test]
fn a_replay_as_of_an_instant_has_no_snapshot() {
    let at = "2026-01-02T00:00:00Z".parse().unwrap();
    assert!(LogFold::new(Ledger::default(), Some(at)).snapshot().is_none());
}

#[test]
fn a_snapshot_of_more_events_than_there_can_be_is_refused() {
    let mut replay = LogFold::new(Ledger::default(), None);
    let mut snapshot = serde_json::to_value(replay.snapshot().unwrap()).unwrap();
    let mut is_restored = |events: u64| {
        snapshot["account_events"] = events.into();
        let snapshot = serde_json::from_value(snapshot.clone()).unwrap();
        LogFold::restore(snapshot, HashKey::default()).is_ok()
    };
    assert_eq!([u64::MAX / 2, u64::MAX / 2 + 1].map(&mut is_restored), [true, false]);
}

/// Who writes rows or labels takes the codes; the journal is written by serde.
#[test]
fn a_code_is_the_word_that_the_journal_has() {
    use ChargeReason::{Opened, Renewed, Result, Resumed};
    for reason in [Opened, Renewed, Resumed, Result] {
        assert_eq!(serde_json::to_value(reason).unwrap(), reason.code());
    }
    for level in [Level::Ok, Level::Low, Level::Empty] {
        assert_eq!(serde_json::to_value(level).unwrap(), level.code());
    }
    for per in [Per::Day, Per::Result] {
        assert_eq!(serde_json::to_value(per).unwrap(), per.code());
    }
}
