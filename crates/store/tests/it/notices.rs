//! Notices: each at least once, and the timers' own when they are due.

use std::convert::Infallible;
use std::time::Duration;

use tallyfold_core::{Entry, Notice, Record, Span};
use tallyfold_store::{DeliveryError, LedgerService, Notices};

use crate::service::{Hands, MONDAY, open, purchase, service, service_at};

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
