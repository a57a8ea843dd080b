//! What is written is read back as the same event.

use std::io::{self, BufWriter, Write};
use std::num::NonZeroU32;

use tallyfold_core::{
    AccountEvent, CatalogEvent, ChargeReason, Charged, Entry, Event, EventId, Ledger, Name,
    PackPurchased, Posting, Record, Refusal, SessionEnd, Sink, Tokens, sink_fn,
};
use tallyfold_log::generate::{Generator, Settings};
use tallyfold_log::{JournalWriter, parse_line, write_event, write_record};

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
        let _ = ledger.apply(&event, &mut sink_fn(|record| assert_canonical(&record)));
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

/// A disk with room for so many bytes.
#[derive(Debug)]
struct Disk {
    room: usize,
    written: Vec<u8>,
}

impl Disk {
    fn with_room(room: usize) -> Disk {
        Disk { room, written: Vec::new() }
    }
}

impl Write for Disk {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = bytes.len().min(self.room - self.written.len());
        if count == 0 && !bytes.is_empty() {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.written.extend_from_slice(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The journal of two purchases, written to `out`.
fn journal_of_two_purchases<W: Write>(out: W) -> JournalWriter<W> {
    let at = "2026-01-05T09:00:00Z".parse().unwrap();
    let mut journal = JournalWriter::new(out);
    let mut ledger = Ledger::default();
    for pack in ["P1", "P2"] {
        let purchase = PackPurchased::new(pack, 100).unwrap().on("acme", at).unwrap();
        ledger.apply(&purchase, &mut journal).unwrap();
    }
    journal
}

#[test]
fn a_journal_writer_reports_a_full_disk() {
    let whole = journal_of_two_purchases(Vec::new()).finish().unwrap();
    let enough = journal_of_two_purchases(Disk::with_room(whole.len())).finish().unwrap();
    assert_eq!(enough.written, whole);
    for room in [0, whole.len() / 2, whole.len() - 1] {
        let cut_off = journal_of_two_purchases(Disk::with_room(room));
        assert!(!cut_off.is_wanted(), "{room}");
        assert_eq!(cut_off.finish().unwrap_err().kind(), io::ErrorKind::StorageFull, "{room}");
        let buffered = journal_of_two_purchases(BufWriter::new(Disk::with_room(room)));
        assert_eq!(buffered.finish().unwrap_err().kind(), io::ErrorKind::StorageFull, "{room}");
    }
}
