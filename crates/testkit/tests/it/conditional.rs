//! What holds only under conditions: ample tokens, constant rates, no reversals, access open to
//! all, no subscriptions, a preset without overrides, and a log without findings.
//!
//! Proofs are in docs/laws.md; here no counterexample is found among the histories of these seeds.
//! Without any of the conditions there is one (`false_laws.rs`).

use tallyfold_core::{
    AccountEvent, Action, CatalogChange, CatalogEvent, Entry, Event, Ledger, Name, PackPurchased,
    PackTokens, Per, Preset, RatePublished, RateTokens, Record, RulebookAdopted, Timestamp, Tokens,
};
use tallyfold_testkit::History;

/// How many histories are tried in each test.
const SEEDS: u64 = 1_500;

fn catalog(change: CatalogChange<'static>) -> Event<'static> {
    let at = "2026-01-01T00:00:00Z".parse().unwrap();
    Event::Catalog(CatalogEvent { at, id: None, change })
}

/// A rulebook, rates, and all the tokens that there can be.
fn ample(preset: Preset) -> Vec<Event<'static>> {
    let rate = |product: &'static str, tokens: i64| {
        catalog(CatalogChange::RatePublished(RatePublished {
            product: Name::new(product).unwrap(),
            tokens: RateTokens::new(Tokens::whole(tokens)).unwrap(),
            per: Per::Day,
        }))
    };
    let pack = Event::Account(AccountEvent {
        account: Name::new("acme").unwrap(),
        at: "2026-01-01T00:00:00Z".parse().unwrap(),
        id: None,
        action: Action::PackPurchased(PackPurchased {
            pack: Name::new("ample").unwrap(),
            tokens: PackTokens::new(Tokens::MAX_AMOUNT).unwrap(),
        }),
    });
    let adopted = catalog(CatalogChange::RulebookAdopted(RulebookAdopted::preset_only(preset)));
    vec![adopted, rate("AutoCAD", 7), rate("Revit", 10), rate("Render", 3), pack]
}

fn total(preset: Preset, sessions: &[Event<'static>]) -> Tokens {
    let (mut ledger, mut journal) = (Ledger::default(), Vec::<Record<'static>>::new());
    for event in ample(preset).iter().chain(sessions) {
        let _ = ledger.apply(event, &mut journal);
    }
    let burned = journal.iter().map(|record| match &record.entry {
        Entry::Charged(it) => it.tokens,
        Entry::Refunded(it) => -it.tokens,
        _ => Tokens::ZERO,
    });
    burned.sum()
}

/// The sessions of a history, before the ample pack expires, all of them valid.
fn sessions(seed: u64, preset: Preset) -> Vec<Event<'static>> {
    let end: Timestamp = "2026-12-01T00:00:00Z".parse().unwrap();
    let mut ledger = Ledger::default();
    ample(preset).iter().for_each(|event| ledger.apply(event, &mut ()).unwrap());
    let is_wanted = |event: &Event<'static>| match event {
        Event::Account(it) => session(event).is_some() && &*it.account == "acme" && it.at < end,
        Event::Catalog(_) => false,
    };
    let history = History::of_seed(seed, 20..=80).into_events().into_iter().filter(is_wanted);
    history.filter(|event| ledger.apply(event, &mut ()).is_ok()).collect()
}

fn session<'e>(event: &'e Event<'_>) -> Option<&'e str> {
    let Event::Account(event) = event else { return None };
    match &event.action {
        Action::SessionOpened(it) => Some(&it.session),
        Action::Heartbeat(it) => Some(&it.session),
        Action::SessionClosed(it) => Some(&it.session),
        _ => None,
    }
}

fn is_heartbeat(event: &Event<'_>) -> bool {
    matches!(event, Event::Account(AccountEvent { action: Action::Heartbeat(_), .. }))
}

#[test]
fn current_costs_no_more_than_launch() {
    let mut cheaper = 0;
    for seed in 0..SEEDS {
        let sessions = sessions(seed, Preset::Launch);
        let (launch, current) =
            (total(Preset::Launch, &sessions), total(Preset::Current, &sessions));
        assert!(current <= launch, "seed {seed}: {launch} at launch, {current} today");
        cheaper += u64::from(current < launch);
    }
    assert!(cheaper > 50, "the rulebooks differed only {cheaper} times");
}

#[test]
fn at_launch_a_heartbeat_less_costs_no_more() {
    let mut cheaper = 0;
    for seed in 0..SEEDS {
        let sessions = sessions(seed, Preset::Launch);
        let all = total(Preset::Launch, &sessions);
        for place in (0..sessions.len()).filter(|&place| is_heartbeat(&sessions[place])) {
            let mut fewer = sessions.clone();
            fewer.remove(place);
            let less = total(Preset::Launch, &fewer);
            assert!(less <= all, "seed {seed}: {all}, and {less} without event {place}");
            cheaper += u64::from(less < all);
        }
    }
    assert!(cheaper > 50, "a heartbeat mattered only {cheaper} times");
}

#[test]
fn at_launch_a_session_less_costs_no_more() {
    let mut cheaper = 0;
    for seed in 0..SEEDS {
        let sessions = sessions(seed, Preset::Launch);
        let all = total(Preset::Launch, &sessions);
        for gone in ["s1", "s2", "s3"] {
            let is_left = |event: &&Event<'_>| session(event) != Some(gone);
            let fewer: Vec<_> = sessions.iter().filter(is_left).cloned().collect();
            let less = total(Preset::Launch, &fewer);
            assert!(less <= all, "seed {seed}: {all}, and {less} without {gone}");
            cheaper += u64::from(less < all);
        }
    }
    assert!(cheaper > 50, "a session mattered only {cheaper} times");
}
