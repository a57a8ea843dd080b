//! What one might take for a law and is none: each with the smallest history that shows it.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use tallyfold_core::{Entry, Event, Ledger, Refusal, Tokens};
use tallyfold_log::parse_line;
use tallyfold_testkit::{Fold, Service};

/// The events of a scenario whose values are single words.
fn events(scenario: &str) -> Vec<Event<'static>> {
    let lines = scenario.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(|line| parse_line(json(line).as_bytes()).unwrap().into_owned()).collect()
}

fn json(line: &str) -> String {
    let (mut event, mut words) = (Map::new(), vec!["at", "account", "type"].into_iter());
    let catalog = ["RatePublished", "RulebookAdopted", "CollectionDefined"];
    for word in line.split(' ') {
        match word.split_once('=') {
            Some((key, value)) => {
                let value = serde_json::from_str(value).unwrap_or(Value::String(value.into()));
                event.insert(key.into(), value);
            }
            None if catalog.contains(&word) => drop(event.insert("type".into(), word.into())),
            None => drop(event.insert(words.next().unwrap().into(), word.into())),
        }
    }
    Value::Object(event).to_string()
}

fn fold(events: &[Event<'_>]) -> Fold {
    let fold = Fold::of(&|| Box::new(Ledger::default()) as Box<dyn Service>, events);
    let findings = fold.turns.iter().filter(|turn| turn.result.is_err()).count();
    assert!(findings <= 1, "only a session that is not live any more: {:?}", fold.turns);
    fold
}

/// What was charged, less what was refunded.
fn total(journal: &Fold) -> Tokens {
    let burned = journal.journal().map(|record| match &record.entry {
        Entry::Charged(it) => it.tokens,
        Entry::Refunded(it) => -it.tokens,
        _ => Tokens::ZERO,
    });
    burned.sum()
}

fn expired(journal: &Fold) -> Tokens {
    let expired = journal.journal().map(|record| match &record.entry {
        Entry::PackExpired { tokens, .. } => *tokens,
        _ => Tokens::ZERO,
    });
    expired.sum()
}

/// Each session that was opened or denied, and whether it was opened.
fn opened(journal: &Fold) -> BTreeMap<String, bool> {
    let opened = journal.journal().filter_map(|record| match &record.entry {
        Entry::SessionOpened { session, .. } => Some((session.to_string(), true)),
        Entry::SessionDenied { session, reason: Refusal::InsufficientTokens, .. } => {
            Some((session.to_string(), false))
        }
        _ => None,
    });
    opened.collect()
}

/// The same without the events of which a text is part of the scenario's line.
fn without(scenario: &str, part: &str) -> Vec<Event<'static>> {
    let kept: Vec<_> = scenario.lines().filter(|line| !line.contains(part)).collect();
    assert!(kept.len() < scenario.lines().count(), "nothing was taken away");
    events(&kept.join("\n"))
}

const TWO_RATES: &str = "
    2026-01-01T00:00:00Z RatePublished product=Revit tokens=10
    2026-01-01T00:00:00Z RatePublished product=AutoCAD tokens=7";

#[test]
fn more_tokens_may_deny_a_later_open() {
    let scenario = format!(
        "{TWO_RATES}
    2026-01-02T00:00:00Z acme PackPurchased pack=P tokens=7
    2026-01-02T00:00:00Z acme PackPurchased pack=more tokens=3
    2026-01-05T09:00:00Z acme SessionOpened session=s1 user=ana product=Revit
    2026-01-05T10:00:00Z acme SessionOpened session=s2 user=ana product=AutoCAD"
    );
    let less = opened(&fold(&without(&scenario, "more")));
    assert_eq!((less["s1"], less["s2"]), (false, true));
    let more = opened(&fold(&events(&scenario)));
    assert_eq!((more["s1"], more["s2"]), (true, false), "the first open takes them");
}

#[test]
fn a_subscription_may_raise_charges() {
    let scenario = "
    2026-01-01T00:00:00Z RatePublished product=AutoCAD tokens=7
    2026-01-02T00:00:00Z acme PackPurchased pack=P tokens=100
    2026-01-02T00:00:00Z acme SubscriptionPurchased subscription=S offering=AutoCAD seats=1 starts=2026-01-02T00:00:00Z ends=2026-01-06T00:00:00Z
    2026-01-02T00:00:00Z acme SubscriptionAssigned subscription=S user=ana
    2026-01-05T09:00:00Z acme SessionOpened session=s user=ana product=AutoCAD
    2026-01-07T09:00:00Z acme Heartbeat session=s
    2026-01-08T09:00:00Z acme Heartbeat session=s";
    // Covered, the session lives on for 30 days out of contact; paid, it lapses after 24 hours.
    let with = total(&fold(&events(scenario)));
    let paid: Vec<_> = without(scenario, "Subscription");
    let without = total(&Fold::of(&|| Box::new(Ledger::default()), &paid));
    assert_eq!((without, with), (Tokens::whole(7), Tokens::whole(14)));
}

/// Two packs that expire on one date: burn order takes the small one first, though the big one
/// expires earlier.
const DATE_TIE: &str = "
    2026-01-01T00:00:00Z RatePublished product=AutoCAD tokens=10
    2026-01-01T00:00:00Z RulebookAdopted rulebook=launch overrides={\"validity_days\":1}
    2026-01-05T01:00:00Z acme PackPurchased pack=big tokens=20
    2026-01-05T23:00:00Z acme PackPurchased pack=small tokens=10
    2026-01-05T23:30:00Z acme SessionOpened session=s1 user=ana product=AutoCAD
    2026-01-06T02:00:00Z acme SessionOpened session=s2 user=ben product=AutoCAD
    2026-01-07T00:00:00Z acme FlexAssigned user=ana";

/// The same with the big pack bought as two.
const DATE_TIE_SPLIT: &str = "
    2026-01-01T00:00:00Z RatePublished product=AutoCAD tokens=10
    2026-01-01T00:00:00Z RulebookAdopted rulebook=launch overrides={\"validity_days\":1}
    2026-01-05T01:00:00Z acme PackPurchased pack=half tokens=10
    2026-01-05T01:00:00Z acme PackPurchased pack=other-half tokens=10
    2026-01-05T23:00:00Z acme PackPurchased pack=small tokens=10
    2026-01-05T23:30:00Z acme SessionOpened session=s1 user=ana product=AutoCAD
    2026-01-06T02:00:00Z acme SessionOpened session=s2 user=ben product=AutoCAD
    2026-01-07T00:00:00Z acme FlexAssigned user=ana";

#[test]
fn burn_order_may_let_more_expire_than_had_to() {
    let fold = fold(&events(DATE_TIE));
    // From the big pack first, both opens would have been paid and only 10 tokens expired.
    assert_eq!(expired(&fold), Tokens::whole(20));
    assert!(!opened(&fold)["s2"]);
}

#[test]
fn splitting_a_pack_may_change_totals() {
    let (whole, split) = (fold(&events(DATE_TIE)), fold(&events(DATE_TIE_SPLIT)));
    assert_eq!((total(&whole), total(&split)), (Tokens::whole(10), Tokens::whole(20)));
    assert_eq!((expired(&whole), expired(&split)), (Tokens::whole(20), Tokens::whole(10)));
}

#[test]
fn shifts_by_hours_may_change_which_pack_pays() {
    let first_posting = |big: &str, small: &str, open: &str| {
        let scenario = format!(
            "2026-01-01T00:00:00Z RatePublished product=AutoCAD tokens=7
            {big} acme PackPurchased pack=big tokens=20
            {small} acme PackPurchased pack=small tokens=10
            {open} acme SessionOpened session=s user=ana product=AutoCAD"
        );
        let fold = fold(&events(&scenario));
        let mut postings = fold.journal().filter_map(|record| match &record.entry {
            Entry::Charged(it) => it.postings.first().map(|posting| posting.pack.to_string()),
            _ => None,
        });
        postings.next().unwrap()
    };
    let before =
        first_posting("2026-01-05T23:00:00Z", "2026-01-06T01:00:00Z", "2026-01-06T09:00:00Z");
    let an_hour_later =
        first_posting("2026-01-06T00:00:00Z", "2026-01-06T02:00:00Z", "2026-01-06T10:00:00Z");
    assert_eq!((before.as_str(), an_hour_later.as_str()), ("big", "small"));
}

#[test]
fn burned_may_fall() {
    let scenario = "
    2026-01-01T00:00:00Z RatePublished product=AutoCAD tokens=7
    2026-01-02T00:00:00Z acme PackPurchased pack=P tokens=7
    2026-01-05T09:00:00Z acme SessionOpened session=s user=ana product=AutoCAD
    2026-01-05T10:00:00Z acme ChargeReversed charge=1 user=ana product=AutoCAD reason=mistake";
    let events = events(scenario);
    assert_eq!(total(&fold(&events[..3])), Tokens::whole(7));
    assert_eq!(total(&fold(&events)), Tokens::ZERO);
}

/// The total of a scenario in which lines of the other rulebook's name are read as this one's.
fn total_under(rulebook: &str, scenario: &str) -> Tokens {
    let adopted = format!("2026-01-01T00:00:00Z RulebookAdopted rulebook={rulebook}\n{scenario}");
    total(&fold(&events(&adopted)))
}

#[test]
fn current_may_cost_more_than_launch_where_access_changes() {
    let scenario = "
    2026-01-01T00:00:00Z RatePublished product=AutoCAD tokens=7
    2026-01-02T00:00:00Z acme PackPurchased pack=P tokens=1000
    2026-01-05T09:00:00Z acme SessionOpened session=s user=ana product=AutoCAD
    2026-01-06T08:00:00Z acme FlexUnassigned user=ana
    2026-01-06T09:00:00Z acme Heartbeat session=s active=false
    2026-01-06T10:00:00Z acme FlexAssigned user=ana
    2026-01-06T11:00:00Z acme Heartbeat session=s";
    // Launch wants cover for the idle heartbeat, is refused, and locks the session out.
    let (launch, current) = (total_under("launch", scenario), total_under("current", scenario));
    assert_eq!((launch, current), (Tokens::whole(7), Tokens::whole(14)));
}

#[test]
fn current_may_cost_more_than_launch_where_seats_change() {
    let scenario = "
    2026-01-01T00:00:00Z RatePublished product=AutoCAD tokens=7
    2026-01-01T00:00:00Z CollectionDefined collection=AEC products=[\"AutoCAD\"]
    2026-01-02T00:00:00Z acme PackPurchased pack=P tokens=1000
    2026-01-02T00:00:00Z acme SubscriptionPurchased subscription=S offering=AEC seats=1 starts=2026-01-02T00:00:00Z ends=2027-01-02T00:00:00Z
    2026-01-02T00:00:00Z acme SubscriptionAssigned subscription=S user=ana
    2026-01-05T09:00:00Z acme SessionOpened session=s user=ana product=AutoCAD
    2026-01-06T09:00:00Z acme Heartbeat session=s active=false
    2026-01-06T09:00:00Z CollectionDefined collection=AEC products=[]
    2026-01-06T10:00:00Z acme Heartbeat session=s";
    // Launch has taken a covered window for the idle heartbeat; current has not.
    let (launch, current) = (total_under("launch", scenario), total_under("current", scenario));
    assert_eq!((launch, current), (Tokens::ZERO, Tokens::whole(7)));
}

#[test]
fn taking_away_a_heartbeat_may_raise_the_total() {
    // With 17 tokens the renewal leaves too few for the dearer product.
    let scarce = format!(
        "{TWO_RATES}
    2026-01-02T00:00:00Z acme PackPurchased pack=P tokens=17
    2026-01-05T09:00:00Z acme SessionOpened session=s1 user=ana product=AutoCAD
    2026-01-06T09:00:00Z acme Heartbeat session=s1
    2026-01-06T09:00:00Z acme SessionOpened session=s2 user=ben product=Revit"
    );
    let (with, less) = (fold(&events(&scarce)), fold(&without(&scarce, "Heartbeat")));
    assert_eq!((total(&with), total(&less)), (Tokens::whole(14), Tokens::whole(17)));
    // With ample ones: only the inactive heartbeat tells that the close was idle.
    let ample = "
    2026-01-01T00:00:00Z RulebookAdopted rulebook=current
    2026-01-01T00:00:00Z RatePublished product=AutoCAD tokens=7
    2026-01-02T00:00:00Z acme PackPurchased pack=P tokens=1000
    2026-01-05T09:00:00Z acme SessionOpened session=s1 user=ana product=AutoCAD
    2026-01-06T08:00:00Z acme SessionOpened session=s2 user=ana product=AutoCAD
    2026-01-06T09:00:00Z acme Heartbeat session=s2 active=false
    2026-01-06T10:00:00Z acme SessionClosed session=s2";
    let (with, less) = (fold(&events(ample)), fold(&without(ample, "Heartbeat")));
    assert_eq!((total(&with), total(&less)), (Tokens::whole(7), Tokens::whole(14)));
}

#[test]
fn taking_away_a_session_may_raise_the_total() {
    // With 10 tokens the first session leaves too few for the dearer product.
    let scarce = format!(
        "{TWO_RATES}
    2026-01-02T00:00:00Z acme PackPurchased pack=P tokens=10
    2026-01-05T09:00:00Z acme SessionOpened session=s1 user=ana product=AutoCAD
    2026-01-05T10:00:00Z acme SessionOpened session=s2 user=ben product=Revit"
    );
    let (with, less) = (fold(&events(&scarce)), fold(&without(&scarce, "session=s1")));
    assert_eq!((total(&with), total(&less)), (Tokens::whole(7), Tokens::whole(10)));
    // With ample ones: the session took a covered window just before cover was lost.
    let ample = "
    2026-01-01T00:00:00Z RatePublished product=AutoCAD tokens=7
    2026-01-01T00:00:00Z CollectionDefined collection=AEC products=[\"AutoCAD\"]
    2026-01-02T00:00:00Z acme PackPurchased pack=P tokens=1000
    2026-01-02T00:00:00Z acme SubscriptionPurchased subscription=S offering=AEC seats=1 starts=2026-01-02T00:00:00Z ends=2027-01-02T00:00:00Z
    2026-01-02T00:00:00Z acme SubscriptionAssigned subscription=S user=ana
    2026-01-05T09:00:00Z acme SessionOpened session=s1 user=ana product=AutoCAD
    2026-01-05T09:00:00Z CollectionDefined collection=AEC products=[]
    2026-01-05T10:00:00Z acme SessionOpened session=s2 user=ana product=AutoCAD";
    let (with, less) = (fold(&events(ample)), fold(&without(ample, "session=s1")));
    assert_eq!((total(&with), total(&less)), (Tokens::ZERO, Tokens::whole(7)));
}

#[test]
fn taking_away_a_session_may_raise_the_total_through_grace() {
    // s0 has the next window begin with the open of s2, within grace; without it, two minutes
    // later, with a heartbeat, which has none.
    let scenario = "
    2026-01-01T00:00:00Z RulebookAdopted rulebook=current
    2026-01-01T00:00:00Z RatePublished product=AutoCAD tokens=7
    2026-01-02T00:00:00Z acme PackPurchased pack=P tokens=1000
    2026-01-05T09:00:00Z acme SessionOpened session=s0 user=ana product=AutoCAD
    2026-01-05T09:02:00Z acme SessionOpened session=s1 user=ana product=AutoCAD
    2026-01-05T10:00:00Z acme SessionClosed session=s0
    2026-01-05T10:00:00Z acme SessionClosed session=s1
    2026-01-06T09:01:00Z acme SessionOpened session=s2 user=ana product=AutoCAD
    2026-01-06T09:03:00Z acme Heartbeat session=s2
    2026-01-06T09:04:00Z acme SessionClosed session=s2";
    let (with, less) = (fold(&events(scenario)), fold(&without(scenario, "session=s0")));
    assert_eq!((total(&with), total(&less)), (Tokens::whole(7), Tokens::whole(14)));
}
