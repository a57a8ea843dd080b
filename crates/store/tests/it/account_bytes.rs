//! An account read from its bytes is the account that was written.

use tallyfold_conformance::Case;
use tallyfold_core::{AccountBytes, Event, HashKey, Ledger, Name, Record};
use tallyfold_log::parse_line;

/// The logs of the conformance suite that are about a rule.
fn logs() -> Vec<&'static Case> {
    tallyfold_conformance::logs().filter(|case| case.name.starts_with("scenarios/")).collect()
}

/// All bytes of an account.
fn bytes(account: AccountBytes<'_>) -> (Vec<u8>, Vec<u8>, Vec<Vec<u8>>) {
    let charges = (0..account.charge_parts().count()).map(|part| account.charges(part)).collect();
    (account.catalog(), account.body(), charges)
}

fn read(name: &str, account: AccountBytes<'_>, key: HashKey) -> Ledger {
    let (catalog, body, charges) = bytes(account);
    let charges = charges.iter().map(|part| &part[..]);
    Ledger::from_account_bytes(name, &catalog, &body, charges, key).unwrap()
}

/// Writing and reading an account after every event, under another hash key each time, decides the
/// same as never having done it, and leaves the same bytes.
#[test]
fn an_account_may_be_written_and_read_after_any_event() {
    let logs = logs();
    assert!(logs.len() > 10);
    let mut compared = 0;
    for &Case { name: log_name, log, .. } in logs {
        let events: Vec<Event<'_>> =
            log.split(|byte| *byte == b'\n').filter_map(|line| parse_line(line).ok()).collect();
        let mut names: Vec<_> =
            events.iter().filter_map(|event| event.account().map(Name::as_str)).collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            let (mut straight, mut again) = (Ledger::default(), Ledger::default());
            for (number, event) in events.iter().enumerate() {
                if event.account().is_some_and(|it| *it != name) {
                    continue;
                }
                let (mut one, mut other): (Vec<Record<'static>>, Vec<_>) = Default::default();
                let same = straight.apply(event, &mut one) == again.apply(event, &mut other);
                assert!(same && one == other, "{log_name}: {event:?}");
                let Some(account) = again.account_bytes(name) else { continue };
                let read = read(name, account, HashKey::new([number as u8; 16]));
                let written = read.account_bytes(name).map(bytes);
                assert_eq!(written, straight.account_bytes(name).map(bytes), "{log_name}");
                again = read;
                compared += 1;
            }
        }
    }
    assert!(compared > 500, "{compared}");
}

/// Bytes that were cut off or changed are an error, or another account: never a panic.
#[test]
fn damaged_bytes_never_panic() {
    let log = std::fs::read("tests/fixtures/team-month.jsonl").unwrap();
    let mut ledger = Ledger::default();
    for event in log.split(|byte| *byte == b'\n').filter_map(|line| parse_line(line).ok()) {
        let _ = ledger.apply(&event, &mut ());
    }
    let name = ledger.accounts().next().unwrap().name().to_owned();
    let (catalog, body, charges) = bytes(ledger.account_bytes(&name).unwrap());
    let read = |catalog: &[u8], body: &[u8], charges: &[u8]| {
        Ledger::from_account_bytes(&name, catalog, body, [charges], HashKey::default()).is_ok()
    };
    assert!(read(&catalog, &body, &charges[0]));
    for at in 0..catalog.len() {
        assert!(!read(&catalog[..at], &body, &charges[0]));
    }
    for at in 0..body.len() {
        assert!(!read(&catalog, &body[..at], &charges[0]));
        let mut changed = body.clone();
        for bit in 0..8 {
            changed[at] ^= 1 << bit;
            read(&catalog, &changed, &charges[0]);
        }
    }
    for at in 0..charges[0].len() {
        let mut changed = charges[0].clone();
        changed[at] ^= 0x81;
        read(&catalog, &body, &changed);
    }
}
