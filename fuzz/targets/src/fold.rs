//! Any log: a finding changes nothing, an open does what `admit` said, a question about now
//! answers what settling then does, a snapshot changes nothing, and the journal can be read.

use tallyfold_core::{Action, Admission, Entry, Event, Ledger, LogFold, Record};

use crate::common::{answers, assert_record_read_back, for_each_event, through_snapshot};

/// Folds any bytes as a log.
pub fn fold(log: &[u8]) {
    let mut replay = LogFold::new(Ledger::default(), None);
    let mut journal = Vec::new();
    for_each_event(log, |event| apply(&mut replay, event, &mut journal));
    let restored = through_snapshot(replay.ledger());
    assert_eq!(answers(replay.ledger()), answers(&restored), "a snapshot changes nothing");
    let asked = now(replay.ledger());
    replay.settle(&mut journal);
    assert_eq!(asked, now(replay.ledger()), "settling does what it was said to");
    journal.iter().for_each(assert_record_read_back);
}

fn apply(replay: &mut LogFold, event: &Event<'_>, journal: &mut Vec<Record<'static>>) {
    let expected = replay.ledger().check(event);
    let admitted = admission(replay.ledger(), event);
    let before = journal.len();
    let applied = replay.apply(event, journal);
    assert_eq!(applied, expected, "check says what apply does");
    if applied.is_err() {
        assert_eq!(journal.len(), before, "a finding writes nothing");
    } else if let Some(was_admitted) = admitted {
        let last = journal.last().map(|record| &record.entry);
        let opened = matches!(last, Some(Entry::SessionOpened { .. }));
        assert_eq!(opened, was_admitted, "an open does what admit said");
    }
}

/// Whether an open would be let in; nothing for other events.
fn admission(ledger: &Ledger, event: &Event<'_>) -> Option<bool> {
    let Event::Account(event) = event else { return None };
    let Action::SessionOpened(open) = &event.action else { return None };
    let answer = ledger.admit(&event.account, &open.user, &open.product, event.at).ok()?;
    Some(!matches!(answer, Admission::Refused(_)))
}

fn now(ledger: &Ledger) -> Vec<String> {
    let settled = ledger.accounts().map(|account| account.at_last_event());
    settled.map(|it| serde_json::to_string(&it).expect("can be written")).collect()
}
