//! Threads that append or ask beside each other, and how long each call takes.

use std::time::{Duration, Instant};

use tallyfold_store::{Batch, Expected, NewEvent, Store};

/// What came of it.
pub(crate) struct Rate {
    pub(crate) per_second: u64,
    /// Of all appends, in order of length.
    took: Vec<Duration>,
}

impl Rate {
    /// What so many thousandths of the appends did not exceed.
    pub(crate) fn quantile(&self, thousandths: usize) -> Duration {
        self.took[(self.took.len() * thousandths / 1_000).min(self.took.len() - 1)]
    }
}

/// The `number`th event of an appender: a heartbeat with an id, in an account of its own.
pub(crate) fn event(appender: usize, number: usize) -> Batch {
    let line = format!(
        r#"{{"type":"Heartbeat","session":"e2dcdd8b75fb8c2d","at":"2026-01-14T13:42:24.418Z","account":"team-{appender:05}","id":"{appender}-{number}"}}"#
    );
    NewEvent::from_line(line).expect("it is an event").into()
}

/// Lets so many appenders work for so long, each with one event at a time.
pub(crate) fn append_for(store: &dyn Store, appenders: usize, time: Duration, run: usize) -> Rate {
    call_for(appenders, time, &|appender, number| {
        let event = event(run * 1_000 + appender, number);
        store.append(&event, Expected::Any).expect("the store works");
    })
}

/// Lets so many threads make calls for so long, each one after another.
pub(crate) fn call_for(
    threads: usize,
    time: Duration,
    call: &(dyn Fn(usize, usize) + Sync),
) -> Rate {
    let started = Instant::now();
    let mut took: Vec<Duration> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads)
            .map(|thread| {
                scope.spawn(move || {
                    let mut took = Vec::new();
                    while started.elapsed() < time {
                        let before = Instant::now();
                        call(thread, took.len());
                        took.push(before.elapsed());
                    }
                    took
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("no panic")).collect()
    });
    let per_second = took.len() as u128 * 1_000 / started.elapsed().as_millis();
    took.sort_unstable();
    Rate { per_second: per_second as u64, took }
}
