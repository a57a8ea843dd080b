//! One result for any number of threads and any batch, and the one that the core gives.

use crate::logs::{line_by_line, log, outcome, replayed, threads, without_messages};
use tallyfold_engine::{GroupedJournal, Log, Replay};

#[test]
fn a_sorted_log_is_folded_as_line_by_line() {
    let log = log(150);
    assert!(log.len() > 3 << 19, "{} bytes are few blocks", log.len());
    let (result, journal) = line_by_line(&log, None);
    let first = replayed(&log, |it| it.threads(threads(1)));
    assert_eq!(without_messages(&first.0), without_messages(&result));
    assert!(first.1 == journal, "the journals differ");
    for (count, blocks) in [(1, 1), (1, 3), (2, 2), (2, 64), (3, 4)] {
        let same = replayed(&log, |it| it.threads(threads(count)).holding(blocks));
        assert!(same == first, "on {count} threads, {blocks} blocks at once");
    }
    let in_log_order = replayed(&log, |it| it.in_log_order());
    assert!(in_log_order == first, "in log order");
}

#[test]
fn a_journal_that_is_put_aside_is_the_same() {
    let log = log(20);
    let held = replayed(&log, |it| it);
    for most in [0, 1_000, 50_000] {
        let aside = Replay::of(Log::bytes(&log)).threads(threads(2));
        let aside = outcome(aside.run(|| GroupedJournal::holding(most)).unwrap());
        assert!(aside == held, "holding {most} bytes");
    }
}

#[test]
fn one_account_is_as_in_the_whole() {
    let log = log(40);
    let whole = Replay::of(Log::bytes(&log)).run(GroupedJournal::default).unwrap();
    let names: Vec<String> = whole.accounts().map(|it| it.account().to_owned()).collect();
    let (_, whole) = outcome(whole);
    for name in names.iter().step_by(7) {
        for count in [1, 2] {
            let replay = Replay::of(Log::bytes(&log)).accounts([name.as_str()]);
            let run = replay.threads(threads(count)).run(GroupedJournal::default).unwrap();
            let named: Vec<&String> = run.named_accounts().iter().collect();
            let mut expected: Vec<&String> = names.iter().collect();
            expected.retain(|name| named.contains(name));
            assert_eq!(expected.len(), names.len(), "every account is named");
            let (_, journal) = outcome(run);
            let own = format!("{{\"account\":{}", serde_json::Value::from(name.as_str()));
            let lines = whole.lines().filter(|line| line.starts_with(&format!("{own},")));
            assert_eq!(journal.lines().collect::<Vec<_>>(), lines.collect::<Vec<_>>(), "{name}");
        }
    }
}

#[test]
fn a_malformed_line_names_no_account() {
    let lines = [
        r#"{"type":"FlexAssigned","at":"2026-01-05T09:00:00Z","account":"acme","user":"ana"}"#,
        r#"{"type":"Nope","at":"2026-01-05T09:00:00Z","account":"ghost"}"#,
        r#"{"account":"ghost"}"#,
        r#"{"type":"FlexAssigned","at":"2026-01-04T09:00:00Z","account":"late","user":"ana"}"#,
        r#"{"type":"FlexUnassigned","at":"2026-01-03T09:00:00Z","account":"late","user":"ana"}"#,
    ];
    for count in [1, 2] {
        let replay = Replay::of(Log::bytes(lines.join("\r\n"))).name_accounts();
        let run = replay.threads(threads(count)).run(|| ()).unwrap();
        assert_eq!(run.named_accounts().iter().collect::<Vec<_>>(), ["acme", "late"]);
    }
}
