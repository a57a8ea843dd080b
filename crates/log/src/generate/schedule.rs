//! Who does something next.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::usage::GrantedSession;

pub(super) const MILLIS_PER_MINUTE: u64 = 60_000;
pub(super) const MILLIS_PER_HOUR: u64 = 60 * MILLIS_PER_MINUTE;
pub(super) const MILLIS_PER_DAY: u64 = 24 * MILLIS_PER_HOUR;

/// Something that is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Job {
    /// The next change of the catalog.
    Catalog,
    /// The next act of an account's administrators.
    Administrate { account: u32 },
    /// A user opens a product.
    Work { account: u32, user: u32, opened_today: u8 },
    /// A session gives a sign of life, or ends.
    Contact(GrantedSession),
}

/// What is to be done, by the millisecond since the start, in order of entry where they tie.
#[derive(Debug, Default)]
pub(super) struct Schedule {
    jobs: BinaryHeap<Reverse<(u64, u64, Job)>>,
    entries: u64,
}

impl Schedule {
    /// Enters a job.
    pub(super) fn add(&mut self, due: u64, job: Job) {
        self.entries += 1;
        self.jobs.push(Reverse((due, self.entries, job)));
    }

    /// Takes the next job, and when it is due.
    pub(super) fn next(&mut self) -> Option<(u64, Job)> {
        let Reverse((due, _, job)) = self.jobs.pop()?;
        Some((due, job))
    }
}
