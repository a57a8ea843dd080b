//! What is written is read back as the same event.

use std::num::NonZeroU32;

use tallyfold_core::{
    AccountEvent, CatalogEvent, ChargeReason, Charged, Entry, Event, EventId, Ledger, Name,
    Posting, Record, Refusal, SessionEnd, Tokens,
};
use tallyfold_log::generate::{Generator, Settings};
use tallyfold_log::{parse_line, write_event, write_record};

fn written(event: &Event<'_>) -> Vec<u8> {
    let mut line = Vec::new();
    write_event(&mut line, event).unwrap();
    assert_eq!(line.pop(), Some(b'\n'));
    line
}

fn in_envelope(event: Event<'static>) -> Event<'static> {
    let id =
        Some(EventId::Sourced { source: "/a \"source\"\n".into(), id: Name::new("e").unwrap() });
    match event {
        Event::Catalog(it) => Event::Catalog(CatalogEvent { id, ..it }),
        Event::Account(it) => Event::Account(AccountEvent { id, ..it }),
    }
}

#[test]
fn a_written_event_is_read_as_itself_plain_and_in_an_envelope() {
    let settings = Settings { accounts: NonZeroU32::MIN, ..Settings::new(20_000, 3) };
    for event in Generator::new(settings) {
        assert_eq!(parse_line(&written(&event)), Ok(event.clone()));
        let event = in_envelope(event);
        assert_eq!(parse_line(&written(&event)), Ok(event.clone()));
    }
}

/// A canonical line is what serde makes of the record, however it is written.
fn assert_canonical(record: &Record<'_>) {
    let (mut line, mut by_serde) = (Vec::new(), serde_json::to_vec(record).unwrap());
    by_serde.push(b'\n');
    write_record(&mut line, record).unwrap();
    assert_eq!(str::from_utf8(&line), str::from_utf8(&by_serde));
}

#[test]
fn every_record_of_a_generated_log_is_a_canonical_line() {
    let settings = Settings { accounts: NonZeroU32::MIN, ..Settings::new(20_000, 3) };
    let mut ledger = Ledger::default();
    for event in Generator::new(settings) {
        let _ = ledger.apply(&event, &mut |record: Record<'_>| assert_canonical(&record));
    }
}

#[test]
fn records_with_names_and_amounts_that_are_rare_are_canonical_lines() {
    let at = "2026-01-05T09:00:00.000000001Z".parse().unwrap();
    for name in ["plain", "\"quoted\"", "back\\slash", "é\u{202e}\u{2028}", "</script>", "\u{7f}"]
    {
        for tokens in [Tokens::ZERO, Tokens::whole(-7), Tokens::from_micros(500_000)] {
            let posting = || Posting { pack: name.into(), tokens };
            let entries = [
                Entry::Charged(Charged {
                    charge: u64::MAX,
                    user: name.into(),
                    product: name.into(),
                    session: None,
                    version: None,
                    reason: ChargeReason::Result,
                    tokens: Tokens::from_micros(i128::MAX),
                    postings: vec![posting(), posting()].into(),
                    subscription: Some(name.into()),
                    window: None,
                    quantity: Some(1_000_000),
                }),
                Entry::SessionDenied {
                    session: name.into(),
                    user: name.into(),
                    product: name.into(),
                    version: Some(name.into()),
                    reason: Refusal::NoRate,
                },
                Entry::SessionClosed {
                    session: name.into(),
                    user: name.into(),
                    product: name.into(),
                    reason: SessionEnd::LockedOut,
                    because: Some(Refusal::InsufficientTokens),
                },
                Entry::Adjusted { pack: name.into(), tokens, reason: "a\nb".into() },
            ];
            for entry in entries {
                assert_canonical(&Record { account: name.into(), at, entry });
            }
        }
    }
}
