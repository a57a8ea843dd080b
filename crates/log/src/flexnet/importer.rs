//! The importer: logs in, events out, in order of time.

use std::collections::HashSet;
use std::io::{self, BufRead};

use tallyfold_core::{
    Action, Event, Heartbeat, Name, RateTokens, SessionClosed, SessionOpened, Timestamp,
};

use super::held::{End, HeldLicences, Holding};
use super::names::{Connection, Directory};
use super::options::Options;
use super::outbox::Outbox;
use super::products::{Products, Resolved};
use super::report::{LongSession, Report};
use super::schedule::{Schedule, ScheduledSession, Step};
use super::server_log::{self, ServerLog, instant};
use super::servers::{self, Server};
use super::session_id::{MAX_PREFIX_BYTES, Tags, session_id};

/// A session held for longer is named.
const LONG: i64 = 7 * 24 * 60 * 60;

/// Why an import stops.
///
/// Non-exhaustive: other logs may show other reasons to stop.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A log with check-outs or check-ins that tells no date anywhere.
    #[error(
        "{file}:{line}: no date is known, as the log has no TIMESTAMP, no server start and no date \
         stamps; say on which day the log begins (--start-date)"
    )]
    NoDate {
        /// The log, as the caller named it.
        file: String,
        /// The first line that needs a date, counted from 1.
        line: u64,
    },
    /// The clock left the years that an event may carry.
    #[error("{file}:{line}: the log's clock left the years 1700 to 2199")]
    OutOfRange {
        /// The log, as the caller named it.
        file: String,
        /// The line, counted from 1.
        line: u64,
    },
    /// No line is one of a debug log.
    #[error(
        "{file} is no debug log of a FlexNet licence server: none of its {lines} lines begins with a \
         time and a daemon, as `8:00:00 (adskflex) OUT: \"FEATURE\" user@host` does; a report log \
         (REPORTLOG) is encrypted and cannot be read"
    )]
    NotALog {
        /// The log, as the caller named it.
        file: String,
        /// How many lines it has.
        lines: u64,
    },
    /// Two rates for one product.
    #[error("`{first}` and `{second}` are both {product}; give it one rate")]
    TwoRates {
        /// The product.
        product: String,
        /// The first row, as given.
        first: String,
        /// The second row, as given.
        second: String,
    },
    /// A prefix that cannot be the beginning of a session id.
    #[error("a session prefix has at most 200 bytes and no control characters")]
    Prefix,
    /// The log could not be read, or the events not be written.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Imports one log. Lines of more than 65,536 bytes are counted as not understood.
///
/// # Errors
///
/// [`Error`], also where the log cannot be read or `sink` fails.
pub fn import(
    log: impl BufRead,
    options: Options,
    sink: impl FnMut(Event<'_>) -> io::Result<()>,
) -> Result<Report, Error> {
    let mut importer = Importer::new(options)?;
    importer.read("log", log)?;
    importer.finish(sink)
}

/// Turns debug logs into the events of one account: reads each log, then writes the events.
///
/// All that happens is kept in memory until it is written, about as much as the logs are long.
#[derive(Debug)]
pub struct Importer {
    options: Options,
    directory: Directory,
    logs: Vec<ServerLog>,
    report: Report,
}

impl Importer {
    /// An importer that has read nothing yet.
    ///
    /// # Errors
    ///
    /// [`Error::Prefix`], [`Error::TwoRates`]: options that cannot be used.
    pub fn new(options: Options) -> Result<Importer, Error> {
        let prefix = &options.session_prefix;
        if prefix.len() > MAX_PREFIX_BYTES || prefix.chars().any(char::is_control) {
            return Err(Error::Prefix);
        }
        options.rates.of_products(&options.products)?;
        let (directory, logs, report) = Default::default();
        Ok(Importer { options, directory, logs, report })
    }

    /// Reads a log: of the same server as others or of another one, in any order. `file` is its name
    /// for people.
    ///
    /// # Errors
    ///
    /// [`Error::NotALog`], [`Error::NoDate`], [`Error::OutOfRange`]: a log that cannot be used;
    /// [`Error::Io`] where it cannot be read.
    pub fn read(&mut self, file: &str, log: impl BufRead) -> Result<(), Error> {
        let log =
            server_log::read(file, log, &self.options, &mut self.directory, &mut self.report)?;
        self.logs.push(log);
        Ok(())
    }

    /// Writes the events and says what was done. Sessions that are open stay so.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] where the sink fails.
    pub fn finish(self, sink: impl FnMut(Event<'_>) -> io::Result<()>) -> Result<Report, Error> {
        let Importer { options, directory, logs, mut report } = self;
        let servers = servers::grouped(logs, &mut report);
        let mut holdings: Vec<(usize, Holding)> = Vec::new();
        for (number, server) in servers.iter().enumerate() {
            let mut held = HeldLicences::new(&directory, server);
            for (fact, log) in server.facts(&mut report) {
                held.take(fact, log);
            }
            report.in_without_out += held.in_without_out;
            holdings.extend(held.finish().into_iter().map(|holding| (number, holding)));
        }
        holdings.sort_by_key(|(_, holding)| holding.opened);
        let mut sessions =
            Sessions { options: &options, directory: &directory, report: &mut report };
        let mut products = Products::default();
        let list = sessions.list(&holdings, &servers, &mut products);
        let rates = sessions.rates(&list, &products)?;
        let mut writer = Writer {
            outbox: Outbox::new(options.account.clone(), sink),
            options: &options,
            sessions: &list,
            products: &products,
        };
        report.heartbeats = writer.write(&rates)?;
        Ok(report)
    }
}

/// Makes sessions of what was held.
struct Sessions<'a> {
    options: &'a Options,
    directory: &'a Directory,
    report: &'a mut Report,
}

impl Sessions<'_> {
    fn list(
        &mut self,
        holdings: &[(usize, Holding)],
        servers: &[Server],
        products: &mut Products,
    ) -> Vec<ScheduledSession> {
        let mut tags = Tags::default();
        let mut sessions = Vec::with_capacity(holdings.len());
        for (server, holding) in holdings {
            let connection = self.directory.connections.get(holding.connection);
            let resolved = products.resolve(holding.connection, connection, self.options);
            let Some(resolved) = resolved else { continue };
            if resolved.product.unknown {
                self.report.unknown.add(&connection.feature);
            }
            let usage = resolved.usage;
            let product = resolved.product.name.clone();
            let name = (*server, servers[*server].name.as_str());
            let tag = tags.next(holding.opened, name, (holding.connection, connection));
            let end = self.end(holding, connection, &product);
            let Holding { connection, opened, .. } = *holding;
            sessions.push(ScheduledSession { opened, end, connection, usage, tag });
        }
        self.count(&sessions);
        sessions
    }

    /// The end of a session that may be held only so long.
    fn end(&mut self, holding: &Holding, connection: &Connection, product: &Name<'_>) -> End {
        let (End::CheckedIn(until) | End::CutOff(until) | End::Open(until)) = holding.end;
        if let (true, Some(opened), Some(until)) =
            (until - holding.opened > LONG, instant(holding.opened), instant(until))
        {
            let user = connection.user_at_host();
            let product = product.to_string();
            self.report.long.add(LongSession { user, product, opened, until });
        }
        let limit =
            self.options.max_hours.map(|hours| holding.opened + i64::from(hours.get()) * 3_600);
        match (limit.filter(|limit| *limit < until), holding.end) {
            (Some(limit), _) => {
                self.report.closed_by_limit += 1;
                return End::CheckedIn(limit);
            }
            (None, End::CheckedIn(_)) => self.report.closed += 1,
            (None, End::CutOff(_)) => self.report.cut_off += 1,
            (None, End::Open(_)) => self.report.still_open += 1,
        }
        holding.end
    }

    fn count(&mut self, sessions: &[ScheduledSession]) {
        let connections: HashSet<u32> = sessions.iter().map(|session| session.connection).collect();
        let (mut logins, mut users) = (HashSet::new(), HashSet::new());
        for connection in connections {
            let Connection { user, host, .. } = self.directory.connections.get(connection);
            logins.insert(user);
            users.insert((user, host));
        }
        self.report.opened = sessions.len() as u64;
        self.report.users_by_login = logins.len() as u64;
        self.report.users_by_login_at_host = users.len() as u64;
    }

    /// The rates by the names of the products that were checked out. Tells of products without a
    /// rate and of rates without a product.
    fn rates(
        &mut self,
        sessions: &[ScheduledSession],
        products: &Products,
    ) -> Result<Vec<(Name<'static>, RateTokens)>, Error> {
        let mut rates = self.options.rates.of_products(&self.options.products)?;
        let used = products.names();
        for (product, _) in &mut rates {
            let same = |it: &&&Name<'_>| it.to_lowercase() == product.to_lowercase();
            if let Some(name) = used.iter().find(same).filter(|_| !used.contains(product)) {
                *product = Name::clone(name);
            }
        }
        let rated: HashSet<&Name<'_>> = rates.iter().map(|(product, _)| product).collect();
        for session in sessions {
            let product = &products.of(session.connection).product.name;
            if !rated.contains(product) {
                self.report.without_rate.add(product);
            }
        }
        let unused = rates.iter().filter(|(product, _)| !used.contains(product));
        self.report.unused_rates = unused.map(|(product, _)| product.to_string()).collect();
        Ok(rates)
    }
}

/// Writes the events of sessions.
struct Writer<'a, S> {
    outbox: Outbox<S>,
    options: &'a Options,
    sessions: &'a [ScheduledSession],
    products: &'a Products,
}

impl<S: FnMut(Event<'_>) -> io::Result<()>> Writer<'_, S> {
    /// Writes everything and says how many heartbeats there are.
    fn write(&mut self, rates: &[(Name<'static>, RateTokens)]) -> Result<u64, Error> {
        let Some(first) = self.sessions.first() else { return Ok(0) };
        let at = checked(first.opened)?;
        self.outbox.publish(rates, at)?;
        if let Some(tokens) = self.options.pack {
            self.outbox.buy(tokens, &self.id(first), at)?;
        }
        let (usages, every) = (self.products.usages(), self.options.heartbeat.seconds());
        let mut schedule = Schedule::new(self.sessions, usages, every);
        let mut heartbeats = 0;
        while let Some((at, steps)) = schedule.next_instant() {
            let at = checked(at)?;
            for (session, step) in steps {
                heartbeats += u64::from(step == Step::Beat);
                self.outbox.write(at, self.action(&self.sessions[session], step))?;
            }
        }
        Ok(heartbeats)
    }

    fn id(&self, session: &ScheduledSession) -> Name<'static> {
        session_id(&self.options.session_prefix, session.opened, session.tag)
    }

    fn action(&self, it: &ScheduledSession, step: Step) -> Action<'static> {
        let session = self.id(it);
        match step {
            Step::Open => {
                let Resolved { user, product, .. } = self.products.of(it.connection);
                Action::SessionOpened(SessionOpened {
                    session,
                    user: user.clone(),
                    product: product.name.clone(),
                    version: product.version.clone(),
                })
            }
            Step::Beat => Action::Heartbeat(Heartbeat { session, active: true }),
            Step::Close => Action::SessionClosed(SessionClosed { session }),
        }
    }
}

/// The instant of so many seconds; those of a log were checked when it was read.
fn checked(seconds: i64) -> Result<Timestamp, Error> {
    instant(seconds).ok_or(Error::OutOfRange { file: "the last session".into(), line: 0 })
}
