//! A snapshot changes cost, never meaning; and one that does not fit together is refused.

use serde_json::{Value, json};
use tallyfold_core::{HashKey, Ledger, RestoreError, Snapshot};

use crate::conformance::cases;
use crate::histories::histories;
use crate::log::Log;

/// Beyond that many events, a snapshot before each of them takes too long.
const LONGEST: usize = 150;

fn through_json(ledger: &Ledger) -> Ledger {
    let json = serde_json::to_string(&ledger.snapshot()).unwrap();
    restored(serde_json::from_str(&json).unwrap()).unwrap()
}

fn restored(snapshot: Snapshot<'_>) -> Result<Ledger, RestoreError> {
    Ledger::restore(snapshot, HashKey::new([7; 16]))
}

#[test]
fn a_snapshot_before_every_event_changes_nothing() {
    let logs = cases().into_iter().map(|case| case.log).chain(histories());
    for log in logs.filter(|log| log.events.len() <= LONGEST) {
        let (mut whole, mut restored) = (Ledger::default(), Ledger::default());
        for (place, event) in log.events.iter().enumerate() {
            let (mut of_whole, mut of_restored) = (Vec::new(), Vec::new());
            restored = through_json(&restored);
            let finding = whole.apply(event, &mut of_whole);
            assert_eq!(finding, restored.apply(event, &mut of_restored), "{} {place}", log.name);
            assert_eq!(of_whole, of_restored, "event {place} of {}", log.name);
        }
    }
}

/// The snapshot of a ledger that holds something of everything.
fn snapshot() -> Value {
    let log = Log::read("snapshots", include_bytes!("snapshots.jsonl"), None);
    assert_eq!(log.malformed, []);
    let mut ledger = Ledger::default();
    log.events.iter().for_each(|event| ledger.apply(event, &mut ()).unwrap());
    serde_json::to_value(ledger.snapshot()).unwrap()
}

/// A change to the snapshot: where (in its first account, unless it begins with `/`), and what.
type Change<'a> = (&'a str, Value);

fn changed(mut snapshot: Value, changes: &[Change<'_>]) -> Value {
    for (place, value) in changes {
        let pointer = if place.starts_with('/') {
            (*place).to_owned()
        } else {
            format!("/accounts/0/{place}")
        };
        *snapshot.pointer_mut(&pointer).unwrap_or_else(|| panic!("no {place}")) = value.clone();
    }
    snapshot
}

/// That a snapshot with each of these changes is refused because of `problem`, or is restored
/// where there is none.
fn check(problem: Option<&str>, changed_snapshots: &[&[Change<'_>]]) {
    for changes in changed_snapshots {
        let text = changed(snapshot(), changes).to_string();
        let outcome = restored(serde_json::from_str(&text).unwrap());
        let outcome = outcome.err().map(|error| error.to_string());
        let expected = problem.map(|problem| {
            format!("the snapshot cannot be used: {problem}; replay the log from its start instead")
        });
        assert_eq!(outcome, expected, "{changes:?}");
    }
}

/// No session of a use is live.
fn nobody() -> Value {
    json!({"first": null, "last": null, "live": 0, "idle": 0})
}

/// The one session of a use that is live.
fn alone(session: u32) -> Value {
    json!({"first": session, "last": session, "live": 1, "idle": 0})
}

#[test]
fn what_fits_together_is_restored() {
    check(
        None,
        &[
            &[],
            // Two terms that end together, a subscription whose seats are all taken.
            &[("subscriptions/list/1/ends", json!("2026-07-01T00:00:00Z"))],
            &[("users/list/1/seats", json!([0])), ("subscriptions/list/0/taken", json!(2))],
            // A window that was cut at its start; none at all.
            &[("usage/uses/list/0/window/ends", json!("2026-01-05T08:00:00Z"))],
            &[("usage/uses/list/3/window", json!(null))],
            &[("usage/sessions/opened", json!(u64::MAX / 2))],
            &[("packs/list/0/retired", json!(true))],
        ],
    );
}

#[test]
fn a_rulebook_out_of_range_is_refused_where_it_is_read() {
    let text =
        changed(snapshot(), &[("/catalog/rulebooks/1/1/window_hours", json!(0))]).to_string();
    let refused = serde_json::from_str::<Snapshot<'_>>(&text).unwrap_err();
    assert!(refused.to_string().starts_with("window_hours is from 1 to 720"), "{refused}");
}

#[test]
fn a_catalog_that_does_not_fit_together_is_refused() {
    check(Some("it is of another version"), &[&[("/version", json!(1))]]);
    check(
        Some("an id is cut off"),
        &[
            &[("/catalog/recent_ids/bytes", json!([2, 0, 0, 0, 97]))],
            &[("recent_ids/bytes", json!([1, 0, 0]))],
        ],
    );
    check(
        Some("a name stands in a list twice"),
        &[
            &[("/names", json!(["acme", "acme"]))],
            &[("/catalog/products", json!(["A", "A", "B"]))],
            &[("/catalog/collections", json!(["A", "A"]))],
            &[("packs/names", json!(["P", "P"]))],
            &[("versions", json!(["2026", "2026"]))],
            &[("subscriptions/names", json!(["S", "S"]))],
            &[("users/names", json!(["cho", "ana", "cho"]))],
            &[("usage/uses/products", json!(["Revit", "AutoCAD", "Revit"]))],
        ],
    );
    check(
        Some("a text is not a name"),
        &[&[("/names", json!(["acme", "\u{7}"]))], &[("versions", json!(["2026", ""]))]],
    );
    check(
        Some("catalog entries are out of order"),
        &[&[("/catalog/entries/4", json!("2025-12-31T00:00:00Z"))]],
    );
    check(Some("the catalog has no rulebook"), &[&[("/catalog/rulebooks", json!([]))]]);
    check(
        Some("catalog entries do not fit together"),
        &[
            &[("/catalog/products", json!(["AutoCAD", "Revit"]))],
            &[("/catalog/collections", json!([]))],
            // Of six entries the last is number 5; each brings one thing.
            &[("/catalog/rulebooks/1/0", json!(6))],
            &[("/catalog/rates/0/1/0", json!(6))],
            &[("/catalog/rates/0/1/0", json!(1))],
            &[("/catalog/rates/0/1/0", json!(0))],
            &[("/catalog/definitions/0/0/0", json!(6))],
        ],
    );
    check(
        Some("a catalog entry says what no event can"),
        &[
            &[("/catalog/rates/1/0/1/tokens", json!(-1))],
            &[("/catalog/definitions/0/0/1", json!(["Revit", "Navisworks"]))],
        ],
    );
}

#[test]
fn an_account_that_does_not_fit_the_catalog_is_refused() {
    check(Some("accounts and names differ"), &[&[("/names", json!(["acme"]))]]);
    check(Some("an account saw what is not there"), &[&[("seen", json!(7))]]);
    check(
        Some("a list of open products is out of order"),
        &[
            &[("open_products/listed", json!(["Maya", "3ds Max"]))],
            &[("users/list/1/open_products/listed", json!(["Revit", "AutoCAD"]))],
        ],
    );
}

#[test]
fn packs_and_charges_that_do_not_add_up_are_refused() {
    let q = |field: &str| format!("packs/list/1/balance/{field}");
    let [purchased, adjusted, burned, expired, available] =
        ["purchased", "adjusted", "burned", "expired", "available"].map(q);
    check(Some("packs and names differ"), &[&[("packs/names", json!(["P"]))]]);
    check(
        Some("a pack's balance does not add up (P7)"),
        &[
            &[(&purchased, json!(101))],
            &[(&available, json!(-1)), (&burned, json!(101))],
            &[(&burned, json!(-1)), (&available, json!(101))],
            &[(&expired, json!(-1)), (&available, json!(93))],
        ],
    );
    check(
        Some("a pack is of a size that no event can have"),
        &[&[(&purchased, json!(0)), (&adjusted, json!(100))]],
    );
    check(
        Some("charges and what the packs burned differ"),
        &[
            &[("charges/list/0/is_refunded", json!(false))],
            &[("charges/list/1/is_refunded", json!(true))],
            &[(&burned, json!(9)), (&available, json!(91))],
        ],
    );
}

/// A number in LEB128, as postings are packed.
fn packed(mut number: u128) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number >= 0x80 {
        bytes.push((number % 0x80) as u8 + 0x80);
        number /= 0x80;
    }
    bytes.push(number as u8);
    bytes
}

/// The postings with another number of micro-tokens, taken from another pack, in the last.
fn last_posting(pack: u8, micros: u128) -> Value {
    let snapshot = snapshot();
    let mut postings: Vec<u8> =
        serde_json::from_value(snapshot["accounts"][0]["charges"]["postings"].clone()).unwrap();
    postings
        .truncate(snapshot["accounts"][0]["charges"]["list"][4]["postings_from"].as_u64().unwrap()
            as usize);
    postings.push(pack);
    postings.extend(packed(micros));
    json!(postings)
}

#[test]
fn postings_that_no_charge_can_have_are_refused() {
    check(
        Some("a charge does not fit the account"),
        &[
            &[("charges/list/4/user", json!(3))],
            &[("charges/list/4/product", json!(3))],
            &[("charges/list/4/postings_from", json!(18))],
        ],
    );
    let postings = "charges/postings";
    check(Some("it is cut off"), &[&[("charges/list/4/posting_count", json!(2))]]);
    check(Some("postings without a charge"), &[&[("charges/list/4/posting_count", json!(0))]]);
    check(Some("a posting names no pack"), &[&[(postings, last_posting(2, 2_000_000))]]);
    // The highest rate for the most results, and a millionth more.
    let largest = 1_000_000_000 * 1_000_000 * 1_000_000;
    check(None, &[&[(postings, last_posting(1, 2_000_000))]]);
    check(
        Some("charges and what the packs burned differ"),
        &[&[(postings, last_posting(1, 2_000_001))], &[(postings, last_posting(1, largest))]],
    );
    check(
        Some("a posting is larger than any charge"),
        &[&[(postings, last_posting(1, largest + 1))], &[(postings, last_posting(1, u128::MAX))]],
    );
}

#[test]
fn subscriptions_that_do_not_fit_are_refused() {
    check(
        Some("a subscription that no event can sell"),
        &[
            &[("subscriptions/list/1/offering", json!(""))],
            &[("subscriptions/list/1/ends", json!("2026-01-01T00:00:00Z"))],
            &[("subscriptions/list/1/seats", json!(0))],
        ],
    );
    check(
        Some("held seats do not fit the subscriptions"),
        &[&[("users/list/0/seats", json!([0, 2]))], &[("users/list/0/seats", json!([1, 0]))]],
    );
    check(
        Some("a user holds two seats of one subscription"),
        &[&[("users/list/0/seats", json!([0, 0]))]],
    );
    check(
        Some("subscriptions and held seats differ"),
        &[
            &[("subscriptions/names", json!(["S"]))],
            &[("subscriptions/list/0/taken", json!(2))],
            &[
                ("users/list/1/seats", json!([0])),
                ("subscriptions/list/0/taken", json!(2)),
                ("subscriptions/list/0/seats", json!(1)),
            ],
        ],
    );
}

#[test]
fn uses_that_do_not_fit_are_refused() {
    check(Some("users and names differ"), &[&[("users/names", json!(["cho", "ana"]))]]);
    check(
        Some("grace was given to no use"),
        &[&[("usage/uses/graced_starts", json!({"4": "2026-01-05T08:00:00Z"}))]],
    );
    let no_window = || ("usage/uses/list/3/window", json!(null));
    check(
        Some("a use does not fit the account"),
        &[
            &[("usage/uses/list/0/window/charge", json!(0))],
            &[("usage/uses/list/0/window/charge", json!(2))],
            &[("usage/uses/list/0/window/charge", json!(6))],
            &[("usage/uses/list/0/window/starts", json!("2026-01-05T08:04:00.000000001Z"))],
            &[("usage/uses/list/0/window/rulebook", json!(2))],
            &[("usage/uses/list/2/window/subscription", json!(2))],
            &[no_window(), ("usage/uses/list/3/user", json!(3))],
            &[no_window(), ("usage/uses/list/3/product", json!(3))],
            &[("usage/uses/list/2/window", json!(null))],
        ],
    );
    check(
        Some("a use stands in a list twice"),
        &[&[no_window(), ("usage/uses/list/3/user", json!(1))]],
    );
}

#[test]
fn sessions_that_do_not_fit_are_refused() {
    check(
        Some("more sessions than any log can open"),
        &[&[("usage/sessions/opened", json!(u64::MAX / 2 + 1))]],
    );
    check(Some("sessions and openings differ"), &[&[("usage/sessions/openings", json!([]))]]);
    check(
        Some("a session does not fit the account"),
        &[
            &[("usage/sessions/slots/0/use_id", json!(4))],
            &[("usage/sessions/openings/0/version", json!(2))],
            &[("usage/sessions/openings/0/order", json!(6))],
            &[("usage/sessions/slots/0/name", json!(""))],
        ],
    );
    check(
        Some("two live sessions have one name"),
        &[&[("usage/sessions/slots/1/name", json!("s1"))]],
    );
}

#[test]
fn chains_of_sessions_that_are_broken_are_refused() {
    check(
        Some("a chain of sessions is broken"),
        &[
            &[("usage/uses/list/1/sessions/first", json!(5))],
            &[("usage/uses/list/1/sessions/first", json!(1))],
            &[("usage/uses/list/3/sessions", alone(4))],
            &[("usage/uses/list/3/sessions", alone(3))],
            &[("usage/sessions/openings/2/before", json!(0))],
            &[("usage/sessions/openings/2/after", json!(0))],
            &[("usage/sessions/openings/1/order", json!(0))],
            &[("usage/sessions/openings/1/order", json!(1))],
        ],
    );
    check(
        Some("a chain of sessions does not add up"),
        &[
            &[("usage/uses/list/1/sessions/last", json!(1))],
            &[("usage/uses/list/1/sessions/live", json!(2))],
            &[("usage/uses/list/1/sessions/idle", json!(0))],
        ],
    );
    check(Some("a live session is in no chain"), &[&[("usage/uses/list/2/sessions", nobody())]]);
}
