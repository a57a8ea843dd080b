//! A snapshot at every cut of a log, and folding on, changes nothing.

use tallyfold_core::{HashKey, Ledger, Record, Snapshot};
use tallyfold_log::LogReader;

use crate::conformance::cases;

#[test]
fn restoring_at_every_cut_gives_the_same_journal() {
    for case in
        cases().filter(|case| case.name.starts_with("scenarios") || case.name.ends_with('1'))
    {
        let whole = fold_with_cuts(&case.log, |_| false);
        let events = case.log.iter().filter(|&&byte| byte == b'\n').count();
        for cut in 0..events {
            assert_eq!(
                whole,
                fold_with_cuts(&case.log, |event| event == cut),
                "{} {cut}",
                case.name
            );
        }
        assert_eq!(whole, fold_with_cuts(&case.log, |_| true), "{}", case.name);
    }
}

/// Folds a log, and writes a snapshot, reads it and goes on from it before each event that is a
/// cut.
fn fold_with_cuts(log: &[u8], is_cut: impl Fn(usize) -> bool) -> Vec<Record<'static>> {
    let (mut ledger, mut journal) = (Ledger::default(), Vec::new());
    let mut reader = LogReader::new(log);
    let mut events = 0;
    while let Some(line) = reader.next_line().unwrap() {
        if is_cut(events) {
            ledger = through_json(&ledger);
        }
        if let Ok(event) = line.event {
            let _ = ledger.apply(&event, &mut journal);
        }
        events += 1;
    }
    journal
}

fn through_json(ledger: &Ledger) -> Ledger {
    let json = serde_json::to_string(&ledger.snapshot()).unwrap();
    let snapshot: Snapshot<'_> = serde_json::from_str(&json).unwrap();
    Ledger::restore(snapshot, HashKey::new([7; 16])).unwrap()
}

#[test]
fn a_damaged_snapshot_is_refused() {
    let log = cases().find(|case| case.name.contains("W4-locked-out")).unwrap().log;
    let mut ledger = Ledger::default();
    let mut reader = LogReader::new(&log[..]);
    while let Some(line) = reader.next_line().unwrap() {
        let _ = line.event.map(|event| ledger.apply(&event, &mut ()));
    }
    let json = serde_json::to_string(&ledger.snapshot()).unwrap();
    for (good, bad) in [
        (r#""version":5"#, r#""version":4"#),
        (r#""burned":14"#, r#""burned":13"#),
        (r#""user":0"#, r#""user":9"#),
        (r#"["acme"]"#, r#"["acme","acme"]"#),
        (r#"["acme"]"#, r#"["ac\u0007me"]"#),
        (r#""window_hours":24"#, r#""window_hours":0"#),
        (r#""window_hours":24"#, r#""window_hours":4294967295"#),
        (r#"{"tokens":7,"per":"day"}"#, r#"{"tokens":-7,"per":"day"}"#),
        (r#""is_refunded":false"#, r#""is_refunded":true"#),
        (r#""opened":"#, r#""opened":1844674407370955161"#),
    ] {
        assert!(json.contains(good), "{good} is not in {json}");
        let damaged = json.replace(good, bad);
        // It is refused where it is read, or where it is restored.
        let read = serde_json::from_str::<Snapshot<'_>>(&damaged);
        let is_taken = read.is_ok_and(|it| Ledger::restore(it, HashKey::default()).is_ok());
        assert!(!is_taken, "{bad}");
    }
}
