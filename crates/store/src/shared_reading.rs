//! One reading for all who ask while another one is under way.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Lets callers of several threads share what one of them reads.
pub(crate) struct SharedReading<T> {
    state: Mutex<State<T>>,
    ended: Condvar,
}

struct State<T> {
    /// How many readings have begun.
    begun: u64,
    is_reading: bool,
    /// The last reading that ended, and what it found.
    last: Option<(u64, T)>,
    waiting: usize,
}

impl<T> Default for SharedReading<T> {
    fn default() -> SharedReading<T> {
        let state = State { begun: 0, is_reading: false, last: None, waiting: 0 };
        SharedReading { state: Mutex::new(state), ended: Condvar::new() }
    }
}

impl<T: Clone> SharedReading<T> {
    /// What a reading finds that begins after this call did. One that is under way already may
    /// have missed what the caller has seen; it is waited for, and then one caller reads for all.
    pub(crate) fn read(&self, read: impl FnOnce() -> T) -> T {
        let mut state = self.state();
        let wanted = state.begun + 1;
        loop {
            match &state.last {
                Some((number, found)) if *number >= wanted => return found.clone(),
                _ if !state.is_reading => break,
                _ => {}
            }
            state.waiting += 1;
            state = self.ended.wait(state).unwrap_or_else(PoisonError::into_inner);
            state.waiting -= 1;
        }
        state.begun += 1;
        state.is_reading = true;
        let number = state.begun;
        drop(state);
        let reading = Reading(self);
        let found = read();
        self.state().last = Some((number, found.clone()));
        drop(reading);
        found
    }

    #[cfg(test)]
    fn waiting(&self) -> usize {
        self.state().waiting
    }
}

impl<T> SharedReading<T> {
    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A reading that is under way; it also ends where it panics, and another caller reads then.
struct Reading<'a, T>(&'a SharedReading<T>);

impl<T> Drop for Reading<'_, T> {
    fn drop(&mut self) {
        self.0.state().is_reading = false;
        self.0.ended.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::sync::mpsc::channel;
    use std::thread;

    use super::*;

    #[test]
    fn who_asks_during_a_reading_shares_the_next_one() {
        let (shared, readings) = (SharedReading::default(), AtomicU32::new(0));
        let count = || readings.fetch_add(1, Ordering::SeqCst) + 1;
        let (begun, has_begun) = channel();
        let (proceed, may_proceed) = channel::<()>();
        thread::scope(|scope| {
            let (shared, count) = (&shared, &count);
            let first = scope.spawn(move || {
                shared.read(|| {
                    let number = count();
                    begun.send(()).unwrap();
                    may_proceed.recv().unwrap();
                    number
                })
            });
            has_begun.recv().unwrap();
            let others: Vec<_> = (0..32).map(|_| scope.spawn(move || shared.read(count))).collect();
            while shared.waiting() < 32 {
                thread::yield_now();
            }
            proceed.send(()).unwrap();
            assert_eq!(first.join().unwrap(), 1);
            for other in others {
                assert_eq!(other.join().unwrap(), 2, "the reading that began after it asked");
            }
        });
        assert_eq!(shared.read(count), 3, "who asks later reads anew");
    }

    #[test]
    fn a_reading_that_panics_keeps_nobody_waiting() {
        let shared = SharedReading::default();
        let panicked = catch_unwind(AssertUnwindSafe(|| shared.read(|| panic!("as asked"))));
        assert!(panicked.is_err());
        assert_eq!(shared.read(|| 7), 7);
    }
}
