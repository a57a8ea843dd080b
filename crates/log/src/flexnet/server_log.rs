//! One log: its lines as facts, each with its instant.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io::BufRead;

use tallyfold_core::{Name, Timestamp};

use super::clock::{self, Astray, Reading};
use super::feature::Meaning;
use super::importer::Error;
use super::line::{self, Checkout, DebugLine, Flaw, SERVER, Said};
use super::lines::for_each_line;
use super::names::{Connection, Directory};
use super::options::Options;
use super::report::{ClockNote, ClockNoteKind, Report};
use super::stamp::Stamp;
use super::zone::{ServerZone, UtcOffset};

/// A clock that moves so far back between two lines was set back.
pub(super) const STEP_BACK: i64 = 5 * 60;
/// A clock that moves so far ahead between two lines was set ahead, or the log was cut.
const STEP_AHEAD: i64 = 31 * 24 * 60 * 60;
const NANOS_PER_SECOND: i64 = 1_000_000_000;

/// What happened, by the numbers of the directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum What {
    ServerStarted,
    DaemonStarted(u32),
    DaemonEnded(u32),
    Out(u32),
    In(u32),
    /// A line that proves that the server ran.
    Alive,
    /// A line that proves nothing: the server may just begin to start.
    Nothing,
}

/// Something that happened at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fact {
    /// Seconds since 1970 in UTC.
    pub(super) at: i64,
    pub(super) what: What,
}

/// A log that was read.
#[derive(Debug, Default)]
pub(super) struct ServerLog {
    /// As the caller named it.
    pub(super) file: String,
    /// The host that it names first, in lower case.
    pub(super) server: Option<String>,
    /// The vendor daemons that write in it.
    pub(super) daemons: BTreeSet<u32>,
    /// In the order of its lines.
    pub(super) facts: Vec<Fact>,
}

/// Reads one log.
///
/// # Errors
///
/// [`Error`]: the log cannot be read, tells no date though someone checks out, or leaves the years
/// that an event may carry.
pub(super) fn read(
    file: &str,
    log: impl BufRead,
    options: &Options,
    directory: &mut Directory,
    report: &mut Report,
) -> Result<ServerLog, Error> {
    let mut reader = Reader {
        log: ServerLog { file: file.to_owned(), ..ServerLog::default() },
        options,
        directory,
        report,
        line: 0,
        entries: Vec::new(),
        is_starting: false,
        is_listing: false,
        understood: 0,
        misread: 0,
    };
    for_each_line(log, |line| {
        reader.take(line);
        Ok::<(), std::io::Error>(())
    })?;
    reader.refuse_other_files()?;
    reader.finish()
}

/// A line that counts.
#[derive(Clone, Copy, Debug)]
struct Entry {
    line: u64,
    reading: Reading,
    what: What,
}

struct Reader<'a> {
    log: ServerLog,
    options: &'a Options,
    directory: &'a mut Directory,
    report: &'a mut Report,
    line: u64,
    entries: Vec<Entry>,
    /// Whether the licence server has begun to start and has not said yet that it did.
    is_starting: bool,
    /// Whether a vendor daemon lists its features.
    is_listing: bool,
    /// Lines of a debug log, and lines that are none.
    understood: u64,
    misread: u64,
}

impl Reader<'_> {
    fn take(&mut self, line: Option<&[u8]>) {
        self.line += 1;
        self.report.lines += 1;
        let Some(line) = line else {
            self.misread += 1;
            self.report.not_understood.add(
                "lines of more than 65,536 bytes",
                &self.log.file,
                self.line,
                "",
            );
            return;
        };
        let text = decoded(line);
        let text = text.trim_start_matches('\u{feff}').trim_ascii_end();
        if text.is_empty() {
            return;
        }
        match line::parse(text) {
            Ok(line) => self.understand(&line, text),
            Err(flaw) => self.give_up(flaw, text),
        }
    }

    /// A file without a single line of a debug log is something else.
    fn refuse_other_files(&self) -> Result<(), Error> {
        match (self.understood, self.misread) {
            (0, 1..) => Err(Error::NotALog { file: self.log.file.clone(), lines: self.misread }),
            _ => Ok(()),
        }
    }

    fn give_up(&mut self, flaw: Flaw, text: &str) {
        self.misread += 1;
        let kind = match flaw {
            Flaw::NoLogLine => "lines without a time and a daemon",
            Flaw::Time => "lines whose time is not h:mm:ss",
            Flaw::Checkout => "check-outs and check-ins without feature, user and host",
            Flaw::Date => "TIMESTAMP lines without a date",
        };
        self.report.log_lines += u64::from(flaw != Flaw::NoLogLine);
        self.report.log_lines_not_understood += u64::from(flaw != Flaw::NoLogLine);
        self.report.not_understood.add(kind, &self.log.file, self.line, text);
    }

    fn understand(&mut self, line: &DebugLine<'_>, text: &str) {
        self.understood += 1;
        self.report.log_lines += 1;
        self.is_listing &= matches!(line.said, Said::Message | Said::StartUp);
        self.is_listing |= matches!(line.said, Said::DaemonStarted { host: Some(_), .. });
        self.is_starting |= line.said == Said::ServerStarting;
        self.is_starting &=
            line.daemon == SERVER && !matches!(line.said, Said::ServerStarted { .. });
        if line.said == Said::Message && !self.is_listing && !self.is_starting {
            self.report.log_lines_not_understood += 1;
            self.report.not_understood.add(
                "messages that are not known",
                &self.log.file,
                self.line,
                text,
            );
        }
        if let Some(what) = self.what(line) {
            let reading = Reading { stamp: line.stamp, told: line.told };
            self.keep(Entry { line: self.line, reading, what });
        }
    }

    /// Keeps an entry. Of many lines of one second that only prove that the server ran, one is
    /// enough.
    fn keep(&mut self, entry: Entry) {
        let is_same = |last: &Entry| {
            last.what == entry.what
                && matches!(entry.what, What::Alive | What::Nothing)
                && last.reading.stamp == entry.reading.stamp
                && entry.reading.told.is_none()
        };
        if !self.entries.last().is_some_and(is_same) {
            self.entries.push(entry);
        }
    }

    /// What a line tells, counted where it is no event.
    fn what(&mut self, line: &DebugLine<'_>) -> Option<What> {
        let writer = self.writer(line.daemon);
        Some(match &line.said {
            Said::Out(checkout) => return self.checkout(writer, checkout, true),
            Said::In(checkout) => return self.checkout(writer, checkout, false),
            Said::ServerStarted { host } => {
                self.name_server(host);
                What::ServerStarted
            }
            Said::DaemonStarted { daemon, host } => {
                if let Some(host) = host {
                    self.name_server(host);
                }
                What::DaemonStarted(self.daemon(daemon))
            }
            Said::DaemonEnded { daemon } => What::DaemonEnded(self.daemon(daemon)),
            Said::ServerStarting => What::Nothing,
            Said::StartUp if line.daemon == SERVER => What::Nothing,
            _ if self.is_starting => What::Nothing,
            other => {
                match other {
                    Said::Denied => self.report.denied += 1,
                    Said::Unsupported => self.report.unsupported += 1,
                    Said::Queued => self.report.queued += 1,
                    Said::Dequeued => self.report.dequeued += 1,
                    _ => {}
                }
                What::Alive
            }
        })
    }

    fn checkout(&mut self, daemon: u32, checkout: &Checkout<'_>, is_out: bool) -> Option<What> {
        let connection = Connection {
            daemon,
            feature: checkout.feature.to_owned(),
            user: checkout.user.to_lowercase(),
            host: checkout.host.to_lowercase(),
        };
        let user = Name::new(connection.user_at_host());
        match self.options.products.meaning(checkout.feature).and_then(|it| user.map(|_| it)) {
            Ok(Meaning::Product(_)) => {
                let number = self.directory.connections.number(connection);
                Some(if is_out { What::Out(number) } else { What::In(number) })
            }
            Ok(Meaning::Package) => {
                if is_out {
                    self.report.packages.add(checkout.feature);
                }
                Some(What::Alive)
            }
            Err(_) => {
                self.report.log_lines -= 1;
                self.give_up(Flaw::Checkout, checkout.feature);
                None
            }
        }
    }

    /// The number of the daemon that writes, which belongs to this log then.
    fn writer(&mut self, daemon: &str) -> u32 {
        let number = self.daemon(daemon);
        if daemon != SERVER && !daemon.starts_with('@') {
            self.log.daemons.insert(number);
        }
        number
    }

    /// A vendor daemon that is forked writes under its name and a number.
    fn daemon(&mut self, daemon: &str) -> u32 {
        let forked = daemon.rsplit_once('_').filter(|(_, number)| {
            !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
        });
        self.directory.daemons.number(forked.map_or(daemon, |(name, _)| name).to_owned())
    }

    fn name_server(&mut self, host: &str) {
        self.log.server.get_or_insert_with(|| host.to_lowercase());
    }

    /// Dates the entries.
    fn finish(mut self) -> Result<ServerLog, Error> {
        let readings: Vec<Reading> = self.entries.iter().map(|entry| entry.reading).collect();
        let Some(dated) = clock::date(&readings, self.options.start_date) else {
            return self.without_a_date();
        };
        let mut instants = self.instants(&dated.local)?;
        let mut astray = dated.astray;
        let alone = clock::follow_neighbours(&mut instants);
        astray.extend(alone.into_iter().map(|position| (position, Astray::Time)));
        self.tell_steps(&instants, &astray);
        for (entry, at) in self.entries.iter().zip(instants) {
            if entry.what != What::Nothing {
                self.log.facts.push(Fact { at, what: entry.what });
            }
        }
        Ok(self.log)
    }

    /// A log without a date is of no use, unless there is nothing to date.
    fn without_a_date(self) -> Result<ServerLog, Error> {
        let is_event = |entry: &&Entry| matches!(entry.what, What::Out(_) | What::In(_));
        match self.entries.iter().find(is_event) {
            Some(entry) => Err(Error::NoDate { file: self.log.file, line: entry.line }),
            None => Ok(self.log),
        }
    }

    /// Seconds since 1970 in UTC of each entry.
    fn instants(&mut self, local: &[i64]) -> Result<Vec<i64>, Error> {
        let zone = self.zone();
        let mut instants: Vec<i64> = Vec::with_capacity(local.len());
        for (entry, local) in self.entries.iter().zip(local) {
            let at = match entry.reading.stamp {
                Stamp::Exact { local, offset } => local - i64::from(offset),
                Stamp::TimeOfDay(_) | Stamp::Local(_) => zone.utc(*local, instants.last().copied()),
            };
            if instant(at).is_none() {
                return Err(Error::OutOfRange { file: self.log.file.clone(), line: entry.line });
            }
            instants.push(at);
        }
        Ok(instants)
    }

    /// The zone of lines that do not tell their own: the one that was given, else that of the first
    /// line that tells one, else UTC.
    fn zone(&mut self) -> ServerZone {
        let is_exact = |entry: &Entry| matches!(entry.reading.stamp, Stamp::Exact { .. });
        let needed = !self.entries.iter().all(is_exact);
        let told = self.entries.iter().find_map(|entry| match entry.reading.stamp {
            Stamp::Exact { offset, .. } => Some(ServerZone::Offset(UtcOffset::of_seconds(offset))),
            Stamp::TimeOfDay(_) | Stamp::Local(_) => None,
        });
        if needed && self.options.zone.is_none() {
            self.report.assume(match told {
                Some(zone) => format!(
                    "times without an offset in {} are read as {zone}, as its date stamps say",
                    self.log.file
                ),
                None => "times are read as UTC; --time-zone or --utc-offset says otherwise".into(),
            });
        }
        self.options.zone.or(told).unwrap_or(ServerZone::UTC)
    }

    fn tell_steps(&mut self, instants: &[i64], astray: &[(usize, Astray)]) {
        let mut notes: Vec<(usize, ClockNoteKind)> = Vec::new();
        notes.extend(astray.iter().map(|(position, astray)| {
            let kind = match astray {
                Astray::Time => ClockNoteKind::TimeNotFollowed,
                Astray::Date => ClockNoteKind::DateNotFollowed,
            };
            (*position, kind)
        }));
        for (position, pair) in (1..).zip(instants.windows(2)) {
            let (Some(before), Some(after)) = (instant(pair[0]), instant(pair[1])) else {
                continue;
            };
            if pair[1] < pair[0] - STEP_BACK {
                notes.push((position, ClockNoteKind::Back { before, after }));
            } else if pair[1] > pair[0] + STEP_AHEAD {
                notes.push((position, ClockNoteKind::Ahead { before, after }));
            }
        }
        notes.sort_by_key(|(position, _)| *position);
        for (position, kind) in notes {
            let line = self.entries[position].line;
            self.report.clock.add(ClockNote { file: self.log.file.clone(), line, kind });
        }
    }
}

/// The instant of so many seconds since 1970.
pub(super) fn instant(seconds: i64) -> Option<Timestamp> {
    Timestamp::from_unix_nanos(seconds.checked_mul(NANOS_PER_SECOND)?).ok()
}

/// The text of a line. What is not UTF-8 is taken as Latin-1, in which every byte is a character.
fn decoded(line: &[u8]) -> Cow<'_, str> {
    match str::from_utf8(line) {
        Ok(text) => text.into(),
        Err(_) => line.iter().map(|byte| char::from(*byte)).collect(),
    }
}
