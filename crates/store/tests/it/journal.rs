//! The journal, delivered: every entry, in order, and again only after a crash.

use std::convert::Infallible;
use std::time::Duration;

use tallyfold_core::*;
use tallyfold_store::*;

use crate::service::{Hands, MONDAY, open, publish_rate, purchase, service, service_at};

fn deliver(journal: &mut Journal<'_>) -> Vec<JournalEntry> {
    let mut all = Vec::new();
    let count = journal.deliver(Duration::ZERO, |entry| {
        all.push(entry.clone());
        Ok::<_, Infallible>(())
    });
    assert_eq!(count.unwrap(), all.len() as u64);
    all
}

/// What a replay of the log writes, without what it settles at its end.
fn replayed(service: &LedgerService) -> Vec<Record<'static>> {
    let (mut ledger, mut journal) = (Ledger::default(), Vec::new());
    for stored in LogEvents::after(&**service.store(), Position::START) {
        let _finding = ledger.apply(&stored.unwrap().event().unwrap(), &mut journal);
    }
    journal
}

/// A year of some accounts: charges, lapses, notices, packs that expire, a change of the catalog.
fn a_year(service: &LedgerService, clock: &Hands) {
    purchase(service, "b", "P1", 20);
    purchase(service, "idle", "P1", 5);
    for day in 0..40 {
        open(service, &format!("s{day}"), &format!("u{}", day % 4));
        let other = SessionOpened::new("t", "ana", "AutoCAD").unwrap();
        let _ = service.open_session("b", None, other);
        clock.move_by(Span::days(10));
        if day == 20 {
            publish_rate(service, 3);
            purchase(service, "acme", "P2", 50);
        }
    }
    purchase(service, "idle", "P2", 5);
}

#[test]
fn the_journal_is_what_a_replay_writes_timers_included_and_once() {
    let clock = Hands::at(MONDAY);
    let (service, _folder) = service(&clock);
    a_year(&service, &clock);
    let mut journal = service.journal("billing").unwrap();
    let delivered = deliver(&mut journal);
    let records: Vec<_> = delivered.iter().map(|entry| entry.record.clone()).collect();
    assert_eq!(records, replayed(&service));
    assert!(delivered.is_sorted_by(|a, b| a.id < b.id), "in order, and each with an id of its own");
    let expired = |it: &&Record<'_>| matches!(it.entry, Entry::PackExpired { .. });
    assert_eq!(records.iter().filter(expired).count(), 3, "of each account its first, once");
    assert!(records.iter().any(|it| matches!(it.entry, Entry::Notice(Notice::Expiring { .. }))));
    assert_eq!(deliver(&mut journal), []);
}

#[test]
fn timers_are_delivered_with_the_next_event_of_their_account() {
    let clock = Hands::at(MONDAY);
    let (service, folder) = service(&clock);
    let mut journal = service.journal("billing").unwrap();
    assert_eq!(deliver(&mut journal).len(), 1, "the pack");
    clock.move_by(Span::days(366));
    assert_eq!(deliver(&mut journal), [], "it expired, and no event says so");
    purchase(&service, "other", "P1", 1);
    assert_eq!(deliver(&mut journal).len(), 1, "of the other account");
    purchase(&service, "acme", "P2", 1);
    let kinds = |entries: &[JournalEntry]| {
        let kind = |it: &JournalEntry| serde_json::to_value(it).unwrap()["entry"].clone();
        entries.iter().map(kind).collect::<Vec<_>>()
    };
    let all = ["notice", "pack_expired", "notice", "pack_added"];
    let fired = deliver(&mut journal);
    assert_eq!(kinds(&fired), all);
    assert!(fired.iter().all(|it| it.id.position == fired[0].id.position));
    assert_eq!(fired.iter().map(|it| it.id.place).collect::<Vec<_>>(), [1, 2, 3, 4]);
    // Whoever begins later is told the same, under the same ids.
    let restarted = service_at(folder.path(), &clock);
    let all = deliver(&mut restarted.journal("other").unwrap());
    assert_eq!(all[all.len() - 4..], fired);
}

#[test]
fn what_was_taken_does_not_come_again_after_a_restart() {
    let clock = Hands::at(MONDAY);
    let (service, folder) = service(&clock);
    open(&service, "s1", "ana");
    let first = deliver(&mut service.journal("billing").unwrap());
    assert_eq!(first.len(), 3);
    open(&service, "s2", "bob");
    drop(service);
    let restarted = service_at(folder.path(), &clock);
    let second = deliver(&mut restarted.journal("billing").unwrap());
    assert_eq!(second.len(), 2);
    assert!(second[0].id > first[2].id);
}

#[test]
fn what_was_not_taken_is_next_and_after_a_crash_its_event_comes_whole() {
    let clock = Hands::at(MONDAY);
    let (service, folder) = service(&clock);
    open(&service, "s1", "ana");
    let all = deliver(&mut service.journal("all").unwrap());
    let mut journal = service.journal("billing").unwrap();
    let mut taken = Vec::new();
    for _ in 0..3 {
        let stopped = journal.deliver(Duration::ZERO, |entry| {
            // The charge is taken; the session, which the same event opened, is not.
            if matches!(entry.record.entry, Entry::SessionOpened { .. }) {
                return Err("the bank is closed");
            }
            taken.push(entry.clone());
            Ok(())
        });
        assert_eq!(stopped, Err(DeliveryError::Subscriber("the bank is closed")));
    }
    assert_eq!(taken, all[..2], "each once, as long as the process lives");
    drop(journal);
    // It dies. The entry that was taken of the unfinished event comes a second time, and no other.
    let restarted = service_at(folder.path(), &clock);
    assert_eq!(deliver(&mut restarted.journal("billing").unwrap()), all[1..]);
    assert_eq!(deliver(&mut restarted.journal("billing").unwrap()), []);
}

#[test]
fn a_consumer_and_a_subscriber_may_have_one_name() {
    let clock = Hands::at(MONDAY);
    let (service, _folder) = service(&clock);
    assert_eq!(deliver(&mut service.journal("acme-gmbh").unwrap()).len(), 1);
    clock.move_by(Span::days(300));
    let mut told = 0;
    let mut notices = service.notices("acme-gmbh").unwrap();
    notices
        .deliver_due(|_| {
            told += 1;
            Ok::<_, Infallible>(())
        })
        .unwrap();
    assert_eq!(told, 1);
}

#[test]
fn ingested_events_are_in_the_journal_and_findings_are_not() {
    let clock = Hands::at(MONDAY);
    let (service, _folder) = service(&clock);
    let at = clock.now() - Span::hours(1);
    let late = PackPurchased::new("P2", 5).unwrap().on("acme", at).unwrap();
    let applied = PackPurchased::new("P3", 5).unwrap().on("acme", clock.now()).unwrap();
    assert_eq!(service.ingest(late).unwrap().outcome.code(), "late_event");
    service.ingest(applied).unwrap();
    let packs: Vec<_> = deliver(&mut service.journal("billing").unwrap())
        .into_iter()
        .map(|entry| match entry.record.entry {
            Entry::PackAdded { pack, .. } => (entry.id.to_string(), pack.into_owned()),
            entry => panic!("{entry:?}"),
        })
        .collect();
    assert_eq!(packs, [("2.1".to_owned(), "P1".to_owned()), ("4.1".to_owned(), "P3".to_owned())]);
}
