//! Who can take a journal, and whom a replay can be asked for.

use tallyfold_core::*;

fn purchase() -> Event<'static> {
    Event::Account(AccountEvent {
        account: Name::new("acme").unwrap(),
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
    let mut take = |record: Record<'_>| accounts.push(record.account.into_owned());
    ledger.apply(&purchase(), &mut take).unwrap();
    assert_eq!(accounts, ["acme"]);
}

#[test]
fn a_replay_shows_its_ledger() {
    let mut replay = Replay::new(Ledger::default(), None);
    replay.apply(&purchase(), &mut ()).unwrap();
    let names: Vec<_> = replay.ledger().accounts().map(AccountView::name).collect();
    assert_eq!(names, ["acme"]);
    assert_eq!(replay.ledger().account("acme").unwrap().name(), "acme");
}
