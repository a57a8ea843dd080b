//! What was read, what was written, and what was left out.

use std::collections::BTreeMap;
use std::fmt;

/// How many names a [`Tally`] keeps apart.
const MAX_NAMES: usize = 1_000;

/// What an import read, what it wrote, and what it left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// Lines read, blank ones included.
    pub lines: u64,
    /// Check-outs that opened a session.
    pub opened: u64,
    /// Check-ins that closed one.
    pub closed: u64,
    /// Heartbeats written for connections that the server held.
    pub heartbeats: u64,
    /// Sessions still open at the end of the log.
    pub still_open: u64,
    /// Sessions that ended without a check-in because the server or its vendor daemon started
    /// anew, or the log fell silent for a month.
    pub cut_off: u64,
    /// Check-ins without a check-out.
    pub in_without_out: u64,
    /// Refused check-outs.
    pub denied: u64,
    /// Check-outs of features that the server does not have.
    pub unsupported: u64,
    /// Check-outs that had to wait.
    pub queued: u64,
    /// Ends of such waits.
    pub dequeued: u64,
    /// Lines that are not of a debug log, or broken.
    pub unreadable: u64,
    /// Dates before that of the line above, which were not followed.
    pub dates_back: u64,
    /// Check-outs of package features: the versioned one of each pair counts instead.
    pub packages: Tally,
    /// Check-outs of features that are known under their own name only.
    pub unknown: Tally,
}

/// Counts by name, for the first thousand names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    by_name: BTreeMap<String, u64>,
    others: u64,
}

impl Tally {
    /// The names and their counts, in order of the name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        self.by_name.iter().map(|(name, count)| (name.as_str(), *count))
    }

    /// The sum over all names.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.by_name.values().sum::<u64>() + self.others
    }

    /// Counts one more.
    pub(super) fn add(&mut self, name: &str) {
        if let Some(count) = self.by_name.get_mut(name) {
            *count += 1;
        } else if self.by_name.len() < MAX_NAMES {
            self.by_name.insert(name.to_owned(), 1);
        } else {
            self.others += 1;
        }
    }
}

impl fmt::Display for Tally {
    /// `total: name (count), name (count)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.total())?;
        for (position, (name, count)) in self.iter().enumerate() {
            let separator = if position == 0 { ":" } else { "," };
            write!(f, "{separator} {name} ({count})")?;
        }
        match self.others {
            0 => Ok(()),
            others => write!(f, ", others ({others})"),
        }
    }
}

impl fmt::Display for Report {
    /// One line for what was read and written, and one for each thing left out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} lines: {} sessions opened, {} closed, {} still open; {} heartbeats",
            self.lines, self.opened, self.closed, self.still_open, self.heartbeats
        )?;
        for (count, what) in [
            (self.cut_off, "sessions cut off by a restart or a silence"),
            (self.in_without_out, "check-ins without a check-out"),
            (self.denied, "check-outs denied"),
            (self.unsupported, "check-outs of unsupported features"),
            (self.queued, "check-outs queued"),
            (self.dequeued, "check-outs dequeued"),
            (self.unreadable, "unreadable lines"),
            (self.dates_back, "dates that move back, not followed"),
        ] {
            if count > 0 {
                write!(f, "\n{what}: {count}")?;
            }
        }
        for (tally, what) in [
            (&self.packages, "package features skipped"),
            (&self.unknown, "features under their own name"),
        ] {
            if tally.total() > 0 {
                write!(f, "\n{what}: {tally}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tally_keeps_its_size() {
        let mut tally = Tally::default();
        for name in 0..MAX_NAMES + 5 {
            tally.add(&name.to_string());
        }
        tally.add("0");
        assert_eq!(tally.iter().count(), MAX_NAMES);
        assert_eq!(tally.total(), MAX_NAMES as u64 + 6);
        assert!(tally.to_string().ends_with(", others (5)"));
    }
}
