//! What was read, what was written, what was assumed, and what was left out.

mod shown;

use std::collections::BTreeMap;

use tallyfold_core::Timestamp;

/// How many names a [`Tally`] keeps apart, and how many notes a [`Notes`] keeps.
const MAX_KEPT: usize = 1_000;
/// How much of a line that was not understood is kept, in characters.
const MAX_EXCERPT_CHARS: usize = 120;

/// What an import read, what it wrote, and what it left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// Lines read, blank ones included.
    pub lines: u64,
    /// Lines that begin like those of a debug log.
    pub log_lines: u64,
    /// Those of them that were not understood.
    pub log_lines_not_understood: u64,
    /// What was not understood, by kind.
    pub not_understood: NotUnderstood,
    /// Check-outs that opened a session.
    pub opened: u64,
    /// Check-ins that closed one.
    pub closed: u64,
    /// Heartbeats written for sessions that were held.
    pub heartbeats: u64,
    /// Sessions still open at the end of the log.
    pub still_open: u64,
    /// Sessions that ended without a check-in because the server or its vendor daemon started
    /// anew, or the log fell silent for a month.
    pub cut_off: u64,
    /// Sessions that were closed because they were held longer than the options allow.
    pub closed_by_limit: u64,
    /// Sessions held longer than seven days.
    pub long: Notes<LongSession>,
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
    /// How many users there are by login.
    pub users_by_login: u64,
    /// How many users there are by login and host.
    pub users_by_login_at_host: u64,
    /// Where a server's clock moved back or far ahead, or a line was not followed.
    pub clock: Notes<ClockNote>,
    /// Check-outs of package features: the versioned one of each pair counts instead.
    pub packages: Tally,
    /// Check-outs of features that are known under their own name or letters only.
    pub unknown: Tally,
    /// Check-outs of products without a rate.
    pub without_rate: Tally,
    /// Rates of products that nobody checked out.
    pub unused_rates: Vec<String>,
    /// What was taken for granted, in sentences.
    pub assumed: Vec<String>,
}

impl Report {
    /// Whether more than half of the lines that look like those of a debug log were not understood.
    #[must_use]
    pub fn is_mostly_not_understood(&self) -> bool {
        self.log_lines_not_understood > self.log_lines / 2
    }

    /// Whether anybody checked anything out, or in, or tried to.
    #[must_use]
    pub fn has_check_outs(&self) -> bool {
        let counted =
            [self.opened, self.in_without_out, self.denied, self.unsupported, self.queued];
        counted.iter().any(|n| *n > 0) || self.packages.total() > 0
    }

    /// Says once what was taken for granted.
    pub(super) fn assume(&mut self, what: String) {
        if !self.assumed.contains(&what) && self.assumed.len() < MAX_KEPT {
            self.assumed.push(what);
        }
    }
}

/// Where the clock of a log moved in a way that was noticed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClockNote {
    /// The log, as the caller named it.
    pub file: String,
    /// The line, counted from 1.
    pub line: u64,
    /// What happened.
    pub kind: ClockNoteKind,
}

/// How a clock moved, or what was not followed.
///
/// Non-exhaustive: clocks go wrong in more ways than these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClockNoteKind {
    /// It was set back.
    Back {
        /// The instant of the line above.
        before: Timestamp,
        /// The instant of the line.
        after: Timestamp,
    },
    /// It moved ahead by more than a month.
    Ahead {
        /// The instant of the line above.
        before: Timestamp,
        /// The instant of the line.
        after: Timestamp,
    },
    /// The time of this line alone is far from those around it.
    TimeNotFollowed,
    /// The date that the line tells is contradicted by those around it.
    DateNotFollowed,
}

/// A session that was held so long that its check-in may be lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LongSession {
    /// The user by login and host, whatever the options call users.
    pub user: String,
    /// The product.
    pub product: String,
    /// When it was opened.
    pub opened: Timestamp,
    /// Until when the log says that it was held.
    pub until: Timestamp,
}

/// What was noticed, the first thousand of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notes<T> {
    kept: Vec<T>,
    total: u64,
}

impl<T> Default for Notes<T> {
    fn default() -> Notes<T> {
        Notes { kept: Vec::new(), total: 0 }
    }
}

impl<T> Notes<T> {
    /// What is kept, in order.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.kept.iter()
    }

    /// How many there are, those that are not kept included.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total
    }

    pub(super) fn add(&mut self, note: T) {
        self.total += 1;
        if self.kept.len() < MAX_KEPT {
            self.kept.push(note);
        }
    }
}

/// Lines that were not understood, by kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NotUnderstood(BTreeMap<&'static str, Misread>);

/// How many lines of one kind were not understood, and the first of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misread {
    /// How many.
    pub count: u64,
    /// The log of the first one, as the caller named it.
    pub file: String,
    /// The first one, counted from 1.
    pub line: u64,
    /// Its beginning.
    pub excerpt: String,
}

impl NotUnderstood {
    /// The kinds in order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Misread)> {
        self.0.iter().map(|(kind, misread)| (*kind, misread))
    }

    /// How many lines of all kinds.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.values().map(|misread| misread.count).sum()
    }

    pub(super) fn add(&mut self, kind: &'static str, file: &str, line: u64, text: &str) {
        let first = || Misread {
            count: 0,
            file: file.to_owned(),
            line,
            excerpt: text.chars().take(MAX_EXCERPT_CHARS).collect(),
        };
        self.0.entry(kind).or_insert_with(first).count += 1;
    }
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
        } else if self.by_name.len() < MAX_KEPT {
            self.by_name.insert(name.to_owned(), 1);
        } else {
            self.others += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tally_keeps_its_size() {
        let mut tally = Tally::default();
        for name in 0..MAX_KEPT + 5 {
            tally.add(&name.to_string());
        }
        tally.add("0");
        assert_eq!(tally.iter().count(), MAX_KEPT);
        assert_eq!(tally.total(), MAX_KEPT as u64 + 6);
        assert!(tally.to_string().ends_with(", others (5)"));
    }
}
