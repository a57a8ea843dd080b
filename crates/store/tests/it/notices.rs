//! Notices: each at least once, and the timers' own when they are due.

use std::convert::Infallible;
use std::time::Duration;

use tallyfold_core::{
    Action, AdjustmentTokens, Entry, Notice, Record, Span, Text, Tokens, TokensAdjusted,
};
use tallyfold_store::{Clock, DeliveryError, LedgerService, Notices, Position};

use crate::service::{Hands, MONDAY, name, open, publish_rate, purchase, service, service_at};

/// What a subscriber was told: the account's clock and the kind of notice.
fn told(record: &Record<'_>) -> String {
    let Entry::Notice(notice) = &record.entry else { panic!("{record:?}") };
    let kind = match notice {
        Notice::LowBalance { .. } => "low",
        Notice::NoTokens { .. } => "none",
        Notice::Expiring { .. } => "expiring",
    };
    format!("{} {kind}", record.account)
}

fn deliver(notices: &mut Notices<'_>) -> Vec<String> {
    let mut all = Vec::new();
    let count = notices.deliver(Duration::ZERO, |notice| {
        all.push(told(notice));
        Ok::<_, Infallible>(())
    });
    assert_eq!(count.unwrap(), all.len() as u64);
    all
}

fn deliver_due(notices: &mut Notices<'_>) -> Vec<String> {
    let mut all = Vec::new();
    let count = notices.deliver_due(|notice| {
        all.push(told(notice));
        Ok::<_, Infallible>(())
    });
    assert_eq!(count.unwrap(), all.len() as u64);
    all
}

/// Opens until 16 of 100 tokens are left, and one more that joins.
fn use_up(service: &LedgerService) {
    for user in 0..12 {
        open(service, &format!("s{user}"), &format!("u{user}"));
    }
    open(service, "again", "u0");
}

#[test]
fn a_notice_is_delivered_and_not_again() {
    let clock = Hands::at(MONDAY);
    let (service, folder) = service(&clock);
    use_up(&service);
    let mut notices = service.notices("mailer").unwrap();
    assert_eq!(deliver(&mut notices), ["acme low"]);
    assert_eq!(deliver(&mut notices), [""; 0]);
    let restarted = service_at(folder.path(), &clock);
    assert_eq!(deliver(&mut restarted.notices("mailer").unwrap()), [""; 0]);
    assert_eq!(deliver(&mut restarted.notices("other").unwrap()), ["acme low"]);
    open(&restarted, "t1", "v1");
    open(&restarted, "t2", "v2");
    purchase(&restarted, "acme", "P2", 1);
    assert_eq!(deliver(&mut notices), [""; 0], "2 tokens of 101 are still low");
}

#[test]
fn a_notice_that_was_not_taken_comes_again() {
    let clock = Hands::at(MONDAY);
    let (service, folder) = service(&clock);
    use_up(&service);
    let mut notices = service.notices("mailer").unwrap();
    let refused = notices.deliver(Duration::ZERO, |_| Err("the mail server is down"));
    assert!(matches!(refused, Err(DeliveryError::Subscriber(_))), "{refused:?}");
    assert_eq!(deliver(&mut notices), ["acme low"]);
    // Another one refuses and stops altogether.
    let mut other = service.notices("other").unwrap();
    assert!(other.deliver(Duration::ZERO, |_| Err("no")).is_err());
    let restarted = service_at(folder.path(), &clock);
    assert_eq!(deliver(&mut restarted.notices("other").unwrap()), ["acme low"]);
}

#[test]
fn a_pack_that_is_about_to_expire_is_told_when_it_is_due() {
    let clock = Hands::at(MONDAY);
    let (service, folder) = service(&clock);
    let mut notices = service.notices("mailer").unwrap();
    clock.move_by(Span::days(275));
    assert_eq!(deliver_due(&mut notices), [""; 0], "not before its delay is over");
    clock.move_by(Span::minutes(5));
    assert_eq!(deliver_due(&mut notices), ["acme expiring"]);
    assert_eq!(deliver_due(&mut notices), [""; 0]);
    // The next event fires the timer in the ledger; it was delivered already.
    clock.move_by(Span::days(1));
    open(&service, "s1", "ana");
    assert_eq!(deliver(&mut notices), [""; 0]);
    let restarted = service_at(folder.path(), &clock);
    assert_eq!(deliver_due(&mut restarted.notices("mailer").unwrap()), [""; 0]);
    // Who starts only now is told by the event.
    assert_eq!(deliver(&mut restarted.notices("other").unwrap()), ["acme expiring"]);
    clock.move_by(Span::days(90));
    let mut all = deliver_due(&mut notices);
    all.sort();
    assert_eq!(all, ["acme none"], "the pack expired");
}

fn back(span: Span) -> Span {
    Span::from_nanos(-span.nanos())
}

#[test]
fn a_clock_that_was_ahead_once_loses_no_notice() {
    let clock = Hands::at(MONDAY);
    let (service, folder) = service(&clock);
    let mut notices = service.notices("mailer").unwrap();
    clock.move_by(Span::days(400));
    assert_eq!(deliver_due(&mut notices), ["acme expiring", "acme none"], "too early, but once");
    clock.move_by(back(Span::days(399)));
    purchase(&service, "acme", "P2", 5);
    let restarted = service_at(folder.path(), &clock);
    let mut notices = restarted.notices("mailer").unwrap();
    assert_eq!(deliver_due(&mut notices), [""; 0]);
    clock.move_by(Span::days(276));
    assert_eq!(deliver_due(&mut notices), ["acme expiring"], "of the pack bought after that");
    clock.move_by(Span::days(90));
    // Whether an event comes first makes no difference.
    open(&restarted, "s1", "ana");
    assert_eq!(deliver_due(&mut notices), ["acme none"]);
    assert_eq!(deliver_due(&mut notices), [""; 0]);
}

#[test]
fn of_the_notices_of_one_event_those_that_were_taken_do_not_come_again() {
    let clock = Hands::at(MONDAY);
    let (service, folder) = service(&clock);
    let mut notices = service.notices("mailer").unwrap();
    clock.move_by(Span::days(366));
    open(&service, "s1", "ana");
    let mut told_before = Vec::new();
    let stopped = notices.deliver(Duration::ZERO, |notice| {
        told_before.push(told(notice));
        if told_before.len() < 2 { Ok(()) } else { Err("the mail server is down") }
    });
    assert!(matches!(stopped, Err(DeliveryError::Subscriber(_))), "{stopped:?}");
    assert_eq!(told_before, ["acme expiring", "acme none"]);
    let restarted = service_at(folder.path(), &clock);
    assert_eq!(deliver(&mut restarted.notices("mailer").unwrap()), ["acme none"]);
    assert_eq!(deliver(&mut notices), [""; 0], "it is remembered for all");
}

#[test]
fn who_begins_now_is_not_told_of_the_past() {
    let clock = Hands::at(MONDAY);
    let (service, folder) = service(&clock);
    use_up(&service);
    clock.move_by(Span::days(300));
    let mut notices = service.notices_from_now("mailer").unwrap();
    assert_eq!(deliver_due(&mut notices), [""; 0]);
    open(&service, "s1", "u1");
    open(&service, "s2", "u2");
    let adjusted = TokensAdjusted {
        pack: name("P1"),
        tokens: AdjustmentTokens::new(Tokens::whole(-2)).unwrap(),
        reason: Text::new("used elsewhere").unwrap(),
    };
    service.record(name("acme"), None, Action::TokensAdjusted(adjusted)).unwrap();
    // Beginning again passes over nothing.
    let restarted = service_at(folder.path(), &clock);
    let mut notices = restarted.notices_from_now("mailer").unwrap();
    assert_eq!(deliver(&mut notices), ["acme none"]);
    clock.move_by(Span::days(70));
    assert_eq!(deliver_due(&mut notices), [""; 0], "it is empty already");
}

#[test]
fn who_began_with_an_empty_log_misses_nothing() {
    let clock = Hands::at(MONDAY);
    let folder = tempfile::tempdir().unwrap();
    drop(service_at(folder.path(), &clock).notices_from_now("mailer").unwrap());
    let service = service_at(folder.path(), &clock);
    publish_rate(&service, 7);
    purchase(&service, "acme", "P1", 100);
    use_up(&service);
    let mut notices = service.notices_from_now("mailer").unwrap();
    assert_eq!(deliver(&mut notices), ["acme low"]);
}

#[test]
fn what_older_versions_delivered_is_not_delivered_again() {
    let clock = Hands::at(MONDAY);
    let (service, _folder) = service(&clock);
    let store = service.store();
    for (subscriber, days) in [("right", 280), ("ahead", 1_000)] {
        store.move_checkpoint(subscriber, store.head().unwrap().position).unwrap();
        let until = (clock.now() + Span::days(days)).unix_nanos();
        let due = format!("{subscriber}, due");
        store.move_checkpoint(&due, Position::new(until.try_into().unwrap())).unwrap();
    }
    let mut ahead = service.notices("ahead").unwrap();
    assert_eq!(deliver_due(&mut ahead), [""; 0]);
    clock.move_by(Span::days(300));
    assert_eq!(deliver_due(&mut ahead), ["acme expiring"], "whatever the clock said before");
    let mut right = service.notices("right").unwrap();
    assert_eq!(deliver_due(&mut right), [""; 0]);
    clock.move_by(Span::days(70));
    assert_eq!(deliver_due(&mut right), ["acme none"]);
}
