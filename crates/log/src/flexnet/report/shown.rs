//! The report as text for people.

use std::fmt;

use super::{ClockNote, ClockNoteKind, LongSession, Notes, Report, Tally};

/// A number with a comma between thousands.
struct Count(u64);

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        for (position, digit) in digits.char_indices() {
            if position > 0 && (digits.len() - position).is_multiple_of(3) {
                f.write_str(",")?;
            }
            write!(f, "{digit}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Tally {
    /// `total: name (count), name (count)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Count(self.total()))?;
        for (position, (name, count)) in self.iter().enumerate() {
            let separator = if position == 0 { ":" } else { "," };
            write!(f, "{separator} {name} ({})", Count(count))?;
        }
        match self.others {
            0 => Ok(()),
            others => write!(f, ", others ({})", Count(others)),
        }
    }
}

impl fmt::Display for ClockNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: ", self.file, self.line)?;
        match self.kind {
            ClockNoteKind::Back { before, after } => {
                write!(f, "the clock was set back from {before} to {after}")
            }
            ClockNoteKind::Ahead { before, after } => {
                write!(f, "the clock goes on at {after}, without a line since {before}")
            }
            ClockNoteKind::TimeNotFollowed => {
                f.write_str("the time is far from those around it; taken as that of the line above")
            }
            ClockNoteKind::DateNotFollowed => {
                f.write_str("the date is contradicted by the lines around it; not followed")
            }
        }
    }
}

impl fmt::Display for LongSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let LongSession { user, product, opened, until } = self;
        write!(f, "{user} held {product} from {opened} to {until}")
    }
}

impl fmt::Display for Report {
    /// A line for what was read and written, then what was assumed, noticed and left out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} lines: {} sessions opened, {} closed, {} still open; {} heartbeats",
            Count(self.lines),
            Count(self.opened),
            Count(self.closed),
            Count(self.still_open),
            Count(self.heartbeats)
        )?;
        write!(
            f,
            "\nusers: {} by login, {} by login@host",
            Count(self.users_by_login),
            Count(self.users_by_login_at_host)
        )?;
        for assumed in &self.assumed {
            write!(f, "\nassumed: {assumed}")?;
        }
        self.write_counts(f)?;
        self.write_rates(f)?;
        write_notes(f, &self.clock, "clock steps")?;
        self.write_long(f)?;
        self.write_not_understood(f)
    }
}

impl Report {
    fn write_counts(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (count, what) in [
            (self.cut_off, "sessions cut off by a restart or a silence"),
            (self.closed_by_limit, "sessions closed because they were held too long"),
            (self.in_without_out, "check-ins without a check-out"),
            (self.denied, "check-outs denied"),
            (self.unsupported, "check-outs of unsupported features"),
            (self.queued, "check-outs queued"),
            (self.dequeued, "check-outs dequeued"),
        ] {
            if count > 0 {
                write!(f, "\n{what}: {}", Count(count))?;
            }
        }
        for (tally, what) in [
            (&self.packages, "package features skipped"),
            (&self.unknown, "features under their own name or letters"),
        ] {
            if tally.total() > 0 {
                write!(f, "\n{what}: {tally}")?;
            }
        }
        Ok(())
    }

    fn write_rates(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.without_rate.total() > 0 {
            let products: Vec<String> = self
                .without_rate
                .iter()
                .map(|(product, count)| format!("{product} ({})", Count(count)))
                .collect();
            write!(
                f,
                "\nwarning: {} check-outs will be denied: no rate for {}; give --rates, or read a \
                 log that publishes them first",
                Count(self.without_rate.total()),
                products.join(", ")
            )?;
        }
        if !self.unused_rates.is_empty() {
            let rates = self.unused_rates.join(", ");
            write!(f, "\nwarning: nobody checked out what these rates are for: {rates}")?;
        }
        Ok(())
    }

    fn write_long(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.long.total() > 0 {
            write!(
                f,
                "\nsessions held longer than seven days: {}; a check-in may be lost (--max-hours)",
                Count(self.long.total())
            )?;
        }
        self.long.iter().try_for_each(|session| write!(f, "\n  {session}"))?;
        write_rest(f, &self.long)
    }

    fn write_not_understood(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (kind, misread) in self.not_understood.iter() {
            write!(
                f,
                "\nnot understood: {} {kind}, first {}:{}: {}",
                Count(misread.count),
                misread.file,
                misread.line,
                misread.excerpt
            )?;
        }
        if self.is_mostly_not_understood() {
            write!(
                f,
                "\nwarning: {} of {} lines that look like log lines were not understood",
                Count(self.log_lines_not_understood),
                Count(self.log_lines)
            )?;
        }
        Ok(())
    }
}

fn write_notes<T: fmt::Display>(
    f: &mut fmt::Formatter<'_>,
    notes: &Notes<T>,
    what: &str,
) -> fmt::Result {
    if notes.total() > 0 {
        write!(f, "\n{what}: {}", Count(notes.total()))?;
    }
    notes.iter().try_for_each(|note| write!(f, "\n  {note}"))?;
    write_rest(f, notes)
}

fn write_rest<T>(f: &mut fmt::Formatter<'_>, notes: &Notes<T>) -> fmt::Result {
    let kept = notes.iter().count() as u64;
    match notes.total() - kept {
        0 => Ok(()),
        rest => write!(f, "\n  and {} more", Count(rest)),
    }
}
