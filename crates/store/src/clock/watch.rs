//! A clock, watched by one that nobody sets.

use std::sync::{Mutex, PoisonError};

use tallyfold_core::{Span, Timestamp};

/// How long a clock that agrees goes on by the same reference. After that it becomes its own again,
/// so that what the machine's two clocks drift apart in months does not add up.
const RENEWED_EVERY: Span = Span::hours(1);

/// What a clock has to agree with.
pub(super) struct Watch(Mutex<Reference>);

#[derive(Clone, Copy)]
struct Reference {
    /// Another clock, or none: the time that passed.
    whose: Option<&'static str>,
    /// What it said.
    said: Timestamp,
    /// When it said so, by the machine's monotonic time.
    at: Monotonic,
}

impl Watch {
    /// The clock itself is right now.
    pub(super) fn starting_at(now: Timestamp) -> Watch {
        Watch(Mutex::new(Reference { whose: None, said: now, at: Monotonic::now() }))
    }

    /// Another clock says what time it is.
    #[cfg(feature = "postgres")]
    pub(super) fn refer_to(&self, whose: &'static str, now: Timestamp) {
        let mut reference = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *reference = Reference { whose: Some(whose), said: now, at: Monotonic::now() };
    }

    /// What is wrong with a clock that says this, if it is off by more than a tolerance.
    pub(super) fn strays(&self, now: Timestamp, tolerance: Span) -> Option<String> {
        let mut reference = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, passed) = (Monotonic::now(), reference.at.elapsed());
        let due = reference.said + passed;
        if due <= now + tolerance && now <= due + tolerance {
            if reference.whose.is_none() && passed > RENEWED_EVERY {
                *reference = Reference { said: now, at, ..*reference };
            }
            return None;
        }
        Some(match reference.whose {
            Some(whose) => format!("it says {now}, and {whose} says {due}"),
            None => format!(
                "it was set while the service ran: it says {now}, and by the time that passed it \
                 is {due}; where the new time is right, start the service again"
            ),
        })
    }
}

/// A point of time on a clock that nobody sets, and that goes on while the machine sleeps where the
/// system has such a clock.
#[derive(Clone, Copy)]
struct Monotonic(
    #[cfg(not(target_os = "linux"))] std::time::Instant,
    #[cfg(target_os = "linux")] i64,
);

impl Monotonic {
    #[cfg(target_os = "linux")]
    fn now() -> Monotonic {
        use rustix::time::{ClockId, clock_gettime};

        let time = clock_gettime(ClockId::Boottime);
        Monotonic(time.tv_sec.saturating_mul(1_000_000_000).saturating_add(time.tv_nsec))
    }

    #[cfg(target_os = "linux")]
    fn elapsed(self) -> Span {
        Span::from_nanos(Monotonic::now().0.saturating_sub(self.0))
    }

    #[cfg(not(target_os = "linux"))]
    fn now() -> Monotonic {
        Monotonic(std::time::Instant::now())
    }

    #[cfg(not(target_os = "linux"))]
    fn elapsed(self) -> Span {
        Span::from_nanos(i64::try_from(self.0.elapsed().as_nanos()).unwrap_or(i64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noon() -> Timestamp {
        "2026-11-30T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn a_clock_may_stray_by_its_tolerance_and_no_more() {
        let (watch, minute) = (Watch::starting_at(noon()), Span::minutes(1));
        let seconds = Span::from_nanos(50_000_000_000);
        for agrees in [noon(), noon() + seconds, noon() - seconds] {
            assert_eq!(watch.strays(agrees, minute), None, "{agrees}");
        }
        for strays in [noon() + Span::minutes(2), noon() - Span::minutes(2)] {
            let problem = watch.strays(strays, minute).unwrap();
            assert!(problem.contains(&format!("it says {strays}")), "{problem}");
        }
        assert_eq!(watch.strays(noon(), minute), None, "it was set right again");
    }

    #[test]
    #[cfg(feature = "postgres")]
    fn another_clock_is_the_reference_where_there_is_one() {
        let (watch, minute) = (Watch::starting_at(noon()), Span::minutes(1));
        watch.refer_to("the other one", noon() + Span::hours(2));
        let problem = watch.strays(noon(), minute).unwrap();
        assert!(problem.contains("and the other one says 2026-11-30T14:00"), "{problem}");
        assert_eq!(watch.strays(noon() + Span::hours(2), minute), None);
    }
}
