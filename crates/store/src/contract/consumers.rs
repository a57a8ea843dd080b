//! Who follows the log.

use std::time::{Duration, Instant};

use super::lines::{pack, position, put};
use crate::{Position, Store, Tail};

/// Each consumer has a checkpoint of its own, which may be moved to wherever it wants.
pub fn a_checkpoint_is_remembered(store: &dyn Store) {
    put(store, pack("a", "1"));
    assert_eq!(store.checkpoint("mailer").unwrap(), Position::START);
    store.move_checkpoint("mailer", position(1)).unwrap();
    assert_eq!(store.checkpoint("mailer").unwrap(), position(1));
    assert_eq!(store.checkpoint("other").unwrap(), Position::START);
    store.move_checkpoint("mailer", Position::START).unwrap();
    assert_eq!(store.checkpoint("mailer").unwrap(), Position::START);
}

/// A consumer that dies before it saved its checkpoint reads the same events again.
pub fn a_consumer_that_dies_repeats_and_never_skips(store: &dyn Store) {
    for id in ["1", "2", "3"] {
        put(store, pack("a", id));
    }
    let (no_time, mut seen) = (Duration::ZERO, Vec::new());
    let mut tail = Tail::resume(store, "mailer").unwrap();
    seen.extend(tail.next_page(no_time).unwrap().iter().map(|it| it.position.get()));
    // It dies here, before its checkpoint is moved, and starts again.
    let mut tail = Tail::resume(store, "mailer").unwrap();
    seen.extend(tail.next_page(no_time).unwrap().iter().map(|it| it.position.get()));
    tail.save_checkpoint().unwrap();
    put(store, pack("a", "4"));
    let mut tail = Tail::resume(store, "mailer").unwrap();
    seen.extend(tail.next_page(no_time).unwrap().iter().map(|it| it.position.get()));
    assert_eq!(seen, [1, 2, 3, 1, 2, 3, 4]);
}

/// Who waits for events is woken by the next one.
pub fn a_tail_wakes_for_what_is_new(store: &dyn Store) {
    put(store, pack("a", "1"));
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            let started = Instant::now();
            let head = store.wait(position(1), Duration::from_secs(60)).unwrap();
            (head, started.elapsed())
        });
        std::thread::sleep(Duration::from_millis(50));
        put(store, pack("a", "2"));
        let (head, waited) = waiting.join().unwrap();
        assert_eq!(head, position(2));
        assert!(waited < Duration::from_secs(30), "{waited:?}");
    });
}

/// Who waits waits no longer than it said, and not at all where there are events.
pub fn a_tail_gives_up_after_its_time(store: &dyn Store) {
    assert_eq!(store.wait(Position::START, Duration::from_millis(20)).unwrap(), Position::START);
    put(store, pack("a", "1"));
    assert_eq!(store.wait(Position::START, Duration::from_secs(60)).unwrap(), position(1));
}

/// What was delivered to a consumer is remembered by its key, for that consumer only.
pub fn a_delivery_is_remembered(store: &dyn Store) {
    let long = [0xff; 1_024];
    let keys: [&[u8]; 4] = [b"a", b"a\0", b"b", &long];
    let delivered = |consumer| store.delivered(consumer, &keys).unwrap();
    assert_eq!(delivered("mailer"), [false; 4]);
    // The second time changes nothing.
    for key in [keys[0], keys[3], keys[0]] {
        store.remember_delivery("mailer", key).unwrap();
    }
    assert_eq!(delivered("mailer"), [true, false, false, true]);
    assert_eq!(delivered("other"), [false; 4]);
    store.verify().unwrap();
}
