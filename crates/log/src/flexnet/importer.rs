//! The importer: lines in, events out, in order of time.

use std::borrow::Cow;
use std::io::{self, BufRead};

use tallyfold_core::{Action, Event, Heartbeat, Instant, Name, SessionClosed, SessionOpened, Span};

use super::clock::Clock;
use super::feature::{Meaning, Product};
use super::held::{Connection, Held};
use super::line::{self, Checkout, Line, Said};
use super::lines::for_each_line;
use super::options::{Options, UserNaming};
use super::outbox::Outbox;
use super::report::Report;

/// After so long without a line nobody knows what the server held.
const SILENCE: Span = Span::days(31);

/// Why an import stops.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A check-out or check-in before the log has told any date.
    #[error(
        "line {line}: no date is known yet, as no TIMESTAMP and no server start stands above; \
         say on which day the log begins (--start-date)"
    )]
    NoDate {
        /// The line, counted from 1.
        line: u64,
    },
    /// The clock left the years that an event may carry.
    #[error("line {line}: the log's clock left the years 1700 to 2199")]
    OutOfRange {
        /// The line, counted from 1.
        line: u64,
    },
    /// The log could not be read, or the events not be written.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Imports a whole log: every line of `log` is fed, lines of more than 65,536 bytes are counted
/// as unreadable.
///
/// # Errors
///
/// [`Error`], also where the log cannot be read or `sink` fails.
pub fn import(
    log: impl BufRead,
    options: Options,
    sink: impl FnMut(Event<'_>) -> io::Result<()>,
) -> Result<Report, Error> {
    let mut importer = Importer::new(options, sink);
    for_each_line(log, |line| match line {
        Some(line) => importer.feed(line),
        None => {
            importer.skip_line();
            Ok(())
        }
    })?;
    importer.finish()
}

/// Turns the lines of a debug log into events, one by one.
#[derive(Debug)]
pub struct Importer<S> {
    options: Options,
    outbox: Outbox<S>,
    clock: Clock,
    held: Held,
    report: Report,
}

impl<S: FnMut(Event<'_>) -> io::Result<()>> Importer<S> {
    /// An importer that has read nothing yet. Events go to `sink`.
    pub fn new(options: Options, sink: S) -> Importer<S> {
        Importer {
            clock: Clock::new(options.start_date, options.utc_offset),
            held: Held::new(Span::hours(options.heartbeat_hours.get().into())),
            outbox: Outbox::new(options.account.clone(), sink),
            options,
            report: Report::default(),
        }
    }

    /// Takes the next line, with or without its line end.
    ///
    /// # Errors
    ///
    /// [`Error::NoDate`] where an event has no date, [`Error::OutOfRange`] where its date is
    /// beyond reach, [`Error::Io`] where the sink fails.
    pub fn feed(&mut self, line: &[u8]) -> Result<(), Error> {
        self.report.lines += 1;
        let text = decoded(line);
        let text = text.trim_start_matches('\u{feff}').trim_ascii_end();
        if text.is_empty() {
            return Ok(());
        }
        match line::parse(text) {
            Some(line) => self.apply(&line),
            None => {
                self.report.unreadable += 1;
                Ok(())
            }
        }
    }

    /// Counts a line that is too long to be fed as unreadable.
    pub fn skip_line(&mut self) {
        self.report.lines += 1;
        self.report.unreadable += 1;
    }

    /// Writes the heartbeats up to the last line and says what was done. Sessions that are open
    /// stay so.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] where the sink fails.
    pub fn finish(mut self) -> Result<Report, Error> {
        if let Some(now) = self.now()? {
            self.write_heartbeats(|due| due <= now)?;
        }
        self.outbox.flush()?;
        self.report.still_open = self.held.len() as u64;
        Ok(self.report)
    }

    fn apply(&mut self, line: &Line<'_>) -> Result<(), Error> {
        let before = self.now()?;
        self.move_clock(line);
        let now = self.now()?;
        if let (Some(before), Some(now)) = (before, now) {
            self.cut_off(line, before, now)?;
            self.write_heartbeats(|due| due < now)?;
        }
        let report = &mut self.report;
        match &line.said {
            Said::Out(checkout) | Said::In(checkout) => {
                let line_number = report.lines;
                let now = now.ok_or(Error::NoDate { line: line_number })?;
                return self.check(line, checkout, now);
            }
            Said::Denied => report.denied += 1,
            Said::Unsupported => report.unsupported += 1,
            Said::Queued => report.queued += 1,
            Said::Dequeued => report.dequeued += 1,
            Said::Date(_) | Said::ServerStarted(_) | Said::DaemonRestarted(_) | Said::Noise => {}
        }
        Ok(())
    }

    /// Checks out or in, where the feature counts.
    fn check(
        &mut self,
        line: &Line<'_>,
        checkout: &Checkout<'_>,
        now: Instant,
    ) -> Result<(), Error> {
        let is_out = matches!(line.said, Said::Out(_));
        let meaning = self.options.products.meaning(checkout.feature);
        let connection = connection(line.daemon, checkout);
        match meaning {
            Ok(Meaning::Product(product)) if is_out => self.check_out(connection, product, now)?,
            Ok(Meaning::Product(_)) => self.check_in(&connection, now)?,
            Ok(Meaning::Package) if is_out => self.report.packages.add(checkout.feature),
            Ok(Meaning::Package) => {}
            Err(_) => self.report.unreadable += 1,
        }
        Ok(())
    }

    fn now(&self) -> Result<Option<Instant>, Error> {
        let line = self.report.lines;
        self.clock.now().map_err(|_| Error::OutOfRange { line })
    }

    fn move_clock(&mut self, line: &Line<'_>) {
        match line.said {
            Said::Date(date) | Said::ServerStarted(date) => {
                self.report.dates_back += u64::from(self.clock.set(date, line.time));
            }
            _ => self.clock.pass(line.time),
        }
    }

    /// Lets go of what a server that restarted, or was not heard of for long, no longer holds.
    /// It is known to have held it until the line before.
    fn cut_off(&mut self, line: &Line<'_>, before: Instant, now: Instant) -> Result<(), Error> {
        let daemon = match line.said {
            Said::ServerStarted(_) => None,
            _ if now - before > SILENCE => None,
            Said::DaemonRestarted(daemon) => Some(daemon),
            _ => return Ok(()),
        };
        self.write_heartbeats(|due| due <= before)?;
        self.report.cut_off += self.held.cut_off(daemon);
        Ok(())
    }

    fn check_out(
        &mut self,
        connection: Connection,
        product: Product,
        now: Instant,
    ) -> Result<(), Error> {
        let Ok(user) = Name::new(user_name(self.options.user_naming, &connection)) else {
            self.report.unreadable += 1;
            return Ok(());
        };
        if product.unknown {
            self.report.unknown.add(&connection.feature);
        }
        if self.report.opened == 0 {
            self.outbox.publish(&self.options.rates, now)?;
            self.outbox.buy(self.options.pack, now)?;
        }
        self.report.opened += 1;
        let session = self.report.opened;
        let opened = SessionOpened {
            session: session_name(session),
            user,
            product: product.name,
            version: product.version,
        };
        let action = Action::SessionOpened(opened);
        self.outbox.write(now, session, action)?;
        self.held.open(connection, session, now);
        Ok(())
    }

    fn check_in(&mut self, connection: &Connection, now: Instant) -> Result<(), Error> {
        let Some(session) = self.held.close(connection) else {
            self.report.in_without_out += 1;
            return Ok(());
        };
        self.report.closed += 1;
        let closed = SessionClosed { session: session_name(session) };
        let action = Action::SessionClosed(closed);
        Ok(self.outbox.write(now, session, action)?)
    }

    /// Writes the heartbeats that are due, each at its own instant.
    fn write_heartbeats(&mut self, is_due: impl Fn(Instant) -> bool) -> Result<(), Error> {
        while let Some((due, session)) = self.held.next_heartbeat(&is_due) {
            self.report.heartbeats += 1;
            let heartbeat = Heartbeat { session: session_name(session), active: true };
            self.outbox.write(due, session, Action::Heartbeat(heartbeat))?;
        }
        Ok(())
    }
}

/// The text of a line. What is not UTF-8 is taken as Latin-1, in which every byte is a character.
fn decoded(line: &[u8]) -> Cow<'_, str> {
    match str::from_utf8(line) {
        Ok(text) => text.into(),
        Err(_) => line.iter().map(|byte| char::from(*byte)).collect(),
    }
}

/// Users and hosts are written in any case, also by one client.
fn connection(daemon: &str, checkout: &Checkout<'_>) -> Connection {
    Connection {
        daemon: daemon.to_owned(),
        feature: checkout.feature.to_owned(),
        user: checkout.user.to_lowercase(),
        host: checkout.host.to_lowercase(),
    }
}

fn user_name(naming: UserNaming, connection: &Connection) -> String {
    match naming {
        UserNaming::Login => connection.user.clone(),
        UserNaming::LoginAtHost => format!("{}@{}", connection.user, connection.host),
    }
}

fn session_name(number: u64) -> Name<'static> {
    Name::new(format!("s{number}")).expect("a letter and a number make a name")
}
