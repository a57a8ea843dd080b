//! Any log: a finding changes nothing, an open does what `admit` said, a question about now
//! answers what settling then does, and a snapshot changes nothing.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tallyfold_core::{
    Action, Admission, Entry, Event, HashKey, Ledger, Record, Replay, Snapshot,
};
use tallyfold_log::LogReader;

fuzz_target!(|log: &[u8]| {
    let mut replay = Replay::new(Ledger::default(), None);
    let mut reader = LogReader::new(log);
    let mut journal: Vec<Record<'static>> = Vec::new();
    while let Some(line) = reader.next_line().expect("a slice can be read") {
        let Ok(event) = line.event else { continue };
        let expected = replay.ledger().check(&event);
        let admitted = admission(replay.ledger(), &event);
        let before = journal.len();
        let applied = replay.apply(&event, &mut journal);
        assert_eq!(applied, expected, "check says what apply does");
        if applied.is_err() {
            assert_eq!(journal.len(), before, "a finding writes nothing");
        } else if let Some(was_admitted) = admitted {
            let opened = matches!(journal.last(), Some(Record { entry: Entry::SessionOpened { .. }, .. }));
            assert_eq!(opened, was_admitted, "an open does what admit said");
        }
    }
    let json = serde_json::to_string(&replay.ledger().snapshot()).expect("a ledger can be written");
    let snapshot: Snapshot<'_> = serde_json::from_str(&json).expect("and read");
    let restored = Ledger::restore(snapshot, HashKey::new([1; 16])).expect("and restored");
    let answers = |ledger: &Ledger| -> Vec<String> {
        let settled = ledger.accounts().map(|account| account.now());
        settled.map(|it| serde_json::to_string(&it).expect("can be written")).collect()
    };
    let asked = answers(replay.ledger());
    assert_eq!(asked, answers(&restored), "a snapshot changes nothing");
    replay.settle(&mut ());
    assert_eq!(asked, answers(replay.ledger()), "settling does what it was said to");
});

/// Whether an open would be let in; nothing for other events.
fn admission(ledger: &Ledger, event: &Event<'_>) -> Option<bool> {
    let Event::Account(event) = event else { return None };
    let Action::SessionOpened(open) = &event.action else { return None };
    let answer = ledger.admit(&event.account, &open.user, &open.product, event.at).ok()?;
    Some(!matches!(answer, Admission::Refused(_)))
}
