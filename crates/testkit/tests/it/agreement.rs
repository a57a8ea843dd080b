//! Core and model agree after every single event, not only at the end of a log.

use tallyfold_core::{AccountAt, Event, Ledger, LogFold, Rulebook, Span, Timestamp};
use tallyfold_testkit::model::{Model, SettledAccount};

use crate::conformance::cases;
use crate::histories::histories;

/// Beyond that many events, asking for every account after each of them takes too long.
const LONGEST: usize = 1_000;

fn agree_after_every_event(name: &str, events: &[Event<'_>]) {
    let (mut ledger, mut model) = (Ledger::default(), Model::new(Rulebook::default()));
    for (place, event) in events.iter().enumerate() {
        let (mut of_core, mut of_model) = (Vec::new(), Vec::new());
        let checked = ledger.check(event);
        let finding = ledger.apply(event, &mut of_core);
        assert_eq!(checked, finding, "the check of event {place} of {name}");
        assert_eq!(finding, model.apply(event, &mut of_model), "event {place} of {name}");
        assert_eq!(of_core, of_model, "journal of event {place} of {name}");
        let settled =
            ledger.accounts().map(|account| SettledAccount::from(account.at_last_event()));
        let mut settled: Vec<_> = settled.collect();
        settled.sort_by(|one, other| one.account.cmp(&other.account));
        assert_eq!(settled, model.accounts(), "accounts after event {place} of {name}");
    }
}

#[test]
fn core_and_model_agree_after_every_event() {
    let logs = cases().into_iter().map(|case| case.log).chain(histories());
    for log in logs.filter(|log| log.events.len() <= LONGEST) {
        agree_after_every_event(&log.name, &log.events);
    }
}

#[test]
fn core_and_model_agree_on_every_replay() {
    let logs = cases().into_iter().map(|case| case.log);
    for log in logs.filter(|log| log.events.len() <= LONGEST) {
        assert_eq!(log.outcome_of_core(), log.outcome_of_model(), "{}", log.name);
    }
}

/// Instants at which asking matters: now, about the end of each pack, and when sessions have
/// lapsed.
fn instants_to_ask(now: AccountAt<'_>) -> Vec<Timestamp> {
    let nanosecond = Span::from_nanos(1);
    let ends = now.packs().flat_map(|it| [it.expires_at - nanosecond, it.expires_at]);
    let lapses = now
        .live_sessions()
        .flat_map(|it| [24, 30 * 24].map(|hours| it.last_contact + Span::hours(hours)).into_iter());
    let mut instants: Vec<_> = ends.chain(lapses).filter(|at| *at > now.at()).collect();
    instants.extend(now.windows().map(|it| it.ends_at));
    instants.push(now.at());
    instants
}

/// T3: a question answers what firing the timers would lead to, and fires none.
#[test]
fn what_is_asked_is_what_settling_leads_to() {
    let logs = cases().into_iter().map(|case| case.log).chain(histories());
    for log in logs.filter(|log| log.events.len() <= 150) {
        let mut ledger = Ledger::default();
        for (place, event) in log.events.iter().enumerate() {
            let _ = ledger.apply(event, &mut ());
            for account in ledger.accounts() {
                for at in instants_to_ask(account.at_last_event()) {
                    let mut replay = LogFold::new(ledger.clone(), Some(at));
                    replay.settle(&mut ());
                    let settled = replay.accounts().find(|it| it.account() == account.name());
                    assert_eq!(
                        SettledAccount::from(account.at(at)),
                        SettledAccount::from(settled.unwrap()),
                        "event {place} of {}, settled at {at}",
                        log.name
                    );
                }
            }
        }
    }
}
