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

#[test]
fn a_replay_is_parted_and_put_together_again() {
    let mut replay = Replay::new(Ledger::default(), None);
    for account in ["acme", "zenith", "bolt"] {
        replay.apply(&purchase_of(account), &mut ()).unwrap();
    }
    let names =
        |replay: &Replay| replay.accounts().map(|it| it.account().to_owned()).collect::<Vec<_>>();
    let mut parts = replay.part(2, |name| usize::from(name == "zenith"));
    assert_eq!(parts.iter().map(names).collect::<Vec<_>>(), [vec!["acme", "bolt"], vec!["zenith"]]);
    parts[1].apply(&purchase_of("dial"), &mut ()).unwrap();
    let (second, mut whole) = (parts.remove(1), parts.remove(0));
    whole.absorb(second);
    assert_eq!(names(&whole), ["acme", "bolt", "dial", "zenith"]);
    assert_eq!(whole.events(), 4);
}
