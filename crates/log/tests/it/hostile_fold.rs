//! Logs whose lines are well-formed and whose whole is hostile, as docs/hostile-input.md lists
//! them. Work is counted in allocations, which are the same on every machine.

use std::fmt::Write;

use tallyfold_core::{Entry, Finding, Ledger, Record, sink_fn};
use tallyfold_log::parse_line;

const RATE: &str =
    r#"{"type":"RatePublished","at":"2000-01-01T00:00:00Z","product":"AutoCAD","tokens":7}"#;

/// An event of account `a`.
fn line(kind: &str, at: &str, fields: &str) -> String {
    format!(r#"{{"type":"{kind}","at":"{at}","account":"a",{fields}}}"#)
}

fn fold<'a>(lines: impl IntoIterator<Item = &'a str>) -> Ledger {
    let mut ledger = Ledger::default();
    for line in lines {
        apply(&mut ledger, line).unwrap();
    }
    ledger
}

fn apply(ledger: &mut Ledger, line: &str) -> Result<Vec<Record<'static>>, Finding> {
    let mut journal = Vec::new();
    ledger.apply(&parse_line(line.as_bytes()).unwrap(), &mut journal).map(|()| journal)
}

/// How often a line that is folded allocates.
fn allocations(ledger: &mut Ledger, line: &str) -> u64 {
    let event = parse_line(line.as_bytes()).unwrap();
    let mut sink = sink_fn(|_| {});
    allocation_counter::measure(|| ledger.apply(&event, &mut sink).unwrap()).count_total
}

const OPEN: &str = r#""session":"s","user":"u","product":"AutoCAD""#;

#[test]
fn time_backwards_and_the_far_future() {
    let pack = |at| line("PackPurchased", at, r#""pack":"P","tokens":100"#);
    let mut ledger = fold([RATE, &pack("2026-01-01T00:00:00Z")]);
    let open = |at| line("SessionOpened", at, OPEN);
    assert_eq!(apply(&mut ledger, &open("2025-12-31T23:59:59Z")), Err(Finding::LateEvent));
    assert_eq!(apply(&mut ledger, &open("1700-01-01T00:00:00Z")), Err(Finding::LateEvent));
    let last = apply(&mut ledger, &open("2199-12-31T23:59:59.999999999Z")).unwrap();
    let entries: Vec<_> = last.into_iter().map(|record| record.entry).collect();
    assert!(
        matches!(
            entries[..],
            [
                Entry::Notice(_),
                Entry::PackExpired { .. },
                Entry::Notice(_),
                Entry::SessionDenied { .. }
            ]
        ),
        "{entries:?}"
    );
    let late_pack =
        line("PackPurchased", "2199-12-31T23:59:59.999999999Z", r#""pack":"Q","tokens":7"#);
    let added = apply(&mut ledger, &late_pack).unwrap();
    let expiry = "2200-12-31T23:59:59.999999999Z";
    assert!(
        matches!(&added[0].entry, Entry::PackAdded { expires_at, .. } if expires_at.to_string() == expiry),
        "{added:?}"
    );
}

/// One-hour windows, sessions that may be silent for a year, packs that last ten years.
const PATIENT: &str = r#"{"type":"RulebookAdopted","at":"1700-01-01T00:00:00Z","rulebook":"launch","overrides":{"window_hours":1,"offline_hours":8760,"subscription_offline_days":365,"validity_days":3650}}"#;

#[test]
fn short_windows_and_long_silence_cost_no_loop() {
    let rate = RATE.replace("2000", "1700");
    let pack = line("PackPurchased", "2019-01-01T00:00:00Z", r#""pack":"P","tokens":100"#);
    let open = line("SessionOpened", "2020-01-01T00:00:00Z", OPEN);
    let mut ledger = fold([PATIENT, &rate, &pack, &open]);
    let heartbeat = line("Heartbeat", "2020-12-30T23:30:00Z", r#""session":"s""#);
    let journal = apply(&mut ledger.clone(), &heartbeat).unwrap();
    let Entry::Charged(charged) = &journal[0].entry else { panic!("{journal:?}") };
    assert_eq!(charged.window.unwrap().starts_at.to_string(), "2020-12-30T23:00:00Z");
    assert_eq!(journal.len(), 1, "8,759 hours were not charged");
    let count = allocations(&mut ledger, &heartbeat);
    assert!(count < 10, "{count} allocations");
}

#[test]
fn a_contact_after_199_years_costs_no_loop() {
    let subscription = line(
        "SubscriptionPurchased",
        "1700-01-01T00:00:00Z",
        r#""subscription":"S","offering":"AutoCAD","seats":1,"starts":"1700-01-01T00:00:00Z","ends":"2199-12-31T00:00:00Z""#,
    );
    let seat =
        line("SubscriptionAssigned", "1700-01-01T00:00:00Z", r#""subscription":"S","user":"u""#);
    let open = line("SessionOpened", "1700-01-01T00:00:00Z", OPEN);
    let mut ledger = fold([PATIENT, &subscription, &seat, &open]);
    let heartbeat = line("Heartbeat", "1899-01-01T00:00:00Z", r#""session":"s""#);
    assert_eq!(apply(&mut ledger, &heartbeat), Err(Finding::UnknownSession));
    let reopened = line("SessionOpened", "1899-01-01T00:00:00Z", OPEN);
    let count = allocations(&mut ledger, &reopened);
    assert!(count < 10, "{count} allocations");
}

/// Opens as many accounts, each with a pack, and says how often that allocates.
fn many_accounts(count: u32) -> u64 {
    let mut ledger = fold([RATE]);
    let counted = allocation_counter::measure(|| {
        for number in 0..count {
            let line = line("PackPurchased", "2026-01-01T00:00:00Z", r#""pack":"P","tokens":7"#);
            let line = line.replace(r#""account":"a""#, &format!(r#""account":"a{number}""#));
            ledger.apply(&parse_line(line.as_bytes()).unwrap(), &mut ()).unwrap();
        }
    });
    assert_eq!(ledger.accounts().count() as u32, count);
    counted.count_total
}

/// Buys as many packs in one account, then spends them all at once, takes that back, and lets
/// all of them expire. Says how often that allocates.
fn many_packs(count: u32) -> u64 {
    let rate = RATE.replace("tokens\":7", &format!("tokens\":{count},\"per\":\"result\""));
    let mut ledger = fold([&*rate]);
    let counted = allocation_counter::measure(|| {
        for number in 0..count {
            let fields = format!(r#""pack":"P{number}","tokens":1"#);
            let line = line("PackPurchased", "2026-01-01T00:00:00Z", &fields);
            ledger.apply(&parse_line(line.as_bytes()).unwrap(), &mut ()).unwrap();
        }
        let (user, at) = (r#""user":"u","product":"AutoCAD""#, "2026-01-02T00:00:00Z");
        let result = line("ResultProduced", at, user);
        let journal = apply(&mut ledger, &result).unwrap();
        let Entry::Charged(charged) = &journal[0].entry else { panic!("not charged") };
        assert_eq!(charged.postings.len() as u32, count);
        let reversal = line("ChargeReversed", at, &format!(r#""charge":1,"reason":"",{user}"#));
        apply(&mut ledger, &reversal).unwrap();
        let after = line("FlexAssigned", "2030-01-01T00:00:00Z", r#""user":"u""#);
        let journal = apply(&mut ledger, &after).unwrap();
        let expired = |it: &&Record<'_>| matches!(it.entry, Entry::PackExpired { .. });
        assert_eq!(journal.iter().filter(expired).count() as u32, count);
    });
    counted.count_total
}

/// Opens as many sessions of as many users under ids that look alike.
fn many_ids(count: u32) -> u64 {
    let mut ledger = fold([RATE.replace("tokens\":7", "tokens\":0").as_str()]);
    let counted = allocation_counter::measure(|| {
        let mut fields = String::new();
        for number in 0..count {
            fields.clear();
            let zeros = "0".repeat(40);
            write!(fields, r#""session":"{zeros}{number:b}","user":"{number:b}{zeros}","product":"AutoCAD","id":"{number:032b}""#).unwrap();
            let line = line("SessionOpened", "2026-01-01T00:00:00Z", &fields);
            ledger.apply(&parse_line(line.as_bytes()).unwrap(), &mut ()).unwrap();
        }
    });
    counted.count_total
}

/// Twice the input is at most twice the work, and a little more.
fn assert_linear(work: fn(u32) -> u64, count: u32) {
    let (one, two) = (work(count), work(2 * count));
    assert!(two * 10 <= one * 21, "{one} allocations for {count}, {two} for twice as many");
}

#[test]
fn many_accounts_packs_and_ids_are_linear() {
    assert_linear(many_accounts, 2_000);
    assert_linear(many_packs, 1_000);
    assert_linear(many_ids, 4_000);
}

#[test]
#[ignore = "a million: cargo test --release -p tallyfold-log -- --ignored a_million --nocapture"]
fn a_million_accounts_packs_and_ids() {
    for (what, work) in [
        ("accounts", many_accounts as fn(u32) -> u64),
        ("packs in one account", many_packs),
        ("ids", many_ids),
    ] {
        let begun = std::time::Instant::now();
        let count = work(1_000_000);
        println!("1,000,000 {what}: {:?}, {count} allocations", begun.elapsed());
    }
}
